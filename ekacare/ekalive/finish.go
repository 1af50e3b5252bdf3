package ekalive

import (
	"context"
	"errors"
	"time"

	"github.com/coder/websocket"
)

// finish ends the stream in good order. All audio has arrived if the service closes the stream as usual, or sends the
// pong of a ping that was sent after the stop.
func (s *ScribeStream) finish(ctx context.Context) error {
	err := s.sendStop(ctx)
	if err == nil {
		err = s.awaitClose(ctx)
	}
	if errors.Is(err, ErrClosed) || err != nil && !errors.As(err, new(*StreamError)) {
		return err // the stream goes on, or was closed before
	}
	_ = s.Close()
	return err
}

func (s *ScribeStream) sendStop(ctx context.Context) error {
	s.mu.Lock()
	forwarded := s.stopped && !s.ended
	s.mu.Unlock()
	if forwarded {
		return nil
	}
	if err := s.take(ctx); err != nil {
		return err
	}
	defer func() { s.turn <- struct{}{} }()
	if err := s.sendEvent(ctx, event{Event: "stop"}, 0); err != nil {
		return err
	}
	s.change(func() { s.stopped = true })
	return nil
}

func (s *ScribeStream) awaitClose(ctx context.Context) error {
	limit := time.NewTimer(stopWait)
	defer limit.Stop()
	s.confirmNow()
	for {
		s.mu.Lock()
		read, failure, moved := s.stopRead, s.failure, s.moved
		s.mu.Unlock()
		if failure != nil {
			code := websocket.CloseStatus(failure)
			if read || code == websocket.StatusNormalClosure || code == websocket.StatusGoingAway {
				s.change(func() { s.confirmed = s.written })
				return nil
			}
			return s.lost(failure)
		}
		select {
		case <-moved:
		case <-limit.C:
			if read {
				return nil
			}
			return s.lost(context.DeadlineExceeded)
		case <-ctx.Done():
			return s.lost(context.Cause(ctx))
		}
	}
}

func (s *ScribeStream) lost(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &StreamError{Written: s.written, Confirmed: s.confirmed, Code: closeCode(err), Err: err}
}
