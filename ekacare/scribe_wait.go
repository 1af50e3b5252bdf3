package ekacare

import (
	"context"
	"iter"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/poll"
)

// ScribeState tells how far the processing of a scribe session is. The API tells it by the status of its answer.
type ScribeState string

// The states of a session whose notes are asked for. One that has expired is [ErrScribeSessionExpired].
const (
	ScribeStateProcessing ScribeState = "processing" // 202: ask again
	ScribeStatePartial    ScribeState = "partial"    // 206: a part of the notes is there; see ProcessingErrors
	ScribeStateDone       ScribeState = "done"       // 200
)

// ScribeResult is a scribe session as seen at one moment.
type ScribeResult struct {
	*ScribeSession
	State ScribeState
}

// Notes ranges over the notes in the order of the answer: the id of the template and what was filled in, as decoded from JSON.
func (r *ScribeResult) Notes() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, one := range r.Templates {
			for id, note := range one {
				if !yield(id, note) {
					return
				}
			}
		}
	}
}

// Note returns the notes of one template, and whether they are there.
func (r *ScribeResult) Note(templateID string) (any, bool) {
	for id, note := range r.Notes() {
		if id == templateID && note != nil {
			return note, true
		}
	}
	return nil, false
}

// ScribeWait says how to wait for the notes of a session. The zero value of a field means its default.
type ScribeWait struct {
	Interval   time.Duration       // between two looks, give or take a fifth. Default 1 s, as the vendor asks.
	Limit      time.Duration       // for the waiting as a whole. Default 5 min; the context may end it before.
	DocumentID string              // asks for the notes of this document only
	TemplateID string              // waits until the notes of this template are there, whatever the state
	Progress   func(*ScribeResult) // called with what each look finds; may be nil
}

// Wait looks at a session that has ended until its notes are there, whole or in part, or until the context or the time of wait
// ends; wait may be nil. It returns the session as last seen also with an error, so that the waiting can go on later. A session
// that has expired matches [ErrScribeSessionExpired], one whose processing failed is a [*ScribeFailedError], and one that was not
// ready in time matches context.DeadlineExceeded. The webhook v2rx.completed spares the waiting.
//
// GET /voice/v1/sessions/{session_id}
func (s *ScribeSessionsService) Wait(ctx context.Context, sessionID string, wait *ScribeWait, opts ...caremux.RequestOption) (*ScribeResult, error) {
	w := ScribeWait{}
	if wait != nil {
		w = *wait
	}
	if w.Interval <= 0 {
		w.Interval = time.Second
	}
	if w.Limit <= 0 {
		w.Limit = 5 * time.Minute
	}
	var seen *ScribeResult
	var lookErr error
	err := poll.Until(ctx, poll.Rhythm{Min: w.Interval, Max: w.Interval, Limit: w.Limit}, func(ctx context.Context) (bool, error) {
		var result *ScribeResult
		if result, lookErr = s.look(ctx, sessionID, w.DocumentID, opts); lookErr != nil {
			return false, lookErr
		}
		seen = result
		if w.Progress != nil {
			w.Progress(result)
		}
		if result.failed() {
			lookErr = &ScribeFailedError{Session: result.ScribeSession}
		}
		return w.over(result), lookErr
	})
	if err != nil && lookErr == nil {
		err = caremux.NewError(caremux.Error{Vendor: "ekacare", Operation: "ScribeSessions.Wait", Attempts: 1}, nil, err, "the session was not done in time", false)
	}
	return seen, err
}

func (w *ScribeWait) over(r *ScribeResult) bool {
	if w.TemplateID != "" {
		_, ok := r.Note(w.TemplateID)
		return ok && r.State != ScribeStateProcessing
	}
	return r.State != ScribeStateProcessing
}

// failed reports a failure, which the API tells by a word in an answer that is a success.
func (r *ScribeResult) failed() bool {
	switch ScribeProcessingStatus(r.Status) {
	case ScribeProcessingStatusSystemFailure, ScribeProcessingStatusRequestFailure, "failed":
		return true
	}
	return false
}

// look asks for a session once, and reads its state from the status of the answer.
func (s *ScribeSessionsService) look(ctx context.Context, sessionID, documentID string, opts []caremux.RequestOption) (*ScribeResult, error) {
	cfg, err := caremux.NewCallConfig(opts)
	if err != nil {
		return nil, err
	}
	var response caremux.Response
	params := &ScribeSessionsGetParams{}
	if documentID != "" {
		params.DocumentID = &documentID
	}
	session, err := s.Get(ctx, sessionID, params, append(opts[:len(opts):len(opts)], caremux.WithResponse(&response))...)
	if cfg.Response != nil {
		*cfg.Response = response
	}
	if err != nil {
		return nil, asExpired(err)
	}
	result := &ScribeResult{ScribeSession: session, State: ScribeStateProcessing}
	switch response.Status {
	case 200:
		result.State = ScribeStateDone
	case 206:
		result.State = ScribeStatePartial
	}
	return result, nil
}

// FillTemplate fills in another template from a session that has ended, and waits for its notes; wait may be nil, and its
// TemplateID and DocumentID are set here. It returns as [ScribeSessionsService.Wait] does. Notes that the template already had in
// this session count as the new ones, unless the vendor makes a document of its own for them.
//
// POST /voice/v1/sessions/{session_id}/process/template/{template_id}
func (s *ScribeSessionsService) FillTemplate(ctx context.Context, sessionID, templateID string, wait *ScribeWait, opts ...caremux.RequestOption) (*ScribeResult, error) {
	job, err := s.ProcessTemplate(ctx, sessionID, templateID, opts...)
	if err != nil {
		return nil, asExpired(err)
	}
	w := ScribeWait{}
	if wait != nil {
		w = *wait
	}
	w.TemplateID, w.DocumentID = templateID, job.DocumentID
	return s.Wait(ctx, sessionID, &w, opts...)
}
