package caremux

import "time"

// Wait says how to wait for a job that a vendor works on. The zero value of a field means the default of the method
// that takes it.
type Wait[T any] struct {
	MinWait  time.Duration // before the second poll; each later wait is half as long again
	MaxWait  time.Duration // the longest wait between two polls
	Limit    time.Duration // for the wait as a whole, its polls included; negative for no limit but the context's
	Progress func(T)       // called with what each poll finds, by the goroutine that waits; may be nil
}
