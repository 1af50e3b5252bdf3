//go:build !unix || aix || solaris

package caremux

import (
	"errors"
	"io/fs"
	"os"
)

// tryOwn owns a file by creating it. It returns nil if another process has; one that has owned it for longer than the
// lease loses it: it may have died.
func tryOwn(root *os.Root, name string) (*os.File, error) {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if !errors.Is(err, fs.ErrExist) {
		return f, err
	}
	if info, err := root.Lstat(name); err == nil && stale(info) {
		_ = root.Remove(name)
	}
	return nil, nil
}

// release gives up a file, which others own by creating it.
func release(root *os.Root, f *os.File, name string) { disown(root, f, name) }

// disown gives up a file and removes it.
func disown(root *os.Root, f *os.File, name string) {
	_ = f.Close()
	_ = root.Remove(name)
}

// replace gives up a file under another name, where it replaces the one that was there.
func replace(root *os.Root, f *os.File, name, as string) error {
	err := f.Close()
	if err == nil {
		err = root.Rename(name, as)
	}
	if err != nil {
		_ = root.Remove(name)
	}
	return err
}
