package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"net/textproto"
	"sync/atomic"
)

// connTrace learns whether an attempt ever had a connection, and so whether its bytes can have left.
type connTrace struct {
	asked, got atomic.Bool
	wrote      atomic.Bool // the header has left
	redirected atomic.Bool // the server has answered, if only with another place to ask
	turned     atomic.Bool // that place was asked by GET: the server may have done what it was asked for
	pending    atomic.Bool // the header has left, and no answer has come back
	conn       atomic.Pointer[tls.Conn]

	stop context.CancelCauseFunc // ends a call before net/http sends it twice; nil where it does not, or may
}

func (t *connTrace) reset() {
	t.asked.Store(false)
	t.got.Store(false)
	t.wrote.Store(false)
	t.redirected.Store(false)
	t.turned.Store(false)
	t.pending.Store(false)
	t.conn.Store(nil)
}

func (t *connTrace) context(ctx context.Context) context.Context {
	trace := &httptrace.ClientTrace{
		GetConn: func(string) { t.asked.Store(true) },
		GotConn: func(info httptrace.GotConnInfo) {
			t.got.Store(true)
			t.connected(info.Conn)
		},

		WroteHeaders: func() {
			t.wrote.Store(true)
			t.pending.Store(true)
		},
		GotFirstResponseByte: func() { t.pending.Store(false) },
	}
	if t.stop != nil {
		trace.Got1xxResponse = func(int, textproto.MIMEHeader) error {
			t.pending.Store(true) // that first byte was of no answer
			return nil
		}
	}
	return httptrace.WithClientTrace(ctx, trace)
}

var errSentAgain = errors.New("the server reset the request")

// connected ends a call that goes on to another connection over HTTP/2 while no answer has come back on the first.
func (t *connTrace) connected(conn net.Conn) {
	now, _ := conn.(*tls.Conn)
	last := t.conn.Swap(now)
	if t.stop != nil && t.pending.Load() && last != nil && last != now && last.ConnectionState().NegotiatedProtocol == "h2" {
		t.stop(errSentAgain)
	}
}

// neverConnected reports that no connection came about. A round tripper that does not report connections proves nothing.
func (t *connTrace) neverConnected() bool { return t.asked.Load() && !t.got.Load() }
