package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/conns"
)

// One attempt of ours may be several sends beneath it: net/http sends a request again that it takes for unseen, a round tripper of the user
// retries or goes to another place. sends learns of each, through the guard that stands right above the connections, so that what
// an early send may have done is not forgotten when a later one fails in a way that proves nothing.

// sends is what is known of the sends of one attempt of a call that changes something.
type sends struct {
	asked      atomic.Bool  // for a connection
	got        atomic.Bool  // one
	headers    atomic.Int32 // sends whose header was written, since the last redirect
	pending    atomic.Bool  // the header has left, and no response has come back
	again      atomic.Bool  // a send followed one that may have reached a server
	doubt      atomic.Bool  // a send ended in a way that leaves open what the server did; middleware may have made another outcome of it
	redirected atomic.Bool  // the server has responded, if only with another place to ask
	turned     atomic.Bool  // that place was asked by GET: the server may have done what it was requested
	http2      atomic.Bool  // the latest send went over HTTP/2
	hints      atomic.Int32 // responses 1xx before the response
	last       atomic.Pointer[sent]

	once bool                    // the call must not be sent twice
	stop context.CancelCauseFunc // ends a call before net/http sends it twice; nil where it does not, or may
}

// sent is the connection of a send, with how much had been written to it before.
type sent struct {
	conn    net.Conn
	counter conns.Counter
	written int64
	counted bool
}

func sentOn(conn net.Conn) *sent {
	s := &sent{conn: conn}
	if s.counter, s.counted = conns.CounterOf(conn); s.counted {
		s.written = s.counter.Written()
	}
	return s
}

// nothing reports whether it is proved that no byte was written to the connection since.
func (s *sent) nothing() bool { return s != nil && s.counted && !s.counter.Since(s.written) }

func (s *sends) reset() {
	for _, flag := range [...]*atomic.Bool{&s.asked, &s.got, &s.pending, &s.again, &s.doubt, &s.redirected, &s.turned, &s.http2} {
		flag.Store(false)
	}
	s.headers.Store(0)
	s.hints.Store(0)
	s.last.Store(nil)
}

// redirect notes that the server led elsewhere. turned says that it is asked there by another method.
func (s *sends) redirect(turned bool) {
	if s.headers.Swap(0) > 1 {
		s.again.Store(true) // before the redirect
	}
	s.redirected.Store(true)
	s.pending.Store(false)
	if turned {
		s.turned.Store(true)
	}
}

// unseen reports whether it is proved that no send has reached a server: none had a connection, or no byte was written to any. A round
// tripper that does not report connections proves nothing.
func (s *sends) unseen() bool {
	if s.redirected.Load() || s.again.Load() || !s.asked.Load() {
		return false
	}
	return !s.got.Load() || s.headers.Load() <= 1 && s.last.Load().nothing()
}

// several reports whether a send followed one that may have reached a server, so that the outcome of the last is not that of all.
func (s *sends) several() bool { return s.again.Load() || s.headers.Load() > 1 }

// mayHaveActed reports whether a server may have acted upon a send, whatever the outcome of the attempt says.
func (s *sends) mayHaveActed(kind failure) bool {
	return s.turned.Load() || s.several() || kind == failedByStatus && s.doubt.Load()
}

// trace is what the connections tell.
func (s *sends) trace() *httptrace.ClientTrace {
	trace := &httptrace.ClientTrace{
		GetConn: func(string) { s.asked.Store(true) },
		GotConn: func(info httptrace.GotConnInfo) { s.connected(info.Conn) },
		WroteHeaderField: func(name string, _ []string) {
			if strings.HasPrefix(name, ":") { // HTTP/2 has such alone, with TLS or without
				s.http2.Store(true)
			}
		},
		WroteHeaders: func() {
			s.headers.Add(1)
			s.pending.Store(true)
		},
		GotFirstResponseByte: func() { s.pending.Store(false) },
		Got1xxResponse: func(int, textproto.MIMEHeader) error {
			s.pending.Store(true) // that first byte was of no response
			if s.hints.Add(1) > max1xx {
				return errManyHints
			}
			return nil
		},
	}
	if s.stop == nil {
		trace.WroteHeaderField = nil
	}
	return trace
}

