package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// ServeHTTP receives one delivery. Its responses do not contain the reason of a refusal.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h == nil || h.verifier == nil { // not made by NewHandler
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	start := time.Now()
	body, report := h.read(w, r)
	if report.Status == 0 {
		// From here on the vendor may hang up: what has begun is brought to its end.
		report = h.receive(context.WithoutCancel(r.Context()), r.Header, body)
	}
	report.Vendor, report.Duration = h.format.Vendor, time.Since(start)
	respond(w, report)
	h.tell(r.Context(), report)
}

// respond sends the response at once: the vendor waits for no logger and no report, and the response outlives their panics.
func respond(w http.ResponseWriter, report Report) {
	header, text, status := w.Header(), "", report.Status
	if status == http.StatusMethodNotAllowed {
		header.Set("Allow", http.MethodPost)
	}
	if report.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(report.RetryAfter.Seconds())))
	}
	if status != http.StatusOK {
		text = http.StatusText(status) + "\n"
		header.Set("Content-Type", "text/plain; charset=utf-8")
		header.Set("X-Content-Type-Options", "nosniff")
	}
	header.Set("Content-Length", strconv.Itoa(len(text))) // or flushing would make chunks of it
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // a vendor that is gone retries
	_ = http.NewResponseController(w).Flush()
}

// read reads a delivery. The report is of one that is not read, and else empty.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) ([]byte, Report) {
	switch {
	case r.Method != http.MethodPost:
		return nil, Report{Outcome: OutcomeNotPost, Status: http.StatusMethodNotAllowed}
	case r.ContentLength > h.limit:
		w.Header().Set("Connection", "close") // rather than reading it all away
		return nil, Report{Outcome: OutcomeTooLarge, Status: http.StatusRequestEntityTooLarge}
	case r.Body == nil: // as adapters of other servers leave it
		return nil, Report{}
	}
	var buf bytes.Buffer
	buf.Grow(int(min(max(r.ContentLength, 0), 64<<10)) + bytes.MinRead) // no more is reserved before it has come
	_, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, h.limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, Report{Outcome: OutcomeTooLarge, Status: http.StatusRequestEntityTooLarge}
	case err != nil:
		return nil, Report{Outcome: OutcomeUnread, Status: http.StatusBadRequest, Err: err}
	}
	return buf.Bytes(), Report{}
}
