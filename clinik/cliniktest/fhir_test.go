package cliniktest_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/fhir"
)

type basic struct {
	caremux.Record `json:"-"`

	ResourceType string            `json:"resourceType,omitzero"`
	ID           string            `json:"id,omitzero"`
	Meta         map[string]any    `json:"meta,omitzero"`
	Created      string            `json:"created,omitzero"`
	Language     string            `json:"language,omitzero"`
	Subject      map[string]string `json:"subject,omitzero"`
	Alias        []string          `json:"alias,omitzero"`
}

func TestFHIRStore(t *testing.T) {
	srv, c := setup(t)
	ctx, all := t.Context(), fhir.Resources[basic](c, "Basic")
	b := must(all.Create(ctx, &basic{ResourceType: "Basic", Created: "2025-01-01", Subject: map[string]string{"reference": "Patient/pt_1"}}))(t)
	if b.ID != "basic_1" || b.Meta["versionId"] != "1" || b.Meta["tag"] == nil {
		t.Errorf("created %s", b.RawJSON())
	}
	b.Created = "2025-01-02"
	if b = must(all.Update(ctx, b.ID, b))(t); b.Created != "2025-01-02" || b.Meta["versionId"] != "2" {
		t.Errorf("updated %s", b.RawJSON())
	}
	if b = must(all.Get(ctx, "basic_1"))(t); b.Created != "2025-01-02" {
		t.Errorf("read %s", b.RawJSON())
	}
	var r caremux.Response
	must(all.Update(ctx, "own", &basic{ResourceType: "Basic", ID: "own", Language: "en"}, caremux.WithResponse(&r)))(t)
	if r.Status != 201 || r.Header.Get("Content-Type") != "application/fhir+json" {
		t.Errorf("put of a new one: %d %s", r.Status, r.Header)
	}
	for query, want := range map[string]int{"": 2, "_id=own": 1, "language=en": 1, "language=de": 0, "subject=pt_1": 1, "patient=Patient/pt_1": 1, "_sort=x": 2, "colour=red": 2} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if page := must(all.Search(ctx, q))(t); len(page.Items) != want {
			t.Errorf("%s: %d found, want %d", query, len(page.Items), want)
		}
	}
	if err := all.Delete(ctx, "own"); err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func() error{
		"get":       func() error { _, err := all.Get(ctx, "own"); return err },
		"delete":    func() error { return all.Delete(ctx, "own") },
		"patch":     func() error { _, err := all.Patch(ctx, "own", clinik.JSONPatch{fhir.Remove("/language")}); return err },
		"operation": func() error { return all.Operation(ctx, "own", "$validate", nil, nil) },
	} {
		err := call()
		var issues *clinik.IssuesError
		if !errors.Is(err, caremux.ErrNotFound) || !errors.As(err, &issues) || issues.Issues[0].Code != "not-found" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if problems := srv.Problems(); problems != nil {
		t.Errorf("problems %v", problems)
	}
}

func TestFHIRWrites(t *testing.T) {
	_, c := setup(t)
	for name, body := range map[string]any{
		"no type":    map[string]any{},
		"other type": map[string]any{"resourceType": "Patient"},
		"no object":  []int{1},
	} {
		_, err := c.FHIR.Create(t.Context(), "Basic", body)
		if !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := c.FHIR.Put(t.Context(), "Basic", "one", map[string]any{"resourceType": "Basic", "id": "two"})
	if !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("other id: %v", err)
	}
}

