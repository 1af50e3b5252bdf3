package fhir_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/fhir"
)

// bundle is a page with one patient and a next link.
func bundle(id, next string) string {
	return fmt.Sprintf(`{"resourceType":"Bundle","link":[{"relation":"next","url":%q}],"entry":[{"resource":{"resourceType":"Patient","id":%q}}]}`, next, id)
}

func TestSearchFollowsNoLinkThatLosesTheQuestion(t *testing.T) {
	first := "GET /v1/fhir/Patient?family=Taylor"
	for _, tt := range []struct {
		name    string
		answers map[string]string
		items   int
	}{
		{"a circle of two pages", map[string]string{
			first:                            bundle("1", "?_cursor=1"),
			"GET /v1/fhir/Patient?_cursor=1": bundle("2", "?_cursor=2"),
			"GET /v1/fhir/Patient?_cursor=2": bundle("3", "?_cursor=1"),
		}, 3},
		{"a query that cannot be read", map[string]string{first: bundle("1", "https://x.example/Patient?_cursor=1;2")}, 1},
		{"an escape that is none", map[string]string{first: bundle("1", "https://x.example/Patient?_cursor=%zz")}, 1},
		{"no query", map[string]string{first: bundle("1", "https://x.example/page/2")}, 1},
		{"no URL at all", map[string]string{first: bundle("1", "https://x.exa mple/Patient?_cursor=1")}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, c := start(t, tt.answers)
			items := 0
			var last error
			for _, last = range fhir.Resources[fhir.Patient](c, "Patient").SearchAll(t.Context(), url.Values{"family": {"Taylor"}}) {
				if items++; last != nil || items > 10 {
					break
				}
			}
			if !errors.Is(last, caremux.ErrCursorStuck) || items != tt.items+1 || len(v.sent) != len(tt.answers) {
				t.Errorf("%d items, %v after %v; want %d and ErrCursorStuck", items, last, v.sent, tt.items)
			}
		})
	}
	t.Run("empty pages without end", func(t *testing.T) {
		answers := map[string]string{}
		for i := range 200 {
			answers[fmt.Sprintf("GET /v1/fhir/Patient?_cursor=%d", i)] = fmt.Sprintf(`{"resourceType":"Bundle","link":[{"relation":"next","url":"?_cursor=%d"}]}`, i+1)
		}
		v, c := start(t, answers)
		var last error
		for _, last = range fhir.Resources[fhir.Patient](c, "Patient").SearchAll(t.Context(), url.Values{"_cursor": {"0"}}) {
		}
		if !errors.Is(last, caremux.ErrCursorStuck) || len(v.sent) > 101 {
			t.Errorf("%v after %d pages", last, len(v.sent))
		}
	})
	t.Run("a link without an address", func(t *testing.T) {
		_, c := start(t, map[string]string{first: bundle("1", "")})
		page, err := fhir.Resources[fhir.Patient](c, "Patient").Search(t.Context(), url.Values{"family": {"Taylor"}})
		if err != nil || page.HasNext() {
			t.Errorf("got %v (%v), want the last page", page, err)
		}
	})
}

func TestOptionsGiveWayToTheNextLink(t *testing.T) {
	v, c := start(t, map[string]string{
		"GET /v1/fhir/Patient?_offset=0&_pretty=1": bundle("1", "?_offset=1"),
		"GET /v1/fhir/Patient?_offset=1&_pretty=1": `{"resourceType":"Bundle","entry":[]}`,
	})
	n := 0
	for _, err := range fhir.Resources[fhir.Patient](c, "Patient").SearchAll(t.Context(), nil, caremux.WithQuery("_offset", "0"), caremux.WithQuery("_pretty", "1")) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 1 || len(v.sent) != 2 {
		t.Errorf("%d items after %v", n, v.sent)
	}
}

