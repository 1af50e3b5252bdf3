package welkintest_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/faketest"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

func TestLogin(t *testing.T) {
	srv, c := setup(t)
	for range 3 {
		must(c.Patients.List(t.Context(), nil))(t)
	}
	if srv.Logins() != 1 {
		t.Errorf("%d logins for three calls", srv.Logins())
	}
}

func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(*welkin.Credentials)
		want  error
		code  string
	}{
		"secret":   {func(c *welkin.Credentials) { c.Secret = "other" }, caremux.ErrUnauthorized, "BAD_CREDENTIALS"},
		"client":   {func(c *welkin.Credentials) { c.ClientName = "OTHER" }, caremux.ErrUnauthorized, "BAD_CREDENTIALS"},
		"tenant":   {func(c *welkin.Credentials) { c.Tenant = "other" }, caremux.ErrNotFound, "TENANT_NOT_FOUND"},
		"instance": {func(c *welkin.Credentials) { c.Instance = "other" }, caremux.ErrNotFound, "INSTANCE_NOT_FOUND"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := welkintest.NewServer(t)
			credentials := srv.Credentials()
			test.spoil(&credentials)
			c, err := welkin.New(credentials, caremux.WithBaseURL(srv.URL), quick)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Patients.List(t.Context(), nil)
			wantCode(t, err, test.want, test.code)
		})
	}
}

func TestOtherToken(t *testing.T) {
	t.Parallel()
	srv := welkintest.NewServer(t)
	_, err := srv.Client(quick, caremux.WithTokenSource(caremux.StaticToken("made up"))).Patients.List(t.Context(), nil)
	wantCode(t, err, caremux.ErrUnauthorized, "NOT_VALID_JSON_WEB_TOKEN")
}

func TestExpiredTokensAreReplaced(t *testing.T) {
	srv, c := setup(t)
	for range 2 {
		if _, err := c.Patients.Create(t.Context(), &welkin.PatientCreate{FirstName: "A", LastName: "B"}); err != nil {
			t.Fatal(err)
		}
		srv.ExpireTokens()
	}
	if got := len(must(c.Patients.List(t.Context(), nil))(t).Items); got != 2 {
		t.Errorf("%d patients", got)
	}
	if srv.Logins() != 3 {
		t.Errorf("%d logins, want one for each expiry and the first", srv.Logins())
	}
}

func TestTokenLifetime(t *testing.T) {
	srv, c := setup(t)
	login := func(lifetime time.Duration) string {
		srv.SetTokenLifetime(lifetime)
		return must(c.APIClients.CreateToken(t.Context(), srv.Credentials().ClientName,
			&welkin.APIClientTokenCreate{Secret: srv.Credentials().Secret}))(t).Token
	}
	parts := strings.Split(login(30*time.Minute), ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Exp, Iat int64 }
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Exp-claims.Iat != 30*60 {
		t.Errorf("claims %s, %v", payload, err)
	}
	for lifetime, want := range map[time.Duration]string{30 * time.Minute: "", -time.Second: "TOKEN_EXPIRED"} {
		_, err := srv.Client(quick, caremux.WithTokenSource(caremux.StaticToken(login(lifetime)))).Patients.List(t.Context(), nil)
		if want != "" {
			wantCode(t, err, caremux.ErrUnauthorized, want)
		} else if err != nil {
			t.Error(err)
		}
	}
}

func TestDisabledClient(t *testing.T) {
	srv, c := setup(t)
	srv.DisableClient()
	if _, err := c.Patients.List(t.Context(), nil); !errors.Is(err, caremux.ErrUnauthorized) {
		t.Error(err)
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	want := welkin.Credentials{Tenant: "a", Instance: "b", ClientName: "C", Secret: "d"}
	srv, err := welkintest.Start(welkintest.WithCredentials(want))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	if srv.Credentials() != want {
		t.Error("other credentials")
	}
	if _, err := srv.NewClient(caremux.WithTimeout(-1)); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("a bad option gives %v", err)
	}
	c, err := srv.NewClient(quick)
	if err != nil {
		t.Fatal(err)
	}
	must(c.Users.List(t.Context(), nil))(t)
}

func TestLoginsAreLimited(t *testing.T) {
	srv, _ := setup(t)
	login := func() int {
		status, _ := faketest.Send(t, "POST", srv.URL+"/gh/admin/api_clients/"+srv.Credentials().ClientName,
			map[string]string{"secret": srv.Credentials().Secret})
		return status
	}
	for i := range 100 {
		if status := login(); status != 201 {
			t.Fatalf("login %d: status %d", i, status)
		}
	}
	for range 2 {
		if status := login(); status != 429 {
			t.Errorf("one login more: status %d", status)
		}
	}
	if srv.Logins() != 100 {
		t.Errorf("%d logins", srv.Logins())
	}
}
