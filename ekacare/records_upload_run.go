package ekacare

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/poll"
	"github.com/caremux/caremux/internal/transport"
)

// uploading is an upload under way.
type uploading struct {
	service   *RecordsService
	operation string
	items     []DocumentUpload
	options   DocumentUploadOptions
	opts      []caremux.RequestOption
	retry     *caremux.RetryPolicy

	mu      sync.Mutex // guards the outcome, and calls of Progress
	outcome *UploadOutcome
}

// fail makes the error of something that was not even tried, or that the vendor refused with a success.
func (u *uploading) fail(cause error, code, message, reason string) *caremux.Error {
	return caremux.NewError(caremux.Error{Vendor: "ekacare", Operation: u.operation, Code: code, Message: message}, nil, cause, reason, false)
}

// failMade is fail where the vendor may have made a document, or has a file, nonetheless.
func (u *uploading) failMade(message, reason string) *caremux.Error {
	return caremux.NewError(caremux.Error{Vendor: "ekacare", Operation: u.operation, Message: message, Kind: caremux.ErrUnreadable}, nil, nil, reason, true)
}

func (u *uploading) ended(ctx context.Context) error {
	return u.fail(context.Cause(ctx), "", "", "the context ended before the file was sent")
}

// settle notes what became of a file.
func (u *uploading) settle(item, file int, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	o := &u.outcome.Items[item].Files[file]
	o.Arrived, o.Err = err == nil, nil
	if err != nil {
		o.Err = &UploadItemError{Item: item, File: file, Err: err}
	}
	p := UploadProgress{Item: item, File: file, Size: u.items[item].Files[file].Size, Settled: true, Err: o.Err}
	if err == nil {
		p.Sent = p.Size
	}
	u.tell(p)
}

func (u *uploading) tell(p UploadProgress) {
	if u.options.Progress != nil {
		p.Arrived, p.Files = u.outcome.Arrived()
		u.options.Progress(p)
	}
}

// countFiles looks up how many files the documents have that files are added to, to know later when there are more. Without that
// nothing is sent.
func (u *uploading) countFiles(ctx context.Context) (ok bool) {
	if u.options.WaitReadable == 0 {
		return true
	}
	for i := range u.outcome.Items {
		d := &u.outcome.Items[i]
		if d.DocumentID == "" || d.FilesBefore != nil || d.Files[0].Form != nil {
			continue
		}
		record, err := u.service.Get(ctx, d.DocumentID, u.opts...)
		switch {
		case err == nil:
			d.FilesBefore = new(len(record.Files))
		case errors.Is(err, caremux.ErrNotFound):
			d.FilesBefore = new(0)
		default:
			u.failMissing(err)
			return false
		}
	}
	return true
}

// failMissing gives all files that have not arrived the same error.
func (u *uploading) failMissing(err error) {
	for i, d := range u.outcome.Items {
		for n, f := range d.Files {
			if !f.Arrived {
				u.settle(i, n, err)
			}
		}
	}
}

// getForms asks for forms for the documents that have none, all in one call.
func (u *uploading) getForms(ctx context.Context) {
	var batch RecordUploadBatch
	var asked []int
	for i := range u.items {
		if lacksForm(u.outcome.Items[i]) {
			asked = append(asked, i)
			batch.BatchRequest = append(batch.BatchRequest, u.items[i].request())
		}
	}
	if len(asked) == 0 {
		return
	}
	forms, err := u.service.CreateUploadForms(ctx, &batch, u.opts...)
	var results []RecordUploadResult
	if err == nil {
		results = forms.BatchResponse
	} else if e, ok := errors.AsType[*caremux.Error](err); ok {
		if refused := decodeStored[RecordUploadForms](bytes.TrimSpace(e.Body())); refused != nil {
			results = refused.BatchResponse // says which document was at fault
		}
	}
	if len(results) != len(asked) {
		// Nobody can tell which document is which, and a file must not come into another one.
		results = nil
		if err == nil && (forms.Error == nil || !*forms.Error) {
			err = u.failMade(forms.Message, "the vendor answered for another number of documents than there are")
		}
	}
	for n, i := range asked {
		var result RecordUploadResult
		if n < len(results) {
			result = results[n]
		}
		u.takeForms(i, result, forms, err)
	}
}

func lacksForm(d DocumentOutcome) bool {
	for _, f := range d.Files {
		if !f.Arrived && f.Form == nil {
			return true
		}
	}
	return false
}

