package ekacare_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// scans are documents of one page each; the page says of which document it is. An id that is not empty is that of a
// document that exists.
func scans(ids ...string) []ekacare.DocumentUpload {
	items := make([]ekacare.DocumentUpload, len(ids))
	for i, id := range ids {
		name := fmt.Sprint("item-", i)
		items[i] = ekacare.DocumentUpload{
			DocumentID: id,
			Files:      []ekacare.DocumentFile{ekacare.DocumentFileBytes(name+".png", []byte("PAGE OF "+name+";"))},
		}
	}
	return items
}

// formsFor is a result of a document whose form has the key of the document's id.
func formsFor(id string) string { return formsAt(id, "key of "+id+";") }

func formsAt(id, key string) string {
	return fmt.Sprintf(`{"document_id":%q,"forms":[{"url":"https://s3.invalid/","fields":{"key":%q}}]}`, id, key)
}

func storageOf(results ...string) *network {
	return &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		if r.URL.Host == "s3.invalid" {
			return reply(204, ""), nil
		}
		return reply(200, `{"batch_response":[`+strings.Join(results, ",")+`]}`), nil
	}}
}

// whereFiled tells which page went to which document.
func whereFiled(nw *network) map[string]string {
	pages := map[string]string{}
	for _, s := range nw.requests() {
		if s.host != "s3.invalid" {
			continue
		}
		_, page, _ := strings.Cut(s.body, "PAGE OF ")
		_, key, _ := strings.Cut(s.body, "key of ")
		page, _, _ = strings.Cut(page, ";")
		key, _, _ = strings.Cut(key, ";")
		pages[page] = key
	}
	return pages
}

func TestPagesGoIntoTheDocumentsThatTheResponseNames(t *testing.T) {
	for name, tt := range map[string]struct {
		items   []ekacare.DocumentUpload
		results []string
		want    string // where the page of each item is, "-" if nowhere
	}{
		"in the order of the request":          {scans("A", "B"), []string{formsFor("A"), formsFor("B")}, "A B"},
		"in another order":                     {scans("A", "B"), []string{formsFor("B"), formsFor("A")}, "A B"},
		"new ones in the order of the request": {scans("", ""), []string{formsFor("n1"), formsFor("n2")}, "n1 n2"},
		"new ones between others": {scans("", "A", "", "B"),
			[]string{formsFor("B"), formsFor("n1"), formsFor("A"), formsFor("n2")}, "n1 A n2 B"},
		"files of one document in two items":        {scans("A", "A"), []string{formsFor("A"), formsAt("A", "key of A2;")}, "A A2"},
		"one that exists is left out":               {scans("A", "B"), []string{formsFor("B")}, "- B"},
		"one that exists is named twice":            {scans("A", "B"), []string{formsFor("B"), formsFor("B")}, "- -"},
		"one too many":                              {scans("A", ""), []string{formsFor("A"), formsFor("n1"), formsFor("n2")}, "A -"},
		"another document in place of one":          {scans("A", "B"), []string{formsFor("A"), formsFor("C")}, "A -"},
		"another document in place of the only one": {scans("A"), []string{formsFor("C")}, "-"},
		"no id in place of one that exists":         {scans("A"), []string{formsFor("")}, "-"},
		"a new one named twice":                     {scans("", ""), []string{formsFor("n1"), formsFor("n1")}, "- -"},
		"one place for two documents": {
			scans("A", "B"), []string{formsAt("A", "key of X;"), formsAt("B", "key of X;")}, "- -",
		},
		"one place without a key for two": {scans("A", "B"),
			[]string{
				strings.ReplaceAll(formsAt("A", "X"), `"key"`, `"path"`), strings.ReplaceAll(formsAt("B", "X"), `"key"`, `"path"`),
			}, "- -"},
		"an error of one, without its id": {scans("A", ""), []string{formsFor("A"), `{"error_details":{"code":"BAD"}}`}, "A -"},
	} {
		t.Run(name, func(t *testing.T) {
			nw := storageOf(tt.results...)
			outcome, err := nw.client(t).For(patient).Records.UploadDocuments(t.Context(), tt.items, nil)
			pages := whereFiled(nw)
			var got []string
			for i, d := range outcome.Items {
				at, ok := pages[fmt.Sprint("item-", i)]
				if !ok {
					at = "-"
				}
				got = append(got, at)
				f := d.Files[0]
				if f.Arrived != ok || ok && !strings.HasPrefix(at, d.DocumentID) || !ok && f.Err == nil {
					t.Errorf("items[%d]: %+v of %s, and the page is in %s", i, f, d.DocumentID, at)
				}
				if d.DocumentID != tt.items[i].DocumentID && tt.items[i].DocumentID != "" {
					t.Errorf("items[%d] became document %s", i, d.DocumentID)
				}
			}
			if strings.Join(got, " ") != tt.want || (err == nil) != !strings.Contains(tt.want, "-") {
				t.Errorf("filed in %v, want %s (%v)", got, tt.want, err)
			}
			// What is missing can be sent later, with the same items.
			if _, err := nw.client(t).For(patient).Records.ResumeUpload(t.Context(), tt.items, outcome, nil); errors.As(
				err,
				new(*caremux.ArgumentError),
			) {
				t.Errorf("the outcome cannot be resumed: %v", err)
			}
		})
	}
}

