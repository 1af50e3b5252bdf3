package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
)

var download = &Operation{Name: "Files.Download", Method: "GET", Path: "/{tenant}/files/{fileId}"}

func fetch(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*caremux.Download, error) {
	return Stream(ctx, c, download, Input{Path: []string{"1"}}, opts)
}

func TestDownloadHandsOnWhatTheServerSays(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		disposition string
		want        string
	}{
		{"plain", `attachment; filename="scan 1.pdf"`, "scan 1.pdf"},
		{"extended", `attachment; filename*=UTF-8''Z%C3%B6e.pdf`, "Zöe.pdf"},
		{"none", ``, ""},
		{"no name", `inline`, ""},
		{"unreadable", `attachment; filename="`, ""},
		{"a path", `attachment; filename="../../etc/passwd"`, "passwd"},
		{"a path of Windows", `attachment; filename*=UTF-8''..%5C..%5Cboot.ini`, "boot.ini"},
		{"a folder", `attachment; filename="../.."`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header().Set("Content-Disposition", tt.disposition)
				w.Header().Set("Content-Type", "application/pdf")
				w.Header().Set("X-Request-Id", "r1")
				_, _ = io.WriteString(w, "%PDF")
			})
			var r caremux.Response
			d, err := fetch(t.Context(), newClient(t, s.URL), caremux.WithResponse(&r))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(d)
			if err != nil || string(body) != "%PDF" || d.Name != tt.want || d.ContentType != "application/pdf" || d.Size != 4 {
				t.Errorf("download = %q, %v, name %q, type %q, size %d; want the name %q", body,
					err, d.Name, d.ContentType, d.Size, tt.want)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
			if err := d.Close(); err != nil {
				t.Errorf("closing again: %v", err)
			}
			if r.Status != 200 || r.Body != nil || r.RequestID != "r1" || r.Attempts != 1 {
				t.Errorf("Response = %+v", r)
			}
			if h := s.requests()[0].header; h.Get("Accept") != "*/*" {
				t.Errorf("Accept = %q", h.Get("Accept"))
			}
		})
	}
}

func TestDownloadTakesTheCallersAccept(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, "x"))
	opt := caremux.WithHeader("Accept", "text/csv")
	d, err := fetch(t.Context(), newClient(t, s.URL), opt, caremux.WithHeader("X-A", "b"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if h := s.requests()[0].header; h.Get("Accept") != "text/csv" || h.Get("X-A") != "b" {
		t.Errorf("header = %v", h)
	}
}

func TestDownloadOfUnknownSize(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, "x")
	})
	d, err := fetch(t.Context(), newClient(t, s.URL))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if body, err := io.ReadAll(d); err != nil || string(body) != "x" || d.Size != -1 {
		t.Errorf("download = %q, %v, size %d", body, err, d.Size)
	}
}

func TestDownloadIsRetriedAndLoggedInLikeAnyCall(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		switch n {
		case 1:
			answer(w, 503, "")
		case 2:
			answer(w, 401, "")
		default:
			_, _ = io.WriteString(w, r.Header.Get("Authorization"))
		}
	})
	d, err := fetch(t.Context(), newClientOf(t, loginSettings(&logins{}), s.URL))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if body, err := io.ReadAll(d); err != nil || string(body) != "Bearer t2" || s.count() != 3 {
		t.Errorf("download = %q, %v after %d requests", body, err, s.count())
	}
	s2 := serve(t, always(404, `{"code":"GONE"}`))
	d, err = fetch(t.Context(), newClient(t, s2.URL))
	if e := wantError(t, err, 404); e.Code != "GONE" || d != nil {
		t.Errorf("got %v, %v", d, err)
	}
}

// dripping is a body that gives a byte after each wait, and then ends with err.
type dripping struct {
	ctx   context.Context
	waits []time.Duration
	err   error
}

