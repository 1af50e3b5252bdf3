package ekacare

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strconv"
)

// mark identifies a file by its name, type and size. It is a hash, since names may be those of persons.
func (f DocumentFile) mark() string {
	sum := sha256.Sum256([]byte(f.Name + "\x00" + f.mediaType() + "\x00" + strconv.FormatInt(f.Size, 10)))
	return hex.EncodeToString(sum[:8])
}

// contentHash reads the whole file.
func (f DocumentFile) contentHash() (string, error) {
	content, err := f.Open()
	if err == nil && content == nil {
		err = errors.New("no content")
	}
	if err != nil {
		return "", errors.Join(ErrFileUnreadable, err)
	}
	defer content.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		return "", errors.Join(ErrFileUnreadable, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// fit is the outcome for items that are given again, perhaps with the files of a document in another order. Files are
// found by their marks, and files with the same mark by their content as far as it has arrived.
func (o *UploadOutcome) fit(items []DocumentUpload) (*UploadOutcome, error) {
	if o == nil || len(o.Items) != len(items) {
		return nil, invalidArgument("outcome", "must be that of an upload of the same items")
	}
	fitted := &UploadOutcome{Items: slices.Clone(o.Items), Owner: o.Owner}
	for i := range items {
		d := &fitted.Items[i]
		if len(d.Files) != len(items[i].Files) || items[i].DocumentID != "" && items[i].DocumentID != d.DocumentID {
			return nil, invalidArgument("outcome", "must be that of an upload of the same items")
		}
		files, err := fitFiles(items[i].Files, d.Files)
		if at, ok := errors.AsType[*unfitFile](err); ok {
			return nil, invalidArgument("items["+strconv.Itoa(i)+"].files["+strconv.Itoa(at.file)+"]",
				"must be a file of the upload that the outcome is of, with the same name, type and size")
		} else if err != nil {
			return nil, &UploadItemError{Item: i, File: -1, Err: err}
		}
		d.Files, d.Err = files, nil
	}
	return fitted, nil
}

// unfitFile is a file that does not belong to the outcome.
type unfitFile struct{ file int }

func (e *unfitFile) Error() string { return "files[" + strconv.Itoa(e.file) + "] is another file" }

func fitFiles(files []DocumentFile, outcomes []FileOutcome) ([]FileOutcome, error) {
	marks := map[string]int{}
	for _, o := range outcomes {
		marks[o.Mark]++
	}
	left := slices.Clone(outcomes)
	fitted := make([]FileOutcome, len(files))
	for n, file := range files {
		at, err := file.among(left, n, marks[file.mark()] > 1)
		if err != nil {
			return nil, err
		}
		if at < 0 {
			return nil, &unfitFile{n}
		}
		fitted[n] = left[at]
		fitted[n].Err = nil
		left[at].Mark = "" // taken
	}
	return fitted, nil
}

// among finds the outcome of the file among those that are left, -1 if there is none. If several have its mark it is
// the one with its content, or otherwise one whose content has not arrived: that at the file's own place, or the first.
func (f DocumentFile) among(left []FileOutcome, place int, several bool) (int, error) {
	var arrived, waiting []int
	for i, o := range left {
		switch {
		case o.Mark != f.mark():
		case several && o.SHA256 != "":
			arrived = append(arrived, i)
		default:
			waiting = append(waiting, i)
		}
	}
	if len(arrived) > 0 {
		hash, err := f.contentHash()
		if err != nil {
			return -1, err
		}
		for _, i := range arrived {
			if left[i].SHA256 == hash {
				return i, nil
			}
		}
	}
	switch {
	case slices.Contains(waiting, place):
		return place, nil
	case len(waiting) > 0:
		return waiting[0], nil
	}
	return -1, nil
}
