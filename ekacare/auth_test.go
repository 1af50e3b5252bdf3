package ekacare_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

const (
	loginPath   = "/connect-auth/v1/account/login"
	refreshPath = "/connect-auth/v1/account/refresh-token"
)

// accounts is a vendor that logs in and refreshes: the n-th token is a<n>, its refresh token r<n>.
type accounts struct {
	mu        sync.Mutex
	n         int
	valid     map[string]bool // access tokens that are accepted
	expiresIn string
	refuse    map[string]int // path → status with which it is refused
	body      string         // of a call
}

func newAccounts() *accounts {
	return &accounts{valid: map[string]bool{}, expiresIn: "1800", refuse: map[string]int{}, body: anyRecord}
}

func (a *accounts) network() *network {
	return &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if status := a.refuse[r.URL.Path]; status != 0 {
			return reply(status, `{"code":`+fmt.Sprint(status)+`,"error":"refused"}`), nil
		}
		switch r.URL.Path {
		case loginPath, refreshPath:
			a.n++
			a.valid = map[string]bool{fmt.Sprintf("a%d", a.n): true}
			return reply(200, fmt.Sprintf(`{"access_token":"a%d","expires_in":%s,"refresh_token":"r%d","refresh_expires_in":86400}`,
				a.n, a.expiresIn, a.n)), nil
		}
		token := r.Header.Get("auth")
		if token == "" {
			token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		}
		if !a.valid[token] {
			return reply(401, `{"message":"Unauthorized"}`), nil
		}
		return reply(200, a.body), nil
	}}
}

func (a *accounts) revoke() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.valid = map[string]bool{}
}

func get(t *testing.T, c *ekacare.Client) error {
	_, err := c.Doctors.Get(t.Context(), "1")
	return err
}

func TestLoginSendsTheCredentials(t *testing.T) {
	for sharing, want := range map[string]string{
		"":          `{"client_id":"EC_1234","client_secret":"` + testSecret + `"}`,
		testSharing: `{"client_id":"EC_1234","client_secret":"` + testSecret + `","sharing_key":"` + testSharing + `"}`,
	} {
		nw := newAccounts().network()
		with := credentials
		with.SharingKey = sharing
		c := nw.login(t, with)
		for range 2 {
			if err := get(t, c); err != nil {
				t.Fatal(err)
			}
		}
		sent := nw.requests()
		if len(sent) != 3 || sent[0].path != loginPath || sent[0].method != "POST" || sent[0].body != want {
			t.Fatalf("sent %+v", sent)
		}
		if h := sent[0].header; h.Get("Authorization") != "" || h.Get("auth") != "" {
			t.Errorf("the login has a token: %v", h)
		}
		if h := sent[2].header; h.Get("Authorization")+h.Get("auth") == "" {
			t.Errorf("the call has no token: %v", h)
		}
	}
}

