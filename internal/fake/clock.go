package fake

import "time"

// Clock is the clock of a fake. The zero value shows the present. The lock of the fake guards it.
type Clock struct {
	at    time.Time // at which it was stopped
	ahead time.Duration
}

// Now returns what the clock shows.
func (c *Clock) Now() time.Time {
	if c.at.IsZero() {
		return time.Now().Add(c.ahead)
	}
	return c.at
}

// Set stops the clock at a time. With the zero time it shows the present again.
func (c *Clock) Set(now time.Time) { c.at, c.ahead = now, 0 }

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	if c.at.IsZero() {
		c.ahead += d
		return
	}
	c.at = c.at.Add(d)
}
