package trust

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/welkin"
)

// client is what containment needs of a vendor.
type client struct {
	get  func(ctx context.Context, id string) error
	list func(ctx context.Context) error
}

// vendors make clients with credentials of nobody.
var vendors = []struct {
	name, env string                                                   // env is the variable with the base URL
	make      func(ready bool, opts ...caremux.Option) (client, error) // ready: with a token of its own
	fromEnv   func() error
	login     string   // path of the login, "" without one
	badTokens []string // answers to a login that give no token that works
}{
	{
		name: "welkin", env: "WELKIN_BASE_URL", login: "/api_clients/",
		make: func(_ bool, opts ...caremux.Option) (client, error) {
			c, err := welkin.New(welkin.Credentials{Tenant: "gh", Instance: "sb", ClientName: "C", Secret: "s"}, opts...)
			return client{
				get:  func(ctx context.Context, id string) error { _, err := c.Patients.Get(ctx, id, nil); return err },
				list: func(ctx context.Context) error { _, err := c.Patients.List(ctx, nil); return err },
			}, err
		},
		fromEnv: func() error { _, err := welkin.NewFromEnv(); return err },
		badTokens: []string{`{"token":1}`, `{"token":["a"]}`, `{"token":"opaque"}`, `{"token":"e30.eyJpYXQiOjF9.e30"}`,
			`{"token":"e30.eyJleHAiOiJzb29uIn0.e30"}`,
			`{"token":"e30.eyJleHAiOjk0NjY4NDAwMH0.e30"}`, `{"token":"e30.eyJleHAiOjk5OTk5OTk5OTl9.e30","enabled":false}`},
	},
	{
		name: "clinik", env: "CLINIKAPI_BASE_URL",
		make: func(_ bool, opts ...caremux.Option) (client, error) {
			c, err := clinik.New("clk_test_nobody", opts...)
			return client{
				get:  func(ctx context.Context, id string) error { _, err := c.Patients.Get(ctx, id, nil); return err },
				list: func(ctx context.Context) error { _, err := c.Patients.Search(ctx, nil); return err },
			}, err
		},
		fromEnv: func() error { _, err := clinik.NewFromEnv(); return err },
	},
	{
		name: "snapcare", env: "SNAPCARE_BASE_URL", login: "/auth/",
		make: func(ready bool, opts ...caremux.Option) (client, error) {
			who := snapcare.Credentials{Host: "hospital.example.com", DeveloperID: "d", APIKey: "k"}
			if !ready {
				who.HospitalID, who.UserType, who.Email, who.Password = 1, snapcare.UserTypeClinician, "a@example.com", "p"
			}
			c, err := snapcare.New(who, opts...)
			return client{
				get:  func(ctx context.Context, id string) error { _, err := c.AvailabilityBlocks.Get(ctx, id); return err },
				list: func(ctx context.Context) error { _, err := c.Hospitals.ListPatients(ctx, 1, nil); return err },
			}, err
		},
		fromEnv: func() error { _, err := snapcare.NewFromEnv(); return err },
		badTokens: []string{`{"accessToken":1}`, `{"accessToken":["a"]}`, `{"accessToken":"T","expires":"soon"}`,
			`{"accessToken":"T","expires":7}`,
			`{"accessToken":"T","expires":"1999-12-31T23:59:59Z"}`},
	},
	{
		name: "ekacare", env: "EKA_BASE_URL", login: "/connect-auth/",
		make: func(_ bool, opts ...caremux.Option) (client, error) {
			c, err := ekacare.New(ekacare.Credentials{ClientID: "c", ClientSecret: "s"}, opts...)
			return client{
				get: func(ctx context.Context, id string) error { _, err := c.PatientDirectory.Get(ctx, id); return err },
				list: func(ctx context.Context) error {
					_, err := c.PatientDirectory.List(ctx, &ekacare.PatientDirectoryListParams{PageNo: 1})
					return err
				},
			}, err
		},
		fromEnv: func() error { _, err := ekacare.NewFromEnv(); return err },
		badTokens: []string{`{"access_token":1,"expires_in":60}`, `{"access_token":["a"],"expires_in":60}`, `{"access_token":"T"}`,
			`{"access_token":"T","expires_in":"soon"}`, `{"access_token":"T","expires_in":-60}`},
	},
}

// witness is a server that keeps the lines of the requests it gets.
type witness struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func watch(t *testing.T, answer http.HandlerFunc) *witness {
	t.Helper()
	w := &witness{}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.seen = append(w.seen, r.Method+" "+r.RequestURI)
		w.mu.Unlock()
		answer(rw, r)
	}))
	t.Cleanup(w.Close)
	return w
}

// take returns what was seen since the last time.
func (w *witness) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.seen
	w.seen = nil
	return seen
}

