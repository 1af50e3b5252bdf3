package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"sync/atomic"
)

// connTrace learns whether an attempt ever had a connection, and so whether its bytes can have left.
type connTrace struct {
	asked, got atomic.Bool
	wrote      atomic.Bool // the header has left
	redirected atomic.Bool // the server has answered, if only with another place to ask
	turned     atomic.Bool // that place was asked by GET: the server may have done what it was asked for
	pending    atomic.Bool // all of the request has left, and nothing has come back
	conn       atomic.Pointer[tls.Conn]
	moved      atomic.Int32 // how often it went on to another connection while it was pending

	stop context.CancelCauseFunc // ends a call that must not be sent twice; nil for one that may be
}

func (t *connTrace) reset() {
	t.asked.Store(false)
	t.got.Store(false)
	t.wrote.Store(false)
	t.redirected.Store(false)
	t.turned.Store(false)
	t.pending.Store(false)
	t.conn.Store(nil)
	t.moved.Store(0)
}

func (t *connTrace) context(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { t.asked.Store(true) },
		GotConn: func(info httptrace.GotConnInfo) {
			t.got.Store(true)
			t.connected(info.Conn)
		},

		WroteHeaders:         func() { t.wrote.Store(true) },
		WroteRequest:         func(info httptrace.WroteRequestInfo) { t.pending.Store(info.Err == nil) },
		GotFirstResponseByte: func() { t.pending.Store(false) },
	})
}

var errSentAgain = errors.New("the server reset the request")

// mostMoves is how often a call that must not be sent twice may go on to another connection.
const mostMoves = 2

// connected bounds how often net/http sends by itself what must not be sent twice. Over HTTP/2 it takes a GOAWAY that says that the
// request was not seen for a reason to try another connection, which is as it should be, but also a reset with PROTOCOL_ERROR, over and
// over, whatever the server has done by then. The two cannot be told apart here, so that a few are allowed: such a reset may still double
// a call.
func (t *connTrace) connected(conn net.Conn) {
	now, _ := conn.(*tls.Conn)
	last := t.conn.Swap(now)
	if t.stop == nil || !t.pending.Load() || last == nil || last == now || last.ConnectionState().NegotiatedProtocol != "h2" {
		return
	}
	if t.moved.Add(1) > mostMoves {
		t.stop(errSentAgain)
	}
}

// neverConnected reports that no connection came about. A round tripper that does not report connections proves nothing.
func (t *connTrace) neverConnected() bool { return t.asked.Load() && !t.got.Load() }
