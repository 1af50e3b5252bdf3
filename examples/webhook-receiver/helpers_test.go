package main

import (
	"context"
	"regexp"
	"strings"
	"testing"
)

func none(string) string { return "" }

// shown is an output that the test waits on, line by line.
type shown chan string

func (s shown) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		s <- strings.TrimSpace(line)
	}
	return len(p), nil
}

// receive starts a receiver and returns where it listens and what it prints.
func receive(t *testing.T, env func(string) string) (addr string, out shown) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, done := make(shown, 100), make(chan error, 1)
	go func() { done <- run(ctx, []string{"-addr", "127.0.0.1:0"}, env, out) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	select {
	case line := <-out:
		return regexp.MustCompile(`127[^/]+`).FindString(line), out
	case err := <-done:
		t.Fatalf("the receiver ended: %v", err)
		return "", nil
	}
}

func post(t *testing.T, env func(string) string, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	err := run(t.Context(), args, env, &out)
	return out.String(), err
}

// ownCache keeps the made-up secret out of the user's folder.
func ownCache(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, folder)
	}
	return folder
}
