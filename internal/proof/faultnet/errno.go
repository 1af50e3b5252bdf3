//go:build !plan9

package faultnet

import "syscall"

// How a system names a connection that was reset, and one that nobody took.
const (
	ErrReset   = syscall.ECONNRESET
	ErrRefused = syscall.ECONNREFUSED
)
