package ekacare_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// pictures are documents of pictures, each with a content of its own.
func pictures(documents, files int) []ekacare.DocumentUpload {
	items := make([]ekacare.DocumentUpload, documents)
	for i := range items {
		for n := range files {
			items[i].Files = append(items[i].Files, ekacare.DocumentFileBytes(fmt.Sprintf("page-%d.png", n), picture(i, n)))
		}
	}
	return items
}

func picture(item, file int) []byte {
	return bytes.Repeat([]byte{0x89, 'P', 'N', 'G', byte(item), byte(file)}, 500)
}

func records(t *testing.T, opts ...caremux.Option) (*ekacaretest.Server, *ekacare.RecordsService) {
	t.Helper()
	t.Parallel()
	srv := ekacaretest.NewServer(t)
	t.Cleanup(func() {
		if problems := srv.Problems(); len(problems) > 0 {
			t.Errorf("problems: %v", problems)
		}
	})
	opts = append([]caremux.Option{caremux.WithRetry(caremux.RetryPolicy{
		MaxAttempts: 3, MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond,
	})}, opts...)
	return srv, srv.Client(opts...).For(ekacare.Identity{PatientID: "oid-1"}).Records
}

// agree checks that the outcome, the error and what the storage holds tell the same, and returns how many files have
// arrived.
func agree(
	t *testing.T, srv *ekacaretest.Server, items []ekacare.DocumentUpload, outcome *ekacare.UploadOutcome, err error,
) int {
	t.Helper()
	if outcome == nil {
		t.Fatalf("no outcome (%v)", err)
	}
	type place struct{ item, file int }
	stored := map[place]bool{}
	for _, f := range srv.StoredFiles() {
		stored[place{f.Item, f.File}] = true
		if f.SHA256 != sha256.Sum256(picture(f.Item, f.File)) || f.DocumentID != outcome.Items[f.Item].DocumentID ||
			f.ContentType != "image/png" {
			t.Errorf("stored %d.%d as %+v", f.Item, f.File, f)
		}
	}
	told := map[place]error{}
	var upload *ekacare.UploadError
	if errors.As(err, &upload) {
		if upload.Outcome != outcome {
			t.Error("the error has another outcome")
		}
		for _, e := range upload.Failed {
			told[place{e.Item, e.File}] = e
		}
	} else if err != nil {
		t.Fatalf("got %v", err)
	}
	n := 0
	for i, d := range outcome.Items {
		if len(d.Files) != len(items[i].Files) {
			t.Fatalf("document %d has %d files", i, len(d.Files))
		}
		for k, f := range d.Files {
			at := place{i, k}
			var e *caremux.Error
			unsure := errors.As(f.Err, &e) && e.MaybeApplied()
			if f.Arrived == (f.Err != nil) || told[at] != f.Err || stored[at] != f.Arrived && !(stored[at] && unsure) {
				t.Errorf("items[%d].files[%d]: arrived %v, error %v, told %v, stored %v", i, k, f.Arrived, f.Err, told[at], stored[at])
			}
			if f.Arrived {
				n++
			}
			delete(told, at)
		}
	}
	for i, d := range outcome.Items {
		if told[place{i, -1}] != d.Err {
			t.Errorf("items[%d]: error %v, told %v", i, d.Err, told[place{i, -1}])
		}
		delete(told, place{i, -1})
	}
	if len(told) > 0 {
		t.Errorf("the error tells of %v beside", told)
	}
	return n
}

