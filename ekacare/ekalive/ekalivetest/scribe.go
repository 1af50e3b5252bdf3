package ekalivetest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// Stream is what the server has read of one session.
type Stream struct {
	Audio   []byte
	Started bool // by a message start
	Stopped bool // by a message stop
}

// Scribe is a server of streams. It is safe for concurrent use.
type Scribe struct {
	URL string // the address, for [ekacaretest.Server.SetScribeStream]

	server

	mu      sync.Mutex
	streams map[string]*Stream
	faults  map[string]Fault
	refuse  int // status
}

// NewScribe starts a server on the loopback interface and closes it when the test ends. Sessions of type stream of
// eka, which may be nil, are given its address.
func NewScribe(t testing.TB, eka *ekacaretest.Server) *Scribe {
	t.Helper()
	s := &Scribe{streams: map[string]*Stream{}, faults: map[string]Fault{}}
	s.URL = s.start(t, s.serve)
	if eka != nil {
		eka.SetScribeStream(s.URL)
	}
	return s
}

// Fail sets the fault of the stream of a session.
func (s *Scribe) Fail(sessionID string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[sessionID] = f
}

// Refuse makes the server refuse all streams from now on with a status; 0 accepts them.
func (s *Scribe) Refuse(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = status
}

// Stream returns what was read of a session's stream.
func (s *Scribe) Stream(sessionID string) Stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stream := s.streams[sessionID]; stream != nil {
		got := *stream
		got.Audio = bytes.Clone(got.Audio)
		return got
	}
	return Stream{}
}

func (s *Scribe) serve(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, "/")
	s.mu.Lock()
	refuse, second := s.refuse, s.streams[id] != nil
	if second && refuse == 0 {
		refuse = http.StatusConflict // a session has one stream
	}
	if refuse == 0 {
		s.streams[id] = &Stream{}
	}
	fault, failing := s.faults[id]
	s.mu.Unlock()
	if refuse != 0 {
		w.WriteHeader(refuse)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(4 << 20)
	for {
		if failing && s.length(id) >= fault.After {
			s.act(r.Context(), conn, fault)
			return
		}
		kind, message, err := conn.Read(s.done)
		if err != nil {
			return
		}
		if s.take(id, kind, message) {
			_ = conn.Close(websocket.StatusNormalClosure, "")
			return
		}
	}
}

// take keeps a message and reports whether it is the last one.
func (s *Scribe) take(id string, kind websocket.MessageType, message []byte) (last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stream := s.streams[id]
	if kind == websocket.MessageBinary {
		stream.Audio = append(stream.Audio, message...)
		return false
	}
	var e struct {
		Event string `json:"event"`
		Media struct {
			Payload []byte `json:"payload"`
		} `json:"media"`
	}
	_ = json.Unmarshal(message, &e) // what is not an event is none of the below
	switch e.Event {
	case "start":
		stream.Started = true
	case "media":
		stream.Audio = append(stream.Audio, e.Media.Payload...)
	case "stop":
		stream.Stopped = true
	}
	return stream.Stopped
}

func (s *Scribe) length(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.streams[id].Audio)
}
