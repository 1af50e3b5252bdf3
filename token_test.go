package caremux_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
)

// TestMain lets a test run this binary as a second process, see TestFileLockIsFreeWhenItsProcessDies.
func TestMain(m *testing.M) {
	if dir := os.Getenv("CAREMUX_TEST_LOCK_DIR"); dir != "" {
		holdLock(dir)
	}
	os.Exit(m.Run())
}

func TestTokenPrintsRedacted(t *testing.T) {
	t.Parallel()
	token := caremux.Token{Value: "S3CRET-value", Refresh: "S3CRET-refresh", Expires: time.Now()}
	type session struct {
		Name  string
		Token caremux.Token
		More  []caremux.Token
	}
	store := caremux.NewMemoryTokenStore()
	if err := store.Save(t.Context(), "key", token); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{
		"a token":          token,
		"a pointer":        &token,
		"in a struct":      session{"x", token, []caremux.Token{token}},
		"behind a pointer": &session{"x", token, []caremux.Token{token}},
		"in a map":         map[string]caremux.Token{"x": token},
		"in an interface":  []any{token, &token},
		"a static source":  caremux.StaticToken(token.Value),
		"a store":          store,
	} {
		for _, text := range printed(v) {
			if strings.Contains(text, "S3CRET") {
				t.Errorf("%s prints as %q", name, text)
			}
		}
	}
	for _, verb := range append(verbs, "%x", "%X", "%d", "%t", "%b", "%c") {
		if text := fmt.Sprintf(verb, token); !strings.Contains(text, "[redacted]") {
			t.Errorf("%s prints %q, want [redacted]", verb, text)
		}
	}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("got", "token", token, slog.Any("again", token), slog.Group("g", "t", token))
	}
	slog.New(slog.NewTextHandler(&log, nil)).Info("got", "session", session{"x", token, nil})
	if strings.Contains(log.String(), "S3CRET") || strings.Count(log.String(), "[redacted]") != 7 {
		t.Errorf("logged as %s", log.String())
	}
}

func TestTokenSources(t *testing.T) {
	t.Parallel()
	token, err := caremux.StaticToken("abc").Token(t.Context())
	if err != nil || token.Value != "abc" || !token.Expires.IsZero() {
		t.Errorf("static token = %q, %v, %v", token.Value, token.Expires, err)
	}
	want := errors.New("no")
	if _, err := caremux.TokenSourceFunc(func(context.Context) (caremux.Token, error) {
		return caremux.Token{}, want
	}).Token(t.Context()); err != want {
		t.Errorf("error = %v, want %v", err, want)
	}
}

func stores(t *testing.T) map[string]func() caremux.TokenStore {
	memory, dir := caremux.NewMemoryTokenStore(), t.TempDir()
	return map[string]func() caremux.TokenStore{
		"memory": func() caremux.TokenStore { return memory },
		// Each call gives a store of its own in one folder, as two processes have.
		"file": func() caremux.TokenStore {
			s, err := caremux.NewFileTokenStore(dir)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	}
}

func TestTokenStoreGivesBackWhatWasSaved(t *testing.T) {
	t.Parallel()
	for name, open := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			if got, err := open().Load(ctx, "a"); err != nil || got != (caremux.Token{}) {
				t.Errorf("an empty store gives %q, %v", got.Value, err)
			}
			want := caremux.Token{Value: "v", Refresh: "r", Expires: time.Date(2030, 1, 2, 3, 4, 5, 6, time.UTC)}
			for _, token := range []caremux.Token{{Value: "old"}, want} {
				if err := open().Save(ctx, "welkin api.example.org/../x a", token); err != nil {
					t.Fatal(err)
				}
			}
			got, err := open().Load(ctx, "welkin api.example.org/../x a")
			if err != nil || got.Value != want.Value || !got.Expires.Equal(want.Expires) {
				t.Errorf("Load = %q, %q, %v, %v", got.Value, got.Refresh, got.Expires, err)
			}
			if other, err := open().Load(ctx, "another key"); err != nil || other.Value != "" {
				t.Errorf("another key gives %q, %v", other.Value, err)
			}
		})
	}
}

func TestTokenStoreLockExcludes(t *testing.T) {
	t.Parallel()
	for name, open := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var inside, most, entered atomic.Int32
			var wg sync.WaitGroup
			for range 4 {
				store := open()
				wg.Go(func() {
					for range 2 {
						unlock, err := store.Lock(t.Context(), "k")
						if err != nil {
							t.Error(err)
							return
						}
						if n := inside.Add(1); n > most.Load() {
							most.Store(n)
						}
						entered.Add(1)
						runtime.Gosched()
						inside.Add(-1)
						unlock()
					}
				})
			}
			wg.Wait()
			if most.Load() != 1 || entered.Load() != 8 {
				t.Errorf("%d held the lock at once, %d got it in all; want 1 and 8", most.Load(), entered.Load())
			}
			unlockA, err := open().Lock(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			defer unlockA()
			unlockB, err := open().Lock(t.Context(), "b")
			if err != nil {
				t.Fatalf("the lock of another key: %v", err)
			}
			unlockB()
		})
	}
}

