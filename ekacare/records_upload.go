package ekacare

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// Limits of one upload of documents.
const (
	MaxUploadDocuments = 5
	MaxDocumentFiles   = 10
)

// DocumentUpload is a document to upload with [RecordsService.UploadDocuments]. Empty fields are left out.
type DocumentUpload struct {
	DocumentType DocumentType
	DocumentID   string    // id of the document to add the files to, empty for a new one
	DocumentDate time.Time // date of the document, to the second
	Title        string    // at most 256 characters
	Tags         []string  // at most ten of 2 to 20 characters; the vendor ignores further ones
	Cases        []string  // ids of the cases that the record is to belong to
	Metadata     string    // further facts, as a string of your own
	// Files are one to ten, all of one type: pictures of at most [MaxPictureSize] bytes, or PDF files of at most
	// [MaxPDFSize].
	Files []DocumentFile
}

// DocumentUploadOptions configure an upload of documents. The zero value of a field means its default.
type DocumentUploadOptions struct {
	// Concurrency is how many files are sent at one time. Default 4.
	Concurrency int
	// StallTimeout ends an attempt to send a file if no byte is sent for this duration. Default 1 min.
	StallTimeout time.Duration
	// WaitReadable is how long to wait until the documents whose files have all arrived can be read. Default 0: no
	// wait.
	WaitReadable time.Duration
	// Progress is called for each step of the upload, sequentially; it may be nil. It receives the outcome when the
	// forms are known, before the first file is sent, and after each file. Save it as JSON: a later process can then
	// continue with [RecordsService.ResumeUpload]. A call that blocks delays the first file and the end of the upload,
	// but not the other files, and no longer than a second after the context has ended. A panic ends the upload and is
	// raised by the method.
	Progress func(UploadProgress)
}

// UploadProgress is a step of an upload: the forms are known, bytes of a file have been written to the connection, or
// the file has arrived or failed. Steps with numbers of bytes are skipped while Progress is busy.
type UploadProgress struct {
	Item, File int   // which file: items[Item].Files[File]
	Sent, Size int64 // of this file, in bytes; Sent starts at zero with each attempt
	Settled    bool  // nothing more is done for this file in this call
	Err        error // why it did not arrive, once settled
	Arrived    int   // how many of all files have arrived
	Files      int   // how many there are
	// Outcome is a copy of the outcome as it is now, when the forms are known and when a file is settled; nil otherwise.
	Outcome *UploadOutcome
}

// LogValue reports how far the file is; the forms of the outcome are signed.
func (p UploadProgress) LogValue() slog.Value {
	return slog.StringValue(fmt.Sprintf("items[%d].files[%d]: %d of %d bytes, %d of %d files arrived",
		p.Item, p.File, p.Sent, p.Size, p.Arrived, p.Files))
}

// UploadDocuments uploads up to five documents of up to ten files each: it requests the forms, sends every file to the
// storage that its form names, and, if the options say so, waits until the documents can be read. options may be nil.
//
// Limits and types are checked first; a violation is a [*caremux.ArgumentError] that names the field, such as
// items[2].files[4].size, and no request is sent. Any other error is an [*UploadError] with the files of the outcome
// that have not arrived. The outcome is returned whenever a request may have been sent, also if the context ends, which
// ends all uploads in progress. Pass it to [RecordsService.ResumeUpload] to send the missing files. Progress receives
// it while the upload is running.
//
// Forms belong to the document that the response names. Those of an existing document are found by its id, and those of
// new documents, which have no id yet, are assigned in the order of the request. A wrong number of forms, forms for
// another document, and two forms for one key of the storage are refused. If the response with the forms is lost,
// documents without files may remain.
//
// Files are streamed. They are sent to another origin, without the token and the headers of opts, but with the client's
// connections, middleware and retry policy. A file is retried like a GET: its form contains the key under which it is
// stored, so that a second arrival replaces the first. A file has arrived if the storage responds with status 204 or
// with an empty 2xx response; an HTML page does not count. The client's timeout does not bound the sending of a file:
// DocumentUploadOptions.StallTimeout does, for each attempt.
//
// UploadDocuments refuses caremux.WithIdempotent, since it would allow the documents to be created twice. The vendor
// sends the webhook rec.uploaded for every document.
//
// POST /mr/api/v1/docs, POST to the storage, GET /mr/api/v1/docs/{id} (Eka Care API document, records)
func (s *RecordsService) UploadDocuments(
	ctx context.Context, items []DocumentUpload, options *DocumentUploadOptions, opts ...caremux.RequestOption,
) (*UploadOutcome, error) {
	const operation = "Records.UploadDocuments"
	whose, err := owner(s.state, opts)
	if err != nil {
		return nil, inFlow(operation, err)
	}
	return s.upload(ctx, operation, items, newOutcome(items, whose), options, opts)
}

