package cliniktest_test

import (
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/clinik/cliniktest"
	"github.com/caremux/caremux/fhir"
)

func found(t *testing.T, c *clinik.Client) int {
	t.Helper()
	return len(must(c.Patients.Search(t.Context(), nil))(t).Items)
}

func TestLag(t *testing.T) {
	srv, c := setup(t, cliniktest.WithLag(2))
	p := newPatient(t, c)
	for i, want := range []int{0, 0, 1} {
		if got := found(t, c); got != want {
			t.Errorf("search %d finds %d, want %d", i, got, want)
		}
	}
	must(c.Patients.Update(t.Context(), p.ID, &clinik.PatientUpdate{FirstName: new("Dana")}))(t)
	if name := must(c.Patients.Get(t.Context(), p.ID, nil))(t).FirstName; name != "Dana" {
		t.Errorf("a read by id gives %s", name)
	}
	page := must(c.Patients.Search(t.Context(), nil))(t)
	if name := page.Items[0].FirstName; name != "Charlie" {
		t.Errorf("the index has %s", name)
	}
	if err := c.Patients.Delete(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	_, err := c.Patients.Get(t.Context(), p.ID, nil)
	wantCode(t, err, caremux.ErrNotFound, clinik.CodeNotFound)
	if found(t, c) != 1 {
		t.Error("the deleted patient does not linger")
	}
	srv.AdvanceIndex()
	if found(t, c) != 0 {
		t.Error("the deleted patient lingers")
	}
	newPatient(t, c)
	srv.SetLag(0)
	if found(t, c) != 1 {
		t.Error("without a lag the index is behind")
	}
}

func TestChart(t *testing.T) {
	srv, c := setup(t)
	srv.SetLag(1000)
	p, other := newPatient(t, c), newPatient(t, c)
	newAssessment(t, c, p.ID)
	newAssessment(t, c, other.ID)
	must(c.Appointments.Create(t.Context(), &clinik.AppointmentCreate{PatientID: p.ID, Status: clinik.AppointmentStatusBooked}))(t)
	chart, err := clinikfhir.PatientChart(t.Context(), c, p.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if chart.Indexed() || len(chart.Assessments) != 0 || chart.Record.ID != p.ID {
		t.Errorf("the chart does not lag: %+v", chart)
	}
	srv.AdvanceIndex()
	if chart, err = clinikfhir.PatientChart(t.Context(), c, p.ID, nil); err != nil {
		t.Fatal(err)
	}
	if !chart.Indexed() || len(chart.Assessments) != 1 || len(chart.Appointments) != 1 || len(chart.Encounters) != 0 {
		t.Errorf("chart %+v", chart)
	}
	isR4(t, chart.Patient)
	isR4(t, chart.Assessments[0])
	isR4(t, chart.Appointments[0])
	if a := chart.Assessments[0]; a.Status != "completed" || a.Subject.Reference != "Patient/"+p.ID ||
		chart.Patient.Name[0].Family != "Taylor" {
		t.Errorf("chart %+v %+v", a, chart.Patient)
	}
}

// TestEveryReferenceIsAReference reads what stands for a flat record by the types of package fhir.
func TestEveryReferenceIsAReference(t *testing.T) {
	_, c := setup(t)
	p := newPatient(t, c)
	ctx := t.Context()
	must(c.Accounts.Create(ctx, &clinik.AccountCreate{Status: "active", PatientID: &p.ID}))(t)
	must(c.Allergies.Create(ctx, &clinik.AllergyIntoleranceCreate{PatientID: p.ID}))(t)
	must(c.Tasks.Create(ctx, &clinik.TaskCreate{Status: "requested", Intent: "order", PatientID: &p.ID}))(t)
	must(c.Coverages.Create(ctx, &clinik.CoverageCreate{Status: "active", PatientID: p.ID, PayorIDs: []string{"org_1"}}))(t)
	bundle, err := clinikfhir.Resources[*fhir.Patient](c).Everything(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(bundle.Entry) != 5 {
		t.Errorf("%d entries: %+v", len(bundle.Entry), bundle.Entry)
	}
	referring(t, bundle, func(a *fhir.Account) string { return a.Subject[0].Reference })
	referring(t, bundle, func(a *fhir.AllergyIntolerance) string { return a.Patient.Reference })
	referring(t, bundle, func(a *fhir.Task) string { return a.For.Reference })
	referring(t, bundle, func(a *fhir.Coverage) string { return a.Beneficiary.Reference })
}

func referring[T fhir.Resource](t *testing.T, bundle *fhir.Bundle, reference func(T) string) {
	t.Helper()
	n := 0
	for _, item := range fhir.Entries[T](bundle) {
		isR4(t, item)
		if reference(item) != "Patient/pt_1" {
			t.Errorf("%T refers to %s", item, reference(item))
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d of %T", n, *new(T))
	}
}
