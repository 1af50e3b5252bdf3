package clinik_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

// mishaps are the ways in which an answer gets lost after the vendor may have acted.
var mishaps = []struct {
	name   string
	status int // of the error
	happen func(w http.ResponseWriter, r *http.Request)
}{
	{"500", 500, func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 500, `{"error":"Internal","code":"INTERNAL_ERROR"}`)
	}},
	{"502 in HTML", 502, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 502, `<html>Bad Gateway</html>`) }},
	{"504", 504, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 504, ``) }},
	{"cut-off success of known length", 201, func(w http.ResponseWriter, _ *http.Request) {
		hangUp(w, "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"data\":{\"id\":", false)
	}},
	{"cut-off success in chunks", 201, func(w http.ResponseWriter, _ *http.Request) {
		hangUp(w, "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"data\":{\r\n", false)
	}},
	{"success cut off by a proxy that closes in good order", 201, func(w http.ResponseWriter, _ *http.Request) {
		hangUp(w, "HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n{\"data\":{\"id\":\"x\"", false)
	}},
	{"stalled before the answer", 0, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
	{"stalled in the answer", 201, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "500")
		w.WriteHeader(201)
		_, _ = io.WriteString(w, `{"data":{"id":`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}},
	{"reset", 0, func(w http.ResponseWriter, _ *http.Request) { hangUp(w, "", true) }},
	{"closed without an answer", 0, func(w http.ResponseWriter, _ *http.Request) { hangUp(w, "", false) }},
}

// perAttempt is a client whose every attempt, not the whole call, is bounded: a user's own http.Client does that.
func perAttempt(t *testing.T) caremux.Option {
	pool := caremux.NewTransport()
	t.Cleanup(pool.CloseIdleConnections)
	return caremux.WithHTTPClient(&http.Client{Transport: pool, Timeout: time.Second})
}

func TestWritesWhoseAnswerIsLostAreSentOnce(t *testing.T) {
	for _, call := range []struct {
		name string
		do   func(context.Context, *clinik.Client, ...caremux.RequestOption) error
	}{
		{"create", func(ctx context.Context, c *clinik.Client, opts ...caremux.RequestOption) error {
			_, err := c.Assessments.Create(ctx, seedAssessment(t), opts...)
			return err
		}},
		{"update", func(ctx context.Context, c *clinik.Client, opts ...caremux.RequestOption) error {
			_, err := c.Assessments.Update(ctx, "assess_1", &clinik.AssessmentUpdate{Note: new("n")}, opts...)
			return err
		}},
	} {
		for _, tt := range mishaps {
			t.Run(call.name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				s := listen(t, func(w http.ResponseWriter, r *http.Request, n int) {
					if n == 1 {
						answerJSON(w, 200, patientAnswer)
						return
					}
					tt.happen(w, r)
				})
				c := s.client(t, perAttempt(t))
				// A connection that has been used is one that net/http itself may try again.
				if _, err := c.Patients.Get(t.Context(), "1", nil); err != nil {
					t.Fatal(err)
				}
				var r caremux.Response
				err := call.do(t.Context(), c, caremux.WithResponse(&r))
				e := wantError(t, err, tt.status)
				if !e.MaybeApplied() || e.Attempts != 1 || r.Attempts != 1 {
					t.Errorf("%v: MaybeApplied %v, %d attempts", err, e.MaybeApplied(), e.Attempts)
				}
				if n := len(s.requests()) - 1; n != 1 {
					t.Errorf("sent %d times", n)
				}
			})
		}
	}
}

