// Package storageform lays out the form with which a file goes to the storage that a vendor names, and lets it be read as it is sent.
package storageform

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"maps"
	"mime/multipart"
	"net/textproto"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

// The errors of a file's content.
var (
	ErrChanged    = errors.New("the file does not have the announced size")
	ErrUnreadable = errors.New("the file could not be read")
)

// File is what the form is laid out around.
type File struct {
	Name        string // "file" if empty
	ContentType string
	Size        int64
	Open        func() (io.ReadCloser, error)
}

// Form is a form around a file, to be read as it is sent. It opens the file at its first byte, so that a form
// that waits occupies nothing.
type Form struct {
	Moved  func(sent int64)                      // called with how much of the file has been read
	Failed func(error)                           // called with why the file cannot be read, once
	Run    func(code func(), failed func(error)) // runs the file's functions, and says that one did not return

	contentType string
	head, tail  []byte
	file        File
	mu          sync.Mutex
	at          int64
	content     io.ReadCloser
	ended       atomic.Bool
	whole       atomic.Bool // the file has been read to its end
	sum         hash.Hash   // of what has been read of the file
}

// Hash is that of the content, in hexadecimal digits.
func (f *Form) Hash() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return hex.EncodeToString(f.sum.Sum(nil))
}

// New lays out every field and then the file, in the order that storages want.
func New(fields map[string]string, file File) *Form {
	var frame bytes.Buffer
	w := multipart.NewWriter(&frame)
	for _, name := range slices.Sorted(maps.Keys(fields)) { // a map has no order of its own
		_ = w.WriteField(name, fields[name])
	}
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", multipart.FileContentDisposition("file", cmp.Or(file.Name, "file")))
	h.Set("Content-Type", file.ContentType)
	_, _ = w.CreatePart(h)
	cut := frame.Len()
	_ = w.Close()
	return &Form{contentType: w.FormDataContentType(), file: file,
		head: frame.Bytes()[:cut:cut], tail: frame.Bytes()[cut:],
		Moved: func(int64) {}, Failed: func(error) {}, Run: func(code func(), _ func(error)) { code() }, sum: sha256.New()}
}

// Body is the form as the body of a request.
func (f *Form) Body() content.Body {
	return content.Raw("", caremux.File{ContentType: f.contentType, Content: f})
}

// Whole reports whether the file has been read to its end.
func (f *Form) Whole() bool { return f.whole.Load() }

func (f *Form) size() int64 { return int64(len(f.head)) + f.file.Size + int64(len(f.tail)) }

var errFormEnded = errors.New("the form is no longer sent")

// Read returns the form's text and the file's content in turn.
func (f *Form) Read(p []byte) (n int, err error) {
	f.mu.Lock()
	defer f.closeIfEnded()
	defer f.mu.Unlock() // before
	f.Run(func() { n, err = f.read(p) }, func(failed error) {
		n, err = 0, failed
		f.Failed(failed)
	})
	return n, err
}

func (f *Form) read(p []byte) (n int, err error) {
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
			f.Failed(err)
			return 0, err
		}
		f.sum.Write(p[:n])
		f.whole.Store(f.at+int64(n) == fileEnd)
		f.Moved(f.at + int64(n) - headEnd)
	default:
		if n = copy(p, f.tail[f.at-fileEnd:]); n == 0 {
			return 0, io.EOF
		}
	}
	f.at += int64(n)
	return n, nil
}

// readFile reads at least one byte.
func (f *Form) readFile(p []byte, first bool) (n int, err error) {
	if first {
		f.close()
		if f.content, err = f.file.Open(); err == nil && f.content == nil {
			err = errors.New("no content")
		}
		if err != nil {
			return 0, errors.Join(ErrUnreadable, err)
		}
	}
	if f.content == nil {
		return 0, ErrUnreadable
	}
	switch n, err = io.ReadAtLeast(f.content, p, 1); err {
	case nil:
		return n, nil
	case io.EOF:
		return 0, ErrChanged
	}
	return 0, errors.Join(ErrUnreadable, err)
}

// atEnd looks whether the file ends where it should.
func (f *Form) atEnd() error {
	defer f.close()
	if n, _ := io.ReadFull(f.content, make([]byte, 1)); n > 0 {
		return ErrChanged
	}
	return nil
}

// Seek goes to the beginning or, to find the size, to the end.
func (f *Form) Seek(offset int64, whence int) (int64, error) {
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

func (f *Form) close() {
	if content := f.content; content != nil {
		f.content = nil
		f.Run(func() { _ = content.Close() }, f.Failed)
	}
}

// End closes the file, without waiting for a connection that is reading it just now and may hang in that: its Read
// closes it then.
func (f *Form) End() {
	f.ended.Store(true)
	f.closeIfEnded()
}

func (f *Form) closeIfEnded() {
	if f.ended.Load() && f.mu.TryLock() {
		f.close()
		f.mu.Unlock()
	}
}
