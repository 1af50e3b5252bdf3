package ekacare

import (
	"context"
	"errors"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/poll"
)

// countFiles reads how many files the documents have that files are added to, to know later when there are more.
// Without that nothing is sent.
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

// waitReadable reads the documents back that have all their files.
func (u *uploading) waitReadable(ctx context.Context) {
	if u.options.WaitReadable == 0 {
		return
	}
	waiting := map[int]error{} // why a document could not be read by the last poll
	for i := range u.outcome.Items {
		switch d := &u.outcome.Items[i]; {
		case !d.complete() || d.Readable:
		case u.items[i].DocumentID != "" && d.FilesBefore == nil:
			// The call that received the forms did not wait: now nobody can distinguish the new files from the old.
			reason := "it is not known how many files the document had before"
			d.Err = &UploadItemError{Item: i, File: -1, Err: u.fail(nil, "", "", reason)}
		default:
			waiting[i] = nil
		}
	}
	if len(waiting) == 0 {
		return
	}
	rhythm := poll.Rhythm{Min: time.Second, Max: 10 * time.Second, Limit: u.options.WaitReadable}
	err := poll.Until(ctx, rhythm, func(ctx context.Context) (bool, error) {
		for i := range u.items { // one after the other: opts may contain what one call at a time can fill
			if _, ok := waiting[i]; !ok {
				continue
			}
			if over, err := u.readBack(ctx, i); over {
				delete(waiting, i)
			} else if ctx.Err() == nil {
				waiting[i] = err
			}
		}
		return len(waiting) == 0, nil
	})
	for i, last := range waiting {
		if last == nil {
			last = u.fail(err, "", "", "the document could not be read back in time")
		}
		u.outcome.Items[i].Err = &UploadItemError{Item: i, File: -1, Err: last}
	}
}

// readBack reports whether a document need not be polled any more. The error of one that need is nil if it is not there
// yet.
func (u *uploading) readBack(ctx context.Context, item int) (over bool, err error) {
	d := &u.outcome.Items[item]
	record, err := u.service.Get(ctx, d.DocumentID, u.opts...)
	switch e, ok := errors.AsType[*caremux.Error](err); {
	case err == nil && len(record.Files) >= deref(d.FilesBefore)+len(d.Files):
		d.Readable = true
		return true, nil
	case err == nil, errors.Is(err, caremux.ErrNotFound):
		return false, nil
	case ok && e.Status >= 400 && e.Status < 500 && e.Status != 408 && e.Status != 429:
		d.Err = &UploadItemError{Item: item, File: -1, Err: err} // waiting does not help
		return true, nil
	}
	return false, err
}
