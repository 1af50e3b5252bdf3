package clinikfhir_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/fhir"
)

type patients = *clinikfhir.Service[*fhir.Patient]

func TestTypedCallsSpeakFHIR(t *testing.T) {
	ctx := context.Background()
	const both = "application/fhir+json for application/fhir+json"
	for _, tt := range []struct {
		name string
		call func(patients) (*fhir.Patient, error)
		sent string
		body string
		mime string
	}{
		{"get", func(p patients) (*fhir.Patient, error) { return p.Get(ctx, "pt_1") },
			"GET /v1/fhir/Patient/pt_1", ``, " for application/fhir+json"},
		{"version", func(p patients) (*fhir.Patient, error) { return p.GetVersion(ctx, "pt_1", "3") },
			"GET /v1/fhir/Patient/pt_1/_history/3", ``, " for application/fhir+json"},
		{"create", func(p patients) (*fhir.Patient, error) {
			return p.Create(ctx, &fhir.Patient{Active: new(false), Name: []fhir.HumanName{{Family: "Taylor & <Co>"}}})
		}, "POST /v1/fhir/Patient", `{"resourceType":"Patient","active":false,"name":[{"family":"Taylor & <Co>"}]}`, both},
		{"update", func(p patients) (*fhir.Patient, error) {
			return p.Replace(ctx, "pt_1", &fhir.Patient{ID: "pt_1", BirthDate: fhir.NewDate(2012, time.March, 12)})
		}, "PUT /v1/fhir/Patient/pt_1", `{"resourceType":"Patient","id":"pt_1","birthDate":"2012-03-12"}`, both},
		{"update without an id", func(p patients) (*fhir.Patient, error) {
			return p.Replace(ctx, "pt_1", &fhir.Patient{BirthDate: "2012"})
		}, "PUT /v1/fhir/Patient/pt_1", `{"id":"pt_1","resourceType":"Patient","birthDate":"2012"}`, both},
		{"patch", func(p patients) (*fhir.Patient, error) {
			return p.Patch(ctx, "pt_1", clinik.JSONPatch{clinikfhir.Test("/active", true), clinikfhir.Replace("/birthDate", nil),
				clinikfhir.Remove("/gender"), clinikfhir.Add("/name/0/given/-", "Lee"),
				clinikfhir.Add("/name/-", fhir.HumanName{Text: "C"}),
				clinikfhir.Add("/link/-", &wardLink{PatientLink: fhir.PatientLink{Type: "seealso"}, Ward: "7"})})
		}, "PATCH /v1/fhir/Patient/pt_1",
			`[{"op":"test","path":"/active","value":true},{"op":"replace","path":"/birthDate","value":null},` +
				`{"op":"remove","path":"/gender"},{"op":"add","path":"/name/0/given/-","value":"Lee"},` +
				`{"op":"add","path":"/name/-","value":{"text":"C"}},{"op":"add","path":"/link/-","value":{"type":"seealso","ward":"7"}}]`,
			"application/json-patch+json for application/fhir+json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, c := start(t, map[string]string{tt.sent: taylor})
			got, err := tt.call(clinikfhir.Resources[*fhir.Patient](c))
			if err != nil {
				t.Fatal(err)
			}
			if len(v.sent) != 1 || v.bodies[0] != tt.body || v.types[0] != tt.mime {
				t.Errorf("sent %q with %q (%s), want %q (%s)", v.sent, v.bodies, v.types, tt.body, tt.mime)
			}
			if got.ID != "pt_1" || got.Name[0].Given[0] != "Charlie" || !got.BirthDate.Partial() {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// wardLink has no methods of its own, so that encoding/json would lose its field.
type wardLink struct {
	fhir.PatientLink

	Ward string `json:"ward,omitzero"`
}

func TestReplaceDependsOnTheVersionIfTheCallerSaysSo(t *testing.T) {
	v, c := start(t, map[string]string{"PUT /v1/fhir/Patient/pt_1": `412 {"resourceType":"OperationOutcome"}`})
	_, err := clinikfhir.Resources[*fhir.Patient](c).Replace(t.Context(), "pt_1", &fhir.Patient{}, clinikfhir.IfVersion("3"))
	var e *caremux.Error
	if !errors.Is(err, caremux.ErrConflict) || !errors.As(err, &e) || e.MaybeApplied() || v.header[0].Get("If-Match") != `W/"3"` {
		t.Errorf("got %v; sent %v", err, v.header)
	}
}

func TestReplaceSendsBackWhatTheTypeDoesNotName(t *testing.T) {
	read := `{"resourceType":"Patient","id":"pt_1","_birthDate":{"extension":[{"url":"u"}]},"birthDate":"2012","futureMember":1.50,
		"gender":"male","name":[{"family":"Taylor","_family":{"id":"x"},"use":"official"}],
		"contact":[{"gender":"female","odd":true}],"telecom":[{"value":"1","odd":1},{"value":"2","odd":2},{"value":"3","odd":3}],
		"multipleBirthInteger":"two"}`
	v, c := start(t, map[string]string{"GET /v1/fhir/Patient/pt_1": read, "PUT /v1/fhir/Patient/pt_1": taylor})
	all := clinikfhir.Resources[*fhir.Patient](c)
	p, err := all.Get(t.Context(), "pt_1")
	if err != nil {
		t.Fatal(err)
	}
	p.Gender = ""                                                             // is gone
	p.Telecom = []fhir.ContactPoint{p.Telecom[2], {Value: "4"}, p.Telecom[0]} // in another order, one less, one more
	if _, err := all.Replace(t.Context(), "pt_1", p); err != nil {
		t.Fatal(err)
	}
	sameJSON(t, v.bodies[1],
		`{"resourceType":"Patient","id":"pt_1","_birthDate":{"extension":[{"url":"u"}]},"birthDate":"2012","futureMember":1.50,
		"name":[{"family":"Taylor","_family":{"id":"x"},"use":"official"}],"multipleBirthInteger":"two",
		"contact":[{"gender":"female","odd":true}],"telecom":[{"value":"3","odd":3},{"value":"4"},{"value":"1","odd":1}]}`)
}

func TestAReplaceThatWouldLoseSomethingIsRefused(t *testing.T) {
	read := `{"resourceType":"Patient","id":"pt_1","gender":5,"deceasedBoolean":true,"other":1}`
	for name, tt := range map[string]struct {
		update func(*clinik.Client) error
		field  string
	}{
		"a misfit overwritten": {change(func(p *fhir.Patient) { p.Gender = "male" }), "resource.gender"},
		"two choices":          {change(func(p *fhir.Patient) { p.DeceasedDateTime = "2020" }), "resource.deceased[x]"},
		"another id":           {change(func(p *fhir.Patient) { p.ID = "pt_2" }), "resource.id"},
		"no UTF-8":             {change(func(p *fhir.Patient) { p.Language = "\xff" }), "resource.language"},
		"none": {func(c *clinik.Client) error {
			_, err := clinikfhir.Resources[*fhir.Patient](c).Replace(t.Context(), "pt_1", nil)
			return err
		}, "resource"},
		"a type that keeps nothing": {changeAs(func(p *barePatient) { p.BirthDate = "2012" }), "resource"},
		"a part that keeps nothing": {changeAs(func(p *partlyBare) { p.ID = "pt_1" }), "resource.contact"},
		"a pointer to a type that keeps nothing": {func(c *clinik.Client) error {
			_, err := clinikfhir.ResourcesOf(c, "Patient").Replace(t.Context(), "pt_1", &barePatient{ID: "pt_1"})
			return err
		}, "resource"},
		"another type": {func(c *clinik.Client) error {
			_, err := clinikfhir.ResourcesOf(c, "Patient").Replace(t.Context(), "pt_1", &fhir.Group{ID: "pt_1"})
			return err
		}, "resource"},
	} {
		t.Run(name, func(t *testing.T) {
			v, c := start(t, map[string]string{"GET /v1/fhir/Patient/pt_1": read})
			wantArgument(t, tt.update(c), tt.field)
			for _, sent := range v.sent {
				if strings.HasPrefix(sent, "PUT") {
					t.Errorf("sent %s", sent)
				}
			}
		})
	}
}

// change reads a patient, changes it, and updates it.
func change(f func(*fhir.Patient)) func(*clinik.Client) error { return changeAs(f) }

func changeAs[V any, T interface {
	*V
	fhir.Resource
}](f func(T)) func(*clinik.Client) error {
	return func(c *clinik.Client) error {
		all := clinikfhir.Resources[T](c)
		p, err := all.Get(context.Background(), "pt_1")
		if err != nil {
			return err
		}
		f(p)
		_, err = all.Replace(context.Background(), "pt_1", p)
		return err
	}
}

// barePatient has no place for what it does not name.
type barePatient struct {
	ID        string `json:"id,omitempty"`
	BirthDate string `json:"birthDate,omitempty"`
}

func (*barePatient) ResourceType() string { return "Patient" }

type partlyBare struct {
	fhir.Unnamed

	ID      string        `json:"id,omitempty"`
	Contact []bareContact `json:"contact,omitempty"`
}

type bareContact struct {
	Gender string `json:"gender,omitempty"`
}

func (*partlyBare) ResourceType() string { return "Patient" }

// wardPatient embeds a type of package fhir and has no methods of its own.
type wardPatient struct {
	fhir.Patient

	Ward string `json:"ward,omitzero"`
}

func TestTypesOfTheUsersOwnAreReadAndWrittenWhole(t *testing.T) {
	read := `{"resourceType":"Patient","id":"pt_1","gender":"female","birthDate":"1974-12-25","_birthDate":{"id":"b"},"ward":"7","other":1}`
	v, c := start(t, map[string]string{
		"GET /v1/fhir/Patient/pt_1": read, "PUT /v1/fhir/Patient/pt_1": read, "POST /v1/fhir/Patient": read,
		"GET /v1/fhir/Patient": `{"resourceType":"Bundle","entry":[{"resource":` + read + `}]}`,
	})
	all := clinikfhir.Resources[*wardPatient](c)
	p, err := all.Get(t.Context(), "pt_1")
	if err != nil {
		t.Fatal(err)
	}
	p.BirthDate, p.Gender, p.Ward = "1975-01-01", "", "8"
	if p, err = all.Replace(t.Context(), "pt_1", p); err != nil || p.Ward != "7" {
		t.Fatalf("got %+v, %v", p, err)
	}
	sameJSON(t, v.bodies[1], `{"resourceType":"Patient","id":"pt_1","birthDate":"1975-01-01","ward":"8","other":1}`)
	if page, err := all.Search(t.Context(), nil); err != nil || len(page.Items) != 1 || page.Items[0].Ward != "7" {
		t.Errorf("a search: %+v, %v", page, err)
	}
	if _, err := clinikfhir.Resources[*barePatient](c).Create(t.Context(), &barePatient{BirthDate: "2012"}); err != nil {
		t.Fatal(err)
	}
	sameJSON(t, v.bodies[3], `{"resourceType":"Patient","birthDate":"2012"}`)
}

type nameless struct{ fhir.Unnamed }

func (nameless) ResourceType() string { return "" }

func TestTypesThatNameNoResourceAreRefused(t *testing.T) {
	_, c := start(t, nil)
	ctx := t.Context()
	one := clinikfhir.Resources[fhir.Resource](c)
	_, get := one.Get(ctx, "1")
	_, create := one.Create(ctx, &fhir.Patient{})
	_, update := one.Replace(ctx, "1", &fhir.Patient{})
	_, patch := one.Patch(ctx, "1", clinik.JSONPatch{clinikfhir.Remove("/x")})
	_, search := one.Search(ctx, nil)
	_, everything := one.Everything(ctx, "1")
	_, history := one.History(ctx, "1")
	_, typeHistory := one.TypeHistory(ctx)
	_, run := one.Run(ctx, "1", "$validate", nil)
	_, value := clinikfhir.Resources[nameless](c).Get(ctx, "1")
	errs := []error{get, create, update, patch, search, everything, history, typeHistory, run, value, one.Delete(ctx, "1")}
	for _, err := range one.SearchAll(ctx, nil) {
		errs = append(errs, err)
	}
	for _, err := range one.EverythingAll(ctx, "1") {
		errs = append(errs, err)
	}
	for _, err := range one.HistoryAll(ctx, "1") {
		errs = append(errs, err)
	}
	for _, err := range one.TypeHistoryAll(ctx) {
		errs = append(errs, err)
	}
	for _, err := range one.SearchPages(ctx, nil) {
		errs = append(errs, err)
	}
	for _, err := range one.HistoryPages(ctx, "1") {
		errs = append(errs, err)
	}
	for _, err := range one.TypeHistoryPages(ctx) {
		errs = append(errs, err)
	}
	if len(errs) != 18 {
		t.Errorf("%d errors", len(errs))
	}
	for _, err := range errs {
		wantArgument(t, err, "T")
	}
}

func TestTypesThatR4DoesNotHaveAreKeptAsTheyAre(t *testing.T) {
	read := `{"resourceType":"Mood","id":"m1","mood":1.50}`
	v, c := start(t, map[string]string{"GET /v1/fhir/Mood/m1": read, "PUT /v1/fhir/Mood/m1": read})
	moods := clinikfhir.ResourcesOf(c, "Mood")
	got, err := moods.Get(t.Context(), "m1")
	if err != nil || string(got.(*fhir.Unknown).JSON) != read {
		t.Fatalf("got %v, %v", got, err)
	}
	if _, err := moods.Replace(t.Context(), "m1", got); err != nil || v.bodies[1] != read {
		t.Errorf("sent %s, %v", v.bodies[1], err)
	}
	_, err = clinikfhir.ResourcesOf(c, "../x").Get(t.Context(), "1")
	wantArgument(t, err, "resourceType")
}

func TestResponsesThatAreNotTheResourceFailTheCall(t *testing.T) {
	calls := map[string]struct {
		writes bool
		call   func(context.Context, patients) (any, error)
	}{
		"GET /v1/fhir/Patient/1": {false, func(ctx context.Context, p patients) (any, error) { return p.Get(ctx, "1") }},
		"GET /v1/fhir/Patient/1/_history/2": {false, func(ctx context.Context, p patients) (any, error) {
			return p.GetVersion(ctx, "1", "2")
		}},
		"POST /v1/fhir/Patient": {true, func(ctx context.Context, p patients) (any, error) { return p.Create(ctx, &fhir.Patient{}) }},
		"PUT /v1/fhir/Patient/1": {true, func(ctx context.Context, p patients) (any, error) {
			return p.Replace(ctx, "1", &fhir.Patient{})
		}},
		"PATCH /v1/fhir/Patient/1": {true, func(ctx context.Context, p patients) (any, error) {
			return p.Patch(ctx, "1", clinik.JSONPatch{clinikfhir.Remove("/gender")})
		}},
		"GET /v1/fhir/Patient":               {false, func(ctx context.Context, p patients) (any, error) { return p.Search(ctx, nil) }},
		"GET /v1/fhir/Patient/1/_history":    {false, func(ctx context.Context, p patients) (any, error) { return p.History(ctx, "1") }},
		"GET /v1/fhir/Patient/_history":      {false, func(ctx context.Context, p patients) (any, error) { return p.TypeHistory(ctx) }},
		"GET /v1/fhir/Patient/1/$everything": {false, func(ctx context.Context, p patients) (any, error) { return p.Everything(ctx, "1") }},
		"POST /v1/fhir/Patient/1/$match": {true, func(ctx context.Context, p patients) (any, error) {
			return p.Run(ctx, "1", "$match", nil)
		}},
	}
	for _, response := range []string{
		`{"resourceType":"OperationOutcome","issue":[{"severity":"error","diagnostics":"Taylor"}]}`,
		`{"resourceType":"Group","id":"Taylor"}`, `{}`, `{"data":{"resourceType":"Patient","id":"1"}}`, `200 `, `200 null`, `200 []`,
		`{"resourceType":"Patient","id":"1","id":"2"}`,
		`{"resourceType":"Patient","id":"1","name":[{"given":"Taylor","given":["x"]}],"name":[]}`,
	} {
		for request, tt := range calls {
			if strings.Contains(request, "$match") && strings.Contains(response, "Group") {
				continue // its result may be of any type
			}
			t.Run(request+" "+response, func(t *testing.T) {
				_, c := start(t, map[string]string{request: response})
				_, err := tt.call(t.Context(), clinikfhir.Resources[*fhir.Patient](c))
				wantUnreadable(t, err, tt.writes)
				var e *caremux.Error
				if errors.As(err, &e) && string(e.Body()) != strings.TrimPrefix(response, "200 ") {
					t.Errorf("the error's body is %q", e.Body())
				}
				if err != nil && strings.Contains(err.Error(), "Taylor") {
					t.Errorf("the text quotes the response: %v", err)
				}
			})
		}
	}
}

// TestExamplesAreWrittenBackAsTheyWereRead reads and updates HL7's examples.
func TestExamplesAreWrittenBackAsTheyWereRead(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	for _, version := range []string{"r4", "r5", "stu3"} {
		file, err := os.Open("../../fhir/testdata/" + version + ".ndjson.gz")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close() //nolint:errcheck // it was only read
		unpacked, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		var example, sent string
		c := clientOf(t, func(r *http.Request) string {
			if r.Body != nil && r.Method == http.MethodPut {
				data, _ := io.ReadAll(r.Body)
				sent = string(data)
			}
			return example
		})
		lines := bufio.NewScanner(unpacked)
		lines.Buffer(nil, 1<<20)
		n := 0
		for ; lines.Scan(); n++ {
			example, sent = lines.Text(), ""
			var head struct{ ResourceType, ID string }
			if err := json.Unmarshal(lines.Bytes(), &head); err != nil {
				t.Fatal(err)
			}
			all := clinikfhir.ResourcesOf(c, head.ResourceType)
			got, err := all.Get(t.Context(), head.ID)
			if err != nil {
				t.Errorf("%s %s: %v", version, head.ID, err)
				continue
			}
			if _, err := all.Replace(t.Context(), head.ID, got); err != nil {
				t.Errorf("%s %s: %v", version, head.ID, err)
				continue
			}
			sameJSON(t, sent, example)
		}
		if n < 50 {
			t.Errorf("%s: %d examples", version, n)
		}
	}
}

func TestBadArgumentsAreRefusedBeforeSending(t *testing.T) {
	v, c := start(t, nil)
	all := clinikfhir.Resources[*fhir.Patient](c)
	ctx := t.Context()
	bad := &fhir.Patient{Name: []fhir.HumanName{{Family: "M\xfcller"}}}
	patch := func(change clinik.JSONPatchOperation) func() error {
		return func() error { _, err := all.Patch(ctx, "1", clinik.JSONPatch{change}); return err }
	}
	for name, call := range map[string]func() error{
		"none":           func() error { _, err := all.Create(ctx, nil); return err },
		"empty id":       func() error { _, err := all.Get(ctx, ""); return err },
		"slash in id":    func() error { _, err := all.Get(ctx, "a/b"); return err },
		"no version":     func() error { _, err := all.GetVersion(ctx, "1", ""); return err },
		"no change":      func() error { _, err := all.Patch(ctx, "1", nil); return err },
		"no JSON":        patch(clinikfhir.Replace("/birthDate", make(chan int))),
		"no value":       patch(clinik.JSONPatchOperation{Op: clinik.JSONPatchOpAdd, Path: "/birthDate"}),
		"text not UTF-8": patch(clinikfhir.Replace("/name/0/family", "M\xfcller")),
		"name not UTF-8": patch(clinikfhir.Add("/name/-", bad.Name[0])),
		"chart type":     func() error { _, err := clinikfhir.PatientChart(ctx, c, "1", []string{"a:b"}); return err },
		"create":         func() error { _, err := all.Create(ctx, bad); return err },
		"update":         func() error { _, err := all.Replace(ctx, "1", bad); return err },
		"run":            func() error { _, err := all.Run(ctx, "", "$validate", bad); return err },
		"run nothing":    func() error { _, err := all.Run(ctx, "", "$validate", (*fhir.Patient)(nil)); return err },
		"no operation":   func() error { _, err := all.Run(ctx, "1", "validate", nil); return err },
		"a foreign cursor": func() error {
			_, err := all.Search(ctx, nil, caremux.StartAt("https://elsewhere.example/v1/fhir/Patient?x=1"))
			return err
		},
		"no page": func() error { _, err := clinikfhir.PageBundle[*fhir.Patient](nil); return err },
		"import": func() error {
			_, err := clinik.ImportRecords(ctx, c, "Patient", func(yield func(*fhir.Patient) bool) { yield(bad) })
			return err
		},
	} {
		var argument *caremux.ArgumentError
		if err := call(); !errors.As(err, &argument) || argument.Operation == "" || strings.Contains(err.Error(), "ller") {
			t.Errorf("%s: got %v, want an ArgumentError", name, err)
		}
	}
	if len(v.sent) > 0 {
		t.Errorf("sent %v", v.sent)
	}
}

func TestOperationsAndDeletions(t *testing.T) {
	v, c := start(t, map[string]string{
		"POST /v1/fhir/Patient/$validate":   `{"resourceType":"OperationOutcome","id":"o","issue":[{"severity":"error","code":"invalid"}]}`,
		"POST /v1/fhir/Patient/pt_1/$graph": `{"resourceType":"Parameters"}`,
		"DELETE /v1/fhir/Patient/pt_1":      `204 `,
	})
	all := clinikfhir.Resources[*fhir.Patient](c)
	out, err := all.Run(t.Context(), "", "$validate", &fhir.Patient{Active: new(true)})
	if outcome, ok := out.(*fhir.OperationOutcome); err != nil || !ok || outcome.ID != "o" ||
		v.bodies[0] != `{"resourceType":"Patient","active":true}` {
		t.Errorf("$validate: %+v (%v)", out, err)
	}
	out, err = all.Run(t.Context(), "pt_1", "$graph", nil)
	if _, ok := out.(*fhir.Parameters); err != nil || !ok || v.bodies[1] != "" {
		t.Errorf("$graph: %v (%v), sent %q", out, err, v.bodies[1])
	}
	if err := all.Delete(t.Context(), "pt_1"); err != nil {
		t.Error(err)
	}
}
