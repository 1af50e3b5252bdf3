package transport

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// connTrace learns whether an attempt ever had a connection, and so whether its bytes can have left.
type connTrace struct {
	asked, got atomic.Bool
	wrote      atomic.Bool // the header has left
	redirected atomic.Bool // the server has answered, if only with another place to ask
	turned     atomic.Bool // that place was asked by GET: the server may have done what it was asked for
}

func (t *connTrace) reset() {
	t.asked.Store(false)
	t.got.Store(false)
	t.wrote.Store(false)
	t.redirected.Store(false)
	t.turned.Store(false)
}

func (t *connTrace) context(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { t.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { t.got.Store(true) },

		WroteHeaders: func() { t.wrote.Store(true) },
	})
}

// neverConnected reports that no connection came about. A round tripper that does not report connections proves nothing.
func (t *connTrace) neverConnected() bool { return t.asked.Load() && !t.got.Load() }
