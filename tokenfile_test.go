//go:build unix && !aix && !solaris

package caremux_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caremux/caremux"
)

// tokenFolder is a new store in a folder of its own with a token under the key "k", and the paths of its files.
func tokenFolder(t *testing.T) (store caremux.TokenStore, token, lock string) {
	t.Helper()
	dir := t.TempDir()
	store, err := caremux.NewFileTokenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Save(t.Context(), "k", caremux.Token{Value: "own"}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files = %v, %v", files, err)
	}
	return store, files[0], strings.TrimSuffix(files[0], ".json") + ".lock"
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestFoldersThatOthersMayWriteAreRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(dir string) error{
		"writable by the group": func(dir string) error { return os.Chmod(dir, 0o770) },
		"writable by all":       func(dir string) error { return os.Chmod(dir, 0o777) },
		"sticky":                func(dir string) error { return os.Chmod(dir, 0o777|os.ModeSticky) },
		"of another user": func(dir string) error {
			if os.Geteuid() != 0 {
				return errors.ErrUnsupported
			}
			return os.Chown(dir, 65534, 65534)
		},
	} {
		dir := filepath.Join(t.TempDir(), "tokens")
		must(t, os.Mkdir(dir, 0o700))
		if err := change(dir); err != nil {
			continue
		}
		_, err := caremux.NewFileTokenStore(dir)
		wantArgument(t, err, "dir")
		if err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Chmod(dir, 0o755), os.Symlink(dir, link))
	if _, err := caremux.NewFileTokenStore(dir); err != nil {
		t.Errorf("a folder that others may read: %v", err)
	}
	_, err := caremux.NewFileTokenStore(link)
	wantArgument(t, err, "dir")
}

func TestAFolderThatIsGivenAwayLaterIsNotUsed(t *testing.T) {
	t.Parallel()
	store, token, _ := tokenFolder(t)
	must(t, os.Chmod(filepath.Dir(token), 0o777))
	if got, err := store.Load(t.Context(), "k"); err == nil || got.Value != "" {
		t.Errorf("Load = %q, %v", got.Value, err)
	}
	if err := store.Save(t.Context(), "k", caremux.Token{Value: "new"}); err == nil {
		t.Error("Save writes a token into it")
	}
	if _, err := store.Lock(t.Context(), "k"); err == nil {
		t.Error("Lock makes a file in it")
	}
}

func TestFilesOfOthersAreNotBelieved(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(path, other string) error{
		"writable by the group": func(path, _ string) error { return os.Chmod(path, 0o660) },
		"writable by all":       func(path, _ string) error { return os.Chmod(path, 0o606) },
		"a symbolic link":       func(path, other string) error { return errors.Join(os.Rename(path, other), os.Symlink(other, path)) },
		"a link to nothing":     func(path, other string) error { return errors.Join(os.Remove(path), os.Symlink(other, path)) },
		"a folder":              func(path, _ string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
		"a pipe":                func(path, _ string) error { return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)) },
		"of another user": func(path, _ string) error {
			if os.Geteuid() != 0 {
				return os.Chmod(path, 0o606)
			}
			return os.Chown(path, 65534, 65534)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, token, lock := tokenFolder(t)
			outside := filepath.Join(t.TempDir(), "outside")
			must(t, change(token, outside))
			if got, err := store.Load(t.Context(), "k"); err == nil || got.Value != "" {
				t.Errorf("Load = %q, %v", got.Value, err)
			}
			unlock, err := store.Lock(t.Context(), "k")
			must(t, err)
			unlock()
			outside += ".lock"
			must(t, change(lock, outside))
			if _, err := store.Lock(t.Context(), "k"); err == nil {
				t.Error("Lock takes it")
			}
			if info, err := os.Stat(outside); err == nil && strings.HasPrefix(name, "a link") {
				t.Errorf("%s was made through the link", info.Name())
			}
		})
	}
}

// TestATokenIsReplacedEvenIfItsFileIsNotOwn lets a client go on: renaming needs the folder alone.
func TestATokenIsReplacedEvenIfItsFileIsNotOwn(t *testing.T) {
	t.Parallel()
	store, token, _ := tokenFolder(t)
	outside := filepath.Join(t.TempDir(), "outside")
	must(t, os.Remove(token), os.WriteFile(outside, []byte("x"), 0o600), os.Symlink(outside, token))
	must(t, store.Save(t.Context(), "k", caremux.Token{Value: "new"}))
	if got, err := store.Load(t.Context(), "k"); err != nil || got.Value != "new" {
		t.Errorf("Load = %q, %v", got.Value, err)
	}
	if data, err := os.ReadFile(outside); err != nil || string(data) != "x" {
		t.Errorf("the link's target has become %q, %v", data, err)
	}
}

func TestTheFileOfAnotherKeyIsNoToken(t *testing.T) {
	t.Parallel()
	store, token, _ := tokenFolder(t)
	must(t, store.Save(t.Context(), "other", caremux.Token{Value: "of another"}))
	files, err := filepath.Glob(filepath.Join(filepath.Dir(token), "*.json"))
	must(t, err)
	for _, file := range files {
		if file != token {
			must(t, os.Rename(file, token))
		}
	}
	if got, err := store.Load(t.Context(), "k"); err != nil || got.Value != "" {
		t.Errorf("Load = %q, %v", got.Value, err)
	}
}

func TestRefreshTokensAreNotWritten(t *testing.T) {
	t.Parallel()
	store, token, _ := tokenFolder(t)
	must(t, store.Save(t.Context(), "k", caremux.Token{Value: "v", Refresh: "S3CRET"}))
	if data, err := os.ReadFile(token); err != nil || strings.Contains(string(data), "S3CRET") {
		t.Errorf("on disk: %s, %v", data, err)
	}
}

// TestTheLockOfAStoppedProcessIsTakenOver makes a lock that is held look old, as one whose process was stopped is.
func TestTheLockOfAStoppedProcessIsTakenOver(t *testing.T) {
	t.Parallel()
	store, _, lock := tokenFolder(t)
	stopped, err := store.Lock(t.Context(), "k")
	must(t, err)
	soon, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := store.Lock(soon, "k"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Lock of a process that works = %v", err)
	}
	old := time.Now().Add(-31 * time.Second)
	must(t, os.Chtimes(lock, old, old))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	unlock, err := store.Lock(ctx, "k")
	if err != nil {
		t.Fatalf("Lock of a stopped process = %v", err)
	}
	stopped() // it goes on, and must not free the lock of the other
	if _, err := store.Lock(soon, "k"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Lock after the stopped process ended = %v", err)
	}
	unlock()
}

// TestWhatAKilledProcessWasWritingIsRemoved has the file that is left when a process is killed in Save.
func TestWhatAKilledProcessWasWritingIsRemoved(t *testing.T) {
	t.Parallel()
	store, token, _ := tokenFolder(t)
	left := strings.TrimSuffix(token, ".json") + ".tmp"
	stranger := filepath.Join(filepath.Dir(token), "notes.tmp")
	must(t, os.WriteFile(left, []byte(`{"name":"half of a tok`), 0o600), os.WriteFile(stranger, nil, 0o600))
	must(t, store.Save(t.Context(), "k", caremux.Token{Value: "new"}))
	if got, err := store.Load(t.Context(), "k"); err != nil || got.Value != "new" {
		t.Errorf("Load = %q, %v", got.Value, err)
	}
	must(t, os.WriteFile(left, []byte(`{"name":"half of a tok`), 0o600))
	_, err := caremux.NewFileTokenStore(filepath.Dir(token))
	must(t, err)
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	if _, err := os.Stat(stranger); err != nil {
		t.Errorf("a file of somebody else's is gone: %v", err)
	}
}
