//go:build !plan9

package transport

import (
	"errors"
	"syscall"
)

func refusedConnection(err error, _ string) bool { return errors.Is(err, syscall.ECONNREFUSED) }

func resetConnection(err error, _ string) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
