package ekacaretest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oapi-codegen/nullable"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

func TestRecordsAreFiledOnceTheirFilesAreThere(t *testing.T) {
	srv, c := setup(t)
	srv.SetRecordLooks(1)
	p := c.For(ekacare.Identity{PatientID: "oid-1"})
	forms := must(p.Records.CreateUploadForms(t.Context(), &ekacare.RecordUploadFormsCreate{BatchRequest: []ekacare.RecordUploadItem{{
		DocumentType: new(ekacare.DocumentTypeLabReport), Title: new("Blood"), Tags: []string{"blood"},
		DocumentDate: new(ekacare.NewEpochSeconds(seedTime)),
		Files:        []ekacare.RecordUploadFile{{ContentType: "image/png", FileSize: 7}, {ContentType: "image/png", FileSize: 5}},
	}}}))(t)
	id := forms.BatchResponse[0].DocumentID
	for i, content := range []string{"picture", "other"} {
		if _, err := p.Records.Get(t.Context(), id); !errors.Is(err, caremux.ErrNotFound) {
			t.Errorf("before file %d: %v", i, err)
		}
		if status, answer := post(t, forms.BatchResponse[0].Forms[i], content); status != 204 {
			t.Errorf("file %d: %d %s", i, status, answer)
		}
	}
	if _, err := p.Records.Get(t.Context(), id); !errors.Is(err, caremux.ErrNotFound) { // the look that was asked for
		t.Error(err)
	}
	record := must(p.Records.Get(t.Context(), id))(t)
	if record.Dt != "lr" || len(record.Files) != 2 || record.Files[0].FileType != "IMG" || !record.DocumentDateEpoch.Equal(seedTime) {
		t.Errorf("record %s", record.RawJSON())
	}
	reply, err := http.Get(record.Files[1].AssetURL)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if data, _ := io.ReadAll(reply.Body); string(data) != "other" {
		t.Errorf("file %q", data)
	}
	page := must(p.Records.List(t.Context(), nil))(t)
	if item := page.Items[0].RecordData.Item; len(page.Items) != 1 || item.DocumentID != id ||
		item.Metadata.Title != "Blood" || item.PatientID != "oid-1" {
		t.Errorf("page %s", page.RawJSON())
	}
	if err := p.Records.Update(t.Context(), id,
		&ekacare.RecordUpdate{DocumentType: nullable.NewNullableWithValue(ekacare.DocumentTypeScan)}); err != nil {
		t.Error(err)
	}
	if record = must(p.Records.Get(t.Context(), id))(t); record.Dt != "sc" {
		t.Errorf("record %s", record.RawJSON())
	}
	other := c.For(ekacare.Identity{PatientID: "oid-2"})
	if _, err := other.Records.Get(t.Context(), id); !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("of another: %v", err)
	}
	if err := p.Records.Delete(t.Context(), id); err != nil {
		t.Error(err)
	}
	if err := p.Records.Delete(t.Context(), id); !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("deleted again: %v", err)
	}
	if got := writes(srv); got != "Records.CreateUploadForms Records.Update Records.Delete" {
		t.Errorf("writes %s", got)
	}
}

// post sends a form as it stands; change may spoil it.
func post(t *testing.T, form ekacare.RecordUploadForm, content string,
	change ...func(w *multipart.Writer, fields map[string]string)) (int, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	fields := map[string]string{}
	for name, value := range form.Fields {
		fields[name] = value
	}
	for _, spoil := range change {
		spoil(w, fields)
	}
	for name, value := range fields {
		_ = w.WriteField(name, value)
	}
	if content != "" {
		file, _ := w.CreateFormFile("file", "a.png")
		_, _ = io.WriteString(file, content)
	}
	_ = w.Close()
	r, err := http.NewRequestWithContext(t.Context(), "POST", form.URL, &b)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, _ := io.ReadAll(reply.Body)
	return reply.StatusCode, string(text)
}

