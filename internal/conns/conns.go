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

// Written returns how many bytes were written to a connection, or to the one below its TLS; ok is false if nobody counted.
func Written(conn net.Conn) (n int64, ok bool) {
	if t, isTLS := conn.(*tls.Conn); isTLS {
		conn = t.NetConn()
	}
	c, ok := conn.(*counted)
	if !ok {
		return 0, false
	}
	return c.written.Load(), true
}

type counted struct {
	net.Conn
	written atomic.Int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.written.Add(int64(n))
	return n, err
}