func TestAnswersOfAnotherTypeAreNoRecords(t *testing.T) {
	calls := map[string]struct {
		writes bool
		call   func(context.Context, *fhir.ResourceService[fhir.Patient]) (any, error)
	}{
		"GET /v1/fhir/Patient/1": {false, func(ctx context.Context, p *fhir.ResourceService[fhir.Patient]) (any, error) { return p.Get(ctx, "1") }},
		"POST /v1/fhir/Patient": {true, func(ctx context.Context, p *fhir.ResourceService[fhir.Patient]) (any, error) {
			return p.Create(ctx, &fhir.Patient{})
		}},
		"PUT /v1/fhir/Patient/1": {true, func(ctx context.Context, p *fhir.ResourceService[fhir.Patient]) (any, error) {
			return p.Update(ctx, "1", &fhir.Patient{})
		}},
		"PATCH /v1/fhir/Patient/1": {true, func(ctx context.Context, p *fhir.ResourceService[fhir.Patient]) (any, error) {
			return p.Patch(ctx, "1", clinik.JSONPatch{fhir.Remove("/gender")})
		}},
		"GET /v1/fhir/Patient": {false, func(ctx context.Context, p *fhir.ResourceService[fhir.Patient]) (any, error) {
			return p.Search(ctx, nil)
		}},
		"GET /v1/fhir/Patient/1/$everything": {false, func(ctx context.Context, p *fhir.ResourceService[fhir.Patient]) (any, error) {
			return p.Everything(ctx, "1")
		}},
	}
	for _, answer := range []string{
		`{"resourceType":"OperationOutcome","issue":[{"severity":"error","diagnostics":"Taylor"}]}`,
		`{"resourceType":"Group","id":"Taylor"}`, `{}`, `{"data":{"resourceType":"Patient","id":"1"}}`,
	} {
		for request, tt := range calls {
			t.Run(request+" "+answer, func(t *testing.T) {
				_, c := start(t, map[string]string{request: answer})
				got, err := tt.call(t.Context(), fhir.Resources[fhir.Patient](c, "Patient"))
				var e *caremux.Error
				if !errors.Is(err, caremux.ErrUnreadable) || !errors.As(err, &e) || e.MaybeApplied() != tt.writes || string(e.Body()) != answer {
					t.Fatalf("got %v, %v; want ErrUnreadable with the answer, maybe applied: %t", got, err, tt.writes)
				}
				if strings.Contains(err.Error(), "Taylor") {
					t.Errorf("the text names what came: %v", err)
				}
			})
		}
	}
}

// picky takes no id.
type picky struct {
	ID refusing `json:"id,omitzero"`
}

type refusing string

func (*refusing) UnmarshalJSON([]byte) error { return errors.New("Taylor") }

