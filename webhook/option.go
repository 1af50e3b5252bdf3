package webhook

import "time"

// Freshness judges the times that a [Scheme] of your own signs, as the options of its constructor say.
type Freshness struct{ options }

// NewFreshness takes the tolerance of the scheme, or what [WithTolerance] says instead.
func NewFreshness(tolerance time.Duration, opts ...Option) (Freshness, error) {
	if tolerance <= 0 {
		return Freshness{}, &ArgumentError{Field: "tolerance", Rule: "must be positive"}
	}
	o, err := apply(options{tolerance: tolerance}, opts)
	return Freshness{o}, err
}

// Check returns [ErrTooOld] or [ErrTooNew] for a time that lies further from now than the tolerance.
func (f Freshness) Check(signed time.Time) error { return f.fresh(signed) }

// Option configures how a [Verifier] checks the time of a signature.
type Option func(*options) error

type options struct {
	tolerance time.Duration // 0 in a scheme that signs no time
	now       func() time.Time
	headers   int        // of shared credentials; 0 in other schemes
	former    [][]string // credentials that are accepted too, a value for each header
}

// Tolerance is part of [Scheme].
func (o *options) Tolerance() time.Duration { return o.tolerance }

// fresh returns an error for a signature made too far from now.
func (o *options) fresh(signed time.Time) error {
	now := o.now()
	switch {
	case signed.Before(now.Add(-o.tolerance)):
		return ErrTooOld
	case signed.After(now.Add(o.tolerance)):
		return ErrTooNew
	}
	return nil
}

// WithTolerance sets how far a signature's time may lie from this host's clock, in either direction, instead of the vendor's
// own figure. A scheme that signs no time refuses it.
func WithTolerance(d time.Duration) Option {
	return func(o *options) error {
		switch {
		case o.tolerance == 0:
			return &ArgumentError{Field: "WithTolerance", Rule: "does not fit a scheme that signs no time"}
		case d <= 0:
			return &ArgumentError{Field: "WithTolerance", Rule: "must be positive"}
		}
		o.tolerance = d
		return nil
	}
}

// WithClock takes the time from now instead of [time.Now], for tests.
func WithClock(now func() time.Time) Option {
	return func(o *options) error {
		if now == nil {
			return &ArgumentError{Field: "WithClock", Rule: "needs a function"}
		}
		o.now = now
		return nil
	}
}

// WithFormerValues accepts credentials of [NewSharedHeaders] that are being replaced, beside the present ones: a value for each of
// the headers, in their order. Use it once for each set. Other schemes take several secrets and refuse it.
func WithFormerValues(values ...string) Option {
	return func(o *options) error {
		switch {
		case o.headers == 0:
			return &ArgumentError{Field: "WithFormerValues", Rule: "does not fit a scheme without shared headers"}
		case len(values) != o.headers:
			return &ArgumentError{Field: "WithFormerValues", Rule: "must have a value for each header"}
		}
		o.former = append(o.former, values)
		return nil
	}
}

// apply changes what a scheme says of itself.
func apply(o options, opts []Option) (options, error) {
	o.now = time.Now
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(&o); err != nil {
			return options{}, err
		}
	}
	return o, nil
}