// at gives the options of a client of the server, with a token if ready.
func at(t *testing.T, w *witness, ready bool) []caremux.Option {
	t.Helper()
	rt := caremux.NewTransport()
	t.Cleanup(rt.CloseIdleConnections)
	opts := append(hasty(rt, w.URL), caremux.WithTimeout(30*time.Second), caremux.WithRetry(caremux.NoRetry))
	if ready {
		opts = append(opts, caremux.WithTokenSource(caremux.StaticToken("ready")))
	}
	return opts
}

func TestIDsNeverChangeTheEndpoint(t *testing.T) {
	ids := []string{
		"", ".", "..", "../..", "a/b", "/", "//evil.example", `a\b`, "a?b=c", "?", "a#b", "#", "%2f", "%2F..%2f",
		"%2e%2e", ".%2e", "%5c", "%3f", "%23", "%00", "\x00", "a\r\nX-Evil: 1", "\t", "\x7f", "%252f", "%25252e%25252e",
		"..;", "..;a=b", ";x=y", "a b", "a+b", "a%b", "100%", "@evil.example", ":80", "http:", "https:evil.example",
		"{id}", "*", "~", "Zoë", "数", "🙂", "\u2025", "\uff0e\uff0e\uff0f", "\u2044", "\u202e", "\u0085", "\u2028",
		"\xff\xfe", "\xc0\xae",
		strings.Repeat("x", 5000),
	}
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			w := watch(t, func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "{}", http.StatusNotFound) })
			c := must(v.make(true, at(t, w, true)...))(t)
			_ = c.get(t.Context(), "PLAIN")
			plain := w.take()
			if len(plain) != 1 || strings.Count(plain[0], "PLAIN") != 1 {
				t.Fatalf("sent %q", plain)
			}
			before, after, _ := strings.Cut(plain[0], "PLAIN")
			sent := 0
			for _, id := range ids {
				err := c.get(t.Context(), id)
				seen := w.take()
				var argument *caremux.ArgumentError
				switch {
				case errors.As(err, &argument):
					if len(seen) != 0 || argument.Field == "" {
						t.Errorf("%q: %v, after sending %q", id, err, seen)
					}
					continue
				case len(seen) != 1:
					t.Errorf("%q: sent %q, error %v", id, seen, err)
					continue
				}
				sent++
				middle, ok := strings.CutPrefix(seen[0], before)
				middle, ok2 := strings.CutSuffix(middle, after)
				if got, err := url.PathUnescape(middle); !ok || !ok2 || err != nil || got != id || strings.ContainsAny(middle, "/?#\\ ;") ||
					strings.Contains(strings.ToLower(middle), "%2f") {
					t.Errorf("%q was sent as %q", id, seen[0])
				}
			}
			if sent < 10 || sent > len(ids)-20 {
				t.Errorf("%d of %d ids were sent", sent, len(ids))
			}
		})
	}
}

func TestPlainHTTPIsRefused(t *testing.T) {
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			for base, fine := range map[string]bool{
				"http://api.example.com": false, "http://10.0.0.1": false, "http://localhost.example.com": false,
				"http://127.0.0.1.example.com": false, "ftp://api.example.com": false, "//api.example.com": false,
				"https://u:p@api.example.com": false, "https://api.example.com": true, "http://127.0.0.1:1": true,
				"http://localhost:1": true, "http://[::1]:1": true,
			} {
				if _, err := v.make(false, caremux.WithBaseURL(base)); (err == nil) != fine ||
					!fine && !errors.Is(err, caremux.ErrInvalid) {
					t.Errorf("%s: %v", base, err)
				}
			}
			if _, err := v.make(false, caremux.WithInsecureBaseURL("http://api.example.com")); err != nil {
				t.Errorf("asked for: %v", err)
			}
			// What else the environment lacks does not matter: without a plain address the error is another one.
			for name, value := range map[string]string{
				"WELKIN_TENANT": "gh", "WELKIN_INSTANCE": "sb", "WELKIN_CLIENT_NAME": "C", "WELKIN_SECRET": "s",
				"CLINIKAPI_SECRET_KEY": "clk_test_x", "SNAPCARE_HOST": "hospital.example.com",
				"SNAPCARE_DEVELOPER_ID": "d", "SNAPCARE_API_KEY": "k", "SNAPCARE_HOSPITAL_ID": "1",
				"SNAPCARE_USER_TYPE": "2", "SNAPCARE_EMAIL": "a@example.com", "SNAPCARE_PASSWORD": "p",
				"EKA_CLIENT_ID": "c", "EKA_CLIENT_SECRET": "s",
			} {
				t.Setenv(name, value)
			}
			t.Setenv(v.env, "http://api.example.com")
			if err := v.fromEnv(); err == nil || !strings.Contains(err.Error(), "https") {
				t.Errorf("from the environment: %v", err)
			}
		})
	}
}

