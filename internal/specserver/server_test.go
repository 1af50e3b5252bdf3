package specserver

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caremux/caremux/caremuxtest"
	"github.com/caremux/caremux/internal/proof/faultnet"
)

func matches(pattern, s string) bool { return regexp.MustCompile(pattern).MatchString(s) }

// start serves the shop without keep-alive, so that net/http repeats nothing on its own.
func start(t *testing.T, prepare func(*Server)) (*Server, func(method, path, body string) (*http.Response, string, error)) {
	t.Helper()
	s := NewServer(load(t, loadShop))
	if prepare != nil {
		prepare(s)
	}
	hs := httptest.NewServer(s)
	t.Cleanup(func() { s.Close(); hs.Close() })
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	return s, func(method, path, body string) (*http.Response, string, error) {
		var reader io.Reader
		if body != "" {
			reader = strings.NewReader(body)
		}
		r, err := http.NewRequest(method, hs.URL+path, reader)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("trace", "1")
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		resp, err := client.Do(r)
		if err != nil {
			return nil, "", err
		}
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		return resp, string(data), err
	}
}

func TestServer(t *testing.T) {
	t.Parallel()
	s, do := start(t, func(s *Server) {
		s.Handle("Orders_Create", func(c *Call) Reply {
			var order struct{ Kind string }
			if err := c.Decode(&order); err != nil {
				return Reply{Status: 500}
			}
			return Reply{Status: 201, Header: http.Header{"x-shop": {c.Path["shop"]}}, Body: map[string]string{"kind": order.Kind}}
		})
		s.Before(func(c *Call) *Reply {
			if c.Path["shop"] == "closed" {
				return &Reply{Status: 401, Body: []byte("closed")}
			}
			return nil
		})
	})
	for _, test := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/a/orders/1", "", 200, `"kind":"new"`},
		{"POST", "/a/orders", `{"kind":"paid"}`, 201, `{"kind":"paid"}`},
		{"POST", "/closed/orders", `{"kind":"paid"}`, 401, `closed`},
		{"POST", "/closed/orders", `{}`, 400, `{"error":"Orders_Create: `},
		{"GET", "/a/b/c/d", "", 404, ErrNoOperation.Error()},
		{"DELETE", "/a/orders/1", "", 204, ""},
	} {
		resp, body, err := do(test.method, test.path, test.body)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != test.status || !strings.Contains(body, test.want) {
			t.Errorf("%s %s: %d %s", test.method, test.path, resp.StatusCode, body)
		}
		if test.status == 201 && resp.Header.Get("X-Shop") != "a" {
			t.Error("the header is missing")
		}
	}
	calls := s.Calls()
	if len(calls) != 6 || calls[1].Operation.ID != "Orders_Create" || string(calls[1].Body) != `{"kind":"paid"}` ||
		calls[4].Operation != nil {
		t.Errorf("%d calls", len(calls))
	}
	if problems := s.Problems(); len(problems) != 2 || !errors.Is(problems[1], ErrNoOperation) {
		t.Errorf("problems %v", problems)
	}
}

func TestServerLimitsBodies(t *testing.T) {
	t.Parallel()
	s, do := start(t, nil)
	resp, _, err := do("POST", "/a/orders", strings.Repeat(" ", maxBody+1))
	if err == nil && resp.StatusCode != 413 {
		t.Errorf("status %d", resp.StatusCode)
	}
	if problems := s.Problems(); len(problems) != 1 || !errors.Is(problems[0], ErrTooLarge) {
		t.Errorf("problems %v", problems)
	}
}

func TestHandleUnknownOperation(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	NewServer(load(t, loadShop)).Handle("Orders_Unknown", nil)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const any = `kind`
	for name, test := range map[string]struct {
		fault  caremuxtest.Fault
		status []int // of calls in turn, 0 for none
		worked int   // how many of them had their effect
	}{
		"once":             {caremuxtest.Fault{Status: 500}, []int{500, 201}, 1},
		"twice":            {caremuxtest.Fault{Status: 503, Times: 2}, []int{503, 503, 201}, 1},
		"always":           {caremuxtest.Fault{Status: 500, Times: -1}, []int{500, 500, 500}, 0},
		"other operation":  {caremuxtest.Fault{Status: 500, Operation: "Orders.Get"}, []int{201}, 1},
		"this operation":   {caremuxtest.Fault{Status: 500, Operation: "Orders.Create"}, []int{500, 201}, 1},
		"delay":            {caremuxtest.Fault{Delay: 10 * time.Millisecond}, []int{201}, 1},
		"delayed answer":   {caremuxtest.Fault{Delay: time.Millisecond, Status: 504}, []int{504}, 0},
		"reset":            {caremuxtest.Fault{Reset: true}, []int{0, 201}, 1},
		"reset after work": {caremuxtest.Fault{Reset: true, AfterWork: true}, []int{0, 201}, 2},
		"500 after work":   {caremuxtest.Fault{Status: 500, AfterWork: true}, []int{500, 201}, 2},
		"cut":              {caremuxtest.Fault{CutBody: true}, []int{0, 201}, 2},
		"cut error":        {caremuxtest.Fault{CutBody: true, Status: 500, Body: []byte(`{"a":1}`)}, []int{0, 201}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var worked atomic.Int32
			s, do := start(t, func(s *Server) {
				s.Handle("Orders_Create", func(*Call) Reply {
					worked.Add(1)
					return Reply{Status: 201, Body: map[string]string{"kind": any}}
				})
			})
			s.Fail(test.fault)
			for i, want := range test.status {
				resp, _, err := do("POST", "/a/orders", `{"kind":"new"}`)
				got := 0
				if err == nil {
					got = resp.StatusCode
				}
				if got != want {
					t.Errorf("call %d: %d (%v), want %d", i, got, err, want)
				}
				if test.fault.Reset && i == 0 && !errors.Is(err, faultnet.ErrReset) {
					t.Errorf("error %v, want a reset connection", err)
				}
				if test.fault.CutBody && i == 0 && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("error %v, want an early end", err)
				}
			}
			if int(worked.Load()) != test.worked {
				t.Errorf("the handler acted %d times, want %d", worked.Load(), test.worked)
			}
			s.ClearFaults()
			if resp, _, err := do("POST", "/a/orders", `{"kind":"new"}`); err != nil || resp.StatusCode != 201 {
				t.Errorf("after ClearFaults: %v", err)
			}
		})
	}
}

func TestAnOperationIsSparedFaultsForAny(t *testing.T) {
	t.Parallel()
	s, do := start(t, func(s *Server) { s.Spare("Orders_Create") })
	for i, test := range []struct {
		fault  caremuxtest.Fault
		status int
	}{{caremuxtest.Fault{Status: 500}, 201}, {caremuxtest.Fault{Status: 500, Operation: "Orders.Create"}, 500}} {
		s.Fail(test.fault)
		if resp, _, err := do("POST", "/a/orders", `{"kind":"new"}`); err != nil || resp.StatusCode != test.status {
			t.Errorf("%d: %v, %v, want %d", i, resp, err, test.status)
		}
	}
	if resp, _, err := do("GET", "/a/orders/1", ""); err != nil || resp.StatusCode != 500 {
		t.Errorf("another operation: %v, %v", resp, err)
	}
}

func TestStallEndsWithTheServer(t *testing.T) {
	t.Parallel()
	s, do := start(t, nil)
	s.Fail(caremuxtest.Fault{Stall: true})
	done := make(chan error)
	go func() {
		_, _, err := do("GET", "/a/orders/1", "")
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("answered: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	s.Close()
	if err := <-done; err == nil {
		t.Error("answered after all")
	}
}
