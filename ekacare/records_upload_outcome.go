package ekacare

import (
	"log/slog"
	"slices"
	"strconv"
)

// UploadOutcome is the result of an upload, for each document and each file, in the order of the items. It can be saved
// as JSON, without the errors. Keep it secret: the forms are signed, and anyone who has one can send its file until it
// expires.
type UploadOutcome struct {
	Items []DocumentOutcome `json:"items"`
	// Owner names the account and the patient of the upload, as a hash; only they can resume it.
	Owner string `json:"owner"`
}

// DocumentOutcome is the result of a document.
type DocumentOutcome struct {
	DocumentID string        `json:"document_id,omitempty"` // empty as long as the vendor has not named one
	Files      []FileOutcome `json:"files"`
	// FilesBefore is the number of files that the document had before; nil if it was not read, because there was no
	// wait.
	FilesBefore *int `json:"files_before,omitempty"`
	// Readable reports whether the document was read back with its files. It is false without a wait.
	Readable bool `json:"readable,omitempty"`
	// Err is why the document is not known to be readable, although all its files arrived and the upload waited.
	Err error `json:"-"`
}

// FileOutcome is the result of a file: it has arrived, or Err is the reason why not. If Err is a [caremux.Error] whose
// MaybeApplied is true, the file may have arrived nevertheless; a retry does no harm.
type FileOutcome struct {
	Arrived bool `json:"arrived"`
	// Mark identifies the file: a hash of its name, type and size. ResumeUpload finds the file by it.
	Mark string `json:"mark"`
	// SHA256 is the hash of the content that arrived, in hexadecimal digits.
	SHA256 string            `json:"sha256,omitempty"`
	Form   *RecordUploadForm `json:"form,omitempty"` // nil if the vendor has given none
	Err    error             `json:"-"`              // an [*UploadItemError]
}

func newOutcome(items []DocumentUpload, owner string) *UploadOutcome {
	o := &UploadOutcome{Items: make([]DocumentOutcome, len(items)), Owner: owner}
	for i, item := range items {
		o.Items[i] = DocumentOutcome{DocumentID: item.DocumentID, Files: make([]FileOutcome, len(item.Files))}
		for n, file := range item.Files {
			o.Items[i].Files[n].Mark = file.mark()
		}
	}
	return o
}

// clone is a copy that does not change with o. The forms never change.
func (o *UploadOutcome) clone() *UploadOutcome {
	c := &UploadOutcome{Items: slices.Clone(o.Items), Owner: o.Owner}
	for i := range c.Items {
		c.Items[i].Files = slices.Clone(c.Items[i].Files)
	}
	return c
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

// LogValue reports how much has arrived; the forms are signed.
func (o *UploadOutcome) LogValue() slog.Value {
	arrived, files := o.Arrived()
	return slog.StringValue(strconv.Itoa(arrived) + " of " + strconv.Itoa(files) + " files arrived")
}

// Err returns nil if all files have arrived and all documents for which the upload waited are readable, and an
// [*UploadError] otherwise.
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

// complete reports whether all files have arrived.
func (d *DocumentOutcome) complete() bool {
	return !slices.ContainsFunc(d.Files, func(f FileOutcome) bool { return !f.Arrived })
}
