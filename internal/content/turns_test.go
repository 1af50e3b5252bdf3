package content

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// hanging is content whose reads take until it is freed.
type hanging chan struct{}

func (h hanging) Read([]byte) (int, error) { <-h; return 0, io.EOF }

func TestTheNextTurnDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		files := newTurns()
		free := make(hanging)
		if err := files.begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		files.release()
		go func() { _, _ = (&turnReader{free, files, 1}).Read(make([]byte, 1)) }()
		synctest.Wait()
		began := time.Now()
		if err := files.begin(t.Context()); !errors.Is(err, ErrHangs) || time.Since(began) != lastRead {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := files.begin(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		close(free)
		synctest.Wait()
		if err := files.begin(t.Context()); err != nil {
			t.Errorf("got %v though nobody reads", err)
		}
		files.release()
		if _, err := (&turnReader{free, files, 1}).Read(nil); !errors.Is(err, errNextTurn) {
			t.Errorf("the reader of the first turn got %v", err)
		}
	})
}
