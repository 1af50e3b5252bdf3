package snapcare_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

const (
	testKey      = "b1946ac92492d2347c6235b4d2611184"
	testPassword = "Pa55w0rd+of/Ann"
)

var testLogin = snapcare.Credentials{
	Host: "clinic.example", DeveloperID: "dev-1", APIKey: testKey,
	HospitalID: 126, UserType: snapcare.UserTypeClinician, Email: "ann@example.org", Password: testPassword, DeviceID: "device-1",
}

// site is a round tripper in place of the network, so that tests can run in a bubble of fake time.
type site struct {
	mu     sync.Mutex
	sent   []string // "POST /api/v3/auth/user-sessions", with the Authorization header behind it
	bodies []string
	header http.Header // of the latest request
	host   string
	answer func(r *http.Request, n int) (int, string)
}

func (s *site) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := ""
	if r.Body != nil {
		data, _ := io.ReadAll(r.Body)
		body = string(data)
	}
	s.sent = append(s.sent, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization")))
	s.bodies = append(s.bodies, body)
	s.header, s.host = r.Header.Clone(), r.URL.Host
	status, text := s.answer(r, len(s.sent))
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)), Request: r}, nil
}

func (s *site) client(t testing.TB, c snapcare.Credentials, opts ...caremux.Option) *snapcare.Client {
	t.Helper()
	client, err := snapcare.New(c, append([]caremux.Option{caremux.WithTransport(s)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// expect compares what was sent since the last time.
func (s *site) expect(t *testing.T, what string, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.sent, want) {
		t.Errorf("%s: sent\n\t%s\nwant\n\t%s", what, strings.Join(s.sent, "\n\t"), strings.Join(want, "\n\t"))
	}
	s.sent, s.bodies = nil, nil
}

// expectSorted is expect for what is sent beside each other.
func (s *site) expectSorted(t *testing.T, what string, want ...string) {
	t.Helper()
	s.mu.Lock()
	slices.Sort(s.sent)
	s.mu.Unlock()
	slices.Sort(want)
	s.expect(t, what, want...)
}

const (
	loginCall = "POST /api/v3/auth/user-sessions"
	renewCall = "POST /api/v3/auth/user-sessions/renewal"
	userCall  = "GET /api/v2/account/user"
	endCall   = "DELETE /api/v3/auth/user-sessions"
	userReply = `{"data":[{"id":7}],"total":1}`
)

func getUser(t *testing.T, c *snapcare.Client) error {
	t.Helper()
	_, err := c.Account.GetUser(t.Context())
	return err
}

// sessions answers logins and renewals with tokens T1, T2 and so on, good for an hour, and refuses what refuse tells.
func sessions(refuse func(r *http.Request) (int, string)) *site {
	tokens := 0
	return &site{answer: func(r *http.Request, _ int) (int, string) {
		if refuse != nil {
			if status, body := refuse(r); status != 0 {
				return status, body
			}
		}
		switch {
		case r.Method == "POST" && strings.Contains(r.URL.Path, "/v3/auth/user-sessions"):
			tokens++
			return 200, fmt.Sprintf(`{"apiSessionId":"s","accessToken":"T%d","expires":%q}`, tokens,
				time.Now().Add(time.Hour).Format(time.RFC3339))
		case r.Method == "DELETE":
			return 200, ""
		}
		if strings.HasSuffix(r.URL.Path, "/participants/consultations") {
			return 200, `{"data":[{"consultationInfo":{}}],"total":1}`
		}
		return 200, userReply
	}}
}

func TestSessionIsCreatedRenewedAndEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sessions(nil)
		c := s.client(t, testLogin)
		if err := getUser(t, c); err != nil {
			t.Fatal(err)
		}
		if want := `{"hospitalId":126,"userTypeId":2,"email":"ann@example.org","password":"` + testPassword +
			`","deviceId":"device-1"}`; s.bodies[0] != want {
			t.Errorf("login body\n%s, want\n%s", s.bodies[0], want)
		}
		if s.host != "clinic.example" {
			t.Errorf("sent to %s", s.host)
		}
		s.expect(t, "first call", loginCall, userCall+" Bearer T1")

		time.Sleep(58 * time.Minute)
		_ = getUser(t, c)
		s.expect(t, "two minutes before the expiry", userCall+" Bearer T1")

		time.Sleep(90 * time.Second)
		_ = getUser(t, c)
		synctest.Wait()
		want := `{"hospitalId":126,"userTypeId":2,"email":"ann@example.org","accessToken":"T1","deviceId":"device-1"}`
		if !slices.Contains(s.bodies, want) {
			t.Errorf("bodies\n%s, want\n%s", s.bodies, want)
		}
		s.expectSorted(t, "within the last minute", userCall+" Bearer T1", renewCall)
		_ = getUser(t, c)
		s.expect(t, "renewed in the background", userCall+" Bearer T2")

		time.Sleep(2 * time.Hour)
		_ = getUser(t, c)
		s.expect(t, "after the expiry", loginCall, userCall+" Bearer T3")

		if err := c.Logout(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.expect(t, "logout", endCall+" Bearer T3")
		if err := c.Logout(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.expect(t, "second logout")
		_ = getUser(t, c)
		s.expect(t, "call after the logout", loginCall, userCall+" Bearer T4")
	})
}

func TestFailedRenewalFallsBackToALogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sessions(func(r *http.Request) (int, string) {
			if strings.HasSuffix(r.URL.Path, "/renewal") {
				return 401, ""
			}
			return 0, ""
		})
		c := s.client(t, testLogin)
		_ = getUser(t, c)
		s.expect(t, "first call", loginCall, userCall+" Bearer T1")
		time.Sleep(59*time.Minute + 30*time.Second)
		for range 2 {
			if err := getUser(t, c); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		s.expectSorted(t, "renewal refused", userCall+" Bearer T1", userCall+" Bearer T2", loginCall, renewCall)
	})
}

