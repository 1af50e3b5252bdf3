package welkin_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

const secret = "+}B{KGTG6#zG%P;tQm0C"

var credentials = welkin.Credentials{Tenant: "gh", Instance: "sb-demo", ClientName: "VBOPNRYRWJIP", Secret: secret}

// sampleToken is the payload of the reference's token: issued 2021-03-08T18:33:47Z, good for an hour.
var sampleToken = jwt(`{"token_use":"id","auth_time":1615228427,"exp":1615232027,"iat":1615228427}`)

func jwt(payload string) string {
	return "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2lnbmF0dXJl"
}

// vendor is a round tripper in place of the network, so that tests can run in a bubble of fake time.
type vendor struct {
	mu     sync.Mutex
	sent   []string // "POST /gh/admin/api_clients/VBOPNRYRWJIP Bearer …"
	bodies []string
	answer func(r *http.Request, logins int) (int, string)
	logins int
}

func (v *vendor) RoundTrip(r *http.Request) (*http.Response, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	body := ""
	if r.Body != nil {
		data, _ := io.ReadAll(r.Body)
		body = string(data)
	}
	v.sent = append(v.sent, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")))
	v.bodies = append(v.bodies, body)
	if strings.Contains(r.URL.Path, "/api_clients/") {
		v.logins++
	}
	status, text := v.answer(r, v.logins)
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)), Request: r}, nil
}

func (v *vendor) client(t *testing.T, opts ...caremux.Option) *welkin.Client {
	t.Helper()
	c, err := welkin.New(credentials, append([]caremux.Option{caremux.WithTransport(v)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func isLogin(r *http.Request) bool { return strings.Contains(r.URL.Path, "/api_clients/") }

func TestSecretIsExchangedForATokenAsTheReferenceShows(t *testing.T) {
	for name, answer := range map[string]string{
		"documented answer": `{"clientName": "VBOPNRYRWJIP", "token": "` + sampleToken + `", "enabled": true}`,
		"live answer":       `{"token": "` + sampleToken + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // in the bubble it is the year 2000, before the sample expires
				v := &vendor{answer: func(r *http.Request, _ int) (int, string) {
					if isLogin(r) {
						return 201, answer
					}
					return 200, patientAnswer
				}}
				c := v.client(t)
				for range 2 {
					if _, err := c.Patients.Get(t.Context(), charlie, nil); err != nil {
						t.Fatal(err)
					}
				}
				want := []string{
					"POST /gh/admin/api_clients/VBOPNRYRWJIP",
					"GET /gh/sb-demo/patients/" + charlie + " Bearer " + sampleToken,
					"GET /gh/sb-demo/patients/" + charlie + " Bearer " + sampleToken,
				}
				if strings.Join(v.sent, "\n") != strings.Join(want, "\n") {
					t.Errorf("sent\n%s\nwant\n%s", strings.Join(v.sent, "\n"), strings.Join(want, "\n"))
				}
				if v.bodies[0] != `{"secret":"`+secret+`"}` {
					t.Errorf("login body %s", v.bodies[0])
				}
			})
		})
	}
}

func TestTokenIsRenewedAheadOfItsExpiryAndAfterARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refuse := ""
		v := &vendor{}
		v.answer = func(r *http.Request, logins int) (int, string) {
			if isLogin(r) {
				exp := time.Now().Add(time.Hour).Unix()
				return 200, fmt.Sprintf(`{"token":%q}`, jwt(fmt.Sprintf(`{"exp":%d,"n":%d}`, exp, logins)))
			}
			if token := r.Header.Get("Authorization"); refuse == "all" || token == refuse {
				return 401, `[{"errorCode":"TOKEN_EXPIRED","message":"x"}]`
			}
			return 200, patientAnswer
		}
		c := v.client(t)
		get := func() error {
			_, err := c.Patients.Get(t.Context(), charlie, nil)
			return err
		}
		expect := func(what string, err error, logins int) {
			t.Helper()
			if err != nil || v.logins != logins {
				t.Errorf("%s: %d logins (%v), want %d", what, v.logins, err, logins)
			}
		}
		expect("first call", get(), 1)
		time.Sleep(58 * time.Minute)
		expect("two minutes before the expiry", get(), 1)
		time.Sleep(90 * time.Second)
		err := get() // with the present token, while the next one is fetched
		synctest.Wait()
		expect("within the last minute", err, 2)
		expect("with the next token", get(), 2)
		refuse = strings.SplitN(v.sent[len(v.sent)-1], " ", 3)[2]
		expect("token refused", get(), 3)

		refuse = "all"
		for range 50 {
			if err := get(); !errors.Is(err, caremux.ErrUnauthorized) {
				t.Fatalf("got %v, want ErrUnauthorized", err)
			}
		}
		if v.logins > 3+5 {
			t.Errorf("%d logins within a minute, want no more than five", v.logins-3)
		}
	})
}

