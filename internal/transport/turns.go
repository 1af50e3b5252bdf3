package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/caremux/caremux/internal/relay"
)

// turns lets one attempt at a time read the files: the connection of the last one may still be reading when its response
// is there.
type turns struct {
	free chan struct{} // contains a value while nobody reads
	turn int
	ends relay.Slot // how a read ended that did not return: the goroutine of a connection is not a place for that
}

func newTurns() *turns {
	t := &turns{free: make(chan struct{}, 1)}
	t.release()
	return t
}

func (t *turns) release() { t.free <- struct{}{} }

// ended reports whether a read of the caller's content did not return.
func (t *turns) ended() bool { return t != nil && t.ends.Full() }

// raise ends the caller's goroutine as the read of the content ended.
func (t *turns) raise() {
	if t != nil {
		t.ends.Raise()
	}
}

// lastRead is how long the next attempt waits for a read that the last one has left behind.
const lastRead = 10 * time.Second

var (
	errNextTurn = errors.New("another attempt reads the files now")
	errHangs    = errors.New("reading the content hangs")
	errEnded    = errors.New("reading the content did not return")
)

// begin waits until nobody reads, and begins the next turn. The caller releases it.
func (t *turns) begin(ctx context.Context) error {
	select {
	case <-t.free:
	default:
		timer := time.NewTimer(lastRead)
		defer timer.Stop()
		select {
		case <-t.free:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-timer.C:
			return errHangs
		}
	}
	t.turn++
	return nil
}

type turnReader struct {
	io.Reader
	files *turns
	turn  int
}

func (r *turnReader) Read(p []byte) (n int, err error) {
	<-r.files.free
	defer r.files.release()
	if r.turn != r.files.turn {
		return 0, errNextTurn
	}
	relay.Run(func() { n, err = r.Reader.Read(p) }, func(end *relay.End) {
		if end != nil {
			r.files.ends.Keep(end)
			n, err = 0, errEnded
		}
	})
	return n, err
}

// mayHang reports whether a read of the content may take forever, as one of a pipe may, or of a file on another
// machine.
func (p part) mayHang() bool {
	switch p.content.(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return false
	}
	return true
}

// leaving is content whose reads end with the context, since net/http waits for a read that hangs. Such a read goes on
// by itself and keeps the turn.
type leaving struct {
	ctx    context.Context
	from   io.Reader
	buffer []byte // not the caller's, which is used again once the read has been left
	read   chan readOutcome
}

type readOutcome struct {
	n   int
	err error
}

func (l *leaving) Read(p []byte) (int, error) {
	if l.ctx.Err() != nil {
		return 0, context.Cause(l.ctx)
	}
	if l.buffer == nil {
		l.buffer, l.read = make([]byte, 32<<10), make(chan readOutcome, 1)
	}
	part := l.buffer[:min(len(p), len(l.buffer))]
	var got readOutcome
	go relay.Run(func() { got.n, got.err = l.from.Read(part) }, func(end *relay.End) {
		if end != nil { // by runtime.Goexit: who reads the content keeps its end
			got = readOutcome{0, errEnded}
		}
		l.read <- got
	})
	select {
	case got := <-l.read:
		return copy(p, part[:got.n]), got.err
	case <-l.ctx.Done():
		return 0, context.Cause(l.ctx)
	}
}
