package ekacare_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// busyPatient fills a fake with n appointments of one patient and returns the filter that finds them, 20 a page.
func busyPatient(t *testing.T, n int) (*ekacaretest.Server, *ekacare.AppointmentsListParams) {
	t.Helper()
	srv := ekacaretest.NewServer(t)
	start := time.Date(2026, time.January, 5, 4, 0, 0, 0, time.UTC)
	for i := range n {
		srv.AddAppointment(srv.Doctor(), srv.Clinic(), srv.Patient(), start.Add(time.Duration(i)*time.Hour))
	}
	return srv, &ekacare.AppointmentsListParams{PatientID: new(srv.Patient().ID)}
}

// sentTo counts what reached an operation of the fake.
func sentTo(srv *ekacaretest.Server, operation string) int {
	n := 0
	for _, r := range srv.Requests() {
		if r.Operation == operation {
			n++
		}
	}
	return n
}

// TestExpiredTokensInTheMiddleOfThirtyPages lets the access token expire at one page, and both tokens at a later one. It counts how
// often each appointment comes, with the next page fetched on demand and ahead.
func TestExpiredTokensInTheMiddleOfThirtyPages(t *testing.T) {
	const perPage, pages = 20, 30
	for name, opts := range map[string][]caremux.RequestOption{"on demand": nil, "ahead": {caremux.WithPrefetch(1)}} {
		t.Run(name, func(t *testing.T) {
			srv, params := busyPatient(t, perPage*pages)
			got, n := map[string]int{}, 0
			for a, err := range srv.Client().Appointments.All(t.Context(), params, opts...) {
				if err != nil {
					t.Fatal(err)
				}
				got[a.AppointmentID]++
				switch n++; n {
				case 10 * perPage:
					srv.ExpireAccessTokens()
				case 20 * perPage:
					srv.ExpireTokens()
				}
			}
			if n != perPage*pages || len(got) != n {
				t.Errorf("%d appointments came, %d of them different, of %d", n, len(got), perPage*pages)
			}
			if srv.Logins() != 2 || srv.Refreshes() != 1 || sentTo(srv, "Auth.Login") != 2 || sentTo(srv, "Auth.Refresh") != 2 {
				t.Errorf("%d logins, %d refreshes; sent %d and %d", srv.Logins(), srv.Refreshes(),
					sentTo(srv, "Auth.Login"), sentTo(srv, "Auth.Refresh"))
			}
			if calls := sentTo(srv, "Appointments.List"); calls != pages+1+2 { // the empty page at the end, and two that were refused
				t.Errorf("%d pages asked for", calls)
			}
		})
	}
}

func TestManyListsShareTheRenewal(t *testing.T) {
	srv, params := busyPatient(t, 100)
	c := srv.Client()
	list := func() {
		t.Helper()
		n := 0
		for _, err := range c.Appointments.All(t.Context(), params) {
			if err != nil {
				t.Error(err)
				return
			}
			n++
		}
		if n != 100 {
			t.Errorf("%d appointments", n)
		}
	}
	list()
	for step, test := range []struct {
		expire            func()
		logins, refreshes int
	}{{srv.ExpireAccessTokens, 1, 1}, {srv.ExpireTokens, 2, 1}} {
		test.expire()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(list)
		}
		wg.Wait()
		if srv.Logins() != test.logins || srv.Refreshes() != test.refreshes || sentTo(srv, "Auth.Refresh") != step+1 {
			t.Errorf("%d logins, %d refreshes, %d sent", srv.Logins(), srv.Refreshes(), sentTo(srv, "Auth.Refresh"))
		}
	}
}

// TestARefusedLoginInTheMiddleOfAList disables the client after ten pages: the list ends with one error that names the login, and
// the lists that run beside it and after it do not pile up logins.
func TestARefusedLoginInTheMiddleOfAList(t *testing.T) {
	srv, params := busyPatient(t, 600)
	c := srv.Client()
	n, failures := 0, 0
	for _, err := range c.Appointments.All(t.Context(), params) {
		if err != nil {
			failures++
			e := wantError(t, err, http.StatusForbidden)
			if e.Operation != "Auth.Login" || e.Message != "The client is disabled" || e.MaybeApplied() {
				t.Errorf("%v: %q", err, e.Message)
			}
			continue
		}
		if n++; n == 200 {
			srv.DisableClient()
		}
	}
	if n != 200 || failures != 1 {
		t.Errorf("%d appointments and %d errors", n, failures)
	}
	before := sentTo(srv, "Auth.Login") // a second refusal is remembered for a minute, whoever asks
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for _, err := range c.Appointments.All(t.Context(), params) {
				if !errors.Is(err, caremux.ErrForbidden) {
					t.Errorf("error %v", err)
				}
			}
		})
	}
	wg.Wait()
	if after := sentTo(srv, "Auth.Login"); before != 2 || after != 3 || sentTo(srv, "Auth.Refresh") != 1 {
		t.Errorf("%d logins sent, then %d; %d refreshes", before, after, sentTo(srv, "Auth.Refresh"))
	}
	if pages := sentTo(srv, "Appointments.List"); pages != 11+50 { // each list asks once with the token that may still be good
		t.Errorf("%d pages asked for", pages)
	}
}
