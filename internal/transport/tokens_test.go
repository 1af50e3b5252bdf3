package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

// logins is a token source that counts, and gives "t1", "t2" and so on.
type logins struct {
	n        atomic.Int32
	lifetime time.Duration // 0: does not expire
	// before is called ahead of each login; an error from it fails the login.
	before func(ctx context.Context, n int) error
}

func (l *logins) Token(ctx context.Context) (caremux.Token, error) {
	n := int(l.n.Add(1))
	if l.before != nil {
		if err := l.before(ctx, n); err != nil {
			return caremux.Token{}, err
		}
	}
	token := caremux.Token{Value: fmt.Sprint("t", n)}
	if l.lifetime > 0 {
		token.Expires = time.Now().Add(l.lifetime)
	}
	return token, nil
}

func (l *logins) count() int { return int(l.n.Load()) }

// accepting answers requests that carry one of the tokens, and refuses others.
func accepting(tokens ...string) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		for _, token := range tokens {
			if r.Header.Get("Authorization") == "Bearer "+token {
				return fake(200, `{"id":"`+token+`"}`), nil
			}
		}
		return fake(401, `{"code":"TOKEN"}`), nil
	}
}

func loginSettings(l caremux.TokenSource) Settings {
	s := settings()
	s.Login, s.Account.Names = l, []string{"account"}
	return s
}

// offline is a client of a fake network that logs in through l.
func offline(t testing.TB, l caremux.TokenSource, rt http.RoundTripper, opts ...caremux.Option) *Client {
	return newClientOf(t, loginSettings(l), "https://acme.invalid", append([]caremux.Option{caremux.WithTransport(rt)}, opts...)...)
}

func TestTokenIsGotWhenItIsNeededAndThenKept(t *testing.T) {
	t.Parallel()
	l := &logins{}
	s := serve(t, always(200, `{"id":"1"}`))
	c := newClientOf(t, loginSettings(l), s.URL)
	if l.count() != 0 {
		t.Error("the constructor logs in")
	}
	for range 3 {
		if _, err := get(t, c); err != nil {
			t.Fatal(err)
		}
	}
	anonymous := &Operation{Name: "Logins.Create", Method: "POST", Path: "/login", Anonymous: true, OptionalBody: true}
	if err := Exec(t.Context(), c, anonymous, Input{}, nil); err != nil {
		t.Fatal(err)
	}
	for i, r := range s.requests() {
		want := "Bearer t1"
		if i == 3 {
			want = ""
		}
		if got := r.header.Get("Authorization"); got != want {
			t.Errorf("request %d has Authorization %q, want %q", i, got, want)
		}
	}
	if l.count() != 1 {
		t.Errorf("%d logins, want 1", l.count())
	}
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		accept   []string
		logins   int
		attempts int
		status   int
	}{
		{"the first is good", []string{"t1"}, 1, 1, 200},
		{"the second is good", []string{"t2"}, 2, 2, 200},
		{"only the third would be", []string{"t3"}, 2, 2, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := &logins{}
			var bodies []string
			rt := accepting(tt.accept...)
			c := offline(t, l, roundTrip(func(r *http.Request) (*http.Response, error) {
				var b bytes.Buffer
				_, _ = b.ReadFrom(r.Body)
				bodies = append(bodies, b.String())
				return rt(r)
			}))
			var r caremux.Response
			_, err := create(t, c, caremux.WithResponse(&r))
			if tt.status == 200 && err != nil {
				t.Errorf("error = %v", err)
			} else if tt.status == 401 {
				if e := wantError(t, err, 401); e.Code != "TOKEN" || e.MaybeApplied() || !errors.Is(err, caremux.ErrUnauthorized) {
					t.Errorf("error = %v", err)
				}
			}
			if l.count() != tt.logins || len(bodies) != tt.attempts || r.Attempts != tt.attempts || r.Status != tt.status {
				t.Errorf("%d logins, %d requests, Response %d attempts with %d; want %d, %d", l.count(), len(bodies),
					r.Attempts, r.Status, tt.logins, tt.attempts)
			}
			for _, body := range bodies {
				if body != `{"name":"Zoë"}` {
					t.Errorf("body = %q", body)
				}
			}
		})
	}
}

