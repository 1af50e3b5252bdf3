package content

import (
	"context"
	"sync/atomic"
	"time"
)

// Idle is a clock that ends something when nothing moves for too long: the upload of a body, or a download. nil has no bound.
type Idle struct {
	patience time.Duration
	timer    *time.Timer
	ended    atomic.Bool // a connection may read on a little
}

// NewIdle returns a running clock that calls expired when nothing has moved for patience; nil if patience is not positive.
func NewIdle(patience time.Duration, expired func()) *Idle {
	if patience <= 0 {
		return nil
	}
	return &Idle{patience: patience, timer: time.AfterFunc(patience, expired)}
}

// Moved starts the clock from zero.
func (i *Idle) Moved() {
	if i != nil && !i.ended.Load() {
		i.timer.Reset(i.patience)
	}
}

// Rest stops the clock until something moves.
func (i *Idle) Rest() {
	if i != nil {
		i.timer.Stop()
	}
}

// End stops it for good.
func (i *Idle) End() {
	if i != nil {
		i.ended.Store(true)
		i.timer.Stop()
	}
}

// ErrStalled is the cause of an attempt that ended because nothing moved.
const ErrStalled Timeout = "nothing moved for too long"

// Timeout is the cause of a context that ended because a time of the client's own passed.
type Timeout string

func (e Timeout) Error() string { return string(e) }

// Timeout is true.
func (Timeout) Timeout() bool { return true }

// Is reports whether target is context.DeadlineExceeded.
func (Timeout) Is(target error) bool { return target == context.DeadlineExceeded }
