package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/caremux/caremux"
)

// failure is the kind of an attempt's end, for the retry rule.
type failure uint8

const (
	failedByStatus  failure = iota
	failedToConnect         // no byte of the request left
	failedInFlight          // the request may have arrived
	failedToRead            // an answer came but could not be read
	failedForGood           // repeating cannot help
)

// bare takes off the *url.Error, whose text holds the query.
func bare(err error) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	return err
}

func classify(err error, trace *connTrace) failure {
	var certificate *tls.CertificateVerificationError
	text := err.Error()
	switch {
	case trace.wrote.Load(): // what the error says may be about the answer, or about a second connection
	case errors.As(err, &certificate),
		strings.Contains(text, "unsupported protocol scheme"),
		strings.Contains(text, "invalid header"):
		return failedForGood
	case !trace.redirected.Load() && (trace.neverConnected() || dialFailed(err)):
		return failedToConnect
	}
	return failedInFlight
}

func dialFailed(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect") || errors.As(err, &dns)
}

// reason names a failure in fixed words: a cause's own text may hold an address, a query or part of an answer.
func reason(err error) string {
	var certificate *tls.CertificateVerificationError
	var dns *net.DNSError
	var tooLarge *sizeError
	switch {
	case errors.Is(err, context.Canceled):
		return "canceled by the caller"
	case errors.Is(err, errTimeout):
		return "timed out (client's timeout)"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "timed out"
	case errors.As(err, &tooLarge):
		return "the response is larger than the client accepts"
	case errors.Is(err, errEmptyAnswer):
		return "the response is empty"
	case errors.Is(err, errNotJSON):
		return "the response is not the documented JSON"
	case errors.As(err, &certificate):
		return "the server's certificate is not trusted"
	case errors.As(err, &dns):
		return "the host was not found"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "connection closed in the middle"
	case dialFailed(err):
		return "no connection"
	}
	var netErr net.Error
	if errors.As(err, &netErr) && netErr.Timeout() {
		return "timed out"
	}
	return "the request failed"
}

// fail makes the error of the latest attempt.
func (a *attempts) fail(kind failure, cause error) {
	a.failure = kind
	e := caremux.Error{
		Vendor: a.client.settings.Vendor, Operation: a.op.Name, Method: a.op.Method, Path: a.op.shownPath(),
		Attempts: a.count, Status: a.status, RequestID: a.client.requestID(a.header),
	}
	var text string
	if cause != nil {
		cause = bare(cause)
		text = reason(cause)
		if a.status >= 200 && a.status < 300 {
			e.Kind = caremux.ErrUnreadable
		}
	}
	if !a.op.reads() && (applied(kind, a.status, a.header.Get("Retry-After") != "") || a.trace.turned.Load()) {
		a.applied = true
	}
	if explain := a.client.settings.Explain; explain != nil && kind == failedByStatus {
		cause = explain(&e, a.text)
	}
	var shape *ShapeError
	if errors.As(cause, &shape) {
		text = shape.Reason
		if explain := a.client.settings.Explain; explain != nil && shape.Explain {
			cause = errors.Join(cause, explain(&e, a.text), e.Kind)
		}
		e.Kind, e.Details = shape.Kind, cmp.Or(shape.Details, e.Details)
	}
	a.err = caremux.NewError(e, a.body, cause, text, a.applied)
}

// then is the error of the latest attempt, with what kept the next one from being sent.
func (a *attempts) then(err error) *caremux.Error {
	return caremux.NewError(*a.err, a.body, bare(err), "then "+reason(err), a.applied)
}

// applied reports whether the server may have acted before an attempt failed.
func applied(kind failure, status int, askedToWait bool) bool {
	switch kind {
	case failedToConnect, failedForGood:
		return false
	case failedInFlight, failedToRead:
		return true
	}
	switch status {
	case http.StatusSwitchingProtocols, http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther:
		return true // a redirect that does not ask for the same again may come when the work is done
	case http.StatusServiceUnavailable:
		return !askedToWait
	}
	return status >= 500
}

// ShapeError is what Settings.Vet says of a record. Its parts become those of the call's error.
type ShapeError struct {
	Reason  string // safe to log
	Kind    error
	Details any
	Explain bool // Settings.Explain may find the vendor's code and message in the body
}

func (e *ShapeError) Error() string { return e.Reason }

// GoString is the text of Error: Details may hold what was sent.
func (e *ShapeError) GoString() string { return e.Reason }

var errTimeout = timeoutError{}

// timeoutError is the cause of a context that ended because of the client's own timeout.
type timeoutError struct{}

func (timeoutError) Error() string        { return "the client's timeout passed" }
func (timeoutError) Timeout() bool        { return true }
func (timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

var _ interface{ Timeout() bool } = timeoutError{}

// deadlineOf is the earlier of the context's deadline and the client's timeout.
func deadlineOf(ctx context.Context, timeout time.Duration) time.Time {
	deadline, _ := ctx.Deadline()
	if timeout > 0 {
		if own := time.Now().Add(timeout); deadline.IsZero() || own.Before(deadline) {
			deadline = own
		}
	}
	return deadline
}
