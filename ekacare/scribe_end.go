package ekacare

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/caremux/caremux"
)

// End ends the session, and the vendor begins to write the notes. It first checks pieces that may not have arrived: if
// one is missing, the session stays open, and the error is a [*ScribeGapError]. If the vendor nevertheless has less
// audio than was uploaded, the error is a [*ScribeAudioLostError], and the session has ended. After an error whose
// MaybeApplied is true, End or Wait may be called once more. If the vendor then refuses the end, or refuses that of a
// recording that was resumed, the error matches [ErrScribeSessionEnded]: the session may have ended before, which Wait
// determines. End refuses caremux.WithIdempotent.
//
// POST /voice/v1/sessions/{session_id}/end
func (r *ScribeRecording) End(ctx context.Context, opts ...caremux.RequestOption) (*EndedScribeSession, error) {
	const operation = "ScribeSessions.End"
	if err := refuseIdempotent(opts); err != nil {
		return nil, inFlow(operation, err)
	}
	body := &ScribeSessionEnd{}
	switch {
	case r.stage == recordingEnded:
		return nil, misuse(operation, ErrScribeSessionEnded)
	case r.upload == ScribeUploadTypeStream: // nobody here has counted
	case r.next == 0:
		return nil, misuse(operation, ErrScribeNoAudio)
	default:
		if err := r.settle(ctx, opts); err != nil {
			return nil, err
		}
		body.AudioFilesSent = new(r.sent())
	}
	ended, err := r.service.End(ctx, r.id, body, opts...)
	if err != nil {
		if r.stage == recordingUnclear && endedBefore(err) {
			return nil, misuse(operation, errors.Join(ErrScribeSessionEnded, err))
		}
		if e, ok := errors.AsType[*caremux.Error](err); ok && e.MaybeApplied() {
			r.stage = recordingUnclear
		}
		return nil, asExpired(err)
	}
	r.stage = recordingEnded
	return ended, r.lost(ended)
}

// endedBefore reports whether the refusal of an end may be that of a session that has ended. Waiting finds out.
func endedBefore(err error) bool {
	local := errors.As(err, new(*caremux.ArgumentError))
	return errors.Is(err, caremux.ErrInvalid) && !local || errors.Is(err, caremux.ErrConflict)
}

// settle finds out whether pieces that may have arrived are there.
func (r *ScribeRecording) settle(ctx context.Context, opts []caremux.RequestOption) error {
	if len(r.Missing()) == 0 {
		return nil
	}
	if err := r.lookForPieces(ctx, opts); err != nil {
		return err
	}
	if missing := r.Missing(); len(missing) > 0 {
		return &ScribeGapError{Missing: missing}
	}
	return nil
}

func (r *ScribeRecording) lookForPieces(ctx context.Context, opts []caremux.RequestOption) error {
	seen, err := r.service.look(ctx, r.id, "", opts)
	if err != nil {
		return err
	}
	if !r.received(seen) {
		return misuse("ScribeSessions.Get", ErrScribeAudioUnknown)
	}
	if len(r.Missing()) == 0 {
		r.gap, r.failed = false, nil
	}
	return nil
}

// sent counts the pieces that the vendor should have.
func (r *ScribeRecording) sent() int {
	n := 0
	for _, p := range r.pieces {
		if !p.skipped {
			n++
		}
	}
	return n
}

// lost compares what was uploaded with what the vendor says it has. It may have more: an upload whose response was
// lost.
func (r *ScribeRecording) lost(ended *EndedScribeSession) error {
	if r.upload == ScribeUploadTypeStream {
		return nil
	}
	e := &ScribeAudioLostError{Sent: r.sent(), Received: len(ended.AudioFiles)}
	if ended.AudioFiles != nil {
		for _, n := range slices.Sorted(maps.Keys(r.pieces)) {
			if p := r.pieces[n]; p.name != "" && !p.skipped && !slices.Contains(ended.AudioFiles, p.name) {
				e.Missing = append(e.Missing, p.name)
			}
		}
	} else if ended.AudioFilesReceived == nil {
		return nil // it does not say
	}
	if ended.AudioFilesReceived != nil {
		e.Received = *ended.AudioFilesReceived
	}
	if e.Missing == nil && e.Received >= e.Sent {
		return nil
	}
	return e
}

// Wait is [ScribeSessionsService.Wait] for this session. Before End it fails with [ErrScribeSessionOpen].
//
// GET /voice/v1/sessions/{session_id}
func (r *ScribeRecording) Wait(
	ctx context.Context, wait *ScribeWait, opts ...caremux.RequestOption,
) (*ScribeResult, error) {
	if r.stage == recordingOpen {
		return nil, misuse("ScribeSessions.Wait", ErrScribeSessionOpen)
	}
	return r.service.Wait(ctx, r.id, wait, opts...)
}
