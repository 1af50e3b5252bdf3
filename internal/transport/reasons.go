package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"

	"github.com/caremux/caremux/internal/pace"
)

// bare takes off the *url.Error, whose text contains the query.
func bare(err error) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	return err
}

// cause is a failure of the connection that has a string of its own.
type cause struct {
	match  func(err error, text string) bool
	reason string // fixed words: an error's own text may contain an address, a query or part of a response
	kind   failure
	late   bool // it comes after the request was written, on the same connection
}

// causes are what keeps a request from being sent, or tells what became of it. A kind of failedInFlight leaves open what the connections
// know better.
var causes = []cause{
	{match: has("Proxy Authentication Required"), reason: "the proxy wants a login", kind: failedForGood},
	{match: proxyRefused, reason: "the proxy refused the connection", kind: failedUnsent},
	{match: is[x509.HostnameError], reason: "the server's certificate is for another host", kind: failedForGood},
	{match: expired, reason: "the server's certificate has expired or is not valid yet; check this machine's clock", kind: failedForGood},
	{match: is[*tls.CertificateVerificationError], reason: "the server's certificate is not trusted", kind: failedForGood},
	{match: clientCertificate, reason: "the server wants a client certificate", kind: failedForGood, late: true},
	{match: handshakeRefused, reason: "the server refused the TLS handshake", kind: failedForGood, late: true},
	{match: wrongScheme, reason: "the server speaks http, not https", kind: failedForGood},
	{match: oneOf(errWantsTLS), reason: "the server speaks https, not http", kind: failedForGood, late: true},
	{match: has(`malformed HTTP response "\x15\x03`), reason: "the server speaks https, not http", kind: failedForGood, late: true},
	{match: has("unsupported protocol scheme"), reason: "the request failed", kind: failedForGood},
	{match: has("invalid header"), reason: "the request failed", kind: failedForGood},
	{match: notLookedAt, reason: "the server closed the connection before it looked at the request", kind: failedUnsent, late: true},
	{match: goingAway, reason: "the server closed the connection while the request was under way (GOAWAY)", kind: failedInFlight},
	{match: oneOf(errSentAgain), reason: "the server reset the request", kind: failedInFlight},
	{match: oneOf(errManyHints), reason: "the server sent too many 1xx responses", kind: failedInFlight},
	{match: is[*net.DNSError], reason: "the host was not found", kind: failedInFlight},
	{match: refusedConnection, reason: "connection refused", kind: failedInFlight},
	{match: resetConnection, reason: "connection reset", kind: failedInFlight},
	{match: oneOf(io.ErrUnexpectedEOF, io.EOF), reason: "connection closed in the middle", kind: failedInFlight},
	{match: func(err error, _ string) bool { return dialFailed(err) }, reason: "no connection", kind: failedInFlight},
}

func has(part string) func(error, string) bool {
	return func(_ error, text string) bool { return strings.Contains(text, part) }
}

func is[T error](err error, _ string) bool {
	var target T
	return errors.As(err, &target)
}

func oneOf(targets ...error) func(error, string) bool {
	return func(err error, _ string) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
}

func expired(err error, _ string) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired
}

// clientCertificate are the alerts of a server that wants one, or another.
func clientCertificate(_ error, text string) bool {
	_, alert, ok := strings.Cut(text, "remote error: tls: ")
	return ok && (strings.HasPrefix(alert, "certificate required") || strings.HasPrefix(alert, "bad certificate") ||
		strings.HasPrefix(alert, "unknown certificate") || strings.HasPrefix(alert, "access denied"))
}

// handshakeRefused are the alerts of a server that does not take up the connection at all.
func handshakeRefused(_ error, text string) bool {
	_, alert, ok := strings.Cut(text, "remote error: tls: ")
	return ok &&
		slices.Contains([]string{"handshake failure", "protocol version not supported", "insufficient security level", "unrecognized name",
			"no application protocol", "unsupported certificate", "revoked certificate", "expired certificate",
			"certificate revoked"}, alert)
}

func wrongScheme(err error, text string) bool {
	return errors.Is(err, http.ErrSchemeMismatch) || is[tls.RecordHeaderError](err, text)
}

var errWantsTLS = errors.New("400 for want of TLS")

// wantsTLS reports whether the body of a 400 is that of a server (net/http, nginx, Apache) whose port for https was spoken
// http to. It has seen no more than the header.
func wantsTLS(body []byte) bool {
	for _, text := range [...]string{"HTTP request to an HTTPS server", "plain HTTP request was sent to HTTPS port",
		"plain HTTP to an SSL-enabled server port"} {
		if bytes.Contains(body, []byte(text)) {
			return true
		}
	}
	return false
}

// proxyRefused is how net/http tells that a proxy did not take a CONNECT: the text of its status.
func proxyRefused(_ error, text string) bool {
	for status := 400; status < 600; status++ {
		if name := http.StatusText(status); name != "" && text == name {
			return true
		}
	}
	return false
}

// notLookedAt is how net/http tells of a request over HTTP/2 that the server refused or left unread, where it may not send it again.
func notLookedAt(_ error, text string) bool {
	return strings.Contains(text, "cannot retry err") &&
		(strings.Contains(text, "graceful shutdown GOAWAY") || strings.Contains(text, "REFUSED_STREAM") ||
			strings.Contains(text, "not usable"))
}

func goingAway(_ error, text string) bool { return strings.Contains(text, "GOAWAY") }

func dialFailed(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect") || errors.As(err, &dns)
}

// causeOf finds the cause of a failure, a zero one if it is not known.
func causeOf(err error) cause {
	text := err.Error()
	for _, c := range causes {
		if c.match(err, text) {
			return c
		}
	}
	return cause{kind: failedInFlight}
}

// reason names a failure in fixed words.
func reason(err error) string {
	var size sizeError
	var late *pace.Late
	switch {
	case errors.As(err, &late):
		return late.Error()
	case errors.As(err, &size):
		return string(size)
	case errors.Is(err, content.ErrTooLarge):
		return content.ErrTooLarge.Error()
	case errors.Is(err, context.Canceled):
		return "canceled by the caller"
	case errors.Is(err, errTimeout):
		return "timed out (client's timeout)"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "timed out"
	case errors.Is(err, errEmptyAnswer):
		return "the response is empty"
	case errors.Is(err, errNotJSON):
		return "the response is not the documented JSON"
	}
	if c := causeOf(err); c.reason != "" {
		return c.reason
	}
	var netErr net.Error
	switch {
	case errors.As(err, &netErr) && netErr.Timeout():
		return "timed out"
	case errors.Is(err, caremux.ErrNotSent):
		return "not sent"
	}
	return "the request failed"
}

// classify says how an attempt ended that no response came to. What the connections prove counts more than what the error says, which may
// be about a second connection; an error that speaks of the whole request, such as one about certificates, counts before them.
func (a *attempts) classify(err error) failure {
	c := causeOf(err)
	s := a.sends
	if s == nil { // a call that changes nothing: what became of it does not matter
		if errors.Is(err, caremux.ErrNotSent) || dialFailed(err) && c.kind == failedInFlight {
			return failedUnsent
		}
		return c.kind
	}
	written := s.headers.Load() > 0 && !s.last.Load().nothing()
	switch {
	case s.several() || s.redirected.Load():
		return failedInFlight
	case c.kind != failedInFlight && (c.late || !written):
		return c.kind
	case s.unseen(), errors.Is(err, caremux.ErrNotSent) && !written:
		return failedUnsent
	}
	return failedInFlight
}
