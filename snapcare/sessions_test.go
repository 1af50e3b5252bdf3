package snapcare_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

func TestManyCallersWaitForOneLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sessions(nil)
		c := s.client(t, testLogin)
		call := func() {
			var all sync.WaitGroup
			for range 30 {
				all.Go(func() {
					if err := getUser(t, c); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		count := func(what string, logins, renewals int) {
			t.Helper()
			s.mu.Lock()
			defer s.mu.Unlock()
			all := strings.Join(s.sent, "\n") + "\n"
			if l, r, u := strings.Count(all, loginCall+"\n"), strings.Count(all, renewCall+"\n"),
				strings.Count(all, userCall); l != logins || r != renewals || u != 30 {
				t.Errorf("%s: %d logins, %d renewals, %d calls; want %d, %d, 30", what, l, r, u, logins, renewals)
			}
			s.sent = nil
		}
		call()
		count("first calls", 1, 0)
		time.Sleep(59*time.Minute + 30*time.Second)
		call()
		synctest.Wait()
		count("within the last minute", 0, 1)
		if err := c.Logout(t.Context()); err != nil {
			t.Error(err)
		}
		s.sent = nil
		call()
		count("after the logout", 1, 0)
	})
}

// TestSessionThatSomebodyElseEndedIsReplaced has sessions that end elsewhere, of a client by itself and of two that share a store.
func TestSessionThatSomebodyElseEndedIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := map[string]bool{}
		s := sessions(func(r *http.Request) (int, string) {
			if ended[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] {
				return 401, ""
			}
			return 0, ""
		})
		call := func(c *snapcare.Client) {
			t.Helper()
			if err := getUser(t, c); err != nil {
				t.Error(err)
			}
		}
		c := s.client(t, testLogin)
		call(c)
		for _, token := range []string{"T1", "T2", "T3"} { // as often as it happens
			ended[token] = true
			call(c)
		}
		s.expect(t, "ended elsewhere", loginCall, userCall+" Bearer T1", userCall+" Bearer T1", loginCall, userCall+" Bearer T2",
			userCall+" Bearer T2", loginCall, userCall+" Bearer T3", userCall+" Bearer T3", loginCall, userCall+" Bearer T4")

		store := caremux.NewMemoryTokenStore()
		first, second := s.client(t, testLogin, caremux.WithTokenStore(store)), s.client(t, testLogin, caremux.WithTokenStore(store))
		call(first)
		call(second)
		ended["T5"] = true
		call(first)
		call(second)
		s.expect(t, "with a store", loginCall, userCall+" Bearer T5", userCall+" Bearer T5",
			userCall+" Bearer T5", loginCall, userCall+" Bearer T6",
			userCall+" Bearer T5", userCall+" Bearer T6")
	})
}

// TestLoginThatGivesTheSameTokenAgain has a vendor that keeps one session for a device.
func TestLoginThatGivesTheSameTokenAgain(t *testing.T) {
	s := &site{answer: func(r *http.Request, _ int) (int, string) {
		if r.Method == "POST" {
			return 200, fmt.Sprintf(`{"accessToken":"T","expires":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339))
		}
		return 401, `<html>only patients</html>`
	}}
	c := s.client(t, testLogin)
	for range 10 {
		err := getUser(t, c)
		wantWrongUser(t, err, true)
		var e *caremux.Error
		if !errors.As(err, &e) || string(e.Body()) != `<html>only patients</html>` {
			t.Errorf("got %v", err)
		}
	}
	want := []string{loginCall, userCall + " Bearer T", loginCall}
	for range 9 {
		want = append(want, userCall+" Bearer T")
	}
	s.expect(t, "refused ten times", want...)
}

func TestLogoutThatFails(t *testing.T) {
	s := sessions(func(r *http.Request) (int, string) {
		if r.Method == "DELETE" {
			return 400, `{"responseCode":1000400,"message":"x"}`
		}
		return 0, ""
	})
	c := s.client(t, testLogin)
	_ = getUser(t, c)
	err := c.Logout(t.Context())
	var e *caremux.Error
	if !errors.As(err, &e) || e.Operation != "Account.EndSession" || e.Code != snapcare.CodeInvalid {
		t.Errorf("got %v", err)
	}
	_ = getUser(t, c)
	s.expect(t, "the token is not used again", loginCall, userCall+" Bearer T1", endCall+" Bearer T1", loginCall, userCall+" Bearer T2")
}
