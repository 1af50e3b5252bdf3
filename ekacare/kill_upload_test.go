package ekacare_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// scanSize is the size of each file of the test below; CAREMUX_UPLOAD_SIZE replaces it. The vendor takes 25 MiB.
const scanSize = 256 << 10

// scanned is the content of a file, which no other has: a block over and over.
type scanned struct {
	block    []byte
	at, size int64
}

func (s *scanned) Read(p []byte) (int, error) {
	if s.at == s.size {
		return 0, io.EOF
	}
	n := copy(p[:min(int64(len(p)), s.size-s.at)], s.block[s.at%int64(len(s.block)):])
	s.at += int64(n)
	return n, nil
}

func (*scanned) Close() error { return nil }

func scannedFiles(size int64) []ekacare.DocumentUpload {
	items := make([]ekacare.DocumentUpload, ekacare.MaxUploadDocuments)
	for i := range items {
		for n := range ekacare.MaxDocumentFiles {
			number := i*ekacare.MaxDocumentFiles + n + 1
			block := bytes.Repeat([]byte(fmt.Sprintf("page %10d;", number)), 256)
			items[i].Files = append(items[i].Files, ekacare.DocumentFile{Name: fmt.Sprintf("scan-%d.pdf", number), Size: size,
				Open: func() (io.ReadCloser, error) { return &scanned{block, 0, size}, nil }})
		}
	}
	return items
}

// uploader is the process that is killed: it goes on with what was kept, and ends itself without a word after some
// files.
func uploader(server, kept, report string, size int64, files int) {
	var credentials struct{ ClientID, ClientSecret string }
	_ = json.Unmarshal([]byte(os.Getenv("CAREMUX_CHILD_CREDENTIALS")), &credentials)
	c, err := ekacare.New(
		ekacare.Credentials{ClientID: credentials.ClientID, ClientSecret: credentials.ClientSecret},
		caremux.WithBaseURL(server),
	)
	if err != nil {
		panic(err)
	}
	settled := 0
	options := &ekacare.DocumentUploadOptions{Concurrency: 2, Progress: func(p ekacare.UploadProgress) {
		if p.Outcome == nil {
			return
		}
		data, err := json.Marshal(p.Outcome)
		if err == nil {
			err = os.WriteFile(kept+".new", data, 0o600)
		}
		if err == nil {
			err = os.Rename(kept+".new", kept)
		}
		if err != nil {
			panic(err)
		}
		if p.Settled && p.Err == nil {
			settled++
		}
		if settled == files {
			_ = os.WriteFile(report, []byte(strconv.Itoa(peakMemory())), 0o600)
			self, _ := os.FindProcess(os.Getpid())
			_ = self.Kill()
			select {}
		}
	}}
	service := c.For(ekacare.Identity{PatientID: "oid-1"}).Records
	outcome := new(ekacare.UploadOutcome)
	if data, readErr := os.ReadFile(kept); readErr == nil && json.Unmarshal(data, outcome) == nil {
		_, err = service.ResumeUpload(context.Background(), scannedFiles(size), outcome, options)
	} else {
		_, err = service.UploadDocuments(context.Background(), scannedFiles(size), options)
	}
	if err != nil {
		panic(err)
	}
}

// peakMemory is the largest resident set of this process so far, in KiB; 0 where the system does not tell.
func peakMemory() int {
	status, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
	return kib
}

// TestAnUploadSurvivesAKillAtEachFile sends five documents of ten files by processes of which each is killed when its
// third file has arrived, with another one under way; with CAREMUX_UPLOAD_SIZE, when its first file has.
func TestAnUploadSurvivesAKillAtEachFile(t *testing.T) {
	size, files := int64(scanSize), 3
	if n, err := strconv.ParseInt(os.Getenv("CAREMUX_UPLOAD_SIZE"), 10, 64); err == nil {
		size, files = n, 1
	}
	if server := os.Getenv("CAREMUX_CHILD_SERVER"); server != "" {
		uploader(server, os.Getenv("CAREMUX_CHILD_KEPT"), os.Getenv("CAREMUX_CHILD_REPORT"), size, files)
		return
	}
	srv := ekacaretest.NewServer(t)
	credentials, _ := json.Marshal(map[string]string{
		"ClientID": srv.Credentials().ClientID, "ClientSecret": srv.Credentials().ClientSecret,
	})
	kept, report := t.TempDir()+"/outcome.json", t.TempDir()+"/memory"
	kills, peak := 0, 0
	for ended := false; !ended; {
		child := exec.Command(os.Args[0], "-test.run=^TestAnUploadSurvivesAKillAtEachFile$", "-test.count=1")
		child.Env = append(os.Environ(), "CAREMUX_CHILD_SERVER="+srv.URL, "CAREMUX_CHILD_KEPT="+kept, "CAREMUX_CHILD_REPORT="+report,
			"CAREMUX_CHILD_CREDENTIALS="+string(credentials))
		out, err := child.CombinedOutput()
		switch {
		case err == nil:
			ended = true
		case child.ProcessState.ExitCode() != -1: // not by a signal
			t.Fatalf("%v: %s", err, out)
		default:
			kills++
		}
		if memory, err := os.ReadFile(report); err == nil {
			kib, _ := strconv.Atoi(string(memory))
			peak = max(peak, kib)
		}
		if kills > 60 {
			t.Fatal("it does not come to its end")
		}
	}
	checkScans(t, srv, size)
	arrivals := 0
	for _, f := range srv.StoredFiles() {
		arrivals += f.Arrivals
	}
	t.Logf(
		"%d processes killed; %d files of %d bytes, each there once, sent %d times; largest resident set %d MiB",
		kills,
		len(srv.StoredFiles()),
		size,
		arrivals,
		peak>>10,
	)
	if kills < 12 {
		t.Errorf("%d kills", kills)
	}
}

func checkScans(t *testing.T, srv *ekacaretest.Server, size int64) {
	t.Helper()
	want := map[[sha256.Size]byte]string{}
	for _, item := range scannedFiles(size) {
		for _, f := range item.Files {
			content, _ := f.Open()
			sum := sha256.New()
			_, _ = io.Copy(sum, content)
			want[[sha256.Size]byte(sum.Sum(nil))] = f.Name
		}
	}
	documents := map[string]int{}
	for _, f := range srv.StoredFiles() {
		if want[f.SHA256] != f.Name || f.Size != size {
			t.Errorf("stored %s of %d bytes, twice or with another's content", f.Name, f.Size)
		}
		delete(want, f.SHA256)
		documents[f.DocumentID]++
	}
	if len(want) > 0 || len(documents) != ekacare.MaxUploadDocuments {
		t.Errorf("%d files are missing, documents %v", len(want), documents)
	}
}
