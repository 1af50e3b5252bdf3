package caremux

import "io"

// File is a file to upload.
type File struct {
	Name        string // file name that the vendor is told
	ContentType string // media type; by the name's extension if empty
	// Content is read once and not closed. If it is an [io.Seeker], an upload that surely did not reach the vendor is repeated from
	// the position that it had.
	Content io.Reader
}

// Download is a file being received. Close it; until then it holds a connection.
type Download struct {
	io.ReadCloser
	Name        string // file name that the vendor told, "" if none
	ContentType string
	Size        int64 // in bytes, -1 if the vendor does not say
}