func TestReplayCarriesTheCallersHeaders(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Header.Get("Authorization") != "Bearer t2" {
			answer(w, 401, "")
			return
		}
		answer(w, 200, `{"id":"1"}`)
	})
	c := newClientOf(t, loginSettings(&logins{}), s.URL)
	if _, err := get(t, c, caremux.WithHeader("X-Own", "1"), caremux.WithHeader("Cookie", "own=1"),
		caremux.WithHeader("User-Agent", "me")); err != nil {
		t.Fatal(err)
	}
	for i, r := range s.requests() {
		if r.header.Get("X-Own") != "1" || r.header.Get("User-Agent") != "me" || len(r.header["Cookie"]) != 1 ||
			r.header.Get("Cookie") != "own=1" {
			t.Errorf("request %d has %v", i, r.header)
		}
	}
}

// TestRefusalOfTheCallersOwnCredentialsSaysNothingOfTheToken is about calls whose own header takes the token's place: their refusals
// must not use up the logins of all other calls.
func TestRefusalOfTheCallersOwnCredentialsSaysNothingOfTheToken(t *testing.T) {
	t.Parallel()
	both := func(r *http.Request, _ *Operation, token string) {
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Auth", token)
	}
	for _, tt := range []struct {
		name      string
		authorise func(*http.Request, *Operation, string)
		header    string
		sent      int // for each refused call
		logins    int
	}{
		{"in the token's place", nil, "Authorization", 1, 1},
		{"beside the token", nil, "X-Own", 2, 2},
		{"in one of its two places", both, "Authorization", 2, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refuse := true
			var sent int
			rt := roundTrip(func(r *http.Request) (*http.Response, error) {
				sent++
				if refuse {
					return fake(401, `{"code":"TOKEN"}`), nil
				}
				return fake(200, `{"id":"1"}`), nil
			})
			l := &logins{}
			s := loginSettings(l)
			s.Authorise = tt.authorise
			c := newClientOf(t, s, "https://acme.invalid", caremux.WithTransport(rt))
			_, err := get(t, c, caremux.WithHeader(tt.header, "Bearer of a user"))
			wantError(t, err, 401)
			if sent != tt.sent || l.count() != tt.logins {
				t.Errorf("%d requests and %d logins, want %d and %d", sent, l.count(), tt.sent, tt.logins)
			}
			if tt.logins > 1 {
				return
			}
			for range 2 * 5 {
				_, _ = get(t, c, caremux.WithHeader(tt.header, "Bearer of a user"))
			}
			refuse = false
			if _, err := get(t, c); err != nil || l.count() != 1 {
				t.Errorf("after them, the client's own call needs %d logins: %v", l.count(), err)
			}
		})
	}
}

func TestRefusalDoesNotDropATokenThatASiblingHasRenewed(t *testing.T) {
	t.Parallel()
	l := &logins{}
	slow, release := make(chan struct{}), make(chan struct{})
	c := offline(t, l, roundTrip(func(r *http.Request) (*http.Response, error) {
		token := r.Header.Get("Authorization")
		if token == "Bearer t1" && strings.HasSuffix(r.URL.Path, "/slow") {
			close(slow)
			<-release // the refusal is under way while the sibling renews
		}
		if token == "Bearer t1" {
			return fake(401, ""), nil
		}
		return fake(200, `{"id":"1"}`), nil
	}))
	call := func(id string) error {
		_, err := Call[thing](t.Context(), c, getThing, Input{Path: []string{id}}, nil)
		return err
	}
	done := make(chan error)
	go func() { done <- call("slow") }()
	<-slow
	if err := call("quick"); err != nil {
		t.Fatal(err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if l.count() != 2 {
		t.Errorf("%d logins, want 2: the late refusal of t1 says nothing about t2", l.count())
	}
}

func TestManyColdCallsMakeOneLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logins{before: func(context.Context, int) error { time.Sleep(time.Second); return nil }}
		c := offline(t, l, accepting("t1"))
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				if got, err := get(t, c); err != nil || got.ID != "t1" {
					t.Errorf("got %v, %v", got, err)
				}
			})
		}
		wg.Wait()
		if l.count() != 1 {
			t.Errorf("%d logins, want 1", l.count())
		}
	})
}

func TestManyRefusedCallsMakeOneLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logins{before: func(context.Context, int) error { time.Sleep(time.Second); return nil }}
		rt := accepting("t2")
		c := offline(t, l, roundTrip(func(r *http.Request) (*http.Response, error) {
			time.Sleep(time.Millisecond)
			return rt(r)
		}))
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				if got, err := get(t, c); err != nil || got.ID != "t2" {
					t.Errorf("got %v, %v", got, err)
				}
			})
		}
		wg.Wait()
		if l.count() != 2 {
			t.Errorf("%d logins, want 2", l.count())
		}
	})
}

func TestFirstCallersCancelDoesNotFailTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logins{before: func(ctx context.Context, _ int) error {
			select {
			case <-time.After(5 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		c := offline(t, l, accepting("t1"))
		first, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			begin := time.Now()
			_, err := Call[thing](first, c, getThing, Input{Path: []string{"1"}}, nil)
			if e := wantError(t, err, 0); !errors.Is(err, context.Canceled) || e.Attempts != 0 || time.Since(begin) != 2*time.Second {
				t.Errorf("the first caller got %v after %v", err, time.Since(begin))
			}
		})
		synctest.Wait()
		for range 3 {
			wg.Go(func() {
				if _, err := get(t, c); err != nil {
					t.Errorf("another caller got %v", err)
				}
			})
		}
		time.AfterFunc(2*time.Second, cancel)
		wg.Wait()
		if l.count() != 1 {
			t.Errorf("%d logins, want 1", l.count())
		}
	})
}

func TestLoginEndsWhenAllItsCallersHaveGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended []error
		l := &logins{before: func(ctx context.Context, n int) error {
			if n > 1 {
				return nil
			}
			<-ctx.Done()
			ended = append(ended, ctx.Err())
			return ctx.Err()
		}}
		c := offline(t, l, accepting("t2"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				_, err := Call[thing](ctx, c, getThing, Input{Path: []string{"1"}}, nil)
				if wantError(t, err, 0); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error = %v", err)
				}
			})
		}
		wg.Wait()
		synctest.Wait()
		if took := time.Since(begin); took != time.Second || len(ended) != 1 {
			t.Errorf("after %v the login had ended %d times, want once after a second", took, len(ended))
		}
		if got, err := get(t, c); err != nil || got.ID != "t2" {
			t.Errorf("the next caller got %v, %v", got, err)
		}
		if l.count() != 2 {
			t.Errorf("%d logins, want 2", l.count())
		}
	})
}

func TestCallersWithoutPatienceDoNotKeepOthersOut(t *testing.T) {
	t.Parallel()
	for _, heeds := range []bool{true, false} {
		for impatient := range 3 * 5 {
			synctest.Test(t, func(t *testing.T) {
				var asked, most atomic.Int32
				l := &logins{before: func(ctx context.Context, _ int) error {
					most.Store(max(most.Load(), asked.Add(1)))
					defer asked.Add(-1)
					if !heeds {
						ctx = context.WithoutCancel(ctx)
					}
					select {
					case <-time.After(3 * time.Second):
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				}}
				c := offline(t, l, accepting("t1", "t2", "t3", "t4", "t5"))
				for range impatient {
					ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
					_, err := Call[thing](ctx, c, getThing, Input{Path: []string{"1"}}, nil)
					cancel()
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("heeds the context %v: an impatient caller got %v", heeds, err)
					}
				}
				if _, err := get(t, c); err != nil {
					t.Errorf("heeds the context %v: after %d who had no patience one who has got %v", heeds, impatient, err)
				}
				if l.count() > 5 || most.Load() != 1 {
					t.Errorf("heeds the context %v: %d logins, %d at once", heeds, l.count(), most.Load())
				}
				time.Sleep(time.Minute)
			})
		}
	}
}

func TestLoginHasATimeoutOfItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logins{before: func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return fmt.Errorf("post https://host/?secret=S3CRET: %w", ctx.Err())
		}}
		s := loginSettings(l)
		s.LoginTimeout = 7 * time.Second
		c := newClientOf(t, s, "https://acme.invalid", caremux.WithTransport(accepting("t1")), caremux.WithTimeout(0))
		begin := time.Now()
		_, err := get(t, c)
		if e := wantError(t, err, 0); !errors.Is(err, context.DeadlineExceeded) || e.MaybeApplied() || time.Since(begin) != 7*time.Second {
			t.Errorf("error = %v after %v", err, time.Since(begin))
		}
		if strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("error = %v", err)
		}
	})
}