func TestEachOperationCarriesTheTokenAsDocumented(t *testing.T) {
	calls := []struct {
		name string
		call func(context.Context, *ekacare.Client) error
		// headers that carry the token by default
		auth, bearer, agent bool
	}{
		{"Appointments.Get", func(ctx context.Context, c *ekacare.Client) error {
			_, err := c.Appointments.Get(ctx, "1", nil)
			return err
		}, true, false, false},
		{"Assessments.Start", func(ctx context.Context, c *ekacare.Client) error {
			_, err := c.Assessments.Start(ctx, "1")
			return err
		}, true, false, false},
		{"Appointments.List", func(ctx context.Context, c *ekacare.Client) error {
			_, err := c.Appointments.List(ctx, &ekacare.AppointmentsListParams{PatientID: new("1")})
			return err
		}, false, true, false},
		{"Records.Get", func(ctx context.Context, c *ekacare.Client) error {
			_, err := c.Records.Get(ctx, "1", ekacare.WithPatient("oid-1"))
			return err
		}, false, true, false},
		{"MedAssist.GetSession", func(ctx context.Context, c *ekacare.Client) error {
			_, err := c.MedAssist.GetSession(ctx, "1")
			return err
		}, false, false, true},
		{"Network.GetInfo", func(ctx context.Context, c *ekacare.Client) error {
			_, err := c.Network.GetInfo(ctx)
			return err
		}, false, false, false},
		{"Do", func(ctx context.Context, c *ekacare.Client) error {
			return c.Do(ctx, "GET", "/new/v1/thing", nil, nil, nil)
		}, true, true, false},
		{"Do of an agent", func(ctx context.Context, c *ekacare.Client) error {
			return c.Do(ctx, "GET", "/med-assist/thing", nil, nil, nil)
		}, false, false, true},
	}
	for _, way := range []ekacare.TokenHeader{
		ekacare.TokenHeaderDocumented, ekacare.TokenHeaderAuth, ekacare.TokenHeaderBearer, ekacare.TokenHeaderBoth,
	} {
		for _, call := range calls {
			t.Run(string(way)+"/"+call.name, func(t *testing.T) {
				nw := always(200, anyRecord)
				with := credentials
				with.TokenHeader = way
				c := nw.login(t, with, caremux.WithTokenSource(caremux.StaticToken("tok")))
				if err := call.call(t.Context(), c); err != nil {
					t.Log(err) // the answer is none of the documented; the request counts
				}
				var auth, bearer, agent string
				if call.agent {
					agent = "agent-7"
				}
				carried := call.auth || call.bearer
				if call.auth && way == "" || carried && (way == ekacare.TokenHeaderAuth || way == ekacare.TokenHeaderBoth) {
					auth = "tok"
				}
				if call.bearer && way == "" || carried && (way == ekacare.TokenHeaderBearer || way == ekacare.TokenHeaderBoth) {
					bearer = "Bearer tok"
				}
				h := nw.requests()[0].header
				if h.Get("auth") != auth || h.Get("Authorization") != bearer || h.Get("x-agent-id") != agent {
					t.Errorf("sent auth %q, Authorization %q, x-agent-id %q", h.Get("auth"), h.Get("Authorization"), h.Get("x-agent-id"))
				}
			})
		}
	}
}

func TestAgentNeedsNoLogin(t *testing.T) {
	nw := always(200, `{"session_id":"s"}`)
	c := nw.login(t, ekacare.Credentials{AgentID: "agent-7"})
	if _, err := c.MedAssist.GetSession(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	var argument *caremux.ArgumentError
	if err := get(t, c); len(nw.requests()) != 1 || !errors.As(err, &argument) {
		t.Errorf("error %v after %d requests", err, len(nw.requests()))
	}
}

func TestTokenIsRefreshedBeforeItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nw := newAccounts().network()
		c := nw.login(t, credentials)
		for _, wait := range []time.Duration{0, 28 * time.Minute, 2 * time.Minute, 30 * time.Minute} {
			time.Sleep(wait)
			if err := get(t, c); err != nil {
				t.Fatal(err)
			}
		}
		if nw.to(loginPath) != 1 || nw.to(refreshPath) != 2 || len(nw.requests()) != 7 {
			t.Fatalf("sent %+v", nw.requests())
		}
		r := nw.requests()[3]
		if r.path != refreshPath || r.header.Get("Authorization") != "Bearer a1" ||
			r.header.Get("Client-Id") != "EC_1234" || r.header.Get("auth") != "" {
			t.Errorf("sent %s %v", r.path, r.header)
		}
		if want := `{"access_token":"a1","refresh_token":"r1"}`; r.body != want {
			t.Errorf("refresh body %s, want %s", r.body, want)
		}
		if second := nw.requests()[5]; second.body != `{"access_token":"a2","refresh_token":"r2"}` {
			t.Errorf("second refresh body %s", second.body)
		}
	})
}

func TestRefusedRefreshFallsBackToLoginOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAccounts()
		nw := a.network()
		c := nw.login(t, credentials)
		if err := get(t, c); err != nil {
			t.Fatal(err)
		}
		for _, status := range []int{401, 400, 403, 500} {
			a.refuse[refreshPath] = status
			a.revoke()
			before := nw.to(loginPath)
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					if err := get(t, c); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if n := nw.to(loginPath) - before; n != 1 {
				t.Errorf("%d logins after a refresh that was refused with %d", n, status)
			}
			time.Sleep(2 * time.Minute)
		}
	})
}

func TestRefreshTokenThatHasExpiredIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nw := newAccounts().network()
		c := nw.login(t, credentials)
		if err := get(t, c); err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Hour)
		if err := get(t, c); err != nil || nw.to(refreshPath) != 0 || nw.to(loginPath) != 2 {
			t.Errorf("error %v, %d refreshes, %d logins", err, nw.to(refreshPath), nw.to(loginPath))
		}
	})
}

func TestRefusedLoginIsOneClearErrorAndNoStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAccounts()
		a.refuse[loginPath] = 401
		nw := a.network()
		c := nw.login(t, credentials)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				err := get(t, c)
				if e := wantError(t, err, 401); e.Operation != "Auth.Login" || e.Message != "refused" ||
					!errors.Is(err, caremux.ErrUnauthorized) {
					t.Errorf("error %v", err)
				}
			})
		}
		wg.Wait()
		for range 50 {
			wantError(t, get(t, c), 401)
		}
		if n := len(nw.requests()); n != 2 {
			t.Errorf("%d requests for a login that is refused", n)
		}
	})
}

func TestRefusedTokenIsRenewedOnceAndThenGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAccounts()
		nw := a.network()
		c := nw.login(t, credentials)
		if err := get(t, c); err != nil {
			t.Fatal(err)
		}
		a.refuse["/dr/v1/doctor/1"] = 401
		before := len(nw.requests())
		wantError(t, get(t, c), 401)
		if n := len(nw.requests()) - before; n != 3 || nw.to(refreshPath) != 1 {
			t.Errorf("%d requests, %d refreshes: %+v", n, nw.to(refreshPath), nw.requests()[before:])
		}
	})
}

func TestExpiryThatMakesNoSense(t *testing.T) {
	for expires, want := range map[string]string{
		`0`: "expires_in is not above zero", `-5`: "expires_in is not above zero", `null`: "no number of seconds",
		`"soon"`: "no number of seconds", `{}`: "no number of seconds", `1.5`: "no number of seconds",
	} {
		a := newAccounts()
		a.expiresIn = expires
		nw := a.network()
		err := get(t, nw.login(t, credentials))
		e := wantError(t, err, 0)
		if !strings.Contains(err.Error(), want) || e.Operation != "Auth.Login" || !errors.Is(err, caremux.ErrUnauthorized) {
			t.Errorf("expires_in %s: error %v", expires, err)
		}
	}
	t.Run("huge", func(t *testing.T) {
		a := newAccounts()
		a.expiresIn = "9223372036854775807"
		nw := a.network()
		c := nw.login(t, credentials)
		if err := errors.Join(get(t, c), get(t, c)); err != nil || len(nw.requests()) != 3 {
			t.Errorf("error %v, %d requests", err, len(nw.requests()))
		}
	})
	t.Run("no token", func(t *testing.T) {
		nw := always(200, `{"expires_in":1800}`)
		if err := get(t, nw.login(t, credentials)); err == nil || !strings.Contains(err.Error(), "no access token") {
			t.Errorf("error %v", err)
		}
	})
}

