package content

import (
	"context"
	"io"

	"github.com/caremux/caremux/internal/relay"
)

// Leaving is from with reads that end with the context, since net/http waits for a read that hangs. Such a read goes on
// by itself and keeps the turn.
func Leaving(ctx context.Context, from io.Reader) io.Reader { return &leaving{ctx: ctx, from: from} }

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
			got = readOutcome{0, ErrEnded}
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
