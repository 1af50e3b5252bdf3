package specserver

import "time"

// Window is a limit of calls in any period of a length, as a vendor keeps it. The zero value allows all.
type Window struct {
	Limit int // 0 for no limit
	Per   time.Duration

	taken []time.Time
}

// Take counts a call, and reports whether it is within the limit.
func (w *Window) Take(now time.Time) bool {
	w.forget(now)
	if w.Limit == 0 || len(w.taken) >= w.Limit {
		return w.Limit == 0
	}
	w.taken = append(w.taken, now)
	return true
}

// Left returns how many calls are left, and how long it takes until one that counts no longer does.
func (w *Window) Left(now time.Time) (calls int, until time.Duration) {
	w.forget(now)
	if len(w.taken) > 0 {
		until = w.taken[0].Add(w.Per).Sub(now)
	}
	return max(0, w.Limit-len(w.taken)), until
}

func (w *Window) forget(now time.Time) {
	for len(w.taken) > 0 && now.Sub(w.taken[0]) >= w.Per {
		w.taken = w.taken[1:]
	}
}

// Limit refuses calls beyond limit in any period of per with a copy of reply; with a limit of 0 it lets all pass. The operation that faults
// are kept away from does not count. A refused call has no effect, and runs into no fault.
func (s *Server) Limit(limit int, per time.Duration, reply Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.window, s.beyond = Window{Limit: max(0, limit), Per: per}, reply
}

// limited returns the refusal of a call that is beyond the limit, nil for others.
func (s *Server) limited(c *Call) *Reply {
	if c.Operation != nil && c.Operation.ID == s.spared {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.window.Take(time.Now()) {
		return nil
	}
	beyond := s.beyond
	return &beyond
}