// takeForms gives the files of a document their forms, or the reason why there is none.
func (u *uploading) takeForms(item int, result RecordUploadResult, forms *RecordUploadForms, err error) {
	d := &u.outcome.Items[item]
	refused := result.ErrorDetails
	switch {
	case refused != nil && (refused.Code != "" || refused.Message != ""):
		err = u.fail(err, refused.Code, refused.Message, "the vendor refused the document")
	case err != nil:
	case forms.Error != nil && *forms.Error:
		err = u.fail(nil, "", forms.Message, "the vendor refused the upload")
	case len(result.Forms) != len(d.Files):
		err = u.failMade(forms.Message, "the vendor gave another number of forms than there are files")
	}
	if err == nil {
		d.DocumentID = cmp.Or(result.DocumentID, d.DocumentID)
	}
	for n := range d.Files {
		switch {
		case d.Files[n].Arrived:
		case err != nil:
			u.settle(item, n, err)
		default:
			d.Files[n].Form = &result.Forms[n]
		}
	}
}

// sendFiles sends the files that have a form, several at a time.
func (u *uploading) sendFiles(ctx context.Context) {
	type place struct{ item, file int }
	var missing []place
	for i, d := range u.outcome.Items {
		for n, f := range d.Files {
			if !f.Arrived && f.Form != nil {
				missing = append(missing, place{i, n})
			}
		}
	}
	turns := make(chan place, len(missing))
	for _, p := range missing {
		turns <- p
	}
	close(turns)
	var workers sync.WaitGroup
	for range min(cmp.Or(u.options.Concurrency, 4), len(missing)) {
		workers.Go(func() {
			for p := range turns {
				form := u.outcome.Items[p.item].Files[p.file].Form // written before, by one goroutine
				if ctx.Err() != nil {
					u.settle(p.item, p.file, u.ended(ctx))
					continue
				}
				u.settle(p.item, p.file, u.sendFile(ctx, p.item, p.file, form))
			}
		})
	}
	workers.Wait()
}

// sendFile sends one file to the storage. The form fixes the key under which the storage keeps it, so that sending it twice
// leaves one file, and the call may be repeated whatever became of the attempt before.
func (u *uploading) sendFile(ctx context.Context, item, n int, form *RecordUploadForm) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	file := u.items[item].Files[n]
	body := newStorageForm(form, file)
	defer body.end()
	var broken error
	body.failed = func(err error) {
		u.mu.Lock()
		defer u.mu.Unlock()
		broken = err
		cancel(err) // another attempt would fare no better
	}
	over := false
	body.moved = func(sent int64) {
		u.mu.Lock()
		defer u.mu.Unlock()
		if !over {
			u.tell(UploadProgress{Item: item, File: n, Sent: sent, Size: file.Size})
		}
	}
	patience := cmp.Or(u.options.StallTimeout, time.Minute)
	err := transport.Send(ctx, u.service.core, u.operation, "POST", form.URL, body.body(), patience, u.retry)
	u.mu.Lock()
	defer u.mu.Unlock()
	over = true
	if broken != nil {
		return broken
	}
	if e, ok := errors.AsType[*caremux.Error](err); ok && formExpired(e) {
		e.Kind = ErrUploadFormExpired
	}
	if err == nil && !body.whole.Load() {
		return u.failMade("", "the storage answered before it had the file")
	}
	return err
}

// formExpired reads what the storage says of a policy or a token that is too old.
func formExpired(e *caremux.Error) bool {
	return (e.Status == 400 || e.Status == 403) && bytes.Contains(bytes.ToLower(e.Body()), []byte("expired"))
}

// waitReadable reads the documents back that have all their files.
func (u *uploading) waitReadable(ctx context.Context) {
	if u.options.WaitReadable == 0 {
		return
	}
	waiting := map[int]bool{}
	for i := range u.outcome.Items {
		switch d := &u.outcome.Items[i]; {
		case !d.complete() || d.Readable:
		case u.items[i].DocumentID != "" && d.FilesBefore == nil:
			// The call that got the forms did not wait: now nobody can tell the new files from the old.
			d.Err = &UploadItemError{Item: i, File: -1, Err: u.fail(nil, "", "", "it is not known how many files the document had before")}
		default:
			waiting[i] = true
		}
	}
	if len(waiting) == 0 {
		return
	}
	rhythm := poll.Rhythm{Min: time.Second, Max: 10 * time.Second, Limit: u.options.WaitReadable}
	err := poll.Until(ctx, rhythm, func(ctx context.Context) (bool, error) {
		for i := range u.items { // one after the other: opts may hold what one call at a time can fill
			if !waiting[i] {
				continue
			}
			d := &u.outcome.Items[i]
			record, err := u.service.Get(ctx, d.DocumentID, u.opts...)
			switch {
			case err == nil && len(record.Files) >= d.filesBefore()+len(d.Files):
				d.Readable = true
				delete(waiting, i)
			case err == nil, errors.Is(err, caremux.ErrNotFound):
			case ctx.Err() != nil:
				return false, context.Cause(ctx)
			default:
				d.Err = &UploadItemError{Item: i, File: -1, Err: err}
				delete(waiting, i)
			}
		}
		return len(waiting) == 0, nil
	})
	for i := range waiting {
		u.outcome.Items[i].Err = &UploadItemError{Item: i, File: -1, Err: u.fail(err, "", "", "the document could not be read back in time")}
	}
}
