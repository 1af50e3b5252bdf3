package ekacare

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/caremux/caremux"
)

// ScribeRecording is a scribe session that audio is sent to: Upload as often as needed, End, then Wait for the notes. A
// call out of turn fails before anything is sent. It is not for use by several goroutines at once: the vendor joins the
// pieces by their numbers, which are those of the uploads. [ScribeSessionsService.Resume] and
// [ScribeSessionsService.ResumeState] restore one.
type ScribeRecording struct {
	service *ScribeSessionsService
	id      string
	owner   string
	created *CreatedScribeSession
	upload  ScribeUploadType
	pieces  map[int]piece // by number
	next    int           // number of the next piece
	gap     bool          // pieces are missing that an earlier recording has sent
	failed  *failedPiece  // the last upload, if the piece may have arrived
	stage   recordingStage
}

// piece is what is known of a piece of the recording.
type piece struct {
	name    string // audio_0.webm
	there   bool   // the vendor has it; otherwise it may have it
	skipped bool   // it is not there, and the caller knows
}

type recordingStage uint8

const (
	recordingOpen    recordingStage = iota
	recordingUnclear                // an end was sent and its response was lost, or the session is another's
	recordingEnded
)

// Validate checks the length of session_id.
func (c ScribeSessionCreate) Validate() error {
	if c.SessionID != nil && len(*c.SessionID) < 16 {
		return invalidArgument("session_id", "must be 16 to 32 characters long")
	}
	return nil
}

// Open begins a scribe session. With [ScribeUploadTypeStream] the audio does not travel over this API: the module
// ekacare/ekalive streams it. With a websocket client of your own, send it to [ScribeRecording.UploadURL] as 16 bit
// little-endian PCM, mono, 16 kHz, in binary frames, then End and Wait as usual.
//
// Set a session id of your own (SessionID) if the job may run again: if a session of that id exists, because the
// response was lost or the process was killed, the recording continues with it as [ScribeSessionsService.Resume]
// does. Facts on the patient that differ from those of the session are an error. caremux.WithIdempotent is refused.
//
// POST /voice/v1/sessions
func (s *ScribeSessionsService) Open(
	ctx context.Context, body *ScribeSessionCreate, opts ...caremux.RequestOption,
) (*ScribeRecording, error) {
	const operation = "ScribeSessions.Open"
	whose, err := owner(s.state, opts)
	if err = firstError(err, refuseIdempotent(opts)); err != nil {
		return nil, inFlow(operation, err)
	}
	created, err := s.Create(ctx, body, opts...)
	switch {
	case err != nil && body != nil && isSet(body.SessionID):
		return s.reopen(ctx, body, err, opts)
	case err != nil:
		return nil, err
	}
	r := &ScribeRecording{service: s, id: created.SessionID, owner: whose, created: created, upload: body.UploadType}
	r.pieces = map[int]piece{}
	return r, nil
}

// reopen goes on with the session of the caller's id if it exists although, or because, it could not be created.
func (s *ScribeSessionsService) reopen(
	ctx context.Context, body *ScribeSessionCreate, failed error, opts []caremux.RequestOption,
) (*ScribeRecording, error) {
	e, ok := errors.AsType[*caremux.Error](failed)
	if !ok || !e.MaybeApplied() && !errors.Is(e, caremux.ErrInvalid) && !errors.Is(e, caremux.ErrConflict) {
		return nil, failed
	}
	r, err := s.Resume(ctx, *body.SessionID, body.UploadType, opts...)
	switch {
	case err != nil && errors.Is(err, ErrScribeAudioUnknown):
		return nil, err
	case err != nil || !sameDetails(body.PatientDetails, r.created.PatientDetails):
		return nil, failed
	}
	return r, nil
}

// sameDetails reports whether no fact that both have differs.
func sameDetails(mine, theirs map[string]any) bool {
	for name, value := range mine {
		other, ok := theirs[name]
		a, errA := json.Marshal(value)
		b, errB := json.Marshal(other)
		if ok && (errA != nil || errB != nil || string(a) != string(b)) {
			return false
		}
	}
	return true
}

// ScribeRecordingState is a recording between two uploads, to keep as JSON. Only its owner can resume it.
type ScribeRecordingState struct {
	SessionID  string           `json:"session_id"`
	UploadType ScribeUploadType `json:"upload_type"`
	Next       int              `json:"next"`              // number of the next piece: all before were sent
	Skipped    []int            `json:"skipped,omitempty"` // numbers of pieces that were left out
	Owner      string           `json:"owner"`             // names the account and the patient, as a hash
}

// State returns what [ScribeSessionsService.ResumeState] needs to go on.
func (r *ScribeRecording) State() ScribeRecordingState {
	state := ScribeRecordingState{SessionID: r.id, UploadType: r.upload, Next: r.next, Owner: r.owner}
	for _, n := range slices.Sorted(maps.Keys(r.pieces)) {
		if r.pieces[n].skipped {
			state.Skipped = append(state.Skipped, n)
		}
	}
	return state
}

// Resume continues a session of which only the id is known, in another process or after a failure. It reads which
// pieces the vendor has received: send what comes after the first [ScribeRecording.Uploaded] of them. uploadType is
// that of the session.
//
// A session that is gone matches [ErrScribeSessionExpired]. One that is open and does not report what it has received
// matches [ErrScribeAudioUnknown]: an upload could replace what is there. Pieces that are missing before the last one
// are [ScribeRecording.Missing].
//
// GET /voice/v1/sessions/{session_id}
func (s *ScribeSessionsService) Resume(
	ctx context.Context, sessionID string, uploadType ScribeUploadType, opts ...caremux.RequestOption,
) (*ScribeRecording, error) {
	return s.resume(ctx, ScribeRecordingState{SessionID: sessionID, UploadType: uploadType}, opts)
}

