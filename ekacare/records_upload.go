package ekacare

import (
	"context"
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

// DocumentUpload is a document to upload with [RecordsService.UploadDocuments]. Empty members are left out.
type DocumentUpload struct {
	DocumentType DocumentType
	DocumentID   string    // id of the document to add the files to, empty for a new one
	DocumentDate time.Time // date of the document, to the second
	Title        string    // at most 256 characters
	Tags         []string  // at most ten of 2 to 20 characters; the vendor ignores further ones
	Cases        []string  // ids of the cases that the record is to belong to
	Metadata     string    // further facts, as text of your own
	// Files are one to ten, all of one type: pictures of at most [MaxPictureSize] bytes, or PDF files of at most [MaxPDFSize].
	Files []DocumentFile
}

// DocumentUploadOptions say how to upload documents. The zero value of a field means its default.
type DocumentUploadOptions struct {
	// Concurrency is how many files are sent at one time. Default 4.
	Concurrency int
	// StallTimeout ends the attempt to send a file in which nothing moves for so long. Default 1 min.
	StallTimeout time.Duration
	// WaitReadable waits so long until the documents whose files have all arrived can be read. Default 0: does not wait.
	WaitReadable time.Duration
	// Progress is told what happens, by one goroutine at a time, and should be quick. It may be nil.
	Progress func(UploadProgress)
}

// UploadProgress is what an upload is doing: bytes of a file have been handed to the connection, or the file is settled.
type UploadProgress struct {
	Item, File int   // which file: items[Item].Files[File]
	Sent, Size int64 // of this file, in bytes; Sent begins at zero again when the file is sent again
	Settled    bool  // nothing more is done for this file in this call
	Err        error // why it did not arrive, once settled
	Arrived    int   // how many of all files have arrived
	Files      int   // how many there are
}

// UploadDocuments uploads up to five documents of up to ten files each: it asks for the forms, sends every file to the storage
// that its form names, and, if the options say so, waits until the documents can be read. options may be nil.
//
// Limits and types are checked first; what breaks them is a [*caremux.ArgumentError] that names the place, such as
// items[2].files[4].size, and nothing has been sent. Any other error is an [*UploadError], which tells of the same files as the
// outcome, since it is made from it. The outcome is there whenever something may have been sent; hand it to
// [RecordsService.ResumeUpload] to send what is missing. That also holds when the context ends, which ends everything that is
// under way.
//
// Files are streamed. They go to another origin, so that neither the token nor a header of opts goes along, but by the client's
// own connections, middleware and retry policy. A file is sent again like a GET: its form fixes the key under which it is stored,
// so that a second arrival replaces the first. The client's timeout does not bound the sending of a file:
// DocumentUploadOptions.StallTimeout does, attempt by attempt.
//
// The webhook rec.uploaded follows for every document.
//
// POST /mr/api/v1/docs, POST to the storage, GET /mr/api/v1/docs/{id} (Eka Care API document, records)
func (s *RecordsService) UploadDocuments(ctx context.Context, items []DocumentUpload, options *DocumentUploadOptions, opts ...caremux.RequestOption) (*UploadOutcome, error) {
	return s.upload(ctx, "Records.UploadDocuments", items, newOutcome(items), options, opts)
}

// ResumeUpload goes on with an upload: it sends the files that have not arrived, by the forms that the outcome holds, and asks
// for forms where there are none. items are those of the first call, and outcome is what that, or a later one, returned; it may
// have been kept as JSON meanwhile. It is not changed: the returned outcome tells of all files.
//
// Forms expire; the vendor does not say when. A file whose form has expired fails with [ErrUploadFormExpired]: add it to the
// document with [RecordsService.UploadDocuments] and DocumentUpload.DocumentID, or upload the whole document anew.
//
// POST /mr/api/v1/docs, POST to the storage, GET /mr/api/v1/docs/{id} (Eka Care API document, records)
func (s *RecordsService) ResumeUpload(ctx context.Context, items []DocumentUpload, outcome *UploadOutcome, options *DocumentUploadOptions, opts ...caremux.RequestOption) (*UploadOutcome, error) {
	const operation = "Records.ResumeUpload"
	fits := outcome != nil && slices.EqualFunc(items, outcome.Items, func(item DocumentUpload, o DocumentOutcome) bool {
		return len(item.Files) == len(o.Files) && (item.DocumentID == "" || item.DocumentID == o.DocumentID)
	})
	if !fits {
		return nil, &caremux.ArgumentError{Operation: operation, Field: "outcome", Rule: "must be that of an upload of the same items"}
	}
	return s.upload(ctx, operation, items, outcome.fresh(), options, opts)
}

func (s *RecordsService) upload(ctx context.Context, operation string, items []DocumentUpload, outcome *UploadOutcome,
	options *DocumentUploadOptions, opts []caremux.RequestOption) (*UploadOutcome, error) {
	cfg, err := caremux.NewCallConfig(opts)
	if err == nil {
		err = firstError(checkUpload(items), options.check())
	}
	if err == nil && slices.ContainsFunc(outcome.Items, lacksForm) {
		err = s.core.Own().(*headers).permit(&recordsCreateUploadForms, cfg.Header)
	}
	if err != nil {
		return nil, inFlow(operation, err)
	}
	u := &uploading{service: s, operation: operation, items: items, outcome: outcome, opts: opts, retry: cfg.Retry}
	if options != nil {
		u.options = *options
	}
	if u.countFiles(ctx) {
		u.getForms(ctx)
		u.sendFiles(ctx)
		u.waitReadable(ctx)
	}
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

// request is the document as the vendor is told of it.
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
