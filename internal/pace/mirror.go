package pace

import (
	"cmp"
	"slices"
	"time"
)

// instant is a time as the duration since the pace began, so that a log of them is small. None is 0.
type instant = time.Duration

const (
	coldOpen   = 8                      // requests at once before anything is known, and the most that a probe tries
	patience   = 250 * time.Millisecond // a response is waited for before more are sent
	longWindow = 5 * time.Second        // one of which each may begin with a slow start: it costs a part of a second
	leastRest  = 3 * time.Second        // between two probes of a limit
	mostRest   = time.Minute            // the same of one that does not grow, or its window if that is longer
	mostReset  = time.Minute            // the window of the vendor that names a reset, whose sample names an hour
	mostLogged = 12_000                 // instants; the largest documented limit is 10,000 a minute
	memory     = 5 * time.Minute        // without a request, after which a limit is forgotten
)

// mirror is the log of accepted requests that a vendor with a limit of calls in a window keeps, as far as a client can know it. It has no
// clock and no lock of its own.
type mirror struct {
	in   int       // requests under way
	open int       // how many may be: slow start
	last instant   // when one was sent, or when one was given up to hang
	log  []instant // when requests were accepted, in order

	began instant // the latest pause
	until instant // its end
	named instant // its end as the vendor named it, 0 if it did not
	dry   int     // pauses in a row without an accepted request between
	news  bool    // the latest pause says something of the limit, which is still to be learned

	limit  int // the number of calls in window, 0 if not known
	top    int // the same as the vendor names it, 0 if it does not
	window time.Duration
	extra  int           // calls beyond the limit that are tried
	probe  instant       // when they are, 0 if the limit has not been reached since it was learned
	rest   time.Duration // from then on

	credit   int // what the vendor says is left until reset
	creditAt instant
	reset    instant

	random func() float64
}

func newMirror(random func() float64) mirror { return mirror{open: coldOpen, random: random} }

// ask lets the next request go if it may. Otherwise at is when to ask next, unless a response comes before.
func (m *mirror) ask(now instant) (at instant, why Reason) {
	if now < m.until {
		return m.until, Pause
	}
	if m.news {
		m.learn()
	}
	if now-m.last > max(memory, 2*m.window) {
		m.limit, m.window, m.extra = 0, 0, 0
	}
	most, hangs := m.open, now >= m.last+patience
	switch {
	case now < m.reset && m.credit == 0 && m.in == 0:
		m.limit = cmp.Or(m.top, m.limit, m.since(now-m.window))
		m.pause(now, m.reset-now, m.reset)
		return m.until, Pause
	case now < m.reset: // the vendor counts better
		most = min(most, m.share(now, hangs))
	case m.limit > 0:
		if most, at = m.room(now, most); at > 0 {
			return at, Rate
		}
	}
	if m.in < most {
		m.in++
		m.last = now
		return 0, None
	}
	if hangs { // a request that hangs must not keep all others out
		m.open, m.last = max(m.open, 2*m.in), now
		return now + 1, Rate
	}
	return m.last + patience, Rate
}

// room is how many requests may be under way within the limit, of the most that may be at all. If that is reached, at is when the next may
// go.
func (m *mirror) room(now instant, most int) (n int, at instant) {
	used := m.since(now - m.window)
	if used+m.in == 0 && m.window >= longWindow {
		m.open, most = 1, 1 // in case that the window is longer yet; in a short one it would cost too much time
	}
	m.grow(now, used)
	allowed := m.limit + m.extra
	if m.in >= min(most, allowed) || used+m.in < allowed {
		return min(most, allowed-used), 0
	}
	at = m.log[len(m.log)-allowed+m.in] + m.window
	if m.extra == 0 && now < m.probe {
		at = min(at, m.probe)
	}
	return 0, at
}

