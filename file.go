package caremux

import "io"

// File is a file to upload.
type File struct {
	Name        string // file name that is sent to the vendor
	ContentType string // media type; by the name's extension if empty
	// Content is read once and not closed. If it is an [io.Seeker], an upload that did not reach the vendor is retried from the
	// same position.
	Content io.Reader
}

// Download is a file being received. The caller must close it; until then it uses a connection.
type Download struct {
	io.ReadCloser
	Name        string // file name in the response, "" if none
	ContentType string
	Size        int64 // in bytes, -1 if the vendor does not say
}