// max1xx is how many responses 1xx net/http takes where nobody looks at them.
const max1xx = 5

var (
	errManyHints = errors.New("too many 1xx responses")
	errSentAgain = errors.New("the server reset the request")
)

// connected notes the connection of a send. It ends a call that must not be sent twice and goes on to another connection over HTTP/2 while
// no response has come back on the first.
func (s *sends) connected(conn net.Conn) {
	now := sentOn(conn)
	before := s.last.Swap(now)
	s.got.Store(true)
	if before == nil {
		return
	}
	switch {
	case s.headers.Load() == 0:
	case before.nothing():
		s.headers.Add(-1) // it had been written to a buffer, and no further
		return
	default:
		s.again.Store(true)
	}
	if s.stop != nil && s.pending.Load() && before.conn != conn && (s.http2.Load() || isHTTP2(before.conn)) {
		s.stop(errSentAgain)
	}
}

func isHTTP2(conn net.Conn) bool {
	t, ok := conn.(*tls.Conn)
	return ok && t.ConnectionState().NegotiatedProtocol == "h2"
}

// sendsKey is where the guard finds the sends of a request.
type sendsKey struct{}

// tagHeader names the attempt in a request whose context middleware may replace. The guard takes it out again.
const tagHeader = "caremux-attempt" // as it stands: not what http.Header.Set would make of it

// guard stands between everything of the user's and the connections. It watches what is sent, and sees to it that net/http does not send a
// POST or PATCH again by itself that must not be sent twice.
type guard struct{ next http.RoundTripper }

func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return g.next.RoundTrip(r)
	}
	s, _ := r.Context().Value(sendsKey{}).(*sends)
	tags := r.Header[tagHeader] //lint:ignore SA1008 it is spelled so that no caller's header meets it
	if s == nil && len(tags) > 0 {
		s = tagged.find(tags[0])
	}
	if s == nil && len(tags) == 0 {
		return g.next.RoundTrip(r)
	}
	own := *r
	own.Header = r.Header.Clone()
	delete(own.Header, tagHeader)
	if s == nil {
		return g.next.RoundTrip(&own)
	}
	if s.once {
		own.Header = sentOnce(own.Header)
		keepOnce(&own, g.next)
	}
	resp, err := g.next.RoundTrip(own.WithContext(httptrace.WithClientTrace(r.Context(), s.trace())))
	s.ended(resp, err)
	return resp, err
}

// ended notes what became of one send.
func (s *sends) ended(resp *http.Response, err error) {
	kind, status, asked := failedInFlight, 0, false
	switch {
	case err == nil:
		kind, status, asked = failedByStatus, resp.StatusCode, askedToWait(resp.Header)
	case s.unseen(), errors.Is(err, caremux.ErrNotSent):
		return
	}
	if ruleOf(kind, status, asked).applied {
		s.doubt.Store(true)
	}
}

// keepOnce takes from net/http what it would send a request again with. Where it says why it would, the call is repeated if the server has
// not looked at it; see [notLookedAt].
func keepOnce(r *http.Request, next http.RoundTripper) {
	t, ok := next.(*http.Transport)
	if !sendsResetsAgain || !ok || !conns.Counts(t) {
		return // of a transport that does not count, a connection that died idle would cost the call
	}
	r.GetBody = nil // what has no body at all is stopped by sends.connected
}

// tags are the attempts under way whose context middleware may replace, by a number that travels in a header as far as the guard.
type tags struct {
	mu     sync.Mutex
	last   uint64
	active map[string]*sends
}

var tagged = tags{active: map[string]*sends{}}

// add returns the tag of an attempt, which the caller removes when the call has ended.
func (t *tags) add(s *sends) (tag string, remove func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last++
	tag = strconv.FormatUint(t.last, 36)
	t.active[tag] = s
	return tag, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.active, tag)
	}
}

func (t *tags) find(tag string) *sends {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.active[tag]
}