func TestTokenIsRefreshedInTheBackgroundAheadOfItsExpiry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logins{lifetime: time.Hour, before: func(context.Context, int) error { time.Sleep(3 * time.Second); return nil }}
		c := offline(t, l, accepting("t1", "t2"))
		call := func(want string, takes time.Duration) {
			t.Helper()
			begin := time.Now()
			if got, err := get(t, c); err != nil || got.ID != want || time.Since(begin) != takes {
				t.Errorf("got %v, %v after %v; want %s after %v", got, err, time.Since(begin), want, takes)
			}
		}
		call("t1", 3*time.Second)
		time.Sleep(time.Hour - time.Minute - time.Second)
		call("t1", 0)
		if l.count() != 1 {
			t.Errorf("%d logins before it is time", l.count())
		}
		time.Sleep(2 * time.Second)
		for range 20 { // one of them begins the refresh, none waits for it
			call("t1", 0)
		}
		time.Sleep(3*time.Second + time.Millisecond)
		call("t2", 0)
		if l.count() != 2 {
			t.Errorf("%d logins, want 2", l.count())
		}
	})
}

// TestRefreshThatGoesWrongCostsNoCall has a token that lasts for a minute more.
func TestRefreshThatGoesWrongCostsNoCall(t *testing.T) {
	t.Parallel()
	for name, refresh := range map[string]func(context.Context) error{
		"fails": func(context.Context) error { return errors.New("down") },
		"is refused": func(context.Context) error {
			return caremux.NewError(caremux.Error{Status: 401}, caremux.ErrorParts{})
		},
		"hangs":                   func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"hangs, whatever is said": func(context.Context) error { time.Sleep(10 * time.Minute); return errors.New("at last") },
	} {
		t.Run(name, bubble(func(t *testing.T) {
			l := &logins{lifetime: time.Hour}
			l.before = func(ctx context.Context, n int) error {
				if n == 1 {
					return nil
				}
				return refresh(ctx)
			}
			c := offline(t, l, accepting("t1"))
			_, _ = get(t, c)
			time.Sleep(time.Hour - time.Minute + time.Millisecond)
			for range 59 {
				begin := time.Now()
				if got, err := get(t, c); err != nil || got.ID != "t1" || time.Since(begin) != 0 {
					t.Fatalf("got %v, %v after %v", got, err, time.Since(begin))
				}
				time.Sleep(time.Second)
			}
			if l.count() < 2 || l.count() > 15 {
				t.Errorf("%d logins", l.count())
			}
			time.Sleep(time.Hour) // what hangs comes to its end
		}))
	}
}

func TestExpiredTokenIsNotUsedWhenTheRefreshFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logins{lifetime: time.Hour, before: func(_ context.Context, n int) error {
			if n > 1 {
				return errors.New("login is down")
			}
			return nil
		}}
		c := offline(t, l, accepting("t1"))
		for _, sleep := range []time.Duration{0, time.Hour - time.Minute + time.Second, time.Minute - 2*time.Second} {
			time.Sleep(sleep)
			if got, err := get(t, c); err != nil || got.ID != "t1" {
				t.Errorf("got %v, %v", got, err)
			}
			synctest.Wait()
		}
		time.Sleep(time.Second)
		if _, err := get(t, c); err == nil {
			t.Error("an expired token is used")
		}
		if l.count() != 4 {
			t.Errorf("%d logins, want 4", l.count())
		}
	})
}

// TestLoginsAreBoundedWhenEveryTokenIsRefused has one operation, and then many, that the vendor refuses with every token. The calls fail
// with what the vendor says.
func TestLoginsAreBoundedWhenEveryTokenIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		path   func(i int) string
		logins int // in three minutes
	}{
		"one operation":   {func(int) string { return "/x" }, 4},
		"many operations": {func(i int) string { return fmt.Sprint("/x/", i) }, 4},
	} {
		t.Run(name, bubble(func(t *testing.T) {
			l := &logins{}
			sent := 0
			c := offline(t, l, roundTrip(func(*http.Request) (*http.Response, error) {
				sent++
				return fake(401, `{"code":"TOKEN"}`), nil
			}))
			for i := range 180 {
				if e := wantError(t, c.Do(t.Context(), "GET", tt.path(i), nil, nil, nil), 401); e.Code != "TOKEN" {
					t.Fatalf("error = %v", e)
				}
				time.Sleep(time.Second)
			}
			if sent > 180+tt.logins || l.count() != tt.logins {
				t.Errorf("%d requests and %d logins, want %d", sent, l.count(), tt.logins)
			}
		}))
	}
}

