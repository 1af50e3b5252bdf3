package faultnet

import (
	"errors"
	"io"
	"net"
	"sync"
)

// Break is how a connection through a [Relay] ends.
type Break uint8

// Ways to break a connection.
const (
	Keep  Break = iota // it is not broken
	Reset              // both sides see a reset
	Close              // both sides see an orderly end
	Stall              // what is sent is lost, in both directions, until one side goes away
)

func (b Break) String() string { return [...]string{"keep", "reset", "close", "stall"}[b] }

// Cut breaks one connection.
type Cut struct {
	How Break
	// After is how many bytes of the client are passed on before it; with Answers, of the server. A cut after 0 bytes
	// waits for the first one, which is lost.
	After   int64
	Answers bool
}

// Relay passes the bytes of connections on without understanding them: for protocols that are upgraded from HTTP, which
// [Proxy] does not pass on. It is safe for concurrent use.
type Relay struct {
	Addr string // host and port, which a client takes for the server's

	target   string
	script   func(n int) Cut
	listener net.Listener
	work     sync.WaitGroup
	conns    conns // of both sides

	mu       sync.Mutex
	accepted int
	broken   map[Break]int
}

// NewRelay starts a relay to a server's host and port. The script returns what happens to a connection, by its number
// from 0 in the order of arrival; it is called by one goroutine at a time. Close the relay.
func NewRelay(target string, script func(n int) Cut) (*Relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Relay{Addr: l.Addr().String(), target: target, script: script, listener: l, broken: map[Break]int{}}
	r.work.Go(func() { accept(l, &r.work, r.serve) })
	return r, nil
}

// Close ends all connections and waits for what the relay does.
func (r *Relay) Close() {
	_ = r.listener.Close()
	r.conns.closeAll()
	r.work.Wait()
}

// Broken returns how many connections were broken in a way. Of [Keep] it is how many were not broken by their cut.
func (r *Relay) Broken(how Break) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.broken[how]
}

// Restart resets all connections that are open now, as a restart of the server does.
func (r *Relay) Restart() {
	r.conns.mu.Lock()
	defer r.conns.mu.Unlock()
	for conn := range r.conns.open {
		reset(conn)
	}
}

func (r *Relay) serve(front net.Conn) {
	if !r.conns.add(front) {
		return
	}
	defer r.conns.remove(front)
	r.mu.Lock()
	cut := r.script(r.accepted)
	r.accepted++
	r.mu.Unlock()
	back, err := net.Dial("tcp", r.target)
	if err != nil {
		reset(front)
		return
	}
	if !r.conns.add(back) {
		return
	}
	defer r.conns.remove(back)
	p := &pair{front: front, back: back, cut: cut}
	var both sync.WaitGroup
	both.Go(func() { p.pass(back, front, !cut.Answers) })
	both.Go(func() { p.pass(front, back, cut.Answers) })
	both.Wait()
	how := Keep
	if p.broken {
		how = cut.How
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken[how]++
}

// pair is a connection of a client and the one to the server.
type pair struct {
	front, back net.Conn
	cut         Cut

	mu     sync.Mutex
	broken bool
}

// pass passes on what arrives until that side ends. The bytes of one direction lead to the cut.
func (p *pair) pass(to, from net.Conn, cuts bool) {
	buffer := make([]byte, 16<<10)
	left := p.cut.After
	cuts = cuts && p.cut.How != Keep
	for {
		n, err := from.Read(buffer)
		piece := buffer[:n]
		reached := cuts && n > 0 && int64(n) >= left
		if cuts {
			piece = piece[:min(int64(n), left)]
			left -= int64(len(piece))
		}
		if len(piece) > 0 && !p.isBroken() {
			if _, failed := to.Write(piece); failed != nil {
				reset(from)
			}
		}
		if reached && !p.isBroken() {
			p.breakNow()
		}
		if err != nil {
			p.end(to, err)
			return
		}
	}
}

func (p *pair) isBroken() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broken
}

func (p *pair) breakNow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = true
	switch p.cut.How {
	case Reset:
		reset(p.front)
		reset(p.back)
	case Close: // what still arrives is read, or the end would become a reset
		closeWrite(p.front)
		closeWrite(p.back)
	}
}

// end passes on how one side ended. After a stall or an end that was forced, one side's end is that of the other.
func (p *pair) end(to net.Conn, err error) {
	switch {
	case p.isBroken():
		_ = to.Close()
	case errors.Is(err, io.EOF):
		closeWrite(to)
	default:
		reset(to)
	}
}

// closeWrite says that nothing more comes.
func closeWrite(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
}
