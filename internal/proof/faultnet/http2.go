package faultnet

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// HTTP2 relays the frames of HTTP/2, over TLS or without. It is safe for concurrent use.
type HTTP2 struct {
	counts
	URL   string         // what a client takes for the server
	Roots *x509.CertPool // nil without TLS

	listener net.Listener
	inner    *http.Server // speaks HTTP/2 in the clear and hands requests on
	back     net.Listener
	server   *http.Transport
	work     sync.WaitGroup
	conns    conns
}

// NewHTTP2 starts a relay; Late is not used. Close it.
func NewHTTP2(c Config) (*HTTP2, error) {
	target, err := url.Parse(c.Target)
	if err != nil {
		return nil, err
	}
	h := &HTTP2{server: &http.Transport{MaxIdleConnsPerHost: 100, DisableCompression: true}}
	h.script = c.Script
	if h.back, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		_ = h.back.Close()
		return nil, err
	}
	h.listener, h.URL = front, "http://"+front.Addr().String()
	if !c.Plain {
		var certificates []tls.Certificate
		certificates, h.Roots = certificate()
		h.listener = tls.NewListener(front, &tls.Config{Certificates: certificates, NextProtos: []string{"h2"}})
		h.URL = "https://" + front.Addr().String()
	}
	silent := log.New(io.Discard, "", 0)
	proxy := &httputil.ReverseProxy{Transport: h.server, ErrorLog: silent, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	h.inner = &http.Server{Handler: proxy, ErrorLog: silent, Protocols: new(http.Protocols)}
	h.inner.Protocols.SetUnencryptedHTTP2(true)
	h.work.Go(func() { _ = h.inner.Serve(h.back) })
	h.work.Go(func() { accept(h.listener, &h.work, h.serve) })
	return h, nil
}

// certificate is one for the loopback interface.
func certificate() ([]tls.Certificate, *x509.CertPool) {
	s := httptest.NewUnstartedServer(nil)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s.TLS.Certificates, roots
}

// Close ends all connections and waits for what the relay does.
func (h *HTTP2) Close() {
	_ = h.listener.Close()
	h.conns.closeAll()
	_ = h.inner.Close()
	h.work.Wait()
	h.server.CloseIdleConnections()
}

// Open is the number of connections from clients.
func (h *HTTP2) Open() int { return h.conns.count() }

// Frame types and flags, RFC 9113.
const (
	frameData    = 0
	frameHeaders = 1
	frameReset   = 3
	frameGoAway  = 7

	endStream = 1

	noError       = 0
	protocolError = 1
	internalError = 2
	refusedStream = 7
	canceled      = 8

	preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
)

type frame struct {
	kind   byte
	flags  byte
	stream uint32
	body   []byte
}

func readFrame(r io.Reader) (frame, error) {
	var head [9]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	f := frame{
		head[3],
		head[4],
		binary.BigEndian.Uint32(head[5:]) &^ (1 << 31),
		make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2])),
	}
	_, err := io.ReadFull(r, f.body)
	return f, err
}

func (f frame) bytes() []byte {
	n := len(f.body)
	head := []byte{byte(n >> 16), byte(n >> 8), byte(n), f.kind, f.flags}
	return append(binary.BigEndian.AppendUint32(head, f.stream), f.body...)
}

func resetFrame(stream, code uint32) frame {
	return frame{kind: frameReset, stream: stream, body: binary.BigEndian.AppendUint32(nil, code)}
}

func goAwayFrame(last uint32) frame {
	return frame{kind: frameGoAway, body: binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), noError)}
}

// session is one connection of a client and the one to the inner server.
type session struct {
	relay       *HTTP2
	front, back net.Conn
	greeted     func()        // the server's settings, which must come first, are with the client
	ready       chan struct{} // closed then

	mu     sync.Mutex // guards writes to front too
	faults map[uint32]Fault
	last   uint32 // the latest stream that the server saw
	gone   bool   // new streams are dropped
}

func (h *HTTP2) serve(front net.Conn) {
	if !h.conns.add(front) {
		return
	}
	defer h.conns.remove(front)
	back, err := net.Dial("tcp", h.back.Addr().String())
	if err != nil {
		return
	}
	s := &session{relay: h, front: front, back: back, ready: make(chan struct{}), faults: map[uint32]Fault{}}
	s.greeted = sync.OnceFunc(func() { close(s.ready) })
	h.work.Go(func() {
		defer front.Close()
		defer s.greeted()
		s.answers(bufio.NewReader(back))
	})
	defer back.Close()
	s.requests(bufio.NewReader(front))
}

// requests hands on what the client sends.
func (s *session) requests(in *bufio.Reader) {
	hello := make([]byte, len(preface))
	if _, err := io.ReadFull(in, hello); err != nil || string(hello) != preface {
		return
	}
	if _, err := s.back.Write(hello); err != nil {
		return
	}
	for {
		f, err := readFrame(in)
		if err != nil {
			return
		}
		if f.kind == frameHeaders {
			<-s.ready
		}
		if !s.request(f) {
			return
		}
	}
}

// request hands on one frame of the client, or what becomes of it.
func (s *session) request(f frame) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.kind == frameHeaders && f.stream > s.last {
		if s.gone {
			return true
		}
		fault := s.relay.next(nil)
		s.relay.done(fault)
		if fault == GoAwayUnprocessed {
			s.leave()
			return s.toClient(goAwayFrame(s.last))
		}
		s.last = f.stream
		s.faults[f.stream] = fault
		switch fault {
		case GoAwayGraceful:
			s.leave()
			if !s.toClient(goAwayFrame(s.last)) {
				return false
			}
		case StreamRefused:
			// The header must go through, since it may change the compression that later ones build on.
			f.flags &^= endStream // so that the server waits for a body
			return s.toServer(f) && s.toServer(resetFrame(f.stream, canceled)) && s.toClient(resetFrame(f.stream, refusedStream))
		}
	}
	if f.stream > s.last || f.stream != 0 && s.faults[f.stream] == StreamRefused {
		return true
	}
	return s.toServer(f)
}

// answers hands on what the server sends.
func (s *session) answers(in *bufio.Reader) {
	for {
		f, err := readFrame(in)
		if err != nil || !s.answer(f) {
			return
		}
		s.greeted()
	}
}

func (s *session) answer(f frame) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.faults[f.stream] {
	case StreamRefused:
		return true
	case StreamReset:
		if f.kind == frameHeaders {
			f.flags &^= endStream // the header must go through, for the same reason
			return s.toClient(f) && s.toClient(resetFrame(f.stream, internalError))
		}
		if f.kind == frameData {
			return true
		}
	case StreamRejected:
		if f.kind == frameHeaders {
			s.gone = true // the header that the client does not get may be one that later ones build on
			s.toClient(resetFrame(f.stream, protocolError))
			return false
		}
	case GoAwayLost:
		if f.kind == frameHeaders {
			s.gone = true // what has been read already must not reach the server any more
			s.toClient(goAwayFrame(s.last))
			return false
		}
	}
	return s.toClient(f)
}

// leave drops new streams and, as servers do some time after GOAWAY, ends the connection: a client with no stream left on it does not.
func (s *session) leave() {
	s.gone = true
	time.AfterFunc(grace, func() { _ = s.front.Close() })
}

const grace = 2 * time.Second

func (s *session) toClient(f frame) bool {
	_, err := s.front.Write(f.bytes())
	return err == nil
}

func (s *session) toServer(f frame) bool {
	_, err := s.back.Write(f.bytes())
	return err == nil
}