func TestUploadTellsWhatArrivedAfterAFailureAStallAndACancel(t *testing.T) {
	srv, service := records(t)
	items := pictures(5, 10)
	srv.FailStorage(ekacaretest.StorageFault{Item: 1, File: 2, Status: 500, Times: -1})
	srv.FailStorage(ekacaretest.StorageFault{Item: 2, File: 5, Stall: true, Times: -1})
	srv.FailStorage(ekacaretest.StorageFault{Item: 4, File: 0, Stall: true, Times: -1})
	ctx, cancel := context.WithCancel(t.Context())
	last := ekacare.UploadProgress{}
	options := &ekacare.DocumentUploadOptions{Concurrency: 1, StallTimeout: 500 * time.Millisecond, WaitReadable: time.Minute,
		Progress: func(p ekacare.UploadProgress) {
			last = p
			if p.Item == 4 && p.Sent > 0 {
				cancel()
			}
		}}
	outcome, err := service.UploadDocuments(ctx, items, options)
	if n := agree(t, srv, items, outcome, err); n != 38 || last.Arrived != 38 || last.Files != 50 {
		t.Errorf("%d arrived, progress %+v", n, last)
	}
	var e *caremux.Error
	if err := outcome.Items[1].Files[2].Err; !errors.As(err, &e) || e.Status != 500 || e.Code != "SlowDown" || e.Attempts != 3 {
		t.Errorf("the failure is %v", err)
	}
	if err := outcome.Items[2].Files[5].Err; !errors.As(err, &e) || !errors.Is(err, context.DeadlineExceeded) || e.Attempts != 3 {
		t.Errorf("the stall is %v", err)
	}
	for k, f := range outcome.Items[4].Files {
		if !errors.Is(f.Err, context.Canceled) || errors.As(f.Err, &e) && e.MaybeApplied() != (k == 0) {
			t.Errorf("items[4].files[%d]: %v", k, f.Err)
		}
	}
	for i, d := range outcome.Items {
		if unread := i == 0 || i == 3; d.Readable || (d.Err != nil) != unread || unread && !errors.Is(err, d.Err) {
			t.Errorf("items[%d]: readable %v, %v", i, d.Readable, d.Err) // nobody could look
		}
	}
	if text := err.Error(); !strings.HasPrefix(text, "ekacare: 38 of 50 files arrived; items[0]: ") ||
		!strings.HasSuffix(text, "; and 11 more") {
		t.Errorf("text %q", text)
	}
	if text := printed(err); strings.Contains(text, "AWS4") || strings.Contains(text, "http") || strings.Contains(text, "doc-") {
		t.Errorf("text %q", text)
	}

	// Another process takes it up.
	kept, err := json.Marshal(outcome)
	if err != nil {
		t.Fatal(err)
	}
	again := new(ekacare.UploadOutcome)
	if err := json.Unmarshal(kept, again); err != nil {
		t.Fatal(err)
	}
	if text := again.Err().Error(); !strings.HasPrefix(text,
		"ekacare: 38 of 50 files arrived; items[1].files[2]: the file has not arrived; ") {
		t.Errorf("kept as %q", text)
	}
	srv.ClearStorageFaults()
	finished, err := service.ResumeUpload(t.Context(), items, again, &ekacare.DocumentUploadOptions{WaitReadable: time.Minute})
	if n := agree(t, srv, items, finished, err); n != 50 || err != nil {
		t.Errorf("%d arrived (%v)", n, err)
	}
	for i, d := range finished.Items {
		if !d.Readable || d.DocumentID != outcome.Items[i].DocumentID {
			t.Errorf("items[%d]: %+v", i, d)
		}
	}
	for _, f := range srv.StoredFiles() {
		// What was on its way when the context ended may have come later.
		if f.Arrivals != 1 && !(f.Item == 4 && f.File == 0) {
			t.Errorf("items[%d].files[%d] came %d times", f.Item, f.File, f.Arrivals)
		}
	}
	if n, _ := again.Arrived(); n != 38 || calls(srv, "Records.CreateUploadForms") != 1 {
		t.Errorf("the outcome handed in tells of %d, and forms were asked for %d times", n, calls(srv, "Records.CreateUploadForms"))
	}
}

func calls(srv *ekacaretest.Server, operation string) int {
	n := 0
	for _, r := range srv.Requests() {
		if r.Operation == operation {
			n++
		}
	}
	return n
}

