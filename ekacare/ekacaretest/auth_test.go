package ekacaretest_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

func read(t *testing.T, srv *ekacaretest.Server, c *ekacare.Client) error {
	t.Helper()
	_, err := c.Doctors.Get(t.Context(), srv.Doctor().ID)
	return err
}

func TestTokensExpireOnCommand(t *testing.T) {
	srv, c := setup(t)
	for i, test := range []struct {
		expire            func()
		logins, refreshes int
	}{
		{func() {}, 1, 0},
		{func() {}, 1, 0},
		{srv.ExpireAccessTokens, 1, 1},
		{srv.ExpireTokens, 2, 1},
		{srv.ExpireRefreshTokens, 2, 1},
		{srv.ExpireAccessTokens, 2, 2},
	} {
		test.expire()
		if i == 4 {
			srv.ExpireAccessTokens()
			test.logins, test.refreshes = 3, 1
		}
		if i == 5 {
			test.logins = 3
		}
		if err := read(t, srv, c); err != nil {
			t.Fatal(err)
		}
		if srv.Logins() != test.logins || srv.Refreshes() != test.refreshes {
			t.Errorf("step %d: %d logins and %d refreshes, want %d and %d", i, srv.Logins(), srv.Refreshes(), test.logins, test.refreshes)
		}
	}
}

func TestLifetimesAreToldAndKept(t *testing.T) {
	srv, _ := setup(t)
	c := srv.Credentials()
	credentials := object{"client_id": c.ClientID, "client_secret": c.ClientSecret}
	path := "/dr/v1/doctor/" + srv.Doctor().ID
	for _, test := range []struct {
		access, refresh     time.Duration
		callable, renewable int
	}{{2 * time.Minute, time.Hour, 200, 200}, {time.Nanosecond, time.Hour, 401, 200}, {time.Minute, time.Nanosecond, 200, 401}} {
		srv.SetTokenLifetimes(test.access, test.refresh)
		answer := login(t, srv, credentials)
		if answer.ExpiresIn != int(test.access.Seconds()) || answer.RefreshExpiresIn != int(test.refresh.Seconds()) {
			t.Errorf("%+v", answer)
		}
		for _, header := range [][]string{{"Auth", answer.AccessToken}, {"Authorization", "Bearer " + answer.AccessToken}} {
			if status, _ := send(t, srv, "GET", path, nil, header...); status != test.callable {
				t.Errorf("%v: status %d", test, status)
			}
		}
		if status, _ := send(t, srv, "POST", "/connect-auth/v1/account/refresh",
			object{"refresh_token": answer.RefreshToken}); status != test.renewable {
			t.Errorf("%v: status %d of a refresh", test, status)
		}
	}
}

type object = map[string]any

// tokens is the answer to a login.
type tokens struct {
	AccessToken      string `json:"access_token"`
	RefreshToken     string `json:"refresh_token"`
	ExpiresIn        int    `json:"expires_in"`
	RefreshExpiresIn int    `json:"refresh_expires_in"`
}

func login(t *testing.T, srv *ekacaretest.Server, body object) tokens {
	t.Helper()
	status, text := send(t, srv, "POST", "/connect-auth/v1/account/login", body)
	var answer tokens
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status != 200 || answer.AccessToken == "" {
		t.Fatalf("%d %s", status, text)
	}
	return answer
}

