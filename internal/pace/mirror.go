package pace

import (
	"math/rand/v2"
	"slices"
	"time"
)

// instant is a time as the duration since the pace began, so that a log of them is small.
type instant = time.Duration

const (
	coldOpen     = 8                      // requests at once before anything is known
	coldPatience = 250 * time.Millisecond // a response is waited for before more are sent, while nothing is known
	patience     = 2 * time.Second        // the same after a refusal
	mostNamed    = 90 * time.Second       // a reset further away is not believed
	believed     = time.Minute            // and counts as this
	mostLogged   = 12_000                 // instants; the largest documented limit is 10,000 a minute
	memory       = 5 * time.Minute        // without a call that had to wait, after which a limit is forgotten
	mostHeld     = 64                     // windows between two probes of a limit that does not grow
)

// mirror is the log of accepted requests that a vendor with a limit of calls in a window keeps, as far as a client can know it. It has no
// clock and no lock of its own.
type mirror struct {
	in   int // requests under way
	open int // how many may be: slow start
	last instant
	log  []instant // when requests were accepted, in order

	paused bool    // by a refusal that is not learned from yet, or by the end of the credit
	began  instant // the latest pause, -1 before the first
	until  instant // its end
	named  instant // its end as the vendor named it, 0 if it did not
	dry    int     // pauses in a row without an accepted request between
	busy   bool    // the latest says nothing of a number
	kind   bool    // the vendor named its wait

	limit, top  int // the number of calls in window, 0 if not known; no more than the vendor says, 0 if it does not
	window      time.Duration
	step, bad   int
	hold        int
	probing     bool
	full        instant // since when the limit has been reached, 0 if it has not
	waited      instant // when a call had to wait last
	credit      int     // what the vendor says is left until reset
	creditAt    instant // when the response came that said so
	reset       instant
	resetCapped bool

	random func() float64
}

func newMirror(random func() float64) mirror {
	if random == nil {
		random = rand.Float64
	}
	return mirror{open: coldOpen, began: -1, step: 1, hold: 4, random: random}
}

// ask reports whether the next request may be sent. Otherwise at is when to ask next, unless a response comes before.
func (m *mirror) ask(now instant) (at instant, why Reason) {
	if m.limit > 0 && now-m.waited > max(memory, 2*m.window) && now > m.until {
		m.limit, m.window, m.step, m.bad, m.hold, m.probing, m.full = 0, 0, 1, 0, 4, false, 0
	}
	if at, why = m.judge(now); at > now {
		m.waited = now
		return at, why
	}
	return 0, None
}

func (m *mirror) judge(now instant) (instant, Reason) {
	if now < m.until {
		return m.until, Pause
	}
	if m.paused {
		m.learn(now)
	}
	if m.reset != 0 && now >= m.reset {
		if m.reset = 0; m.resetCapped {
			m.open = 1 // one call finds out
		}
	}
	known := m.reset != 0
	if known && m.credit <= m.in {
		if m.in > 0 {
			return m.answer(now, patience)
		}
		m.exhausted(now)
		return m.until, Pause
	}
	if m.in >= m.open {
		if m.limit == 0 && m.dry == 0 {
			return m.answer(now, coldPatience)
		}
		return m.answer(now, patience)
	}
	if known || m.limit == 0 {
		return 0, None // the vendor counts better, or nobody does
	}
	m.grow(now)
	accepted := m.since(now - m.window)
	if accepted+m.in < m.limit {
		return 0, None
	}
	if m.full == 0 {
		m.full = now
	}
	if m.in >= m.limit {
		return m.answer(now, patience)
	}
	return m.log[len(m.log)-(m.limit-m.in)] + m.window, Rate
}

// answer waits for a response, and doubles what may be under way if none comes: a request that hangs must not keep all others out.
func (m *mirror) answer(now instant, patience time.Duration) (instant, Reason) {
	if at := m.last + patience; now < at {
		return at, Rate
	}
	m.open = max(m.open, 2*m.in)
	if m.limit > 0 && m.in >= m.limit || m.reset != 0 && m.credit <= m.in {
		return now + patience, Rate
	}
	return 0, None
}

// exhausted pauses until the vendor counts from the beginning.
func (m *mirror) exhausted(now instant) {
	if m.limit == 0 && m.top > 0 {
		m.limit, m.window = m.top, max(m.reset-now, time.Second)
	}
	m.began, m.named = now, m.reset
	m.until = m.reset + m.jitter(m.reset-now)
}

// since counts the requests accepted after at.
func (m *mirror) since(at instant) int {
	i, _ := slices.BinarySearch(m.log, at+1)
	return len(m.log) - i
}

func (m *mirror) sent(now instant) {
	m.in++
	m.last = now
}

// accepted notes a response that is not a refusal to a request sent at sent.
func (m *mirror) accepted(now, sent instant, f Figures) {
	m.in--
	m.open++
	m.dry = 0
	if sent > m.began && now < m.until {
		m.until = now // a request that asked in the pause
	}
	at := sent + (now-sent)/2
	i := len(m.log)
	for i > 0 && m.log[i-1] > at {
		i--
	}
	m.trim(now)
	m.log = slices.Insert(m.log, min(i, len(m.log)), at)
	m.figures(now, sent, f)
}