func TestLogoutOfASessionThatHadEndedIsNoError(t *testing.T) {
	s := sessions(func(r *http.Request) (int, string) {
		if r.Method == "DELETE" {
			return 401, ""
		}
		return 0, ""
	})
	c := s.client(t, testLogin)
	_ = getUser(t, c)
	if err := c.Logout(t.Context()); err != nil {
		t.Error(err)
	}
	s.expect(t, "logout", loginCall, userCall+" Bearer T1", endCall+" Bearer T1")
}

func TestLogoutTakesTheTokenOutOfTheStore(t *testing.T) {
	store := caremux.NewMemoryTokenStore()
	s := sessions(nil)
	first, second := s.client(t, testLogin, caremux.WithTokenStore(store)), s.client(t, testLogin, caremux.WithTokenStore(store))
	_ = getUser(t, first)
	_ = first.Logout(t.Context())
	_ = getUser(t, second)
	s.expect(t, "two clients", loginCall, userCall+" Bearer T1", endCall+" Bearer T1", loginCall, userCall+" Bearer T2")
}

// refuseUser answers 401 to users' calls with the tokens that are listed.
func refuseUser(tokens ...string) func(*http.Request) (int, string) {
	return func(r *http.Request) (int, string) {
		if token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); strings.HasSuffix(r.URL.Path, "/user") &&
			slices.Contains(tokens, token) {
			return 401, ""
		}
		return 0, ""
	}
}

func hello(t *testing.T, c *snapcare.Client) {
	t.Helper()
	if err := c.Do(t.Context(), "GET", "/hello", nil, nil, nil); err != nil {
		t.Fatal(err)
	}
}

func wantWrongUser(t *testing.T, err error, want bool) {
	t.Helper()
	if !errors.Is(err, caremux.ErrUnauthorized) || errors.Is(err, snapcare.ErrWrongUser) != want {
		t.Errorf("got %v; ErrWrongUser is %v", err, !want)
	}
}

// TestWrongKindOfUserCausesOneLogin has a call that the vendor refuses with every token. The first refusal may mean that the session has
// ended elsewhere.
func TestWrongKindOfUserCausesOneLogin(t *testing.T) {
	s := sessions(refuseUser("T1", "T2"))
	c := s.client(t, testLogin)
	hello(t, c) // the token works
	for range 20 {
		wantWrongUser(t, getUser(t, c), true)
	}
	if n := strings.Count(strings.Join(s.sent, "\n"), loginCall); n != 2 || len(s.sent) != 2+2+20 {
		t.Errorf("%d logins, sent %d requests: %s", n, len(s.sent), s.sent[:min(len(s.sent), 8)])
	}
	s.sent = nil
	hello(t, c)
	s.expect(t, "the token lives on", "GET /api/hello Bearer T2")
}

