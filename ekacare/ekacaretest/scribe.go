package ekacaretest

import (
	"cmp"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/caremux/caremux/ekacare"
)

// scribing is the scribe sessions and how the next ones will go.
type scribing struct {
	sessions  []*scribeSession
	course    []ekacare.ScribeState // of the sessions that are opened next
	losing    int                   // how many uploads will be acknowledged and not kept
	stream    string                // address of streams, in front of the session's id
	recording string                // where recordings can be fetched
}

// scribeSession is a recording and, once it has ended, the making of its notes: each look brings it one state further.
type scribeSession struct {
	id, upload  string
	fields      object // as sent
	templates   []string
	audio       []ScribeAudio
	opened      time.Time
	used        time.Time
	ended, done time.Time
	expired     bool
	transcript  string
	course      []ekacare.ScribeState // the last state stays
}

// ScribeAudio is an audio file that a scribe session has received.
type ScribeAudio struct {
	Name    string // "audio_0.webm"
	Content []byte
}

// usualScribing is how the making of notes goes if nothing else is said.
var usualScribing = []ekacare.ScribeState{ekacare.ScribeStateProcessing, ekacare.ScribeStateProcessing, ekacare.ScribeStateDone}

// scribeLife is how long a session lives without a call that changes it.
const scribeLife = time.Hour

// SetScribe sets the states through which the scribe sessions that are opened from now on go once they have ended, one with each
// look; the last one stays. Without states it is the usual course: processing, processing, done. A partial result has the notes
// of the first template only.
func (s *Server) SetScribe(states ...ekacare.ScribeState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scribing.course = slices.Clone(states)
}

// SetScribeStream sets the address to which the audio of sessions of type stream is sent, those that are opened from now on: the
// session's id is appended. This package has no websocket; package ekalivetest of the module ekacare/ekalive has.
func (s *Server) SetScribeStream(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scribing.stream = address
}

// LoseScribeAudio makes the next n audio files are lost though their upload is acknowledged.
func (s *Server) LoseScribeAudio(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scribing.losing = n
}

// ExpireScribeSessions makes all scribe sessions expire, as they do after an hour.
func (s *Server) ExpireScribeSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, session := range s.scribing.sessions {
		session.expired = true
	}
}

// ScribeAudio returns the audio that a scribe session has received, in the order of arrival; a file that is resent is in its
// old place.
func (s *Server) ScribeAudio(sessionID string) []ScribeAudio {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session := s.scribeSession(sessionID); session != nil {
		return slices.Clone(session.audio)
	}
	return nil
}

func (s *Server) scribeSession(id string) *scribeSession {
	for _, session := range s.scribing.sessions {
		if session.id == id {
			return session
		}
	}
	return nil
}

func noScribeSession() error {
	return failed(http.StatusNotFound, "resource_not_found", "there is no such session")
}

// changing returns the session of a call that changes it. One that has expired is not there any more.
func (s *Server) changing(c *call) (*scribeSession, error) {
	session := s.scribeSession(c.Path["session_id"])
	if session == nil || session.over(s.clock()) {
		return nil, noScribeSession()
	}
	session.used = s.clock()
	return session, nil
}

func (r *scribeSession) over(now time.Time) bool {
	return r.expired || r.ended.IsZero() && now.Sub(r.used) > scribeLife
}

func (s *Server) handleScribe() {
	s.scribing.recording = s.core.Listen(http.HandlerFunc(s.playScribe))
	s.handle("ScribeSessions_Create", s.createScribe)
	s.handle("ScribeSessions_UploadAudio", s.takeScribeAudio)
	s.handle("ScribeSessions_End", s.endScribe)
	s.handle("ScribeSessions_Get", s.getScribe)
	s.handle("ScribeSessions_Update", s.updateScribe)
	s.handle("ScribeSessions_ProcessTemplate", s.fillScribeTemplate)
	s.handle("ScribeSessions_GetAudio", s.getScribeAudio)
	s.handle("ScribeSessions_List", s.listScribes)
}

// createScribe opens a session.
func (s *Server) createScribe(c *call) (any, error) {
	in := c.object()
	id := str(in, "session_id")
	switch {
	case id == "":
		id = s.newID("ses-ekacaretest")
	case s.scribeSession(id) != nil:
		return nil, failed(http.StatusBadRequest, "invalid_request", "there is a session of this id")
	}
	course := s.scribing.course
	if len(course) == 0 {
		course = usualScribing
	}
	now := s.clock()
	session := &scribeSession{id: id, upload: str(in, "upload_type"), fields: in, opened: now, used: now,
		course: course, templates: texts(in["templates"])}
	s.scribing.sessions = append(s.scribing.sessions, session)
	s.wrote(c, id)
	answer := object{"session_id": id, "status": "created", "created_at": stamp(now),
		"expires_at": stamp(now.Add(scribeLife)), "upload_url": s.scribeURL(session)}
	if details, ok := in["patient_details"]; ok {
		answer["patient_details"] = details
	}
	return answer, nil
}

