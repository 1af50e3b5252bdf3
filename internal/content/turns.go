package content

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/caremux/caremux/internal/relay"
)

// Turns lets one attempt at a time read the files: the connection of the last one may still be reading when its answer
// is there.
type Turns struct {
	free chan struct{} // holds a value while nobody reads
	turn int
	ends relay.Slot // how a read ended that did not return: the goroutine of a connection is no place for that
}

func newTurns() *Turns {
	t := &Turns{free: make(chan struct{}, 1)}
	t.release()
	return t
}

func (t *Turns) release() { t.free <- struct{}{} }

// Ended reports whether a read of the caller's content did not return.
func (t *Turns) Ended() bool { return t != nil && t.ends.Full() }

// Raise ends the caller's goroutine as the read of the content ended.
func (t *Turns) Raise() {
	if t != nil {
		t.ends.Raise()
	}
}

// lastRead is how long the next attempt waits for a read that the last one has left behind.
const lastRead = 10 * time.Second

var (
	errNextTurn = errors.New("another attempt reads the files now")
	// ErrHangs ends an attempt whose predecessor is still reading the content.
	ErrHangs = errors.New("reading the content hangs")
	// ErrEnded stands for a read that did not return: its goroutine panicked or exited. Raise passes that on.
	ErrEnded = errors.New("reading the content did not return")
)

// begin waits until nobody reads, and begins the next turn. The caller releases it.
func (t *Turns) begin(ctx context.Context) error {
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
			return ErrHangs
		}
	}
	t.turn++
	return nil
}

// reader begins the next turn with the content that rewound returns.
func (t *Turns) reader(ctx context.Context, rewound func() (io.Reader, error)) (io.Reader, error) {
	if err := t.begin(ctx); err != nil {
		return nil, err
	}
	defer t.release()
	content, err := rewound()
	if err != nil {
		return nil, err
	}
	return &turnReader{content, t, t.turn}, nil
}

type turnReader struct {
	io.Reader
	files *Turns
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
			n, err = 0, ErrEnded
		}
	})
	return n, err
}
