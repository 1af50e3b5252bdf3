package caremux

import "fmt"

// PanicError is a panic of code of yours (a token source, a token store, middleware, an observer, the content of an
// upload) in another goroutine than that of the call it ran for. The call panics with it in its own goroutine, where a
// recover can reach it.
type PanicError struct {
	Value any    // what the code panicked with
	Stack []byte // of the goroutine in which it panicked
}

// Error returns the value and the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("%v\n\n%s", e.Value, e.Stack) }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
