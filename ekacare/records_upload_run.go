package ekacare

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/storageform"
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
	reporter  *reporter
	panics    panics      // of Progress, and of the functions of files
	panicked  func(error) // ends the upload

	mu      sync.Mutex // guards the outcome
	outcome *UploadOutcome
}

func (u *uploading) run(ctx context.Context) {
	if !u.countFiles(ctx) {
		return
	}
	u.getForms(ctx)
	u.announceForms(ctx)
	u.sendFiles(ctx)
	u.waitReadable(ctx)
}

// fail makes the error of something that was not even tried, or that the vendor refused with a success.
func (u *uploading) fail(cause error, code, message, reason string) *caremux.Error {
	e := caremux.Error{Vendor: "ekacare", Operation: u.operation, Code: code, Message: message}
	return caremux.NewError(e, caremux.ErrorParts{Cause: cause, Reason: reason})
}

// failMade is fail where the vendor may have made a document, or has a file, nonetheless.
func (u *uploading) failMade(message, reason string) *caremux.Error {
	e := caremux.Error{Vendor: "ekacare", Operation: u.operation, Message: message, Kind: caremux.ErrUnreadable}
	return caremux.NewError(e, caremux.ErrorParts{Reason: reason, MaybeApplied: true})
}

func (u *uploading) ended(ctx context.Context) error {
	return u.fail(context.Cause(ctx), "", "", "the context ended before the file was sent")
}

// settle notes what became of a file. hash is that of its content, if it has arrived.
func (u *uploading) settle(item, file int, hash string, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	o := &u.outcome.Items[item].Files[file]
	o.Arrived, o.SHA256, o.Err = err == nil, hash, nil
	if err != nil {
		o.Err = &UploadItemError{Item: item, File: file, Err: err}
	}
	p := UploadProgress{Item: item, File: file, Size: u.items[item].Files[file].Size, Settled: true, Err: o.Err}
	if err == nil {
		p.Sent = p.Size
	}
	u.tell(p, true)
}

// tell reports progress, with a copy of the outcome if that has changed. The lock is held.
func (u *uploading) tell(p UploadProgress, changed bool) {
	if u.reporter == nil {
		return
	}
	p.Arrived, p.Files = u.outcome.Arrived()
	if changed {
		p.Outcome = u.outcome.clone()
	}
	u.reporter.tell(p)
}

// announceForms hands the outcome over before any file is sent.
func (u *uploading) announceForms(ctx context.Context) {
	u.mu.Lock()
	for _, at := range u.missing()[:min(1, len(u.missing()))] {
		u.tell(UploadProgress{Item: at.item, File: at.file, Size: u.items[at.item].Files[at.file].Size}, true)
	}
	u.mu.Unlock()
	u.reporter.flush(ctx)
}

// place of a file.
type place struct{ item, file int }

// missing are the files that have a form and have not arrived.
func (u *uploading) missing() []place {
	var list []place
	for i, d := range u.outcome.Items {
		for n, f := range d.Files {
			if !f.Arrived && f.Form != nil {
				list = append(list, place{i, n})
			}
		}
	}
	return list
}

// failMissing sets the same error for all files that have not arrived.
func (u *uploading) failMissing(err error) {
	for i, d := range u.outcome.Items {
		for n, f := range d.Files {
			if !f.Arrived {
				u.settle(i, n, "", err)
			}
		}
	}
}

// sendFiles sends the files that have a form, several at a time.
func (u *uploading) sendFiles(ctx context.Context) {
	missing := u.missing()
	turns := make(chan place, len(missing))
	for _, p := range missing {
		turns <- p
	}
	close(turns)
	var workers sync.WaitGroup
	for range min(cmp.Or(u.options.Concurrency, 4), len(missing)) {
		workers.Go(func() {
			for p := range turns {
				u.sendNext(ctx, p)
			}
		})
	}
	workers.Wait()
}

// sendNext sends a file and notes what became of it. A panic of the user's code, such as middleware, ends the upload.
func (u *uploading) sendNext(ctx context.Context, p place) {
	settled := false
	u.panics.run(func() {
		hash, err := "", u.ended(ctx)
		if ctx.Err() == nil {
			hash, err = u.sendFile(ctx, p.item, p.file)
		}
		settled = true
		u.settle(p.item, p.file, hash, err)
	}, func(err error) {
		u.panicked(err)
		if !settled {
			u.settle(p.item, p.file, "", u.fail(err, "", "", "the upload was ended"))
		}
	})
}

// sendFile sends one file to the storage and returns the hash of what was sent. The form fixes the key under which the
// storage keeps it, so that sending it twice leaves one file, and the call may be retried whatever the outcome of the
// attempt before.
func (u *uploading) sendFile(ctx context.Context, item, n int) (hash string, err error) {
	form := u.outcome.Items[item].Files[n].Form // written before, by one goroutine
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	file := u.items[item].Files[n]
	body := storageform.New(form.Fields, storageform.File{Name: file.Name, ContentType: file.mediaType(), Size: file.Size, Open: file.Open})
	body.Run = u.panics.run
	defer body.End()
	var fileErr error
	body.Failed = func(err error) {
		u.mu.Lock()
		defer u.mu.Unlock()
		fileErr = err
		cancel(err) // another attempt would fare no better
		if errors.Is(err, errPanicked) {
			u.panicked(err)
		}
	}
	over := false
	body.Moved = func(sent int64) {
		u.mu.Lock()
		defer u.mu.Unlock()
		if !over {
			u.tell(UploadProgress{Item: item, File: n, Sent: sent, Size: file.Size}, false)
		}
	}
	patience := cmp.Or(u.options.StallTimeout, time.Minute)
	err = transport.Send(ctx, u.service.core, u.operation, "POST", form.URL, body.Body(), patience, u.retry)
	whole := err == nil && body.Whole()
	if whole {
		hash = body.Hash() // before the lock, which a read of the body may wait for
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	over = true
	if fileErr != nil {
		return "", fileErr
	}
	if e, ok := errors.AsType[*caremux.Error](err); ok && formExpired(e) {
		e.Kind = ErrUploadFormExpired
	}
	if err == nil && !whole {
		err = u.failMade("", "the storage responded before it had the file")
	}
	return hash, err
}

// formExpired reads what the storage says of a policy or a token that is too old.
func formExpired(e *caremux.Error) bool {
	return (e.Status == 400 || e.Status == 403) && bytes.Contains(bytes.ToLower(e.Body()), []byte("expired"))
}
