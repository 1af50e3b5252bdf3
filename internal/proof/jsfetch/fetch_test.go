package jsfetch

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestTheDefaultTransportUsesFetchUnderJavaScript(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds programs, and they run alone")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node here, whose Fetch API the program would use")
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "program.wasm")
	// Nothing of the standard library may be built for this system yet: without inlining it builds faster.
	build := exec.Command("go", "build", "-gcflags=all=-l", "-o", program, "./program")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var mu sync.Mutex
	var seen []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.Header.Get("X-Api-Key")+" "+string(body)))
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/file":
			w.Header().Set("Content-Type", "application/x-ndjson")
			_, _ = io.WriteString(w, `{"id":"p1"}`)
		case r.Method == "POST":
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"data":{"id":"p1","firstName":"Zoë","lastName":"Tester"}}`)
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error":{"message":"no such patient"}}`)
		}
	}))
	defer s.Close()
	run := exec.Command(node, filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec_node.js"), program, s.URL)
	run.Args[0] = "browser" // under the name of node, net/http would speak to a network in its own memory
	out, err := run.CombinedOutput()
	want := "created p1 and then: clinik: Patients.Get: GET /v1/patients/{id}: 404\n" + `downloaded {"id":"p1"}` + "\n"
	if err != nil || string(out) != want {
		t.Errorf("%v: got %s, want %s", err, out, want)
	}
	mu.Lock()
	defer mu.Unlock()
	wantSeen := []string{`POST /v1/patients clk_test_key {"firstName":"Zoë","lastName":"Tester"}`,
		"GET /v1/patients/missing clk_test_key", "GET /file"}
	if !slices.Equal(seen, wantSeen) {
		t.Errorf("sent %q, want %q", seen, wantSeen)
	}
}
