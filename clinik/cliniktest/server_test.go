package cliniktest_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
	"github.com/caremux/caremux/internal/proof/faketest"
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
	page := must(c.Patients.Search(t.Context(), nil))(t)
	if *page.Total != 21 {
		t.Errorf("%d patients", *page.Total)
	}
}

func TestMistakesEndTheTest(t *testing.T) {
	t.Parallel()
	faketest.Mistakes(t, "cliniktest", cliniktest.NewServer, cliniktest.Start, map[string]func(srv *cliniktest.Server){
		"option":               func(srv *cliniktest.Server) { srv.Client(caremux.WithTimeout(-1)) },
		"operation of a fault": func(srv *cliniktest.Server) { srv.Fail(cliniktest.Fault{Operation: "Patients.Colour"}) },
		"operation":            func(srv *cliniktest.Server) { srv.MixOutcome("Patients.Colours", true) },
	})
	if _, err := cliniktest.NewServer(t).NewClient(caremux.WithTimeout(-1)); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("a bad option gives %v", err)
	}
}