func TestUploadSendsAllAtOnceAsFarAsAllowed(t *testing.T) {
	srv, service := records(t)
	items := pictures(3, 10)
	items[0].DocumentType, items[0].Title, items[0].Metadata = ekacare.DocumentTypeLabReport, "Blood", "m"
	items[0].Tags, items[0].Cases = []string{"blood"}, []string{"case-1"}
	items[0].DocumentDate = time.Unix(1700000000, 5)
	perFile := map[string]int64{}
	settled := 0
	outcome, err := service.UploadDocuments(t.Context(), items, &ekacare.DocumentUploadOptions{Progress: func(p ekacare.UploadProgress) {
		key := fmt.Sprint(p.Item, ".", p.File)
		if p.Sent < perFile[key] || p.Size != 3000 || p.Files != 30 || p.Err != nil {
			t.Errorf("progress %+v after %d", p, perFile[key])
		}
		perFile[key] = p.Sent
		if p.Settled {
			if settled++; p.Arrived != settled || p.Sent != p.Size {
				t.Errorf("progress %+v, want %d arrived", p, settled)
			}
		}
	}})
	if n := agree(t, srv, items, outcome, err); n != 30 || settled != 30 || outcome.Items[0].Readable {
		t.Errorf("%d arrived, %d settled", n, settled)
	}
	for _, r := range srv.Requests() {
		if r.Operation == "Records.CreateUploadForms" {
			want := `{"batch_request":[{"dt":"lr","dd_e":1700000000,"tg":["blood"],"files":[{"contentType":"image/png","file_size":3000},`
			if !strings.HasPrefix(string(r.Body), want) ||
				!strings.Contains(string(r.Body), `"title":"Blood","cases":["case-1"],"metadata":"m"},{"files":[`) ||
				r.Header.Get("X-Pt-Id") != "oid-1" {
				t.Errorf("sent %s with %v", r.Body, r.Header)
			}
		}
	}
}

func TestUploadIsCanceledAtOnce(t *testing.T) {
	srv, service := records(t)
	items := pictures(5, 10)
	ctx, cancel := context.WithCancel(t.Context())
	outcome, err := service.UploadDocuments(ctx, items,
		&ekacare.DocumentUploadOptions{Concurrency: 8, Progress: func(p ekacare.UploadProgress) {
			if p.Arrived == 20 {
				cancel()
			}
		}})
	// Files go on being sent until Progress, which is called beside them, has canceled.
	if n := agree(t, srv, items, outcome, err); n < 20 || n == 50 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d arrived (%v)", n, err)
	}
	// What may have arrived is sent again, and is there once.
	outcome, err = service.ResumeUpload(t.Context(), items, outcome, nil)
	if n := agree(t, srv, items, outcome, err); n != 50 || len(srv.StoredFiles()) != 50 {
		t.Errorf("%d arrived (%v)", n, err)
	}
}

func TestUploadOfAFileIsRepeated(t *testing.T) {
	for name, tt := range map[string]struct {
		fault    ekacaretest.StorageFault
		arrivals int
	}{
		"after a refusal":             {ekacaretest.StorageFault{Status: 503, Times: 2}, 1},
		"after a broken connection":   {ekacaretest.StorageFault{Reset: true, Times: 2}, 1},
		"after the answer got lost":   {ekacaretest.StorageFault{Reset: true, AfterWork: true, Times: 2}, 3},
		"after an error, though kept": {ekacaretest.StorageFault{Status: 500, AfterWork: true}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			srv, service := records(t)
			items := pictures(1, 1)
			srv.FailStorage(tt.fault)
			outcome, err := service.UploadDocuments(t.Context(), items, nil)
			if n := agree(t, srv, items, outcome, err); n != 1 || srv.StoredFiles()[0].Arrivals != tt.arrivals {
				t.Errorf("%d arrived, stored %+v", n, srv.StoredFiles())
			}
		})
	}
}

