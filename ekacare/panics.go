package ekacare

import (
	"errors"
	"io"

	"github.com/caremux/caremux/internal/relay"
)

// panics carries the end of the user's code, a panic or runtime.Goexit, from the goroutine of a connection, or of a worker, to
// the goroutine of the call.
type panics struct{ ends relay.Slot }

var errPanicked = errors.New("a function of the caller panicked")

// run runs the user's code. It reports an end to failed, if that is not nil.
func (p *panics) run(code func(), failed func(error)) {
	relay.Run(code, func(end *relay.End) {
		if end == nil {
			return
		}
		p.ends.Keep(end)
		if failed != nil {
			failed(errPanicked)
		}
	})
}

// raise ends the calling goroutine as the user's code ended first, if it did.
func (p *panics) raise() { p.ends.Raise() }

// guarded is content of the user whose panics are caught.
type guarded struct {
	io.Reader
	panics *panics
}

func (g *guarded) Read(b []byte) (n int, err error) {
	g.panics.run(func() { n, err = g.Reader.Read(b) }, func(failed error) { n, err = 0, failed })
	return n, err
}

// guardedSeeker is guarded content that can be read again.
type guardedSeeker struct {
	guarded
	seeker io.Seeker
}

func (g *guardedSeeker) Seek(offset int64, whence int) (at int64, err error) {
	g.panics.run(func() { at, err = g.seeker.Seek(offset, whence) }, func(failed error) { at, err = 0, failed })
	return at, err
}

// guardedLen is guarded content of a known size that can be read once.
type guardedLen struct {
	guarded
	size interface{ Len() int }
}

func (g *guardedLen) Len() int { return g.size.Len() }

// guard wraps content so that what the transport can find out about it stays the same.
func (p *panics) guard(content io.Reader) io.Reader {
	if content == nil {
		return nil
	}
	g := guarded{content, p}
	if s, ok := content.(io.Seeker); ok {
		return &guardedSeeker{g, s}
	}
	if l, ok := content.(interface{ Len() int }); ok {
		return &guardedLen{g, l}
	}
	return &g
}