func TestReadsWhoseAnswerIsLostAreRepeated(t *testing.T) {
	for _, call := range []struct {
		name, answer string
		do           func(context.Context, *clinik.Client, ...caremux.RequestOption) (string, error)
	}{
		{"search", `{"data":{"data":[{"id":"assess_abc123"}],"hasMore":false}}`,
			func(ctx context.Context, c *clinik.Client, opts ...caremux.RequestOption) (string, error) {
				page, err := c.Assessments.Search(ctx, &clinik.AssessmentsSearchParams{PatientID: new("pt_abc123")}, opts...)
				if err != nil {
					return "", err
				}
				return page.Items[0].ID, nil
			}},
		{"search for all", `{"data":{"data":[{"id":"assess_abc123"}],"hasMore":false}}`,
			func(ctx context.Context, c *clinik.Client, opts ...caremux.RequestOption) (string, error) {
				id := ""
				for a, err := range c.Assessments.SearchAll(ctx, nil, opts...) {
					if err != nil {
						return "", err
					}
					id += a.ID
				}
				return id, nil
			}},
		{"get", assessmentAnswer, func(ctx context.Context, c *clinik.Client, opts ...caremux.RequestOption) (string, error) {
			a, err := c.Assessments.Get(ctx, "assess_abc123", opts...)
			if err != nil {
				return "", err
			}
			return a.ID, nil
		}},
	} {
		for _, tt := range mishaps {
			t.Run(call.name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				s := listen(t, func(w http.ResponseWriter, r *http.Request, n int) {
					if n == 1 {
						tt.happen(w, r)
						return
					}
					answerJSON(w, 200, call.answer)
				})
				var r caremux.Response
				id, err := call.do(t.Context(), s.client(t, perAttempt(t)), caremux.WithResponse(&r))
				if err != nil || id != "assess_abc123" {
					t.Fatalf("got %q, %v", id, err)
				}
				if n := len(s.requests()); n != 2 || r.Attempts != 2 || r.Status != 200 {
					t.Errorf("sent %d times; Response says %d attempts, status %d", n, r.Attempts, r.Status)
				}
			})
		}
	}
}

func TestReadsThatKeepFailingEndWithTheLastAnswer(t *testing.T) {
	nw := always(500, `{"error":"Internal","code":"INTERNAL_ERROR","requestId":"req_1"}`)
	_, err := nw.client(t, caremux.WithRetry(quick)).Assessments.Search(t.Context(), nil)
	e := wantError(t, err, 500)
	if e.Code != clinik.CodeInternalError || e.Attempts != 3 || nw.count() != 3 || e.MaybeApplied() || !errors.Is(err, caremux.ErrServer) {
		t.Errorf("%v after %d requests, MaybeApplied %v", e, nw.count(), e.MaybeApplied())
	}
}

func TestClientsTimeoutEndsTheCall(t *testing.T) {
	for _, tt := range []struct {
		name    string
		applied bool
		do      func(context.Context, *clinik.Client) error
	}{
		{"create", true, func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Assessments.Create(ctx, assessment())
			return err
		}},
		{"get", false, func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Assessments.Get(ctx, "1")
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
					<-r.Context().Done()
					return nil, r.Context().Err()
				}}
				start := time.Now()
				err := tt.do(t.Context(), nw.client(t, caremux.WithTimeout(5*time.Second)))
				e := wantError(t, err, 0)
				if !errors.Is(err, context.DeadlineExceeded) || e.MaybeApplied() != tt.applied || nw.count() != 1 ||
					time.Since(start) != 5*time.Second {
					t.Errorf("%v after %v and %d requests, MaybeApplied %v", err, time.Since(start), nw.count(), e.MaybeApplied())
				}
			})
		})
	}
}

// calls are one of each kind.
var calls = []struct {
	name   string
	answer string
	do     func(context.Context, *clinik.Client) error
}{
	{"get", assessmentAnswer, func(ctx context.Context, c *clinik.Client) error {
		_, err := c.Assessments.Get(ctx, "assess_abc123")
		return err
	}},
	{"search", `{"data":{"data":[],"hasMore":false}}`, func(ctx context.Context, c *clinik.Client) error {
		_, err := c.Assessments.Search(ctx, nil)
		return err
	}},
	{"create", assessmentAnswer, func(ctx context.Context, c *clinik.Client) error {
		_, err := c.Assessments.Create(ctx, assessment())
		return err
	}},
	{"update", assessmentAnswer, func(ctx context.Context, c *clinik.Client) error {
		_, err := c.Assessments.Update(ctx, "assess_abc123", &clinik.AssessmentUpdate{Note: new("n")})
		return err
	}},
	{"delete", ``, func(ctx context.Context, c *clinik.Client) error { return c.Assessments.Delete(ctx, "assess_abc123") }},
}

const rateLimited = `{"error":"Too Many Requests","message":"Rate limit exceeded","code":"RATE_LIMITED"}`

