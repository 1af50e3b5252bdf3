package ekacare

import (
	"context"
	"errors"
	"slices"

	"github.com/caremux/caremux"
)

// ScribeRecording is a scribe session that audio is sent to: Upload as often as needed, End, then Wait for the notes. A call out
// of turn fails before anything is sent. It is not for use by several goroutines at once: the vendor joins the files in the order
// of their uploads. [ScribeSessionsService.Resume] makes one again from the session's id.
type ScribeRecording struct {
	service  *ScribeSessionsService
	id       string
	created  *CreatedScribeSession
	upload   ScribeUploadType
	names    []string // of the files that the vendor has
	received int      // how many it has, if it did not name them all
	next     int      // number of the next file
	stage    recordingStage
}

type recordingStage uint8

const (
	recordingOpen    recordingStage = iota
	recordingUnclear                // an end was sent and its answer got lost, or the session is another's
	recordingEnded
)

// Validate checks the length of session_id.
func (c ScribeSessionCreate) Validate() error {
	if c.SessionID != nil && len(*c.SessionID) < 16 {
		return invalidArgument("session_id", "must be 16 to 32 characters long")
	}
	return nil
}

// Open begins a scribe session. With [ScribeUploadTypeStream] the audio does not travel over this API: send it with a websocket
// client of your choice to [ScribeRecording.UploadURL], as 16 bit little-endian PCM, mono, 16 kHz, in binary frames, then End and
// Wait as usual.
//
// POST /voice/v1/sessions
func (s *ScribeSessionsService) Open(ctx context.Context, body *ScribeSessionCreate, opts ...caremux.RequestOption) (*ScribeRecording, error) {
	created, err := s.Create(ctx, body, opts...)
	if err != nil {
		return nil, err
	}
	if created.SessionID == "" {
		return nil, caremux.NewError(caremux.Error{Vendor: "ekacare", Operation: "ScribeSessions.Open", Kind: caremux.ErrUnreadable, Attempts: 1},
			created.RawJSON(), nil, "the answer names no session", true)
	}
	return &ScribeRecording{service: s, id: created.SessionID, created: created, upload: body.UploadType}, nil
}

// Resume goes on with a session of which only the id is at hand, in another process or after a failure. It asks what the vendor
// has received, so that the next upload follows. uploadType is that of the session. A session that is gone matches
// [ErrScribeSessionExpired].
//
// GET /voice/v1/sessions/{session_id}
func (s *ScribeSessionsService) Resume(ctx context.Context, sessionID string, uploadType ScribeUploadType, opts ...caremux.RequestOption) (*ScribeRecording, error) {
	seen, err := s.look(ctx, sessionID, "", opts)
	if err != nil {
		return nil, err
	}
	r := &ScribeRecording{service: s, id: sessionID, upload: uploadType, names: slices.Clone(seen.AudioFiles), stage: recordingUnclear}
	r.received = len(r.names)
	if n := seen.AudioFilesReceived; n != nil && *n > r.received {
		r.received = *n
	}
	r.next = r.received
	for _, name := range r.names {
		if n, ok := audioNumber(name); ok {
			r.next = max(r.next, n+1)
		}
	}
	r.created = &CreatedScribeSession{SessionID: sessionID, Status: seen.Status, CreatedAt: seen.CreatedAt, ExpiresAt: seen.ExpiresAt,
		UploadURL: seen.UploadURL, PatientDetails: seen.PatientDetails}
	// Which status an open session has is not documented, so only a result proves the end.
	if seen.State != ScribeStateProcessing && (seen.CompletedAt.Known() || len(seen.Templates) > 0 || seen.Transcript != "") {
		r.stage = recordingEnded
	}
	return r, nil
}

// SessionID returns the id of the session, for [ScribeSessionsService.Resume].
func (r *ScribeRecording) SessionID() string { return r.id }

// Session returns what the vendor told of the session when it was opened or resumed.
func (r *ScribeRecording) Session() *CreatedScribeSession { return r.created }

// UploadURL returns where audio goes: for the upload type stream the address of a websocket.
func (r *ScribeRecording) UploadURL() string { return r.created.UploadURL }

// Uploaded returns how many audio files the vendor has of the session.
func (r *ScribeRecording) Uploaded() int { return r.received }