func TestTokenThatWasNeverAcceptedIsReplacedOnce(t *testing.T) {
	s := sessions(refuseUser("T1"))
	c := s.client(t, testLogin)
	if err := getUser(t, c); err != nil {
		t.Fatal(err)
	}
	s.expect(t, "refused once", loginCall, userCall+" Bearer T1", loginCall, userCall+" Bearer T2")

	s = sessions(refuseUser("T1", "T2", "T3"))
	c = s.client(t, testLogin)
	wantWrongUser(t, getUser(t, c), true)
	s.expect(t, "refused twice", loginCall, userCall+" Bearer T1", loginCall, userCall+" Bearer T2")
	wantWrongUser(t, getUser(t, c), true)
	s.expect(t, "refused again", userCall+" Bearer T2")
}

func TestSessionWithoutExpiryIsReplacedWhenItIsRefused(t *testing.T) {
	for name, expires := range map[string]string{"missing": ``, "null": `,"expires":null`, "empty": `,"expires":""`,
		"naive and west of Greenwich": "west", "naive and east of Greenwich": "east"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				logins, expired := 0, false
				s := &site{answer: func(r *http.Request, _ int) (int, string) {
					switch {
					case r.Method == "POST":
						logins++
						sent := expires
						if sent == "west" {
							sent = time.Now().Add(-4 * time.Hour).Format(`,"expires":"2006-01-02T15:04:05"`)
						}
						if sent == "east" {
							sent = time.Now().Add(105 * time.Hour).Format(`,"expires":"2006-01-02T15:04:05"`) // truly some hours earlier
						}
						return 200, fmt.Sprintf(`{"accessToken":"T%d"%s}`, logins, sent)
					case expired && strings.HasSuffix(r.Header.Get("Authorization"), "T1"):
						return 401, ""
					}
					return 200, userReply
				}}
				c := s.client(t, testLogin)
				_ = getUser(t, c)
				time.Sleep(100 * time.Hour)
				_ = getUser(t, c)
				s.expect(t, "used on", loginCall, userCall+" Bearer T1", userCall+" Bearer T1")
				expired = true
				if err := getUser(t, c); err != nil {
					t.Fatal(err)
				}
				s.expect(t, "refused", userCall+" Bearer T1", loginCall, userCall+" Bearer T2")
			})
		})
	}
}

func TestReadyTokenIsNotReplayed(t *testing.T) {
	refuse := true
	s := &site{answer: func(*http.Request, int) (int, string) {
		if refuse {
			return 401, ""
		}
		return 200, userReply
	}}
	c := s.client(t, snapcare.Credentials{Host: "h", DeveloperID: "d", APIKey: "k"}, caremux.WithTokenSource(caremux.StaticToken("ready")))
	wantWrongUser(t, getUser(t, c), false)
	s.expect(t, "never accepted", userCall+" Bearer ready")
	refuse = false
	_ = getUser(t, c)
	refuse = true
	wantWrongUser(t, getUser(t, c), true)
	s.expect(t, "accepted before", userCall+" Bearer ready", userCall+" Bearer ready")
}

func TestEveryCallCarriesTheKeys(t *testing.T) {
	s := sessions(nil)
	c := s.client(t, testLogin)
	for name, call := range map[string]func() error{
		"login":     func() error { _, err := c.Account.CreateSession(t.Context(), &snapcare.SessionCreate{}); return err },
		"anonymous": func() error { return c.Account.SendPasswordResetEmail(t.Context(), &snapcare.PasswordResetInput{}) },
		"user":      func() error { return getUser(t, c) },
		"participant": func() error {
			_, err := c.Participant("P").Encounters.ListForParticipant(t.Context())
			return err
		},
		"Do": func() error { return c.Do(t.Context(), "GET", "/hello", nil, nil, nil) },
	} {
		_ = call()
		if s.header.Get("X-Developer-Id") != "dev-1" || s.header.Get("X-Api-Key") != testKey {
			t.Errorf("%s: sent %v", name, s.header)
		}
		if anonymous := name == "login" || name == "anonymous"; (s.header.Get("Authorization") == "") != anonymous {
			t.Errorf("%s: Authorization is %q", name, s.header.Get("Authorization"))
		}
		s.header = nil
	}
}

