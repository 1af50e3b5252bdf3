package ekacare

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/caremux/caremux"
)

// getForms requests forms for the documents that have none, all in one call.
func (u *uploading) getForms(ctx context.Context) {
	var batch RecordUploadFormsCreate
	var wanting []int
	for i := range u.items {
		if lacksForm(u.outcome.Items[i]) {
			wanting = append(wanting, i)
			batch.BatchRequest = append(batch.BatchRequest, u.items[i].request())
		}
	}
	if len(wanting) > 0 {
		forms, err := u.service.CreateUploadForms(ctx, &batch, u.opts...)
		var results []RecordUploadResult
		if err == nil {
			results = forms.BatchResponse
		} else if e, ok := errors.AsType[*caremux.Error](err); ok {
			if refused := decodeStored[RecordUploadForms](bytes.TrimSpace(e.Body())); refused != nil {
				results = refused.BatchResponse // says which document was at fault
			}
		}
		assigned := u.assign(wanting, results)
		for _, i := range wanting {
			u.takeForms(i, assigned[i], forms, err)
		}
	}
	u.refuseDuplicates()
}

func lacksForm(d DocumentOutcome) bool {
	return slices.ContainsFunc(d.Files, func(f FileOutcome) bool { return !f.Arrived && f.Form == nil })
}

// assign finds the results of the documents. One that exists already is found by its id alone. New ones have no id
// before, so what is left belongs to them in their order, if it is as many. A document without a result, or with two,
// has none.
func (u *uploading) assign(wanting []int, results []RecordUploadResult) map[int]*RecordUploadResult {
	named := map[string][]*RecordUploadResult{}
	for n := range results {
		id := results[n].DocumentID
		named[id] = append(named[id], &results[n])
	}
	wanted := map[string][]int{}
	for _, i := range wanting {
		wanted[u.items[i].DocumentID] = append(wanted[u.items[i].DocumentID], i)
	}
	assigned := map[int]*RecordUploadResult{}
	var rest []int // items that no id leads to
	var left []*RecordUploadResult
	for _, i := range wanting {
		id := u.items[i].DocumentID
		switch {
		case id == "" || len(named[id]) == 0:
			rest = append(rest, i)
		case len(named[id]) == len(wanted[id]): // more than one if files of one document come in several items
			assigned[i] = named[id][slices.Index(wanted[id], i)]
		}
	}
	for n := range results {
		if r := &results[n]; r.DocumentID == "" || len(wanted[r.DocumentID]) == 0 {
			left = append(left, r)
		}
	}
	if len(left) != len(rest) {
		return assigned // nobody knows which document is which
	}
	for n, i := range rest {
		r := left[n]
		another := u.items[i].DocumentID != "" && len(r.Forms) > 0 // document than that of the item
		if !another && !hasTwin(named, r) {
			assigned[i] = r
		}
	}
	return assigned
}

// hasTwin reports whether there is another result of the same document.
func hasTwin(named map[string][]*RecordUploadResult, r *RecordUploadResult) bool {
	return r.DocumentID != "" && len(named[r.DocumentID]) > 1
}

// takeForms assigns the files of a document their forms, or the reason why there is none.
func (u *uploading) takeForms(item int, result *RecordUploadResult, forms *RecordUploadForms, err error) {
	d := &u.outcome.Items[item]
	refused := (*RecordUploadError)(nil)
	if result != nil {
		refused = result.ErrorDetails
	}
	switch {
	case refused != nil && (refused.Code != "" || refused.Message != ""):
		err = u.fail(err, refused.Code, refused.Message, "the vendor refused the document")
	case err != nil:
	case forms.Error != nil && *forms.Error:
		err = u.fail(nil, "", forms.Message, "the vendor refused the upload")
	case result == nil:
		err = u.failMade(forms.Message, "the response does not tell which forms are those of the document")
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
			u.settle(item, n, "", err)
		default:
			d.Files[n].Form = &result.Forms[n]
		}
	}
}

// refuseDuplicates takes back the forms of documents of which two files would come to one place: the second would
// replace the first.
func (u *uploading) refuseDuplicates() {
	count := map[string]int{}
	for _, d := range u.outcome.Items {
		for _, f := range d.Files {
			if f.Form != nil {
				count[f.Form.place()]++
			}
		}
	}
	for i := range u.outcome.Items {
		d := &u.outcome.Items[i]
		if !slices.ContainsFunc(d.Files, func(f FileOutcome) bool { return f.Form != nil && count[f.Form.place()] > 1 }) {
			continue
		}
		for n, f := range d.Files {
			if !f.Arrived {
				d.Files[n].Form = nil
				u.settle(i, n, "", u.failMade("", "the vendor gave two forms for one place in the storage"))
			}
		}
	}
}

// place is where the storage puts the file of a form: its address and key, or all fields of a form without a key.
func (f *RecordUploadForm) place() string {
	if key, ok := f.Fields["key"]; ok {
		return f.URL + "\x00" + key
	}
	var parts []string
	for name, value := range f.Fields {
		parts = append(parts, name+"\x00"+value)
	}
	slices.Sort(parts)
	return f.URL + "\x00\x00" + strings.Join(parts, "\x00")
}
