package webhook

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// What [Workers] do unless they say otherwise.
const (
	DefaultWorkers    = 4
	DefaultAttempts   = 12 // about an hour and a half with the other defaults
	DefaultMinBackoff = time.Second
	DefaultMaxBackoff = time.Hour
)

// Workers says how [Handler.Work] works. The zero value has the defaults.
type Workers struct {
	Count    int // functions that run at the same time; 0 means DefaultWorkers
	Attempts int // after which a message becomes a dead letter; 0 means DefaultAttempts, 1 means no retry

	// MinBackoff is the pause after the first attempt. It doubles with each, up to MaxBackoff; half of it is random.
	MinBackoff, MaxBackoff time.Duration // 0 means DefaultMinBackoff and DefaultMaxBackoff
}

// Work takes messages from the handler's queue, which is a [WorkQueue], and runs their functions, until ctx ends. Then it takes no
// more, waits for the functions that run, and returns nil. Run it in as many processes as you like, in those that receive too.
//
// A message whose function returns an error or panics is due once more after a pause. After the last attempt it becomes
// a dead letter, at once if it cannot be read. Neither a store that fails nor an equal event that is being handled
// costs an attempt; a worker that dies does, so that a message which kills its process comes to an end. [WithReport]
// has each attempt.
//
// The context of functions does not end with ctx, only by [WithTimeout] and when the claim is lost. Functions that are killed with
// the process are run once more after the lease has ended.
func (h *Handler) Work(ctx context.Context, w Workers) error {
	if h == nil || h.verifier == nil {
		return errUnmadeHandler
	}
	queue, ok := h.queue.(WorkQueue)
	if !ok {
		return &ArgumentError{Field: "WithQueue", Rule: "must have a WorkQueue; consumers of other queues call Process"}
	}
	w, err := w.withDefaults()
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	for range w.Count {
		all.Go(func() { (&worker{h, queue, w}).run(ctx) })
	}
	all.Wait()
	return nil
}

func (w Workers) withDefaults() (Workers, error) {
	if w.Count == 0 {
		w.Count = DefaultWorkers
	}
	if w.Attempts == 0 {
		w.Attempts = DefaultAttempts
	}
	if w.MinBackoff == 0 {
		w.MinBackoff = DefaultMinBackoff
	}
	if w.MaxBackoff == 0 {
		w.MaxBackoff = max(DefaultMaxBackoff, w.MinBackoff)
	}
	fail := func(field, rule string) (Workers, error) { return w, &ArgumentError{Field: field, Rule: rule} }
	switch {
	case w.Count < 0:
		return fail("Count", "must be positive")
	case w.Attempts < 0:
		return fail("Attempts", "must be positive")
	case w.MinBackoff < 0:
		return fail("MinBackoff", "must be positive")
	case w.MaxBackoff < w.MinBackoff:
		return fail("MaxBackoff", "must not be less than MinBackoff")
	}
	return w, nil
}

// pause is how long a message rests after an attempt: half of what doubles, and up to as much again.
func (w Workers) pause(attempt int) time.Duration {
	d := w.MaxBackoff
	if shift := attempt - 1; shift < 40 && w.MinBackoff < w.MaxBackoff>>shift {
		d = w.MinBackoff << shift
	}
	return d/2 + rand.N(d/2+1)
}

// busyPause is how long a message rests whose event is being handled elsewhere, or while the store is away.
const busyPause = time.Second

// worker takes one message after another.
type worker struct {
	*Handler
	queue WorkQueue
	Workers
}

func (w *worker) run(ctx context.Context) {
	for failed := 0; ctx.Err() == nil; {
		var job *Job
		err := guard(func() (err error) {
			job, err = w.queue.Take(ctx, w.lease)
			return err
		})
		switch {
		case err == nil && job != nil:
			failed = 0
			w.work(context.WithoutCancel(ctx), job)
			continue
		case ctx.Err() != nil:
			return
		case err == nil:
			err = errors.New("webhook: the queue returned no job")
		}
		w.warn(ctx, "webhook: the queue has no message for a worker", err)
		failed++
		rest := time.NewTimer((Workers{MinBackoff: 100 * time.Millisecond, MaxBackoff: 10 * time.Second}).pause(failed))
		select {
		case <-ctx.Done():
			rest.Stop()
		case <-rest.C:
		}
	}
}

func (w *worker) warn(ctx context.Context, text string, err error) {
	w.logger.LogAttrs(ctx, slog.LevelWarn, text, slog.String("vendor", w.format.Vendor), slog.String("error", unpanicked(err)))
}

// unpanicked is the text of an error, without the value of a panic.
func unpanicked(err error) string {
	if p := new(PanicError); errors.As(err, &p) {
		return p.Error()
	}
	return err.Error()
}

// errAbandoned is why a message is buried that was taken too often and never settled.
var errAbandoned = errors.New("webhook: taken once more than allowed, and never settled: its workers died or lost the queue")

// work processes one message and settles it with the queue.
func (w *worker) work(ctx context.Context, job *Job) {
	var report Report
	if job.Attempt > w.Attempts {
		report = Report{Vendor: w.format.Vendor, Event: job.Message.Event, Outcome: OutcomeFailed, Status: 500, Err: errAbandoned}
	} else {
		release := w.keep(ctx, job)
		report = w.process(ctx, job.Message)
		release()
	}
	report.Attempt = job.Attempt
	report.Dead = w.dead(report)
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if err := guard(func() error { return w.settleJob(ctx, job, report) }); err != nil && !errors.Is(err, ErrClaimLost) {
		report.Dead = false
		report.Err = errors.Join(report.Err, err) // it comes again when the lease ends
	}
	w.tell(ctx, report)
}

// dead reports whether a message has had its last attempt.
func (w *worker) dead(r Report) bool {
	switch r.Outcome {
	case OutcomeUndecodable:
		return true
	case OutcomeFailed, OutcomePanicked:
		return r.Attempt >= w.Attempts
	}
	return false
}

func (w *worker) settleJob(ctx context.Context, job *Job, r Report) error {
	switch {
	case r.Failure() == nil:
		return w.queue.Complete(ctx, job)
	case r.Dead:
		return w.queue.Bury(ctx, job, r.reason())
	case r.Outcome == OutcomeBusy || r.Outcome == OutcomeUnclaimed:
		job.Attempt-- // nothing was attempted
		return w.queue.Retry(ctx, job, busyPause/2+rand.N(busyPause))
	}
	return w.queue.Retry(ctx, job, w.pause(job.Attempt))
}

// keep extends the lease of a message until the returned function is called.
func (w *worker) keep(ctx context.Context, job *Job) (release func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(w.lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			err := guard(func() error {
				ctx, cancel := context.WithTimeout(ctx, w.lease/3)
				defer cancel()
				return w.queue.Extend(ctx, job, w.lease)
			})
			if errors.Is(err, ErrClaimLost) {
				return // whoever has it now finds the event claimed in the store
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}
