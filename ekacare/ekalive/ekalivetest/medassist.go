package ekalivetest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
)

// UserMessage is a message of the user that the server has read: of the events chat and stream.
type UserMessage struct {
	ID          string          // of the message
	Event       string          // "chat" or "stream"
	ContentType string          // "text", "audio" or "file"
	Data        json.RawMessage // as it was sent
}

// MedAssist is a server of conversations. It echoes what the user writes, unless [MedAssist.Reply] sets another
// reply. It takes any token that has not expired. It is safe for concurrent use.
type MedAssist struct {
	URL string // the address, for WithMedAssistURL of package ekalive

	server

	mu       sync.Mutex
	sessions map[string]*chat
	expired  map[string]bool // tokens
	reply    func(sessionID string, m UserMessage) []string
	files    map[string]StoredFile // by path
	refuse   string                // code for who requests an address
}

// chat is a session.
type chat struct {
	messages    []UserMessage
	token       string // the one that it takes, "" for any
	fault       *Fault
	connections int
	gone        bool
}

// StoredFile is a file that was stored where the server had said.
type StoredFile struct {
	ContentType string
	Content     []byte
}

// NewMedAssist starts a server on the loopback interface and closes it when the test ends.
func NewMedAssist(t testing.TB) *MedAssist {
	t.Helper()
	s := &MedAssist{sessions: map[string]*chat{}, expired: map[string]bool{}, files: map[string]StoredFile{}}
	s.reply = func(_ string, m UserMessage) []string {
		var data struct {
			Text string `json:"text"`
		}
		_ = json.Unmarshal(m.Data, &data) // audio has no text
		return Pieces("You said: ", data.Text)
	}
	s.URL = s.start(t, s.serve)
	return s
}

// Pieces is a reply in pieces, for [MedAssist.Reply].
func Pieces(texts ...string) []string {
	var frames []string
	for _, text := range texts {
		frames = append(frames, frame("stream", "text", map[string]any{"text": text}))
	}
	return append(frames, frame("eos", "", nil))
}

// Pill requests one of several choices, for [MedAssist.Reply].
func Pill(toolUseID string, choices ...string) string {
	return frame("chat", "pill", map[string]any{"choices": choices, "tool_use_id": toolUseID})
}

// Failure is an error of the service, for [MedAssist.Reply].
func Failure(code, text string) string {
	return encode(map[string]any{"ev": "err", "code": code, "msg": text})
}

func frame(event, contentType string, data any) string {
	f := map[string]any{"ev": event}
	if contentType != "" {
		f["ct"] = contentType
	}
	if data != nil {
		f["data"] = data
	}
	return encode(f)
}

func encode(v any) string {
	message, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(message)
}

// Reply sets what the server sends, as it is, for a message of the user: see [Pieces], [Pill] and [Failure]. Requests
// for the address of a file are not among those messages.
func (s *MedAssist) Reply(reply func(sessionID string, m UserMessage) []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reply = reply
}

// Fail sets the fault of a session. It happens once.
func (s *MedAssist) Fail(sessionID string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session(sessionID).fault = &f
}

// ExpireToken makes a token expire: connections with it are refused.
func (s *MedAssist) ExpireToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired[token] = true
}

// SetToken makes a session take this token alone.
func (s *MedAssist) SetToken(sessionID, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session(sessionID).token = token
}

// RefuseFiles makes the server respond with an error of this code to requests for the address of a file; "" takes
// files.
func (s *MedAssist) RefuseFiles(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = code
}

// Forget makes a session unknown.
func (s *MedAssist) Forget(sessionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session(sessionID).gone = true
}

// Messages returns the messages of the user that were read in a session, of all its connections.
func (s *MedAssist) Messages(sessionID string) []UserMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.session(sessionID).messages)
}

// Connections returns how many connections of a session have been accepted.
func (s *MedAssist) Connections(sessionID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session(sessionID).connections
}

// Files returns the files that were stored, by the path of their address.
func (s *MedAssist) Files() map[string]StoredFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.files)
}

// session makes a session of what is not known. The caller has the lock.
func (s *MedAssist) session(id string) *chat {
	if s.sessions[id] == nil {
		s.sessions[id] = &chat{}
	}
	return s.sessions[id]
}

func (s *MedAssist) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPut {
		s.store(w, r)
		return
	}
	id, slash := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if !slash || id == "" || strings.Contains(id, "/") {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(64 << 20)
	if !s.admit(conn, id) {
		return
	}
	for s.next(r, conn, id) {
	}
}

