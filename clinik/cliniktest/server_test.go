package cliniktest_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
)

var errAny = errors.New("any error")

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault   cliniktest.Fault
		want    error // of the create, nil for success
		applied bool  // what the error says about the effect
		created int
		sent    int
	}{
		"500 of a create":      {cliniktest.Fault{Status: 500}, caremux.ErrServer, true, 0, 1},
		"500 after the work":   {cliniktest.Fault{Status: 500, AfterWork: true}, caremux.ErrServer, true, 1, 1},
		"429":                  {cliniktest.Fault{Status: 429}, nil, false, 1, 2},
		"503 with Retry-After": {cliniktest.Fault{Status: 503, Header: map[string][]string{"Retry-After": {"0"}}}, nil, false, 1, 2},
		"reset":                {cliniktest.Fault{Operation: "Patients.Create", Reset: true}, errAny, true, 0, 1},
		"reset after the work": {cliniktest.Fault{Operation: "Patients.Create", Reset: true, AfterWork: true}, errAny, true, 1, 1},
		"answer cut off":       {cliniktest.Fault{Operation: "Patients.Create", CutBody: true}, caremux.ErrUnreadable, true, 1, 1},
		"delay":                {cliniktest.Fault{Operation: "Patients.Create", Delay: 5 * time.Millisecond}, nil, false, 1, 1},
		"of another operation": {cliniktest.Fault{Operation: "Patients.Search", Status: 500, Times: 2}, nil, false, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := setup(t)
			srv.Fail(test.fault)
			_, err := c.Patients.Create(t.Context(), &clinik.PatientCreate{FirstName: "A", LastName: "B"})
			if test.want == errAny {
				if err == nil {
					t.Error("no error")
				}
			} else if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			var e *caremux.Error
			if errors.As(err, &e) && e.MaybeApplied() != test.applied {
				t.Errorf("MaybeApplied is %v", e.MaybeApplied())
			}
			if got := count(srv, "Patients.Create"); got != test.sent {
				t.Errorf("sent %d times, want %d", got, test.sent)
			}
			if got := found(t, c); got != test.created { // a read is repeated whatever happened
				t.Errorf("%d patients, want %d", got, test.created)
			}
		})
	}
}

func TestFaultBodyIsClinikAPIs(t *testing.T) {
	srv, c := setup(t)
	srv.Fail(cliniktest.Fault{Status: 400})
	var r caremux.Response
	_, err := c.Patients.Search(t.Context(), nil, caremux.WithResponse(&r))
	wantCode(t, err, caremux.ErrInvalid, "FAULT")
	if r.RequestID == "" {
		t.Error("no request id")
	}
	srv.Fail(cliniktest.Fault{Status: 502, Body: []byte("<html>"), Times: -1})
	var e *caremux.Error
	if _, err = c.Patients.Search(t.Context(), nil); !errors.As(err, &e) || e.Status != 502 || e.Attempts < 2 {
		t.Error(err)
	}
	srv.ClearFaults()
	found(t, c)
}

func TestRequests(t *testing.T) {
	srv, c := setup(t)
	newPatient(t, c)
	requests := srv.Requests()
	if len(requests) != 1 {
		t.Fatalf("requests %v", requests)
	}
	r := requests[0]
	if r.Operation != "Patients.Create" || r.Method != "POST" || r.Path != "/v1/patients" ||
		string(r.Body) != `{"firstName":"Charlie","lastName":"Taylor"}` || r.Header.Get("X-Api-Key") != srv.Key() {
		t.Errorf("request %+v", r)
	}
}

func TestConcurrentUse(t *testing.T) {
	srv, c := setup(t, cliniktest.WithLag(3))
	patient := srv.AddPatients(1)[0]
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.Patients.Update(t.Context(), patient, &clinik.PatientUpdate{Phone: new("1")}); err != nil {
				t.Error(err)
			}
			if _, err := c.Patients.Create(t.Context(), &clinik.PatientCreate{FirstName: "A", LastName: "B"}); err != nil {
				t.Error(err)
			}
			if _, err := c.Patients.Search(t.Context(), nil); err != nil {
				t.Error(err)
			}
			srv.Requests()
		})
	}
	wg.Wait()
	srv.AdvanceIndex()
	page := must[*caremux.Page[clinik.Patient]](t)(c.Patients.Search(t.Context(), nil))
	if *page.Total != 21 {
		t.Errorf("%d patients", *page.Total)
	}
}

// stopped is a test that notes its end instead of ending.
type stopped struct {
	testing.TB
	said int
}

func (s *stopped) Helper()          {}
func (s *stopped) Cleanup(f func()) { s.TB.Cleanup(f) }
func (s *stopped) Fatal(...any)     { s.said++ }

func TestMistakesEndTheTest(t *testing.T) {
	t.Parallel()
	spy := &stopped{TB: t}
	srv := cliniktest.NewServer(spy)
	srv.Client(caremux.WithTimeout(-1))
	srv.Fail(cliniktest.Fault{Operation: "Patients.Colour"})
	srv.AnswerFHIR("Patients.Colour", true)
	if spy.said != 3 {
		t.Errorf("%d ends", spy.said)
	}
}

func TestMistakesPanicWithoutATest(t *testing.T) {
	t.Parallel()
	srv, err := cliniktest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	for name, mistake := range map[string]func(){
		"timeout": func() { srv.Client(caremux.WithTimeout(-1)) },
		"Colour":  func() { srv.Fail(cliniktest.Fault{Operation: "Patients.Colour"}) },
		"colours": func() { srv.MixOutcome("Patients.Colours", true) },
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
	if _, err := srv.NewClient(caremux.WithTimeout(-1)); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("a bad option gives %v", err)
	}
}
