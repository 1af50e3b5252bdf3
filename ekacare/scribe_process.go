package ekacare

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// ScribeJob is a recording to turn into notes in one call.
type ScribeJob struct {
	Session  ScribeSessionCreate  // its UploadType is single for one file, or chunked
	Audio    []caremux.File       // in order; see [ScribeRecording.Upload]
	Wait     ScribeWait           // how to wait for the notes
	Progress func(ScribeProgress) // called after each step and each look; may be nil
}

// ScribeStage is how far a [ScribeJob] is.
type ScribeStage string

// The stages, in their order.
const (
	ScribeStageOpened    ScribeStage = "opened"    // the session exists
	ScribeStageUploading ScribeStage = "uploading" // another file has arrived
	ScribeStageEnded     ScribeStage = "ended"     // all files have arrived and the session has ended
	ScribeStageWaiting   ScribeStage = "waiting"   // the vendor has been asked for the notes
)

// ScribeProgress tells how far a [ScribeJob] is.
type ScribeProgress struct {
	Stage     ScribeStage
	SessionID string        // for [ScribeSessionsService.Resume]
	Uploaded  int           // files that have arrived
	Result    *ScribeResult // what the last look found, nil before the first
}

// ScribeInterruptedError is a [ScribeJob] that failed after its session was opened. [ScribeSessionsService.Resume] goes on with
// the file after Uploaded, or, from the stage ended on, [ScribeSessionsService.Wait].
type ScribeInterruptedError struct {
	ScribeProgress       // the last step that succeeded
	Err            error // why the next one failed
}

// Error tells the stage and the cause.
func (e *ScribeInterruptedError) Error() string {
	return "ekacare: scribe job stopped, " + string(e.Stage) + " with " + strconv.Itoa(e.Uploaded) + " files: " + e.Err.Error()
}

// Format prints the text of Error for every verb.
func (e *ScribeInterruptedError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText gives the text of Error, so that a log in JSON holds no notes either.
func (e *ScribeInterruptedError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns why the job stopped.
func (e *ScribeInterruptedError) Unwrap() error { return e.Err }

// Process opens a session, uploads the files, ends the session and waits for the notes. What is wrong with the files, as far as
// it can be known without reading them, is a [*caremux.ArgumentError] and nothing is sent. A failure later is a
// [*ScribeInterruptedError]; if it was in the waiting, the session as last seen comes with it. Audio that got lost
// ([*ScribeAudioLostError]) does not stop the waiting: the notes of the rest come with the error.
func (s *ScribeSessionsService) Process(ctx context.Context, job *ScribeJob, opts ...caremux.RequestOption) (*ScribeResult, error) {
	if err := job.check(); err != nil {
		return nil, err
	}
	r, err := s.Open(ctx, &job.Session, opts...)
	if err != nil {
		return nil, err
	}
	at := ScribeProgress{SessionID: r.SessionID()}
	reached := func(stage ScribeStage, result *ScribeResult) {
		at.Stage, at.Uploaded, at.Result = stage, r.Uploaded(), result
		if job.Progress != nil {
			job.Progress(at)
		}
	}
	stopped := func(err error) error { return &ScribeInterruptedError{ScribeProgress: at, Err: err} }
	reached(ScribeStageOpened, nil)
	for _, audio := range job.Audio {
		if _, err := r.Upload(ctx, audio, opts...); err != nil {
			return nil, stopped(err)
		}
		reached(ScribeStageUploading, nil)
	}
	ended, lost := r.End(ctx, opts...)
	if ended == nil {
		return nil, stopped(lost)
	}
	reached(ScribeStageEnded, nil)
	wait := job.Wait
	wait.Progress = func(result *ScribeResult) {
		if job.Wait.Progress != nil {
			job.Wait.Progress(result)
		}
		reached(ScribeStageWaiting, result)
	}
	result, err := r.Wait(ctx, &wait, opts...)
	switch {
	case err != nil:
		return result, stopped(err)
	case lost != nil:
		return result, stopped(lost)
	}
	return result, nil
}

// check finds what would stop the job in the middle.
func (j *ScribeJob) check() error {
	const operation = "ScribeSessions.Process"
	fail := func(field, rule string) error {
		return &caremux.ArgumentError{Operation: operation, Field: field, Rule: rule}
	}
	switch {
	case j == nil:
		return fail("job", "is required")
	case len(j.Audio) == 0:
		return fail("Audio", "must have at least one file")
	case !slices.Contains([]ScribeUploadType{ScribeUploadTypeSingle, ScribeUploadTypeChunked}, j.Session.UploadType):
		return fail("Session.upload_type", "must be single or chunked")
	case j.Session.UploadType == ScribeUploadTypeSingle && len(j.Audio) > 1:
		return fail("Audio", "must be one file for the upload type single")
	}
	for i, audio := range j.Audio {
		if err := checkAudio(audio, j.Session.UploadType); err != nil {
			return inArgument(operation, "Audio["+strconv.Itoa(i)+"]", err)
		}
	}
	return nil
}
