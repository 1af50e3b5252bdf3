package ekacare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// ScribeJob is a recording to turn into notes in one call.
type ScribeJob struct {
	// Session has the upload type single for one file, or chunked. With a SessionID of your own the job may run again.
	Session  ScribeSessionCreate
	Audio    []caremux.File       // in order; see [ScribeRecording.Upload]
	Wait     ScribeWait           // how to wait for the notes
	Progress func(ScribeProgress) // called after each step and each poll; may be nil
}

// ScribeStage is how far a [ScribeJob] is.
type ScribeStage string

// The stages, in their order.
const (
	ScribeStageOpened    ScribeStage = "opened"    // the session exists
	ScribeStageUploading ScribeStage = "uploading" // another file has arrived
	ScribeStageEnded     ScribeStage = "ended"     // all files have arrived and the session has ended
	ScribeStageWaiting   ScribeStage = "waiting"   // the vendor has been polled for the notes
)

// ScribeProgress reports how far a [ScribeJob] is. Keep SessionID, or State as JSON: a later process then continues
// with [ScribeSessionsService.ResumeProcess].
type ScribeProgress struct {
	Stage     ScribeStage
	SessionID string
	State     ScribeRecordingState // for [ScribeSessionsService.ResumeState]
	Uploaded  int                  // files that the vendor has, from the first one on, as far as is known
	Result    *ScribeResult        // what the last poll found, nil before the first
}

// ScribeInterruptedError is a [ScribeJob] that failed after its session was opened.
// [ScribeSessionsService.ResumeProcess] goes on with it. Without the job, restore the recording with
// [ScribeSessionsService.Resume] and send the files from its Uploaded on, which may be more than the Uploaded of this
// error: an upload may have arrived although its response was lost. From the stage ended on, only
// [ScribeSessionsService.Wait] is left.
type ScribeInterruptedError struct {
	ScribeProgress       // the last step that succeeded
	Err            error // why the next one failed
}

// Error names the stage, what to do next, and the cause.
func (e *ScribeInterruptedError) Error() string {
	text := "ekacare: scribe job stopped, " + string(e.Stage) + " with " + strconv.Itoa(e.Uploaded) + " files"
	if e.Stage == ScribeStageOpened || e.Stage == ScribeStageUploading {
		text += "; resume it, and send next what Uploaded() of the resumed recording says"
	}
	return text + ": " + e.Err.Error()
}

// Format prints the message of Error for every verb.
func (e *ScribeInterruptedError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText returns the message of Error, so that a log in JSON contains no notes either.
func (e *ScribeInterruptedError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns why the job stopped.
func (e *ScribeInterruptedError) Unwrap() error { return e.Err }

// Process opens a session, uploads the files, ends the session and waits for the notes. What is wrong with the files,
// as far as it can be known without reading them, is a [*caremux.ArgumentError] and no request is sent. A failure later
// is a [*ScribeInterruptedError]; if it was in the waiting, the session as last seen comes with it. Audio that was lost
// ([*ScribeAudioLostError]) does not stop the waiting: the notes of the rest come with the error.
//
// With a session_id of your own, Process may run again after any failure, in another process too: it continues the
// session if that exists, and sends the files that the vendor does not have. Without one,
// [ScribeSessionsService.ResumeProcess] does so. caremux.WithIdempotent is refused, since it would let the session be
// opened twice.
func (s *ScribeSessionsService) Process(
	ctx context.Context, job *ScribeJob, opts ...caremux.RequestOption,
) (*ScribeResult, error) {
	if err := job.check("ScribeSessions.Process", opts); err != nil {
		return nil, err
	}
	r, err := s.Open(ctx, &job.Session, opts...)
	if err != nil {
		return nil, err
	}
	return s.process(ctx, job, r, opts)
}

// ResumeProcess continues a job whose session exists: it sends the files that the vendor does not have, by their
// numbers, ends the session unless it has ended, and waits for the notes. The files must be those of the job, in their
// order, and must be readable from their beginning.
func (s *ScribeSessionsService) ResumeProcess(
	ctx context.Context, job *ScribeJob, sessionID string, opts ...caremux.RequestOption,
) (*ScribeResult, error) {
	const operation = "ScribeSessions.ResumeProcess"
	if err := job.check(operation, opts); err != nil {
		return nil, err
	}
	r, err := s.Resume(ctx, sessionID, job.Session.UploadType, opts...)
	if err != nil {
		return nil, err
	}
	return s.process(ctx, job, r, opts)
}

// processing is a job under way.
type processing struct {
	job       *ScribeJob
	recording *ScribeRecording
	at        ScribeProgress
}

func (p *processing) reached(stage ScribeStage, result *ScribeResult) {
	p.at.Stage, p.at.Uploaded, p.at.State, p.at.Result = stage, p.recording.Uploaded(), p.recording.State(), result
	if p.job.Progress != nil {
		p.job.Progress(p.at)
	}
}

func (p *processing) stopped(err error) error {
	return &ScribeInterruptedError{ScribeProgress: p.at, Err: err}
}

func (s *ScribeSessionsService) process(
	ctx context.Context, job *ScribeJob, r *ScribeRecording, opts []caremux.RequestOption,
) (*ScribeResult, error) {
	p := &processing{job: job, recording: r, at: ScribeProgress{SessionID: r.SessionID()}}
	var lost error
	if r.stage != recordingEnded {
		p.reached(ScribeStageOpened, nil)
		if err := p.upload(ctx, opts); err != nil {
			return nil, p.stopped(err)
		}
		ended, err := r.End(ctx, opts...)
		if ended == nil && !errors.Is(err, ErrScribeSessionEnded) {
			return nil, p.stopped(err)
		}
		if ended != nil {
			lost = err
		}
		r.stage = recordingEnded
	}
	p.reached(ScribeStageEnded, nil)
	wait := job.Wait
	wait.Progress = func(result *ScribeResult) {
		if job.Wait.Progress != nil {
			job.Wait.Progress(result)
		}
		p.reached(ScribeStageWaiting, result)
	}
	result, err := r.Wait(ctx, &wait, opts...)
	switch {
	case err != nil:
		return result, p.stopped(err)
	case lost != nil:
		return result, p.stopped(lost)
	}
	return result, nil
}

// upload sends the pieces that the vendor does not have.
func (p *processing) upload(ctx context.Context, opts []caremux.RequestOption) error {
	r := p.recording
	if r.next > len(p.job.Audio) {
		return misuse("ScribeSessions.Process", ErrScribeOtherAudio)
	}
	for n, audio := range p.job.Audio {
		if r.pieces[n].there {
			continue
		}
		_, err := r.UploadPiece(ctx, n, audio, opts...)
		if err != nil {
			if failed, ok := errors.AsType[*ScribePieceError](err); ok && failed.MaybeArrived && ctx.Err() == nil {
				_ = r.lookForPieces(ctx, opts) // so that the error reports what is there
				p.at.Uploaded, p.at.State = r.Uploaded(), r.State()
			}
			return err
		}
		p.reached(ScribeStageUploading, nil)
	}
	return nil
}

// check finds what would stop the job in the middle.
func (j *ScribeJob) check(operation string, opts []caremux.RequestOption) error {
	fail := func(field, rule string) error {
		return &caremux.ArgumentError{Vendor: "ekacare", Operation: operation, Field: field, Rule: rule}
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
	return inFlow(operation, refuseIdempotent(opts))
}
