package webhook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"time"
)

// storeTimeout bounds one call of the store.
const storeTimeout = 10 * time.Second

// longestRetryAfter is what a vendor is told to wait while a delivery is in hand, unless its lease is shorter. A function is
// mostly done much sooner, and vendors count their tries.
const longestRetryAfter = 30 * time.Second

// ServeHTTP receives one delivery. Nothing in its answers says why something was refused.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h == nil || h.verifier == nil { // nobody made it
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	start := time.Now()
	report := h.receive(w, r)
	report.Vendor, report.Duration = h.format.Vendor, time.Since(start)
	h.answer(w, report.Status)
	h.tell(r.Context(), report)
}

// answer sends the answer off at once: what the vendor is told waits for no logger and no report, and outlives their panics.
func (h *Handler) answer(w http.ResponseWriter, status int) {
	header, text := w.Header(), ""
	switch status {
	case http.StatusMethodNotAllowed:
		header.Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", strconv.Itoa(int(min(h.lease, longestRetryAfter).Seconds())))
	}
	if status != http.StatusOK {
		text = http.StatusText(status) + "\n"
		header.Set("Content-Type", "text/plain; charset=utf-8")
		header.Set("X-Content-Type-Options", "nosniff")
	}
	header.Set("Content-Length", strconv.Itoa(len(text))) // or flushing would make chunks of it
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // a vendor that is gone sends again
	_ = http.NewResponseController(w).Flush()
}

func (h *Handler) receive(w http.ResponseWriter, r *http.Request) Report {
	if r.Method != http.MethodPost {
		return Report{Outcome: OutcomeNotPost, Status: http.StatusMethodNotAllowed}
	}
	body, err := h.read(w, r)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return Report{Outcome: OutcomeTooLarge, Status: http.StatusRequestEntityTooLarge}
	case err != nil:
		return Report{Outcome: OutcomeUnread, Status: http.StatusBadRequest, Err: err}
	}
	if err := h.verifier.Verify(r.Header, body); err != nil {
		return Report{Outcome: OutcomeRefused, Status: http.StatusUnauthorized, Err: err}
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) // signed with the rest, but no part of the JSON
	// From here on the vendor may hang up: what has begun is brought to its end.
	var report Report
	if err := guard(func() error {
		report = h.dispatch(context.WithoutCancel(r.Context()), r.Header, body)
		return nil
	}); err != nil { // the vendor's format or the store panicked; the function's own panic does not come here
		report.Outcome, report.Status, report.Err = OutcomePanicked, http.StatusInternalServerError, err
	}
	return report
}

func (h *Handler) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > h.limit {
		w.Header().Set("Connection", "close") // rather than reading it all away
		return nil, &http.MaxBytesError{Limit: h.limit}
	}
	if r.Body == nil { // as adapters of other servers leave it
		return nil, nil
	}
	var buf bytes.Buffer
	buf.Grow(int(min(max(r.ContentLength, 0), 64<<10)) + bytes.MinRead) // the rest is believed when it has come
	_, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, h.limit))
	return buf.Bytes(), err
}

// dispatch handles an authentic delivery, unless it was handled before or is being handled.
func (h *Handler) dispatch(ctx context.Context, header http.Header, body []byte) Report {
	event, err := h.format.Describe(header, body)
	event.Vendor = h.format.Vendor
	report := Report{Event: event, Outcome: OutcomeUndecodable, Status: http.StatusBadRequest, Err: err}
	if err != nil {
		return report
	}
	if event.Key == "" {
		sum := sha256.Sum256(body)
		event.Key = "sha256:" + hex.EncodeToString(sum[:])
		report.Event = event
	}
	route := h.route(event.Type)
	if route == nil {
		report.Outcome, report.Status = OutcomeIgnored, http.StatusOK
		return report
	}
	call, err := route(event, body, h.open(header))
	if err != nil {
		report.Err = err
		return report
	}
	began := time.Now() // the lease may have begun at any moment from here on
	claim, err := h.claim(ctx, event, began)
	switch {
	case err != nil:
		report.Outcome, report.Status, report.Err = OutcomeUnclaimed, http.StatusServiceUnavailable, err
	case claim.State == Handled:
		report.Outcome, report.Status = OutcomeDuplicate, http.StatusOK
	case claim.State == Held:
		report.Outcome, report.Status = OutcomeBusy, http.StatusServiceUnavailable
	default:
		report.Status = http.StatusInternalServerError
		if report.Outcome, report.Err = h.run(ctx, claim, began, call); report.Outcome == OutcomeHandled {
			report.Status = http.StatusOK
		}
	}
	return report
}

