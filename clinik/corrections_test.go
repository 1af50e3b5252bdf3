package clinik_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

// The corrections to the facts about ClinikAPI, a test for each. Each test quotes the line that it holds.

// responding is a client of a server that sends the same body each time, and the next one of several.
func responding(t *testing.T, bodies ...string) (*clinik.Client, *[]string) {
	t.Helper()
	var sent []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, bodies[min(len(sent), len(bodies)-1)])
		sent = append(sent, r.URL.RawQuery)
	}))
	t.Cleanup(server.Close)
	c, err := clinik.New(testKey, caremux.WithBaseURL(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	return c, &sent
}

// "MedicationDispense.daysSupply is a number with decimals."
func TestDaysSupplyHasDecimals(t *testing.T) {
	t.Parallel()
	c, _ := responding(t, `{"data": {"id": "d", "daysSupply": 2.5}}`)
	d, err := c.MedicationDispenses.Get(t.Context(), "d")
	if err != nil || d.DaysSupply == nil || *d.DaysSupply != 2.5 || d.Mismatch() != nil {
		t.Errorf("got %+v, %v", d, err)
	}
}

// "An answer's code or reasonCode may be a CodeableConcept with several codings and a text; none of it may become blank."
func TestCodesWithSeveralCodingsArriveWhole(t *testing.T) {
	t.Parallel()
	const concept = `{"coding": [{"system": "http://snomed.info/sct", "code": "38341003"}, {"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}],
		"text": "Hypertension"}`
	check := func(t *testing.T, code clinik.Code, err error) {
		t.Helper()
		codings, text := code.Concept()
		if err != nil || code.String() != "Hypertension" || text != "Hypertension" || len(codings) != 2 || codings[1].Code != "I10" {
			t.Errorf("got %v (%v), %v", code, codings, err)
		}
	}
	c, _ := responding(t, `{"data": {"id": "x", "code": `+concept+`, "reasonCode": `+concept+`}}`)
	task, err := c.Tasks.Get(t.Context(), "x")
	check(t, task.Code, err)
	check(t, task.ReasonCode, err)
	appointment, err := c.Appointments.Get(t.Context(), "x", nil)
	check(t, appointment.ReasonCode, err)

	c, _ = responding(t, `{"data": {"id": "x", "reasonCode": [`+concept+`, "cough"]}}`)
	request, err := c.ServiceRequests.Get(t.Context(), "x")
	if err != nil || len(request.ReasonCode) != 2 || request.ReasonCode[1] != clinik.Text("cough") || request.Mismatch() != nil {
		t.Fatalf("got %+v, %v", request, err)
	}
	check(t, request.ReasonCode[0], nil)
	encounter, err := c.Encounters.Get(t.Context(), "x", nil)
	check(t, encounter.ReasonCode.Codes()[0], err)
}

// "Lists may come without the inner envelope ({data:[…],hasMore,cursor}), undocumented."
func TestListsWithoutTheInnerEnvelopeAreReadToTheirEnd(t *testing.T) {
	t.Parallel()
	c, sent := responding(t, `{"data": [{"id": "a"}, {"id": "b"}], "hasMore": true, "cursor": "next", "total": 3}`,
		`{"data": [{"id": "c"}], "hasMore": false, "cursor": null, "total": 3}`)
	ids := ""
	for p, err := range c.Patients.SearchAll(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		ids += p.ID
	}
	if ids != "abc" || len(*sent) != 2 || (*sent)[1] != "cursor=next" {
		t.Errorf("read %q with %q", ids, *sent)
	}
}