// TestOperationsOfAnotherUserDoNotUseUpTheLogins has tokens that work, and ever other operations that the vendor refuses for them.
func TestOperationsOfAnotherUserDoNotUseUpTheLogins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logins{}
		sent := 0
		c := offline(t, l, roundTrip(func(r *http.Request) (*http.Response, error) {
			sent++
			if strings.HasPrefix(r.URL.Path, "/other") {
				return fake(401, `{"code":"OTHER"}`), nil
			}
			return fake(200, `{"id":"1"}`), nil
		}))
		for i := range 120 {
			if _, err := get(t, c); err != nil {
				t.Fatal(err)
			}
			if e := wantError(t, c.Do(t.Context(), "GET", fmt.Sprint("/other/", i), nil, nil, nil), 401); e.Code != "OTHER" {
				t.Fatal(e)
			}
			time.Sleep(time.Second)
		}
		if l.count() > 1+2*5 {
			t.Errorf("%d logins in two minutes", l.count())
		}
	})
}

// TestOneOperationThatIsRefusedDoesNotStopTheOthers has twenty goroutines, of which one keeps making a call that the vendor refuses.
func TestOneOperationThatIsRefusedDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logins{before: func(context.Context, int) error { time.Sleep(time.Second); return nil }}
		c := offline(t, l, roundTrip(func(r *http.Request) (*http.Response, error) {
			time.Sleep(10 * time.Millisecond)
			if r.Method == "DELETE" {
				return fake(401, `{"code":"OTHER"}`), nil
			}
			return fake(200, `{"id":"1"}`), nil
		}))
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				for range 100 {
					if i == 0 {
						err := Exec(t.Context(), c, deleteThing, Input{Path: []string{"1"}}, nil)
						if e := wantError(t, err, 401); e.Code != "OTHER" {
							t.Error(err)
						}
					} else if _, err := get(t, c); err != nil {
						t.Error(err)
					}
					time.Sleep(time.Second)
				}
			})
		}
		wg.Wait()
		if l.count() != 2 {
			t.Errorf("%d logins, want 2", l.count())
		}
	})
}

// TestTokenThatEndedIsReplacedForAnOperationThatWasRefusedBefore has the same 401 twice for another reason.
func TestTokenThatEndedIsReplacedForAnOperationThatWasRefusedBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logins{}
		accept := accepting()
		c := offline(t, l, roundTrip(func(r *http.Request) (*http.Response, error) { return accept(r) }))
		_, err := get(t, c)
		wantError(t, err, 401)
		for i, sleep := range []time.Duration{time.Minute, 0, 5 * time.Minute, 20 * time.Minute} {
			time.Sleep(sleep)
			want := fmt.Sprint("t", l.count())
			if i != 1 {
				want = fmt.Sprint("t", l.count()+1)
			}
			accept = accepting(want)
			if got, err := get(t, c); err != nil || got.ID != want {
				t.Errorf("after %v: %v, %v, want %s", sleep, got, err, want)
			}
		}
	})
}

// TestRefusedCallThatCannotBeSentAgainHelpsTheNext has uploads alone, whose content can be read once.
func TestRefusedCallThatCannotBeSentAgainHelpsTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logins{}
		rt := accepting("t2")
		c := offline(t, l, roundTrip(func(r *http.Request) (*http.Response, error) {
			_, _ = io.Copy(io.Discard, r.Body)
			return rt(r)
		}))
		op := &Operation{Name: "Files.Upload", Method: "POST", Path: "/{tenant}/files"}
		send := func() error {
			return Exec(t.Context(), c, op,
				Input{Body: content.Raw("text/plain", caremux.File{Content: onlyReader{strings.NewReader("x")}})}, nil)
		}
		wantError(t, send(), 401)
		synctest.Wait()
		if err := send(); err != nil || l.count() != 2 {
			t.Errorf("the next upload: %v after %d logins", err, l.count())
		}
	})
}

