package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/clinik/cliniktest"
)

// live makes a fake with 40 patients stand in for the real service.
func live(t *testing.T) (srv *cliniktest.Server, path string) {
	srv = cliniktest.NewServer(t)
	srv.AddPatients(40)
	srv.SetJobPolls(0)
	t.Setenv("CLINIKAPI_SECRET_KEY", srv.Key())
	t.Setenv("CLINIKAPI_BASE_URL", srv.URL)
	return srv, filepath.Join(t.TempDir(), "all.ndjson")
}

// interrupts ends a context when a progress line says something, as Ctrl-C would.
type interrupts struct {
	on   string
	stop func()
}

func (i interrupts) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(i.on)) {
		i.stop()
	}
	return len(line), nil
}

// stopOnDownload ends a context when the download has been asked for.
func stopOnDownload(ctx context.Context, srv *cliniktest.Server, stop func()) {
	for ctx.Err() == nil {
		for _, r := range srv.Requests() {
			if r.Operation == "Bulk.Download" {
				stop()
			}
		}
		time.Sleep(time.Millisecond)
	}
}

// records counts the lines of a file, each of which must be a resource.
func records(t *testing.T, path string) (n int) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var r resource
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.ResourceType == "" || !strings.HasSuffix(line, "\n") {
			t.Errorf("line %q: %v", line, err)
		}
		n++
	}
	return n
}