func (d *dripping) Read(p []byte) (int, error) {
	if len(d.waits) == 0 {
		return 0, d.err
	}
	wait := d.waits[0]
	d.waits = d.waits[1:]
	select {
	case <-time.After(wait):
		p[0] = '.'
		return 1, nil
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

func (d *dripping) Close() error { return nil }

// drip is a fake network whose answer comes after first and then drips.
func drip(first time.Duration, end error, waits ...time.Duration) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		select {
		case <-time.After(first):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		resp := fake(200, "")
		resp.ContentLength, resp.Body = -1, &dripping{r.Context(), waits, end}
		return resp, nil
	}
}

func TestDownloadsTimeoutBoundsEachStep(t *testing.T) {
	t.Parallel()
	const timeout = 10 * time.Second
	for _, tt := range []struct {
		name  string
		rt    roundTrip
		pause time.Duration // between the caller's reads
		took  time.Duration
		bytes int
		fails bool // the timeout strikes
	}{
		{"slow but steady", drip(9*time.Second, io.EOF, 9*time.Second, 9*time.Second, 9*time.Second), 0, 36 * time.Second, 3, false},
		{"no first byte", drip(11*time.Second, io.EOF), 0, timeout, 0, true},
		{"stall in the middle", drip(time.Second, io.EOF, time.Second, time.Hour), 0, 12 * time.Second, 1, true},
		{"the caller takes its time", drip(time.Second, io.EOF, time.Second, time.Second),
			time.Hour, 3*time.Hour + 3*time.Second, 2, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, "https://acme.invalid", caremux.WithTransport(tt.rt), caremux.WithTimeout(timeout))
				begin := time.Now()
				d, err := fetch(t.Context(), c)
				read := 0
				if err == nil {
					defer d.Close()
					var buffer [8]byte
					for err == nil {
						time.Sleep(tt.pause)
						var n int
						n, err = d.Read(buffer[:])
						read += n
					}
				}
				if took := time.Since(begin); took != tt.took || read != tt.bytes {
					t.Errorf("%d bytes in %v, want %d in %v", read, took, tt.bytes, tt.took)
				}
				if !tt.fails {
					if err != io.EOF {
						t.Errorf("error = %v, want the end", err)
					}
					return
				}
				var e *caremux.Error
				if !errors.As(err, &e) || !errors.Is(err, context.DeadlineExceeded) ||
					!strings.Contains(err.Error(), "timed out (client's timeout)") || e.Operation != "Files.Download" {
					t.Errorf("error = %v", err)
				}
				if read > 0 && (!errors.Is(err, caremux.ErrUnreadable) || e.Status != 200) {
					t.Errorf("error = %v", err)
				}
			})
		})
	}
}

func TestDownloadWithoutATimeoutWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "https://acme.invalid", caremux.WithTransport(drip(time.Hour, io.EOF, 5*time.Hour)))
		d, err := fetch(t.Context(), c, caremux.WithCallTimeout(0))
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if body, err := io.ReadAll(d); err != nil || string(body) != "." {
			t.Errorf("download = %q, %v", body, err)
		}
	})
}

func TestDownloadThatIsCutOffGivesATypedError(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		hangUp(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin", false)
	})
	d, err := fetch(t.Context(), newClient(t, s.URL))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	body, err := io.ReadAll(d)
	e := wantError(t, err, 200)
	if string(body) != "begin" || !errors.Is(err, caremux.ErrUnreadable) || !errors.Is(err, io.ErrUnexpectedEOF) ||
		e.Attempts != 1 || e.Operation != "Files.Download" {
		t.Errorf("download = %q, %v", body, err)
	}
}

func TestDownloadEndsWithTheCallersContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		c := newClient(t, "https://acme.invalid", caremux.WithTransport(drip(0, io.EOF, time.Second, time.Hour)))
		d, err := fetch(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		begin := time.Now()
		_, err = io.ReadAll(d)
		if wantError(t, err, 200); !errors.Is(err, context.Canceled) || time.Since(begin) != 3*time.Second {
			t.Errorf("error = %v after %v", err, time.Since(begin))
		}
	})
}

func TestClosingADownloadEarlyFreesItsConnection(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{}, 1)
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		_, _ = io.WriteString(w, "begin")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		ended <- struct{}{}
	})
	var requestContext context.Context
	c := newClient(t, s.URL, caremux.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			requestContext = r.Context()
			return next.RoundTrip(r)
		})
	}))
	d, err := fetch(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(d, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	if requestContext.Err() != nil {
		t.Error("the request's context has ended before Close")
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if requestContext.Err() == nil {
		t.Error("the request's context lives on after Close")
	}
	<-ended // the server notices; goleak sees to the rest
	if _, err := d.Read(make([]byte, 1)); err == nil {
		t.Error("a closed download can be read")
	}
}