func TestRateLimitIsWaitedForByEveryCall(t *testing.T) {
	for _, call := range calls {
		for _, tt := range []struct {
			name   string
			header []string
			wait   time.Duration
		}{
			{"seconds", []string{"Retry-After", "7"}, 7 * time.Second},
			{"date", []string{"Retry-After", "Sat, 01 Jan 2000 00:00:09 GMT"}, 9 * time.Second},
			{"end of the window", []string{
				"X-RateLimit-Limit", "100", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "41",
			}, 41 * time.Second},
			{"both", []string{"Retry-After", "2", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "41"}, 2 * time.Second},
		} {
			t.Run(call.name+"/"+tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					nw := &network{answer: func(_ *http.Request, n int) (*http.Response, error) {
						if n == 1 {
							return reply(429, rateLimited, tt.header...), nil
						}
						return reply(200, call.answer), nil
					}}
					if err := call.do(t.Context(), nw.client(t)); err != nil {
						t.Fatal(err)
					}
					if nw.count() != 2 {
						t.Fatalf("sent %d times", nw.count())
					}
					if waited := nw.sent[1].at.Sub(nw.sent[0].at); waited < tt.wait || waited > tt.wait+tt.wait/20 {
						t.Errorf("waited %v, want %v and a little", waited, tt.wait)
					}
					if nw.sent[0].body != nw.sent[1].body || nw.sent[1].header.Get("X-Api-Key") != testKey {
						t.Errorf("the second request is another one: %+v", nw.sent[1])
					}
				})
			})
		}
	}
}

func TestRateLimitThatTakesTooLongIsReturned(t *testing.T) {
	for _, tt := range []struct {
		name   string
		header []string
	}{
		{"an hour to wait", []string{"Retry-After", "3600"}},
		{"an hour to the end of the window", []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "3600"}},
		{"longer than the context has", []string{"Retry-After", "30"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := always(429, rateLimited, tt.header...)
				start := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				_, err := nw.client(t).Assessments.Create(ctx, assessment())
				e := wantError(t, err, 429)
				if nw.count() != 1 || time.Since(start) != 0 || e.Code != clinik.CodeRateLimited || e.MaybeApplied() {
					t.Errorf("%v after %v and %d requests, MaybeApplied %v", err, time.Since(start), nw.count(), e.MaybeApplied())
				}
				if !errors.Is(err, caremux.ErrRateLimited) || errors.Is(err, caremux.ErrQuotaExceeded) {
					t.Errorf("%v matches the wrong sentinels", err)
				}
			})
		})
	}
}

func TestQuotaIsNeverWaitedFor(t *testing.T) {
	for _, code := range []string{clinik.CodeMonthlyQuotaExceeded, clinik.CodeSandboxQuotaExceeded} {
		for _, call := range calls {
			for name, header := range map[string][]string{
				"":                  nil,
				" with Retry-After": {"Retry-After", "1"},
				" with a window":    {"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1"},
			} {
				t.Run(code+"/"+call.name+name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						nw := always(429, `{"error":"Quota exceeded","message":"Monthly quota used up","code":"`+code+`"}`, header...)
						start := time.Now()
						err := call.do(t.Context(), nw.client(t))
						e := wantError(t, err, 429)
						if nw.count() != 1 || e.Attempts != 1 || time.Since(start) != 0 {
							t.Errorf("sent %d times in %v", nw.count(), time.Since(start))
						}
						if !errors.Is(err, caremux.ErrQuotaExceeded) || !errors.Is(err, caremux.ErrRateLimited) {
							t.Errorf("%v does not match", err)
						}
						if e.Code != code || e.Message != "Monthly quota used up" ||
							!strings.Contains(err.Error(), code) || e.MaybeApplied() {
							t.Errorf("%v: code %q, message %q, MaybeApplied %v", err, e.Code, e.Message, e.MaybeApplied())
						}
					})
				})
			}
		}
	}
}

func TestServiceUnavailableIsRepeatedForACreateOnlyIfTheServerAsks(t *testing.T) {
	for _, tt := range []struct {
		name    string
		header  []string
		sent    int
		applied bool
	}{
		{"without Retry-After", nil, 1, true},
		{"with Retry-After", []string{"Retry-After", "3"}, 2, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := always(503, `{"error":"Unavailable"}`, tt.header...)
				_, err := nw.client(t, caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 2})).Assessments.Create(t.Context(), assessment())
				if e := wantError(t, err, 503); nw.count() != tt.sent || e.MaybeApplied() != tt.applied {
					t.Errorf("sent %d times, MaybeApplied %v", nw.count(), e.MaybeApplied())
				}
			})
		})
	}
}

func TestCallersCanAllowACreateToBeRepeated(t *testing.T) {
	nw := &network{answer: func(_ *http.Request, n int) (*http.Response, error) {
		if n == 1 {
			return reply(500, `{"code":"INTERNAL_ERROR"}`), nil
		}
		return reply(201, assessmentAnswer), nil
	}}
	a, err := nw.client(t, caremux.WithRetry(quick)).Assessments.Create(t.Context(), assessment(), caremux.WithIdempotent())
	if err != nil || a.ID != "assess_abc123" || nw.count() != 2 {
		t.Errorf("%v, %v after %d requests", a, err, nw.count())
	}
}
