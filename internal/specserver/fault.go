package specserver

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"github.com/caremux/caremux/caremuxtest"
)

// Fail queues a fault. A call runs into the first fault of the queue that is meant for its operation. A fault for any operation
// is not meant for the one of [Server.Spare].
func (s *Server) Fail(f caremuxtest.Fault) {
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
func (s *Server) nextFault(c *Call) *caremuxtest.Fault {
	name, spared := "", false
	if c.Operation != nil {
		name, spared = c.Operation.Name(), c.Operation.ID == s.spared
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Operation != name && (f.Operation != "" || spared) {
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

// strike carries out a fault up to its answer, nil if the call goes on.
func (s *Server) strike(w http.ResponseWriter, r *http.Request, f *caremuxtest.Fault) *Reply {
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