// Upload sends the next piece of the recording. Its name tells the format by its extension, webm, mp3, wav, ogg, m4a or mp4, and
// is not sent itself: the vendor wants audio_0.webm, audio_1.webm and so on. The content is streamed. A session of the upload
// type single takes one file of at most [MaxScribeAudioSize].
//
// The number in the name makes a file that is sent twice the same file, so content that is an [io.Seeker], such as a
// bytes.Reader, is sent again after a failure as a GET would be, and End finds out whether all arrived. Other content is sent
// once, also when the token has just expired, and has been read in part after an error. After an error the next Upload uses the
// same number again.
//
// POST /voice/v1/sessions/{session_id}/audio/{file_sequence}
func (r *ScribeRecording) Upload(ctx context.Context, audio caremux.File, opts ...caremux.RequestOption) (*ScribeAudioReceipt, error) {
	const operation = "ScribeSessions.Upload"
	switch {
	case r.stage == recordingEnded:
		return nil, misuse(operation, ErrScribeSessionEnded)
	case r.upload == ScribeUploadTypeStream:
		return nil, &caremux.ArgumentError{Operation: operation, Field: "audio", Rule: "goes to the websocket of UploadURL for the upload type stream"}
	case r.upload == ScribeUploadTypeSingle && r.received > 0:
		return nil, &caremux.ArgumentError{Operation: operation, Field: "audio", Rule: "must be one file for the upload type single"}
	}
	if err := checkAudio(audio, r.upload); err != nil {
		return nil, inArgument(operation, "audio", err)
	}
	content, err := streamed(ctx, audio.Content, r.upload)
	if err != nil {
		return nil, inArgument(operation, "audio", err)
	}
	format, err := audioFormat(audio.Name)
	if err != nil {
		return nil, inArgument(operation, "audio", err)
	}
	name := audioName(r.next, format)
	receipt, err := r.service.UploadAudio(ctx, r.id, name, caremux.File{Content: content}, append([]caremux.RequestOption{caremux.WithIdempotent()}, opts...)...)
	if err != nil {
		return nil, asExpired(err)
	}
	if receipt.Success != nil && !*receipt.Success {
		return receipt, caremux.NewError(caremux.Error{Vendor: "ekacare", Operation: operation, Status: 200, Attempts: 1},
			receipt.RawJSON(), nil, "the vendor did not take the file", true)
	}
	r.names = append(r.names, name)
	r.received++
	r.next++
	return receipt, nil
}

// End ends the session, and the vendor begins to write the notes. If less audio arrived than was uploaded, the error is a
// [*ScribeAudioLostError]; the session has ended nevertheless. After an error whose MaybeApplied is true End may be called
// again, and Wait too.
//
// POST /voice/v1/sessions/{session_id}/end
func (r *ScribeRecording) End(ctx context.Context, opts ...caremux.RequestOption) (*EndedScribeSession, error) {
	const operation = "ScribeSessions.End"
	body := &ScribeSessionEnd{}
	switch {
	case r.stage == recordingEnded:
		return nil, misuse(operation, ErrScribeSessionEnded)
	case r.upload == ScribeUploadTypeStream: // nobody here has counted
	case r.received == 0:
		return nil, misuse(operation, ErrScribeNoAudio)
	default:
		body.AudioFilesSent = new(r.received)
	}
	ended, err := r.service.End(ctx, r.id, body, opts...)
	if err != nil {
		var e *caremux.Error
		if errors.As(err, &e) && e.MaybeApplied() {
			r.stage = recordingUnclear
		}
		return nil, asExpired(err)
	}
	r.stage = recordingEnded
	return ended, r.lost(ended)
}

// lost compares what was uploaded with what the vendor says it has. It may have more: an upload of which the answer got lost.
func (r *ScribeRecording) lost(ended *EndedScribeSession) error {
	if r.upload == ScribeUploadTypeStream {
		return nil
	}
	e := &ScribeAudioLostError{Sent: r.received, Received: len(ended.AudioFiles)}
	if ended.AudioFiles != nil {
		for _, name := range r.names {
			if !slices.Contains(ended.AudioFiles, name) {
				e.Missing = append(e.Missing, name)
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
func (r *ScribeRecording) Wait(ctx context.Context, wait *ScribeWait, opts ...caremux.RequestOption) (*ScribeResult, error) {
	if r.stage == recordingOpen {
		return nil, misuse("ScribeSessions.Wait", ErrScribeSessionOpen)
	}
	return r.service.Wait(ctx, r.id, wait, opts...)
}
