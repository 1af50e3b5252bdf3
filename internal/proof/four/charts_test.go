package four

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare/ekafhir"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/proof/mappingtest"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapfhir"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkinfhir"
)

// patientOf returns the patient of the demo who has a chart.
func patientOf(t testing.TB, s *fhir.Source, name string) *fhir.Patient {
	t.Helper()
	found := find(t, s, "Patient", fhir.Query{Name: name})
	if len(found) != 1 {
		t.Fatalf("%s: %d patients named %s", s.Name(), len(found), name)
	}
	return found[0].(*fhir.Patient)
}

func TestChartsAreThoseOfTheirPatients(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	systems := start(t)
	for i, person := range []string{"asha rao", "charlie", "mei", "bobby"} {
		s := systems.Sources[i]
		patient := patientOf(t, s, person)
		for _, resourceType := range s.Capabilities().Types() {
			if _, ok := s.Capabilities().Resources[resourceType].Filters[fhir.FilterPatients]; !ok || resourceType == "Appointment" {
				continue
			}
			whole := queryOf(t, s, resourceType)
			all := find(t, s, resourceType, whole)
			q := whole
			q.Patients = []string{"other-1", patient.ID}
			if own := find(t, s, resourceType, q); len(own) != len(all) {
				t.Errorf("%s: %d of the patient's %s, want %d", s.Name(), len(own), resourceType, len(all))
			}
			for _, strangers := range [][]string{{"other-1"}, {patient.ID + "9"}} {
				q.Patients = strangers
				if found := find(t, s, resourceType, q); found != nil {
					t.Errorf("%s: %s of a stranger: %v", s.Name(), resourceType, found)
				}
			}
		}
	}
}

func TestPrescriptionsEntriesAreResourcesOfTheirOwn(t *testing.T) {
	systems := start(t)
	s := systems.Sources[0]
	q := fhir.Query{Patients: []string{patientOf(t, s, "asha").ID}, Practitioners: systems.Clinician}
	medication := find(t, s, "MedicationRequest", q)[0].(*fhir.MedicationRequest)
	dosage := medication.DosageInstruction[0]
	if medication.MedicationCodeableConcept.Text != "Paracetamol 500 mg" || medication.Status != fhir.MedicationRequestStatusActive ||
		dosage.DoseAndRate[0].DoseQuantity.Value != "1" || *dosage.Timing.Repeat.Frequency != 2 || dosage.Timing.Repeat.PeriodUnit != "d" {
		t.Errorf("got %+v", medication)
	}
	condition := find(t, s, "Condition", q)[0].(*fhir.Condition)
	if condition.Code.Text != "Fever" || condition.ClinicalStatus.Coding[0].Code != "active" {
		t.Errorf("got %+v", condition)
	}
	temperature := find(t, s, "Observation", q)[0].(*fhir.Observation)
	if temperature.ValueQuantity.Value != "38.5" || temperature.Status != fhir.ObservationStatusFinal {
		t.Errorf("got %+v", temperature)
	}
	q.Practitioners = []string{"other-1"}
	if found := find(t, s, "Observation", q); found != nil {
		t.Errorf("of another doctor: %v", found)
	}
}

func TestCarePlanContainsItsGoals(t *testing.T) {
	s := start(t).Sources[1]
	plan := find(t, s, "CarePlan", queryOf(t, s, "CarePlan"))[0].(*fhir.CarePlan)
	if plan.Description != "Walk more" || len(plan.Contained) != 1 || len(plan.Goal) != 1 || plan.Goal[0].Reference != "#goal1" {
		t.Fatalf("got %+v", plan)
	}
	goal := plan.Contained[0].(*fhir.Goal)
	if goal.Description.Text != "Walk half an hour a day" || goal.LifecycleStatus != fhir.GoalLifecycleStatusActive {
		t.Errorf("got %+v", goal)
	}
}

func TestDocumentLeadsToItsFile(t *testing.T) {
	s := start(t).Sources[1]
	document := find(t, s, "DocumentReference", queryOf(t, s, "DocumentReference"))[0].(*fhir.DocumentReference)
	a := document.Content[0].Attachment
	if a.Title != "consent.pdf" || a.ContentType != "application/pdf" || !strings.HasSuffix(a.URL, "/files/"+a.ID) {
		t.Errorf("got %+v", a)
	}
}

func TestChartOfAllSystemsIsOneList(t *testing.T) {
	systems := start(t)
	all, err := fhir.Merge(systems.Sources...)
	if err != nil {
		t.Fatal(err)
	}
	var patients, found []string
	for p, err := range all.Patients(t.Context(), fhir.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		patients = append(patients, p.ID)
	}
	for c, err := range all.Conditions(t.Context(), fhir.Query{Patients: patients}) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, c.Code.Text)
	}
	if got := strings.Join(found, " "); got != "Fever Asthma Diabetes" {
		t.Errorf("got %s", got)
	}
	for _, err := range all.Conditions(t.Context(), fhir.Query{}) { // two of the systems only have lists of a patient
		if err != nil && !strings.Contains(err.Error(), "ekacare: ") {
			t.Error(err)
		}
	}
}

