package specserver

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// Fault makes calls go wrong. Its parts come in this order: Delay, then one of Stall, Reset and Status. A fault without these
// three lets the call go on after the delay.
type Fault struct {
	Operation string // operation id, "" for any but the one of [Server.Spare]
	Times     int    // how many calls, 0 for one, -1 for all until ClearFaults

	// A response sent instead of acting.
	Status int
	Header http.Header
	Body   []byte

	Delay     time.Duration // wait; ends with the request
	Stall     bool          // never answer, until the client goes away or the server closes
	Reset     bool          // close the connection without a response
	AfterWork bool          // the fault comes when the call has had its effect
	CutBody   bool          // announce the whole response, send half of it and close the connection
}

// Fail queues a fault. A call runs into the first fault of the queue that is meant for its operation.
func (s *Server) Fail(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// ClearFaults empties the queue.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// nextFault takes the fault that a call runs into out of the queue.
func (s *Server) nextFault(c *Call) *Fault {
	id := ""
	if c.Operation != nil {
		id = c.Operation.ID
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Operation != id && (f.Operation != "" || s.spared != "" && s.spared == id) {
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			}
		}
		return f
	}
	return nil
}

// strike carries out a fault up to its response, nil if the call goes on.
func (s *Server) strike(w http.ResponseWriter, r *http.Request, f *Fault) *Reply {
	if f.Delay > 0 {
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		s.wait(r, timer.C)
	}
	switch {
	case f.Stall:
		s.wait(r, nil)
	case f.Reset:
		reset(w)
	case f.Status != 0:
		return &Reply{Status: f.Status, Header: f.Header, Body: f.Body}
	}
	return nil
}

// wait returns when the time has come, and drops the connection when the client goes away or the server closes before.
func (s *Server) wait(r *http.Request, until <-chan time.Time) {
	select {
	case <-until:
		return
	case <-r.Context().Done():
	case <-s.closed:
	}
	panic(http.ErrAbortHandler)
}

// reset closes the connection so that the client sees a reset rather than an end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		inner := conn
		if secure, ok := conn.(*tls.Conn); ok {
			inner = secure.NetConn()
		}
		if tcp, ok := inner.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
			conn = tcp // without TLS's own goodbye
		}
		_ = conn.Close()
	}
	panic(http.ErrAbortHandler)
}