// TestHostileAnswersAreBounded is about answers that would cost more than they are worth.
func TestHostileAnswersAreBounded(t *testing.T) {
	deep := 300_000
	if testing.Short() {
		deep = 30_000 // above the depth that encoding/json reads
	}
	nested := func(open, end string) string { return strings.Repeat(open, deep) + "1" + strings.Repeat(end, deep) }
	for name, body := range map[string]string{
		"arrays":          nested("[", "]"),
		"objects":         nested(`{"a":`, "}"),
		"in an envelope":  `{"data":` + nested("[", "]") + `,"content":` + nested("[", "]") + `}`,
		"in a member":     `{"id":` + nested(`{"id":`, "}") + `}`,
		"as errors":       `[{"errors":` + nested("[", "]") + `}]`,
		"without an end":  strings.Repeat("[", deep),
		"one long string": `{"id":"` + strings.Repeat(`\u0000`, deep),
		"one long number": `{"id":` + strings.Repeat("9", deep),
	} {
		for _, status := range []int{200, 400, 401, 500} {
			for _, v := range vendors {
				t.Run(fmt.Sprint(name, "/", status, "/", v.name), func(t *testing.T) {
					t.Parallel()
					w := watch(t, func(rw http.ResponseWriter, _ *http.Request) {
						rw.Header().Set("Content-Type", "application/json")
						rw.WriteHeader(status)
						_, _ = io.WriteString(rw, body)
					})
					c := must(v.make(true, at(t, w, true)...))(t)
					for what, err := range map[string]error{"get": c.get(t.Context(), "1"), "list": c.list(t.Context())} {
						e := typed(err)
						if e == nil {
							if err == nil && status == 200 && strings.HasPrefix(name, "in a") {
								continue // a member that nobody names may be skipped
							}
							t.Fatalf("%s: %T %.200v", what, err, err)
						}
						if e.Status != status || len(err.Error()) > 500 || status == 200 && !errors.Is(err, caremux.ErrUnreadable) {
							t.Errorf("%s: status %d, %.300v", what, e.Status, err)
						}
					}
				})
			}
		}
	}
}

// TestCompressedBombIsBounded is about an answer that is small until it is unpacked.
func TestCompressedBombIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = io.WriteString(z, `{"id":"`)
	zeros := make([]byte, 1<<20)
	for range 200 {
		_, _ = z.Write(zeros)
	}
	_ = z.Close()
	for _, status := range []int{200, 500} {
		w := watch(t, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			rw.Header().Set("Content-Encoding", "gzip")
			rw.WriteHeader(status)
			_, _ = rw.Write(bomb.Bytes())
		})
		c := must(vendors[0].make(true, at(t, w, true)...))(t)
		err := c.get(t.Context(), "1")
		e := typed(err)
		if e == nil || e.Status != status || status == 200 && !strings.Contains(err.Error(), "larger than the client accepts") ||
			len(e.Body()) > 1<<20 {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// TestTokensThatCannotWorkCauseNoLoop logs in to a vendor whose answers give nothing to call with.
func TestTokensThatCannotWorkCauseNoLoop(t *testing.T) {
	for _, v := range vendors {
		for _, answer := range append(v.badTokens, "", "null", "[]", "{}", `""`, "<html></html>", "{", nestedToken) {
			if v.login == "" {
				continue
			}
			t.Run(v.name+"/"+fmt.Sprintf("%.60s", answer), func(t *testing.T) {
				t.Parallel()
				w := watch(t, func(rw http.ResponseWriter, _ *http.Request) {
					rw.Header().Set("Content-Type", "application/json")
					_, _ = io.WriteString(rw, answer)
				})
				// While a login fails, calls wait for its next try, which a timeout ends.
				c := must(v.make(false, append(at(t, w, false), caremux.WithTimeout(200*time.Millisecond))...))(t)
				call := func() {
					err := c.get(t.Context(), "1")
					if e := typed(err); e == nil || !errors.Is(err, caremux.ErrUnauthorized) && !errors.Is(err, caremux.ErrUnreadable) {
						t.Errorf("%T %v", err, err)
					}
				}
				call()
				for range 3 {
					var several sync.WaitGroup // they wait at the same time
					for range 6 {
						several.Go(call)
					}
					several.Wait()
				}
				call()
				seen := w.take()
				for _, line := range seen {
					if !strings.Contains(line, v.login) {
						t.Errorf("sent without a token: %s", line)
					}
				}
				if len(seen) == 0 || len(seen) > 10 { // five logins a minute, each tried twice
					t.Errorf("%d requests for 20 calls", len(seen))
				}
			})
		}
	}
}

var nestedToken = `{"token":` + strings.Repeat("[", 20_000) + `,"accessToken":` + strings.Repeat("[", 20_000)
