package cliniktest_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/fhir"
)

// basic is a resource with a few plain fields.
type basic struct {
	fhir.Unnamed

	ID       string            `json:"id,omitzero"`
	Meta     *fhir.Meta        `json:"meta,omitzero"`
	Created  string            `json:"created,omitzero"`
	Language string            `json:"language,omitzero"`
	Subject  map[string]string `json:"subject,omitzero"`
	Alias    []string          `json:"alias,omitzero"`
}

func (*basic) ResourceType() string { return "Basic" }

func TestFHIRStore(t *testing.T) {
	srv, c := setup(t)
	ctx, all := t.Context(), clinikfhir.Resources[*basic](c)
	b := must(all.Create(ctx, &basic{Created: "2025-01-01", Subject: map[string]string{"reference": "Patient/pt_1"}}))(t)
	if b.ID != "basic_1" || b.Meta.VersionID != "1" || b.Meta.Tag == nil {
		t.Errorf("created %+v", b)
	}
	b.Created = "2025-01-02"
	if b = must(all.Replace(ctx, b.ID, b))(t); b.Created != "2025-01-02" || b.Meta.VersionID != "2" {
		t.Errorf("updated %+v", b)
	}
	if b = must(all.Get(ctx, "basic_1"))(t); b.Created != "2025-01-02" {
		t.Errorf("read %+v", b)
	}
	var r caremux.Response
	must(all.Replace(ctx, "own", &basic{ID: "own", Language: "en"}, caremux.WithResponse(&r)))(t)
	if r.Status != 201 || r.Header.Get("Content-Type") != "application/fhir+json" {
		t.Errorf("put of a new one: %d %s", r.Status, r.Header)
	}
	for query, want := range map[string]int{"": 2, "_id=own": 1, "language=en": 1, "language=de": 0, "subject=pt_1": 1,
		"patient=Patient/pt_1": 1, "_sort=x": 2, "colour=red": 2} {
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
		"get":    func() error { _, err := all.Get(ctx, "own"); return err },
		"delete": func() error { return all.Delete(ctx, "own") },
		"patch": func() error {
			_, err := all.Patch(ctx, "own", clinik.JSONPatch{clinikfhir.Remove("/language")})
			return err
		},
		"operation": func() error { _, err := all.Run(ctx, "own", "$validate", nil); return err },
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

func TestFHIRSearchShowsAFlatRecordAsItIsNow(t *testing.T) {
	_, c := setup(t)
	ctx, all := t.Context(), clinikfhir.Resources[*fhir.Patient](c)
	p := newPatient(t, c)
	for _, family := range []string{"Taylor", "Green"} {
		must(c.Patients.Update(ctx, p.ID, &clinik.PatientUpdate{LastName: &family}))(t)
		page := must(all.Search(ctx, url.Values{"_id": {p.ID}}))(t)
		if len(page.Items) != 1 || page.Items[0].Name[0].Family != family {
			t.Errorf("%d found, want %s: %v", len(page.Items), family, page.Items)
		}
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
	_, err := c.FHIR.Replace(t.Context(), "Basic", "one", map[string]any{"resourceType": "Basic", "id": "two"})
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
		"add":           {clinik.JSONPatch{clinikfhir.Add("/language", "en")}, "a b en"},
		"append":        {clinik.JSONPatch{clinikfhir.Add("/alias/-", "c")}, "a b c"},
		"insert":        {clinik.JSONPatch{clinikfhir.Add("/alias/0", "c")}, "c a b"},
		"replace":       {clinik.JSONPatch{clinikfhir.Replace("/alias/1", "c")}, "a c"},
		"replace all":   {clinik.JSONPatch{clinikfhir.Replace("/alias", []string{"x"})}, "x"},
		"remove":        {clinik.JSONPatch{clinikfhir.Remove("/alias/0")}, "b"},
		"remove all":    {clinik.JSONPatch{clinikfhir.Remove("/alias")}, "none"},
		"test":          {clinik.JSONPatch{clinikfhir.Test("/alias", []string{"a", "b"}), clinikfhir.Remove("/alias/0")}, "b"},
		"move":          {clinik.JSONPatch{{Op: "move", From: new("/alias/0"), Path: "/language"}}, "b a"},
		"copy":          {clinik.JSONPatch{{Op: "copy", From: new("/alias/0"), Path: "/alias/-"}}, "a b a"},
		"escaped":       {clinik.JSONPatch{clinikfhir.Add("/subject/a~1b~0", "x"), clinikfhir.Test("/subject/a~1b~0", "x")}, "a b"},
		"failed test":   {clinik.JSONPatch{clinikfhir.Remove("/alias/0"), clinikfhir.Test("/alias/0", "a")}, ""},
		"nothing there": {clinik.JSONPatch{clinikfhir.Replace("/language", "en")}, ""},
		"too far":       {clinik.JSONPatch{clinikfhir.Add("/alias/9", "c")}, ""},
		"into a text":   {clinik.JSONPatch{clinikfhir.Add("/alias/0/x", "c")}, ""},
		"not a number":  {clinik.JSONPatch{clinikfhir.Remove("/alias/x")}, ""},
		"from nowhere":  {clinik.JSONPatch{{Op: "copy", From: new("/x"), Path: "/language"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, c := setup(t)
			all := clinikfhir.Resources[*basic](c)
			b := must(all.Create(t.Context(), &basic{Alias: []string{"a", "b"}, Subject: map[string]string{}}))(t)
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
	for p, err := range clinikfhir.Resources[*fhir.Patient](c).SearchAll(t.Context(), url.Values{"_count": {"100"}}) {
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
	patients := clinikfhir.Resources[*fhir.Patient](c)
	bundle, err := patients.Everything(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(bundle.Entry) != 2 {
		t.Errorf("everything %+v", bundle.Entry)
	}
	out, err := patients.Run(ctx, "", "$validate", &fhir.Parameters{})
	if err != nil {
		t.Fatal(err)
	}
	if p := out.(*fhir.Parameters); len(p.Parameter) != 2 || p.Parameter[0].ValueString != "$validate" {
		t.Errorf("got %+v", out)
	}
	// A flat record that is patched keeps its flat form, and is hidden by the patched one here.
	patched, err := patients.Patch(ctx, p.ID, clinik.JSONPatch{clinikfhir.Replace("/name/0/family", "Ray")})
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

func TestFHIRVersions(t *testing.T) {
	srv, c := setup(t)
	ctx, all := t.Context(), clinikfhir.Resources[*basic](c)
	b := must(all.Create(ctx, &basic{Created: "2025-01-01"}))(t)
	b.Created = "2025-01-02"
	b = must(all.Replace(ctx, b.ID, b, clinikfhir.IfVersion("1")))(t)
	for name, err := range map[string]error{
		"update": func() error { _, err := all.Replace(ctx, b.ID, b, clinikfhir.IfVersion("1")); return err }(),
		"patch": func() error {
			_, err := all.Patch(ctx, b.ID, clinik.JSONPatch{clinikfhir.Remove("/created")}, clinikfhir.IfVersion("1"))
			return err
		}(),
		"delete": all.Delete(ctx, b.ID, clinikfhir.IfVersion("1")),
	} {
		if !errors.Is(err, caremux.ErrConflict) {
			t.Errorf("%s of an old version: %v", name, err)
		}
	}
	if v := must(all.GetVersion(ctx, b.ID, "1"))(t); v.Created != "2025-01-01" || v.Meta.VersionID != "1" {
		t.Errorf("version 1 is %+v", v)
	}
	if err := all.Delete(ctx, b.ID); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"3", "4", "x"} {
		if _, err := all.GetVersion(ctx, b.ID, version); !errors.Is(err, caremux.ErrNotFound) {
			t.Errorf("version %s: %v", version, err)
		}
	}
	must(all.Create(ctx, &basic{Created: "2025-02-01"}))(t)
	var methods, ofType []string
	for e, err := range all.HistoryAll(ctx, b.ID, caremux.WithQuery("_count", "2")) {
		must(e, err)(t)
		methods = append(methods, string(e.Request.Method))
	}
	for e, err := range all.TypeHistoryAll(ctx) {
		must(e, err)(t)
		ofType = append(ofType, string(e.Request.Method))
	}
	if strings.Join(methods, " ") != "DELETE PUT POST" || count(srv, "FHIR.History") != 2 ||
		strings.Join(ofType, " ") != "POST DELETE PUT POST" {
		t.Errorf("history %v, of all %v", methods, ofType)
	}
	p := newPatient(t, c)
	must(clinikfhir.Resources[*fhir.Patient](c).Patch(ctx, p.ID, clinik.JSONPatch{clinikfhir.Replace("/name/0/family", "Ray")}))(t)
	if page := must(clinikfhir.Resources[*fhir.Patient](c).History(ctx, p.ID))(t); len(page.Items) != 2 {
		t.Errorf("%d versions of a patched record", len(page.Items))
	}
	if _, err := clinikfhir.Resources[*fhir.Patient](c).History(ctx, "pt_99"); !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
	if problems := srv.Problems(); problems != nil {
		t.Errorf("problems %v", problems)
	}
}

// asks is an entry of a bundle that is sent.
func asks(method fhir.BundleEntryRequestMethod, to string, r fhir.Resource) fhir.BundleEntry {
	return fhir.BundleEntry{Resource: r, Request: &fhir.BundleEntryRequest{Method: method, URL: to}}
}

func TestFHIRTransactions(t *testing.T) {
	srv, c := setup(t)
	ctx, patients := t.Context(), clinikfhir.Resources[*fhir.Patient](c)
	made := asks("POST", "Patient", &fhir.Patient{Active: new(true)})
	made.FullURL = "urn:uuid:0b2c0e0c-3f1a-4c9e-8f0e-1f6a0a1b2c3d"
	seen := asks("POST", "Observation", &fhir.Observation{Status: "final", Subject: &fhir.Reference{Reference: made.FullURL}})
	out := must(clinikfhir.Transaction(ctx, c, &fhir.Bundle{Type: "transaction", Entry: []fhir.BundleEntry{made, seen}}))(t)
	p, o := out.Entry[0].Resource.(*fhir.Patient), out.Entry[1].Resource.(*fhir.Observation)
	if o.Subject.Reference != "Patient/"+p.ID || !strings.HasPrefix(out.Entry[0].Response.Status, "201") {
		t.Errorf("made %+v and %+v", p, o)
	}
	p.Active = new(false)
	all := &fhir.Bundle{Type: "transaction", Entry: []fhir.BundleEntry{
		asks("PUT", "Patient/"+p.ID, p), asks("GET", "Patient/"+p.ID, nil), asks("DELETE", "Observation/none", nil),
	}}
	if _, err := clinikfhir.Transaction(ctx, c, all); !errors.Is(err, caremux.ErrNotFound) || !*must(patients.Get(ctx, p.ID))(t).Active {
		t.Errorf("a transaction that fails in part: %v", err)
	}
	all.Type = "batch"
	all.Entry = append(all.Entry, asks("PATCH", "Patient/"+p.ID, nil), asks("DELETE", "Observation/"+o.ID, nil))
	out, err := clinikfhir.Transaction(ctx, c, all)
	var failed *clinikfhir.BatchError
	if !errors.As(err, &failed) || len(failed.Failures) != 2 || failed.Failures[0] != (clinikfhir.BatchFailure{Index: 2, Status: 404}) {
		t.Fatalf("a batch: %v", err)
	}
	if *must(patients.Get(ctx, p.ID))(t).Active || *out.Entry[1].Resource.(*fhir.Patient).Active {
		t.Error("the batch did not update the patient")
	}
	if _, err := c.FHIR.Transaction(ctx, map[string]any{"resourceType": "Patient"}); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("no bundle: %v", err)
	}
	if problems := srv.Problems(); problems != nil {
		t.Errorf("problems %v", problems)
	}
}

func TestFHIREverythingComesInPages(t *testing.T) {
	srv, c := setup(t)
	p := newPatient(t, c)
	for range 5 {
		newAssessment(t, c, p.ID)
	}
	bundle := must(clinikfhir.Resources[*fhir.Patient](c).Everything(t.Context(), p.ID, caremux.WithQuery("_count", "4")))(t)
	if len(bundle.Entry) != 6 || count(srv, "FHIR.InstanceOperationGet") != 2 {
		t.Errorf("%d entries after %d requests", len(bundle.Entry), count(srv, "FHIR.InstanceOperationGet"))
	}
}