// endScribe ends the recording of a session, after which its notes are made.
func (s *Server) endScribe(c *call) (any, error) {
	session, err := s.changing(c)
	switch {
	case err != nil:
		return nil, err
	case !session.ended.IsZero():
		return nil, failed(http.StatusBadRequest, "invalid_request", "the session has ended already")
	case len(session.audio) == 0 && session.upload != string(ekacare.ScribeUploadTypeStream) && s.scribing.losing == 0:
		return nil, failed(http.StatusBadRequest, "audio_not_available", "nothing was uploaded")
	}
	session.ended, session.transcript = s.clock(), fmt.Sprintf("What was said in %d files.", len(session.audio))
	s.wrote(c, session.id)
	return object{"session_id": session.id, "status": "processing", "message": "The session has ended.",
		"audio_files_received": len(session.audio), "audio_files": session.names()}, nil
}

// getScribe returns a session and brings it one state further.
func (s *Server) getScribe(c *call) (any, error) {
	session := s.scribeSession(c.Path["session_id"])
	if session == nil {
		return nil, noScribeSession()
	}
	return s.lookAtScribe(session), nil
}

// updateScribe changes a session. Its mode and model are fixed once the recording has ended.
func (s *Server) updateScribe(c *call) (any, error) {
	session, err := s.changing(c)
	if err != nil {
		return nil, err
	}
	in := c.object()
	if !session.ended.IsZero() && (in["session_mode"] != nil || in["model"] != nil) {
		return nil, failed(http.StatusConflict, "invalid_request", "mode and model cannot be changed any more")
	}
	for name, value := range in {
		session.fields[name] = value
	}
	if _, ok := in["templates"]; ok {
		session.templates = texts(in["templates"])
	}
	s.wrote(c, session.id)
	return object{"session_id": session.id, "status": session.word(), "message": "The session was changed."}, nil
}

// fillScribeTemplate makes the notes of a session for one more template.
func (s *Server) fillScribeTemplate(c *call) (any, error) {
	session, err := s.changing(c)
	if err != nil || session.ended.IsZero() {
		return nil, noScribeSession()
	}
	template := c.Path["template_id"]
	if !slices.Contains(session.templates, template) {
		session.templates = append(session.templates, template)
	}
	session.course = []ekacare.ScribeState{ekacare.ScribeStateProcessing, ekacare.ScribeStateDone}
	s.wrote(c, session.id)
	return object{"session_id": session.id, "template_id": template, "document_id": s.newID("document"),
		"status": "processing", "message": "The template is being filled in."}, nil
}

// getScribeAudio returns a link to the recording.
func (s *Server) getScribeAudio(c *call) (any, error) {
	session := s.scribeSession(c.Path["session_id"])
	switch {
	case session == nil:
		return nil, noScribeSession()
	case session.done.IsZero():
		return nil, failed(http.StatusNotFound, "audio_not_available", "the recording is not ready yet")
	}
	return object{"session_id": session.id, "status": "ready", "audio_url": s.link(s.scribing.recording, "/"+session.id),
		"expires_in": int(linkLife.Seconds()), "expires_at": s.clock().Add(linkLife).Unix()}, nil
}

// listScribes returns the sessions, the newest first.
func (s *Server) listScribes(c *call) (any, error) {
	rows := []any{}
	for _, session := range slices.Backward(s.scribing.sessions) {
		if len(rows) < c.number("count", len(s.scribing.sessions)) {
			rows = append(rows, object{
				"txn_id": session.id, "b_id": "business-own", "processing_status": session.historic(), "created_at": stamp(session.opened),
			})
		}
	}
	if len(rows) == 0 {
		return nil, failed(http.StatusNotFound, "resource_not_found", "there are no sessions")
	}
	return object{"status": "success", "data": rows, "retrieved_count": len(rows)}, nil
}

