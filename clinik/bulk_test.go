package clinik_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

// bulkVendor runs one job through the given states, one for each look.
func bulkVendor(t *testing.T, states []string, ndjson string) (*clinik.Client, *[]*http.Request, *[]string) {
	t.Helper()
	var requests []*http.Request
	var bodies []string
	looks := 0
	mux := http.NewServeMux()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests = append(requests, r)
		bodies = append(bodies, string(body))
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	mux.HandleFunc("POST /v1/bulk/{kind}", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"data":{"jobId":"job_1","status":"pending"},"meta":{}}`)
	})
	mux.HandleFunc("GET /v1/bulk/jobs/job_1", func(w http.ResponseWriter, _ *http.Request) {
		state := states[min(looks, len(states)-1)]
		looks++
		_, _ = fmt.Fprintf(w,
			`{"data":{"id":"job_1","type":"export","status":%q,"totalRecords":3,"processedRecords":%d,"downloadUrl":%q,"errors":["line 2: bad"]}}`,
			state, looks, server.URL+"/storage/out.ndjson?signature=abc")
	})
	mux.HandleFunc("GET /storage/out.ndjson", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		_, _ = io.WriteString(w, ndjson)
	})
	c, err := clinik.New("clk_test_abc123", caremux.WithBaseURL(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	return c, &requests, &bodies
}

var quickly = &clinik.BulkWait{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}

func TestExportIsWaitedForAndStreamed(t *testing.T) {
	c, requests, bodies := bulkVendor(t, []string{"pending", "processing", "completed"},
		`{"id":"1","n":1}`+"\r\n\n"+`{"id":"2","n":"two"}`+"\n"+`{"id":"3","extra":true}`)
	started, err := c.Bulk.Export(t.Context(), &clinik.BulkExportRequest{ResourceTypes: []string{"Patient"}})
	if err != nil {
		t.Fatal(err)
	}
	var seen []clinik.BulkJobStatus
	wait := *quickly
	wait.Progress = func(job *clinik.BulkJob) { seen = append(seen, job.Status) }
	job, err := c.Bulk.Wait(t.Context(), started.JobID, &wait)
	if err != nil || !slices.Equal(seen, []clinik.BulkJobStatus{"pending", "processing", "completed"}) || *job.ProcessedRecords != 3 {
		t.Fatalf("job %+v after %v (%v)", job, seen, err)
	}
	type row struct {
		caremux.Record `json:"-"`
		ID             string `json:"id"`
		N              *int   `json:"n"`
	}
	var rows []row
	for r, err := range clinik.BulkRecords[row](t.Context(), c, job) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	if len(rows) != 3 || *rows[0].N != 1 || rows[1].Mismatch() == nil || string(rows[2].Extra()["extra"]) != "true" {
		t.Errorf("rows %+v", rows)
	}
	last := (*requests)[len(*requests)-1]
	if last.URL.RequestURI() != "/storage/out.ndjson?signature=abc" || last.Header.Get("X-Api-Key") != "" {
		t.Errorf("downloaded %s with key %q", last.URL, last.Header.Get("X-Api-Key"))
	}
	if (*bodies)[0] != `{"resourceTypes":["Patient"]}` || (*requests)[0].Header.Get("X-Api-Key") == "" {
		t.Errorf("export sent %s", (*bodies)[0])
	}
}

func TestWaitEndsWithTheJobOrTheContext(t *testing.T) {
	t.Run("failed job", func(t *testing.T) {
		c, _, _ := bulkVendor(t, []string{"processing", "failed"}, "")
		job, err := c.Bulk.Wait(t.Context(), "job_1", quickly)
		var failed *clinik.BulkJobError
		if !errors.As(err, &failed) || failed.Job != job || len(job.Errors) != 1 || strings.Contains(err.Error(), "line 2") {
			t.Errorf("got %+v, %v", job, err)
		}
	})
	t.Run("context", func(t *testing.T) {
		c, _, _ := bulkVendor(t, []string{"processing"}, "")
		ctx, cancel := context.WithCancel(t.Context())
		wait := &clinik.BulkWait{MinWait: time.Hour, Progress: func(*clinik.BulkJob) { cancel() }}
		job, err := c.Bulk.Wait(ctx, "job_1", wait)
		if !errors.Is(err, context.Canceled) || job == nil || job.Status != clinik.BulkJobStatusProcessing {
			t.Errorf("got %+v, %v", job, err)
		}
	})
}

func TestWaitEndsWithItsLimit(t *testing.T) {
	c, _, _ := bulkVendor(t, []string{"processing"}, "")
	wait := *quickly
	wait.Limit = 20 * time.Millisecond
	job, err := c.Bulk.Wait(t.Context(), "job_1", &wait)
	if e := new(*caremux.Error); !errors.As(err, e) || !errors.Is(err, context.DeadlineExceeded) || job == nil ||
		job.Status != clinik.BulkJobStatusProcessing {
		t.Errorf("got %+v, %v", job, err)
	}
}

func TestDownloadRefusesWhatIsNoSignedLink(t *testing.T) {
	c, requests, _ := bulkVendor(t, []string{"completed"}, "")
	for name, job := range map[string]*clinik.BulkJob{
		"no job":         nil,
		"not completed":  {},
		"plain http":     {DownloadURL: "http://storage.example/x"},
		"user info":      {DownloadURL: "https://a:b@storage.example/x"},
		"no URL":         {DownloadURL: "://"},
		"another scheme": {DownloadURL: "file:///etc/passwd"},
	} {
		if _, err := c.Bulk.Download(t.Context(), job); !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if len(*requests) > 0 {
		t.Errorf("%d requests were sent", len(*requests))
	}
}

func TestImportIsCheckedLineByLine(t *testing.T) {
	for _, tt := range []struct {
		name  string
		data  io.Reader
		field string // of the error, "" if it is sent
		sent  string
	}{
		{"good", strings.NewReader("{\"a\":1}\n\n  {\"b\":2}"), "", "{\"a\":1}\n{\"b\":2}\n"},
		{"cut off", strings.NewReader("{\"a\":1}\n{\"b\":"), "data line 2", ""},
		{"no object", strings.NewReader("{\"a\":1}\n\n[1]\n"), "data line 3", ""},
		{"no UTF-8", strings.NewReader("{\"a\":\"\u00e9\"}\n{\"a\":\"\xe9\"}"), "data line 2", ""},
		{"two on a line", strings.NewReader(`{"a":1}{"b":2}`), "data line 1", ""},
		{"nothing", strings.NewReader("\n \n"), "data", ""},
		{"too many", strings.NewReader(strings.Repeat("{}\n", clinik.MaxImportRecords+1)), "data", ""},
		{"cut off in gzip", strings.NewReader("\x1f\x8b"), "data line 1", ""},
		{"no object among many", strings.NewReader("{}\n{}\n5\n{}"), "data line 3", ""},
		{"no reader", nil, "r", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, requests, bodies := bulkVendor(t, []string{"completed"}, "")
			started, err := c.Bulk.ImportFrom(t.Context(), "Patient", tt.data)
			if tt.field == "" {
				var body clinik.BulkImportRequest
				if err != nil || started.JobID != "job_1" || json.Unmarshal([]byte((*bodies)[0]), &body) != nil || body.Data != tt.sent {
					t.Fatalf("sent %q (%v)", body.Data, err)
				}
				return
			}
			var argument *caremux.ArgumentError
			if !errors.As(err, &argument) || argument.Field != tt.field {
				t.Errorf("got %v, want the field %q", err, tt.field)
			}
			if len(*requests) > 0 {
				t.Error("something was sent")
			}
		})
	}
	t.Run("reader fails", func(t *testing.T) {
		c, requests, _ := bulkVendor(t, []string{"completed"}, "")
		broken := errors.New("disk on fire")
		if _, err := c.Bulk.ImportFrom(t.Context(), "Patient",
			io.MultiReader(strings.NewReader("{}\n"), iotest.ErrReader(broken))); !errors.Is(err, broken) || len(*requests) > 0 {
			t.Errorf("got %v", err)
		}
	})
}

func TestImportBeyondTheBodyLimitOfOtherCallsIsSent(t *testing.T) {
	c, _, bodies := bulkVendor(t, []string{"completed"}, "")
	big := `{"a":"` + strings.Repeat("x", 2<<20) + `"}`
	if _, err := c.Bulk.ImportFrom(t.Context(), "Patient", strings.NewReader(big)); err != nil || len((*bodies)[0]) < 2<<20 {
		t.Errorf("%v", err)
	}
}

func TestImportRecordsEncodesGoValues(t *testing.T) {
	c, _, bodies := bulkVendor(t, []string{"completed"}, "")
	records := slices.Values([]map[string]int{{"a": 1}, {"b": 2}})
	if _, err := clinik.ImportRecords(t.Context(), c, "Patient", records); err != nil {
		t.Fatal(err)
	}
	if want := `{"resourceType":"Patient","data":"{\"a\":1}\n{\"b\":2}\n"}`; (*bodies)[0] != want {
		t.Errorf("sent %s, want %s", (*bodies)[0], want)
	}
	if _, err := clinik.ImportRecords(t.Context(), c, "Patient", slices.Values([]any{func() {}})); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestNDJSONNamesTheLineThatIsNoJSON(t *testing.T) {
	var got []int
	var last error
	for n, err := range clinik.ReadNDJSON[int](strings.NewReader("1\n\n2\nsecret-name\n3\n")) {
		if last = err; err == nil {
			got = append(got, n)
		}
	}
	var line *clinik.NDJSONError
	if !slices.Equal(got, []int{1, 2}) || !errors.As(last, &line) || line.Line != 4 || !errors.Is(last, caremux.ErrUnreadable) ||
		strings.Contains(last.Error(), "secret") {
		t.Errorf("got %v, then %v", got, last)
	}
	for range clinik.ReadNDJSON[int](strings.NewReader("1\n2\n")) {
		break // must not panic
	}
}

func FuzzNDJSON(f *testing.F) {
	f.Add([]byte("{\"a\":1}\n\n[2]\r\nnull"))
	f.Add([]byte("{\n"))
	f.Add([]byte(mark + "{}\n"))
	f.Add([]byte(zipped(f, "{}\n[]")))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, err := range clinik.ReadNDJSON[clinik.Patient](bytes.NewReader(data)) {
			if e := new(clinik.NDJSONError); err != nil && (!errors.As(err, &e) || e.Line < 1 || e.Record < 1 ||
				!errors.Is(err, caremux.ErrUnreadable)) {
				t.Errorf("got %v", err)
			}
		}
		var again bytes.Buffer
		n := 0
		for v, err := range clinik.ReadNDJSON[json.RawMessage](bytes.NewReader(data)) {
			if err != nil {
				return
			}
			again.Write(v)
			again.WriteByte('\n')
			n++
		}
		m := 0
		for _, err := range clinik.ReadNDJSON[json.RawMessage](&again) {
			if err != nil {
				t.Fatal(err)
			}
			m++
		}
		if n != m {
			t.Error(strconv.Itoa(n) + " lines became " + strconv.Itoa(m))
		}
	})
}