func TestParticipantSendsItsOwnScheme(t *testing.T) {
	s := sessions(nil)
	c := s.client(t, testLogin)
	_, err := c.Encounters.ListForParticipant(t.Context())
	var argument *caremux.ArgumentError
	if !errors.As(err, &argument) || argument.Operation != "Encounters.ListForParticipant" ||
		!strings.Contains(err.Error(), "Client.Participant") {
		t.Errorf("an ordinary client gives %v", err)
	}
	s.expect(t, "ordinary client")
	p := c.Participant("P.p-1")
	if _, err := p.Encounters.ListForParticipant(t.Context()); err != nil {
		t.Error(err)
	}
	if err := getUser(t, p); err != nil {
		t.Error(err)
	}
	s.expect(t, "participant", "GET /api/v2.1/participants/consultations JWT-Participant P.p-1", userCall+" JWT-Participant P.p-1")
	for _, token := range []string{"", "a b", "a\nb"} {
		if err := getUser(t, c.Participant(token)); !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("token %q: %v", token, err)
		}
	}
	if err := p.Logout(t.Context()); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("logout of a participant: %v", err)
	}
	s.expect(t, "refused calls")
	s.answer = func(*http.Request, int) (int, string) { return 401, "" }
	wantWrongUser(t, getUser(t, p), true)
	s.expect(t, "refused participant", userCall+" JWT-Participant P.p-1")
}

func TestOtherWaysToLogIn(t *testing.T) {
	with := func(change func(c *snapcare.Credentials)) snapcare.Credentials {
		c := testLogin
		c.Email, c.Password, c.UserType = "", "", 0
		change(&c)
		return c
	}
	for name, tt := range map[string]struct {
		credentials snapcare.Credentials
		call, body  string
		v3          bool
	}{
		"interface": {with(func(c *snapcare.Credentials) {
			c.Email, c.Password, c.UserType, c.InterfaceType = "a@b", "p", 1, snapcare.InterfaceTypePatient
		}), loginCall, `{"hospitalId":126,"userTypeId":1,"email":"a@b","password":"p","interfaceTypeId":1,"deviceId":"device-1"}`, true},
		"v2": {with(func(c *snapcare.Credentials) { c.Email, c.Password, c.UserType, c.UseV2Token = "a@b", "p", 1, true }),
			"POST /api/v2/account/token", `{"email":"a@b","password":"p","userTypeId":1,"hospitalId":126}`, false},
		"SSO": {with(func(c *snapcare.Credentials) { c.SSOJWT = "j.w.t" }),
			"POST /api/v3/auth/user-sessions/sso", `{"hospitalId":126,"jwt":"j.w.t"}`, true},
		"SSO of version 2": {with(func(c *snapcare.Credentials) { c.SSOJWT, c.UseV2Token = "j.w.t", true }),
			"GET /api/v2/account/token?jwt=j.w.t", "", false},
		"Ping": {with(func(c *snapcare.Credentials) { c.PingToken, c.AgentID = "ping", "agent" }),
			"GET /api/v2/account/token?agentId=agent&ssoToken=ping", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &site{answer: func(r *http.Request, n int) (int, string) {
					expires := time.Now().Add(time.Hour).Format("2006-01-02T15:04:05") // naive: read as UTC
					switch {
					case r.Header.Get("Authorization") != "":
						return 200, userReply
					case tt.v3:
						return 200, fmt.Sprintf(`{"accessToken":"T%d","expires":%q}`, n, expires)
					}
					return 200, fmt.Sprintf(`{"data":[{"access_token":"T%d","expires":%q}],"total":1}`, n, expires)
				}}
				c := s.client(t, tt.credentials)
				if err := getUser(t, c); err != nil {
					t.Fatal(err)
				}
				if s.bodies[0] != tt.body {
					t.Errorf("body\n%s, want\n%s", s.bodies[0], tt.body)
				}
				s.expect(t, "login", tt.call, userCall+" Bearer T1")
				if name == "interface" {
					return
				}
				time.Sleep(59*time.Minute + 30*time.Second)
				_ = getUser(t, c)
				synctest.Wait()
				s.expectSorted(t, "instead of a renewal", userCall+" Bearer T1", tt.call)
			})
		})
	}
}