// takeScribeAudio keeps an audio file. One of the same name takes the place of the other.
func (s *Server) takeScribeAudio(c *call) (any, error) {
	session, err := s.changing(c)
	name := c.Path["file_sequence"]
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains([]string{".webm", ".mp3", ".wav", ".ogg", ".m4a", ".mp4"}, path.Ext(name)) || !strings.Contains(name, "_"):
		return nil, failed(http.StatusBadRequest, "invalid_audio_format", "the name is not one of an audio file")
	case len(c.Body) == 0:
		return nil, failed(http.StatusBadRequest, "invalid_audio_format", "the file is empty")
	case !session.ended.IsZero() || session.upload == string(ekacare.ScribeUploadTypeStream):
		return nil, failed(http.StatusBadRequest, "invalid_request", "the session takes no files")
	case session.upload == string(ekacare.ScribeUploadTypeSingle) && len(c.Body) > ekacare.MaxScribeAudioSize:
		return nil, failed(http.StatusRequestEntityTooLarge, "invalid_request", "the file is too large")
	}
	at := slices.IndexFunc(session.audio, func(a ScribeAudio) bool { return a.Name == name })
	switch {
	case s.scribing.losing > 0:
		s.scribing.losing--
	case at >= 0:
		session.audio[at].Content = c.Body
	case len(session.audio) > 0 && session.upload == string(ekacare.ScribeUploadTypeSingle):
		return nil, failed(http.StatusBadRequest, "invalid_request", "the session takes one file")
	default:
		session.audio = append(session.audio, ScribeAudio{Name: name, Content: c.Body})
	}
	s.wrote(c, session.id)
	return object{"session_id": session.id, "success": true, "original_filename": name}, nil
}

// lookAtScribe shows a session and brings it one state further.
func (s *Server) lookAtScribe(r *scribeSession) any {
	shown := object{"session_id": r.id, "upload_url": s.scribeURL(r), "status": r.word(), "created_at": stamp(r.opened),
		"audio_files_received": len(r.audio), "audio_files": r.names()}
	if data, ok := r.fields["additional_data"]; ok {
		shown["additional_data"] = data
	}
	if r.over(s.clock()) {
		shown["status"], shown["expired_at"], shown["message"], shown["templates"] = "expired",
			stamp(r.used.Add(scribeLife)), "The session has expired.", object{}
		return reply{status: http.StatusGone, body: shown}
	}
	if details, ok := r.fields["patient_details"]; ok {
		shown["patient_details"] = details
	}
	state := ekacare.ScribeStateProcessing
	if !r.ended.IsZero() {
		state = r.course[0]
		if len(r.course) > 1 {
			r.course = r.course[1:]
		}
	}
	if state == ekacare.ScribeStateProcessing {
		shown["expires_at"] = stamp(r.used.Add(scribeLife))
		return reply{status: http.StatusAccepted, body: shown}
	}
	if r.done.IsZero() {
		r.done = s.clock()
	}
	notes := []any{}
	for _, id := range r.templates {
		notes = append(notes, object{id: object{"summary": "Notes of " + id}})
	}
	shown["completed_at"], shown["model_used"], shown["language_detected"], shown["transcript"] = stamp(r.done), "pro", "en", r.transcript
	if model := str(r.fields, "model"); model != "" {
		shown["model_used"] = model
	}
	if state == ekacare.ScribeStatePartial {
		shown["status"], shown["templates"] = "partial", notes[:min(1, len(notes))]
		shown["audio_files_processed"], shown["processing_errors"] = max(0, len(r.audio)-1),
			[]any{object{"message": "a part could not be understood"}}
		return reply{status: http.StatusPartialContent, body: shown}
	}
	shown["status"], shown["templates"] = "completed", notes
	return reply{status: http.StatusOK, body: shown}
}

// playScribe serves the recordings: the files of a session one after the other.
func (s *Server) playScribe(w http.ResponseWriter, r *http.Request) {
	if !s.linkServes(r) {
		denied("Request has expired, or is not signed").send(w)
		return
	}
	audio := s.ScribeAudio(strings.TrimPrefix(r.URL.Path, "/"))
	if audio == nil {
		http.NotFound(w, r)
		return
	}
	for _, a := range audio {
		_, _ = w.Write(a.Content) // the client may have gone away
	}
}

func (s *Server) scribeURL(r *scribeSession) string {
	if r.upload == string(ekacare.ScribeUploadTypeStream) {
		return cmp.Or(s.scribing.stream, "wss://ekacaretest.invalid/voice/v1/sessions/") + r.id
	}
	return s.URL + "/voice/v1/sessions/" + r.id + "/audio"
}

func (r *scribeSession) names() []string {
	names := []string{}
	for _, a := range r.audio {
		names = append(names, a.Name)
	}
	return names
}

func (r *scribeSession) word() string {
	switch {
	case !r.done.IsZero():
		return "completed"
	case !r.ended.IsZero():
		return "processing"
	case len(r.audio) > 0:
		return "recording"
	}
	return "created"
}

func (r *scribeSession) historic() ekacare.ScribeProcessingStatus {
	if r.done.IsZero() {
		return ekacare.ScribeProcessingStatusInProgress
	}
	return ekacare.ScribeProcessingStatusSuccess
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// texts returns the strings of a JSON list.
func texts(v any) []string {
	list, _ := v.([]any)
	out := []string{}
	for _, item := range list {
		if text, ok := item.(string); ok {
			out = append(out, text)
		}
	}
	return out
}
