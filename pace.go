package caremux

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/caremux/caremux/internal/pace"
)

// Pace is shared by clients that share a rate limit of a vendor, such as the clients of several keys of one organisation: if the vendor
// refuses a call of one, the calls of all pause and then continue in one line. Pass it to each of them with [WithPace]. Vendors and hosts
// are paced separately. Use [NewPace].
type Pace struct {
	mu    sync.Mutex
	paces map[paceKey]*pace.Pace
}

type paceKey struct{ vendor, host, group string }

// NewPace returns a pace that knows of no limit yet.
func NewPace() *Pace { return &Pace{paces: map[paceKey]*pace.Pace{}} }

// The transport reaches the lines past the API, where no signature may show an internal type.
func init() {
	pace.Of = func(shared any, vendor, host, group string) *pace.Pace { return shared.(*Pace).of(vendor, host, group) }
}

// of returns the line of a group of a vendor's operations.
func (p *Pace) of(vendor, host, group string) *pace.Pace {
	key := paceKey{vendor, host, group}
	p.mu.Lock()
	defer p.mu.Unlock()
	found := p.paces[key]
	if found == nil {
		found = &pace.Pace{}
		p.paces[key] = found
	}
	return found
}

// PaceState is what is known of one limit of a vendor.
type PaceState struct {
	Vendor string
	Host   string
	Group  string // of operations that the vendor limits apart; "" for all others
	// Limit is how many calls the vendor seems to accept in Window. Both are zero until it has refused one, and after 5 minutes without
	// a request.
	Limit  int
	Window time.Duration
	// Until is the end of a pause, zero if there is none.
	Until   time.Time
	Waiting int // calls in line
}

// State returns what is known of each limit, in the order of vendor, host and group.
func (p *Pace) State() []PaceState {
	p.mu.Lock()
	defer p.mu.Unlock()
	states := make([]PaceState, 0, len(p.paces))
	for key, line := range p.paces {
		s := PaceState{Vendor: key.vendor, Host: key.host, Group: key.group}
		s.Limit, s.Window, s.Until, s.Waiting = line.State()
		states = append(states, s)
	}
	slices.SortFunc(states, func(a, b PaceState) int {
		return cmp.Or(cmp.Compare(a.Vendor, b.Vendor), cmp.Compare(a.Host, b.Host), cmp.Compare(a.Group, b.Group))
	})
	return states
}

// WithPace shares p with other clients; see [Pace]. Without this option a client shares its pace only with those derived from it.
func WithPace(p *Pace) Option {
	return func(c *Config) error {
		if p == nil || p.paces == nil {
			return &ArgumentError{Field: "WithPace", Rule: "must be made by NewPace"}
		}
		c.Pace = p
		return nil
	}
}

// Limiter is a limit of the caller's own. Wait blocks until a request may be sent. *rate.Limiter of golang.org/x/time/rate is one.
type Limiter interface {
	Wait(ctx context.Context) error
}

// WithLimiter waits for l before each request is sent: before each attempt of a call, and before each login. The time in Wait does not
// count against [WithTimeout]. An error of Wait ends the call; the error of a call that had not been sent before matches [ErrNotSent], and
// Unwrap returns the error of the limiter.
func WithLimiter(l Limiter) Option {
	return func(c *Config) error {
		if l == nil {
			return &ArgumentError{Field: "WithLimiter", Rule: "must not be nil"}
		}
		c.Limiter = l
		return nil
	}
}
