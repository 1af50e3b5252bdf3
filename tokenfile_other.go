//go:build !unix || aix || solaris

package caremux

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// lockExpiry frees the lock of a process that died: no renewal takes that long.
const lockExpiry = 2 * time.Minute

// tryLock takes the lock by creating the file; unlock is nil if another process holds it.
func tryLock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		if info, statErr := os.Stat(path); statErr == nil && time.Since(info.ModTime()) > lockExpiry {
			_ = os.Remove(path)
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return func() {
		_ = f.Close()
		_ = os.Remove(path)
	}, nil
}