// ResumeState is [ScribeSessionsService.Resume] for a state that was kept. It also notices the loss of pieces that were
// sent last. A state of another patient or client matches [ErrOtherOwner].
//
// GET /voice/v1/sessions/{session_id}
func (s *ScribeSessionsService) ResumeState(
	ctx context.Context, state ScribeRecordingState, opts ...caremux.RequestOption,
) (*ScribeRecording, error) {
	const operation = "ScribeSessions.ResumeState"
	if state.Next < 0 || state.Next > maxPieces {
		return nil, inFlow(operation, invalidArgument("state.next", "must be a number of pieces"))
	}
	if err := checkOwner(s.state, operation, state.Owner, opts); err != nil {
		return nil, err
	}
	return s.resume(ctx, state, opts)
}

func (s *ScribeSessionsService) resume(
	ctx context.Context, state ScribeRecordingState, opts []caremux.RequestOption,
) (*ScribeRecording, error) {
	whose, err := owner(s.state, opts)
	if err != nil {
		return nil, inFlow("ScribeSessions.Resume", err)
	}
	seen, err := s.look(ctx, state.SessionID, "", opts)
	if err != nil {
		return nil, err
	}
	r := &ScribeRecording{service: s, id: state.SessionID, owner: whose, upload: state.UploadType, pieces: map[int]piece{}}
	r.created = &CreatedScribeSession{SessionID: state.SessionID, Status: seen.Status, CreatedAt: seen.CreatedAt,
		ExpiresAt: seen.ExpiresAt, UploadURL: seen.UploadURL, PatientDetails: seen.PatientDetails}
	// Which status an open session has is not documented, so only a result shows the end.
	r.stage = recordingUnclear
	hasResult := seen.CompletedAt.Known() || len(seen.Templates) > 0 || seen.Transcript != ""
	if seen.State != ScribeStateProcessing && hasResult {
		r.stage = recordingEnded
	}
	if !r.received(seen) && r.stage != recordingEnded && r.upload != ScribeUploadTypeStream {
		return nil, misuse("ScribeSessions.Resume", ErrScribeAudioUnknown)
	}
	for _, n := range state.Skipped {
		if p := r.pieces[n]; !p.there {
			r.pieces[n] = piece{skipped: true}
		}
	}
	r.next = max(r.next, state.Next)
	r.gap = len(r.Missing()) > 0
	return r, nil
}

// maxPieces bounds what a response, or a state that was kept, may make of memory.
const maxPieces = 1 << 20

// received notes which pieces the vendor has. It reports whether that is known: by their names or, if it is all that
// were sent, by their number alone, as the pieces of a recording are numbered without gaps.
func (r *ScribeRecording) received(seen *ScribeResult) (known bool) {
	count := deref(seen.AudioFilesReceived)
	if len(seen.AudioFiles) == 0 && seen.AudioFilesReceived != nil && count >= r.next && count < maxPieces {
		for n := range count {
			r.arrived(n, r.pieces[n].name)
		}
		return true
	}
	for _, name := range seen.AudioFiles {
		n, ok := audioNumber(name)
		if !ok || n >= maxPieces {
			return false // an upload might take the place of this one
		}
		r.arrived(n, name)
	}
	return seen.AudioFiles != nil && count <= len(seen.AudioFiles)
}

func (r *ScribeRecording) arrived(n int, name string) {
	r.pieces[n] = piece{name: name, there: true}
	r.next = max(r.next, n+1)
}

// SessionID returns the id of the session, for [ScribeSessionsService.Resume].
func (r *ScribeRecording) SessionID() string { return r.id }

// Session returns the session as the vendor described it when it was opened or resumed.
func (r *ScribeRecording) Session() *CreatedScribeSession { return r.created }

// UploadURL returns where audio goes: for the upload type stream the address of a websocket.
func (r *ScribeRecording) UploadURL() string {
	if r.created.UploadURL.Misread() {
		return "" // an object, which Session shows
	}
	return string(r.created.UploadURL)
}

// Uploaded returns how many pieces the vendor has from the first one on, without a gap. It is the number of the piece
// to send next, counted from 0.
func (r *ScribeRecording) Uploaded() int {
	n := 0
	for r.pieces[n].there || r.pieces[n].skipped {
		n++
	}
	return n
}

// Missing returns the numbers, counted from 0, of the pieces that were sent and that the vendor does not have, or is
// not known to have: send them with [ScribeRecording.UploadPiece], or leave them out with
// [ScribeRecording.SkipMissing].
func (r *ScribeRecording) Missing() []int {
	var missing []int
	for n := range r.next {
		if p := r.pieces[n]; !p.there && !p.skipped {
			missing = append(missing, n)
		}
	}
	return missing
}

// SkipMissing leaves the pieces out that are [ScribeRecording.Missing]: the recording goes on, and ends, without them.
func (r *ScribeRecording) SkipMissing() {
	for _, n := range r.Missing() {
		p := r.pieces[n]
		p.skipped = true
		r.pieces[n] = p
	}
	r.gap, r.failed = false, nil
}
