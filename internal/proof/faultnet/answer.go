package faultnet

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// answer is one from the server, or one that looks so.
type answer struct {
	interim []byte
	status  int
	header  http.Header
	body    []byte
}

// head is the status line and the header. length is -1 for a body that says its length itself.
func (a *answer) head(r *http.Request, length int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	a.header.Del("Content-Length")
	if a.status == http.StatusNoContent || a.status == http.StatusNotModified || r != nil && r.Method == http.MethodHead {
		a.body, length = nil, -1
	}
	if length >= 0 {
		a.header.Set("Content-Length", strconv.Itoa(length))
	}
	_ = a.header.Write(&b)
	b.WriteString("\r\n")
	return b.Bytes()
}

const page = "<!DOCTYPE html><html><head><title>Please stand by</title></head><body><h1>Please stand by</h1></body></html>"

// forged is a response without the server's doing.
func (p *Proxy) forged(f Fault) *answer {
	a := &answer{header: http.Header{"Content-Type": {"application/json"}}, body: []byte(`{"message":"this fault was requested"}`)}
	switch f {
	case HTMLAnswer, HTMLError:
		a.status, a.body = http.StatusOK, []byte(page)
		if f == HTMLError {
			a.status = http.StatusBadGateway
		}
		a.header.Set("Content-Type", "text/html; charset=utf-8")
	case TooMany:
		a.status = http.StatusTooManyRequests
	case TooManyRetryAfter:
		a.status = http.StatusTooManyRequests
		a.header.Set("Retry-After", "0")
	case Unavailable:
		a.status = http.StatusServiceUnavailable
	case UnavailableRetryAfter:
		a.status = http.StatusServiceUnavailable
		a.header.Set("Retry-After", time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat))
	case Unauthorized:
		a.status = http.StatusUnauthorized
	case RedirectAway:
		a.status = http.StatusTemporaryRedirect
		a.header.Set("Location", p.stray.url+"/elsewhere")
	default:
		a.status = http.StatusInternalServerError
	}
	return a
}

// spoiled is what becomes of the server's answer.
func (p *Proxy) spoiled(f Fault, a *answer) *answer {
	switch f {
	case WrongType:
		a.header.Set("Content-Type", "text/plain; charset=iso-8859-1")
	case CutJSON:
		a.body = a.body[:len(a.body)/2]
	case Interim:
		a.interim = []byte(
			"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n")
	case BrokenAfterWork:
		return p.forged(Broken)
	case UnavailableAfterWork:
		return p.forged(Unavailable)
	case RedirectAfterWork:
		b := p.forged(RedirectAway)
		b.status = http.StatusSeeOther
		return b
	}
	return a
}