func TestLoginsThatAreRefused(t *testing.T) {
	srv, _ := setup(t)
	good := srv.Credentials()
	for name, change := range map[string]func(*ekacare.Credentials){
		"id":          func(c *ekacare.Credentials) { c.ClientID = "other" },
		"secret":      func(c *ekacare.Credentials) { c.ClientSecret = "other" },
		"sharing key": func(c *ekacare.Credentials) { c.SharingKey = "other" },
	} {
		with := good
		change(&with)
		c := must(ekacare.New(with, quick, caremux.WithBaseURL(srv.URL)))(t)
		if err := read(t, srv, c); !errors.Is(err, caremux.ErrUnauthorized) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if srv.Logins() != 0 {
		t.Errorf("%d logins", srv.Logins())
	}
}

func TestSharingKeyChoosesTheWorkspace(t *testing.T) {
	srv, own := setup(t)
	with := srv.Credentials()
	with.SharingKey = srv.SharingKey()
	other := must(ekacare.New(with, quick, caremux.WithBaseURL(srv.URL)))(t)
	mine, theirs := must(own.Business.GetInfo(t.Context()))(t), must(other.Business.GetInfo(t.Context()))(t)
	srv.ExpireAccessTokens() // a refresh stays with the workspace
	again := must(other.Business.GetInfo(t.Context()))(t)
	if mine.BusinessID == theirs.BusinessID || again.BusinessID != theirs.BusinessID || srv.Refreshes() != 1 {
		t.Errorf("%s, %s, %s, %d refreshes", mine.BusinessID, theirs.BusinessID, again.BusinessID, srv.Refreshes())
	}
}

func TestDisabledClient(t *testing.T) {
	srv, c := setup(t)
	if err := read(t, srv, c); err != nil {
		t.Fatal(err)
	}
	srv.DisableClient()
	err := read(t, srv, c)
	var e *caremux.Error
	if !errors.As(err, &e) || e.Status != 403 || e.Operation != "Auth.Login" {
		t.Errorf("error %v", err)
	}
	fixed := srv.Client(quick, caremux.WithTokenSource(caremux.StaticToken(srv.LongLivedToken())))
	if err := read(t, srv, fixed); !errors.Is(err, caremux.ErrUnauthorized) {
		t.Errorf("error %v", err)
	}
	srv.EnableClient()
	if err := read(t, srv, fixed); err != nil {
		t.Error(err)
	}
	if srv.Logins() != 1 || srv.Refreshes() != 0 {
		t.Errorf("%d logins, %d refreshes", srv.Logins(), srv.Refreshes())
	}
}

func TestRefreshTokensServeOnceAndFitTheirAccessToken(t *testing.T) {
	srv, _ := setup(t)
	c := srv.Credentials()
	first := login(t, srv, object{"client_id": c.ClientID, "client_secret": c.ClientSecret})
	second := login(t, srv, object{"client_id": c.ClientID, "client_secret": c.ClientSecret})
	status, text := send(t, srv, "POST", "/connect-auth/v1/oidc-client/"+c.ClientID+"/verify", object{"id_token": srv.IDToken()})
	var user tokens
	if err := json.Unmarshal([]byte(text), &user); err != nil || status != 200 {
		t.Fatalf("%d %s", status, text)
	}
	const v1, v2 = "/connect-auth/v1/account/refresh", "/connect-auth/v1/account/refresh-token"
	for _, test := range []struct {
		name, path, client, access string
		body                       object
		status                     int
	}{
		{"unknown client", v2, "other", first.AccessToken, object{"refresh_token": first.RefreshToken}, 401},
		{"unknown token", v2, c.ClientID, first.AccessToken, object{"refresh_token": "other"}, 401},
		{"no access token", v2, c.ClientID, "", object{"refresh_token": first.RefreshToken}, 401},
		{"access token of another", v2, c.ClientID, second.AccessToken, object{"refresh_token": first.RefreshToken}, 401},
		{"other access token in the body", v1, "", "", object{
			"refresh_token": first.RefreshToken, "access_token": second.AccessToken,
		}, 401},
		{"refresh token of a user", v1, "", "", object{"refresh_token": user.RefreshToken}, 401},
		{"good", v2, c.ClientID, first.AccessToken, object{"refresh_token": first.RefreshToken, "access_token": first.AccessToken}, 200},
		{"again", v2, c.ClientID, first.AccessToken, object{"refresh_token": first.RefreshToken}, 401},
		{"version 1", v1, "", "", object{"refresh_token": second.RefreshToken}, 200},
		{"version 1 again", v1, "", "", object{"refresh_token": second.RefreshToken}, 401},
	} {
		header := []string{"Authorization", "Bearer " + test.access}
		if test.client != "" {
			header = append(header, "Client-Id", test.client)
		}
		if status, text := send(t, srv, "POST", test.path, test.body, header...); status != test.status {
			t.Errorf("%s: %d %s", test.name, status, text)
		}
	}
	if srv.Logins() != 3 || srv.Refreshes() != 2 {
		t.Errorf("%d logins, %d refreshes", srv.Logins(), srv.Refreshes())
	}
}

func TestOIDCUser(t *testing.T) {
	srv, _ := setup(t)
	for token, good := range map[string]bool{srv.IDToken(): true, "other": false} {
		source := must(ekacare.NewOIDCTokenSource(ekacare.OIDCUser{
			ClientID: srv.Credentials().ClientID, IDToken: func(context.Context) (string, error) { return token, nil },
		}, quick, caremux.WithBaseURL(srv.URL)))(t)
		c := srv.Client(quick, caremux.WithTokenSource(source))
		for range 2 {
			if err := read(t, srv, c); (err == nil) != good {
				t.Errorf("good %v: %v", good, err)
			}
			srv.ExpireAccessTokens()
		}
	}
	if srv.Logins() != 1 || srv.Refreshes() != 1 {
		t.Errorf("%d logins, %d refreshes", srv.Logins(), srv.Refreshes())
	}
}

func TestTokensAndAgentsAreAskedFor(t *testing.T) {
	srv, c := setup(t)
	for name, header := range map[string][]string{
		"none": nil, "wrong": {"Auth", "other"}, "wrong bearer": {"Authorization", "Bearer other"},
		"no bearer": {"Authorization", srv.LongLivedToken()},
	} {
		if status, text := send(t, srv, "GET", "/dr/v1/doctor/1", nil, header...); status != 401 {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	must(c.MedAssist.GetSession(t.Context(), "1"))(t)
	must(c.Network.GetInfo(t.Context()))(t)
	if srv.Logins() != 0 {
		t.Errorf("%d logins", srv.Logins())
	}
	stranger := srv.Credentials()
	stranger.AgentID = "other"
	if _, err := must(ekacare.New(stranger, quick, caremux.WithBaseURL(srv.URL)))(t).MedAssist.GetSession(t.Context(),
		"1"); !errors.Is(err, caremux.ErrUnauthorized) {
		t.Errorf("error %v", err)
	}
}

func TestOwnCredentials(t *testing.T) {
	own := ekacare.Credentials{ClientID: "mine", ClientSecret: "secret", Environment: ekacare.Sandbox, TokenHeader: ekacare.TokenHeaderBoth}
	srv, c := setup(t, ekacaretest.WithCredentials(own))
	if err := read(t, srv, c); err != nil || srv.Credentials() != own || srv.Logins() != 1 {
		t.Errorf("%v, %d logins", err, srv.Logins())
	}
}
