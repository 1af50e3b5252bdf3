package transport

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

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
	if kind != failedUnsent && kind != failedForGood {
		a.left = true
	}
	if !a.op.reads() && (ruleOf(kind, a.status, askedToWait(a.header)).applied || a.sends.mayHaveActed(kind)) {
		a.applied = true
	}
	cause = a.explained(&e, kind, cause)
	var shape *ShapeError
	if errors.As(cause, &shape) {
		text = shape.Reason
		e.Kind, e.Details = shape.Kind, cmp.Or(shape.Details, e.Details)
	}
	if a.client.config.ErrorText && e.Message != "" {
		text = strings.TrimLeft(text+" "+strconv.QuoteToGraphic(e.Message), " ")
	}
	a.err = caremux.NewError(e, caremux.ErrorParts{Body: a.body, Cause: a.notLeft(cause), Reason: text, MaybeApplied: a.applied})
}

// explained is the cause with what the vendor's package, or the storage's words, make of the body.
func (a *attempts) explained(e *caremux.Error, kind failure, cause error) error {
	explain := a.client.settings.Explain
	if a.elsewhere {
		explain = explainStorage
	}
	if explain == nil {
		return cause
	}
	if kind == failedByStatus {
		cause = explain(e, a.text)
	}
	var shape *ShapeError
	if errors.As(cause, &shape) && shape.Explain {
		cause = errors.Join(cause, explain(e, a.text), e.Kind)
	}
	return cause
}

// failToRead makes the error of a response that could not be taken.
func (a *attempts) failToRead(ctx context.Context, err error) {
	kind := failedToRead
	if errors.As(err, new(sizeError)) || errors.As(err, new(*ShapeError)) || complete(err, a.text) {
		kind = failedPromise
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	a.fail(kind, err)
}

// notLeft marks a cause as one after which nothing of the call was sent.
func (a *attempts) notLeft(cause error) error {
	if a.left || a.applied {
		return cause
	}
	return unsent{cause}
}

// unsent is a cause after which nothing was sent.
type unsent struct{ cause error }

// Error is a fixed text: the cause's own may contain an address or a query.
func (u unsent) Error() string        { return caremux.ErrNotSent.Error() }
func (u unsent) Unwrap() error        { return u.cause }
func (u unsent) Is(target error) bool { return target == caremux.ErrNotSent }

// then is the error of the latest attempt, with what kept the next one from being sent.
func (a *attempts) then(err error) *caremux.Error {
	return caremux.NewError(*a.err, caremux.ErrorParts{
		Body: a.body, Cause: bare(err), Reason: "then " + reason(err), MaybeApplied: a.applied,
	})
}

// ShapeError is what Settings.Vet says of a record. Its parts become those of the call's error.
type ShapeError struct {
	Reason  string // safe to log
	Kind    error
	Details any
	Explain bool // Settings.Explain may find the vendor's code and message in the body
}

func (e *ShapeError) Error() string { return e.Reason }

// GoString is the text of Error: Details may contain what was sent.
func (e *ShapeError) GoString() string { return e.Reason }

// errTimeout is the cause of a context that ended because of the client's own timeout.
const errTimeout content.Timeout = "the client's timeout passed"
