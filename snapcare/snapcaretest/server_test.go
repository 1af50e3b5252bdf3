package snapcaretest_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/faketest"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
)

func TestSessions(t *testing.T) {
	srv, _ := setup(t)
	c := srv.Client(quick)
	call := func() {
		t.Helper()
		must(c.Hospitals.GetPatient(t.Context(), 126, srv.Patient().Number))(t)
	}
	call()
	call()
	if srv.Logins() != 1 {
		t.Errorf("%d logins", srv.Logins())
	}
	// A 401 can mean that the session has ended.
	srv.ExpireSessions()
	call()
	if srv.Logins() != 2 {
		t.Errorf("%d logins after the session ended", srv.Logins())
	}
	if err := c.Logout(t.Context()); err != nil {
		t.Error(err)
	}
	call()
	if srv.Logins() != 3 {
		t.Errorf("%d logins after a logout", srv.Logins())
	}
}

// TestSessionLifetime has fake time, so the server answers without a network.
func TestSessionLifetime(t *testing.T) {
	srv, _ := setup(t)
	synctest.Test(t, func(t *testing.T) {
		c := srv.Client(quick, caremux.WithTransport(snapcaretest.InProcess{Server: srv}))
		srv.SetSessionLifetime(time.Hour)
		must(c.Utility.ListTimeZones(t.Context()))(t)
		time.Sleep(50 * time.Minute)
		must(c.Utility.ListTimeZones(t.Context()))(t)
		if srv.Logins() != 1 || srv.Renewals() != 0 {
			t.Errorf("%d logins, %d renewals early", srv.Logins(), srv.Renewals())
		}
		time.Sleep(9*time.Minute + 30*time.Second)
		for range 3 {
			must(c.Utility.ListTimeZones(t.Context()))(t)
			synctest.Wait() // for what runs in the background
		}
		if srv.Logins() != 1 || srv.Renewals() != 1 {
			t.Errorf("%d logins, %d renewals near the end", srv.Logins(), srv.Renewals())
		}
		time.Sleep(time.Hour + time.Second)
		must(c.Utility.ListTimeZones(t.Context()))(t)
		if srv.Logins() != 2 || srv.Renewals() != 1 {
			t.Errorf("%d logins, %d renewals after the end", srv.Logins(), srv.Renewals())
		}
	})
}

func TestRenewal(t *testing.T) {
	srv, _ := setup(t)
	srv.SetSessionLifetime(time.Minute)
	good := srv.Credentials()
	for name, test := range map[string]struct {
		device string
		token  string
		status int
	}{
		"good":         {good.DeviceID, login(t, srv), 200},
		"other device": {"another", login(t, srv), 401},
		"no device":    {"", login(t, srv), 401},
		"other token":  {good.DeviceID, "other", 401},
	} {
		body := map[string]any{"hospitalId": good.HospitalID, "userTypeId": good.UserType, "email": good.Email,
			"accessToken": test.token, "deviceId": test.device}
		status, text := send(t, srv, "POST", "/v3/auth/user-sessions/renewal", "", body)
		if status != test.status {
			t.Errorf("%s: %d %s", name, status, text)
		}
		if again, _ := send(t, srv, "POST", "/v3/auth/user-sessions/renewal", "", body); again != 401 {
			t.Errorf("%s: a renewed session could be renewed: %d", name, again)
		}
	}
	if srv.Logins() != 3 || srv.Renewals() != 1 {
		t.Errorf("%d logins, %d renewals", srv.Logins(), srv.Renewals())
	}
}

func TestSessionsEnd(t *testing.T) {
	srv, _ := setup(t)
	token := login(t, srv)
	for _, want := range []int{200, 401} {
		if status, text := send(t, srv, "DELETE", "/v3/auth/user-sessions", token, nil); status != want {
			t.Errorf("%d %s", status, text)
		}
	}
}