func TestAWriteWhoseAnswerCannotBeDecodedMayBeApplied(t *testing.T) {
	_, c := start(t, map[string]string{"POST /v1/fhir/Patient": taylor})
	got, err := fhir.Resources[picky](c, "Patient").Create(t.Context(), &picky{})
	var e *caremux.Error
	if !errors.As(err, &e) || !e.MaybeApplied() || got != nil || strings.Contains(err.Error(), "Taylor") {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestTextThatIsNotUTF8IsNotSent(t *testing.T) {
	v, c := start(t, nil)
	patients := fhir.Resources[fhir.Patient](c, "Patient")
	bad := &fhir.Patient{Name: []fhir.HumanName{{Family: "M\xfcller"}}}
	for name, call := range map[string]func() error{
		"create":    func() error { _, err := patients.Create(t.Context(), bad); return err },
		"update":    func() error { _, err := patients.Update(t.Context(), "1", bad); return err },
		"operation": func() error { return patients.Operation(t.Context(), "", "$validate", bad, nil) },
		"patch": func() error {
			_, err := patients.Patch(t.Context(), "1", clinik.JSONPatch{fhir.Replace("/name/0/family", "M\xfcller")})
			return err
		},
		"patch, whole": func() error {
			_, err := patients.Patch(t.Context(), "1", clinik.JSONPatch{fhir.Add("/name/-", bad.Name[0])})
			return err
		},
		"import": func() error {
			_, err := clinik.ImportRecords(t.Context(), c, "Patient", func(yield func(*fhir.Patient) bool) { yield(bad) })
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

func TestUpdateDoesNotClearWhatCouldNotBeRead(t *testing.T) {
	for _, member := range []string{`"telecom":{"value":"1"}`, `"gender":5`, `"name":["Taylor",{"family":"Taylor"}]`, `"address":[{"line":"Main St"}]`} {
		v, c := start(t, map[string]string{"GET /v1/fhir/Patient/1": `{"resourceType":"Patient","id":"1",` + member + `}`})
		patients := fhir.Resources[fhir.Patient](c, "Patient")
		p, err := patients.Get(t.Context(), "1")
		if err != nil {
			t.Fatal(err)
		}
		p.BirthDate = "2012"
		if _, err := patients.Update(t.Context(), "1", p); !errors.Is(err, caremux.ErrInvalid) || len(v.sent) != 1 {
			t.Errorf("%s: got %v after %v, want ErrInvalid", member, err, v.sent)
		}
	}
}

func TestChartIsReadToItsLastPage(t *testing.T) {
	first := "GET /v1/patients/pt_1?_revinclude=Encounter%3Asubject&_revinclude=Encounter%3Apatient"
	second := "GET /v1/patients/pt_1?_cursor=2"
	page := func(id, next string) string {
		return fmt.Sprintf(`{"data":{"resourceType":"Bundle","link":[{"relation":"next","url":%q}],"entry":[{"resource":%s},{"resource":{"resourceType":"Encounter","id":%q}}]}}`, next, taylor, id)
	}
	for _, tt := range []struct {
		name    string
		answers map[string]string
		ids     []string
		err     error
	}{
		{"two pages", map[string]string{first: page("e1", "https://elsewhere.example/x?_cursor=2"), second: page("e2", "")}, []string{"e1", "e2"}, nil},
		{"a circle", map[string]string{first: page("e1", "?_cursor=2"), second: page("e2", "?_cursor=2")}, []string{"e1", "e2"}, caremux.ErrCursorStuck},
		{"a link that cannot be followed", map[string]string{first: page("e1", "/page/2")}, []string{"e1"}, caremux.ErrCursorStuck},
		{"a record as second page", map[string]string{first: page("e1", "?_cursor=2"), second: `{"data":{"id":"pt_1"}}`}, []string{"e1"}, caremux.ErrUnreadable},
		{"a failure", map[string]string{first: page("e1", "?_cursor=2"), second: `500 {}`}, []string{"e1"}, caremux.ErrServer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.answers["GET /v1/patients/pt_1"] = `{"data":{"id":"pt_1","firstName":"Charlie"}}`
			_, c := start(t, tt.answers)
			chart, err := fhir.PatientChart(t.Context(), c, "pt_1", []string{"Encounter"})
			if !errors.Is(err, tt.err) || chart == nil {
				t.Fatalf("got %v, %v, want %v", chart, err, tt.err)
			}
			var ids []string
			for _, e := range chart.Encounters {
				ids = append(ids, e.ID)
			}
			if diff := cmp.Diff(tt.ids, ids); diff != "" {
				t.Errorf("encounters (-want +got):\n%s", diff)
			}
		})
	}
}

func TestADecimalThatIsNoNumberCostsItsMemberAlone(t *testing.T) {
	odd := `{"resourceType":"Observation","id":"1","status":"final","valueQuantity":{"value":"12 mg","unit":"mg"}}`
	_, c := start(t, map[string]string{
		"GET /v1/fhir/Observation/1": odd,
		"GET /v1/fhir/Observation":   `{"resourceType":"Bundle","entry":[{"resource":` + odd + `},{"resource":{"resourceType":"Observation","id":"2"}}]}`,
	})
	observations := fhir.Resources[fhir.Observation](c, "Observation")
	o, err := observations.Get(t.Context(), "1")
	if err != nil || o.Status != "final" || o.ValueQuantity.Unit != "mg" || o.Mismatch() == nil || strings.Contains(o.Mismatch().Error(), "12") {
		t.Errorf("got %v (%v)", o, err)
	}
	if page, err := observations.Search(t.Context(), nil); err != nil || len(page.Items) != 2 {
		t.Errorf("got %v (%v)", page, err)
	}
	for o, err := range clinik.ReadNDJSON[fhir.Observation](strings.NewReader(odd)) {
		if err != nil || o.Mismatch() == nil {
			t.Errorf("got %v (%v)", o, err)
		}
	}
}