func TestOIDCUserIsVerifiedAndRefreshed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		refuse := false
		nw := &network{}
		nw.answer = func(r *http.Request, _ int) (*http.Response, error) {
			if !strings.Contains(r.URL.Path, "/oidc-client/") {
				return reply(200, anyRecord), nil
			}
			if refuse && strings.HasSuffix(r.URL.Path, "/refresh") {
				return reply(401, `{}`), nil
			}
			n++
			return reply(200,
				fmt.Sprintf(`{"access_token":"u%d","refresh_token":"v%d","expires_in":600,"refresh_token_expires_in":6000}`, n, n)), nil
		}
		asked := 0
		source, err := ekacare.NewOIDCTokenSource(ekacare.OIDCUser{ClientID: "cl 1", Environment: ekacare.Sandbox,
			IDToken: func(context.Context) (string, error) {
				asked++
				return fmt.Sprintf("id%d", asked), nil
			}}, caremux.WithTransport(nw))
		if err != nil {
			t.Fatal(err)
		}
		c := nw.login(t, ekacare.Credentials{Environment: ekacare.Sandbox}, caremux.WithTokenSource(source))
		for range 2 {
			if err := get(t, c); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Minute)
		}
		refuse = true
		if err := get(t, c); err != nil {
			t.Fatal(err)
		}
		var sent []string
		for _, r := range nw.requests() {
			if strings.Contains(r.path, "oidc") {
				sent = append(sent, r.host+r.path+" "+r.body)
			}
		}
		const base = "api.dev.eka.care/connect-auth/v1/oidc-client/cl%201/"
		want := []string{
			base + `verify {"id_token":"id1"}`,
			base + `refresh {"access_token":"u1","refresh_token":"v1"}`,
			base + `refresh {"access_token":"u2","refresh_token":"v2"}`,
			base + `verify {"id_token":"id2"}`,
		}
		if strings.Join(sent, "\n") != strings.Join(want, "\n") {
			t.Errorf("sent\n%s\nwant\n%s", strings.Join(sent, "\n"), strings.Join(want, "\n"))
		}
		for name, user := range map[string]ekacare.OIDCUser{
			"ClientID": {IDToken: func(context.Context) (string, error) { return "", nil }}, "IDToken": {ClientID: "c"},
			"Environment": {ClientID: "c", IDToken: func(context.Context) (string, error) { return "", nil }, Environment: "moon"},
		} {
			var argument *caremux.ArgumentError
			if _, err := ekacare.NewOIDCTokenSource(user); !errors.As(err, &argument) || argument.Field != "OIDCUser."+name {
				t.Errorf("%s: error %v", name, err)
			}
		}
	})
}

func TestTokenStoreKeepsWorkspacesApart(t *testing.T) {
	nw := newAccounts().network()
	store := caremux.NewMemoryTokenStore()
	other := credentials
	other.SharingKey = testSharing
	for _, with := range []ekacare.Credentials{credentials, other} {
		if err := get(t, nw.login(t, with, caremux.WithTokenStore(store))); err != nil {
			t.Fatal(err)
		}
	}
	if n := nw.to(loginPath); n != 2 {
		t.Errorf("%d logins", n)
	}
}

func TestCredentialsAreChecked(t *testing.T) {
	for field, bad := range map[string]ekacare.Credentials{
		"Credentials.ClientID":     {ClientSecret: "s"},
		"Credentials.ClientSecret": {ClientID: "c"},
		"Credentials.AgentID":      {ClientID: "c", ClientSecret: "s", AgentID: "a\nb"},
		"Credentials.Environment":  {ClientID: "c", ClientSecret: "s", Environment: "moon"},
		"Credentials.TokenHeader":  {ClientID: "c", ClientSecret: "s", TokenHeader: "cookie"},
	} {
		var argument *caremux.ArgumentError
		if _, err := ekacare.New(bad); !errors.As(err, &argument) || argument.Field != field {
			t.Errorf("%s: error %v", field, err)
		}
	}
	with := credentials
	with.SharingKey = testSharing
	c := always(200, anyRecord).login(t, with)
	for _, v := range []any{with, &with, c, *c, c.For(ekacare.Identity{PatientID: "p"}), with.LogValue()} {
		for _, secret := range []string{testSecret, testSharing, fmt.Sprintf("%x", testSecret)} {
			if text := printed(v); strings.Contains(text, secret) {
				t.Errorf("%T shows %s: %s", v, secret, text)
			}
		}
	}
}

