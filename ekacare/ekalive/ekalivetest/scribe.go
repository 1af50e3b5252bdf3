// Package ekalivetest is the websocket side of Eka Care's scribe, to test against: a server in your own process that
// keeps the audio it has read, and that breaks connections when it is told to.
package ekalivetest

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// Fault breaks a stream once the server has read so many bytes of its audio. At most one of its ways is set.
type Fault struct {
	After int // bytes of audio

	Reset bool // the connection is reset
	Stall bool // the server reads nothing more, and does not respond to pings, until the stream is gone
	Close int  // the server closes with this code, such as 1012 for a restart
}

// Stream is what the server has read of one session.
type Stream struct {
	Audio   []byte
	Started bool // by a message start
	Stopped bool // by a message stop
}

// Scribe is a server of streams. It is safe for concurrent use.
type Scribe struct {
	URL string // the address, for [ekacaretest.Server.SetScribeStream]

	http  *httptest.Server
	done  context.Context // ends with the server
	close context.CancelFunc
	work  sync.WaitGroup

	mu      sync.Mutex
	streams map[string]*Stream
	faults  map[string]Fault
	refuse  int // status
}

type connKey struct{}

// NewScribe starts a server on the loopback interface and closes it when the test ends. Sessions of type stream of
// eka, which may be nil, are given its address.
func NewScribe(t testing.TB, eka *ekacaretest.Server) *Scribe {
	t.Helper()
	done, stop := context.WithCancel(context.Background())
	s := &Scribe{done: done, close: stop, streams: map[string]*Stream{}, faults: map[string]Fault{}}
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.http.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	s.http.Start()
	t.Cleanup(func() {
		s.close()
		s.work.Wait()
		s.http.Close()
	})
	s.URL = "ws" + strings.TrimPrefix(s.http.URL, "http") + "/"
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
	s.work.Add(1)
	defer s.work.Done()
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
	_ = json.Unmarshal(message, &e) // what is no event is none of the below
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

func (s *Scribe) act(ctx context.Context, conn *websocket.Conn, f Fault) {
	switch {
	case f.Close != 0:
		_ = conn.Close(websocket.StatusCode(f.Close), "made up")
	case f.Stall:
		<-s.done.Done()
	case f.Reset:
		if tcp, ok := ctx.Value(connKey{}).(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	}
}
