package ekacare_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// filed answers as the vendor and its storage do; a document is there after some looks.
func filed(looks map[string]int, filesOf map[string]int) *network {
	return &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		if r.URL.Host == "s3.invalid" {
			return reply(204, ""), nil
		}
		if r.Method == "POST" {
			return reply(200, `{"batch_response":[
				{"document_id":"d1","forms":[{"url":"https://s3.invalid/","fields":{"key":"1"}}]},
				{"document_id":"d2","forms":[{"url":"https://s3.invalid/","fields":{"key":"2"}}]}]}`), nil
		}
		id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		if looks[id]--; looks[id] >= 0 {
			return reply(404, ""), nil
		}
		if filesOf[id] < 0 {
			return reply(403, ""), nil
		}
		files := strings.TrimSuffix(strings.Repeat(`{"file_type":"IMG"},`, filesOf[id]), ",")
		return reply(200, `{"files":[`+files+`]}`), nil
	}}
}

func TestUploadWaitsUntilDocumentsCanBeRead(t *testing.T) {
	for _, tt := range []struct {
		name     string
		looks    map[string]int
		files    map[string]int
		readable [2]bool
		errs     [2]error
	}{
		{"soon", map[string]int{"d1": 2, "d2": 5}, map[string]int{"d1": 1, "d2": 1}, [2]bool{true, true}, [2]error{}},
		{"one never", map[string]int{"d1": 2, "d2": 1e6}, map[string]int{"d1": 1}, [2]bool{true, false},
			[2]error{nil, context.DeadlineExceeded}},
		{"one without its file", map[string]int{}, map[string]int{"d1": 0, "d2": 1}, [2]bool{false, true},
			[2]error{context.DeadlineExceeded, nil}},
		{"one refused", map[string]int{"d2": 3}, map[string]int{"d1": -1, "d2": 1}, [2]bool{false, true},
			[2]error{caremux.ErrForbidden, nil}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := filed(tt.looks, tt.files)
				start := time.Now()
				outcome, err := nw.client(t).For(patient).Records.UploadDocuments(t.Context(), pictures(2, 1),
					&ekacare.DocumentUploadOptions{WaitReadable: time.Minute})
				for i, d := range outcome.Items {
					if d.Readable != tt.readable[i] || !errors.Is(d.Err, tt.errs[i]) || tt.errs[i] != nil && !errors.Is(err, d.Err) {
						t.Errorf("items[%d]: readable %v, %v", i, d.Readable, d.Err)
					}
				}
				if (err == nil) != (tt.errs == [2]error{}) || time.Since(start) > time.Minute {
					t.Errorf("got %v after %v", err, time.Since(start))
				}
				for _, r := range nw.requests() {
					if r.host == "s3.invalid" && (r.header.Get("Authorization") != "" || r.header.Get("Auth") != "") {
						t.Errorf("the storage was sent %v", r.header)
					}
				}
			})
		})
	}
}

func TestADocumentThatHadFilesIsWaitedForUntilItHasMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gets := 0
		nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
			switch {
			case r.URL.Host == "s3.invalid":
				return reply(204, ""), nil
			case r.Method == "POST":
				return reply(200, `{"batch_response":[{"document_id":"d1","forms":[{"url":"https://s3.invalid/","fields":{}}]}]}`), nil
			}
			if gets++; gets < 4 {
				return reply(200, `{"files":[{},{}]}`), nil
			}
			return reply(200, `{"files":[{},{},{}]}`), nil
		}}
		items := pictures(1, 1)
		items[0].DocumentID = "d1"
		outcome, err := nw.client(t).For(patient).Records.UploadDocuments(t.Context(), items,
			&ekacare.DocumentUploadOptions{WaitReadable: time.Minute})
		if err != nil || !outcome.Items[0].Readable || gets != 4 {
			t.Errorf("got %+v after %d looks (%v)", outcome, gets, err)
		}
	})
}

func TestADocumentWhoseFilesWereNotCountedIsNotSaidToBeReadable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
			switch {
			case r.URL.Host == "s3.invalid" && down:
				return reply(403, ""), nil
			case r.URL.Host == "s3.invalid":
				return reply(204, ""), nil
			case r.Method == "POST":
				return reply(200, `{"batch_response":[{"document_id":"d1","forms":[{"url":"https://s3.invalid/","fields":{}}]}]}`), nil
			}
			return reply(200, `{"files":[{},{}]}`), nil // those of before
		}}
		items := pictures(1, 1)
		items[0].DocumentID = "d1"
		service := nw.client(t).For(patient).Records
		outcome, err := service.UploadDocuments(t.Context(), items, nil)
		if err == nil {
			t.Fatal("no error")
		}
		down = false
		outcome, err = service.ResumeUpload(t.Context(), items, outcome, &ekacare.DocumentUploadOptions{WaitReadable: time.Minute})
		if arrived, _ := outcome.Arrived(); arrived != 1 || outcome.Items[0].Readable || err == nil {
			t.Errorf("%d arrived, readable %v (%v)", arrived, outcome.Items[0].Readable, err)
		}
	})
}
