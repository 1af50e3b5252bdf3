package ekacare

import (
	"errors"
	"io"
	"sync"
)

// panics carries a panic of the user's code from the goroutine of a connection, or of a worker, to the goroutine of the
// call, where a recover of the user's can reach it.
type panics struct {
	mu     sync.Mutex
	caught bool
	value  any
}

var errPanicked = errors.New("a function of the caller panicked")

// catch is deferred where the user's code runs. It reports a panic to report, if that is not nil.
func (p *panics) catch(report func(error)) {
	v := recover()
	if v == nil {
		return
	}
	p.mu.Lock()
	if !p.caught {
		p.caught, p.value = true, v
	}
	p.mu.Unlock()
	if report != nil {
		report(errPanicked)
	}
}

// raise panics with the first panic that was caught, if there is one.
func (p *panics) raise() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.caught {
		panic(p.value)
	}
}

// guarded is content of the user whose panics are caught.
type guarded struct {
	io.Reader
	panics *panics
}

func (g *guarded) Read(b []byte) (n int, err error) {
	defer g.panics.catch(func(failed error) { n, err = 0, failed })
	return g.Reader.Read(b)
}

// guardedSeeker is guarded content that can be read again.
type guardedSeeker struct {
	guarded
	seeker io.Seeker
}

func (g *guardedSeeker) Seek(offset int64, whence int) (at int64, err error) {
	defer g.panics.catch(func(failed error) { at, err = 0, failed })
	return g.seeker.Seek(offset, whence)
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
