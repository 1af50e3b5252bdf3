package welkintest_test

import (
	"sync"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/faketest"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

func TestConcurrentUse(t *testing.T) {
	srv, c := setup(t)
	patient := srv.AddPatients(1)[0]
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.Patients.Update(t.Context(), patient, &welkin.PatientUpdate{City: new("Reno")}); err != nil {
				t.Error(err)
			}
			if _, err := c.Patients.Create(t.Context(), &welkin.PatientCreate{FirstName: "A", LastName: "B"}); err != nil {
				t.Error(err)
			}
			if _, err := c.Patients.List(t.Context(), nil); err != nil {
				t.Error(err)
			}
			srv.Requests()
		})
	}
	wg.Wait()
	page := must(c.Patients.List(t.Context(), nil))(t)
	if *page.Total != 21 || srv.Logins() != 1 {
		t.Errorf("%d patients, %d logins", *page.Total, srv.Logins())
	}
}

func TestMistakesEndTheTest(t *testing.T) {
	t.Parallel()
	faketest.Mistakes(t, "welkintest", welkintest.NewServer, welkintest.Start, map[string]func(srv *welkintest.Server){
		"option":    func(srv *welkintest.Server) { srv.Client(caremux.WithTimeout(-1)) },
		"operation": func(srv *welkintest.Server) { srv.Fail(welkintest.Fault{Operation: "Patients.Colour"}) },
	})
}
