package ekalive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"

	"github.com/caremux/caremux"
)

// Errors of a conversation, which [errors.Is] finds.
var (
	// ErrSessionExpired matches close code 1008 and the vendor's code session_expired. [ResumeMedAssist] goes on with
	// another token.
	ErrSessionExpired = errors.New("ekalive: the session has expired")
	// ErrRestart matches close code 1012: the service restarts. [ResumeMedAssist] goes on.
	ErrRestart = errors.New("ekalive: the service restarts")
	// ErrLost matches a connection that ended without a close code. [ResumeMedAssist] goes on.
	ErrLost = errors.New("ekalive: the connection is lost")
	// ErrMalformed is a message of the service that is not JSON. It is left out; the conversation goes on.
	ErrMalformed = errors.New("ekalive: the service sent a message that is not JSON")
	// ErrUploadAbandoned is the error of [Conversation.SendFile] after an earlier one was abandoned before the service
	// named an address: it is not known which file the next address is for. [ResumeMedAssist] goes on.
	ErrUploadAbandoned = errors.New("ekalive: an earlier file was given up while its address was awaited")
)

// Close codes whose meaning is published. 4000, 4001, 4003, 4004 and 4999 occur without one.
const (
	closeNormal  = 1000
	closeExpired = 1008
	closeRestart = 1012
)

// ConversationError is a conversation whose connection has ended. The session may live on: see [ResumeMedAssist]. Its
// text contains nothing that was sent or received.
type ConversationError struct {
	// Code is what the service closed the connection with, 0 without a close code.
	Code int
	// Unconfirmed are the ids of the messages that may not have arrived, in the order in which they were sent: the
	// service responded to no ping after them.
	Unconfirmed []string
	Err         error // what happened
}

// Error returns one line with the close code.
func (e *ConversationError) Error() string {
	text := "ekalive: the conversation broke"
	switch {
	case e.Code != 0:
		text += ": close code " + strconv.Itoa(e.Code)
	case errors.Is(e.Err, context.Canceled):
		text += ": canceled by the caller"
	case errors.Is(e.Err, context.DeadlineExceeded):
		text += ": timed out"
	}
	if n := len(e.Unconfirmed); n > 0 {
		text += fmt.Sprintf("; %d messages may not have arrived", n)
	}
	return text
}

// Unwrap returns what happened.
func (e *ConversationError) Unwrap() error { return e.Err }

// Is reports whether the close code means target.
func (e *ConversationError) Is(target error) bool { return closeMeans(e.Code, target) }

// Format prints the message of Error for every verb.
func (e *ConversationError) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(e.Error())) }

func closeMeans(code int, target error) bool {
	switch target {
	case ErrSessionExpired:
		return code == closeExpired
	case ErrRestart:
		return code == closeRestart
	case ErrLost:
		return code == 0
	}
	return false
}

// MedAssistError is an error that the service reported in the conversation, which goes on unless the service closes it.
type MedAssistError struct {
	Code    string // the vendor's
	Message string // the vendor's text, which may name a person: not part of Error
}

// codes are the vendor's codes and which question they are the response to, if any.
var codes = map[string]error{
	"session_not_found":      caremux.ErrNotFound,
	"session_expired":        ErrSessionExpired,
	"session_token_mismatch": caremux.ErrUnauthorized,
	"invalid_event":          caremux.ErrInvalid,
	"invalid_content":        caremux.ErrInvalid,
	"invalid_file_request":   caremux.ErrInvalid,
	"parsing":                caremux.ErrInvalid,
	"server_error":           caremux.ErrServer,
	"prompt_fetch_error":     caremux.ErrServer,
	"file_upload_inprogress": nil,
	"timeout":                nil,
}

// Error returns one line with the code, if it is one of the vendor's published ones.
func (e *MedAssistError) Error() string {
	if _, known := codes[e.Code]; known {
		return "ekalive: MedAssist reports " + e.Code
	}
	return "ekalive: MedAssist reports an error with an unknown code"
}

// Is reports whether the code means target: [ErrSessionExpired], [caremux.ErrNotFound], [caremux.ErrUnauthorized],
// [caremux.ErrInvalid] or [caremux.ErrServer].
func (e *MedAssistError) Is(target error) bool {
	kind := codes[e.Code]
	return kind != nil && target == kind
}

// Format prints the message of Error for every verb.
func (e *MedAssistError) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(e.Error())) }

// LogValue is the text of Error.
func (e *MedAssistError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// UploadError is a file that could not be stored. The conversation does not know of it, and goes on. Its text does not
// contain the address.
type UploadError struct {
	Status int // of the storage's response, 0 if there was none
	Err    error
}

// Error returns one line.
func (e *UploadError) Error() string {
	if e.Status != 0 {
		return "ekalive: the file cannot be stored: status " + strconv.Itoa(e.Status)
	}
	return "ekalive: the file cannot be stored"
}

// Unwrap returns what happened.
func (e *UploadError) Unwrap() error { return e.Err }

// Format prints the message of Error for every verb.
func (e *UploadError) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(e.Error())) }

// broken is the error of the conversation: nil while it works.
func (c *Conversation) broken() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended:
		return ErrClosed
	case c.failure == nil:
		return nil
	}
	e := &ConversationError{Code: closeCode(c.failure), Err: c.failure}
	for _, m := range c.unconfirmed {
		e.Unconfirmed = append(e.Unconfirmed, m.id)
	}
	e.Unconfirmed = slices.Clip(e.Unconfirmed)
	return e
}