func TestNewFromEnv(t *testing.T) {
	for name, tc := range map[string]struct {
		env  map[string]string
		host string // "" for an error
	}{
		"production by default": {map[string]string{"EKA_CLIENT_ID": "c", "EKA_CLIENT_SECRET": "s"}, "api.eka.care"},
		"sandbox": {
			map[string]string{"EKA_CLIENT_ID": "c", "EKA_CLIENT_SECRET": "s", "EKA_ENVIRONMENT": "sandbox"}, "api.dev.eka.care",
		},
		"base URL": {map[string]string{
			"EKA_CLIENT_ID": "c", "EKA_CLIENT_SECRET": "s", "EKA_BASE_URL": "https://proxy.example/eka",
		}, "proxy.example"},
		"no id":           {map[string]string{"EKA_CLIENT_SECRET": "s"}, ""},
		"no secret":       {map[string]string{"EKA_CLIENT_ID": "c"}, ""},
		"odd environment": {map[string]string{"EKA_CLIENT_ID": "c", "EKA_CLIENT_SECRET": "s", "EKA_ENVIRONMENT": "moon"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, v := range []string{"EKA_CLIENT_ID", "EKA_CLIENT_SECRET", "EKA_SHARING_KEY", "EKA_ENVIRONMENT", "EKA_BASE_URL"} {
				t.Setenv(v, tc.env[v])
			}
			nw := newAccounts().network()
			c, err := ekacare.NewFromEnv(caremux.WithTransport(nw))
			if (err == nil) != (tc.host != "") {
				t.Fatalf("error %v", err)
			}
			if err != nil {
				return
			}
			if err := get(t, c); tc.env["EKA_BASE_URL"] == "" && err != nil {
				t.Fatal(err)
			}
			if host := nw.requests()[0].host; host != tc.host {
				t.Errorf("sent to %s", host)
			}
			if want := ekacare.Environment(tc.env["EKA_ENVIRONMENT"]); want != "" && c.Environment() != want || c.Environment() == "" {
				t.Errorf("environment %q", c.Environment())
			}
		})
	}
}

// TestTokensThatExpireInTheMiddleOfAList revokes the access token at page 10, and at page 20 the refresh token too.
func TestTokensThatExpireInTheMiddleOfAList(t *testing.T) {
	a := newAccounts()
	inner := a.network().answer
	nw := &network{}
	revoked := map[string]bool{}
	nw.answer = func(r *http.Request, n int) (*http.Response, error) {
		page := r.URL.Query().Get("page_no")
		if (page == "10" || page == "20") && !revoked[page] {
			revoked[page] = true
			a.revoke()
			if page == "20" {
				a.refuse[refreshPath] = 401
			}
		}
		resp, err := inner(r, n)
		if resp.StatusCode == 200 && r.URL.Path == "/dr/v1/appointment" {
			if page == "30" {
				return reply(200, `{"appointments":[]}`), nil
			}
			return reply(200, `{"appointments":[{"appointment_id":"x`+page+`"},{"appointment_id":"y`+page+`"}]}`), nil
		}
		return resp, err
	}
	ids := map[string]bool{}
	for appointment, err := range nw.login(t, credentials).Appointments.All(t.Context(),
		&ekacare.AppointmentsListParams{PatientID: new("p")}) {
		if err != nil {
			t.Fatal(err)
		}
		ids[string(appointment.RawJSON())] = true
	}
	if len(ids) != 60 || nw.to(loginPath) != 2 || nw.to(refreshPath) != 2 {
		t.Errorf("%d appointments, %d logins, %d refreshes", len(ids), nw.to(loginPath), nw.to(refreshPath))
	}
}
