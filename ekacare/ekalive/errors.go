package ekalive

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/coder/websocket"
)

// ErrClosed matches the error of a call on a stream or a conversation that was ended or closed.
var ErrClosed = errors.New("ekalive: closed")

// StreamError is a stream that broke. Its text contains no address and nothing that the service sent.
type StreamError struct {
	Written   int64 // bytes of audio that were handed to the connection as a whole
	Confirmed int64 // bytes of audio, from the first one, that the service has confirmed
	Code      int   // the code that the service closed the connection with, 0 if it did not
	Err       error // what happened
}

// Error returns one line with the counts and the close code.
func (e *StreamError) Error() string {
	text := fmt.Sprintf("ekalive: the stream broke: %d of %d bytes are confirmed", e.Confirmed, e.Written)
	switch {
	case e.Code != 0:
		text += ", close code " + strconv.Itoa(e.Code)
	case errors.Is(e.Err, context.Canceled):
		text += ", canceled by the caller"
	case errors.Is(e.Err, context.DeadlineExceeded):
		text += ", timed out"
	}
	return text
}

// Unwrap returns what happened.
func (e *StreamError) Unwrap() error { return e.Err }

// Format prints the message of Error for every verb.
func (e *StreamError) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(e.Error())) }

// closeCode is the code of a close frame, 0 without one.
func closeCode(err error) int {
	if code := websocket.CloseStatus(err); code >= 0 {
		return int(code)
	}
	return 0
}

// OpenError is a stream or a conversation that could not be opened. Its text does not contain the address, which
// carries the right to send.
type OpenError struct {
	Status int // of the service's response, 0 if there was none or it accepted the connection
	Code   int // the code that the service closed an accepted connection with, 0 if it did not
	Err    error
}

// Error returns one line.
func (e *OpenError) Error() string {
	const text = "ekalive: the connection cannot be opened"
	var reported *MedAssistError
	switch {
	case e.Status != 0:
		return text + ": status " + strconv.Itoa(e.Status)
	case e.Code != 0:
		return text + ": close code " + strconv.Itoa(e.Code)
	case errors.As(e.Err, &reported):
		return text + ": " + strings.TrimPrefix(reported.Error(), "ekalive: ")
	}
	return text
}

// Is reports whether the close code means target.
func (e *OpenError) Is(target error) bool { return e.Code != 0 && closeMeans(e.Code, target) }

// Unwrap returns what happened.
func (e *OpenError) Unwrap() error { return e.Err }

// Format prints the message of Error for every verb.
func (e *OpenError) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(e.Error())) }

// bare takes off the *url.Error, whose text contains the address.
func bare(err error) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	return err
}
