// Package ekalivetest is the websocket side of Eka Care's scribe and of MedAssist, to test against: servers in your own
// process that record what they have read, and that break connections on demand.
package ekalivetest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
)

// Fault breaks a connection once the server has read so much of it. At most one of its ways is set.
type Fault struct {
	After int // bytes of audio of a stream, or messages of the user in a session's conversations

	Reset bool // the connection is reset
	Stall bool // the server reads nothing more, and does not respond to pings, until the connection is gone
	Close int  // the server closes with this code, such as 1012 for a restart
}

// server accepts connections on the loopback interface.
type server struct {
	http  *httptest.Server
	done  context.Context // ends with the server
	close context.CancelFunc
	work  sync.WaitGroup
}

type connKey struct{}

// start starts the server, closes it when the test ends, and returns its websocket address.
func (s *server) start(t testing.TB, serve http.HandlerFunc) string {
	s.done, s.close = context.WithCancel(context.Background())
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.work.Add(1)
		defer s.work.Done()
		serve(w, r)
	}))
	s.http.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	s.http.Start()
	t.Cleanup(func() {
		s.close()
		s.work.Wait()
		s.http.Close()
	})
	return "ws" + strings.TrimPrefix(s.http.URL, "http") + "/"
}

// act breaks a connection. The handler returns after it, which ends the connection.
func (s *server) act(ctx context.Context, conn *websocket.Conn, f Fault) {
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
