package faultnet

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// Config is how a proxy is made.
type Config struct {
	Target string // URL of the server, without a path
	Script Script
	// Late is what [Delay] waits. Default 20 ms.
	Late time.Duration
	// Plain is for [HTTP2] without TLS.
	Plain bool
}

// Proxy sits on the loopback interface in front of a server. It is safe for concurrent use.
type Proxy struct {
	counts
	URL string // what a client takes for the server

	target   *url.URL
	late     time.Duration
	listener net.Listener
	stray    *stray
	server   *http.Transport // to the server
	refusals atomic.Int64
	work     sync.WaitGroup
	closed   chan struct{}

	conns conns
}

// New starts a proxy. Close it.
func New(c Config) (*Proxy, error) {
	target, err := url.Parse(c.Target)
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		target: target,
		late:   c.Late,
		closed: make(chan struct{}),
		server: &http.Transport{MaxIdleConnsPerHost: 100, DisableCompression: true},
	}
	p.script = c.Script
	if p.late == 0 {
		p.late = 20 * time.Millisecond
	}
	if p.stray, err = newStray(); err != nil {
		return nil, err
	}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		p.stray.Close()
		return nil, err
	}
	p.URL = "http://" + p.listener.Addr().String()
	p.work.Go(func() { accept(p.listener, &p.work, p.serve) })
	return p, nil
}

// accept serves connections until the listener is closed.
func accept(l net.Listener, work *sync.WaitGroup, serve func(net.Conn)) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		work.Go(func() { serve(conn) })
	}
}

// Close ends all connections and waits for what the proxy does.
func (p *Proxy) Close() {
	close(p.closed)
	_ = p.listener.Close()
	p.conns.closeAll()
	p.work.Wait()
	p.server.CloseIdleConnections()
	p.stray.Close()
}

// Open is the number of connections from clients.
func (p *Proxy) Open() int { return p.conns.count() }

// Strays is the number of requests that followed a redirect to another origin.
func (p *Proxy) Strays() int { return int(p.stray.requests.Load()) }

// nobody is an address that refuses connections.
const nobody = "127.0.0.1:1"

// Dial is the DialContext of a client's transport. Without it no connection is refused.
func (p *Proxy) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	for left := p.refusals.Load(); left > 0; left = p.refusals.Load() {
		if !p.refusals.CompareAndSwap(left, left-1) {
			continue
		}
		p.done(Refuse)
		conn, err := d.DialContext(ctx, network, nobody)
		if err == nil {
			_ = conn.Close() // somebody after all
			err = &net.OpError{Op: "dial", Net: network, Err: ErrRefused}
		}
		return nil, err
	}
	return d.DialContext(ctx, network, address)
}

// client is a connection from a client.
type client struct {
	proxy *Proxy
	conn  net.Conn
	in    *bufio.Reader
}

func (p *Proxy) serve(conn net.Conn) {
	if !p.conns.add(conn) {
		return
	}
	defer p.conns.remove(conn)
	c := &client{p, conn, bufio.NewReader(conn)}
	for {
		r, err := http.ReadRequest(c.in)
		if err != nil {
			return
		}
		f := p.next(r)
		if f != Refuse {
			p.done(f)
		}
		if !c.suffer(r, f) {
			return
		}
	}
}

// suffer lets a request meet its fault. It reports whether the connection is good for another one.
func (c *client) suffer(r *http.Request, f Fault) bool {
	switch f {
	case ResetBeforeBody:
		reset(c.conn)
		return false
	case ResetInBody:
		c.halfRequest(r)
		reset(c.conn)
		return false
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return false
	}
	if !f.Acts() {
		switch f {
		case ResetAfterBody:
			reset(c.conn)
			return false
		case StallBeforeWork:
			c.stall()
			return false
		}
		return c.send(r, c.proxy.forged(f))
	}
	a, err := c.proxy.forward(r, body)
	if err != nil {
		reset(c.conn)
		return false
	}
	return c.answer(r, f, a)
}

