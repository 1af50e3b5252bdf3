package clinikfhir_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/fhir"
)

// bundle is a page with one patient and a next link.
func bundle(id, next string) string {
	return fmt.Sprintf(`{"resourceType":"Bundle","link":[{"relation":"self","url":"x"},{"relation":"next","url":%q}],`+
		`"entry":[{"resource":{"resourceType":"Patient","id":%q}}]}`, next, id)
}

func TestASearchYieldsItsMatchesAlone(t *testing.T) {
	page := `{"resourceType":"Bundle","total":7,"entry":[
		{"fullUrl":"BASE/v1/fhir/Observation/1","resource":{"resourceType":"Observation","id":"1","hasMember":[{"reference":"Observation/2"}]},"search":{"mode":"match"}},
		{"fullUrl":"BASE/v1/fhir/Observation/2","resource":{"resourceType":"Observation","id":"2"},"search":{"mode":"include"}},
		{"resource":{"resourceType":"Observation","id":"3"}},
		{"resource":{"resourceType":"Patient","id":"4"}},
		{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning"}]},"search":{"mode":"outcome"}},
		{"resource":{"resourceType":"Observation","id":"5"},"search":{"mode":"outcome"}},
		{"fullUrl":"urn:uuid:1"},
		{"resource":{"resourceType":"Observation","id":"6"},"search":{"mode":"none of R4"}}]}`
	_, c := start(t, map[string]string{"GET /v1/fhir/Observation?_include=Observation%3Ahas-member": page})
	got, err := clinikfhir.Resources[*fhir.Observation](c).Search(t.Context(), url.Values{"_include": {"Observation:has-member"}})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, o := range got.Items {
		ids = append(ids, o.ID)
	}
	if strings.Join(ids, " ") != "1 3 6" || *got.Total != 7 || got.HasNext() {
		t.Errorf("got %v of %d", ids, *got.Total)
	}
	whole, err := clinikfhir.PageBundle(got)
	if err != nil || len(whole.Entry) != 8 {
		t.Fatalf("got %v, %v", whole, err)
	}
	first := whole.Entry[0].Resource.(*fhir.Observation)
	member, err := whole.Resolve(first, &first.HasMember[0])
	if o, ok := member.(*fhir.Observation); err != nil || !ok || o.ID != "2" {
		t.Errorf("the included resource: %v, %v", member, err)
	}
}

func TestASearchThatCannotBeWholeFails(t *testing.T) {
	for name, entry := range map[string]string{
		"an error of the server":  `{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error","diagnostics":"Taylor"}]},"search":{"mode":"outcome"}}`,
		"a match of another type": `{"resource":{"resourceType":"Group","id":"Taylor"},"search":{"mode":"match"}}`,
		"a match of no resource":  `{"fullUrl":"urn:uuid:1","search":{"mode":"match"}}`,
		"no type":                 `{"resource":{"id":"Taylor"}}`,
		"no resource":             `{"resource":"Taylor"}`,
		"a field twice":           `{"resource":{"resourceType":"Patient","id":"Taylor","id":"2"}}`,
		"two resources":           `{"resource":{"resourceType":"Patient","id":"1"},"resource":{"resourceType":"Patient","id":"2"}}`,
		"null":                    `null`,
		"no object":               `["Taylor"]`,
	} {
		t.Run(name, func(t *testing.T) {
			_, c := start(t,
				map[string]string{"GET /v1/fhir/Patient": `{"resourceType":"Bundle","entry":[{"resource":` + taylor + `},` + entry + `]}`})
			page, err := clinikfhir.Resources[*fhir.Patient](c).Search(t.Context(), nil)
			wantUnreadable(t, err, false)
			if page != nil || err != nil && strings.Contains(err.Error(), "Taylor") {
				t.Errorf("got %v, %v", page, err)
			}
		})
	}
}

