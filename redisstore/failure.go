package redisstore

import (
	"context"
	"fmt"
	"time"
)

// failure is the error of a command that failed. If its context has ended, that is the cause, whatever the client says.
func failure(ctx context.Context, command string, err error) error {
	if cause := ended(ctx); cause != nil {
		err = cause
	}
	return fmt.Errorf("redisstore: %s: %w", command, err)
}

// ended returns the context's error as soon as its deadline has passed: the client sets the same deadline on its connection, which may
// notice it first.
func ended(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}
