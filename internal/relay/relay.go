// Package relay takes the end of the user's code, a panic or runtime.Goexit, from the goroutine in which it ran to the
// goroutine of the call that it ran for. Without it a panic ends the process although the caller recovers, and a Goexit
// leaves the caller waiting forever.
package relay

import (
	"net/http"
	"runtime"
	"runtime/debug"
	"sync/atomic"

	"github.com/caremux/caremux"
)

// End is how code ended that did not return.
type End struct {
	exited bool // by runtime.Goexit
	value  any
	stack  []byte
}

// Run calls fn, and then done with how fn ended: nil if it returned. When fn ends its goroutine, done runs on the way
// out.
func Run(fn func(), done func(*End)) {
	returned := false
	defer func() { done(Ended(returned, recover())) }()
	fn()
	returned = true
}

// Ended is how code ended, for the function that it defers: whether the code returned, and what recover found.
func Ended(returned bool, recovered any) *End {
	switch {
	case returned:
		return nil
	case recovered != nil:
		return &End{value: recovered, stack: debug.Stack()}
	}
	return &End{exited: true}
}

// Raise ends the calling goroutine in the same way, and returns if there is no end. A panic continues as a
// *caremux.PanicError with the value and the stack of the first goroutine; [http.ErrAbortHandler], which servers
// compare, as itself.
func (e *End) Raise() {
	switch {
	case e == nil:
		return
	case e.exited:
		runtime.Goexit()
	case e.value == any(http.ErrAbortHandler):
		panic(e.value)
	}
	if relayed, ok := e.value.(*caremux.PanicError); ok {
		panic(relayed)
	}
	panic(&caremux.PanicError{Value: e.value, Stack: e.stack})
}

// Slot keeps the first end of code that runs in several goroutines. The zero value is empty.
type Slot struct{ end atomic.Pointer[End] }

// Keep puts an end in, unless there is one.
func (s *Slot) Keep(e *End) {
	if e != nil {
		s.end.CompareAndSwap(nil, e)
	}
}

// Full reports whether there is an end.
func (s *Slot) Full() bool { return s.end.Load() != nil }

// Raise ends the calling goroutine as the code ended, and returns if it did not.
func (s *Slot) Raise() { s.end.Load().Raise() }
