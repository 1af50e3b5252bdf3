package pace

import (
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
	longWindow   = 5 * time.Second        // one of which each may begin with a slow start: it costs a part of a second
	firstHold    = 4                      // windows between two probes of a limit
	mostHeld     = 64                     // the same of one that does not grow
)

// mirror is the log of accepted requests that a vendor with a limit of calls in a window keeps, as far as a client can know it. It has no
// clock and no lock of its own.
type mirror struct {
	in   int       // requests under way
	open int       // how many may be: slow start
	last instant   // when one was sent, or when one was given up to hang
	log  []instant // when requests were accepted, in order

	began   instant // the latest pause, -1 before the first
	until   instant // its end
	named   instant // its end as the vendor named it, 0 if it did not
	dry     int     // pauses in a row without an accepted request between
	learned bool    // what the latest pause says of the limit, if anything

	limit  int // the number of calls in window, 0 if not known
	extra  int // calls beyond the limit that are tried
	top    int // no limit is above what the vendor says, 0 if it does not
	window time.Duration
	hold   int     // windows that a reached limit stands before more is tried
	full   instant // since when the limit has been reached, 0 if it has not
	waited instant // when a call had to wait last

	credit   int // what the vendor says is left until reset
	creditAt instant
	reset    instant
	doubted  bool // it was further away than is believed

	random func() float64
}

func newMirror(random func() float64) mirror {
	return mirror{open: coldOpen, began: -1, learned: true, random: random}
}

// ask reports whether the next request may be sent. Otherwise at is when to ask next, unless a response comes before.
func (m *mirror) ask(now instant) (at instant, why Reason) {
	if !m.learned && now >= m.until {
		m.learn()
	}
	if m.limit > 0 && now-m.waited > max(memory, 2*m.window) && now > max(m.until, m.reset) {
		m.limit, m.window = 0, 0
	}
	if at, why = m.judge(now); why != None {
		m.waited = now
	}
	return at, why
}

func (m *mirror) judge(now instant) (instant, Reason) {
	if now < m.until {
		return m.until, Pause
	}
	if m.reset != 0 && now >= m.reset {
		if m.reset = 0; m.doubted {
			m.open = 1 // one call finds out
		}
	}
	if m.limit > 0 && m.window >= longWindow && m.in == 0 && m.since(now-m.window) == 0 {
		m.open = 1 // in case that the window is longer yet; in a short one it would cost too much time
	}
	free, hang := m.open-m.in, m.last+patience
	if m.limit == 0 && m.dry == 0 {
		hang = m.last + coldPatience
	}
	switch {
	case m.reset != 0 && m.credit == 0 && m.in == 0:
		m.exhausted(now)
		return m.until, Pause
	case m.reset != 0: // the vendor counts better
		free = min(free, m.share(now, now >= hang)-m.in)
	case m.limit > 0:
		m.grow(now)
		most := m.limit + m.extra
		free = min(free, most-m.since(now-m.window)-m.in)
		if free <= 0 && m.in < min(most, m.open) {
			return m.log[len(m.log)-(most-m.in)] + m.window, Rate
		}
	}
	if free > 0 {
		return 0, None
	}
	if now >= hang { // a request that hangs must not keep all others out
		m.open = max(m.open, 2*m.in)
		m.last = now
		return now + 1, Rate
	}
	return hang, Rate
}

// exhausted pauses until the vendor counts from the beginning.
func (m *mirror) exhausted(now instant) {
	if m.limit == 0 {
		m.limit, m.hold = max(m.top, m.since(now-m.window)), firstHold
	}
	m.pause(now, m.reset-now, true)
}

