package welkintest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

func TestChatPages(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	ids := srv.AddPatients(2)
	srv.AddChatMessages(ids[0], 24)
	srv.AddChatMessages(ids[1], 1)
	sent := must(c.Chats.SendInbound(ctx, ids[0], &welkin.ChatMessageInput{Message: "Message 0025"}))(t)
	if sent.Sender.ID != ids[0] || len(sent.ExternalID) != 34 {
		t.Errorf("sent %s", sent.RawJSON())
	}
	n := 0
	for m, err := range c.Chats.All(ctx, ids[0], &welkin.ChatsListParams{PageSize: new(10), IncludeArchived: new(true)}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; m.Message != fmt.Sprintf("Message %04d", n) {
			t.Errorf("message %d is %s", n, m.Message)
		}
	}
	if n != 25 || count(srv, "Chats.List") != 3 {
		t.Errorf("%d messages on %d pages", n, count(srv, "Chats.List"))
	}
}

func TestChatTokens(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	patient := srv.AddPatients(1)[0]
	srv.AddChatMessages(patient, 5)
	page := must(c.Chats.List(ctx, patient, &welkin.ChatsListParams{PageSize: new(2)}))(t)
	var sent struct {
		Meta struct {
			NextPageToken string `json:"nextPageToken"`
		} `json:"meta"`
	}
	if err := json.Unmarshal(page.RawJSON(), &sent); err != nil {
		t.Fatal(err)
	}
	token := sent.Meta.NextPageToken
	_, err := c.Chats.List(ctx, patient, &welkin.ChatsListParams{PageSize: new(2), PageToken: &token})
	wantCode(t, err, caremux.ErrInvalid, "PAGE_TOKEN_NOT_ALONE")
	_, err = c.Chats.List(ctx, patient, &welkin.ChatsListParams{PageToken: new("made up")})
	wantCode(t, err, caremux.ErrInvalid, "INVALID_PAGE_TOKEN")
	_, err = c.Chats.Search(ctx, patient, &welkin.ChatsSearchParams{PageToken: &token})
	wantCode(t, err, caremux.ErrInvalid, "INVALID_PAGE_TOKEN")

	hits := must(c.Chats.Search(ctx, patient, &welkin.ChatsSearchParams{Query: new("0004"), ContentPageSize: new(2)}))(t)
	if len(hits.Items) != 1 || hits.HasNext() {
		t.Fatalf("hits %s", hits.RawJSON())
	}
	for name, test := range map[string]struct{ token, first string }{
		"from the hit on": {hits.Items[0].Meta.NextPageToken, "Message 0004"},
		"before the hit":  {hits.Items[0].Meta.PrevPageToken, "Message 0002"},
	} {
		around := must(c.Chats.List(ctx, patient, &welkin.ChatsListParams{PageToken: &test.token}))(t)
		if len(around.Items) != 2 || around.Items[0].Message != test.first {
			t.Errorf("%s: %s", name, around.RawJSON())
		}
	}
}

func TestDocuments(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	patient := srv.AddPatients(1)[0]
	d := must(c.Documents.CreateSummary(ctx, patient, &welkin.DocumentSummaryCreate{
		Type: new("doc-type-others"), Additional: map[string]any{"title": "Scan"},
	}))(t)
	if d.JSONBody.Type != "doc-type-others" || string(d.JSONBody.Extra()["title"]) != `"Scan"` {
		t.Errorf("created %s", d.RawJSON())
	}
	content := bytes.Repeat([]byte("\x00\xff%PDF\r\n"), 1000)
	files := must(c.Documents.UploadFiles(ctx, patient, d.ID, &welkin.DocumentFilesUpload{Files: []caremux.File{
		{Name: "scan.pdf", Content: bytes.NewReader(content)}, {Name: "photo.PNG", Content: bytes.NewReader(nil)},
	}}))(t)
	if len(files) != 2 || files[0].OriginalName != "scan.pdf" || *files[0].Size != int64(len(content)) ||
		files[0].ContentType != "application/pdf" {
		t.Errorf("uploaded %+v", files)
	}
	download, err := c.Documents.DownloadFile(ctx, patient, d.ID, files[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	defer download.Close()
	if got, err := io.ReadAll(download); err != nil || !bytes.Equal(got, content) || download.ContentType != "application/pdf" {
		t.Errorf("%d bytes of %s, %v", len(got), download.ContentType, err)
	}
	if got := must(c.Documents.ReplaceSummary(ctx, patient, d.ID,
		&welkin.DocumentSummaryReplace{Type: new("other")}))(t); len(got.JSONBody.Files) != 2 || got.JSONBody.Type != "other" {
		t.Errorf("updated %s", got.RawJSON())
	}
	if page := must(c.Documents.ListSummaries(ctx, patient, nil))(t); len(page.Items) != 1 || *page.Total != 1 {
		t.Errorf("listed %s", page.RawJSON())
	}
	_, err = c.Documents.UploadFiles(ctx, patient, d.ID,
		&welkin.DocumentFilesUpload{Files: []caremux.File{{Name: "a.txt", Content: bytes.NewReader(content)}}})
	wantCode(t, err, caremux.ErrInvalid, "FILE_TYPE_NOT_SUPPORTED")
	_, err = c.Documents.DownloadFile(ctx, patient, d.ID, "unknown")
	wantCode(t, err, caremux.ErrNotFound, "FILE_NOT_FOUND")
	if err := c.Documents.DeleteSummary(ctx, patient, d.ID); err != nil {
		t.Error(err)
	}
	_, err = c.Documents.GetSummary(ctx, patient, d.ID)
	wantCode(t, err, caremux.ErrNotFound, "DOCUMENT_SUMMARY_NOT_FOUND")
}