func TestNextLinksAreFollowedInAllFormsBelowTheOwnAddress(t *testing.T) {
	v, c := start(t, map[string]string{
		"GET /v1/fhir/Patient?_count=1&family=Taylor": bundle("1", "BASE/v1/fhir?_getpages=a%20b&_offset=1"),
		"GET /v1/fhir?_getpages=a%20b&_offset=1":      bundle("2", "?_getpages=2"),
		"GET /v1/fhir?_getpages=2":                    bundle("3", "/v1/fhir/Patient/_search?page=4"),
		"GET /v1/fhir/Patient/_search?page=4":         bundle("4", "Patient?page=5"),
		"GET /v1/fhir/Patient?page=5":                 bundle("5", "BASE/v1/pages/6"),
		"GET /v1/pages/6":                             bundle("6", ""),
	})
	query := url.Values{"family": {"Taylor"}}
	opts := []caremux.RequestOption{caremux.WithQuery("_count", "1"), caremux.WithHeader("X-Own", "1"), caremux.WithPrefetch(1)}
	all := clinikfhir.Resources[*fhir.Patient](c)
	var ids []string
	for p, err := range all.SearchAll(t.Context(), query, opts...) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	if strings.Join(ids, " ") != "1 2 3 4 5 6" || len(v.sent) != 6 || v.header[5].Get("X-Own") != "1" ||
		v.header[5].Get("X-Api-Key") == "" {
		t.Errorf("got %v after %v", ids, v.sent)
	}
	page, err := all.Search(t.Context(), query, opts...)
	if err != nil || !page.HasNext() {
		t.Fatalf("got %v, %v", page, err)
	}
	ids = nil
	for page, err := range all.SearchPages(t.Context(), query, append(opts, caremux.StartAt(page.NextCursor))...) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, page.Items[0].ID)
	}
	if strings.Join(ids, " ") != "2 3 4 5 6" {
		t.Errorf("from a cursor: %v", ids)
	}
}

func TestNextLinksThatLeadNowhereEndTheSearch(t *testing.T) {
	first := "GET /v1/fhir/Patient?family=Taylor"
	for _, tt := range []struct {
		name      string
		responses map[string]string
		items     int
		err       error
	}{
		{"a circle of two pages", map[string]string{
			first:                            bundle("1", "?_cursor=1"),
			"GET /v1/fhir/Patient?_cursor=1": bundle("2", "?_cursor=2"),
			"GET /v1/fhir/Patient?_cursor=2": bundle("3", "?_cursor=1"),
		}, 3, caremux.ErrCursorStuck},
		{"to itself", map[string]string{first: bundle("1", "?family=Taylor")}, 1, caremux.ErrCursorStuck},
		{"elsewhere", map[string]string{first: bundle("1", "https://elsewhere.example/v1/fhir/Patient?page=2")}, 1, caremux.ErrUnreadable},
		{"without the query", map[string]string{first: bundle("1", "BASE/v1/fhir/Patient")}, 1, caremux.ErrUnreadable},
		{"no address", map[string]string{first: bundle("1", "https://x.exa mple/Patient?_cursor=1")}, 1, caremux.ErrUnreadable},
		{"a number", map[string]string{first: `{"resourceType":"Bundle","link":[{"relation":"next","url":7}],"entry":[{"resource":` +
			taylor + `}]}`},
			1, caremux.ErrUnreadable},
		{"none", map[string]string{first: bundle("1", "")}, 1, nil},
		{"of another relation", map[string]string{first: strings.ReplaceAll(bundle("1", "?page=2"), `"next"`, `"previous"`)}, 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, c := start(t, tt.responses)
			items := 0
			var failed error
			for _, err := range clinikfhir.Resources[*fhir.Patient](c).SearchAll(t.Context(), url.Values{"family": {"Taylor"}}) {
				if failed = err; err != nil || items > 10 {
					break
				}
				items++
			}
			if !errors.Is(failed, tt.err) || (failed == nil) != (tt.err == nil) || items != tt.items || len(v.sent) != len(tt.responses) {
				t.Errorf("%d items, %v after %v; want %d and %v", items, failed, v.sent, tt.items, tt.err)
			}
		})
	}
}

