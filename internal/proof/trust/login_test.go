package trust

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/faultnet"
)

// aside starts a vendor behind a proxy and makes one client. script decides about logins and about other requests.
func aside(t *testing.T, start func(*testing.T) *subject, timeout time.Duration,
	login, other func(n int) faultnet.Fault) (*subject, *faultnet.Proxy, calls) {
	t.Helper()
	s := start(t)
	t.Cleanup(s.stop)
	var logins, others int
	p := must(faultnet.New(faultnet.Config{Target: s.url, Script: func(r *http.Request) faultnet.Fault {
		if s.isLogin(r.URL.Path) {
			logins++
			return login(logins)
		}
		others++
		return other(others)
	}}))(t)
	t.Cleanup(p.Close)
	rt := caremux.NewTransport()
	rt.DialContext = p.Dial
	t.Cleanup(rt.CloseIdleConnections)
	c := must(s.connect(append(hasty(rt, p.URL), caremux.WithTimeout(timeout))...))(t)
	return s, p, c
}

func clean(int) faultnet.Fault { return faultnet.None }

// TestLoginsUnderAStorm refuses every token that the vendor gives out.
func TestLoginsUnderAStorm(t *testing.T) {
	for _, sub := range subjects {
		t.Run(sub.vendor, func(t *testing.T) {
			t.Parallel()
			var refused, logins atomic.Int64
			s, _, c := asideOrSkip(t, sub.start, func(int) faultnet.Fault { logins.Add(1); return faultnet.None },
				func(int) faultnet.Fault { refused.Add(1); return faultnet.Unauthorized })
			begin := s.logins()
			var all sync.WaitGroup
			for w := range workers {
				all.Go(func() {
					for i := range 10 {
						o := one(t.Context(), c, w*10+i)
						known := typed(o.err)
						if known == nil || !errors.Is(o.err, caremux.ErrUnauthorized) || known.MaybeApplied() {
							t.Errorf("%s: %v", o.marker, o.err)
						}
					}
				})
			}
			all.Wait()
			if n := s.logins() - begin; n < 1 || n > 5 || int64(n) > logins.Load() {
				t.Errorf("%d logins for %d calls, want 1 to 5", n, workers*10)
			}
			if n := refused.Load(); n > 2*workers*10 {
				t.Errorf("%d requests for %d calls", n, workers*10)
			}
			for _, a := range s.arrived() {
				if m := markerOf(a.body); m != "" {
					t.Errorf("%s came through", m)
				}
			}
		})
	}
}

func asideOrSkip(t *testing.T, start func(*testing.T) *subject, login, other func(int) faultnet.Fault) (*subject, *faultnet.Proxy, calls) {
	t.Helper()
	s, p, c := aside(t, start, 20*time.Second, login, other)
	if s.logins == nil {
		t.Skip("no logins")
	}
	return s, p, c
}

// TestFaultsOfALogin lets the first login of a client meet each fault: the callers that wait for it all hear of it or get their
// token by a second try, and the next call logs in. A login that stalls may leave its callers too little time for a response.
func TestFaultsOfALogin(t *testing.T) {
	for _, sub := range subjects {
		for _, f := range faultnet.Faults() {
			if sub.vendor == "clinik" || f == faultnet.Endless {
				continue
			}
			t.Run(sub.vendor+"/"+f.String(), func(t *testing.T) {
				t.Parallel()
				s, p, c := aside(t, sub.start, 3*time.Second, func(n int) faultnet.Fault {
					if n == 1 {
						return f
					}
					return faultnet.None
				}, clean)
				begin := s.logins()
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				var failed, unsure atomic.Int64
				stalls := strings.HasPrefix(f.String(), "stall")
				var all sync.WaitGroup
				for i := range 10 {
					all.Go(func() {
						_, err := c.create(ctx, markerPrefix+"1")
						if err == nil {
							return
						}
						known := typed(err)
						switch {
						case known != nil && known.MaybeApplied() && stalls && errors.Is(err, context.DeadlineExceeded):
							unsure.Add(1)
							return
						case known == nil || known.MaybeApplied() || errors.Is(err, ctx.Err()):
							t.Errorf("caller %d: %T %v", i, err, err)
						}
						failed.Add(1)
					})
				}
				all.Wait()
				if _, err := c.create(ctx, markerPrefix+"2"); err != nil {
					t.Errorf("the next call: %v", err)
				}
				// One login may be lost with its answer, one more may be a second try, and one belongs to the next call.
				if n := s.logins() - begin; n < 1 || n > 3 {
					t.Errorf("%d logins", n)
				}
				created := 0
				for _, a := range s.arrived() {
					if markerOf(a.body) == markerPrefix+"1" {
						created++
					}
				}
				if most := 10 - int(failed.Load()); created > most || created < most-int(unsure.Load()) {
					t.Errorf("%d records; %d calls failed, and %d may have been applied", created, failed.Load(), unsure.Load())
				}
				if p.Strays() > 0 {
					t.Error("a login followed a redirect to another origin")
				}
			})
		}
	}
}