func TestOutageOfTheLoginEndsForCallsWhenItEnds(t *testing.T) {
	t.Parallel()
	status := func(status int) func(context.Context) error {
		return func(context.Context) error {
			return caremux.NewError(caremux.Error{
				Vendor: "acme", Operation: "Logins.Create", Status: status, Attempts: 1,
			}, caremux.ErrorParts{MaybeApplied: true})
		}
	}
	for _, tt := range []struct {
		name  string
		fails func(context.Context) error
		lasts time.Duration
		late  bool          // calls may fail for a while after it
		most  time.Duration // how long calls fail, or wait
	}{
		{"5xx", status(503), 2 * time.Second, false, 4 * time.Second},
		{"5xx for long", status(502), 10 * time.Minute, false, 10*time.Minute + 10*time.Second},
		{"no response", status(0), 2 * time.Second, false, 4 * time.Second},
		{"lost connection", func(context.Context) error { return &dialError }, 2 * time.Second, false, 4 * time.Second},
		{"timeout", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, 2 * time.Second, false, 6 * time.Second},
		{"error of a source", func(context.Context) error { return errors.New("vault is sealed") }, 2 * time.Second, true, 4 * time.Second},
		{"error of a source for long", func(context.Context) error {
			return errors.New("vault is sealed")
		}, 10 * time.Minute, true, 10*time.Minute + 10*time.Second},
	} {
		t.Run(tt.name, bubble(func(t *testing.T) {
			begin := time.Now()
			logins, failed := 0, 0
			c := offline(t, caremux.TokenSourceFunc(func(ctx context.Context) (caremux.Token, error) {
				if logins++; time.Since(begin) < tt.lasts {
					return caremux.Token{}, tt.fails(ctx)
				}
				return caremux.Token{Value: "t1"}, nil
			}), accepting("t1"))
			for {
				started := time.Since(begin)
				_, err := get(t, c)
				if err == nil {
					break
				}
				if failed++; started >= tt.lasts && !tt.late {
					t.Errorf("a call that began after %v failed: %v", started, err)
				}
				time.Sleep(100 * time.Millisecond)
			}
			if took := time.Since(begin); took > tt.most {
				t.Errorf("calls failed or waited for %v, want at most %v", took, tt.most)
			}
			if most := 8 + int(tt.lasts/(6*time.Second)); logins > most {
				t.Errorf("%d logins, want at most %d", logins, most)
			}
			t.Logf("%v: %d calls failed, %d logins, until %v", tt.lasts, failed, logins, time.Since(begin))
		}))
	}
}

func TestCredentialsThatAreRejectedAreTriedTwiceAMinute(t *testing.T) {
	t.Parallel()
	refusal := func(status int, code, message string, kind error) error {
		return caremux.NewError(caremux.Error{
			Vendor: "acme", Operation: "Logins.Create", Status: status, Code: code, Message: message, Kind: kind,
		}, caremux.ErrorParts{})
	}
	for _, tt := range []struct {
		name string
		err  error
		own  bool // the user's own token source
		want int  // logins of seven calls
	}{
		{"401", refusal(401, "BAD_SECRET", "", nil), false, 2},
		{"403", refusal(403, "", "The client is disabled", nil), false, 2},
		{"too many logins", refusal(403, "SLOW_DOWN", "", caremux.ErrRateLimited), false, 5},
		{"another status", refusal(400, "BAD_SECRET", "", nil), false, 5},
		{"a source that may give another", refusal(401, "BAD_SECRET", "", nil), true, 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				heals := false
				l := &logins{before: func(context.Context, int) error {
					if heals {
						return nil
					}
					return tt.err
				}}
				var c *Client
				if tt.own {
					c = offline(t, nil, accepting("t6", "t7"), caremux.WithTokenSource(l))
				} else {
					c = offline(t, l, accepting("t3", "t6"))
				}
				for range 7 {
					if _, err := get(t, c); !errors.Is(err, tt.err) {
						t.Errorf("error = %v", err)
					}
				}
				if l.count() != tt.want {
					t.Errorf("%d logins, want %d", l.count(), tt.want)
				}
				time.Sleep(time.Minute)
				heals = true
				if _, err := get(t, c); err != nil || l.count() != tt.want+1 {
					t.Errorf("a minute later: %v after %d logins", err, l.count())
				}
			})
		})
	}
}

func TestLoginThatGivesNoTokenThatWorks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		token caremux.Token
		want  string
	}{
		{"empty", caremux.Token{}, "the login returned an empty token"},
		{"empty but lasting", caremux.Token{Expires: time.Now().Add(time.Hour)}, "the login returned an empty token"},
		{"expired", caremux.Token{Value: "S3CRET", Expires: time.Now().Add(-time.Second)}, "the login returned a token that has expired"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			source := caremux.TokenSourceFunc(func(context.Context) (caremux.Token, error) { return tt.token, nil })
			sent := false
			c := offline(t, source, roundTrip(func(*http.Request) (*http.Response, error) {
				sent = true
				return fake(200, `{"id":"1"}`), nil
			}))
			_, err := get(t, c)
			if !errors.Is(err, caremux.ErrUnauthorized) || !strings.Contains(err.Error(), tt.want) ||
				strings.Contains(err.Error(), "S3CRET") {
				t.Errorf("error = %v, want %q", err, tt.want)
			}
			if sent {
				t.Error("the call was sent all the same")
			}
		})
	}
}

