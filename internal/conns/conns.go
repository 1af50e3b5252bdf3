// Package conns dials connections that count what was written to them, so that a request of which no byte left this process can be told
// from one that may have arrived. It links the standard library alone.
package conns

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"reflect"
	"sync/atomic"
	"time"
)

var dialer = net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}

// Dial is a DialContext for [http.Transport].
func Dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &counted{Conn: conn}, nil
}

// Counts reports whether the connections of a transport count what is written to them.
func Counts(t *http.Transport) bool {
	return t.DialContext != nil && reflect.ValueOf(t.DialContext).Pointer() == reflect.ValueOf(Dial).Pointer() &&
		t.DialTLSContext == nil
}

// Counter returns what was written to a connection.
type Counter struct{ c *counted }

// CounterOf returns the counter of a connection, or of the one below its TLS; ok is false if nobody counts.
func CounterOf(conn net.Conn) (c Counter, ok bool) {
	if t, isTLS := conn.(*tls.Conn); isTLS {
		conn = t.NetConn()
	}
	c.c, ok = conn.(*counted)
	return c, ok
}

// Written returns how many bytes were written by the writes that have returned.
func (c Counter) Written() int64 { return c.c.written.Load() }

// Since reports whether a byte was written, or may have been, since Written returned before. A write that has not returned may have sent
// its bytes already: a response to them can be read before the goroutine that wrote them goes on.
func (c Counter) Since(before int64) bool {
	return c.c.writing.Load() != 0 || c.c.written.Load() != before // in this order
}

type counted struct {
	net.Conn
	writing atomic.Int32 // writes that have not returned
	written atomic.Int64
}

func (c *counted) Write(p []byte) (int, error) {
	c.writing.Add(1)
	n, err := c.Conn.Write(p)
	c.written.Add(int64(n))
	c.writing.Add(-1)
	return n, err
}
