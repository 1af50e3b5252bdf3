package ekacare

import (
	"bytes"
	"cmp"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strings"

	"github.com/caremux/caremux"
)

// DocumentFile is a file of a document to upload. It is opened when its upload starts, and once more for a retry, so that fifty
// files need not be open, nor in memory, at one time. [DocumentFileAt], [DocumentFileOf] and [DocumentFileBytes] make one.
type DocumentFile struct {
	Name        string // file name that is sent to the storage; may be empty
	ContentType string // image/jpg (or image/jpeg), image/png or application/pdf; by the name's extension if empty
	Size        int64  // in bytes, exactly
	// Open starts the content from its beginning. What it returns is closed.
	Open func() (io.ReadCloser, error)
}

// DocumentFileAt is the file at a path. It must stay there, and of the same size, until the upload has ended.
func DocumentFileAt(path string) (DocumentFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return DocumentFile{}, err
	}
	if !info.Mode().IsRegular() {
		return DocumentFile{}, &caremux.ArgumentError{Field: "path", Rule: "must be that of a regular file"}
	}
	return DocumentFile{Name: filepath.Base(path), Size: info.Size(), Open: func() (io.ReadCloser, error) { return os.Open(path) }}, nil
}

// DocumentFileOf is a file whose content can be read at any place, as that of an *os.File, *bytes.Reader or *strings.Reader can;
// it is not closed. The content begins at the position that it has now.
func DocumentFileOf(file caremux.File) (DocumentFile, error) {
	content, ok := file.Content.(interface {
		io.ReaderAt
		io.Seeker
	})
	if !ok {
		return DocumentFile{}, &caremux.ArgumentError{
			Field: "file.Content",
			Rule:  "must be an io.ReaderAt and an io.Seeker, so that it can be retried",
		}
	}
	at, err := content.Seek(0, io.SeekCurrent)
	if err != nil {
		return DocumentFile{}, err
	}
	end, err := content.Seek(0, io.SeekEnd)
	if err != nil {
		return DocumentFile{}, err
	}
	if _, err = content.Seek(at, io.SeekStart); err != nil {
		return DocumentFile{}, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(content, at, end-at)), nil }
	return DocumentFile{Name: file.Name, ContentType: file.ContentType, Size: end - at, Open: open}, nil
}

// DocumentFileBytes is a file in memory.
func DocumentFileBytes(name string, data []byte) DocumentFile {
	return DocumentFile{
		Name: name,
		Size: int64(len(data)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}
}

// mediaType is the type as the vendor writes it.
func (f DocumentFile) mediaType() string {
	told := cmp.Or(f.ContentType, extensionTypes[strings.ToLower(filepath.Ext(f.Name))])
	if parsed, _, err := mime.ParseMediaType(told); err == nil {
		told = parsed
	}
	if told == "image/jpeg" {
		return "image/jpg" // the vendor's own spelling
	}
	return told
}

// extensionTypes does not follow the tables of the machine, which differ.
var extensionTypes = map[string]string{".jpg": "image/jpg", ".jpeg": "image/jpg", ".png": "image/png", ".pdf": "application/pdf"}
