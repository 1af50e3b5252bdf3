package ekacare

import (
	"errors"
	"fmt"

	"github.com/caremux/caremux/internal/wire"
)

// Steps of an assessment that are out of turn. They are found before anything is sent.
var (
	// ErrAssessmentDone is an answer to an assessment that has no question left: submit it.
	ErrAssessmentDone = errors.New("the assessment has no question left")
	// ErrAssessmentNotDone is the submission of an assessment that has a question left.
	ErrAssessmentNotDone = errors.New("the assessment has a question left")
	// ErrAssessmentSubmitted is a step of an assessment that has been submitted.
	ErrAssessmentSubmitted = errors.New("the assessment has been submitted")
)

// AssessmentBeginError is an assessment that exists and could not be started. [AssessmentsService.Open] starts it.
type AssessmentBeginError struct {
	AssessmentID string
	Err          error // why it could not be started
}

// Error returns how far it came, and the cause.
func (e *AssessmentBeginError) Error() string {
	return "ekacare: the assessment was begun and not started: " + e.Err.Error()
}

// Format prints the message of Error for every verb.
func (e *AssessmentBeginError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText returns the message of Error.
func (e *AssessmentBeginError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns the cause.
func (e *AssessmentBeginError) Unwrap() error { return e.Err }
