package ekacare

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/storageform"
	"github.com/caremux/caremux/internal/wire"
)

// Errors of single files and documents of an upload. Test with [errors.Is].
var (
	// ErrUploadFormExpired matches a file that the storage refused because its form was too old.
	ErrUploadFormExpired = errors.New("the upload form has expired")
	// ErrFileChanged matches a file that turned out longer or shorter than its Size.
	ErrFileChanged = storageform.ErrChanged
	// ErrFileUnreadable matches a file that could not be opened or read here.
	ErrFileUnreadable = storageform.ErrUnreadable
	// errNotArrived is of an outcome that was kept as JSON, which contains no errors.
	errNotArrived = errors.New("the file has not arrived")
)

// UploadError is an upload of which something is missing. errors.Is and errors.As look into the errors of all its
// files.
type UploadError struct {
	Outcome *UploadOutcome
	Failed  []*UploadItemError // one for each file that has not arrived and each document that is not readable, in order
}

// Error counts the files and names the first three that failed.
func (e *UploadError) Error() string {
	arrived, files := e.Outcome.Arrived()
	var b strings.Builder
	fmt.Fprintf(&b, "ekacare: %d of %d files arrived", arrived, files)
	for i, f := range e.Failed {
		if i == 3 {
			fmt.Fprintf(&b, "; and %d more", len(e.Failed)-i)
			break
		}
		b.WriteString("; " + f.Error())
	}
	return b.String()
}

// Format prints [UploadError.Error] for every verb: the outcome contains signed forms.
func (e *UploadError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText returns the message of Error, so that a log in JSON contains no signed form either.
func (e *UploadError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns the errors of [UploadError] Failed.
func (e *UploadError) Unwrap() []error {
	errs := make([]error, len(e.Failed))
	for i, f := range e.Failed {
		errs[i] = f
	}
	return errs
}

// UploadItemError is a file that has not arrived, or a document that could not be read back.
type UploadItemError struct {
	Item int
	File int   // -1: the document as a whole
	Err  error // the cause, such as a [*caremux.Error]; its own text may name a path if it is of your own file system
}

// Error names the place and the cause, without paths.
func (e *UploadItemError) Error() string {
	text := "items[" + strconv.Itoa(e.Item) + "]"
	if e.File >= 0 {
		text += ".files[" + strconv.Itoa(e.File) + "]"
	}
	return text + ": " + safeCause(e.Err)
}

// Format prints [UploadItemError.Error] for every verb.
func (e *UploadItemError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText returns the message of Error, so that a log in JSON contains no path either.
func (e *UploadItemError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns the cause.
func (e *UploadItemError) Unwrap() error { return e.Err }

// safeCause is the text of an error if it is one of ours.
func safeCause(err error) string {
	switch e := err.(type) {
	case *caremux.Error:
		return e.Error()
	case *caremux.ArgumentError:
		return e.Error()
	}
	for _, known := range []error{ErrFileChanged, ErrFileUnreadable, errNotArrived, errPanicked,
		context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return "failed"
}
