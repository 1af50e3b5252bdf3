package clinik

import (
	"net/http"
	"strconv"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/wire"
)

// Meta is the data of the envelope beside a record. [caremux.WithResponse] sets it as Response.Meta, a *Meta.
type Meta struct {
	RequestID string
	Timestamp caremux.Time // when the vendor responded
	// RateLimit contains the figures of the envelope; Response.RateLimit has those of the headers.
	RateLimit caremux.RateLimit
	// Quota is the month's pool of requests of the organisation, nil without such a header.
	Quota *Quota
	// Sandbox is the pool of test keys, nil without such a header.
	Sandbox *Quota
}

// Quota contains the values of the X-Quota-* or X-Sandbox-* headers; values that were not sent are nil or empty.
type Quota struct {
	Limit     string // requests included; a string, since unlimited plans may not send a number
	Used      *int64
	Remaining *int64
	Overage   *int64       // requests beyond the limit, on plans that allow them
	Billable  string       // whether this request counted
	Reset     caremux.Time // when the pool is refilled
}

// readMeta takes each fact from the envelope's meta if it is there, and else from the headers.
func readMeta(h http.Header, body []byte) *Meta {
	m := &Meta{RequestID: h.Get("X-Request-Id")}
	if raw, ok := scan.Lookup(body, "meta"); ok {
		var meta ResponseMeta
		_ = wire.Unmarshal(raw, &meta) // a field of another type than documented does not cost the others
		m.Timestamp = meta.Timestamp
		m.RateLimit = caremux.RateLimit{Limit: meta.RateLimitTotal, Remaining: meta.RateLimitRemaining}
		if seconds := meta.RateLimitReset; seconds != nil && *seconds >= 0 {
			m.RateLimit.Reset = time.Now().Add(time.Duration(*seconds) * time.Second)
		}
		if meta.RequestID != "" {
			m.RequestID = meta.RequestID
		}
	}
	if m.Timestamp.IsZero() {
		m.Timestamp, _ = caremux.ParseTime(h.Get("X-Timestamp"))
	}
	m.Quota, m.Sandbox = readQuota(h, "X-Quota-"), readQuota(h, "X-Sandbox-")
	return m
}

func readQuota(h http.Header, prefix string) *Quota {
	number := func(name string) *int64 {
		n, err := strconv.ParseInt(h.Get(prefix+name), 10, 64)
		if err != nil {
			return nil
		}
		return &n
	}
	q := Quota{Limit: h.Get(prefix + "Limit"), Used: number("Used"), Remaining: number("Remaining"), Overage: number("Overage"),
		Billable: h.Get(prefix + "Billable")}
	if reset := h.Get(prefix + "Reset"); reset != "" {
		q.Reset, _ = caremux.ParseTime(reset)
	}
	if q == (Quota{}) {
		return nil
	}
	return &q
}
