//go:build unix && !aix && !solaris

package caremux

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// tryOwn opens or creates the file called name, so that no other process owns it until it is closed or its process
// dies. It returns nil if another process owns it. One that has owned it for longer than the lease loses it: it may
// have been stopped.
func tryOwn(root *os.Root, name string) (*os.File, error) {
	f, err := openOrCreate(root, name)
	if f == nil || err != nil {
		return nil, err
	}
	err = flock(f)
	opened, openedErr := f.Stat()
	named, namedErr := root.Lstat(name)
	same := openedErr == nil && namedErr == nil && os.SameFile(opened, named) // not if it was renamed or removed meanwhile
	switch {
	case err == nil && same:
		now := time.Now()
		_ = root.Chtimes(name, now, now) // the lease begins
		return f, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		if same && stale(named) {
			_ = root.Remove(name) // the owner keeps a file without a name
		}
		err = nil
	}
	_ = f.Close()
	return nil, err
}

// openOrCreate returns nil if the file was there and is not any more.
func openOrCreate(root *os.Root, name string) (*os.File, error) {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) // O_EXCL follows no link
	if !errors.Is(err, fs.ErrExist) {
		return f, err
	}
	if f, err = openOwn(root, name, os.O_RDWR); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return f, err
}

func flock(f *os.File) error {
	for {
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// release gives up a file and keeps it.
func release(_ *os.Root, f *os.File, _ string) { _ = f.Close() }

// disown gives up a file and removes it.
func disown(root *os.Root, f *os.File, name string) {
	_ = root.Remove(name)
	_ = f.Close()
}

// replace gives up a file under another name, where it replaces the one that was there.
func replace(root *os.Root, f *os.File, name, as string) error {
	err := root.Rename(name, as)
	if err != nil {
		_ = root.Remove(name)
	}
	return errors.Join(err, f.Close())
}
