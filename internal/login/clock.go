package login

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Clock converts between the vendor's time and this machine's, which may be wrong by hours. The zero value takes them
// for the same.
type Clock struct{ offset atomic.Int64 } // what the vendor's time is ahead

// wrong is how far apart the two must be: a Date header has whole seconds, and took its time.
const wrong = 30 * time.Second

// Learn takes the vendor's time from the header of a response that has just come.
func (c *Clock) Learn(h http.Header) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	offset := time.Until(date)
	if offset.Abs() < wrong {
		offset = 0
	}
	c.offset.Store(int64(offset))
}

// Now is the vendor's time.
func (c *Clock) Now() time.Time { return c.Vendor(time.Now()) }

// Vendor is a time of this machine in the vendor's time. Zero stays zero.
func (c *Clock) Vendor(t time.Time) time.Time { return shift(t, time.Duration(c.offset.Load())) }

// Local is a time of the vendor in this machine's time. Zero stays zero.
func (c *Clock) Local(t time.Time) time.Time { return shift(t, -time.Duration(c.offset.Load())) }

func shift(t time.Time, by time.Duration) time.Time {
	if t.IsZero() || by == 0 {
		return t
	}
	return t.Add(by)
}

// Expiry is when a token that has just come expires, in this machine's time, by the vendor's times in it. Where those
// show that this machine's clock is wrong, the token counts as issued now. It reports false for a token that has
// expired by all that is known.
func (c *Clock) Expiry(claims Claims) (time.Time, bool) {
	now := time.Now()
	expires := c.Local(claims.Expires)
	if now.Before(expires) && !c.Local(claims.Issued).After(now.Add(wrong)) {
		return expires, true
	}
	if claims.Issued.IsZero() || !claims.Issued.Before(claims.Expires) {
		return expires, now.Before(expires)
	}
	return now.Add(claims.Expires.Sub(claims.Issued)), true
}