func TestTwoFilesDoNotShareAPlace(t *testing.T) {
	nw := storageOf(
		`{"document_id":"d1","forms":[{"url":"https://s3.invalid/","fields":{"key":"k"}},{"url":"https://s3.invalid/","fields":{"key":"k"}}]}`,
	)
	outcome, err := nw.client(t).For(patient).Records.UploadDocuments(t.Context(), pictures(1, 2), nil)
	var e *caremux.Error
	if n, _ := outcome.Arrived(); n != 0 || !errors.As(err, &e) || !e.MaybeApplied() || len(nw.requests()) != 1 ||
		outcome.Items[0].Files[0].Form != nil {
		t.Errorf("%d arrived, %d requests (%v)", n, len(nw.requests()), err)
	}
}

// FuzzUploadForms: whatever the vendor answers, no page comes into a document that another item names, and no place is
// used twice.
func FuzzUploadForms(f *testing.F) {
	f.Add("A", "B", "", "A", "B", "n")
	f.Add("", "A", "", "n", "A", "n")
	f.Add("A", "", "B", "", "", "")
	f.Add("A", "B", "C", "C", "A", "B")
	f.Fuzz(func(t *testing.T, id0, id1, id2, r0, r1, r2 string) {
		items := scans(id0, id1, id2)
		var results []string
		for _, r := range []string{r0, r1, r2} {
			id, err := json.Marshal(r)
			if err != nil {
				t.Skip()
			}
			results = append(results, fmt.Sprintf(`{"document_id":%s,"forms":[{"url":"https://s3.invalid/","fields":{"key":%s}}]}`, id, id))
		}
		nw := storageOf(results...)
		outcome, err := nw.client(t).For(patient).Records.UploadDocuments(t.Context(), items, nil)
		if outcome == nil {
			return // ids that cannot be sent
		}
		places := map[string]bool{}
		for i, d := range outcome.Items {
			if !d.Files[0].Arrived {
				if err == nil {
					t.Error("a file has not arrived, and there is no error")
				}
				continue
			}
			key := d.Files[0].Form.Fields["key"]
			if places[key] {
				t.Errorf("two pages in %q", key)
			}
			places[key] = true
			for n, item := range items {
				if n != i && item.DocumentID != "" && item.DocumentID == key {
					t.Errorf("the page of item %d is in the document of item %d", i, n)
				}
			}
			if own := items[i].DocumentID; own != "" && own != key {
				t.Errorf("the page of document %q is in %q", own, key)
			}
		}
	})
}