// trim makes room in a log that is full.
func (m *mirror) trim(now instant) {
	if len(m.log) < cap(m.log) {
		return
	}
	i, _ := slices.BinarySearch(m.log, now-max(2*m.window, mostNamed))
	if i < len(m.log)/2 && len(m.log) < mostLogged {
		return // it grows
	}
	if len(m.log) >= mostLogged {
		i = max(i, len(m.log)/8)
	}
	m.log = slices.Delete(m.log, 0, i)
}

// figures takes what the vendor says is left.
func (m *mirror) figures(now, sent instant, f Figures) {
	if f.Limit > 0 {
		m.top = f.Limit
		m.limit = min(m.limit, m.top)
	}
	if !f.Known || f.Reset <= 0 {
		return
	}
	m.resetCapped = f.Reset > mostNamed
	if m.resetCapped {
		f.Reset = believed
	}
	if m.limit > 0 {
		m.window = max(m.window, f.Reset)
	}
	if m.reset != 0 && now < m.reset && sent < m.creditAt { // which of the two the vendor looked at first is not known
		m.credit = min(m.credit, f.Remaining)
		return
	}
	m.credit, m.creditAt, m.reset = f.Remaining, now, now+f.Reset
}

// refused notes a refusal of a request sent at sent, and reports whether it begins a pause.
func (m *mirror) refused(now, sent instant, r Refusal) (fresh bool) {
	m.in--
	wait := r.After
	fresh = sent > m.began
	if fresh {
		m.dry++
	}
	if named := wait >= 0; !named || wait < 10*time.Millisecond || m.dry > 1 && fresh {
		ceiling := r.Backoff(max(m.dry, 1))
		wait = max(wait, ceiling/2+time.Duration(m.random()*float64(ceiling/2)))
	}
	if f := r.Figures; f.Limit > 0 {
		m.top = f.Limit
	}
	if !fresh {
		if r.After > 0 {
			m.until, m.named = max(m.until, now+wait), max(m.named, now+wait)
		}
		return false
	}
	m.began, m.until, m.named = now, now+wait+m.jitter(wait), 0
	m.paused, m.kind, m.reset = true, r.After >= 0, 0
	if m.kind {
		m.named = now + wait
	}
	if m.busy = r.Busy || m.dry > 1; m.busy {
		m.open = 1
	}
	if !r.Busy {
		m.window = max(m.window, time.Second, r.Window)
	}
	return true
}

func (m *mirror) jitter(wait time.Duration) time.Duration {
	return time.Duration(m.random() * float64(min(3*time.Second, max(20*time.Millisecond, wait/20))))
}

// learn takes the limit from what was accepted before the pause. It comes after the pause, since such responses may follow the refusal.
func (m *mirror) learn(time.Duration) {
	if m.paused = false; m.busy {
		return
	}
	if m.usual() {
		return
	}
	n := m.since(m.began - m.window)
	switch {
	case m.limit == 0:
		m.limit, m.hold, m.step = max(n, m.top, 1), 4, 1
	case m.probing:
		m.bad = m.limit
		m.limit -= m.step
		if m.step == 1 {
			m.hold = min(mostHeld, max(2, 2*m.hold))
		}
		m.step = 1
	case n >= m.limit/2: // somebody else shares it, or it fell
		m.limit, m.hold = min(n, m.limit), 2
	default:
		m.limit /= 2
	}
	m.limit = max(m.limit, 1)
	m.probing, m.full = false, 0
	if m.open = m.limit; !m.kind {
		m.open = 1
	}
}

// usual takes a usual window for the vendor's if that explains why it refused at once after a gap, as a fixed one does that was met first
// near its end.
func (m *mirror) usual() bool {
	if m.limit == 0 || !m.kind || len(m.log) < m.limit || m.since(m.began-m.window/4) > 0 {
		return false
	}
	passed := m.named - m.log[len(m.log)-m.limit]
	for _, usual := range [...]time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, time.Hour} {
		if m.window < usual && usual <= 6*m.window && passed >= usual*95/100 && passed <= usual*11/10 {
			m.window, m.probing, m.full, m.open = usual, false, 0, m.limit
			return true
		}
	}
	return false
}

// grow raises a limit that has been reached for long enough without a refusal.
func (m *mirror) grow(now instant) {
	if m.full == 0 {
		return
	}
	passed := now - m.full
	if m.probing {
		if passed < m.window && m.since(max(now-m.window, m.full)) < m.limit {
			return
		}
		m.probing, m.hold, m.step, m.full = false, 1, 2*m.step, now
		if m.limit >= m.bad {
			m.bad = 0
		}
		if m.bad > 0 {
			m.step = min(m.step, max(1, (m.bad-m.limit)/2))
		}
		return
	}
	if passed < time.Duration(m.hold)*m.window || m.top > 0 && m.limit >= m.top {
		return
	}
	if m.top > 0 {
		m.step = min(m.step, m.top-m.limit)
	}
	m.limit += m.step
	m.probing, m.full = true, 0
}
