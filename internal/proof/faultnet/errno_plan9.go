package faultnet

import "syscall"

// How a system names a connection that was reset, and one that nobody took.
const (
	ErrReset   = syscall.ErrorString("connection reset")
	ErrRefused = syscall.ErrorString("connection refused")
)