func TestJSONPatch(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		patch clinik.JSONPatch
		want  string // the aliases and the language; "" if the patch is refused
	}{
		"add":           {clinik.JSONPatch{fhir.Add("/language", "en")}, "a b en"},
		"append":        {clinik.JSONPatch{fhir.Add("/alias/-", "c")}, "a b c"},
		"insert":        {clinik.JSONPatch{fhir.Add("/alias/0", "c")}, "c a b"},
		"replace":       {clinik.JSONPatch{fhir.Replace("/alias/1", "c")}, "a c"},
		"replace all":   {clinik.JSONPatch{fhir.Replace("/alias", []string{"x"})}, "x"},
		"remove":        {clinik.JSONPatch{fhir.Remove("/alias/0")}, "b"},
		"remove all":    {clinik.JSONPatch{fhir.Remove("/alias")}, "none"},
		"test":          {clinik.JSONPatch{fhir.Test("/alias", []string{"a", "b"}), fhir.Remove("/alias/0")}, "b"},
		"move":          {clinik.JSONPatch{{Op: "move", From: new("/alias/0"), Path: "/language"}}, "b a"},
		"copy":          {clinik.JSONPatch{{Op: "copy", From: new("/alias/0"), Path: "/alias/-"}}, "a b a"},
		"escaped":       {clinik.JSONPatch{fhir.Add("/subject/a~1b~0", "x"), fhir.Test("/subject/a~1b~0", "x")}, "a b"},
		"failed test":   {clinik.JSONPatch{fhir.Remove("/alias/0"), fhir.Test("/alias/0", "a")}, ""},
		"nothing there": {clinik.JSONPatch{fhir.Replace("/language", "en")}, ""},
		"too far":       {clinik.JSONPatch{fhir.Add("/alias/9", "c")}, ""},
		"into a text":   {clinik.JSONPatch{fhir.Add("/alias/0/x", "c")}, ""},
		"not a number":  {clinik.JSONPatch{fhir.Remove("/alias/x")}, ""},
		"from nowhere":  {clinik.JSONPatch{{Op: "copy", From: new("/x"), Path: "/language"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, c := setup(t)
			all := fhir.Resources[basic](c, "Basic")
			b := must(all.Create(t.Context(), &basic{ResourceType: "Basic", Alias: []string{"a", "b"}, Subject: map[string]string{}}))(t)
			_, err := all.Patch(t.Context(), b.ID, test.patch)
			want := test.want
			if want == "" {
				want = "a b"
				var e *caremux.Error
				if !errors.As(err, &e) || e.Status != 422 {
					t.Errorf("error %v", err)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			b = must(all.Get(t.Context(), b.ID))(t)
			if got := strings.TrimSpace(strings.Join(append(b.Alias, b.Language), " ")); got != strings.TrimPrefix(want, "none") {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

func TestFHIRPages(t *testing.T) {
	srv, c := setup(t)
	ids := srv.AddPatients(250)
	must(c.Patients.Get(t.Context(), ids[0], nil))(t)
	var got []string
	for p, err := range fhir.Resources[fhir.Patient](c, "Patient").SearchAll(t.Context(), url.Values{"_count": {"100"}}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p.ID)
	}
	if !slices.Equal(got, ids) || count(srv, "FHIR.Search") != 3 {
		t.Errorf("%d patients with %d requests", len(got), count(srv, "FHIR.Search"))
	}
	bundle, err := c.FHIR.Search(t.Context(), "Patient", caremux.WithQuery("_count", "10"), caremux.WithQuery("gender", "male"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(bundle.RawJSON()), srv.URL+"/v1/fhir/Patient?_count=10") {
		t.Errorf("bundle %.300s", bundle.RawJSON())
	}
}

func TestFHIROperations(t *testing.T) {
	_, c := setup(t)
	ctx, p := t.Context(), newPatient(t, c)
	newAssessment(t, c, p.ID)
	newAssessment(t, c, "pt_99")
	patients := fhir.Resources[fhir.Patient](c, "Patient")
	bundle, err := patients.Everything(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(bundle.Entry) != 2 {
		t.Errorf("everything %s", bundle.RawJSON())
	}
	var out struct {
		ResourceType string
		Parameter    []struct{ ValueString string }
	}
	if err := patients.Operation(ctx, "", "$validate", map[string]any{"resourceType": "Parameters"}, &out); err != nil {
		t.Fatal(err)
	}
	if out.ResourceType != "Parameters" || len(out.Parameter) != 2 || out.Parameter[0].ValueString != "$validate" {
		t.Errorf("answer %+v", out)
	}
	if err := patients.Operation(ctx, p.ID, "validate", nil, nil); !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("without a dollar sign: %v", err)
	}
	// A flat record that is patched keeps its flat form, and is hidden by the patched one here.
	patched, err := patients.Patch(ctx, p.ID, clinik.JSONPatch{fhir.Replace("/name/0/family", "Ray")})
	if err != nil || patched.Name[0].Family != "Ray" {
		t.Errorf("%v %v", patched, err)
	}
	page := must(patients.Search(ctx, nil))(t)
	if len(page.Items) != 1 || page.Items[0].Name[0].Family != "Ray" {
		t.Errorf("%d patients", len(page.Items))
	}
	if err := patients.Delete(ctx, p.ID); err != nil {
		t.Error(err)
	}
	if found(t, c) != 0 {
		t.Error("the flat record is still there")
	}
}
