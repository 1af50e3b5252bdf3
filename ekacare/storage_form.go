package ekacare

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"mime/multipart"
	"net/textproto"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

// storageForm is a form around a file, to be read as it is sent. It opens the file at its first byte, so that a form
// that waits occupies nothing.
type storageForm struct {
	contentType string
	head, tail  []byte
	file        DocumentFile
	moved       func(sent int64) // called with how much of the file has been read
	failed      func(error)      // called with why the file cannot be read, once
	panics      *panics          // of the file's functions

	mu      sync.Mutex
	at      int64
	content io.ReadCloser
	ended   atomic.Bool
	whole   atomic.Bool // the file has been read to its end
	sum     hash.Hash   // of what has been read of the file
}

// hash is that of the content, in hexadecimal digits.
func (f *storageForm) hash() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return hex.EncodeToString(f.sum.Sum(nil))
}

// newStorageForm lays out every field and then the file, in the order that storages want.
func newStorageForm(form *RecordUploadForm, file DocumentFile) *storageForm {
	var frame bytes.Buffer
	w := multipart.NewWriter(&frame)
	names := make([]string, 0, len(form.Fields))
	for name := range form.Fields {
		names = append(names, name)
	}
	slices.Sort(names) // a map has no order of its own
	for _, name := range names {
		_ = w.WriteField(name, form.Fields[name])
	}
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", multipart.FileContentDisposition("file", cmp.Or(file.Name, "file")))
	h.Set("Content-Type", file.mediaType())
	_, _ = w.CreatePart(h)
	cut := frame.Len()
	_ = w.Close()
	return &storageForm{contentType: w.FormDataContentType(), file: file,
		head: frame.Bytes()[:cut:cut], tail: frame.Bytes()[cut:],
		moved: func(int64) {}, failed: func(error) {}, panics: &panics{}, sum: sha256.New()}
}

func (f *storageForm) body() content.Body {
	return content.Raw("", caremux.File{ContentType: f.contentType, Content: f})
}

func (f *storageForm) size() int64 { return int64(len(f.head)) + f.file.Size + int64(len(f.tail)) }

var errFormEnded = errors.New("the form is not sent any more")

// Read gives the form's text and the file's content in turn.
func (f *storageForm) Read(p []byte) (n int, err error) {
	f.mu.Lock()
	defer f.closeIfEnded()
	defer f.mu.Unlock() // before
	f.panics.run(func() { n, err = f.read(p) }, func(failed error) {
		n, err = 0, failed
		f.failed(failed)
	})
	return n, err
}

func (f *storageForm) read(p []byte) (n int, err error) {
	if f.ended.Load() {
		return 0, errFormEnded
	}
	if len(p) == 0 {
		return 0, nil
	}
	headEnd := int64(len(f.head))
	fileEnd := headEnd + f.file.Size
	switch {
	case f.at < headEnd:
		n = copy(p, f.head[f.at:])
	case f.at < fileEnd:
		n, err = f.readFile(p[:min(int64(len(p)), fileEnd-f.at)], f.at == headEnd)
		if err == nil && f.at+int64(n) == fileEnd {
			err = f.atEnd()
		}
		if err != nil {
			f.failed(err)
			return 0, err
		}
		f.sum.Write(p[:n])
		f.whole.Store(f.at+int64(n) == fileEnd)
		f.moved(f.at + int64(n) - headEnd)
	default:
		if n = copy(p, f.tail[f.at-fileEnd:]); n == 0 {
			return 0, io.EOF
		}
	}
	f.at += int64(n)
	return n, nil
}

// readFile reads at least one byte.
func (f *storageForm) readFile(p []byte, first bool) (n int, err error) {
	if first {
		f.close()
		if f.content, err = f.file.Open(); err == nil && f.content == nil {
			err = errors.New("no content")
		}
		if err != nil {
			return 0, errors.Join(ErrFileUnreadable, err)
		}
	}
	if f.content == nil {
		return 0, ErrFileUnreadable
	}
	switch n, err = io.ReadAtLeast(f.content, p, 1); err {
	case nil:
		return n, nil
	case io.EOF:
		return 0, ErrFileChanged
	}
	return 0, errors.Join(ErrFileUnreadable, err)
}

// atEnd looks whether the file ends where it should.
func (f *storageForm) atEnd() error {
	defer f.close()
	if n, _ := io.ReadFull(f.content, make([]byte, 1)); n > 0 {
		return ErrFileChanged
	}
	return nil
}

// Seek goes to the beginning or, to find the size, to the end.
func (f *storageForm) Seek(offset int64, whence int) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch whence {
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += f.size()
	}
	if offset < 0 {
		return 0, errors.New("negative position")
	}
	if offset == 0 {
		f.whole.Store(false)
		f.sum.Reset()
		f.close()
	}
	f.at = offset
	return f.at, nil
}

func (f *storageForm) close() {
	if content := f.content; content != nil {
		f.content = nil
		f.panics.run(func() { _ = content.Close() }, f.failed)
	}
}

// end closes the file, without waiting for a connection that is reading it just now and may hang in that: its Read
// closes it then.
func (f *storageForm) end() {
	f.ended.Store(true)
	f.closeIfEnded()
}

func (f *storageForm) closeIfEnded() {
	if f.ended.Load() && f.mu.TryLock() {
		f.close()
		f.mu.Unlock()
	}
}
