package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/caremux/caremux"
)

// callLog keeps what the clients tell of their calls until the step is shown.
type callLog struct {
	mu     sync.Mutex
	events []caremux.CallEvent
}

// observe is for [caremux.WithObserver].
func (l *callLog) observe(_ context.Context, e caremux.CallEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}

// flush shows attempts that failed and were repeated, and with -v each call.
func (l *callLog) flush(out io.Writer, verbose bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		switch {
		case !e.Done:
			fmt.Fprintf(out, "      ! at first %s; %s after %d ms\n", trouble(e), repeat(e.Method), e.Wait.Milliseconds())
		case verbose:
			tries := "1 try"
			if e.Attempts > 1 {
				tries = fmt.Sprintf("%d tries", e.Attempts)
			}
			fmt.Fprintf(out, "      %-6s %-62s  %3d  %-7s %5.1f ms\n", e.Method, fit(e.Path, 62), e.Status, tries, ms(e.Duration))
		}
	}
	l.events = nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// trouble is why an attempt failed.
func trouble(e caremux.CallEvent) string {
	if e.Status == 0 {
		return "no answer came"
	}
	return fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
}

// repeat says why that may be repeated.
func repeat(method string) string {
	switch method {
	case http.MethodPost, http.MethodPatch:
		return "nothing was done, so sent again"
	case http.MethodPut, http.MethodDelete:
		return "a " + method + " twice does no harm, so sent again"
	}
	return "asked again"
}

// fit cuts a text that is too long.
func fit(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	return string(runes[:width-3]) + "..."
}
