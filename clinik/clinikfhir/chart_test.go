package clinikfhir_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik/clinikfhir"
)

const (
	chartQuery = "_revinclude=Encounter%3Asubject&_revinclude=Encounter%3Apatient"
	flatRecord = `{"data":{"id":"pt_1","firstName":"Charlie"},"meta":{}}`
)

// chartOf reads the chart of pt_1, of which the vendor's index says pages.
func chartOf(t *testing.T, record string, pages ...string) (*clinikfhir.Chart, error) {
	t.Helper()
	answers := map[string]string{"GET /v1/patients/pt_1": record}
	query := chartQuery
	for i, entries := range pages {
		link, next := "", ""
		if i < len(pages)-1 {
			next = "page=" + string(rune('2'+i))
			link = `"link":[{"relation":"next","url":"BASE/v1/patients/pt_1?` + next + `"}],`
		}
		answers["GET /v1/patients/pt_1?"+
			query] = `{"data":{"resourceType":"Bundle",` + link + `"entry":[` + entries + `]}}`
		query = next
	}
	_, c := start(t, answers)
	return clinikfhir.PatientChart(t.Context(), c, "pt_1", []string{"Encounter"})
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
		"without an id": {`{"resourceType":"Patient"}`, true},
		"a task for":    {`{"resourceType":"Task","id":"t","for":{"reference":"Patient/pt_2"}}`, true},
		"a field twice": {
			`{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/pt_1"},"subject":{"reference":"Patient/pt_2"}}`, true,
		},
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
			`"link":[{"relation":"next","url":"?page=2"}],"entry":[` +
			entry(`{"resourceType":"Encounter","id":"e1"}`) + `]}}`,
		"GET /v1/patients/pt_1?page=2": `404 {"code":"NOT_FOUND"}`,
	})
	chart, err := clinikfhir.PatientChart(t.Context(), c, "pt_1", []string{"Encounter"})
	if !errors.Is(err, caremux.ErrNotFound) || chart == nil || len(chart.Encounters) != 1 {
		t.Errorf("got %+v, %v", chart, err)
	}
}

func FuzzChart(f *testing.F) {
	f.Add(entry(`{"resourceType":"Patient","id":"pt_1"}`) +
		`,` + entry(`{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/pt_2"}}`))
	f.Add(entry(`{"resourceType":"Appointment","id":"a","participant":[{"actor":{"reference":"/Patient/"}}]}`) +
		`,{},{"resource":null},{"resource":[]}`)
	f.Add(entry(`{"resourceType":"Patient","id":"","ID":"pt_2"}`) +
		`,` + entry(`{"resourceType":"Encounter","Id":"e","ID":"e"}`))
	f.Fuzz(func(t *testing.T, entries string) {
		c := clientOf(t, func(r *http.Request) string {
			if r.URL.RawQuery != "" {
				return `{"data":{"resourceType":"Bundle","entry":[` + entries + `]}}`
			}
			return flatRecord
		})
		chart, err := clinikfhir.PatientChart(t.Context(), c, "pt_1", []string{"Encounter"})
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
			if e.Subject != nil && e.Subject.Reference == "Patient/pt_2" {
				t.Errorf("an encounter of pt_2: %+v", e)
			}
			if e.ID != "" && seen[e.ID] {
				t.Errorf("encounter %s comes twice", e.ID)
			}
			seen[e.ID] = true
		}
	})
}

func TestChartIsFoldedFromTheBundle(t *testing.T) {
	flat := `{"data":{"id":"pt_1","firstName":"Charlie"},"meta":{}}`
	include := "_revinclude=Encounter%3Asubject&_revinclude=Encounter%3Apatient&_revinclude=Goal%3Asubject&_revinclude=Goal%3Apatient"
	types := []string{"Encounter", "Goal"}
	for _, tt := range []struct {
		name    string
		bundle  string
		indexed bool
	}{
		{"indexed", `{"data":{"resourceType":"Bundle","entry":[{"resource":` + taylor +
			`},{"resource":{"resourceType":"Encounter","id":"e1"}},{"resource":{"resourceType":"Goal","id":"g1"}}]},"meta":{}}`, true},
		{"bare bundle", `{"resourceType":"Bundle","entry":[{"resource":` + taylor +
			`},{"resource":{"resourceType":"Encounter","id":"e1"}},{"resource":{"resourceType":"Goal","id":"g1"}}]}`, true},
		{"index behind", `{"data":{"resourceType":"Bundle","entry":[]},"meta":{}}`, false},
		{"index does not know the patient", `404 {"code":"NOT_FOUND"}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, c := start(t, map[string]string{"GET /v1/patients/pt_1": flat, "GET /v1/patients/pt_1?" + include: tt.bundle})
			chart, err := clinikfhir.PatientChart(t.Context(), c, "pt_1", types)
			if err != nil {
				t.Fatal(err)
			}
			if chart.Record.FirstName != "Charlie" || chart.Indexed() != tt.indexed || chart.Encounters == nil ||
				chart.Documents == nil || chart.Others == nil {
				t.Errorf("chart %+v", chart)
			}
			if tt.indexed && (chart.Patient.ID != "pt_1" || len(chart.Encounters) != 1 || len(chart.Others) != 1) {
				t.Errorf("chart %+v", chart)
			}
		})
	}
	t.Run("no such patient", func(t *testing.T) {
		_, c := start(t, map[string]string{"GET /v1/patients/pt_1": `404 {"code":"NOT_FOUND"}`})
		if _, err := clinikfhir.PatientChart(t.Context(), c, "pt_1", types); !errors.Is(err, caremux.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestChartIsReadToItsLastPage(t *testing.T) {
	first := "GET /v1/patients/pt_1?_revinclude=Encounter%3Asubject&_revinclude=Encounter%3Apatient"
	second := "GET /v1/patients/pt_1?_cursor=2"
	page := func(id, next string) string {
		return fmt.Sprintf(
			`{"data":{"resourceType":"Bundle","link":[{"relation":"next","url":%q}],"entry":[{"resource":%s},{"resource":{"resourceType":"Encounter","id":%q}}]}}`,
			next, taylor, id)
	}
	for _, tt := range []struct {
		name    string
		answers map[string]string
		ids     []string
		err     error
	}{
		{"two pages", map[string]string{first: page("e1", "BASE/v1/patients/pt_1?_cursor=2"), second: page("e2", "")},
			[]string{"e1", "e2"}, nil},
		{"a circle", map[string]string{first: page("e1", "?_cursor=2"), second: page("e2", "?_cursor=2")},
			[]string{"e1", "e2"}, caremux.ErrCursorStuck},
		{"a link that cannot be followed", map[string]string{first: page("e1", "https://elsewhere.example/v1/patients/pt_1?_cursor=2")},
			[]string{"e1"}, caremux.ErrUnreadable},
		{"a record as second page", map[string]string{first: page("e1", "?_cursor=2"), second: `{"data":{"id":"pt_1"}}`},
			[]string{"e1"}, caremux.ErrUnreadable},
		{"a failure", map[string]string{first: page("e1", "?_cursor=2"), second: `500 {}`}, []string{"e1"}, caremux.ErrServer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.answers["GET /v1/patients/pt_1"] = `{"data":{"id":"pt_1","firstName":"Charlie"}}`
			_, c := start(t, tt.answers)
			chart, err := clinikfhir.PatientChart(t.Context(), c, "pt_1", []string{"Encounter"})
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