func TestLoginThatGivesNoUsableTokenIsOneClearError(t *testing.T) {
	v2 := testLogin
	v2.UseV2Token = true
	for _, tt := range []struct {
		name        string
		credentials snapcare.Credentials
		status      int
		answer      string
		want        string
	}{
		{"wrong password", testLogin, 400, `{"responseCode":1000400,"message":"` + testPassword + `"}`,
			"400 1000400 the login was refused"},
		{"no such user", testLogin, 400, `{"responseCode":1000404,"message":"x"}`, "400 1000404 the login was refused"},
		{"no such user, version 2", v2, 404, `"not found"`, "Account.CreateToken: POST /v2/account/token: the login was refused"},
		{"unauthorized", testLogin, 401, ``, "401"},
		{"no token", testLogin, 200, `{}`, "the response is an empty object"},
		{"token of another type", testLogin, 200, `{"accessToken":{"value":1}}`, "the response contains no token"},
		{"expiry that is no time", testLogin, 200, `{"accessToken":"T","expires":"soon"}`, "expiry is not a time"},
		{"expiry of another type", testLogin, 200, `{"accessToken":"T","expires":{"at":1}}`, "expiry is not a time"},
		{"expiry in the past", testLogin, 200, `{"accessToken":"T","expires":"1999-12-31T23:59:59Z"}`,
			"has expired; check this machine's clock"},
		{"naive expiry in the past", testLogin, 200, `{"accessToken":"T","expires":"1999-12-30T23:59:59"}`,
			"has expired; check this machine's clock"},
		{"HTML page", testLogin, 200, `<html>maintenance</html>`, "the response is an HTML page"},
		{"null", testLogin, 200, `null`, "the login was refused"},
		{"empty list", v2, 200, `{"data":[],"total":0}`, "the login was refused"},
		{"version 2 without token", v2, 200, `{"data":[{"expires":null}]}`, "the response contains no token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // in the bubble it is the year 2000
				s := &site{answer: func(*http.Request, int) (int, string) { return tt.status, tt.answer }}
				err := getUser(t, s.client(t, tt.credentials))
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want it to say %q", err, tt.want)
				}
				if errors.Is(err, caremux.ErrNotFound) {
					t.Error("the failed login looks like a user that does not exist")
				}
				if tt.status != 200 && !errors.Is(err, caremux.ErrUnauthorized) {
					t.Errorf("%v does not match ErrUnauthorized", err)
				}
				if text := fmt.Sprintf("%v %+v %#v %q", err, err, err, err); strings.Contains(text, testPassword) ||
					strings.Contains(text, "ann@") {
					t.Errorf("the error tells secrets: %s", text)
				}
				if len(s.sent) != 1 {
					t.Errorf("sent %q", s.sent)
				}
			})
		})
	}
}

