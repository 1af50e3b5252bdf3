package login

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"time"

	"github.com/caremux/caremux"
)

// gate says when a login may be tried. An outage of the vendor's login passes by itself: it is tried at growing
// intervals, and calls wait for the next try. What the vendor refuses stays refused: the calls fail with what it said,
// until the credentials have rested for a minute.
type gate struct {
	own bool // the credentials are the client's own, and do not change

	failures int       // in a row
	after    time.Time // the next try
	outage   bool      // the latest failure was one
	last     error     // the latest failure; nil after a success

	rejections int // of the client's own credentials in a row
	rejected   time.Time

	tried     time.Time   // the latest try
	isCounted bool        // it counts for maxLogins
	counted   []time.Time // tries that do, the oldest first
}

const (
	// maxLogins a minute, even when the vendor refuses every token that it issues.
	maxLogins = 5
	// maxRejections in a row of the client's own credentials: one may be a hiccup, and after two the vendor is left
	// alone for a minute, since trying on would change nothing and may lock the account.
	maxRejections = 2

	firstBackoff = 250 * time.Millisecond
	// maxBackoff lets two requests of a client go every 7.5 seconds on average, 80 in five minutes: vendors are known
	// to take 100.
	maxBackoff = 10 * time.Second
	// firstTimeout is how long the first try may take, each one after it as much longer, and none longer than
	// maxTimeout: a request that was lost must not hold up those that come when the vendor is well.
	firstTimeout = 5 * time.Second
	maxTimeout   = 15 * time.Second
)

// errTooManyLogins keeps a vendor that refuses every token from being stormed.
var errTooManyLogins = errors.New("too many logins in the last minute")

// closed returns why no login may be tried, nil if one may, though perhaps only after a wait. counts says that the
// login counts for maxLogins.
func (g *gate) closed(now time.Time, counts bool) error {
	switch {
	case g.last != nil && g.rejections >= maxRejections && now.Sub(g.rejected) < time.Minute:
		return g.last
	case g.last != nil && !g.outage && now.Before(g.after):
		return g.last
	}
	g.counted = slices.DeleteFunc(g.counted, func(at time.Time) bool { return now.Sub(at) >= time.Minute })
	if len(g.counted) < maxLogins || !counts && g.last == nil {
		return nil
	}
	if g.last != nil {
		return g.last
	}
	return errTooManyLogins
}

// counts reports whether a login that begins now counts for maxLogins: one for a refused token does, one for a token
// that has come to its end does not, unless tokens end as soon as they come.
func (g *gate) counts(now time.Time, refused bool) bool {
	return refused || now.Sub(g.tried) < time.Second
}

// wait is how long the next try must wait.
func (g *gate) wait(now time.Time) time.Duration { return max(0, g.after.Sub(now)) }

// begin notes a try and returns how long it may take.
func (g *gate) begin(now time.Time, counts bool) time.Duration {
	g.tried, g.isCounted = now, false
	if counts {
		g.count()
	}
	return min(firstTimeout*time.Duration(g.failures+1), maxTimeout)
}

// end notes how a try ended, and reports whether it is worth another one soon: a single failure may be a hiccup.
func (g *gate) end(now time.Time, err error) (again bool) {
	if err == nil {
		g.failures, g.after, g.last, g.rejections = 0, time.Time{}, nil, 0
		return false
	}
	g.last, g.outage = err, isOutage(err)
	if g.own && rejects(err) {
		g.rejections, g.rejected = g.rejections+1, now
	} else {
		g.rejections = 0
	}
	if refuses(err) {
		g.failures, g.after = 0, time.Time{}
		g.count()
		return false
	}
	ceiling := min(firstBackoff<<min(g.failures, 10), maxBackoff)
	g.failures++
	g.after = now.Add(ceiling/2 + rand.N(ceiling/2+1))
	return g.outage && g.failures == 1 && !errors.Is(err, caremux.ErrUnreadable)
}

// count counts the latest try for maxLogins, once.
func (g *gate) count() {
	if !g.isCounted {
		g.counted, g.isCounted = append(g.counted, g.tried), true
	}
}

// isOutage reports whether a login failed because nobody was there to decide about it: a 5xx, a timeout, a lost
// connection, a gateway's page or its redirect.
func isOutage(err error) bool {
	e, ok := errors.AsType[*caremux.Error](err)
	if ok && e.Status != 0 {
		return e.Status >= 500 || e.Status == 408 || e.Status < 400 && e.Kind == nil || errors.Is(err, caremux.ErrUnreadable)
	}
	if ok && e.Kind != nil || errors.As(err, new(*tls.CertificateVerificationError)) {
		return false
	}
	return ok && e.Attempts > 0 || errors.As(err, new(net.Error)) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// refuses reports whether the vendor decided against a login.
func refuses(err error) bool {
	e, ok := errors.AsType[*caremux.Error](err)
	return ok && !isOutage(err) && (e.Status >= 400 || errors.Is(err, caremux.ErrUnauthorized) || errors.Is(err, caremux.ErrRateLimited))
}

// rejects reports whether the vendor did not take the credentials.
func rejects(err error) bool {
	e, ok := errors.AsType[*caremux.Error](err)
	return ok && (e.Status == 401 || e.Status == 403) && !errors.Is(err, caremux.ErrRateLimited)
}
