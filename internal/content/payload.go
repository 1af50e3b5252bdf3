package content

import (
	"bytes"
	"context"
	"io"
)

// Payload is an encoded body.
type Payload struct {
	ContentType string
	// Open starts the body from its beginning; nil without a body.
	Open func(context.Context) (io.Reader, error)
	// Size is -1 if it is not known beforehand.
	Size int64
	// Once marks a body that can be read a single time.
	Once bool
	// MayHang marks a body with content of which a read may take forever.
	MayHang bool
	// Files take turns in being read; nil for a body without files.
	Files *Turns
}

// Limits are what a vendor says of the body of an operation.
type Limits struct {
	Optional bool // there may be none
	MaxSize  int  // in bytes as JSON, 0 if the vendor does not say
}

// Bytes is the payload of bytes at hand.
func Bytes(contentType string, data []byte) Payload {
	open := func(context.Context) (io.Reader, error) { return bytes.NewReader(data), nil }
	return Payload{ContentType: contentType, Open: open, Size: int64(len(data))}
}
