package welkintest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault   welkintest.Fault
		want    error // of the create, nil for success
		applied bool  // what the error says about the effect
		created int
		sent    int
	}{
		"500 of a create":          {welkintest.Fault{Status: 500}, caremux.ErrServer, true, 0, 1},
		"500 after the work":       {welkintest.Fault{Status: 500, AfterWork: true}, caremux.ErrServer, true, 1, 1},
		"429":                      {welkintest.Fault{Status: 429}, nil, false, 1, 2},
		"503 with Retry-After":     {welkintest.Fault{Status: 503, Header: map[string][]string{"Retry-After": {"0"}}}, nil, false, 1, 2},
		"reset":                    {welkintest.Fault{Operation: "Patients.Create", Reset: true}, errAny, true, 0, 1},
		"reset after the work":     {welkintest.Fault{Operation: "Patients.Create", Reset: true, AfterWork: true}, errAny, true, 1, 1},
		"answer cut off":           {welkintest.Fault{Operation: "Patients.Create", CutBody: true}, caremux.ErrUnreadable, true, 1, 1},
		"delay":                    {welkintest.Fault{Operation: "Patients.Create", Delay: 5 * time.Millisecond}, nil, false, 1, 1},
		"of the login":             {welkintest.Fault{Operation: "APIClients.CreateToken", Status: 500}, nil, false, 1, 1},
		"of another, not reaching": {welkintest.Fault{Operation: "Patients.List", Status: 500, Times: 2}, nil, false, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := setup(t)
			srv.Fail(test.fault)
			_, err := c.Patients.Create(t.Context(), &welkin.PatientCreate{FirstName: "A", LastName: "B"})
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
			page, err := c.Patients.List(t.Context(), nil) // a read is repeated whatever happened
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Items) != test.created {
				t.Errorf("%d patients, want %d", len(page.Items), test.created)
			}
		})
	}
}

var errAny = errors.New("any error")

func TestFaultBodyIsWelkins(t *testing.T) {
	srv, c := setup(t)
	srv.Fail(welkintest.Fault{Status: 400})
	_, err := c.Patients.List(t.Context(), nil)
	wantCode(t, err, caremux.ErrInvalid, "FAULT")
	srv.Fail(welkintest.Fault{Status: 502, Body: []byte("<html>"), Times: -1})
	var e *caremux.Error
	if _, err = c.Patients.List(t.Context(), nil); !errors.As(err, &e) || e.Status != 502 || e.Attempts < 2 {
		t.Error(err)
	}
	srv.ClearFaults()
	if _, err = c.Patients.List(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestStallEndsWithTheCall(t *testing.T) {
	srv, c := setup(t)
	srv.Fail(welkintest.Fault{Operation: "Patients.List", Stall: true, Times: -1})
	_, err := c.Patients.List(t.Context(), nil, caremux.WithCallTimeout(50*time.Millisecond))
	if err == nil || !strings.Contains(err.Error(), "timed out") {
		t.Error(err)
	}
}

func TestInvalidRequestsAreReported(t *testing.T) {
	srv, c := setup(t)
	_, err := c.Patients.List(t.Context(), nil, caremux.WithQuery("colour", "red"))
	wantCode(t, err, caremux.ErrInvalid, "INVALID_REQUEST")
	err = c.Do(t.Context(), "POST", "/{tenant}/{instance}/patients", nil, map[string]any{
		"firstName": "A", "lastName": "B", "colour": "red",
	}, nil)
	wantCode(t, err, caremux.ErrInvalid, "INVALID_REQUEST")
	err = c.Do(t.Context(), "GET", "/{tenant}/{instance}/colours", nil, nil, nil)
	wantCode(t, err, caremux.ErrNotFound, "NOT_FOUND")
	problems := srv.Problems()
	if len(problems) != 3 {
		t.Fatalf("problems %v", problems)
	}
	for i, want := range []string{`Patients_List: query parameter "colour"`, `Patients_Create: field "colour"`, `/colours`} {
		if !strings.Contains(problems[i].Error(), want) {
			t.Errorf("problem %v, want %s", problems[i], want)
		}
	}
}

func TestRequests(t *testing.T) {
	srv, c := setup(t)
	if _, err := c.Patients.Create(t.Context(), &welkin.PatientCreate{FirstName: "A", LastName: "B"}); err != nil {
		t.Fatal(err)
	}
	requests := srv.Requests()
	if len(requests) != 2 || requests[0].Operation != "APIClients.CreateToken" {
		t.Fatalf("requests %v", requests)
	}
	r := requests[1]
	if r.Operation != "Patients.Create" || r.Method != "POST" || r.Path != "/gh/sb-demo/patients" ||
		string(r.Body) != `{"firstName":"A","lastName":"B"}` || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		t.Errorf("request %+v", r)
	}
}

func TestOtherOperationsAnswerToo(t *testing.T) {
	_, c := setup(t)
	page, err := c.DataAudit.List(t.Context(), nil)
	if err != nil || len(page.Items) != 2 || page.HasNext() {
		t.Errorf("%v, %v", page, err)
	}
}
