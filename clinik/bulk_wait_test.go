package clinik_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

func jobIs(status string) *http.Response {
	return reply(200, fmt.Sprintf(`{"data":{"id":"job_1","type":"export","status":%q,"errors":["Asha Rao"]}}`, status))
}

func TestWaitEndsWithAStateThatIsNotKnown(t *testing.T) {
	for status, text := range map[string]string{
		"failed":                "clinik: bulk job failed",
		"cancelled":             "clinik: bulk job is in a state that is not known: cancelled",
		"":                      "clinik: bulk job is in a state that is not known",
		"Asha Rao":              "clinik: bulk job is in a state that is not known",
		"COMPLETED":             "clinik: bulk job is in a state that is not known",
		strings.Repeat("x", 33): "clinik: bulk job is in a state that is not known",
	} {
		synctest.Test(t, func(t *testing.T) {
			nw := &network{answer: func(_ *http.Request, n int) (*http.Response, error) {
				return jobIs([]string{"pending", "processing", status}[min(n, 3)-1]), nil
			}}
			job, err := nw.client(t).Bulk.Wait(t.Context(), "job_1", nil)
			var failed *clinik.BulkJobError
			if !errors.As(err, &failed) || failed.Job != job || string(job.Status) != status || err.Error() != text ||
				nw.count() != 3 {
				t.Errorf("%q: got %v after %d polls", status, err, nw.count())
			}
		})
	}
}

func TestWaitHasALimitUnlessItIsToldOtherwise(t *testing.T) {
	for _, tt := range []struct {
		name     string
		limit    time.Duration
		deadline time.Duration // of the context
		took     time.Duration
	}{
		{"default", 0, 24 * time.Hour, time.Hour - 2*time.Second}, // the last poll could take so long
		{"own", 10 * time.Minute, 24 * time.Hour, 10*time.Minute - 2*time.Second},
		{"the context's alone", -1, 24 * time.Hour, 24 * time.Hour},
		{"the context's, which is earlier", 0, 10 * time.Minute, 10 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := &network{answer: func(*http.Request, int) (*http.Response, error) {
					return jobIs("processing"),
						nil
				}}
				ctx, cancel := context.WithTimeout(t.Context(), tt.deadline)
				defer cancel()
				start := time.Now()
				job, err := nw.client(t).Bulk.Wait(ctx, "job_1", &clinik.BulkWait{Limit: tt.limit})
				// The last poll comes up to two seconds before a limit, so that it can still tell.
				if took := time.Since(start); took > tt.took || took < tt.took-2*time.Second || !errors.Is(err, context.DeadlineExceeded) ||
					job == nil || job.ID != "job_1" {
					t.Errorf("took %v: %v", took, err)
				}
			})
		})
	}
}

func TestPollThatHangsEndsWithTheLimitOfItsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nw := &network{answer: func(r *http.Request, n int) (*http.Response, error) {
			if n == 1 {
				return jobIs("processing"), nil
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		}}
		c := nw.client(t, caremux.WithTimeout(0)) // a call has no limit of its own
		start := time.Now()
		job, err := c.Bulk.Wait(t.Context(), "job_1", &clinik.BulkWait{Limit: time.Minute})
		e := new(caremux.Error)
		if took := time.Since(start); took != time.Minute || !errors.Is(err, context.DeadlineExceeded) ||
			job == nil || !errors.As(err, &e) || e.Operation != "Bulk.Wait" {
			t.Errorf("took %v: %v", took, err)
		}
	})
}

func TestErrorOfAPollIsThatOfTheWait(t *testing.T) {
	nw := always(404, `{"error":"Not Found","code":"NOT_FOUND"}`)
	if job, err := nw.client(t).Bulk.Wait(t.Context(), "job_1", nil); !errors.Is(err, caremux.ErrNotFound) ||
		job != nil || nw.count() != 1 {
		t.Errorf("got %v, %v after %d polls", job, err, nw.count())
	}
}

func TestPanicOfTheProgressReachesTheCaller(t *testing.T) {
	nw := &network{answer: func(*http.Request, int) (*http.Response, error) { return jobIs("completed"), nil }}
	c := nw.client(t)
	func() {
		defer func() {
			if v := recover(); v != "progress bug" {
				t.Errorf("recovered %v", v)
			}
		}()
		_, err := c.Bulk.Wait(t.Context(), "job_1",
			&clinik.BulkWait{Progress: func(*clinik.BulkJob) { panic("progress bug") }})
		t.Errorf("no panic: %v", err)
	}()
	if _, err := c.Bulk.Wait(t.Context(), "job_1", nil); err != nil {
		t.Errorf("the next wait: %v", err)
	}
}
