package transport

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
)

// TestNoCallUnderWayOpensAnotherSessionAfterALogout has calls that the logout overtakes.
func TestNoCallUnderWayOpensAnotherSessionAfterALogout(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]caremux.RequestOption{
		"refused":  nil,
		"repeated": {caremux.WithIdempotent()},
	} {
		t.Run(name, bubble(func(t *testing.T) {
			l := &logins{}
			answers := make(chan int)
			c := offline(t, l, roundTrip(func(*http.Request) (*http.Response, error) {
				return fake(<-answers, `{"id":"1","code":"GONE"}`), nil
			}))
			done := make(chan error, 1)
			go func() {
				_, err := create(t, c, opts...)
				done <- err
			}()
			synctest.Wait()
			if got := logout(t, c); got != "t1" {
				t.Errorf("ended %q", got)
			}
			if name == "repeated" {
				answers <- 503
			} else {
				answers <- 401
			}
			err := <-done
			if e, ok := errors.AsType[*caremux.Error](err); !ok || name == "refused" && (e.Status != 401 ||
				e.Code != "GONE") || l.count() != 1 {
				t.Errorf("the call got %v, %d logins", err, l.count())
			}
			go func() { answers <- 200 }()
			if _, err := get(t, c); err != nil || l.count() != 2 {
				t.Errorf("a call after it: %v, %d logins", err, l.count())
			}
		}))
	}
}

// TestLogoutEndsWhatALoginUnderWayBegins has logins that the logout cannot stop.
func TestLogoutEndsWhatALoginUnderWayBegins(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		takes time.Duration
		ended string
		late  bool // the logout cannot know
	}{
		"one that ends soon": {2 * time.Second, "t1", false},
		"one that hangs":     {time.Hour, "", true},
	} {
		t.Run(name, bubble(func(t *testing.T) {
			l := &logins{before: func(_ context.Context, n int) error {
				if n == 1 {
					time.Sleep(tt.takes)
				}
				return nil
			}}
			store := caremux.NewMemoryTokenStore()
			c := offline(t, l, accepting("t1", "t2"), caremux.WithTokenStore(store))
			done := make(chan error, 1)
			go func() {
				_, err := get(t, c)
				done <- err
			}()
			synctest.Wait()
			begin := time.Now()
			var ended []string
			err := c.Logout(t.Context(), endSession, []caremux.RequestOption{caremux.WithCallTimeout(20 * time.Second)},
				func(_ context.Context, token string) error { ended = append(ended, token); return nil })
			if got := strings.Join(ended, " "); got != tt.ended || (err != nil) != tt.late || time.Since(begin) > 20*time.Second {
				t.Errorf("ended %q, %v after %v", got, err, time.Since(begin))
			}
			if e, ok := errors.AsType[*caremux.Error](err); tt.late && (!ok || !e.MaybeApplied()) {
				t.Errorf("the logout does not say that a session may have begun: %v", err)
			}
			if err := <-done; !errors.Is(err, caremux.ErrUnauthorized) {
				t.Errorf("the call under way got %v", err)
			}
			if stored, _ := store.Load(t.Context(), storeKey(c)); stored.Value != "" {
				t.Errorf("the store has %q", stored.Value)
			}
			time.Sleep(2 * time.Hour)
			if got, err := get(t, c); err != nil || got.ID != "t2" {
				t.Errorf("a call after it: %v, %v", got, err)
			}
		}))
	}
}

func TestLogoutIsBoundedWhateverTheStoreDoes(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]caremux.TokenStore{
		"a lock that another process keeps":       brokenStore{hang: true},
		"a store that hangs":                      sleepingStore{heeds: true},
		"a store that hangs, whatever it is told": sleepingStore{},
	} {
		t.Run(name, bubble(func(t *testing.T) {
			c := offline(t, &logins{}, accepting("t1"), caremux.WithTokenStore(store))
			if _, err := get(t, c); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			ended := 0
			err := c.Logout(t.Context(), endSession, []caremux.RequestOption{caremux.WithCallTimeout(8 * time.Second)},
				func(ctx context.Context, _ string) error {
					ended++
					if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) < time.Second {
						t.Errorf("no time is left to end the session: %v", time.Until(deadline))
					}
					return nil
				})
			if took := time.Since(begin); err != nil || ended != 1 || took > 8*time.Second {
				t.Errorf("%v, %d sessions ended after %v", err, ended, took)
			}
			time.Sleep(time.Hour)
		}))
	}
}
