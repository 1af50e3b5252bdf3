package webhook

import (
	"errors"
	"fmt"
)

// Why a delivery is refused. [Verifier.Verify] returns one of these, or an error that matches one of them and says which part is
// wrong, never what it contained. A wrong signature is reported before a wrong time, so that only a sender who has the secret
// learns anything about this host's clock.
var (
	ErrNoSignature = errors.New("webhook: no signature")                 // the header is missing or empty
	ErrMalformed   = errors.New("webhook: malformed signature")          // the header breaks the scheme's format, or came twice
	ErrMismatch    = errors.New("webhook: signature does not match")     // tampered body or time, or another secret
	ErrTooOld      = errors.New("webhook: signature is too old")         // rightly signed, longer ago than the tolerance
	ErrTooNew      = errors.New("webhook: signature is from the future") // rightly signed, further ahead than the tolerance
)

// ErrEmptyBody is a delivery with a signature and an empty body. Usually something in front of the handler, such as a logger or
// a form parser, has read the body before; pass on its bytes with [Handler.Receive] then. Where there is a signature the error
// also matches [ErrMismatch].
var ErrEmptyBody = errors.New("webhook: the body is empty: has something read the body before?")

// What a [Store] returns.
var (
	ErrClaimLost = errors.New("webhook: the claim on the delivery is lost") // also the cause of the context's end in a function
	ErrStoreFull = errors.New("webhook: the store is full of deliveries that are being handled")
)

// What a [Queue] or a [WorkQueue] returns.
var (
	ErrQueueFull    = errors.New("webhook: the queue is full")
	ErrNoDeadLetter = errors.New("webhook: no such dead letter")
)

// errUnmade is why a zero Verifier refuses everything.
var errUnmade = errors.New("a Verifier is made by a constructor")

// ArgumentError is a bad argument of a constructor, or what a [Format] misses in a delivery. It never contains the value.
type ArgumentError struct {
	Field string // the parameter: "secrets[1]"; or the field of the JSON
	Rule  string // what it must be: "is required"
}

// Error returns one line without the value.
func (e *ArgumentError) Error() string { return "webhook: " + e.Field + " " + e.Rule }

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }
