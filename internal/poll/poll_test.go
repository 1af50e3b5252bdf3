package poll_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/poll"
)

func TestLooksAgainUntilItIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		err := poll.Until(t.Context(), poll.Rhythm{Min: time.Second, Max: 2 * time.Second}, func(context.Context) (bool, error) {
			at = append(at, time.Since(start))
			return len(at) == 5, nil
		})
		if err != nil || len(at) != 5 || at[0] != 0 {
			t.Fatalf("looked at %v (%v)", at, err)
		}
		for i, middle := range []time.Duration{time.Second, 3 * time.Second / 2, 2 * time.Second, 2 * time.Second} {
			if pause := at[i+1] - at[i]; pause < middle*4/5 || pause > middle*6/5 {
				t.Errorf("wait %d took %v, want about %v", i, pause, middle)
			}
		}
	})
}

func TestTheLimitEndsTheWaitWithALastPollBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var last time.Duration
		err := poll.Until(t.Context(), poll.Rhythm{
			Min: 4 * time.Second, Max: time.Minute, Limit: 5 * time.Second,
		}, func(context.Context) (bool, error) {
			last = time.Since(start)
			return false, nil
		})
		var timeout interface{ Timeout() bool }
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("got %v", err)
		}
		if last != 4500*time.Millisecond || time.Since(start) != last {
			t.Errorf("last poll after %v, end after %v", last, time.Since(start))
		}
	})
}

func TestAPollThatHangsEndsWithTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err := poll.Until(t.Context(), poll.Rhythm{Min: time.Second, Limit: 2 * time.Second}, func(ctx context.Context) (bool, error) {
			<-ctx.Done()
			return false, ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 2*time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

func TestAPollThatHangsEndsWithTheCallersContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		hung := errors.New("hung up")
		err := poll.Until(ctx, poll.Rhythm{Limit: time.Hour}, func(ctx context.Context) (bool, error) {
			<-ctx.Done()
			return false, hung
		})
		if err != hung {
			t.Errorf("got %v", err)
		}
	})
}

func TestAJobIsWaitedForUntilItHasEnded(t *testing.T) {
	failed := errors.New("failed")
	for name, tt := range map[string]struct {
		states []string
		want   func(error) bool
		last   string
	}{
		"done":       {[]string{"queued", "done"}, func(err error) bool { return err == nil }, "done"},
		"failed":     {[]string{"queued", "failed"}, func(err error) bool { return err == failed }, "failed"},
		"unreadable": {[]string{"queued", ""}, func(err error) bool { return err == context.Canceled }, "queued"},
		"late": {[]string{"queued"}, func(err error) bool {
			var e *caremux.Error
			return errors.As(err, &e) && errors.Is(err, context.DeadlineExceeded) && e.Operation == "Jobs.Wait" &&
				e.Error() == "acme: Jobs.Wait: the job was not done in time"
		}, "queued"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, polls, progress := time.Now(), 0, 0
				found, err := poll.Wait(t.Context(), caremux.Wait[string]{Limit: 20 * time.Second, Progress: func(string) {
					progress++
				}}, poll.Job[string]{
					Vendor: "acme", Operation: "Jobs.Wait", Late: "the job was not done in time",
					Rhythm: poll.Rhythm{Min: time.Second, Max: 2 * time.Second, Limit: time.Hour},
					Poll: func(context.Context) (string, error) {
						state := tt.states[min(polls, len(tt.states)-1)]
						if polls++; state == "" {
							return "", context.Canceled
						}
						return state, nil
					},
					Over: func(state string) (bool, error) {
						if state == "failed" {
							return false, failed
						}
						return state == "done", nil
					},
				})
				if found != tt.last || !tt.want(err) || time.Since(start) > 20*time.Second || progress < 1 {
					t.Errorf("found %q, %v after %v and %d calls", found, err, time.Since(start), progress)
				}
			})
		})
	}
}

func TestTheContextEndsTheWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3*time.Second, func() { cancel(gone) })
		start := time.Now()
		err := poll.Until(ctx, poll.Rhythm{Min: time.Hour, Max: time.Hour}, func(context.Context) (bool, error) { return false, nil })
		if err != gone || time.Since(start) != 3*time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

func TestAFailedLookEndsTheWait(t *testing.T) {
	broken := errors.New("broken")
	looks := 0
	err := poll.Until(t.Context(), poll.Rhythm{Min: time.Hour, Max: time.Hour}, func(context.Context) (bool, error) {
		looks++
		return false, broken
	})
	if err != broken || looks != 1 {
		t.Errorf("got %v after %d looks", err, looks)
	}
}

func TestAWaitThatStandsForNeverIsNoStorm(t *testing.T) {
	for _, r := range []poll.Rhythm{
		{Min: math.MaxInt64}, {Min: math.MaxInt64, Max: math.MaxInt64}, {Min: math.MaxInt64 / 4 * 3}, {Min: math.MaxInt64 / 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			looks := 0
			err := poll.Until(ctx, r, func(context.Context) (bool, error) {
				if looks++; looks > 1 {
					return false, errors.New("looked again")
				}
				return false, nil
			})
			if looks != 1 || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v: %d looks in an hour (%v)", r, looks, err)
			}
		})
	}
}

func TestAWaitWithoutAUnitIsNoStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		err := poll.Until(t.Context(), poll.Rhythm{Min: 1, Limit: 10 * time.Second}, func(context.Context) (bool, error) {
			looks++
			return false, nil
		})
		if !errors.Is(err, context.DeadlineExceeded) || looks < 800 || looks > 1300 {
			t.Errorf("%d looks in ten seconds (%v)", looks, err)
		}
	})
}