func TestUploadIsCheckedBeforeAnythingIsSent(t *testing.T) {
	srv, service := records(t)
	open := func() (io.ReadCloser, error) { return nil, fs.ErrNotExist }
	file := func(name string, size int64) ekacare.DocumentFile {
		return ekacare.DocumentFile{Name: name, Size: size, Open: open}
	}
	for _, tt := range []struct {
		name   string
		change func(items []ekacare.DocumentUpload) []ekacare.DocumentUpload
		field  string
	}{
		{"nothing", func([]ekacare.DocumentUpload) []ekacare.DocumentUpload { return nil }, "items"},
		{"too many documents", func(i []ekacare.DocumentUpload) []ekacare.DocumentUpload { return append(i, i...) }, "items"},
		{"no files", func(i []ekacare.DocumentUpload) []ekacare.DocumentUpload { i[1].Files = nil; return i }, "items[1].files"},
		{"too many files", func(i []ekacare.DocumentUpload) []ekacare.DocumentUpload {
			i[1].Files = append(i[1].Files, i[1].Files...)
			return i
		}, "items[1].files"},
		{"large picture", func(i []ekacare.DocumentUpload) []ekacare.DocumentUpload {
			i[2].Files[4].Size = ekacare.MaxPictureSize + 1
			return i
		}, "items[2].files[4].size"},
		{"large PDF", func(i []ekacare.DocumentUpload) []ekacare.DocumentUpload {
			i[0].Files = []ekacare.DocumentFile{file("a.PDF", ekacare.MaxPDFSize), file("b.pdf", ekacare.MaxPDFSize+1)}
			return i
		}, "items[0].files[1].size"},
		{"empty file", func(i []ekacare.DocumentUpload) []ekacare.DocumentUpload {
			i[0].Files[0].Size = 0
			return i
		}, "items[0].files[0].size"},
		{"another type", func(i []ekacare.DocumentUpload) []ekacare.DocumentUpload {
			i[0].Files[3] = file("a.gif", 1)
			return i
		}, "items[0].files[3].contentType"},
		{"no type", func(i []ekacare.DocumentUpload) []ekacare.DocumentUpload {
			i[0].Files[3] = file("a", 1)
			return i
		}, "items[0].files[3].contentType"},
		{"mixed types", func(i []ekacare.DocumentUpload) []ekacare.DocumentUpload {
			i[0].Files[3] = file("a.jpg", 1)
			return i
		}, "items[0].files[3].contentType"},
		{"nothing to open", func(i []ekacare.DocumentUpload) []ekacare.DocumentUpload {
			i[4].Files[9].Open = nil
			return i
		}, "items[4].files[9].open"},
		{"long title", func(i []ekacare.DocumentUpload) []ekacare.DocumentUpload {
			i[3].Title = strings.Repeat("ü", 257)
			return i
		}, "items[3].title"},
	} {
		outcome, err := service.UploadDocuments(t.Context(), tt.change(pictures(5, 10)), nil)
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Field != tt.field || argument.Operation != "Records.UploadDocuments" || outcome != nil {
			t.Errorf("%s: got %v, %v", tt.name, outcome, err)
		}
	}
	for _, options := range []ekacare.DocumentUploadOptions{{Concurrency: -1}, {StallTimeout: -1}, {WaitReadable: -1}} {
		if _, err := service.UploadDocuments(t.Context(), pictures(1, 1), &options); !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%+v: %v", options, err)
		}
	}
	for name, outcome := range map[string]*ekacare.UploadOutcome{
		"none":           nil,
		"another number": {Items: make([]ekacare.DocumentOutcome, 2)},
		"other files":    {Items: make([]ekacare.DocumentOutcome, 1)},
	} {
		_, err := service.ResumeUpload(t.Context(), pictures(1, 1), outcome, nil)
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Field != "outcome" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(srv.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestTypesOfFilesAreToldAsTheVendorSpellsThem(t *testing.T) {
	srv, service := records(t)
	var items []ekacare.DocumentUpload
	for _, f := range []ekacare.DocumentFile{{Name: "a.JPEG"}, {ContentType: "image/jpeg"}, {ContentType: "Image/JPG; q=1"},
		{Name: "x.png", ContentType: "application/pdf"}} {
		f.Size, f.Open = 1, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }
		items = append(items, ekacare.DocumentUpload{Files: []ekacare.DocumentFile{f}})
	}
	if _, err := service.UploadDocuments(t.Context(), items, nil); err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, f := range srv.StoredFiles() {
		types = append(types, f.ContentType)
	}
	if want := []string{"image/jpg", "image/jpg", "image/jpg", "application/pdf"}; !slices.Equal(types, want) {
		t.Errorf("types %v", types)
	}
}

func TestADocumentThatIsRefusedLeavesTheOthersAlone(t *testing.T) {
	srv, service := records(t)
	items := pictures(3, 2)
	items[1].DocumentID = "doc-of-nobody"
	outcome, err := service.UploadDocuments(t.Context(), items, nil)
	if n := agree(t, srv, items, outcome, err); n != 4 {
		t.Errorf("%d arrived", n)
	}
	var e *caremux.Error
	if !errors.As(outcome.Items[1].Files[1].Err, &e) || e.Code != "DOCUMENT_NOT_FOUND" || e.Message != "document not found" {
		t.Errorf("got %v", outcome.Items[1].Files[1].Err)
	}
}

func TestFormsThatCannotBeHadAreAskedForAgain(t *testing.T) {
	srv, service := records(t)
	items := pictures(2, 2)
	srv.Fail(ekacaretest.Fault{Operation: "Records.CreateUploadForms", Status: 400,
		Body: []byte(
			`{"error":true,"message":"no","batch_response":[{"error_details":{"code":"BAD_TITLE","message":"of Ada"}},{"forms":[]}]}`)})
	outcome, err := service.UploadDocuments(t.Context(), items, nil)
	if n := agree(t, srv, items, outcome, err); n != 0 || !errors.Is(err, caremux.ErrInvalid) || strings.Contains(err.Error(), "Ada") {
		t.Errorf("%d arrived (%v)", n, err)
	}
	var e *caremux.Error
	if !errors.As(outcome.Items[0].Files[0].Err, &e) || e.Code != "BAD_TITLE" {
		t.Errorf("got %v", outcome.Items[0].Files[0].Err)
	}
	if !errors.As(outcome.Items[1].Files[0].Err, &e) || e.Code != "" || e.Status != 400 {
		t.Errorf("got %v", outcome.Items[1].Files[0].Err)
	}
	outcome, err = service.ResumeUpload(t.Context(), items, outcome, nil)
	if n := agree(t, srv, items, outcome, err); n != 4 || err != nil {
		t.Errorf("%d arrived (%v)", n, err)
	}
}

func TestAnswersWithoutFormsAreNoSuccess(t *testing.T) {
	for name, answer := range map[string]string{
		"flagged":     `{"error":true,"message":"no","batch_response":[{"document_id":"d","forms":[{"url":"https://s3.invalid","fields":{}}]}]}`,
		"nothing":     `{}`,
		"no document": `{"batch_response":[]}`,
		"no form":     `{"batch_response":[{"document_id":"d","forms":[]}]}`,
		"two forms":   `{"batch_response":[{"document_id":"d","forms":[{"url":"https://s3.invalid"},{"url":"https://s3.invalid"}]}]}`,
		"bad address": `{"batch_response":[{"document_id":"d","forms":[{"url":"http://s3.invalid"}]}]}`,
	} {
		nw := always(200, answer)
		outcome, err := nw.client(t).For(patient).Records.UploadDocuments(t.Context(), pictures(1, 1), nil)
		var upload *ekacare.UploadError
		if !errors.As(err, &upload) || len(upload.Failed) != 1 || outcome.Items[0].Files[0].Err != upload.Failed[0] ||
			len(nw.requests()) != 1 {
			t.Errorf("%s: got %v", name, err)
		}
		// Forms of another number mean that there is a document.
		var e *caremux.Error
		if made := name == "no form" || name == "two forms"; made && (!errors.As(err, &e) || !e.MaybeApplied() ||
			!errors.Is(err, caremux.ErrUnreadable)) {
			t.Errorf("%s: MaybeApplied is not true of %v", name, err)
		}
	}
}

// TestFilesComeIntoNoOtherDocument is about answers that leave a document out or have one too many: the next one's form
// must not take its place.
func TestFilesComeIntoNoOtherDocument(t *testing.T) {
	form := func(id string) string {
		return `{"document_id":"` + id + `","forms":[{"url":"https://s3.invalid/","fields":{"key":"` + id + `"}}]}`
	}
	for name, tt := range map[string]struct {
		status  int
		answer  string
		unclear bool
	}{
		"one left out":              {200, `{"batch_response":[` + form("d2") + `]}`, true},
		"one too many":              {200, `{"batch_response":[` + form("d0") + `,` + form("d1") + `,` + form("d2") + `]}`, true},
		"one left out of a refusal": {400, `{"error":true,"batch_response":[{"error_details":{"code":"BAD_TITLE"}}]}`, false},
	} {
		nw := always(tt.status, tt.answer)
		outcome, err := nw.client(t).For(patient).Records.UploadDocuments(t.Context(), pictures(2, 1), nil)
		if len(nw.requests()) != 1 {
			t.Fatalf("%s: %d requests", name, len(nw.requests()))
		}
		for i, d := range outcome.Items {
			f := d.Files[0]
			var e *caremux.Error
			if !errors.As(f.Err, &e) || e.MaybeApplied() != tt.unclear || e.Code != "" || f.Form != nil || d.DocumentID != "" {
				t.Errorf("%s: items[%d]: %v (%v)", name, i, f.Err, err)
			}
		}
	}
}

func TestAnAnswerBeforeTheFileWasSentIsNoArrival(t *testing.T) {
	for name, read := range map[string]int64{"nothing read": 0, "the form read": 600, "all but the end read": 2 << 20} {
		nw := &network{}
		sent := 0
		rt := func(r *http.Request) (*http.Response, error) {
			if r.URL.Host != "s3.invalid" {
				return nw.RoundTrip(r)
			}
			if sent++; sent == 1 { // sent whole, and to be sent again
				_, _ = io.Copy(io.Discard, r.Body)
				return reply(503, ""), nil
			}
			_, _ = io.CopyN(io.Discard, r.Body, read)
			return reply(204, ""), nil
		}
		nw.answer = func(*http.Request, int) (*http.Response, error) {
			return reply(200, `{"batch_response":[{"document_id":"d1","forms":[{"url":"https://s3.invalid/","fields":{"key":"k"}}]}]}`), nil
		}
		items := []ekacare.DocumentUpload{{Files: []ekacare.DocumentFile{ekacare.DocumentFileBytes("a.png", make([]byte, 2<<20))}}}
		retry := caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: time.Millisecond})
		outcome, err := nw.client(t, caremux.WithTransport(roundTrip(rt)),
			retry).For(patient).Records.UploadDocuments(t.Context(), items, nil)
		var e *caremux.Error
		if outcome.Items[0].Files[0].Arrived || !errors.As(err, &e) || !e.MaybeApplied() || sent != 2 {
			t.Errorf("%s: got %v after %d", name, err, sent)
		}
	}
}