func TestTokenSourceOfTheUserReplacesTheLogin(t *testing.T) {
	t.Parallel()
	l := &logins{}
	c := offline(t, l, accepting("mine"), caremux.WithTokenSource(caremux.StaticToken("mine")))
	if got, err := get(t, c); err != nil || got.ID != "mine" || l.count() != 0 {
		t.Errorf("got %v, %v after %d logins", got, err, l.count())
	}
	broken := errors.New("vault at https://vault is sealed, S3CRET")
	c = offline(t, l, accepting("mine"), caremux.WithTokenSource(caremux.TokenSourceFunc(func(context.Context) (caremux.Token, error) {
		return caremux.Token{}, broken
	})))
	_, err := get(t, c)
	if e := wantError(t, err, 0); !errors.Is(err, broken) || strings.Contains(err.Error(), "S3CRET") ||
		e.Attempts != 0 || e.MaybeApplied() {
		t.Errorf("error = %v", err)
	}
}

func TestVendorsOwnWayToAuthorise(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	settings := loginSettings(&logins{})
	settings.Authorise = func(r *http.Request, op *Operation, token string) {
		r.Header.Set("X-Api-Key", op.Name+" "+token)
	}
	if _, err := get(t, newClientOf(t, settings, s.URL)); err != nil {
		t.Fatal(err)
	}
	if h := s.requests()[0].header; h.Get("X-Api-Key") != "Things.Get t1" || h.Get("Authorization") != "" {
		t.Errorf("header = %v", h)
	}
}

func TestTokenIsRenewedBetweenAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logins{lifetime: time.Minute}
		var tokens []string
		c := offline(t, l, roundTrip(func(r *http.Request) (*http.Response, error) {
			tokens = append(tokens, r.Header.Get("Authorization"))
			if len(tokens) == 1 {
				return fake(503, "", "Retry-After", "60"), nil
			}
			return fake(200, `{"id":"1"}`), nil
		}), caremux.WithTimeout(0))
		_, err := get(t, c)
		if err != nil || len(tokens) != 2 || tokens[0] != "Bearer t1" || tokens[1] != "Bearer t2" {
			t.Errorf("tokens = %q, %v", tokens, err)
		}
	})
}

func TestLoginThatFailsBetweenAttemptsKeepsTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logins{lifetime: 2 * time.Minute, before: func(_ context.Context, n int) error {
			if n > 1 {
				return errors.New("login is down")
			}
			return nil
		}}
		c := offline(t, l, roundTrip(func(*http.Request) (*http.Response, error) {
			return fake(503, `{"code":"BUSY"}`, "Retry-After", "60"), nil
		}), caremux.WithTimeout(0), caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 9, MaxRetryAfter: time.Hour}))
		_, err := get(t, c)
		if e := wantError(t, err, 503); e.Attempts != 2 || !errors.Is(err, caremux.ErrServer) {
			t.Errorf("error = %v", err)
		}
	})
}

func TestStoreSharesOneLogin(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	memory := caremux.NewMemoryTokenStore()
	for name, open := range map[string]func() caremux.TokenStore{
		"memory": func() caremux.TokenStore { return memory },
		"file": func() caremux.TokenStore {
			s, err := caremux.NewFileTokenStore(folder)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &logins{lifetime: time.Hour}
			clients := []*Client{offline(t, l, accepting("t1", "t2"), caremux.WithTokenStore(open())),
				offline(t, l, accepting("t1", "t2"), caremux.WithTokenStore(open()))}
			var wg sync.WaitGroup
			for i := range 20 {
				wg.Go(func() {
					if got, err := get(t, clients[i%2]); err != nil || got.ID != "t1" {
						t.Errorf("got %v, %v", got, err)
					}
				})
			}
			wg.Wait()
			if l.count() != 1 {
				t.Errorf("%d logins, want 1", l.count())
			}
			late := offline(t, l, accepting("t2"), caremux.WithTokenStore(open()))
			if got, err := get(t, late); err != nil || got.ID != "t2" || l.count() != 2 {
				t.Errorf("a refused token is taken from the store again: %v, %v, %d logins", got, err, l.count())
			}
			// Of the others, each learns of the new token by a refusal, and takes it without logging in.
			refusing := offline(t, l, accepting("t2"), caremux.WithTokenStore(open()))
			if got, err := get(t, refusing); err != nil || got.ID != "t2" || l.count() != 2 {
				t.Errorf("the new token is not shared: %v, %v, %d logins", got, err, l.count())
			}
			other := newClientOf(t, func() Settings {
				s := loginSettings(l)
				s.Account.Names = []string{"another account"}
				return s
			}(), "https://acme.invalid", caremux.WithTransport(accepting("t3")), caremux.WithTokenStore(open()))
			if got, err := get(t, other); err != nil || got.ID != "t3" || l.count() != 3 {
				t.Errorf("another account: %v, %v, %d logins", got, err, l.count())
			}
		})
	}
}

