package ekacare

import (
	"errors"
)

// Steps of an assessment that are out of turn. They are found before anything is sent.
var (
	// ErrAssessmentDone is an answer to an assessment that has no question left: submit it.
	ErrAssessmentDone = errors.New("the assessment has no question left")
	// ErrAssessmentNotDone is the submission of an assessment that has a question left: answer it.
	ErrAssessmentNotDone = errors.New("the assessment has a question left")
	// ErrAssessmentSubmitted is a step of an assessment that has been submitted.
	ErrAssessmentSubmitted = errors.New("the assessment has been submitted")
)
