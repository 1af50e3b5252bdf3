package ekacare

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// Errors of scribe sessions. All but ErrScribeSessionExpired and ErrScribeAudioUnknown are found before anything is
// sent.
var (
	// ErrScribeSessionExpired matches status 410: the session was not ended in about an hour, or its notes are gone.
	ErrScribeSessionExpired = errors.New("the scribe session has expired")
	// ErrScribeSessionEnded is an upload to a session that has ended, or a second end of it.
	ErrScribeSessionEnded = errors.New("the scribe session has ended")
	// ErrScribeSessionOpen is waiting for the notes of a session that has not ended.
	ErrScribeSessionOpen = errors.New("the scribe session has not ended yet")
	// ErrScribeNoAudio is the end of a session to which nothing was uploaded.
	ErrScribeNoAudio = errors.New("no audio was uploaded to the scribe session")
	// ErrScribeAudioUnknown is a session of which the vendor does not report which audio it has: an upload could replace a
	// piece.
	ErrScribeAudioUnknown = errors.New("the scribe session does not say which audio it has")
	// ErrScribeOtherAudio is a job whose session has more pieces than the job has files: it is that of another recording.
	ErrScribeOtherAudio = errors.New("the scribe session has audio of another recording")
)

// ScribePieceError is a piece of a recording whose upload failed.
type ScribePieceError struct {
	Number       int  // of the piece, from 0; see [ScribeRecording.UploadPiece]
	MaybeArrived bool // whether the vendor may have it; then its number is used up
	Err          error
}

// Error names the number and what to do.
func (e *ScribePieceError) Error() string {
	text := "ekacare: piece " + strconv.Itoa(e.Number) + " of the recording "
	if e.MaybeArrived {
		return text + "may have arrived; resend it with UploadPiece under its number: " + e.Err.Error()
	}
	return text + "has not arrived: " + e.Err.Error()
}

// Format prints the message of Error for every verb.
func (e *ScribePieceError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText returns the message of Error.
func (e *ScribePieceError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns the cause.
func (e *ScribePieceError) Unwrap() error { return e.Err }

// ScribeGapError is a recording that cannot go on, or end, since pieces are missing before others. Nothing was changed.
type ScribeGapError struct {
	Missing []int // numbers of the pieces, from 0
}

// Error names the numbers and what to do.
func (e *ScribeGapError) Error() string {
	var numbers []string
	for _, n := range e.Missing[:min(len(e.Missing), 10)] {
		numbers = append(numbers, strconv.Itoa(n))
	}
	if more := len(e.Missing) - len(numbers); more > 0 {
		numbers = append(numbers, "and "+strconv.Itoa(more)+" more")
	}
	return "ekacare: the scribe session lacks the pieces " + strings.Join(numbers, ", ") +
		": send them with UploadPiece, or leave them out with SkipMissing"
}

// ScribeAudioLostError is the end of a session of which the vendor has less audio than was uploaded. The session has
// ended all the same: its notes come from what arrived.
type ScribeAudioLostError struct {
	Sent     int      // how many files were uploaded
	Received int      // how many the vendor has
	Missing  []string // names of those that it does not have; nil if it names none
}

// Error names the numbers.
func (e *ScribeAudioLostError) Error() string {
	lost := max(len(e.Missing), e.Sent-e.Received)
	return "ekacare: the scribe session lacks " + strconv.Itoa(lost) + " of " + strconv.Itoa(e.Sent) + " audio files"
}

// Format prints the message of Error for every verb: files may be named after a person.
func (e *ScribeAudioLostError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText returns the message of Error, so that a log in JSON names no files either.
func (e *ScribeAudioLostError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// ScribeFailedError is a session whose processing failed. Session contains the vendor's reasons in ProcessingErrors.
type ScribeFailedError struct {
	Session *ScribeSession
}

// Error says no more than that: the vendor's reasons may quote the consultation.
func (e *ScribeFailedError) Error() string { return "ekacare: the scribe session failed" }

// Format prints the message of Error for every verb.
func (e *ScribeFailedError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText returns the message of Error, so that a log in JSON contains no notes either.
func (e *ScribeFailedError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// asExpired makes status 410 match ErrScribeSessionExpired, with a [*ScribeSessionExpired] as its Details.
func asExpired(err error) error {
	var e *caremux.Error
	if !errors.As(err, &e) || e.Status != 410 {
		return err
	}
	with := *e
	with.Kind = ErrScribeSessionExpired
	if body := decodeStored[ScribeSessionExpired](e.Body()); body != nil {
		with.Details = body
	}
	return &with
}