// answer sends what the server said, spoiled.
func (c *client) answer(r *http.Request, f Fault, a *answer) bool {
	half := len(a.body) / 2
	switch f {
	case None, WrongType, Interim, CutJSON, UnavailableAfterWork, BrokenAfterWork, RedirectAfterWork:
		return c.send(r, c.proxy.spoiled(f, a))
	case Refuse:
		c.proxy.refusals.Add(1)
		a.header.Set("Connection", "close")
		c.send(r, a)
	case Delay:
		select {
		case <-time.After(c.proxy.late):
			return c.send(r, a)
		case <-c.proxy.closed:
		}
	case ResetAfterWork:
		reset(c.conn)
	case StallAfterWork:
		c.stall()
	case ResetInAnswer:
		c.write(a.head(r, len(a.body)), a.body[:half])
		reset(c.conn)
	case CloseInAnswer:
		c.write(a.head(r, len(a.body)), a.body[:half])
	case StallInAnswer:
		c.write(a.head(r, len(a.body)), a.body[:half])
		c.stall()
	case Switching:
		c.write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: acme\r\n\r\n"))
		c.stall()
	case Oversize:
		c.write(a.head(r, math.MaxInt32), a.body) // 2 GiB, far beyond any limit
		c.stall()
	case Endless:
		c.endless(a)
	}
	return false
}

func (c *client) send(r *http.Request, a *answer) bool {
	return c.write(a.interim, a.head(r, len(a.body)), a.body)
}

func (c *client) write(parts ...[]byte) bool {
	_, err := c.conn.Write(bytes.Join(parts, nil))
	return err == nil
}

// stall says nothing until the client goes away.
func (c *client) stall() { _, _ = io.Copy(io.Discard, c.in) }

// endless sends a response in chunks until the client goes away.
func (c *client) endless(a *answer) {
	a.header.Set("Transfer-Encoding", "chunked")
	c.write(a.head(nil, -1))
	chunk := bytes.Repeat([]byte(" "), 1<<16)
	for c.write([]byte("10000\r\n"), chunk, []byte("\r\n")) {
	}
}

// halfRequest lets header and half of the body through to the server, and then ends that connection. A reset there could make
// the server lose what it has not read yet.
func (c *client) halfRequest(r *http.Request) {
	half, err := io.ReadAll(io.LimitReader(r.Body, r.ContentLength/2))
	if err != nil || r.ContentLength < 2 {
		return
	}
	out, err := net.Dial("tcp", c.proxy.target.Host)
	if err != nil {
		return
	}
	defer out.Close()
	var head bytes.Buffer
	head.WriteString(r.Method + " " + r.RequestURI + " HTTP/1.1\r\nHost: " + c.proxy.target.Host + "\r\n")
	_ = r.Header.Write(&head)
	head.WriteString("\r\n")
	_, _ = out.Write(append(head.Bytes(), half...))
}

// forward lets the server act. That goes on when the client has gone away.
func (p *Proxy) forward(r *http.Request, body []byte) (*answer, error) {
	out := &http.Request{
		Method: r.Method, Header: r.Header,
		URL:  &url.URL{Scheme: p.target.Scheme, Host: p.target.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	if len(body) == 0 {
		out.Body = http.NoBody
	}
	resp, err := p.server.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	a := &answer{status: resp.StatusCode, header: resp.Header}
	a.body, err = io.ReadAll(resp.Body)
	return a, err
}

// reset closes a connection so that the other side sees a reset.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// conns are the open connections of a proxy.
type conns struct {
	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
}

func (c *conns) add(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = conn.Close()
		return false
	}
	if c.open == nil {
		c.open = map[net.Conn]bool{}
	}
	c.open[conn] = true
	return true
}

func (c *conns) remove(conn net.Conn) {
	_ = conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, conn)
}

func (c *conns) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}

func (c *conns) closeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for conn := range c.open {
		_ = conn.Close()
	}
}

// stray is another origin. Nobody has business there.
type stray struct {
	http.Server
	url      string
	requests atomic.Int64
	done     chan struct{}
}

func newStray() (*stray, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &stray{url: "http://" + l.Addr().String(), done: make(chan struct{})}
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.requests.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
	})
	go func() {
		defer close(s.done)
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			panic(err)
		}
	}()
	return s, nil
}

func (s *stray) Close() {
	_ = s.Server.Close()
	<-s.done
}