func TestLoginsThatAreRefused(t *testing.T) {
	srv, _ := setup(t)
	for name, test := range map[string]struct {
		path   string
		body   map[string]any
		status int
	}{
		"v3":           {"/v3/auth/user-sessions", map[string]any{"password": "no"}, 401},
		"v3 hospital":  {"/v3/auth/user-sessions", map[string]any{"hospitalId": 1}, 401},
		"v2":           {"/v2/account/token", map[string]any{"password": "no"}, 404},
		"v2 user type": {"/v2/account/token", map[string]any{"userTypeId": 1}, 404},
		"v2 no email":  {"/v2/account/token", map[string]any{"email": ""}, 400},
		"v2 good":      {"/v2/account/token", nil, 200},
	} {
		good := srv.Credentials()
		body := map[string]any{"hospitalId": good.HospitalID, "userTypeId": good.UserType, "email": good.Email, "password": good.Password}
		for name, value := range test.body {
			body[name] = value
		}
		if status, text := send(t, srv, "POST", test.path, "", body); status != test.status ||
			status >= 400 && !strings.HasPrefix(text, `"`) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if srv.Logins() != 1 {
		t.Errorf("%d logins", srv.Logins())
	}
}

func TestSSO(t *testing.T) {
	srv, _ := setup(t)
	for _, test := range []struct {
		method, path string
		body         any
		status       int
	}{
		{"GET", "/v2/account/token?jwt=" + srv.SSOToken(), nil, 200},
		{"GET", "/v2/account/token?jwt=other", nil, 401},
		{"GET", "/v2/account/token?agentId=a&ssoToken=" + srv.SSOToken(), nil, 200},
		{"POST", "/v3/auth/user-sessions/sso", map[string]any{"hospitalId": 126, "jwt": srv.SSOToken()}, 200},
		{"POST", "/v3/auth/user-sessions/sso", map[string]any{"hospitalId": 126, "jwt": "other"}, 401},
	} {
		if status, text := send(t, srv, test.method, test.path, "", test.body); status != test.status {
			t.Errorf("%s %s: %d %s", test.method, test.path, status, text)
		}
	}
}

func TestWrongUser(t *testing.T) {
	srv, block := setup(t)
	c, p := srv.Client(quick), srv.PatientClient(quick)
	o := order(srv, block, morning(srv).Add(2*time.Hour))
	for _, c := range []*snapcare.Client{c, p} {
		must(c.Utility.ListTimeZones(t.Context()))(t) // shows that the token is good
	}
	for name, test := range map[string]struct {
		call    func() error
		message string
	}{
		"staff as patient": {func() error {
			_, err := c.Appointments.PatientCreate(t.Context(), o)
			return err
		}, "Only patients are authorized"},
		"patient as staff": {func() error {
			_, err := p.Appointments.AdminCreate(t.Context(), o)
			return err
		}, "Only clinicians are authorized"},
		"patient and block": {func() error {
			_, err := p.AvailabilityBlocks.Get(t.Context(), block)
			return err
		}, "Only clinicians are authorized"},
	} {
		err := test.call()
		var e *caremux.Error
		if !errors.Is(err, snapcare.ErrWrongUser) || !errors.As(err, &e) || !strings.Contains(e.Message, test.message) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if srv.Logins() > 2+3 {
		t.Errorf("%d logins: each operation is a reason for one other", srv.Logins())
	}
}

func TestDeveloperKey(t *testing.T) {
	srv, _ := setup(t)
	if status, _ := faketest.Send(t, "GET", srv.URL+"/v2/timezones", nil, "Authorization", "Bearer "+login(t, srv)); status != 401 {
		t.Errorf("status %d", status)
	}
}

func TestPeople(t *testing.T) {
	srv, _ := setup(t)
	c := srv.Client(quick)
	for range 4 {
		srv.AddPatient("Pat", "Added")
	}
	n := 0
	for p, err := range c.Hospitals.AllPatients(t.Context(), 126, &snapcare.HospitalsListPatientsParams{Take: new(2)}) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Person.Name.Given == "" {
			t.Errorf("%s", p.RawJSON())
		}
		n++
	}
	if n != 5 {
		t.Errorf("%d patients", n)
	}
	if page := must(c.Hospitals.ListClinicians(t.Context(), 126,
		&snapcare.HospitalsListCliniciansParams{Search: new("ivon")}))(t); len(page.Items) != 1 {
		t.Errorf("%d clinicians", len(page.Items))
	}
	if d := must(c.Hospitals.GetClinicianPerson(t.Context(), 126, 6653))(t); d.Person.ID != srv.Clinician().ID {
		t.Errorf("%s", d.RawJSON())
	}
	for name, err := range map[string]error{
		"patient":  func() error { _, err := c.Hospitals.GetPatient(t.Context(), 126, 1); return err }(),
		"hospital": func() error { _, err := c.Hospitals.GetPatient(t.Context(), 1, 25937); return err }(),
	} {
		if !errors.Is(err, caremux.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOtherOperations(t *testing.T) {
	for name, opts := range map[string][]snapcaretest.Option{"plain": nil, "with references": {snapcaretest.WithReferences()}} {
		t.Run(name, func(t *testing.T) {
			srv, _ := setup(t, opts...)
			c := srv.Client(quick)
			if p := must(c.Clinicians.Get(t.Context(), 6653))(t); len(p.Extra()) > 0 {
				t.Errorf("%s", p.RawJSON())
			}
			if page := must(c.Hospitals.ListLocations(t.Context()))(t); len(page.Items) == 0 {
				t.Error("no locations")
			}
			var r caremux.Response
			must(c.Clinicians.Get(t.Context(), 6653, caremux.WithResponse(&r)))(t)
			var envelope struct {
				Data  []any
				Total int
			}
			if err := json.Unmarshal(r.Body, &envelope); err != nil || len(envelope.Data) != 1 || envelope.Total != 1 {
				t.Errorf("%v: %s", err, r.Body)
			}
			guest := c.Participant(srv.ParticipantToken())
			if page := must(guest.Encounters.ListForParticipant(t.Context()))(t); len(page.Items) == 0 {
				t.Error("no consultations")
			}
			if _, err := c.Participant("other").Encounters.ListForParticipant(t.Context()); !errors.Is(err, caremux.ErrUnauthorized) {
				t.Error(err)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	srv, block := setup(t)
	c := srv.Client(quick)
	srv.Fail(snapcaretest.Fault{Status: 503}) // spares the login
	srv.Fail(snapcaretest.Fault{Operation: "Utility.ListTimeZones", Status: 503})
	must(c.Utility.ListTimeZones(t.Context()))(t)
	if n, logins := count(srv, "Utility.ListTimeZones"), count(srv, "Account.CreateSession"); n != 3 || logins != 1 {
		t.Errorf("%d requests, %d logins", n, logins)
	}
	srv.Fail(snapcaretest.Fault{Operation: "Appointments.AdminCreate", Status: 503, AfterWork: true, Times: -1})
	if _, err := c.Appointments.AdminCreate(t.Context(),
		order(srv, block, morning(srv).Add(2*time.Hour))); !errors.Is(err, caremux.ErrServer) {
		t.Error(err)
	}
	srv.ClearFaults()
	if n := count(srv, "Appointments.AdminCreate"); n != 1 {
		t.Errorf("%d bookings sent", n)
	}
	if page := must(c.Appointments.AdminList(t.Context(), nil))(t); len(page.Items) != 1 {
		t.Errorf("%d appointments", len(page.Items))
	}
}

func TestRequestsThatFitNothing(t *testing.T) {
	srv, _ := setup(t)
	if status, _ := send(t, srv, "GET", "/v9/nothing", "", nil); status != 404 || len(srv.Problems()) != 1 {
		t.Errorf("status %d, problems %v", status, srv.Problems())
	}
}

func TestWaysToLogIn(t *testing.T) {
	srv, _ := setup(t)
	for name, change := range map[string]func(c *snapcare.Credentials){
		"version 2": func(c *snapcare.Credentials) { c.UseV2Token = true },
		"SSO":       func(c *snapcare.Credentials) { c.Password, c.SSOJWT = "", srv.SSOToken() },
		"SSO of version 2": func(c *snapcare.Credentials) {
			c.Password, c.SSOJWT, c.UseV2Token = "", srv.SSOToken(), true
		},
		"Ping": func(c *snapcare.Credentials) { c.Password, c.PingToken, c.AgentID = "", srv.SSOToken(), "agent" },
	} {
		credentials := srv.Credentials()
		change(&credentials)
		c := must(snapcare.New(credentials, quick, caremux.WithBaseURL(srv.URL)))(t)
		if _, err := c.AvailabilityBlocks.List(t.Context(), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, secret := range []*string{&credentials.Password, &credentials.SSOJWT, &credentials.PingToken} {
			if *secret != "" {
				*secret += "wrong"
			}
		}
		c = must(snapcare.New(credentials, quick, caremux.WithBaseURL(srv.URL)))(t)
		if _, err := c.AvailabilityBlocks.List(t.Context(), nil); !errors.Is(err, caremux.ErrUnauthorized) ||
			errors.Is(err, caremux.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if srv.Logins() != 4 {
		t.Errorf("%d logins", srv.Logins())
	}
	if problems := srv.Problems(); problems != nil {
		t.Error(problems)
	}
}

func TestMistakesEndTheTest(t *testing.T) {
	t.Parallel()
	faketest.Mistakes(t, "snapcaretest", snapcaretest.NewServer, snapcaretest.Start, map[string]func(srv *snapcaretest.Server){
		"option":              func(srv *snapcaretest.Server) { srv.Client(caremux.WithTimeout(-1)) },
		"option of a patient": func(srv *snapcaretest.Server) { srv.PatientClient(caremux.WithTimeout(-1)) },
		"operation":           func(srv *snapcaretest.Server) { srv.Fail(snapcaretest.Fault{Operation: "Staff.Colour"}) },
		"clinician":           func(srv *snapcaretest.Server) { srv.AddBlock(srv.Patient(), time.Now(), time.Now()) },
	})
}