func TestTokenStoreLockEndsWithTheContext(t *testing.T) {
	t.Parallel()
	for name, open := range stores(t) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				unlock, err := open().Lock(t.Context(), "k")
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				start := time.Now()
				if got, err := open().Lock(ctx, "k"); !errors.Is(err, context.DeadlineExceeded) || got != nil {
					t.Errorf("Lock = %v, want the context's error and no unlock", err)
				}
				if waited := time.Since(start); waited != 20*time.Second {
					t.Errorf("waited %v, want 20 s", waited)
				}
				unlock()
				again, err := open().Lock(t.Context(), "k")
				if err != nil {
					t.Fatal(err)
				}
				again()
			})
		})
	}
}

func TestFileTokenStoreKeepsStrangersOut(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes are of Unix")
	}
	dir := filepath.Join(t.TempDir(), "a", "b")
	store, err := caremux.NewFileTokenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := store.Lock(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Save(t.Context(), "k", caremux.Token{Value: "v"}); err != nil {
		t.Fatal(err)
	}
	unlock()
	files := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %s = %o, want %o", filepath.Base(path), got, want)
		}
		return nil
	})
	if err != nil || files != 2 {
		t.Errorf("%d files, %v; want the token and the lock", files, err)
	}
}

func TestFileTokenStoreReplacesInOneStep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, err := caremux.NewFileTokenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("long", 20000)
	save := func(value string) {
		if err := store.Save(t.Context(), "k", caremux.Token{Value: value}); err != nil {
			t.Error(err)
		}
	}
	save("short")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(stop)
		for i := range 200 {
			save([]string{"short", long}[i%2])
		}
	})
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if got, err := store.Load(t.Context(), "k"); err != nil || got.Value != "short" && got.Value != long {
				t.Errorf("Load in between = %d bytes, %v", len(got.Value), err)
				return
			}
		}
	})
	wg.Wait()
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestFileTokenStoreTakesADamagedFileAsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, err := caremux.NewFileTokenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, damage := range []string{"", "{", `"x"`, `[1]`, "\x00\x00", `{"value":5}`, `{"value":"v","expires":"soon"}`} {
		if err := store.Save(t.Context(), "k", caremux.Token{Value: "v"}); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil || len(files) != 1 {
			t.Fatalf("files = %v, %v", files, err)
		}
		if err := os.WriteFile(files[0], []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := store.Load(t.Context(), "k"); err != nil || got != (caremux.Token{}) {
			t.Errorf("with the file %q: Load = %q, %v; want none", damage, got.Value, err)
		}
	}
}

func TestFileTokenStoreTellsWhatIsWrongWithItsFolder(t *testing.T) {
	t.Parallel()
	_, err := caremux.NewFileTokenStore("")
	wantArgument(t, err, "dir")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := caremux.NewFileTokenStore(filepath.Join(file, "sub")); err == nil {
		t.Error("a folder below a file is accepted")
	}
	dir := filepath.Join(t.TempDir(), "gone")
	store, err := caremux.NewFileTokenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := store.Save(t.Context(), "k", caremux.Token{Value: "S3CRET"}); err == nil || strings.Contains(err.Error(), "S3CRET") {
		t.Errorf("Save without a folder = %v", err)
	}
	if _, err := store.Lock(t.Context(), "k"); err == nil {
		t.Error("Lock without a folder succeeds")
	}
}

// holdLock is the second process: it takes the lock, says so, and waits to be killed.
func holdLock(dir string) {
	store, err := caremux.NewFileTokenStore(dir)
	if err == nil {
		_, err = store.Lock(context.Background(), "k")
	}
	fmt.Println("locked", err)
	if err == nil {
		select {}
	}
	os.Exit(1)
}

func TestFileLockIsFreeWhenItsProcessDies(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there a lock expires")
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "CAREMUX_TEST_LOCK_DIR="+dir, "GOCOVERDIR="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	defer func() {
		if !killed {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked <nil>\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	store, err := caremux.NewFileTokenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Lock(ended, "k"); !errors.Is(err, context.Canceled) {
		t.Fatalf("Lock while the other process holds it = %v, want to wait", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	killed = true
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	unlock, err := store.Lock(ctx, "k")
	if err != nil {
		t.Fatalf("Lock after the other process died = %v", err)
	}
	unlock()
}
