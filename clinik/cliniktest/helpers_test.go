package cliniktest_test

import (
	"testing"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/proof/faketest"
)

var (
	quick    = faketest.Quick
	wantCode = faketest.WantCode
)

func setup(t *testing.T, opts ...cliniktest.Option) (*cliniktest.Server, *clinik.Client) {
	t.Helper()
	t.Parallel()
	srv := cliniktest.NewServer(t, opts...)
	return srv, srv.Client(quick)
}

func must[T any](v T, err error) func(testing.TB) T { return faketest.Must(v, err) }

func count(srv *cliniktest.Server, operation string) int {
	return faketest.Count(srv.Requests(), operation)
}

// send sends a request as [faketest.Send] does.
func send(t *testing.T, srv *cliniktest.Server, method, path string, body any, header ...string) (status int, answer []byte) {
	t.Helper()
	status, text := faketest.Send(t, method, srv.URL+path, body, header...)
	return status, []byte(text)
}

func newPatient(t *testing.T, c *clinik.Client) *clinik.Patient {
	t.Helper()
	return must(c.Patients.Create(t.Context(), &clinik.PatientCreate{FirstName: "Charlie", LastName: "Taylor"}))(t)
}

func newAssessment(t *testing.T, c *clinik.Client, patientID string) *clinik.Assessment {
	t.Helper()
	return must(c.Assessments.Create(t.Context(), &clinik.AssessmentCreate{
		PatientID: patientID, Status: clinik.AssessmentStatusCompleted, Summary: "well",
	}))(t)
}

// isR4 fails unless everything in a resource has a field of R4.
func isR4(t *testing.T, r fhir.Resource) {
	t.Helper()
	for _, m := range fhir.Misfits(r) {
		t.Errorf("%T: %v", r, m)
	}
	element, ok := r.(fhir.Element)
	if !ok {
		t.Fatalf("%T is not a type of R4", r)
	}
	for name := range fhir.Extra(element) {
		t.Errorf("%T has %s, which R4 does not have", r, name)
	}
}
