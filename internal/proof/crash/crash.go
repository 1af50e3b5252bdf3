// Package crash kills a process, or cuts its network, at one of its requests: tests run a flow once for each request
// that it makes, and then run it again as a new process would.
package crash

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/caremux/caremux"
)

// Point is where something happens to a process: at its nth request, counted from 1.
type Point struct {
	Request int
	// AfterWork says that the server has done what the request asks for: only the response is lost. Otherwise the
	// server never sees it.
	AfterWork bool
	// Dies says that the process ends there. Otherwise it gets a connection error, and lives on.
	Dies bool
}

// String names the point in the output of a test.
func (p Point) String() string {
	what, when := "cut", "before"
	if p.Dies {
		what = "killed"
	}
	if p.AfterWork {
		when = "after the work of"
	}
	return fmt.Sprintf("%s %s request %d", what, when, p.Request)
}

var errCut = errors.New("the connection was cut")

// Process is one run of a program. Its network goes to the real one but for the point.
type Process struct {
	point Point
	next  http.RoundTripper
	end   context.CancelFunc

	mu   sync.Mutex
	sent int
	dead bool
}

// RoundTrip implements http.RoundTripper.
func (p *Process) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	if p.dead {
		p.mu.Unlock()
		return nil, context.Canceled
	}
	p.sent++
	here := p.sent == p.point.Request
	p.dead = here && p.point.Dies
	p.mu.Unlock()
	if !here {
		return p.next.RoundTrip(r)
	}
	if p.point.AfterWork {
		if resp, err := p.next.RoundTrip(r); err == nil {
			_ = resp.Body.Close()
		}
	}
	if p.point.Dies {
		p.end()
		return nil, context.Canceled
	}
	return nil, errCut
}

// Run runs flow once with the point, as a process of its own: what it returns is lost if the process dies. The options
// connect a client to its network. It reports how many requests were sent, and whether the process died.
func Run(t testing.TB, point Point, flow func(ctx context.Context, network caremux.Option)) (sent int, died bool) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	defer end()
	network := caremux.NewTransport()
	defer network.CloseIdleConnections()
	p := &Process{point: point, next: network, end: end}
	flow(ctx, caremux.WithTransport(p))
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent, p.dead
}

// Everywhere calls test with each point of a flow that sends the given number of requests, in parallel.
func Everywhere(t *testing.T, requests int, test func(t *testing.T, point Point)) {
	t.Helper()
	if requests == 0 {
		t.Fatal("a flow without requests")
	}
	for request := 1; request <= requests; request++ {
		for _, point := range []Point{
			{request, false, false}, {request, true, false}, {request, false, true}, {request, true, true},
		} {
			t.Run(point.String(), func(t *testing.T) {
				t.Parallel()
				test(t, point)
			})
		}
	}
}