func TestLoginThatGivesNoUsableTokenIsOneClearError(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		answer string
		want   string
	}{
		{"wrong secret", 401, `[{"errorCode":"BAD_SECRET","message":"secret ` + secret + ` is wrong"}]`, "401 BAD_SECRET"},
		{"disabled client", 201, `{"token":"` + sampleToken + `","enabled":false}`, "the API client is disabled"},
		{"no token", 201, `{}`, "the response is an empty object"},
		{"token of another type", 201, `{"token":{"value":1}}`, "the response contains no token"},
		{"no JWT", 201, `{"token":"opaque"}`, "not a JWT with an expiry"},
		{"JWT without expiry", 201, `{"token":"` + jwt(`{"iat":1}`) + `"}`, "not a JWT with an expiry"},
		{"expired JWT", 201, `{"token":"` + jwt(`{"exp":946684000}`) + `"}`, "has expired; check this machine's clock"},
		{"HTML page", 200, `<html>maintenance</html>`, "the response is an HTML page"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &vendor{answer: func(*http.Request, int) (int, string) { return tt.status, tt.answer }}
				_, err := v.client(t).Patients.Get(t.Context(), charlie, nil)
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want it to say %q", err, tt.want)
				}
				if strings.Contains(fmt.Sprintf("%v %+v %#v %q", err, err, err, err), secret) {
					t.Error("the error holds the secret")
				}
				for _, sent := range v.sent {
					if !strings.Contains(sent, "/api_clients/") {
						t.Errorf("a call was sent without a token: %s", sent)
					}
				}
			})
		})
	}
}

func TestNewRefusesIncompleteCredentials(t *testing.T) {
	for field, c := range map[string]welkin.Credentials{
		"Credentials.Tenant":     {Instance: "i", ClientName: "c", Secret: "s"},
		"Credentials.Instance":   {Tenant: "t", ClientName: "c", Secret: "s"},
		"Credentials.ClientName": {Tenant: "t", Instance: "i", Secret: "s"},
		"Credentials.Secret":     {Tenant: "t", Instance: "i", ClientName: "c"},
	} {
		_, err := welkin.New(c)
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Field != field {
			t.Errorf("without %s: %v", field, err)
		}
	}
}

func TestNewFromEnvReadsTheEnvironment(t *testing.T) {
	v := &vendor{answer: func(*http.Request, int) (int, string) { return 401, `[]` }}
	for _, name := range []string{"WELKIN_TENANT", "WELKIN_INSTANCE", "WELKIN_CLIENT_NAME", "WELKIN_SECRET"} {
		_, err := welkin.NewFromEnv(caremux.WithTransport(v))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
		t.Setenv(name, "value-of-"+name)
	}
	t.Setenv("WELKIN_BASE_URL", "http://127.0.0.1:1/base")
	c, err := welkin.NewFromEnv(caremux.WithTransport(v))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.Patients.Get(t.Context(), "1", nil)
	if want := "POST /base/value-of-WELKIN_TENANT/admin/api_clients/value-of-WELKIN_CLIENT_NAME"; len(v.sent) == 0 || v.sent[0] != want {
		t.Errorf("sent %q, want %s", v.sent, want)
	}
}

func TestCredentialsPrintWithoutTheSecret(t *testing.T) {
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).InfoContext(context.Background(), "x", "credentials", credentials)
	text := fmt.Sprintf("%v %+v %#v %q %s %d", credentials, credentials, credentials, credentials, &credentials, credentials) + log.String()
	if strings.Contains(text, secret) || strings.Contains(text, "KGTG6") {
		t.Errorf("the secret shows in %s", text)
	}
	if !strings.Contains(text, "VBOPNRYRWJIP for gh/sb-demo") {
		t.Errorf("the credentials do not say whose they are: %s", text)
	}
}
