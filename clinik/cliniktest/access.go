package cliniktest

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/specserver"
)

const (
	keyHeader  = "X-Api-Key"
	rateWindow = time.Minute
	quota      = 1_000_000
)

var keyShape = regexp.MustCompile(`^clk_(live|test)_[A-Za-z0-9_.-]+$`)

// needsKey reports whether an operation is for known callers only. A request that fits no operation is, too.
func needsKey(op *specserver.Operation) bool {
	return op == nil || op.Op.Security == nil || len(*op.Op.Security) > 0
}

// admit refuses calls that may not pass, before anybody looks at what they ask for.
func (s *Server) admit(c *specserver.Call) error {
	for _, name := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		if _, ok := c.Header[http.CanonicalHeaderKey(name)]; ok {
			return &failure{
				status: http.StatusBadRequest, code: clinik.CodeMethodOverrideRejected, message: "method overrides are not taken",
			}
		}
	}
	if !needsKey(c.Operation) {
		return nil
	}
	if err := s.authenticate(c.Header.Get(keyHeader)); err != nil {
		return err
	}
	if now := s.clock.Now(); now.After(s.window) {
		if !s.window.IsZero() {
			s.remaining = s.limit
		}
		s.window = now.Add(rateWindow)
	}
	seconds := -1 // until the next call is let in, -1 if this one is
	switch {
	case s.quotaCode != "":
		return &failure{status: http.StatusTooManyRequests, code: s.quotaCode, message: "the requests of this month are used up"}
	case s.limited != 0:
		if s.limited > 0 {
			s.limited--
		}
		seconds = int((s.retryAfter + time.Second - 1) / time.Second)
	case s.limits && s.remaining == 0, !s.rolling.Take(s.clock.Now()):
		_, _, seconds = s.rateFigures()
	}
	if seconds >= 0 {
		header := http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {strconv.Itoa(seconds)}}
		return tooMany("too many requests", seconds, header)
	}
	s.used++
	if s.limits { // a client waits for the end of the minute when none is left, so figures that nothing keeps must not run out
		s.remaining = max(0, s.remaining-1)
	}
	return nil
}

// tooMany refuses a call that may be made in some seconds.
func tooMany(message string, seconds int, header http.Header) error {
	header.Set("Retry-After", strconv.Itoa(seconds))
	return &failure{status: http.StatusTooManyRequests, code: clinik.CodeRateLimited, message: message, header: header}
}

func (s *Server) authenticate(key string) error {
	refuse := func(code, message string) error {
		return &failure{status: http.StatusUnauthorized, code: code, message: message}
	}
	switch {
	case key == "":
		return refuse(clinik.CodeUnauthorized, "the x-api-key header is missing")
	case !keyShape.MatchString(key):
		return refuse(clinik.CodeInvalidKeyFormat, "a key begins with clk_live_ or clk_test_")
	case key != s.key:
		return refuse(clinik.CodeInvalidKey, "the key is not known")
	case s.revoked:
		return refuse(clinik.CodeKeyRevoked, "the key was revoked")
	}
	return nil
}

// rateFigures returns the calls a window, those left, and the seconds to its end.
func (s *Server) rateFigures() (limit, remaining, reset int) {
	now := s.clock.Now()
	limit, remaining, until := s.limit, s.remaining, s.window.Sub(now)
	if s.rolling.Limit > 0 {
		limit = s.rolling.Limit
		remaining, until = s.rolling.Left(now)
	}
	return limit, remaining, max(0, int((until+time.Second-1)/time.Second))
}

// setFigures adds the headers about rate limit and quota.
func (s *Server) setFigures(reply *specserver.Reply) {
	limit, remaining, reset := s.rateFigures()
	set := func(name string, n int) { setHeader(reply, name, strconv.Itoa(n)) }
	set("X-RateLimit-Limit", limit)
	set("X-RateLimit-Remaining", remaining)
	set("X-RateLimit-Reset", reset)
	test := strings.HasPrefix(s.key, "clk_test_")
	used := s.used
	if s.quotaCode != "" {
		used = quota
	}
	now := s.clock.Now().UTC()
	set("X-Quota-Limit", quota)
	set("X-Quota-Used", used)
	set("X-Quota-Remaining", quota-used)
	setHeader(reply, "X-Quota-Billable", strconv.FormatBool(!test))
	setHeader(reply, "X-Quota-Reset", time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC).Format(time.RFC3339))
	if test {
		set("X-Sandbox-Limit", quota)
		set("X-Sandbox-Used", used)
		set("X-Sandbox-Remaining", quota-used)
	}
}
