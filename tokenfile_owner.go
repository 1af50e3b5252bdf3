//go:build unix

package caremux

import (
	"io/fs"
	"os"
	"syscall"
)

// ours reports whether the user of this process owns a file or folder, and nobody else may write it.
func ours(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid() && info.Mode().Perm()&0o022 == 0
}
