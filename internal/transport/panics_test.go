package transport

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
)

// bugs is code of the user's that does not return.
var bugs = map[string]func(){
	"panic":  func() { panic("bug of the user") },
	"Goexit": runtime.Goexit,
}

// endOf runs a call in a goroutine of its own, and returns how it ended: what it panicked with, or "exited" or
// "returned".
func endOf(call func()) (end any) {
	var wg sync.WaitGroup
	wg.Go(func() {
		end = "exited"
		defer func() {
			if v := recover(); v != nil {
				end = v
			}
		}()
		call()
		end = "returned"
	})
	wg.Wait()
	return end
}

// wantEnd fails the test unless a call ended as the user's code did: by a panic, by Goexit, or "" for a return.
func wantEnd(t *testing.T, how string, got any) {
	t.Helper()
	if e, ok := got.(*caremux.PanicError); ok {
		got = e.Value
	}
	if want := map[string]any{"panic": "bug of the user", "Goexit": "exited", "": "returned"}[how]; got != want {
		t.Errorf("%s: the call ended with %v", how, got)
	}
}

type endingStore struct {
	caremux.TokenStore
	load, save, lock, unlock func()
}

func (s endingStore) Load(ctx context.Context, key string) (caremux.Token, error) {
	if s.load != nil {
		s.load()
	}
	return s.TokenStore.Load(ctx, key)
}

func (s endingStore) Save(ctx context.Context, key string, token caremux.Token) error {
	if s.save != nil {
		s.save()
	}
	return s.TokenStore.Save(ctx, key, token)
}

func (s endingStore) Lock(ctx context.Context, key string) (func(), error) {
	if s.lock != nil {
		s.lock()
	}
	unlock, err := s.TokenStore.Lock(ctx, key)
	return func() {
		unlock()
		if s.unlock != nil {
			s.unlock()
		}
	}, err
}

func TestTheUsersBugEndsTheGoroutineOfTheCall(t *testing.T) {
	t.Parallel()
	type options = []caremux.Option
	store := caremux.NewMemoryTokenStore
	for where, with := range map[string]func(end func()) options{
		"token source": func(end func()) options {
			return options{caremux.WithTokenSource(caremux.TokenSourceFunc(func(context.Context) (caremux.Token, error) {
				end()
				return caremux.Token{}, nil
			}))}
		},
		"middleware": func(end func()) options {
			return options{caremux.WithMiddleware(func(http.RoundTripper) http.RoundTripper {
				return roundTrip(func(*http.Request) (*http.Response, error) { end(); return nil, nil })
			})}
		},
		"observer": func(end func()) options {
			return options{caremux.WithObserver(func(context.Context, caremux.CallEvent) { end() })}
		},
		"load": func(end func()) options {
			return options{caremux.WithTokenStore(endingStore{store(), end, nil, nil, nil})}
		},
		"save": func(end func()) options {
			return options{caremux.WithTokenStore(endingStore{store(), nil, end, nil, nil})}
		},
		"lock": func(end func()) options {
			return options{caremux.WithTokenStore(endingStore{store(), nil, nil, end, nil})}
		},
		"unlock": func(end func()) options {
			return options{caremux.WithTokenStore(endingStore{store(), nil, nil, nil, end})}
		},
	} {
		for how, end := range bugs {
			t.Run(where+" "+how, bubble(func(t *testing.T) {
				faulty := true
				c := offline(t, &logins{}, accepting("t1", "t2", "t3", "t4"), with(func() {
					if faulty {
						end()
					}
				})...)
				wantEnd(t, how, endOf(func() { _, _ = get(t, c) }))
				if where == "unlock" {
					how = "" // the token was stored before
				}
				wantEnd(t, how, endOf(func() { _, _ = get(t, c) }))
				wantEnd(t, how, endOf(func() {
					for range All[thing](t.Context(), c, listOf(byFlag), Input{}, []caremux.RequestOption{caremux.WithPrefetch(2)}) {
					}
				}))
				synctest.Wait()
				faulty = false
				if where == "token source" || where == "middleware" {
					return
				}
				if _, err := get(t, c); err != nil {
					t.Errorf("the next call: %v", err)
				}
			}))
		}
	}
}

// TestBugInTheBackgroundEndsTheNextCall has a source that panics in a refresh that nobody waits for.
func TestBugInTheBackgroundEndsTheNextCall(t *testing.T) {
	t.Parallel()
	for how, end := range bugs {
		t.Run(how, bubble(func(t *testing.T) {
			n := 0
			c := offline(t, caremux.TokenSourceFunc(func(context.Context) (caremux.Token, error) {
				if n++; n == 2 {
					end()
				}
				return caremux.Token{Value: "t1", Expires: time.Now().Add(time.Hour)}, nil
			}), accepting("t1"))
			if _, err := get(t, c); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour - 30*time.Second)
			if _, err := get(t, c); err != nil {
				t.Errorf("with a token that lasts: %v", err)
			}
			synctest.Wait()
			wantEnd(t, how, endOf(func() { _, _ = get(t, c) }))
			if _, err := get(t, c); err != nil {
				t.Errorf("after it: %v", err)
			}
		}))
	}
}
