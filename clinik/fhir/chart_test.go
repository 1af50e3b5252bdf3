package fhir_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/fhir"
)

const (
	chartQuery = "_revinclude=Encounter%3Asubject&_revinclude=Encounter%3Apatient"
	flatRecord = `{"data":{"id":"pt_1","firstName":"Charlie"},"meta":{}}`
)

// chartOf reads the chart of pt_1, of which the vendor's index says pages.
func chartOf(t *testing.T, record string, pages ...string) (*fhir.Chart, error) {
	t.Helper()
	answers := map[string]string{"GET /v1/patients/pt_1": record}
	query := chartQuery
	for i, entries := range pages {
		link, next := "", ""
		if i < len(pages)-1 {
			next = "page=" + string(rune('2'+i))
			link = `"link":[{"relation":"next","url":"https://x.example/v1/patients/pt_1?` + next + `"}],`
		}
		answers["GET /v1/patients/pt_1?"+
			query] = `{"data":{"resourceType":"Bundle",` + link + `"entry":[` + entries + `]}}`
		query = next
	}
	_, c := start(t, answers)
	return fhir.PatientChart(t.Context(), c, "pt_1", []string{"Encounter"})
}

func entry(resource string) string { return `{"resource":` + resource + `}` }

func TestChartHasEachRecordOnce(t *testing.T) {
	me := entry(`{"resourceType":"Patient","id":"pt_1","active":true}`)
	chart, err := chartOf(t, flatRecord,
		me+`,`+entry(`{"resourceType":"Encounter","id":"e1","status":"planned"}`)+
			`,`+entry(`{"resourceType":"Encounter","id":"e2"}`)+`,`+entry(`{"resourceType":"Goal","id":"e1"}`),
		entry(`{"resourceType":"Encounter","id":"e1","status":"finished"}`)+`,`+me,
		entry(`{"resourceType":"Goal","id":"e1"}`)+
			`,`+entry(`{"resourceType":"Encounter","id":"e3"}`)+
			`,`+entry(`{"resourceType":"Encounter"}`)+`,`+entry(`{"resourceType":"Encounter"}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range chart.Encounters {
		got = append(got, e.ID+" "+string(e.Status))
	}
	if text := strings.Join(got, ","); text != "e1 finished,e2 ,e3 , , " || len(chart.Others) != 1 ||
		chart.Patient.ID != "pt_1" || len(chart.Foreign) != 0 {
		t.Errorf("encounters %q, others %s", text, chart.Others)
	}
}

func TestChartHasNothingOfAnotherPatient(t *testing.T) {
	for name, tt := range map[string]struct {
		resource string
		foreign  bool
	}{
		"another patient": {`{"resourceType":"Patient","id":"pt_2"}`, true},
		"subject": {`{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/pt_2"}}`,
			true},
		"own subject": {`{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/pt_1"}}`,
			false},
		"own, absolute": {`{"resourceType":"Encounter","id":"e","subject":{"reference":"https://x.org/Patient/pt_1"}}`, false},
		"own version":   {`{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/pt_1/_history/2"}}`, false},
		"absolute":      {`{"resourceType":"Encounter","id":"e","subject":{"reference":"https://x.org/Patient/pt_2/_history/1"}}`, true},
		"id that begins the same": {`{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/pt_11"}}`,
			true},
		"patient": {`{"resourceType":"Immunization","id":"i","patient":{"reference":"Patient/pt_2"}}`,
			true},
		"list of subjects": {`{"resourceType":"Account","id":"a","subject":[` +
			`{"reference":"Patient/pt_2"},{"reference":"Patient/pt_1"}]}`, false},
		"list of others": {`{"resourceType":"Account","id":"a","subject":[{"reference":"Patient/pt_2"}]}`,
			true},
		"participants": {`{"resourceType":"Appointment","id":"a","participant":[` +
			`{"actor":{"reference":"Practitioner/pt_1"}},{"actor":{"reference":"Patient/pt_2"}}]}`,
			true},
		"own participant": {`{"resourceType":"Appointment","id":"a","participant":[{"actor":{"reference":"Patient/pt_1"}},{}]}`, false},
		"no patient":      {`{"resourceType":"Medication","id":"m"}`, false},
		"a group":         {`{"resourceType":"Encounter","id":"e","subject":{"reference":"Group/pt_2"}}`, false},
		"odd references": {`{"resourceType":"Encounter","id":"e","subject":[7,{"reference":5},"x"],` +
			`"patient":null,"participant":{}}`, false},
		"without an id": {`{"resourceType":"Patient"}`, false},
	} {
		chart, err := chartOf(t, flatRecord, entry(tt.resource))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		held := len(chart.Encounters) + len(chart.Appointments) + len(chart.Medications) + len(chart.Others)
		if chart.Patient != nil {
			held++
		}
		if (len(chart.Foreign) == 1) != tt.foreign || held+len(chart.Foreign) != 1 {
			t.Errorf("%s: foreign %s, %d others", name, chart.Foreign, held)
		}
	}
	if chart, err := chartOf(t, `{"data":{"id":"pt_2"},"meta":{}}`, ""); !errors.Is(err, caremux.ErrUnreadable) ||
		chart != nil {
		t.Errorf("the record of another patient: %v", err)
	}
}

func TestChartOfWhichAPageFailsHasWhatCameBefore(t *testing.T) {
	_, c := start(t, map[string]string{
		"GET /v1/patients/pt_1": flatRecord,
		"GET /v1/patients/pt_1?" + chartQuery: `{"data":{"resourceType":"Bundle",` +
			`"link":[{"relation":"next","url":"https://x.example/?page=2"}],"entry":[` +
			entry(`{"resourceType":"Encounter","id":"e1"}`) + `]}}`,
		"GET /v1/patients/pt_1?page=2": `404 {"code":"NOT_FOUND"}`,
	})
	chart, err := fhir.PatientChart(t.Context(), c, "pt_1", []string{"Encounter"})
	if !errors.Is(err, caremux.ErrNotFound) || chart == nil || len(chart.Encounters) != 1 {
		t.Errorf("got %+v, %v", chart, err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func FuzzChart(f *testing.F) {
	f.Add(entry(`{"resourceType":"Patient","id":"pt_1"}`) +
		`,` + entry(`{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/pt_2"}}`))
	f.Add(entry(`{"resourceType":"Appointment","id":"a","participant":[{"actor":{"reference":"/Patient/"}}]}`) +
		`,{},{"resource":null},{"resource":[]}`)
	f.Add(entry(`{"resourceType":"Patient","id":"","ID":"pt_2"}`) +
		`,` + entry(`{"resourceType":"Encounter","Id":"e","ID":"e"}`))
	f.Fuzz(func(t *testing.T, entries string) {
		network := roundTripper(func(r *http.Request) (*http.Response, error) {
			body := flatRecord
			if r.URL.RawQuery != "" {
				body = `{"data":{"resourceType":"Bundle","entry":[` + entries + `]}}`
			}
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})
		c, err := clinik.New("clk_test_abc123", caremux.WithTransport(network), caremux.WithRetry(caremux.NoRetry))
		if err != nil {
			t.Fatal(err)
		}
		chart, err := fhir.PatientChart(t.Context(), c, "pt_1", []string{"Encounter"})
		if err != nil {
			if !errors.Is(err, caremux.ErrUnreadable) {
				t.Errorf("%s: %v", entries, err)
			}
			return
		}
		if chart.Patient != nil && chart.Patient.ID != "" && chart.Patient.ID != "pt_1" {
			t.Errorf("the chart has the patient %s", chart.Patient.ID)
		}
		seen := map[string]bool{}
		for _, e := range chart.Encounters {
			var subject struct{ Subject struct{ Reference string } }
			if json.Unmarshal(e.RawJSON(), &subject) == nil && subject.Subject.Reference == "Patient/pt_2" {
				t.Errorf("an encounter of pt_2: %s", e.RawJSON())
			}
			if e.ID != "" && seen[e.ID] {
				t.Errorf("encounter %s comes twice", e.ID)
			}
			seen[e.ID] = true
		}
	})
}