// ResumeUpload continues an upload: it sends the files that have not arrived, with the forms of the outcome, and
// requests missing forms. items are the documents of the first call, in their order. outcome is that of the first call,
// of a later one, or of Progress, and may have been saved as JSON. It is not modified: the returned outcome contains
// all files.
//
// The files of a document are identified by name, type and size, and files with the same ones by their content, so they
// may be in another order. A file that the outcome does not contain is a [*caremux.ArgumentError]. An outcome of
// another patient or client matches [ErrOtherOwner].
//
// Forms expire; the vendor does not document when. A file whose form has expired fails with [ErrUploadFormExpired]: add
// it to the document with [RecordsService.UploadDocuments] and DocumentUpload.DocumentID, or upload the whole document
// once more.
//
// POST /mr/api/v1/docs, POST to the storage, GET /mr/api/v1/docs/{id} (Eka Care API document, records)
func (s *RecordsService) ResumeUpload(
	ctx context.Context, items []DocumentUpload, outcome *UploadOutcome, options *DocumentUploadOptions,
	opts ...caremux.RequestOption,
) (*UploadOutcome, error) {
	const operation = "Records.ResumeUpload"
	if err := checkUpload(items); err != nil {
		return nil, inFlow(operation, err)
	}
	fitted, err := outcome.fit(items)
	if err == nil {
		err = checkOwner(s.state, operation, outcome.Owner, opts)
	}
	if err != nil {
		return nil, inFlow(operation, err)
	}
	return s.upload(ctx, operation, items, fitted, options, opts)
}

func (s *RecordsService) upload(
	ctx context.Context, operation string, items []DocumentUpload, outcome *UploadOutcome,
	options *DocumentUploadOptions, opts []caremux.RequestOption,
) (*UploadOutcome, error) {
	cfg, err := caremux.NewCallConfig(opts)
	if err == nil {
		err = firstError(refuseIdempotent(opts), checkUpload(items), options.check())
	}
	if err == nil && slices.ContainsFunc(outcome.Items, lacksForm) {
		err = s.state.permit(&recordsCreateUploadForms, cfg.Header)
	}
	if err != nil {
		return nil, inFlow(operation, err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	u := &uploading{service: s, operation: operation, items: items, outcome: outcome, opts: opts, retry: cfg.Retry}
	if options != nil {
		u.options = *options
	}
	u.panicked = func(err error) { cancel(err) }
	u.reporter = newReporter(u.options.Progress, &u.panics, u.panicked)
	u.run(ctx)
	u.reporter.end(ctx)
	u.panics.raise()
	return outcome, outcome.Err()
}

func (o *DocumentUploadOptions) check() error {
	switch {
	case o == nil:
	case o.Concurrency < 0:
		return invalidArgument("options.Concurrency", "must not be negative")
	case o.StallTimeout < 0:
		return invalidArgument("options.StallTimeout", "must not be negative")
	case o.WaitReadable < 0:
		return invalidArgument("options.WaitReadable", "must not be negative")
	}
	return nil
}

func checkUpload(items []DocumentUpload) error {
	if len(items) == 0 || len(items) > MaxUploadDocuments {
		return invalidArgument("items", "must be 1 to "+strconv.Itoa(MaxUploadDocuments)+" documents")
	}
	for i, item := range items {
		if err := item.check("items[" + strconv.Itoa(i) + "]"); err != nil {
			return err
		}
	}
	return nil
}

func (d *DocumentUpload) check(path string) error {
	switch {
	case len(d.Files) == 0 || len(d.Files) > MaxDocumentFiles:
		return invalidArgument(path+".files", "must be 1 to "+strconv.Itoa(MaxDocumentFiles)+" files")
	case utf8.RuneCountInString(d.Title) > 256:
		return invalidArgument(path+".title", "must have at most 256 characters")
	}
	for n, file := range d.Files {
		at := path + ".files[" + strconv.Itoa(n) + "]"
		mediaType := file.mediaType()
		most, shown := int64(MaxPictureSize), "10 MB"
		switch mediaType {
		case "image/jpg", "image/png":
		case "application/pdf":
			most, shown = MaxPDFSize, "25 MB"
		default:
			return invalidArgument(at+".contentType", "must be image/jpg, image/png or application/pdf")
		}
		switch {
		case mediaType != d.Files[0].mediaType():
			return invalidArgument(at+".contentType", "must be the same for all files of a document")
		case file.Size <= 0:
			return invalidArgument(at+".size", "must be above zero")
		case file.Size > most:
			return invalidArgument(at+".size", "must be at most "+shown+" for "+mediaType)
		case file.Open == nil:
			return invalidArgument(at+".open", "is required")
		}
	}
	// What the document demands beside that.
	return wire.Check(d.request())
}

// request is the document as it is sent to the vendor.
func (d *DocumentUpload) request() RecordUploadItem {
	r := RecordUploadItem{Tags: d.Tags, Cases: d.Cases, Files: make([]RecordUploadFile, len(d.Files))}
	for i, file := range d.Files {
		r.Files[i] = RecordUploadFile{ContentType: file.mediaType(), FileSize: file.Size}
	}
	if d.DocumentType != "" {
		r.DocumentType = &d.DocumentType
	}
	if !d.DocumentDate.IsZero() {
		r.DocumentDate = new(NewEpochSeconds(d.DocumentDate))
	}
	for _, text := range []struct {
		into **string
		from string
	}{{&r.DocumentID, d.DocumentID}, {&r.Title, d.Title}, {&r.Metadata, d.Metadata}} {
		if text.from != "" {
			*text.into = &text.from
		}
	}
	return r
}
