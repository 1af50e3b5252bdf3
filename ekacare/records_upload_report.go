package ekacare

import (
	"context"
	"sync"
	"time"
)

// reporter calls Progress, one call after another, in a goroutine of its own, so that a call that blocks stops neither
// the connections nor an upload whose context has ended, and a call that panics does not end the process.
type reporter struct {
	report   func(UploadProgress)
	panics   *panics
	panicked func(error)
	broken   bool // a call has panicked, and no more are made

	mu     sync.Mutex
	queue  []notice
	closed bool
	wake   chan struct{} // has a value when there is something new in the queue
}

// notice is a call to make, or a place in the queue that somebody waits for.
type notice struct {
	progress UploadProgress
	reached  chan struct{}
}

// patienceOfReports is how long calls of Progress are waited for once the context has ended.
const patienceOfReports = time.Second

// newReporter starts the goroutine; a nil reporter reports nothing.
func newReporter(report func(UploadProgress), caught *panics, panicked func(error)) *reporter {
	if report == nil {
		return nil
	}
	r := &reporter{report: report, panics: caught, panicked: panicked, wake: make(chan struct{}, 1)}
	go r.run()
	return r
}

// tell queues a call. Of the numbers of bytes of a file the latest replaces the one that is still in the queue.
func (r *reporter) tell(p UploadProgress) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.Outcome == nil {
		for i := range r.queue {
			q := &r.queue[i]
			if q.reached == nil && q.progress.Outcome == nil && q.progress.Item == p.Item && q.progress.File == p.File {
				q.progress = p
				return
			}
		}
	}
	r.add(notice{progress: p})
}

func (r *reporter) add(n notice) {
	if r.closed {
		return
	}
	r.queue = append(r.queue, n)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// flush waits until all calls that are queued have been made, or for a short time after the context has ended.
func (r *reporter) flush(ctx context.Context) {
	if r == nil {
		return
	}
	reached := make(chan struct{})
	r.mu.Lock()
	r.add(notice{reached: reached})
	r.mu.Unlock()
	select {
	case <-reached:
		return
	case <-ctx.Done():
	}
	timer := time.NewTimer(patienceOfReports)
	defer timer.Stop()
	select {
	case <-reached:
	case <-timer.C:
	}
}

// end makes the calls that are queued and no more after that.
func (r *reporter) end(ctx context.Context) {
	if r == nil {
		return
	}
	r.flush(ctx)
	r.mu.Lock()
	r.closed, r.queue = true, nil
	r.mu.Unlock()
	close(r.wake)
}

func (r *reporter) run() {
	for range r.wake {
		for {
			r.mu.Lock()
			if r.closed || len(r.queue) == 0 {
				r.mu.Unlock()
				break
			}
			next := r.queue[0]
			r.queue = r.queue[1:]
			r.mu.Unlock()
			if next.reached != nil {
				close(next.reached)
				continue
			}
			r.call(next.progress)
		}
	}
}

func (r *reporter) call(p UploadProgress) {
	if r.broken {
		return
	}
	called := make(chan struct{})
	go func() { // of its own, so that runtime.Goexit in the function does not end the queue
		defer close(called)
		r.panics.run(func() { r.report(p) }, func(err error) {
			r.broken = true
			r.panicked(err)
		})
	}()
	<-called
}