// hopeless reports whether so many pauses have begun in a row that a call gives up. While the vendor accepts requests now and then, others
// take the rest.
func (m *mirror) hopeless(now instant, pauses int) bool {
	return m.dry >= pauses && (pauses == 1 || m.since(now-max(time.Minute, 6*m.window)) == 0)
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

// accepted notes a response that is not a refusal to a request sent at sent.
func (m *mirror) accepted(now, sent instant, f Figures) {
	m.in--
	m.open++
	m.dry = 0
	if n := len(m.log); n == cap(m.log) { // room is made, or it grows
		old := n - m.since(now-max(time.Minute, 6*m.window))
		if old >= n/8 || n >= mostLogged {
			m.log = slices.Delete(m.log, 0, max(old, n/8))
		}
	}
	at := sent + (now-sent)/2
	m.log = slices.Insert(m.log, len(m.log)-m.since(at), at)
	m.figures(now, sent, f)
}

// figures takes what the vendor says is left.
func (m *mirror) figures(now, sent instant, f Figures) {
	m.top = cmp.Or(f.Limit, m.top)
	if !f.Known || f.Reset <= 0 {
		return
	}
	f.Reset = min(f.Reset, mostReset)
	m.window = max(m.window, f.Reset)
	if now < m.reset && sent < m.creditAt { // which of the two the vendor looked at first is not known
		m.credit = min(m.credit, f.Remaining)
		return
	}
	m.credit, m.creditAt, m.reset = f.Remaining, now, now+f.Reset
}

// refused notes a refusal of a request sent at sent, and reports whether it begins a pause. Others of the same storm say nothing new.
func (m *mirror) refused(now, sent instant, r Refusal) (begins bool) {
	m.in--
	if sent <= m.began {
		return false
	}
	m.dry++
	m.top = cmp.Or(r.Figures.Limit, m.top)
	wait, named := r.After, instant(0)
	if wait < 10*time.Millisecond || m.dry > 1 {
		ceiling := r.Backoff(m.dry)
		wait = max(wait, ceiling/2+time.Duration(m.random()*float64(ceiling/2)))
	}
	if r.After >= 0 {
		named = now + wait
	}
	m.pause(now, min(wait, r.Patience), named)
	m.open, m.news = 1, m.dry == 1 && !r.Busy
	if !r.Busy {
		m.window = max(m.window, time.Second, r.Window)
	}
	return true
}

// pause begins a pause. A process that got nothing between two of them returns before others, so that it gets something then.
func (m *mirror) pause(now, wait, named instant) {
	jitter := min(3*time.Second, max(20*time.Millisecond, wait/20)) / time.Duration(1+m.dry)
	m.began, m.until, m.named = now, now+wait+time.Duration(m.random()*float64(jitter)), named
}

// learn takes the limit from what was accepted before the pause. It comes after the pause, since such responses may follow the refusal.
func (m *mirror) learn() {
	m.news = false
	n := m.since(m.began - m.window)
	switch {
	case m.extra > 0:
		m.rest = min(2*m.rest, max(mostRest, m.window))
	case m.limit == 0 || n > 0: // otherwise others have taken all, or the window is longer than the waits named so far
		m.limit, m.rest = min(n, cmp.Or(m.limit, n)), max(leastRest, m.window)
	}
	m.limit, m.extra, m.probe = cmp.Or(m.top, m.limit, 1), 0, 0
	if m.named > 0 && m.top == 0 {
		m.open = m.limit
	}
}

// grow tries one more than a limit that is used up, some time after it was, when others have taken their part of the window. If that is
// accepted, the rest of the window is free, and twice as many are tried each time. In a short window they do not wait for the next one.
func (m *mirror) grow(now instant, used int) {
	from := now - m.window
	if m.window < longWindow { // it may not begin where the vendor's does
		from = max(from, m.probe)
	}
	switch {
	case used < m.limit || m.top > 0:
	case m.probe == 0:
		m.probe = now + m.rest - time.Duration((0.5+0.3*m.random())*float64(m.window))
	case m.extra == 0 && now >= m.probe:
		m.extra, m.probe = 1, now
	case m.extra > 0 && m.since(from) >= m.limit+m.extra:
		m.limit, m.extra, m.rest, m.probe = m.limit+m.extra, min(2*m.extra, coldOpen), max(leastRest, m.window), now
	}
}