func TestExpiredFormsAreTold(t *testing.T) {
	srv, service := records(t)
	srv.SetFormLifetime(-time.Second)
	items := pictures(1, 1)
	outcome, err := service.UploadDocuments(t.Context(), items, nil)
	if n := agree(t, srv, items, outcome, err); n != 0 || !errors.Is(err, ekacare.ErrUploadFormExpired) {
		t.Errorf("%d arrived (%v)", n, err)
	}
	if _, err = service.ResumeUpload(t.Context(), items, outcome, nil); !errors.Is(err, ekacare.ErrUploadFormExpired) {
		t.Errorf("got %v", err)
	}
	// The way out: add the file to the document that is there.
	srv.SetFormLifetime(time.Hour)
	items[0].DocumentID = outcome.Items[0].DocumentID
	if _, err = service.UploadDocuments(t.Context(), items, nil); err != nil || len(srv.StoredFiles()) != 1 ||
		srv.StoredFiles()[0].DocumentID != items[0].DocumentID {
		t.Errorf("stored %v (%v)", srv.StoredFiles(), err)
	}
}

func TestFilesThatAreNotAsToldFailAlone(t *testing.T) {
	srv, service := records(t)
	items := pictures(1, 6)
	files := items[0].Files
	files[0].Size++
	files[1].Size--
	files[2].Open = func() (io.ReadCloser, error) { return os.Open(filepath.Join(t.TempDir(), "ada-lovelace.png")) }
	files[3].Open = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("x"), broken{errors.New("ada's disk is on fire")})), nil
	}
	opened := 0
	files[4].Open = func() (io.ReadCloser, error) { opened++; return nil, nil }
	outcome, err := service.UploadDocuments(t.Context(), items, nil)
	if n, _ := outcome.Arrived(); n != 1 || len(srv.StoredFiles()) != 1 {
		t.Errorf("%d arrived, stored %v", n, srv.StoredFiles())
	}
	if opened != 1 {
		t.Errorf("opened %d times, though that cannot help", opened)
	}
	for n, want := range []error{
		ekacare.ErrFileChanged, ekacare.ErrFileChanged, fs.ErrNotExist, ekacare.ErrFileUnreadable, ekacare.ErrFileUnreadable,
	} {
		if !errors.Is(outcome.Items[0].Files[n].Err, want) {
			t.Errorf("files[%d]: %v", n, outcome.Items[0].Files[n].Err)
		}
	}
	if text := printed(err); strings.Contains(text, "ada-lovelace") || strings.Contains(text, "ada's") ||
		!strings.Contains(text, "items[0].files[0]: the file does not have the announced size") {
		t.Errorf("text %q", text)
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

func TestNothingIsSentIfADocumentCannotBeLookedUp(t *testing.T) {
	nw := always(403, "")
	items := pictures(2, 1)
	items[1].DocumentID = "d1"
	outcome, err := nw.client(t).For(patient).Records.UploadDocuments(t.Context(), items,
		&ekacare.DocumentUploadOptions{WaitReadable: time.Minute})
	var upload *ekacare.UploadError
	if !errors.As(err, &upload) || len(upload.Failed) != 2 ||
		!errors.Is(outcome.Items[0].Files[0].Err, caremux.ErrForbidden) || len(nw.requests()) != 1 {
		t.Errorf("got %v after %d requests", err, len(nw.requests()))
	}
}

func TestFormIsSentAsTheStorageWantsIt(t *testing.T) {
	nw := &network{}
	nw.answer = func(r *http.Request, _ int) (*http.Response, error) {
		if r.URL.Host == "s3.invalid" {
			return reply(201, ""), nil
		}
		return reply(200,
			`{"batch_response":[{"document_id":"d1","forms":[{"url":"https://s3.invalid/bucket?x=1","fields":{"policy":"p\"\n","key":"k","Content-Type":"image/png"}}]}]}`), nil
	}
	items := []ekacare.DocumentUpload{{Files: []ekacare.DocumentFile{ekacare.DocumentFileBytes(`pa"ge.png`, []byte("content"))}}}
	if _, err := nw.client(t).For(patient).Records.UploadDocuments(t.Context(), items, nil, caremux.WithHeader("X-Mine", "1"),
		caremux.WithQuery("mine", "1")); err != nil {
		t.Fatal(err)
	}
	sent := nw.requests()[1]
	boundary := strings.TrimPrefix(sent.header.Get("Content-Type"), "multipart/form-data; boundary=")
	want := strings.NewReplacer("\n", "\r\n", "B", boundary, "policy>", "p\"\n").Replace(`--B
Content-Disposition: form-data; name="Content-Type"

image/png
--B
Content-Disposition: form-data; name="key"

k
--B
Content-Disposition: form-data; name="policy"

policy>
--B
Content-Disposition: form-data; name="file"; filename="pa\"ge.png"
Content-Type: image/png

content
--B--
`)
	if sent.method != "POST" || sent.path != "/bucket" || sent.query.Encode() != "x=1" || sent.body != want {
		t.Errorf("sent %s %s?%s\n%q, want\n%q", sent.method, sent.path, sent.query.Encode(), sent.body, want)
	}
	for _, name := range []string{"Authorization", "Auth", "X-Mine", "X-Pt-Id", "Client-Id"} {
		if sent.header.Get(name) != "" {
			t.Errorf("the storage was sent %s", name)
		}
	}
	if first := nw.requests()[0]; first.header.Get("X-Mine") != "1" || first.query.Get("mine") != "1" {
		t.Errorf("the vendor was sent %+v", first)
	}
}

// hanging is content whose reads take until it is freed.
type hanging chan struct{}

func (h hanging) Read([]byte) (int, error) { <-h; return 0, io.ErrUnexpectedEOF }

func TestAFileThatHangsEndsWithTheContext(t *testing.T) {
	for name, stall := range map[string]time.Duration{"at once": 0, "after stalls": 50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			srv, service := records(t)
			free := make(hanging)
			defer close(free)
			items := pictures(1, 2)
			opened := make(chan struct{}, 10)
			items[0].Files[0].Open = func() (io.ReadCloser, error) { opened <- struct{}{}; return io.NopCloser(free), nil }
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			options := &ekacare.DocumentUploadOptions{StallTimeout: stall, Progress: func(p ekacare.UploadProgress) {
				if p.File == 1 && p.Settled {
					time.AfterFunc(2*stall, func() {
						<-opened // the other file hangs
						cancel(context.DeadlineExceeded)
					})
				}
			}}
			type end struct {
				outcome *ekacare.UploadOutcome
				err     error
			}
			ended := make(chan end, 1)
			go func() {
				outcome, err := service.UploadDocuments(ctx, items, options)
				ended <- end{outcome, err}
			}()
			select {
			case e := <-ended:
				if n := agree(t, srv, items, e.outcome, e.err); n != 1 || !errors.Is(e.err, context.DeadlineExceeded) {
					t.Errorf("%d arrived (%v)", n, e.err)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("the upload outlives its context")
			}
		})
	}
}
