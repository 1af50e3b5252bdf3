package welkintest_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

func TestConcurrentUse(t *testing.T) {
	srv, c := setup(t)
	patient := srv.AddPatients(1)[0]
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.Patients.Update(t.Context(), patient, &welkin.PatientPatch{City: new("Reno")}); err != nil {
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
	page := must[*caremux.Page[welkin.Patient]](t)(c.Patients.List(t.Context(), nil))
	if *page.Total != 21 || srv.Logins() != 1 {
		t.Errorf("%d patients, %d logins", *page.Total, srv.Logins())
	}
}

// stopped is a test that notes its end instead of ending.
type stopped struct {
	testing.TB
	said []string
}

func (s *stopped) Helper()           {}
func (s *stopped) Cleanup(f func())  { s.TB.Cleanup(f) }
func (s *stopped) Fatal(args ...any) { s.said = append(s.said, "fatal") }

func TestMistakesEndTheTest(t *testing.T) {
	t.Parallel()
	spy := &stopped{TB: t}
	srv := welkintest.NewServer(spy)
	srv.Client(caremux.WithTimeout(-1))
	srv.Fail(welkintest.Fault{Operation: "Patients.Colour"})
	if len(spy.said) != 2 {
		t.Errorf("%d ends", len(spy.said))
	}
}

func TestMistakesPanicWithoutATest(t *testing.T) {
	t.Parallel()
	srv, err := welkintest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	for name, mistake := range map[string]func(){
		"timeout": func() { srv.Client(caremux.WithTimeout(-1)) },
		"Colour":  func() { srv.Fail(welkintest.Fault{Operation: "Patients.Colour"}) },
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(strings.ToLower(text), strings.ToLower(name)) {
					t.Errorf("%s: panic %q", name, text)
				}
			}()
			mistake()
		}()
	}
}
