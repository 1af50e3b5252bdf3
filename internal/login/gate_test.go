package login

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/caremux/caremux"
)

func failure(status, attempts int, kind error) error {
	return caremux.NewError(caremux.Error{Vendor: "acme", Status: status, Attempts: attempts, Kind: kind}, caremux.ErrorParts{})
}

// TestFailuresOfLoginsAreOutagesOrRefusals has what the gate does after a failure: wait and try again by itself, or
// leave the vendor alone.
func TestFailuresOfLoginsAreOutagesOrRefusals(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err             error
		outage, refusal bool
		rejected        bool // the credentials
	}{
		"500":                    {failure(500, 1, nil), true, false, false},
		"503":                    {failure(503, 2, nil), true, false, false},
		"303":                    {failure(303, 1, nil), true, false, false},
		"101":                    {failure(101, 1, nil), true, false, false},
		"a disabled client":      {failure(200, 1, caremux.ErrUnauthorized), false, true, false},
		"408":                    {failure(408, 1, nil), true, false, false},
		"a gateway's page":       {failure(200, 1, caremux.ErrUnreadable), true, false, false},
		"a lost connection":      {failure(0, 1, nil), true, false, false},
		"no connection":          {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, true, false, false},
		"a source's timeout":     {fmt.Errorf("vault: %w", context.DeadlineExceeded), true, false, false},
		"a source's lost stream": {fmt.Errorf("vault: %w", io.ErrUnexpectedEOF), true, false, false},
		"400":                    {failure(400, 1, nil), false, true, false},
		"401":                    {failure(401, 1, nil), false, true, true},
		"403":                    {failure(403, 1, nil), false, true, true},
		"429":                    {failure(429, 1, nil), false, true, false},
		"403 for too many":       {failure(403, 1, caremux.ErrRateLimited), false, true, false},
		"no token in it":         {failure(0, 1, caremux.ErrUnauthorized), false, true, false},
		"a wrong certificate": {
			caremux.NewError(caremux.Error{Attempts: 1},
				caremux.ErrorParts{Cause: &tls.CertificateVerificationError{Err: errors.New("x")}}),
			false, false, false,
		},
		"an argument":      {&caremux.ArgumentError{Field: "Secret", Rule: "is required"}, false, false, false},
		"a source's own":   {errors.New("vault is sealed"), false, false, false},
		"nothing was sent": {failure(0, 0, nil), false, false, false},
	} {
		if got := isOutage(tt.err); got != tt.outage {
			t.Errorf("%s: an outage: %v", name, got)
		}
		if got := refuses(tt.err); got != tt.refusal {
			t.Errorf("%s: a refusal: %v", name, got)
		}
		if got := rejects(tt.err); got != tt.rejected {
			t.Errorf("%s: rejects the credentials: %v", name, got)
		}
	}
}

func TestOutagesAreTriedAtGrowingIntervalsWithALimit(t *testing.T) {
	t.Parallel()
	g := gate{own: true}
	now := time.Now()
	for n := range 30 {
		if g.closed(now, g.counts(now, false)) != nil || g.wait(now) != 0 {
			t.Fatalf("try %d: closed", n)
		}
		timeout := g.begin(now, false)
		if want := min(firstTimeout*time.Duration(n+1), maxTimeout); timeout != want {
			t.Errorf("try %d may take %v, want %v", n, timeout, want)
		}
		again := g.end(now, failure(503, 1, nil))
		if again != (n == 0) {
			t.Errorf("try %d is followed by another one of the same login: %v", n, again)
		}
		ceiling := min(firstBackoff<<min(n, 10), maxBackoff)
		if wait := g.wait(now); wait < ceiling/2 || wait > ceiling {
			t.Errorf("after try %d a wait of %v, want %v to %v", n, wait, ceiling/2, ceiling)
		}
		now = now.Add(g.wait(now))
	}
	g.begin(now, false)
	g.end(now, nil)
	if g.closed(now, true) != nil || g.wait(now) != 0 || g.begin(now, false) != firstTimeout {
		t.Error("after a success the outage is not forgotten")
	}
}

func TestRejectedCredentialsRestForAMinute(t *testing.T) {
	t.Parallel()
	g := gate{own: true}
	now := time.Now()
	want := failure(401, 1, nil)
	for range maxRejections {
		if err := g.closed(now, false); err != nil {
			t.Fatal(err)
		}
		g.begin(now, false)
		g.end(now, want)
	}
	for _, later := range []time.Duration{0, time.Second, 59 * time.Second} {
		if got := g.closed(now.Add(later), false); got != want {
			t.Errorf("after %v: %v, want what the vendor said", later, got)
		}
	}
	if err := g.closed(now.Add(time.Minute), false); err != nil {
		t.Errorf("after a minute: %v", err)
	}
}
