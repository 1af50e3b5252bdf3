package relay_test

import (
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/relay"
)

// endOf runs fn in a goroutine of its own.
func endOf(fn func()) (end *relay.End) {
	done := make(chan *relay.End)
	go relay.Run(fn, func(e *relay.End) { done <- e })
	return <-done
}

func panicOf(fn func()) (v any) {
	defer func() { v = recover() }()
	fn()
	return nil
}

func faulty() { panic("bug of the user") }

func TestAPanicContinuesWithItsValueAndStack(t *testing.T) {
	t.Parallel()
	end := endOf(faulty)
	for range 2 { // for each of the calls that waited
		e, ok := panicOf(end.Raise).(*caremux.PanicError)
		if !ok || e.Value != "bug of the user" || !strings.HasPrefix(e.Error(), "bug of the user\n\n") ||
			!strings.Contains(e.Error(), "relay_test.faulty") {
			t.Errorf("panicked with %v", e)
		}
	}
}

func TestAPanicIsRelayedOnceThroughSeveralGoroutines(t *testing.T) {
	t.Parallel()
	first := endOf(func() { panic(io.ErrClosedPipe) })
	second := endOf(first.Raise)
	e, ok := panicOf(second.Raise).(*caremux.PanicError)
	if !ok || e.Value != any(io.ErrClosedPipe) || !errors.Is(e, io.ErrClosedPipe) {
		t.Errorf("panicked with %v", e)
	}
}

func TestTheAbortOfAHandlerStaysItself(t *testing.T) {
	t.Parallel()
	if v := panicOf(endOf(func() { panic(http.ErrAbortHandler) }).Raise); v != any(http.ErrAbortHandler) {
		t.Errorf("panicked with %v", v)
	}
}

func TestGoexitEndsTheCallersGoroutine(t *testing.T) {
	t.Parallel()
	end := endOf(runtime.Goexit)
	returned := false
	var wg sync.WaitGroup
	wg.Go(func() {
		end.Raise()
		returned = true
	})
	wg.Wait()
	if returned {
		t.Error("the goroutine went on")
	}
}

func TestCodeThatReturnsEndsNothing(t *testing.T) {
	t.Parallel()
	end := endOf(func() {})
	if end != nil {
		t.Errorf("ended with %v", end)
	}
	end.Raise()
	var s relay.Slot
	s.Keep(nil)
	s.Raise()
	if s.Full() {
		t.Error("the slot is full")
	}
	s.Keep(endOf(faulty))
	s.Keep(endOf(func() { panic("later") }))
	if e, ok := panicOf(s.Raise).(*caremux.PanicError); !ok || e.Value != "bug of the user" || !s.Full() {
		t.Errorf("panicked with %v", e)
	}
}
