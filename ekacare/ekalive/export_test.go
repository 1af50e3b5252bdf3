package ekalive

import "context"

// OpenStream opens a stream without a session.
func OpenStream(ctx context.Context, address string, opts ...Option) (*ScribeStream, error) {
	return open(ctx, address, opts)
}

// Finish is End without the session.
func (s *ScribeStream) Finish(ctx context.Context) error { return s.finish(ctx) }