func TestEditsOfChartsWin(t *testing.T) {
	eka := ekafhir.Mapping{}
	entry := mappingtest.Decode[ekafhir.PrescriptionEntry](t, []byte(`{"record":{"prescription_id":"rx","x":1},"number":1,"entry":{`+
		`"resource_type":"vitals","status":"final","valueQuantity":{"value":38.50,"unit":"C"},"since":{"type":"days"}}}`))
	o, err := eka.Observation(entry)
	if err != nil {
		t.Fatal(err)
	}
	if o.ValueQuantity.Code != "" || !slices.Equal(unmapped(o), []string{"entry.valueQuantity.unit"}) {
		t.Errorf("the unit: %+v, %v", o.ValueQuantity, unmapped(o))
	}
	o.ValueQuantity.Value, o.ValueQuantity.System, o.ValueQuantity.Code = "39", "http://unitsofmeasure.org", "Cel"
	back, err := eka.ObservationRecord(o)
	if err != nil || *back.Detail.ValueQuantity.Value != 39 || back.Detail.ValueQuantity.Unit != "°C" ||
		back.Detail.Since.Type != "days" || !strings.Contains(string(back.RawJSON()), `"x":1`) {
		t.Errorf("%v, %s", err, back.RawJSON())
	}

	m := welkinfhir.Mapping{Tenant: "gh", Instance: "sb-demo"}
	patient, err := m.Patient(mappingtest.Decode[welkin.Patient](t, []byte(`{"id":"1","maritalStatus":"MARRIED"}`)))
	if err != nil || len(patient.MaritalStatus.Coding) != 2 || unmapped(patient) != nil {
		t.Fatalf("%v, %+v", err, patient)
	}
	patient.MaritalStatus.Coding[1].Code = "D"
	if p, err := m.PatientRecord(patient); err != nil || p.MaritalStatus != "DIVORCED" {
		t.Errorf("%v, %+v", err, p)
	}

	plan, err := m.CarePlan(mappingtest.Decode[welkinfhir.Plan](t, []byte(
		`{"carePlan":{"id":"1"},"goals":[{"id":"g","name":"Walk","status":"PAUSED","templateName":"walk"}]}`)))
	if err != nil {
		t.Fatal(err)
	}
	plan.Contained[0].(*fhir.Goal).LifecycleStatus = fhir.GoalLifecycleStatusCompleted
	record, err := m.CarePlanRecord(plan)
	if err != nil || record.Goals[0].Status != "COMPLETED" || record.Goals[0].TemplateName != "walk" {
		t.Errorf("%v, %s", err, record.RawJSON())
	}
}

// unmapped returns the paths that fhir.Mismatch lists.
func unmapped(r fhir.Resource) (paths []string) {
	var e *caremux.MismatchError
	if errors.As(fhir.Mismatch(r), &e) {
		for _, f := range e.Fields {
			paths = append(paths, f.Path)
		}
	}
	return paths
}

func TestCodesWithoutAnEquivalentAreListedAlsoInside(t *testing.T) {
	w := welkinfhir.Mapping{Tenant: "gh", Instance: "sb-demo"}
	s := snapfhir.Mapping{Host: snapcare.SandboxHost, HospitalID: 126, Zone: time.UTC}
	event, err := w.Appointment(mappingtest.Decode[welkin.CalendarEvent](t, []byte(
		`{"eventStatus":"LOST","participants":[{"participantId":"u","participantRole":"psm","participationStatus":"Perhaps"}]}`)))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := w.CarePlan(mappingtest.Decode[welkinfhir.Plan](t, []byte(`{"goals":[{"id":"g","status":"PAUSED"}]}`)))
	if err != nil {
		t.Fatal(err)
	}
	booked, err := s.Appointment(mappingtest.Decode[snapcare.Appointment](t, []byte(`{"participants":[{"attendenceCode":9}]}`)))
	if err != nil {
		t.Fatal(err)
	}
	patient, err := s.Patient(mappingtest.Decode[snapcare.PatientPerson](t, []byte(`{"person":{"phones":[{"use":"boat","value":"1"}]}}`)))
	if err != nil {
		t.Fatal(err)
	}
	visit, err := s.Encounter(mappingtest.Decode[snapcare.Consultation](t, []byte(`{"status":1000}`)))
	if err != nil {
		t.Fatal(err)
	}
	for want, r := range map[string]fhir.Resource{
		"eventStatus CalendarParticipant.participationStatus": event, "Goal.status": plan,
		"AppointmentParticipant.attendenceCode": booked, "person.phones": patient, "status": visit,
	} {
		if got := unmapped(r); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(strings.Fields(want)))) {
			t.Errorf("%s: got %v, want %s", r.ResourceType(), got, want)
		}
	}
}