// open returns the headers without those that carry the proof, which a function has no use for and might log.
func (h *Handler) open(header http.Header) http.Header {
	header = header.Clone()
	for _, name := range slices.Concat(h.verifier.scheme.headers(), h.format.Proofs) {
		header.Del(name)
	}
	return header
}

func (h *Handler) claim(ctx context.Context, e Event, began time.Time) (Claim, error) {
	asking, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	c, err := h.store.Claim(asking, e.Vendor+"/"+h.scope+"/"+e.Key, h.lease)
	if err == nil && (c.State < Claimed || c.State > Handled) {
		err = errors.New("webhook: the store returned no state")
	}
	if err == nil && c.State == Claimed && time.Since(began) >= h.lease { // the answer came late: another may have it by now
		err = errors.Join(ErrClaimLost, h.settle(ctx, c, OutcomeUnclaimed))
	}
	return c, err
}

var errExited = errors.New("webhook: the function ended its goroutine")

// run calls the function and settles the claim. When the function did its work and only the store fails, the delivery counts as
// handled: telling the vendor to send it again could only make it run twice.
func (h *Handler) run(ctx context.Context, c Claim, began time.Time, call func(context.Context) error) (outcome Outcome, err error) {
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	bounded, stop := context.WithTimeout(running, h.timeout)
	ended := make(chan struct{})
	outcome, err = OutcomeFailed, errExited // as it stays if the function does not return
	// A goroutine of its own, so that runtime.Goexit in the function ends no more than that.
	go func() {
		defer close(ended)
		defer stop()
		err = guard(func() error {
			err := call(bounded)
			if err != nil { // one that panics when it is read, as a nil pointer may, does so here
				_, _ = err.Error(), errors.As(err, new(*PanicError))
			}
			return err
		})
	}()
	h.hold(bounded, c, began, cancel)
	<-ended
	switch {
	case err == nil:
		outcome = OutcomeHandled
	case errors.As(err, new(*PanicError)):
		outcome = OutcomePanicked
	}
	if settled := guard(func() error { return h.settle(ctx, c, outcome) }); settled != nil {
		err = errors.Join(err, settled)
	}
	return outcome, err
}

func (h *Handler) settle(ctx context.Context, c Claim, outcome Outcome) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if outcome != OutcomeHandled || h.keep < 0 {
		return h.store.Release(ctx, c)
	}
	return h.store.Done(ctx, c, h.keep)
}

// hold extends the claim while the function runs, and ends the function's context if the claim is lost.
func (h *Handler) hold(ctx context.Context, c Claim, began time.Time, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(h.lease / 3)
	defer tick.Stop()
	// A timer of its own, because the end of the lease falls between two ticks or into a call of the store that takes its time.
	over := time.AfterFunc(time.Until(began.Add(h.lease)), func() { cancel(ErrClaimLost) })
	defer over.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		began = time.Now()
		err := guard(func() error {
			ctx, cancel := context.WithTimeout(ctx, h.lease/3)
			defer cancel()
			return h.store.Extend(ctx, c, h.lease)
		})
		switch {
		case err == nil:
			over.Reset(time.Until(began.Add(h.lease)))
		case ctx.Err() != nil:
			return
		case errors.Is(err, ErrClaimLost):
			cancel(ErrClaimLost)
			return
		}
	}
}

// guard turns a panic into an error.
func guard(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return fn()
}