// store keeps a file as the storage does.
func (s *MedAssist) store(w http.ResponseWriter, r *http.Request) {
	content, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return
	case r.ContentLength < 0:
		w.WriteHeader(http.StatusLengthRequired)
		return
	case r.Header.Get("x-ms-blob-type") != "BlockBlob" || r.URL.Query().Get("sig") == "":
		w.WriteHeader(http.StatusForbidden)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[r.URL.Path] = StoredFile{r.Header.Get("Content-Type"), content}
	w.WriteHeader(http.StatusCreated)
}

type userFrame struct {
	Event       string          `json:"ev"`
	ContentType string          `json:"ct"`
	ID          string          `json:"_id"`
	Time        json.Number     `json:"ts"`
	Data        json.RawMessage `json:"data"`
}

// admit checks the token of the first message.
func (s *MedAssist) admit(conn *websocket.Conn, id string) bool {
	_, message, err := conn.Read(s.done)
	if err != nil {
		return false
	}
	var f userFrame
	var data struct {
		Token string `json:"token"`
	}
	s.mu.Lock()
	session := s.session(id)
	code := ""
	switch {
	case json.Unmarshal(message, &f) != nil || f.Event != "auth" || json.Unmarshal(f.Data, &data) != nil || f.ID == "":
		code = "invalid_event"
	case session.gone:
		code = "session_not_found"
	case s.expired[data.Token]:
		code = "session_expired"
	case session.token != "" && data.Token != session.token:
		code = "session_token_mismatch"
	default:
		session.connections++
	}
	s.mu.Unlock()
	if code == "" {
		return s.write(conn, encode(map[string]any{"ev": "conn", "sid": id, "msg": "connected"}))
	}
	if s.write(conn, Failure(code, "made up")) {
		_ = conn.Close(websocket.StatusPolicyViolation, "")
	}
	return false
}

func (s *MedAssist) write(conn *websocket.Conn, message string) bool {
	return conn.Write(s.done, websocket.MessageText, []byte(message)) == nil
}

// next reads one message and responds. It reports whether the connection goes on.
func (s *MedAssist) next(r *http.Request, conn *websocket.Conn, id string) bool {
	if fault := s.due(id); fault != nil {
		s.act(r.Context(), conn, *fault)
		return false
	}
	_, message, err := conn.Read(s.done)
	if err != nil {
		return false
	}
	var f userFrame
	if json.Unmarshal(message, &f) != nil {
		return s.write(conn, Failure("parsing", "made up"))
	}
	for _, out := range s.respond(id, f) {
		if !s.write(conn, out) {
			return false
		}
	}
	return true
}

// due returns the fault of a session if it is time for it.
func (s *MedAssist) due(id string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.session(id)
	fault := session.fault
	if fault == nil || len(session.messages) < fault.After {
		return nil
	}
	session.fault = nil
	return fault
}

// respond returns what the server sends for a message.
func (s *MedAssist) respond(id string, f userFrame) []string {
	switch f.Event {
	case "ping":
		return []string{encode(map[string]any{"ev": "pong", "cts": f.Time})}
	case "chat", "stream":
	default:
		return []string{Failure("invalid_event", "made up")}
	}
	if f.ContentType == "file" {
		out, asked := s.address(id, f)
		if asked {
			return []string{out}
		}
	}
	m := UserMessage{f.ID, f.Event, f.ContentType, f.Data}
	s.mu.Lock()
	session := s.session(id)
	session.messages = append(session.messages, m)
	reply := s.reply
	s.mu.Unlock()
	return reply(id, m)
}

// address responds to the request for the address of a file. A message with a file is none.
func (s *MedAssist) address(id string, f userFrame) (out string, asked bool) {
	var data struct {
		Extension string `json:"extension"`
		URL       string `json:"url"`
	}
	if err := json.Unmarshal(f.Data, &data); err != nil || data.Extension == "" && data.URL == "" {
		return Failure("invalid_file_request", "made up"), true
	}
	if data.URL != "" {
		return "", false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != "" {
		return Failure(s.refuse, "made up"), true
	}
	address := fmt.Sprintf("%s/blobs/%s/%s.%s?sig=made-up", s.http.URL, id, f.ID, data.Extension)
	return frame("chat", "file", map[string]any{"url": address}), true
}
