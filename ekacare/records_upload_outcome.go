package ekacare

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// Errors of single files and documents of an upload. Test with [errors.Is].
var (
	// ErrUploadFormExpired matches a file that the storage refused because its form was too old.
	ErrUploadFormExpired = errors.New("the upload form has expired")
	// ErrFileChanged matches a file that turned out longer or shorter than its Size.
	ErrFileChanged = errors.New("the file is not of the size that was told")
	// ErrFileUnreadable matches a file that could not be opened or read here.
	ErrFileUnreadable = errors.New("the file could not be read")
	// errNotArrived is of an outcome that was kept as JSON, which holds no errors.
	errNotArrived = errors.New("the file has not arrived")
)

// UploadOutcome tells what became of an upload, document by document and file by file, in the order of the items. It can be kept
// as JSON; the errors are not part of that. The forms are signed: whoever has one can send its file while it has not expired.
type UploadOutcome struct {
	Items []DocumentOutcome `json:"items"`
}

// DocumentOutcome tells what became of a document.
type DocumentOutcome struct {
	DocumentID string        `json:"document_id,omitempty"` // empty as long as the vendor has given none
	Files      []FileOutcome `json:"files"`
	// FilesBefore is how many files a document had that these were added to; nil if nobody looked, since nobody was to wait.
	FilesBefore *int `json:"files_before,omitempty"`
	// Readable says that the document has been read back with its files. It is false when nobody asked.
	Readable bool `json:"readable,omitempty"`
	// Err is why the document, all of whose files arrived, is not known to be readable though it was waited for.
	Err error `json:"-"`
}

// FileOutcome tells what became of a file: it has arrived, or Err says why not. A file whose Err is a [caremux.Error] that says
// MaybeApplied may be there nonetheless; sending it again does no harm.
type FileOutcome struct {
	Arrived bool              `json:"arrived"`
	Form    *RecordUploadForm `json:"form,omitempty"` // nil if the vendor has given none
	Err     error             `json:"-"`              // an [*UploadItemError]
}

func newOutcome(items []DocumentUpload) *UploadOutcome {
	o := &UploadOutcome{Items: make([]DocumentOutcome, len(items))}
	for i, item := range items {
		o.Items[i] = DocumentOutcome{DocumentID: item.DocumentID, Files: make([]FileOutcome, len(item.Files))}
	}
	return o
}

// fresh is a copy without errors.
func (o *UploadOutcome) fresh() *UploadOutcome {
	again := &UploadOutcome{Items: slices.Clone(o.Items)}
	for i := range again.Items {
		d := &again.Items[i]
		d.Err = nil
		d.Files = slices.Clone(d.Files)
		for n := range d.Files {
			d.Files[n].Err = nil
		}
	}
	return again
}

// Arrived returns how many files have arrived, and how many there are.
func (o *UploadOutcome) Arrived() (arrived, files int) {
	for _, d := range o.Items {
		files += len(d.Files)
		for _, f := range d.Files {
			if f.Arrived {
				arrived++
			}
		}
	}
	return arrived, files
}

// LogValue tells how much has arrived; the forms are signed.
func (o *UploadOutcome) LogValue() slog.Value {
	arrived, files := o.Arrived()
	return slog.StringValue(strconv.Itoa(arrived) + " of " + strconv.Itoa(files) + " files arrived")
}

// Err returns nil if all files have arrived, and all documents are readable that were waited for; otherwise an [*UploadError].
func (o *UploadOutcome) Err() error {
	e := &UploadError{Outcome: o}
	for i, d := range o.Items {
		for n, f := range d.Files {
			if f.Arrived {
				continue
			}
			failed, ok := f.Err.(*UploadItemError)
			if !ok {
				failed = &UploadItemError{Item: i, File: n, Err: errNotArrived}
			}
			e.Failed = append(e.Failed, failed)
		}
		if d.Err != nil {
			failed, ok := d.Err.(*UploadItemError)
			if !ok {
				failed = &UploadItemError{Item: i, File: -1, Err: d.Err}
			}
			e.Failed = append(e.Failed, failed)
		}
	}
	if len(e.Failed) == 0 {
		return nil
	}
	return e
}

func (d *DocumentOutcome) filesBefore() int {
	if d.FilesBefore == nil {
		return 0
	}
	return *d.FilesBefore
}

// complete reports whether all files have arrived.
func (d *DocumentOutcome) complete() bool {
	return !slices.ContainsFunc(d.Files, func(f FileOutcome) bool { return !f.Arrived })
}

// UploadError is an upload of which something is missing. errors.Is and errors.As look into the errors of all its files.
type UploadError struct {
	Outcome *UploadOutcome
	Failed  []*UploadItemError // one for each file that has not arrived and each document that is not readable, in the order of the items
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

// Format prints [UploadError.Error] for every verb: the outcome holds signed forms.
func (e *UploadError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText gives the text of Error, so that a log in JSON holds no signed form either.
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

// MarshalText gives the text of Error, so that a log in JSON holds no path either.
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
	for _, known := range []error{ErrFileChanged, ErrFileUnreadable, errNotArrived, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return "failed"
}