func TestStaleTokenOfTheStoreIsNotUsed(t *testing.T) {
	t.Parallel()
	store := caremux.NewMemoryTokenStore()
	l := &logins{lifetime: time.Hour}
	c := offline(t, l, accepting("t1"), caremux.WithTokenStore(store))
	key := storeKey(c)
	if err := store.Save(t.Context(), key, caremux.Token{Value: "old", Expires: time.Now().Add(time.Minute / 2)}); err != nil {
		t.Fatal(err)
	}
	if got, err := get(t, c); err != nil || got.ID != "t1" {
		t.Errorf("got %v, %v", got, err)
	}
	if saved, err := store.Load(t.Context(), key); err != nil || saved.Value != "t1" || saved.Expires.IsZero() {
		t.Errorf("the store holds %q, %v", saved.Value, err)
	}
}

// brokenStore fails in every way, or hangs.
type brokenStore struct{ hang bool }

var errStore = errors.New("store with S3CRET is down")

func (s brokenStore) Load(ctx context.Context, _ string) (caremux.Token, error) {
	return caremux.Token{}, errStore
}
func (s brokenStore) Save(context.Context, string, caremux.Token) error { return errStore }
func (s brokenStore) Lock(ctx context.Context, _ string) (func(), error) {
	if s.hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, errStore
}

func TestStoreErrorsDoNotFailCalls(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	l := &logins{}
	c := offline(t, l, accepting("t1"), caremux.WithTokenStore(brokenStore{}), caremux.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	if got, err := get(t, c); err != nil || got.ID != "t1" || l.count() != 1 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, want := range []string{"load failed", "lock failed", "save failed"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q: %s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "S3CRET") {
		t.Errorf("log = %s", log.String())
	}
	if got, err := get(t, offline(t, &logins{}, accepting("t1"), caremux.WithTokenStore(brokenStore{}))); err != nil || got.ID != "t1" {
		t.Errorf("without a logger: got %v, %v", got, err)
	}
}

// TestStoreThatHangsCostsTimeAndNoCall has a store whose lock another process keeps, and one that heeds no context.
func TestStoreThatHangsCostsTimeAndNoCall(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		store caremux.TokenStore
		takes time.Duration
	}{
		"lock":                {brokenStore{hang: true}, 10 * time.Second},
		"everything":          {sleepingStore{heeds: true}, 5*time.Second + 10*time.Second + 5*time.Second + 5*time.Second},
		"whatever it is told": {sleepingStore{}, 6*time.Second + 11*time.Second + 6*time.Second + 6*time.Second},
	} {
		t.Run(name, bubble(func(t *testing.T) {
			l := &logins{}
			c := offline(t, l, accepting("t1"), caremux.WithTokenStore(tt.store))
			begin := time.Now()
			if got, err := get(t, c); err != nil || got.ID != "t1" || l.count() != 1 || time.Since(begin) != tt.takes {
				t.Errorf("got %v, %v after %v and %d logins, want %v", got, err, time.Since(begin), l.count(), tt.takes)
			}
			time.Sleep(time.Hour) // what hangs comes to its end
		}))
	}
}

// sleepingStore takes ten minutes for everything.
type sleepingStore struct{ heeds bool }

func (s sleepingStore) sleep(ctx context.Context) error {
	if !s.heeds {
		ctx = context.WithoutCancel(ctx)
	}
	select {
	case <-ctx.Done():
	case <-time.After(10 * time.Minute):
	}
	return ctx.Err()
}

func (s sleepingStore) Load(ctx context.Context, _ string) (caremux.Token, error) {
	return caremux.Token{}, s.sleep(ctx)
}
func (s sleepingStore) Save(ctx context.Context, _ string, _ caremux.Token) error {
	return s.sleep(ctx)
}
func (s sleepingStore) Lock(ctx context.Context, _ string) (func(), error) {
	return func() {}, s.sleep(ctx)
}