// share is the part of what is left that this process may take: as much as it took of what is gone, since others may see the same.
func (m *mirror) share(now instant, all bool) int {
	gone, own := m.top-m.credit, m.since(now-m.window)
	if all || own >= gone {
		return m.credit
	}
	return min(m.credit, max(1, m.credit*own/gone))
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
	if len(m.log) == cap(m.log) { // room is made, or it grows
		i, _ := slices.BinarySearch(m.log, now-max(2*m.window, mostNamed))
		if len(m.log) >= mostLogged {
			i = max(i, len(m.log)/8)
		}
		if i >= len(m.log)/2 || len(m.log) >= mostLogged {
			m.log = slices.Delete(m.log, 0, i)
		}
	}
	at := sent + (now-sent)/2
	i, _ := slices.BinarySearch(m.log, at+1)
	m.log = slices.Insert(m.log, i, at)
	m.figures(now, sent, f)
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
	if m.doubted = f.Reset > mostNamed; m.doubted {
		f.Reset = believed
	}
	m.window = max(m.window, f.Reset)
	if now < m.reset && sent < m.creditAt { // which of the two the vendor looked at first is not known
		m.credit = min(m.credit, f.Remaining)
		return
	}
	m.credit, m.creditAt, m.reset = f.Remaining, now, now+f.Reset
}

// refused notes a refusal of a request sent at sent, and reports whether it begins a pause.
func (m *mirror) refused(now, sent instant, r Refusal) (fresh bool) {
	m.in--
	if fresh = sent > m.began; fresh {
		m.dry++
	}
	if f := r.Figures; f.Limit > 0 {
		m.top = f.Limit
	}
	wait := r.After
	if wait < 10*time.Millisecond || m.dry > 1 && fresh {
		ceiling := r.Backoff(max(m.dry, 1))
		wait = max(wait, ceiling/2+time.Duration(m.random()*float64(ceiling/2)))
	}
	if !fresh {
		if r.After > 0 {
			m.until, m.named = max(m.until, now+wait), max(m.named, now+wait)
		}
		return false
	}
	m.pause(now, wait, r.After >= 0)
	m.reset, m.open = 0, 1
	if m.learned = r.Busy || m.dry > 1; !r.Busy {
		m.window = max(m.window, time.Second, r.Window)
	}
	return true
}

func (m *mirror) pause(now, wait instant, named bool) {
	jitter := min(3*time.Second, max(20*time.Millisecond, wait/20))
	m.began, m.until, m.named = now, now+wait+time.Duration(m.random()*float64(jitter)), 0
	if named {
		m.named = now + wait
	}
}

// learn takes the limit from what was accepted before the pause. It comes after the pause, since such responses may follow the refusal.
func (m *mirror) learn() {
	m.learned = true
	n := m.since(m.began - m.window)
	switch usual := m.usual(); {
	case m.limit == 0:
		m.limit, m.hold = max(n, m.top), firstHold
	case usual > 0:
		m.window = usual
	case m.extra > 0:
		m.hold = min(mostHeld, 2*m.hold)
	case n >= m.limit/2: // somebody else shares it, or it fell
		m.limit, m.hold = min(n, m.limit), 2
	default:
		m.limit /= 2
	}
	m.limit, m.extra, m.full = max(m.limit, 1), 0, 0
	if m.named > 0 && m.top == 0 {
		m.open = m.limit
	}
}

// usual is the window that explains why the vendor refused after a gap: a fixed one that was met first near its end. It is 0 if none does.
func (m *mirror) usual() time.Duration {
	if m.named == 0 || m.limit == 0 || len(m.log) < m.limit || m.since(m.began-m.window/4) > 0 {
		return 0
	}
	passed := m.named - m.log[len(m.log)-m.limit]
	for _, usual := range [...]time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, time.Hour} {
		if m.window < usual && usual <= 6*m.window && passed >= usual*95/100 && passed <= usual*11/10 {
			return usual
		}
	}
	return 0
}

// grow tries more than a limit that has been reached for long enough without a refusal, and then twice as much each time that it is taken: in
// a long window at once; in a short one, which may not begin where the log's does, when as many were accepted since or a window has passed.
func (m *mirror) grow(now instant) {
	most, begin := m.limit+m.extra, now-m.window
	counted := m.since(begin)
	if counted+m.in < most || m.top > 0 && m.limit >= m.top {
		return
	}
	switch {
	case m.full == 0:
		m.full = now
	case m.extra == 0:
		if now-m.full >= time.Duration(m.hold)*m.window {
			m.extra, m.full = 1, now
		}
	case m.window >= longWindow && counted >= most, begin >= m.full, m.since(max(m.full, begin)) >= most:
		m.limit, m.extra, m.hold, m.full = most, 2*m.extra, min(m.hold, firstHold), now
	}
	if m.top > 0 {
		m.extra = min(m.extra, m.top-m.limit)
	}
}
