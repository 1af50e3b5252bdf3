package ekacare_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// lookedAt is a session whose looks have these answers; the last one stays.
func lookedAt(answers ...*http.Response) *network {
	v := &network{}
	v.answer = func(_ *http.Request, n int) (*http.Response, error) {
		r := *answers[min(n, len(answers))-1]
		if n >= len(answers) {
			r.Body = reply(0, `{"session_id":"ses_1","status":"processing"}`).Body
		}
		if n == len(answers) {
			r.Body = answers[n-1].Body
		}
		return &r, nil
	}
	return v
}

func processing() *http.Response {
	return reply(202, `{"session_id":"ses_1","status":"processing"}`)
}

func TestWaitLooksEverySecondUntilTheNotesAreThere(t *testing.T) {
	for _, tt := range []struct {
		name  string
		last  *http.Response
		state ekacare.ScribeState
	}{
		{"done", reply(200, `{"session_id":"ses_1","status":"completed","templates":[{"tpl-1":{"plan":"rest"}},{"tpl-2":"x"}]}`),
			ekacare.ScribeStateDone},
		{"partial", reply(206, `{"session_id":"ses_1","templates":[{"tpl-1":{"plan":"rest"}}],"processing_errors":[{"file":1}]}`),
			ekacare.ScribeStatePartial},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := lookedAt(processing(), processing(), processing(), tt.last)
				var states []ekacare.ScribeState
				var response caremux.Response
				result, err := v.client(t).ScribeSessions.Wait(t.Context(), "ses_1", &ekacare.ScribeWait{
					Progress: func(r *ekacare.ScribeResult) { states = append(states, r.State) },
				}, caremux.WithResponse(&response))
				p := ekacare.ScribeStateProcessing
				if err != nil || !slices.Equal(states, []ekacare.ScribeState{p, p, p, tt.state}) || result.State != tt.state {
					t.Fatalf("result %+v after %v (%v)", result, states, err)
				}
				note, ok := result.Note("tpl-1")
				if plan, _ := note.(map[string]any); !ok || plan["plan"] != "rest" || response.Status != tt.last.StatusCode {
					t.Errorf("note %v, status %d", note, response.Status)
				}
				if _, ok := result.Note("tpl-9"); ok {
					t.Error("a note of a template that was not filled in")
				}
				sent := v.requests()
				for i := range sent[1:] {
					if pause := sent[i+1].at.Sub(sent[i].at); pause < 800*time.Millisecond || pause > 1200*time.Millisecond {
						t.Errorf("looked again after %s", pause)
					}
				}
			})
		})
	}
}

func TestWaitGivesUpInTime(t *testing.T) {
	for _, tt := range []struct {
		name       string
		wait       *ekacare.ScribeWait
		takes      time.Duration
		atLeast    int // looks
		contextual bool
	}{
		{"by default after five minutes", nil, 5 * time.Minute, 250, false},
		{"after a time of its own", &ekacare.ScribeWait{
			Limit: 90 * time.Second, MinWait: 10 * time.Second, MaxWait: 10 * time.Second,
		}, 90 * time.Second, 7, false},
		{"with the context", nil, 30 * time.Second, 25, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := lookedAt(processing())
				ctx, want := t.Context(), context.DeadlineExceeded
				if tt.contextual {
					var cancel context.CancelFunc
					ctx, cancel = context.WithCancel(ctx)
					time.AfterFunc(tt.takes, cancel)
					want = context.Canceled
				}
				c := v.client(t)
				start := time.Now()
				result, err := c.ScribeSessions.Wait(ctx, "ses_1", tt.wait)
				var e *caremux.Error
				if !errors.Is(err, want) || !errors.As(err, &e) || e.Operation != "ScribeSessions.Wait" || result == nil ||
					result.State != ekacare.ScribeStateProcessing {
					t.Errorf("got %+v, %v", result, err)
				}
				if took := time.Since(start); took > tt.takes || took < tt.takes-2*time.Second || len(v.requests()) < tt.atLeast {
					t.Errorf("took %s and %d looks", took, len(v.requests()))
				}
			})
		})
	}
}

func TestWaitEndsWithAFailure(t *testing.T) {
	for _, tt := range []struct {
		name string
		last *http.Response
		want func(error) bool
		seen string // status of the session that comes with it
	}{
		{"expired", reply(410, `{"session_id":"ses_1","status":"expired"}`), func(err error) bool {
			return errors.Is(err, ekacare.ErrScribeSessionExpired) && errors.Is(err, caremux.ErrNotFound)
		}, "processing"},
		{"unknown", reply(404, `{"error":{"code":"resource_not_found","message":"m"}}`), func(err error) bool {
			return errors.Is(err, caremux.ErrNotFound) && !errors.Is(err, ekacare.ErrScribeSessionExpired)
		}, "processing"},
		{"failed", reply(200, `{"session_id":"ses_1","status":"system_failure","processing_errors":[{"why":"the patient coughed"}]}`),
			func(err error) bool {
				var failed *ekacare.ScribeFailedError
				return errors.As(err, &failed) && len(failed.Session.ProcessingErrors) == 1 && !strings.Contains(printed(err), "coughed")
			}, "system_failure"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				result, err := lookedAt(processing(), tt.last).client(t).ScribeSessions.Wait(t.Context(), "ses_1", nil)
				if !tt.want(err) || result == nil || result.Status != tt.seen {
					t.Errorf("got %+v, %v", result, err)
				}
			})
		})
	}
}

func TestWaitGoesOnAfterATroubledLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := lookedAt(processing(), reply(503, ""), reply(200, `{"session_id":"ses_1"}`))
		result, err := v.client(t).ScribeSessions.Wait(t.Context(), "ses_1", nil)
		if err != nil || result.State != ekacare.ScribeStateDone || len(v.requests()) != 3 {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}

func TestFillTemplateWaitsForThatTemplate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newScribeVendor()
		old := `{"session_id":"ses_1","templates":[{"tpl-1":{}}]}`
		v.looks = []*http.Response{
			reply(200, old), // the notes of the session, before the new ones are begun
			reply(202, `{"session_id":"ses_1"}`),
			reply(206, `{"session_id":"ses_1","templates":[{"tpl-1":{}},{"tpl-2":null}]}`),
			reply(200, `{"session_id":"ses_1","templates":[{"tpl-1":{}},{"tpl-2":{"advice":"walk"}}]}`),
		}
		looks := 0
		result, err := v.client(t).ScribeSessions.FillTemplate(t.Context(), "ses_1", "tpl-2",
			&ekacare.ScribeWait{Progress: func(*ekacare.ScribeResult) { looks++ }})
		if err != nil {
			t.Fatal(err)
		}
		if note, ok := result.Note("tpl-2"); !ok || note.(map[string]any)["advice"] != "walk" || looks != 4 {
			t.Errorf("note %v after %d looks", note, looks)
		}
		sent := v.requests()
		if sent[0].path != "/voice/v1/sessions/ses_1/process/template/tpl-2" || sent[1].query.Get("document_id") != "doc-9" {
			t.Errorf("sent %s, then %v", sent[0].path, sent[1].query)
		}
	})
}
