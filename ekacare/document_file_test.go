package ekacare_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

func TestFilesAreClosed(t *testing.T) {
	srv, service := records(t)
	srv.FailStorage(ekacaretest.StorageFault{File: 1, Reset: true})
	srv.FailStorage(ekacaretest.StorageFault{File: 2, Status: 403})
	items := pictures(1, 4)
	var opened atomic.Int32
	closings := make(chan *closing, 100)
	for n := range items[0].Files {
		open := items[0].Files[n].Open
		items[0].Files[n].Open = func() (io.ReadCloser, error) {
			opened.Add(1)
			r, err := open()
			return &closing{r, closings}, err
		}
	}
	if _, err := service.UploadDocuments(t.Context(), items, nil); err == nil {
		t.Error("no error")
	}
	const files = 5 // one of the four is sent twice
	closed := map[*closing]bool{}
	for range files { // a connection may be closing one just now
		select {
		case c := <-closings:
			closed[c] = true
		case <-time.After(10 * time.Second):
			t.Fatalf("%d opened, %d closed", opened.Load(), len(closed))
		}
	}
	if opened.Load() != files || len(closed) != files {
		t.Errorf("%d opened, %d closed", opened.Load(), len(closed))
	}
}

// closing tells of its Close.
type closing struct {
	io.ReadCloser
	closings chan<- *closing
}

func (c *closing) Close() error {
	c.closings <- c
	return c.ReadCloser.Close()
}

func TestSourcesOfFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scan.pdf")
	if err := os.WriteFile(path, []byte("%PDF-1.7"), 0o600); err != nil {
		t.Fatal(err)
	}
	content := strings.NewReader("skip%PDF-1.7")
	if _, err := content.Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	at, err := ekacare.DocumentFileAt(path)
	if err != nil {
		t.Fatal(err)
	}
	of, err := ekacare.DocumentFileOf(caremux.File{Name: "scan.pdf", Content: content})
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]ekacare.DocumentFile{
		"path": at, "file": of, "bytes": ekacare.DocumentFileBytes("scan.pdf", []byte("%PDF-1.7")),
	} {
		for range 2 {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			data, _ := io.ReadAll(r)
			if err := r.Close(); err != nil || string(data) != "%PDF-1.7" || f.Size != 8 || f.Name != "scan.pdf" {
				t.Errorf("%s: %q of %+v (%v)", name, data, f, err)
			}
		}
	}
	if _, err := ekacare.DocumentFileAt(filepath.Dir(path)); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("directory: %v", err)
	}
	if _, err := ekacare.DocumentFileAt(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := ekacare.DocumentFileOf(caremux.File{Content: io.MultiReader(content)}); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("a stream: %v", err)
	}
}

// endless gives zeros up to a size, from nowhere.
type endless struct{ left int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), e.left)
	clear(p[:n])
	e.left -= n
	return int(n), nil
}

func TestMemoryStaysFlatForALargeFile(t *testing.T) {
	srv := ekacaretest.NewServer(t) // not parallel: it counts what all goroutines allocate
	service := srv.Client().For(ekacare.Identity{PatientID: "oid-1"}).Records
	upload := func(size int64) uint64 {
		items := []ekacare.DocumentUpload{{Files: []ekacare.DocumentFile{{Name: "a.pdf", Size: size,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(&endless{size}), nil }}}}}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := service.UploadDocuments(t.Context(), items, nil); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	upload(2 << 20) // connections, login
	small, large := upload(2<<20), upload(ekacare.MaxPDFSize)
	t.Logf("allocated for 2 MB %d kB, for 25 MB %d kB, client and fake together", small>>10, large>>10)
	if large > small+1<<20 || large > 4<<20 {
		t.Errorf("allocated %d bytes for 25 MB, %d for 2 MB", large, small)
	}
	stored := srv.StoredFiles()
	if len(stored) != 3 || stored[2].Size != ekacare.MaxPDFSize {
		t.Errorf("stored %+v", stored)
	}
}
