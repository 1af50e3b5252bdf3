package ekacare

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/poll"
)

// ScribeState is how far the processing of a scribe session is. The API reports it by the status of the response.
type ScribeState string

// The states of a session whose notes are requested. One that has expired is [ErrScribeSessionExpired].
const (
	ScribeStateProcessing ScribeState = "processing" // 202: poll again
	ScribeStatePartial    ScribeState = "partial"    // 206: a part of the notes is there; see ProcessingErrors
	ScribeStateDone       ScribeState = "done"       // 200
)

// ScribeResult is a scribe session as it was at the time of a poll.
type ScribeResult struct {
	*ScribeSession
	State ScribeState
}

// Notes iterates over the notes in the order of the response: the id of the template and what was filled in, as
// decoded from JSON.
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

// ScribeWait says how to wait for the notes of a session. The defaults are a poll every second, as the vendor
// recommends, for five minutes.
type ScribeWait = caremux.Wait[*ScribeResult]

// Wait polls a session that has ended until its notes are there, whole or in part, or until the context or the time of
// wait ends; wait may be nil. It returns the session as last seen also with an error, so that the waiting can go on
// later. A session that has expired matches [ErrScribeSessionExpired], one whose processing failed, or was given up, is
// a [*ScribeFailedError], and one that was not ready in time matches context.DeadlineExceeded. The webhook
// v2rx.completed spares the waiting.
//
// GET /voice/v1/sessions/{session_id}
func (s *ScribeSessionsService) Wait(
	ctx context.Context, sessionID string, wait *ScribeWait, opts ...caremux.RequestOption,
) (*ScribeResult, error) {
	return s.wait(ctx, sessionID, "", wait, opts, func(r *ScribeResult) bool { return r.State != ScribeStateProcessing })
}

// WaitTemplate is [ScribeSessionsService.Wait] until the notes of one template are there. documentID, if it is not
// empty, names the document that the notes are in.
//
// GET /voice/v1/sessions/{session_id}
func (s *ScribeSessionsService) WaitTemplate(
	ctx context.Context, sessionID, templateID, documentID string, wait *ScribeWait, opts ...caremux.RequestOption,
) (*ScribeResult, error) {
	return s.wait(ctx, sessionID, documentID, wait, opts, func(r *ScribeResult) bool {
		_, ok := r.Note(templateID)
		return ok && r.State != ScribeStateProcessing
	})
}

func (s *ScribeSessionsService) wait(
	ctx context.Context, sessionID, documentID string, wait *ScribeWait, opts []caremux.RequestOption,
	done func(*ScribeResult) bool,
) (*ScribeResult, error) {
	return poll.Wait(ctx, deref(wait), poll.Job[*ScribeResult]{
		Vendor: "ekacare", Operation: "ScribeSessions.Wait", Late: "the session was not done in time",
		Rhythm: poll.Rhythm{Min: time.Second, Max: time.Second, Limit: 5 * time.Minute},
		Poll:   func(ctx context.Context) (*ScribeResult, error) { return s.look(ctx, sessionID, documentID, opts) },
		Over: func(r *ScribeResult) (bool, error) {
			if r.failed() {
				return true, &ScribeFailedError{Session: r.ScribeSession}
			}
			return done(r), nil
		},
	})
}

// failed reports a failure, which the API signals by a word in a response that is a success. Nothing follows such a
// word, whatever the status of the response says.
func (r *ScribeResult) failed() bool {
	switch word(r.Status) {
	case "systemfailure", "requestfailure", "failed", "failure", "error",
		"cancelled", "canceled", "aborted", "deleted", "expired":
		return true
	}
	return false
}

// word is a status without its case and without what separates its parts, as it comes in several spellings.
func word(status string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(status))
}

// look reads a session once, and its state from the status of the response. Another status than those documented is an
// error: nobody knows whether the session is still being processed.
func (s *ScribeSessionsService) look(
	ctx context.Context, sessionID, documentID string, opts []caremux.RequestOption,
) (*ScribeResult, error) {
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
	if session.SessionID != "" && session.SessionID != sessionID {
		return nil, unreadable("ScribeSessions.Get", session.RawJSON(), "the response is of another session", false)
	}
	result := &ScribeResult{ScribeSession: session}
	switch response.Status {
	case 200:
		result.State = ScribeStateDone
	case 202:
		result.State = ScribeStateProcessing
	case 206:
		result.State = ScribeStatePartial
	default:
		return nil, unreadable("ScribeSessions.Get", session.RawJSON(), "the status of the session is not known", false)
	}
	return result, nil
}

// FillTemplate fills in another template from a session that has ended, and waits for its notes; wait may be nil. It
// returns as [ScribeSessionsService.Wait] does. Notes that the template already had in this session count as the new
// ones, unless the vendor makes a document of its own for them. If the error says [caremux.Error.MaybeApplied], look
// with [ScribeSessionsService.WaitTemplate] before the template is filled in again. caremux.WithIdempotent is refused.
//
// POST /voice/v1/sessions/{session_id}/process/template/{template_id}
func (s *ScribeSessionsService) FillTemplate(
	ctx context.Context, sessionID, templateID string, wait *ScribeWait, opts ...caremux.RequestOption,
) (*ScribeResult, error) {
	if err := refuseIdempotent(opts); err != nil {
		return nil, inFlow("ScribeSessions.FillTemplate", err)
	}
	job, err := s.ProcessTemplate(ctx, sessionID, templateID, opts...)
	if err != nil {
		return nil, asExpired(err)
	}
	return s.WaitTemplate(ctx, sessionID, templateID, job.DocumentID, wait, opts...)
}