func TestStorageRefusesFormsAsTheirPolicySays(t *testing.T) {
	srv, c := setup(t)
	forms := must(c.For(ekacare.Identity{PatientID: "oid-1"}).Records.CreateUploadForms(t.Context(),
		&ekacare.RecordUploadFormsCreate{BatchRequest: []ekacare.RecordUploadItem{{
			Files: []ekacare.RecordUploadFile{{ContentType: "image/png", FileSize: 3}},
		}}}))(t)
	form := forms.BatchResponse[0].Forms[0]
	set := func(name, value string) func(*multipart.Writer, map[string]string) {
		return func(_ *multipart.Writer, fields map[string]string) { fields[name] = value }
	}
	for name, tt := range map[string]struct {
		content string
		change  func(*multipart.Writer, map[string]string)
		status  int
		code    string
	}{
		"no file":        {"", set("key", form.Fields["key"]), 400, "InvalidArgument"},
		"too long":       {"abcd", set("key", form.Fields["key"]), 400, "EntityTooLarge"},
		"too short":      {"ab", set("key", form.Fields["key"]), 400, "EntityTooSmall"},
		"another key":    {"abc", set("key", "x"), 403, "AccessDenied"},
		"another type":   {"abc", set("Content-Type", "image/jpg"), 403, "AccessDenied"},
		"one more field": {"abc", set("acl", "public-read"), 403, "AccessDenied"},
		"another policy": {"abc", set("policy", "e30="), 403, "SignatureDoesNotMatch"},
		"one field less": {"abc", func(_ *multipart.Writer, fields map[string]string) {
			delete(fields, "Content-Type")
		}, 403, "AccessDenied"},
		"file not at end": {"abc", func(w *multipart.Writer, _ map[string]string) {
			file, _ := w.CreateFormFile("file", "a.png")
			_, _ = io.WriteString(file, "abc")
		}, 403, "AccessDenied"},
	} {
		if status, answer := post(t, form, tt.content, tt.change); status != tt.status ||
			!strings.Contains(answer, "<Code>"+tt.code+"</Code>") {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	srv.Advance(2 * time.Hour)
	if status, answer := post(t, form, "abc"); status != 403 || !strings.Contains(answer, "expired") {
		t.Errorf("expired: %d %s", status, answer)
	}
	if files := srv.StoredFiles(); files != nil {
		t.Errorf("stored %v", files)
	}
	srv.SetNow(time.Time{})
	for range 2 {
		if status, answer := post(t, form, "abc"); status != 204 {
			t.Errorf("good: %d %s", status, answer)
		}
	}
	if files := srv.StoredFiles(); len(files) != 1 || string(files[0].Content) != "abc" || files[0].Arrivals != 2 {
		t.Errorf("stored %v", files)
	}
}

func TestStorageTellsOfCredentialsThatItWasSent(t *testing.T) {
	srv := ekacaretest.NewServer(t)
	forms, err := srv.Client().For(ekacare.Identity{PatientID: "oid-1"}).Records.CreateUploadForms(t.Context(),
		&ekacare.RecordUploadFormsCreate{
			BatchRequest: []ekacare.RecordUploadItem{{Files: []ekacare.RecordUploadFile{{ContentType: "image/png", FileSize: 3}}}}})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := http.NewRequestWithContext(t.Context(), "POST", forms.BatchResponse[0].Forms[0].URL, strings.NewReader(""))
	r.Header.Set("Authorization", "Bearer x")
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	if problems := fmt.Sprint(srv.Problems()); reply.StatusCode != 400 || !strings.Contains(problems, "Authorization") ||
		strings.Contains(problems, "Bearer") {
		t.Errorf("status %d, problems %s", reply.StatusCode, problems)
	}
}

func TestParsingTakesItsCourse(t *testing.T) {
	srv, c := setup(t)
	upload := func(task ekacare.ParsingTask) string {
		return must(c.Records.Upload(t.Context(), &ekacare.RecordsUploadParams{Task: []ekacare.ParsingTask{task}},
			&ekacare.RecordUpload{File: caremux.File{Name: "a.pdf", Content: strings.NewReader("%PDF")}}))(t).DocumentID
	}
	look := func(id string, n int) (states []ekacare.ProcessingStatus) {
		for range n {
			states = append(states, must(c.Records.GetParsingResult(t.Context(), id))(t).Status)
		}
		return states
	}
	id := upload(ekacare.ParsingTaskSmart)
	if states := look(id, 4); !slices.Equal(states, []ekacare.ProcessingStatus{"queued", "inprogress", "completed", "completed"}) {
		t.Errorf("states %v", states)
	}
	if raw, err := must(c.Records.GetParsingResult(t.Context(), id))(t).FHIRJSON(); err != nil ||
		!strings.Contains(string(raw), "Haemoglobin") {
		t.Errorf("bundle %s (%v)", raw, err)
	}
	srv.SetParsing(ekacare.ProcessingStatusQueued, ekacare.ProcessingStatusError)
	id = upload(ekacare.ParsingTaskPII)
	if states := look(id, 2); !slices.Equal(states, []ekacare.ProcessingStatus{"queued", "error"}) {
		t.Errorf("states %v", states)
	}
	srv.SetParsing()
	id = upload(ekacare.ParsingTaskSmart)
	if err := c.Records.Delete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if states := look(id, 1); states[0] != ekacare.ProcessingStatusDeleted {
		t.Errorf("states %v", states)
	}
	_, err := c.Records.GetParsingResult(t.Context(), "nobody's")
	refused(t, err, 400, ekacare.CodeBadRequest)
}
