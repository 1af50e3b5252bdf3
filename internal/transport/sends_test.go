package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

type middleware = func(http.RoundTripper) http.RoundTripper

// TestOutcomeOfEverySendCounts is about middleware that sends an attempt several times, or not at all, and reports an outcome of its own.
func TestOutcomeOfEverySendCounts(t *testing.T) {
	t.Parallel()
	deadPlace := func(r *http.Request) *http.Request {
		r = r.Clone(context.Background())
		r.URL.Host = "127.0.0.1:1"
		r.Body, r.GetBody, r.ContentLength = nil, nil, 0
		return r
	}
	failingOver := func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			if resp, err := next.RoundTrip(r.WithContext(context.Background())); err == nil && resp.StatusCode < 500 {
				return resp, nil
			}
			return next.RoundTrip(deadPlace(r))
		})
	}
	overloaded := func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			if resp, err := next.RoundTrip(r); err == nil && resp.StatusCode < 500 {
				return resp, nil
			}
			return fake(http.StatusTooManyRequests, "{}"), nil
		})
	}
	nowhere := func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) { return next.RoundTrip(deadPlace(r)) })
	}
	breaker := func(err error) middleware {
		return func(http.RoundTripper) http.RoundTripper {
			return roundTrip(func(*http.Request) (*http.Response, error) { return nil, err })
		}
	}
	reset := func(w http.ResponseWriter, _ *http.Request, _ int) { hangUp(w, "", true) }
	for _, tt := range []struct {
		name     string
		handle   func(http.ResponseWriter, *http.Request, int)
		mw       middleware
		sent     int
		attempts int
		maybe    bool
		notSent  bool
	}{
		{"lost, then a dead place", reset, failingOver, 1, 1, true, false},
		{"failed, then a dead place", always(502, ""), failingOver, 1, 1, true, false},
		{"refused for now, then a dead place", func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Retry-After", "0")
			answer(w, 503, "")
		}, failingOver, 1, 1, true, false}, // what the second place was sent is one more send
		{"a dead place alone", always(200, `{"id":"1"}`), nowhere, 0, 3, false, true},
		{"lost, reported as too many", reset, overloaded, 1, 1, true, false},
		{"failed, reported as too many", always(500, ""), overloaded, 1, 1, true, false},
		{"refused to send", always(200, `{"id":"1"}`), breaker(fmt.Errorf("the circuit is open: %w", caremux.ErrNotSent)),
			0, 3, false, true},
		{"an error of its own", always(200, `{"id":"1"}`), breaker(errors.New("broken")), 0, 1, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, tt.handle)
			_, err := create(t, newClient(t, s.URL, caremux.WithMiddleware(tt.mw)))
			var e *caremux.Error
			if !errors.As(err, &e) || e.MaybeApplied() != tt.maybe || e.Attempts != tt.attempts ||
				errors.Is(err, caremux.ErrNotSent) != tt.notSent {
				t.Errorf("%v, MaybeApplied %v after %d attempts, not sent %v", err, e.MaybeApplied(),
					e.Attempts, errors.Is(err, caremux.ErrNotSent))
			}
			if s.count() != tt.sent {
				t.Errorf("%d requests arrived, want %d", s.count(), tt.sent)
			}
		})
	}
}

// TestCauseIsNamedAtOnce is about what no second attempt can help.
func TestCauseIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `{"id":"1"}`) }))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	mutual := httptest.NewUnstartedServer(secure.Config.Handler)
	mutual.Config.ErrorLog = log.New(io.Discard, "", 0)
	mutual.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert}
	mutual.StartTLS()
	t.Cleanup(mutual.Close)
	plain := serve(t, always(200, `{"id":"1"}`))
	proxy := serve(t, always(http.StatusProxyAuthRequired, ""))
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	roots.AddCert(mutual.Certificate())

	host := func(address string) string {
		return strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://")
	}
	for _, tt := range []struct {
		name, address string
		change        func(*http.Transport)
		reason        string
	}{
		{"a proxy that wants a login", secure.URL, func(rt *http.Transport) {
			rt.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: host(proxy.URL)})
		}, "the proxy wants a login"},
		{"an authority that is not known", secure.URL, func(rt *http.Transport) {
			rt.TLSClientConfig = nil
		}, "the server's certificate is not trusted"},
		{"another host's certificate", secure.URL, func(rt *http.Transport) { rt.TLSClientConfig.ServerName = "acme.invalid" },
			"the server's certificate is for another host"},
		{"no client certificate", mutual.URL, nil, "the server wants a client certificate"},
		{"https where http is spoken", "https://" + host(plain.URL), nil, "the server speaks http, not https"},
		{"http where https is spoken", "http://" + host(secure.URL), nil, "the server speaks https, not http"},
		{"http where TLS alone is spoken", "http://" + alerting(t), nil, "the server speaks https, not http"},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			t.Run(tt.name+", "+method, func(t *testing.T) {
				t.Parallel()
				rt := caremux.NewTransport()
				t.Cleanup(rt.CloseIdleConnections)
				rt.TLSClientConfig = &tls.Config{RootCAs: roots}
				if tt.change != nil {
					tt.change(rt)
				}
				c := newClient(t, tt.address, caremux.WithTransport(rt))
				_, err := get(t, c)
				if method == http.MethodPost {
					_, err = create(t, c)
				}
				var e *caremux.Error
				if !errors.As(err, &e) || e.Attempts != 1 || e.MaybeApplied() || !errors.Is(err, caremux.ErrNotSent) ||
					!strings.Contains(err.Error(), tt.reason) {
					t.Errorf("%v, not sent %v; want %q after one attempt", err, errors.Is(err, caremux.ErrNotSent), tt.reason)
				}
			})
		}
	}
}

// alerting is a server of TLS alone, which refuses what is not in its records by an alert.
func alerting(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1))
			_, _ = conn.Write([]byte{0x15, 3, 1, 0, 2, 2, 22})
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

// TestInterimResponsesToAWriteAreBounded is about a server that sends 1xx responses without end. Those to a read are
// bounded by net/http, by the length of their headers.
func TestInterimResponsesToAWriteAreBounded(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				for r.Context().Err() == nil {
					w.WriteHeader(http.StatusEarlyHints)
				}
			})
			c := newClient(t, s.URL, caremux.WithRetry(caremux.NoRetry))
			op := &Operation{Name: "Things.Try", Method: method, Path: "/{tenant}/things"}
			_, err := Call[thing](t.Context(), c, op, Input{Body: content.JSON(&thingInput{Name: "Zoë"})}, nil)
			if e := wantError(t, err, 0); !e.MaybeApplied() || !strings.Contains(err.Error(), "too many 1xx responses") {
				t.Errorf("%s: %v", method, err)
			}
		})
	}
}
