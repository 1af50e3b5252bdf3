package storageform

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"
	"testing/iotest"
)

// What a vendor's form holds goes to the storage as it is, whatever the sizes in which the connection reads, and again after a
// rewind.
func FuzzStorageForm(f *testing.F) {
	f.Add("key", "a/b.pdf", "policy", "eyJ9", []byte("%PDF"), 3)
	f.Add("x\"\r\n--", "\r\n--boundary--\r\n", "", "", []byte{0}, 1)
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string, content []byte, step int) {
		control := func(r rune) bool { return r < ' ' || r >= 0x7f } // no name that a storage would take
		if len(content) == 0 || name1 == name2 || strings.ContainsFunc(name1+name2, control) {
			return
		}
		file := fileOf("file.pdf", content)
		form := New(map[string]string{name1: value1, name2: value2}, file)
		size, err := form.Seek(0, io.SeekEnd)
		if err != nil {
			t.Fatal(err)
		}
		var sent []byte
		for range 2 {
			if _, err := form.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if _, err := io.CopyBuffer(struct{ io.Writer }{&b}, struct{ io.Reader }{form}, make([]byte, 1+uint(step)%4096)); err != nil {
				t.Fatal(err)
			}
			if sent = b.Bytes(); int64(len(sent)) != size {
				t.Fatalf("%d bytes, told %d", len(sent), size)
			}
		}
		form.End()
		if form.content != nil {
			t.Error("the file is open")
		}
		_, params, err := mime.ParseMediaType(form.contentType)
		if err != nil {
			t.Fatal(err)
		}
		r := multipart.NewReader(bytes.NewReader(sent), params["boundary"])
		var last string
		values := 0
		for {
			part, err := r.NextRawPart()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(part)
			if err != nil {
				t.Fatal(err)
			}
			last = string(data)
			if last == value1 || last == value2 {
				values++
			}
		}
		if last != string(content) || values < 2 {
			t.Errorf("sent %q", sent)
		}
	})
}

func TestStorageFormIsReadInAnyWay(t *testing.T) {
	form := New(map[string]string{"key": "k"}, fileOf("a.png", []byte("content")))
	var want bytes.Buffer
	if _, err := io.Copy(&want, form); err != nil || !strings.Contains(want.String(), "content") {
		t.Fatal(err)
	}
	if _, err := form.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(struct{ io.Reader }{form}, want.Bytes()); err != nil {
		t.Error(err)
	}
	if _, err := form.Seek(-1, io.SeekStart); err == nil {
		t.Error("a negative position is taken")
	}
	form.End()
	if _, err := form.Read(make([]byte, 1)); err != errFormEnded {
		t.Errorf("read after the end: %v", err)
	}
}

// A connection that hangs in reading the file does not hold up the end; the file is closed when it comes back.
func TestEndOfAFormDoesNotWaitForAHangingFile(t *testing.T) {
	hanging := &hangingFile{reading: make(chan struct{}), release: make(chan struct{}), closed: make(chan struct{})}
	form := New(nil, File{Name: "a.png", Size: 10, Open: func() (io.ReadCloser, error) {
		return hanging, nil
	}})
	read := make(chan error)
	go func() {
		_, err := io.Copy(io.Discard, form)
		read <- err
	}()
	<-hanging.reading
	form.End()
	select {
	case <-hanging.closed:
		t.Error("closed while it is read")
	default:
	}
	close(hanging.release)
	if err := <-read; err != errFormEnded {
		t.Errorf("got %v", err)
	}
	select {
	case <-hanging.closed:
	default:
		t.Error("the file is open")
	}
}

type hangingFile struct{ reading, release, closed chan struct{} }

func (h *hangingFile) Read(p []byte) (int, error) {
	close(h.reading)
	<-h.release
	return 1, nil
}

func (h *hangingFile) Close() error {
	close(h.closed)
	return nil
}

func fileOf(name string, content []byte) File {
	return File{Name: name, ContentType: "application/octet-stream", Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}}
}