func TestEverythingIsReadToItsLastPage(t *testing.T) {
	first := "GET /v1/fhir/Patient/pt_1/$everything?_count=2"
	page := func(next, entries string) string {
		return `{"resourceType":"Bundle","link":[{"relation":"next","url":"` + next + `"}],"entry":[` + entries + `]}`
	}
	observation := func(id, status string) string {
		return `{"resource":{"resourceType":"Observation","id":"` + id + `","status":"` + status + `"}}`
	}
	for _, tt := range []struct {
		name      string
		responses map[string]string
		want      string
	}{
		{"three pages", map[string]string{
			first:                      page("BASE/v1/fhir?_getpages=2", `{"resource":`+taylor+`},`+observation("o1", "preliminary")),
			"GET /v1/fhir?_getpages=2": page("?_getpages=3", observation("o2", "final")+`,`+observation("o1", "final")),
			"GET /v1/fhir?_getpages=3": page("", `{"resource":{"resourceType":"Mood","id":"o1"}},`+
				observation("", "final")+`,`+observation("", "final")),
		}, "o1 final,o2 final, final, final"},
		{"a page that fails", map[string]string{
			first: page("?_getpages=2", `{"resource":`+taylor+`}`),
			"GET /v1/fhir/Patient/pt_1/$everything?_getpages=2": `500 {}`,
		}, ""},
		{"a page that leads elsewhere", map[string]string{first: page("https://elsewhere.example/?x=1", `{"resource":`+taylor+`}`)}, ""},
		{"an entry without a resource", map[string]string{first: page("", `{"resource":`+taylor+`},{}`)}, ""},
		{"an error of the server", map[string]string{
			first: page("", `{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"fatal"}]}}`),
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, c := start(t, tt.responses)
			all, err := clinikfhir.Resources[*fhir.Patient](c).Everything(t.Context(), "pt_1", caremux.WithQuery("_count", "2"))
			if tt.want == "" {
				if err == nil || all != nil {
					t.Errorf("got %v, %v", all, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range fhir.Entries[*fhir.Observation](all) {
				got = append(got, o.ID+" "+string(o.Status))
			}
			if strings.Join(got, ",") != tt.want || len(all.Entry) != 6 || len(v.sent) != 3 {
				t.Errorf("got %q in %d entries after %v", got, len(all.Entry), v.sent)
			}
			n := 0
			for entry, err := range clinikfhir.Resources[*fhir.Patient](c).EverythingAll(t.Context(),
				"pt_1", caremux.WithQuery("_count", "2")) {
				if n++; err != nil || entry.Resource == nil {
					t.Errorf("entry %d: %v, %v", n, entry, err)
				}
			}
			if n != 7 {
				t.Errorf("%d entries one by one", n)
			}
		})
	}
}

func TestAHistoryHasTheVersionsOfTheResourceAlone(t *testing.T) {
	version := func(id, n string) string {
		return `{"resource":{"resourceType":"Patient","id":"` + id + `","meta":{"versionId":"` + n +
			`"}},"request":{"method":"PUT","url":"Patient/1"}}`
	}
	deletion := `{"request":{"method":"DELETE","url":"Patient/1"},"response":{"status":"204"}}`
	one, all := "GET /v1/fhir/Patient/1/_history", "GET /v1/fhir/Patient/_history"
	v, c := start(t, map[string]string{
		one: `{"resourceType":"Bundle","type":"history","link":[{"relation":"next","url":"?page=2"}],"entry":[` +
			deletion + `,` + version("1", "2") + `]}`,
		one + "?page=2": `{"resourceType":"Bundle","type":"history","entry":[` + version("1", "1") + `]}`,
		all:             `{"resourceType":"Bundle","type":"history","entry":[` + version("1", "2") + `,` + version("2", "1") + `]}`,
	})
	patients := clinikfhir.Resources[*fhir.Patient](c)
	var got []string
	for e, err := range patients.HistoryAll(t.Context(), "1") {
		if err != nil {
			t.Fatal(err)
		}
		text := string(e.Request.Method)
		if p, ok := e.Resource.(*fhir.Patient); ok {
			text += " " + p.Meta.VersionID
		}
		got = append(got, text)
	}
	if strings.Join(got, ",") != "DELETE,PUT 2,PUT 1" || len(v.sent) != 2 {
		t.Errorf("got %q after %v", got, v.sent)
	}
	n := 0
	for _, err := range patients.TypeHistoryAll(t.Context()) {
		if n++; err != nil {
			t.Error(err)
		}
	}
	page, err := patients.TypeHistory(t.Context())
	if n != 2 || err != nil || len(page.Items) != 2 {
		t.Errorf("%d versions of all; %v, %v", n, page, err)
	}
	for name, entry := range map[string]string{
		"another patient": version("2", "1"), "another type": `{"resource":{"resourceType":"Group","id":"1"}}`,
		"no resource": `{"resource":7}`,
	} {
		_, c := start(t, map[string]string{one: `{"resourceType":"Bundle","entry":[` + entry + `]}`})
		_, err := clinikfhir.Resources[*fhir.Patient](c).History(t.Context(), "1")
		t.Run(name, func(t *testing.T) { wantUnreadable(t, err, false) })
	}
}

// FuzzSearch holds that a search yields resources of its type, or an error that quotes nothing.
func FuzzSearch(f *testing.F) {
	f.Add(`{"resource":{"resourceType":"Patient","id":"1"}},{"resource":{"resourceType":"Group"},"search":{"mode":"include"}}`)
	f.Add(`{"resource":null},{"resource":{}},{"search":7},null,[]`)
	f.Add(`{"resource":{"resourceType":"Patient","id":"1","id":"2"}}],"entry":[`)
	f.Fuzz(func(t *testing.T, entries string) {
		var page string
		c := clientOf(t, responding(&page))
		page = `{"resourceType":"Bundle","entry":[` + entries + `]}`
		got, err := clinikfhir.Resources[*fhir.Patient](c).Search(t.Context(), nil)
		if err != nil {
			if !errors.Is(err, caremux.ErrUnreadable) {
				t.Errorf("%s: %v", entries, err)
			}
			return
		}
		for _, p := range got.Items {
			if p == nil {
				t.Errorf("%s: a patient that is nil", entries)
			}
		}
	})
}
