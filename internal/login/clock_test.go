package login

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestExpiryOfAFreshToken has tokens of a vendor whose clock differs from this machine's.
func TestExpiryOfAFreshToken(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	for name, tt := range map[string]struct {
		ahead time.Duration // this machine's clock
		date  bool          // the response has a Date
		iat   bool
		lasts time.Duration
		want  time.Duration // from now, by this machine's clock
		good  bool
	}{
		"clocks agree":                      {0, true, true, hour, hour, true},
		"clocks agree, nothing but exp":     {0, false, false, hour, hour, true},
		"ahead, with a Date":                {5 * hour, true, false, hour, hour, true},
		"ahead, with iat":                   {5 * hour, false, true, hour, hour, true},
		"ahead, with both":                  {5 * hour, true, true, hour, hour, true},
		"ahead, with neither":               {5 * hour, false, false, hour, -4 * hour, false},
		"ahead by less than the token":      {20 * time.Minute, false, true, hour, 40 * time.Minute, true},
		"behind, with a Date":               {-5 * hour, true, false, hour, hour, true},
		"behind, with iat":                  {-5 * hour, false, true, hour, hour, true},
		"behind, with neither":              {-5 * hour, false, false, hour, 6 * hour, true},
		"a little behind, as a Date can be": {-20 * time.Second, true, true, hour, hour + 20*time.Second, true},
		"iat behind exp":                    {5 * hour, false, true, -hour, -6 * hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				now := time.Now()
				vendor := now.Add(-tt.ahead)
				claims := Claims{Expires: vendor.Add(tt.lasts)}
				if tt.iat {
					claims.Issued = vendor
				}
				h := http.Header{}
				if tt.date {
					h.Set("Date", vendor.UTC().Format(http.TimeFormat))
				}
				var c Clock
				c.Learn(h)
				expires, good := c.Expiry(claims)
				if got := expires.Sub(now); got != tt.want || good != tt.good {
					t.Errorf("expires in %v (%v), want %v (%v)", got, good, tt.want, tt.good)
				}
			})
		})
	}
}

func TestClockConvertsBothWays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c Clock
		now := time.Now()
		for _, date := range []string{"", "yesterday", now.UTC().Format(time.RFC3339)} {
			c.Learn(http.Header{"Date": {date}})
			if got := c.Vendor(now); !got.Equal(now) {
				t.Errorf("with the Date %q now is %v, want %v", date, got, now)
			}
		}
		c.Learn(http.Header{"Date": {now.Add(2 * time.Hour).UTC().Format(http.TimeFormat)}})
		if got := c.Now().Sub(now); got != 2*time.Hour {
			t.Errorf("the vendor is ahead by %v, want 2 h", got)
		}
		if got := c.Local(c.Vendor(now)); !got.Equal(now) {
			t.Errorf("there and back: %v, want %v", got, now)
		}
		if !c.Vendor(time.Time{}).IsZero() || !c.Local(time.Time{}).IsZero() {
			t.Error("a token that does not expire does")
		}
		c.Learn(http.Header{"Date": {now.UTC().Format(http.TimeFormat)}}) // the clock was set
		if got := c.Vendor(now); !got.Equal(now) {
			t.Errorf("after the clock was set: %v, want %v", got, now)
		}
	})
}