func TestNewRefusesIncompleteCredentials(t *testing.T) {
	ready := caremux.WithTokenSource(caremux.StaticToken("x"))
	for _, tt := range []struct {
		name, field string
		change      func(c *snapcare.Credentials)
		opts        []caremux.Option
	}{
		{"no host", "Host", func(c *snapcare.Credentials) { c.Host = "" }, nil},
		{"URL as host", "Host", func(c *snapcare.Credentials) { c.Host = "https://clinic.example" }, nil},
		{"path in host", "Host", func(c *snapcare.Credentials) { c.Host = "clinic.example/api" }, nil},
		{"user in host", "Host", func(c *snapcare.Credentials) { c.Host = "clinic.example@evil.example" }, nil},
		{"port", "Host", func(c *snapcare.Credentials) { c.Host = "clinic.example:x" }, nil},
		{"bad host beside a base URL", "Host", func(c *snapcare.Credentials) {
			c.Host = "a b"
		}, []caremux.Option{caremux.WithBaseURL("https://x.example")}},
		{"no developer", "DeveloperID", func(c *snapcare.Credentials) { c.DeveloperID = "" }, nil},
		{"no key", "APIKey", func(c *snapcare.Credentials) { c.APIKey = "" }, nil},
		{"key with a line feed", "APIKey", func(c *snapcare.Credentials) { c.APIKey += "\n" }, nil},
		{"no email", "Email", func(c *snapcare.Credentials) { c.Email = "" }, nil},
		{"no password", "Password", func(c *snapcare.Credentials) { c.Password = "" }, nil},
		{"no kind of user", "UserType", func(c *snapcare.Credentials) { c.UserType = 0 }, nil},
		{"no hospital", "HospitalID", func(c *snapcare.Credentials) { c.HospitalID = 0 }, nil},
		{"negative hospital", "HospitalID", func(c *snapcare.Credentials) { c.HospitalID = -1 }, nil},
		{"password and JWT", "SSOJWT", func(c *snapcare.Credentials) { c.SSOJWT = "j" }, nil},
		{"password and Ping", "PingToken", func(c *snapcare.Credentials) { c.PingToken = "j" }, nil},
		{"Ping without agent", "AgentID", func(c *snapcare.Credentials) { c.Password, c.PingToken = "", "j" }, nil},
		{"JWT without hospital", "HospitalID", func(c *snapcare.Credentials) { c.Password, c.SSOJWT, c.HospitalID = "", "j", 0 }, nil},
		{"password and ready token", "Password", func(*snapcare.Credentials) {}, []caremux.Option{ready}},
		{"version 2 with Ping", "UseV2Token", func(c *snapcare.Credentials) {
			c.Password, c.PingToken, c.AgentID, c.UseV2Token = "", "p", "a", true
		}, nil},
	} {
		c := testLogin
		tt.change(&c)
		_, err := snapcare.New(c, tt.opts...)
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Field != "Credentials."+tt.field {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err != nil && (strings.Contains(err.Error(), testKey) || strings.Contains(err.Error(), testPassword)) {
			t.Errorf("%s: the error tells a secret: %v", tt.name, err)
		}
	}
	for _, c := range []snapcare.Credentials{
		{Host: "127.0.0.1:8080", DeveloperID: "d", APIKey: "k"},
		{Host: "Clinic-1.example", DeveloperID: "d", APIKey: "k", Email: "a@b"},
	} {
		if _, err := snapcare.New(c, ready); err != nil {
			t.Error(err)
		}
	}
}

func TestNewFromEnvReadsTheEnvironment(t *testing.T) {
	s := sessions(nil)
	for _, v := range []struct{ name, value string }{
		{"SNAPCARE_HOST", "env.example"}, {"SNAPCARE_DEVELOPER_ID", "dev"}, {"SNAPCARE_API_KEY", "key"},
		{"SNAPCARE_HOSPITAL_ID", "126"}, {"SNAPCARE_USER_TYPE", "customer"}, {"SNAPCARE_EMAIL", "a@b"}, {"SNAPCARE_PASSWORD", "p"},
	} {
		t.Setenv(v.name, "")
		_, err := snapcare.NewFromEnv(caremux.WithTransport(s))
		if err == nil || !strings.Contains(err.Error(), v.name) {
			t.Errorf("without %s: %v", v.name, err)
		}
		t.Setenv(v.name, v.value)
	}
	for name, wrong := range map[string]string{"SNAPCARE_HOSPITAL_ID": "x", "SNAPCARE_USER_TYPE": "doctor"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, wrong)
			if _, err := snapcare.NewFromEnv(); err == nil || !strings.Contains(err.Error(), name+" must be") {
				t.Error(err)
			}
		})
	}
	call := func() {
		t.Helper()
		c, err := snapcare.NewFromEnv(caremux.WithTransport(s))
		if err != nil {
			t.Fatal(err)
		}
		if err := getUser(t, c); err != nil {
			t.Error(err)
		}
	}
	call()
	if s.host != "env.example" ||
		!strings.HasPrefix(s.bodies[0], `{"hospitalId":126,"userTypeId":1,"email":"a@b","password":"p","deviceId":"`) {
		t.Errorf("sent %s to %s", s.bodies, s.host)
	}
	t.Setenv("SNAPCARE_BASE_URL", "http://127.0.0.1:1/base")
	t.Setenv("SNAPCARE_HOST", "")
	t.Setenv("SNAPCARE_USER_TYPE", "1")
	s.sent = nil
	call()
	if s.host != "127.0.0.1:1" || s.sent[0] != "POST /base/v3/auth/user-sessions" {
		t.Errorf("sent %s to %s", s.sent, s.host)
	}
}

func TestDefaultDeviceIsTheSameForAllClientsOfAUser(t *testing.T) {
	device := func(email string) string {
		s := sessions(nil)
		c := testLogin
		c.DeviceID, c.Email = "", email
		_ = getUser(t, s.client(t, c))
		_, id, _ := strings.Cut(s.bodies[0], `"deviceId":"`)
		return strings.TrimSuffix(id, `"}`)
	}
	a, b, other := device("a@b"), device("a@b"), device("c@d")
	if a != b || a == other || len(a) != 32 {
		t.Errorf("devices %q, %q and %q", a, b, other)
	}
}

func TestCredentialsPrintWithoutSecrets(t *testing.T) {
	c := testLogin
	c.SSOJWT, c.PingToken = "jjj.www.ttt", "pingping"
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).InfoContext(context.Background(), "x", "credentials", c)
	text := fmt.Sprintf("%v %+v %#v %q %s %d", c, c, c, c, &c, c) + log.String()
	for _, secret := range []string{testPassword, testKey, "jjj", "pingping", "ann@"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q shows in %s", secret, text)
		}
	}
	if !strings.Contains(text, "Clinician of hospital 126 at clinic.example") {
		t.Errorf("the credentials do not say whose they are: %s", text)
	}
}
