package ekacare

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// Errors of scribe sessions. All but ErrScribeSessionExpired are found before anything is sent.
var (
	// ErrScribeSessionExpired matches status 410: the session was not ended in about an hour, or its notes are gone.
	ErrScribeSessionExpired = errors.New("the scribe session has expired")
	// ErrScribeSessionEnded is an upload to a session that has ended, or a second end of it.
	ErrScribeSessionEnded = errors.New("the scribe session has ended")
	// ErrScribeSessionOpen is waiting for the notes of a session that has not ended.
	ErrScribeSessionOpen = errors.New("the scribe session has not ended yet")
	// ErrScribeNoAudio is the end of a session to which nothing was uploaded.
	ErrScribeNoAudio = errors.New("no audio was uploaded to the scribe session")
)

// ScribeAudioLostError is the end of a session of which the vendor has less audio than was uploaded. The session has ended all
// the same: its notes come from what arrived.
type ScribeAudioLostError struct {
	Sent     int      // how many files were uploaded
	Received int      // how many the vendor has
	Missing  []string // names of those that it does not have; nil if it names none
}

// Error tells the numbers.
func (e *ScribeAudioLostError) Error() string {
	lost := max(len(e.Missing), e.Sent-e.Received)
	return "ekacare: the scribe session lacks " + strconv.Itoa(lost) + " of " + strconv.Itoa(e.Sent) + " audio files"
}

// Format prints the text of Error for every verb: files may be named after a person.
func (e *ScribeAudioLostError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText gives the text of Error, so that a log in JSON names no files either.
func (e *ScribeAudioLostError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// ScribeFailedError is a session whose processing failed. Session holds the vendor's reasons in ProcessingErrors.
type ScribeFailedError struct {
	Session *ScribeSession
}

// Error says no more than that: the vendor's reasons may quote the consultation.
func (e *ScribeFailedError) Error() string { return "ekacare: the scribe session failed" }

// Format prints the text of Error for every verb.
func (e *ScribeFailedError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText gives the text of Error, so that a log in JSON holds no notes either.
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
