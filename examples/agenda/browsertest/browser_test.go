package browsertest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// findBrowser returns the path of a Chromium or Chrome, or skips the test.
func findBrowser(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("CAREMUX_TEST_BROWSER"); path != "" {
		return path
	}
	for _, name := range []string{"chromium-headless-shell", "headless_shell", "headless-shell", "chromium", "chromium-browser",
		"google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	playwright := os.Getenv("PLAYWRIGHT_BROWSERS_PATH")
	if home, err := os.UserHomeDir(); playwright == "" && err == nil {
		playwright = filepath.Join(home, ".cache", "ms-playwright")
	}
	for _, pattern := range []string{"chromium*/*/headless_shell", "chromium*/*/chrome", "chromium*/*/chrome-headless-shell"} {
		if found, _ := filepath.Glob(filepath.Join(playwright, pattern)); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	t.Skip("no Chromium or Chrome on PATH or of Playwright, and CAREMUX_TEST_BROWSER is not set")
	return ""
}

// visit is what happened while a page was opened.
type visit struct {
	mu        sync.Mutex
	troubles  []string // errors of scripts, entries of the browser's log, dialogs
	addresses []string // that were asked for
}

func (v *visit) get() (troubles, addresses []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.troubles), slices.Clone(v.addresses)
}

func (v *visit) note(to *[]string, text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	*to = append(*to, text)
}

// open opens a file in a browser of its own, and returns the context for looking at the page, with what happened meanwhile.
func open(t *testing.T, file string) (context.Context, *visit) {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(findBrowser(t)))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to be root in its sandbox
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)

	v := &visit{}
	dialogs := make(chan struct{}, 10)
	if err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			text := e.ExceptionDetails.Text
			if e.ExceptionDetails.Exception != nil {
				text += " " + e.ExceptionDetails.Exception.Description
			}
			v.note(&v.troubles, "exception: "+text)
		case *log.EventEntryAdded:
			v.note(&v.troubles, fmt.Sprintf("log: %s: %s", e.Entry.Level, e.Entry.Text))
		case *page.EventJavascriptDialogOpening:
			v.note(&v.troubles, "dialog: "+e.Message)
			dialogs <- struct{}{}
		case *network.EventRequestWillBeSent:
			v.note(&v.addresses, e.Request.URL)
		}
	}); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			select {
			case <-dialogs: // a page with a dialog waits for an answer
				_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
			case <-ctx.Done():
				return
			}
		}
	}()
	address := (&url.URL{Scheme: "file", Path: file}).String()
	// What the page brought about while it was loaded has been heard of when the call after it returns.
	if err := chromedp.Do(ctx, chromedp.Navigate(address), chromedp.WaitReady(chromedp.CSS("body"))); err != nil {
		t.Fatal(err)
	}
	return ctx, v
}

// writeAgenda runs the program.
func writeAgenda(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "agenda.html")
	program := exec.CommandContext(t.Context(), "go", "run", "./examples/agenda", "-html", file)
	program.Dir = filepath.Join("..", "..", "..")
	if output, err := program.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return file
}

// writeHostile has a test of the program write its page of hostile names.
func writeHostile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hostile.html")
	test := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-run", "TestStrangersTextIsOnlyText", "./examples/agenda")
	test.Dir, test.Env = filepath.Join("..", "..", ".."), append(os.Environ(), "CAREMUX_AGENDA_HOSTILE="+file)
	if output, err := test.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return file
}

// writePage writes another page, to see that troubles are seen.
func writePage(t *testing.T, body string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte("<!DOCTYPE html><title>x</title>"+body), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
