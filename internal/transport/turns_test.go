package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

// hanging is content whose reads take until it is freed.
type hanging chan struct{}

func (h hanging) Read([]byte) (int, error) { <-h; return 0, io.EOF }

// TestContentThatHangsEndsWithTheContext reads from a pipe that nobody writes to: net/http waits for such a read.
func TestContentThatHangsEndsWithTheContext(t *testing.T) {
	t.Parallel()
	s := serveUnread(t, func(_ *server, w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	type form struct {
		File caremux.File `json:"file"`
	}
	for name, body := range map[string]func(io.Reader) content.Body{
		"raw": func(from io.Reader) content.Body { return content.Raw("audio/webm", caremux.File{Content: from}) },
		"multipart": func(from io.Reader) content.Body {
			return content.Multipart(&form{caremux.File{Name: "a.pdf", Content: from}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			free := make(hanging)
			defer close(free)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			ended := make(chan error, 1)
			c := newClient(t, s.URL)
			go func() {
				_, err := Call[thing](ctx, c, createThing, Input{Body: body(free)}, nil)
				ended <- err
			}()
			select {
			case err := <-ended:
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error = %v", err)
				}
			case <-time.After(20 * time.Second):
				t.Error("the call outlives its context")
			}
		})
	}
}

// panics is content with a bug.
type panics struct{}

func (panics) Read([]byte) (int, error) { panic("reader bug") }

func TestPanicOfContentReachesTheCallerAlone(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{}`))
	c := newClient(t, s.URL)
	for name, body := range map[string]content.Body{
		"form": content.Multipart(&form{Title: "t", Photo: caremux.File{Name: "x", Content: panics{}}}),
		"raw":  content.Raw("image/png", caremux.File{Content: panics{}}),
	} {
		func() {
			defer func() {
				v := recover() // on another goroutine it would end the process
				if e, ok := v.(*caremux.PanicError); !ok || e.Value != "reader bug" {
					t.Errorf("%s: recovered %v", name, v)
				}
			}()
			err := Exec(t.Context(), c, upload, Input{Body: body}, nil)
			t.Errorf("%s: no panic: %v", name, err)
		}()
	}
	if err := Exec(t.Context(), c, upload, Input{Body: content.Multipart(&form{Title: "t"})}, nil); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

// exits is content whose read ends its goroutine, as t.FailNow does.
type exits struct{}

func (exits) Read([]byte) (int, error) { runtime.Goexit(); return 0, nil }

func TestGoexitOfContentEndsTheCallersGoroutine(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{}`))
	c := newClient(t, s.URL)
	watched := c.toStorage(time.Minute)
	for name, c := range map[string]*Client{"a call": c, "an upload that may take long": watched} {
		returned := false
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = Exec(t.Context(), c, upload, Input{Body: content.Raw("image/png", caremux.File{Content: exits{}})}, nil)
			returned = true
		})
		wg.Wait()
		if returned {
			t.Errorf("%s: the goroutine went on", name)
		}
	}
}
