package clinik_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/fhir"
)

// exported is a job with a file. counts are its members about how many records there are.
func exported(t *testing.T, counts, file string, header ...string) (*clinik.Client, *clinik.BulkJob) {
	t.Helper()
	nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		if r.URL.Host == "files.example" {
			resp := reply(200, file, append([]string{"Content-Type", "application/x-ndjson"}, header...)...)
			resp.ContentLength = -1
			return resp, nil
		}
		return reply(200, `{"data":{"id":"job_1","type":"export","status":"completed",`+counts+
			`"downloadUrl":"https://files.example/a.ndjson?sig=1"}}`), nil
	}}
	c := nw.client(t)
	job, err := c.Bulk.Wait(t.Context(), "job_1", nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, job
}

func TestExportIsHeldAgainstItsJob(t *testing.T) {
	for name, tt := range map[string]struct {
		counts, file string
		ids          string
		line, record int // of the error, 0 for none
	}{
		"as many":     {`"totalRecords":3,"processedRecords":3,`, threePatients, "123", 0, 0},
		"one missing": {`"totalRecords":4,"processedRecords":4,`, threePatients, "123", 5, 3},
		"one failed": {`"totalRecords":4,"processedRecords":3,"errors":["Patient/9: gone"],`, threePatients,
			"123", 5, 3},
		"one more":            {`"totalRecords":2,`, threePatients, "12", 5, 3},
		"none of many":        {`"totalRecords":2,`, "", "", 0, 0},
		"none of none":        {`"totalRecords":0,`, "\n", "", 0, 0},
		"one of none":         {`"totalRecords":0,`, threePatients, "", 1, 1},
		"no total":            {``, threePatients, "123", 0, 0},
		"processed alone":     {`"processedRecords":4,`, threePatients, "123", 5, 3},
		"compressed":          {`"totalRecords":3,`, zipped(t, threePatients), "123", 0, 0},
		"compressed, cut off": {`"totalRecords":3,`, zipped(t, threePatients)[:60], "1", 0, 0},
		"another type": {`"totalRecords":2,`,
			`{"resourceType":"Patient","id":"1"}` + "\n" + `{"resourceType":"Observation","id":"2"}`, "1", 2, 2},
		"an error page": {`"totalRecords":2,`, `<html>`, "", 1, 1},
		"an error of storage": {`"totalRecords":2,`, `<?xml version="1.0"?><Error><Code>ExpiredToken</Code></Error>`,
			"", 1, 1},
		"no result as HTTP": {`"totalRecords":2,`, `{"error":"x","code":"NOT_FOUND"}`, "", 1, 1},
	} {
		c, job := exported(t, tt.counts, tt.file)
		ids, n := "", 0
		var err error
		for p, e := range clinik.BulkRecords[fhir.Patient](t.Context(), c, job) {
			n++
			if err = e; err == nil {
				ids += p.ID
			}
		}
		wrong := tt.line > 0 || name == "none of many" || name == "compressed, cut off"
		var e *clinik.NDJSONError
		if (err != nil) != wrong || wrong && (!errors.As(err, &e) || !errors.Is(err, caremux.ErrUnreadable) ||
			tt.line > 0 && (e.Line != tt.line || e.Record != tt.record)) {
			t.Errorf("%s: got %v", name, err)
		}
		if ids != tt.ids && !(name == "compressed, cut off" && strings.HasPrefix("123", ids)) {
			t.Errorf("%s: read %q, want %q", name, ids, tt.ids)
		}
	}
}

func TestLoopThatIsLeftEarlyIsNoError(t *testing.T) {
	c, job := exported(t, `"totalRecords":9,`, threePatients)
	for p, err := range clinik.BulkRecords[fhir.Patient](t.Context(), c, job) {
		if err != nil || p.ID != "1" {
			t.Errorf("got %v, %v", p.ID, err)
		}
		break
	}
}

func TestDownloadIsNDJSONWhateverItsCompression(t *testing.T) {
	for name, tt := range map[string]struct{ file, want, contentType string }{
		"plain":      {threePatients, threePatients, "application/x-ndjson"},
		"compressed": {zipped(t, threePatients), threePatients, "application/x-ndjson"},
		"empty":      {"", "", "application/x-ndjson"},
	} {
		c, job := exported(t, "", tt.file, "Content-Type", map[bool]string{true: "application/gzip",
			false: "application/x-ndjson"}[name == "compressed"],
			"Content-Disposition", map[bool]string{true: `attachment; filename="out.ndjson.gz"`,
				false: `attachment; filename="out.ndjson"`}[name == "compressed"])
		d, err := c.Bulk.Download(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(d)
		if err != nil || string(data) != tt.want || d.ContentType != tt.contentType || d.Name != "out.ndjson" ||
			d.Size != -1 {
			t.Errorf("%s: %q of %s in %s, %d (%v)", name, data, d.ContentType, d.Name, d.Size, err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	c, job := exported(t, "", "\x1f\x8b\x00")
	if _, err := c.Bulk.Download(t.Context(), job); !errors.Is(err, caremux.ErrUnreadable) {
		t.Errorf("got %v", err)
	}
}

func TestDownloadThatBreaksOffNamesWhereItWas(t *testing.T) {
	lines := strings.Repeat(`{"resourceType":"Patient","id":"1"}`+"\n", 1000)
	for name, text := range map[string]string{"plain": lines, "compressed": zipped(t, lines)} {
		var s *server
		s = listen(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.URL.Path != "/file" {
				answerJSON(w, 200, `{"data":{"status":"completed","totalRecords":1000,"downloadUrl":"`+s.URL+`/file"}}`)
				return
			}
			w.Header().Set("Content-Length", fmt.Sprint(len(text)))
			_, _ = io.WriteString(w, text[:len(text)/2])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		})
		c := s.client(t)
		job, err := c.Bulk.Wait(t.Context(), "job_1", nil)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err = range clinik.BulkRecords[fhir.Patient](t.Context(), c, job) {
			if err == nil {
				n++
			}
		}
		var line *clinik.NDJSONError
		var e *caremux.Error
		if !errors.As(err, &line) || line.Record != n+1 || line.Line != n+1 || !errors.As(err, &e) ||
			e.Operation != "Bulk.Download" || n >= 1000 {
			t.Errorf("%s: after %d records: %v", name, n, err)
		}
	}
}

func TestImportHasNothingToDownload(t *testing.T) {
	c := always(200, "").client(t)
	for name, job := range map[string]*clinik.BulkJob{
		"import": {Type: clinik.BulkJobTypeImport, Status: clinik.BulkJobStatusCompleted,
			DownloadURL: "https://files.example/a"},
		"failed": {Status: clinik.BulkJobStatusFailed, DownloadURL: "https://files.example/a"},
	} {
		for _, err := range clinik.BulkRecords[fhir.Patient](t.Context(), c, job) {
			if !errors.Is(err, caremux.ErrInvalid) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
}
