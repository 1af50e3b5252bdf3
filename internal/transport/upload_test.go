package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

func textBody(text string) content.Body {
	return content.Raw("text/plain", caremux.File{Content: strings.NewReader(text)})
}

func TestStorageGetsTheBodyAndNothingOfTheClients(t *testing.T) {
	t.Parallel()
	s := serve(t, always(204, ""))
	var wrapped, passed atomic.Int32
	count := func(next http.RoundTripper) http.RoundTripper {
		wrapped.Add(1)
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			passed.Add(1)
			return next.RoundTrip(r)
		})
	}
	for name, opt := range map[string]caremux.Option{
		"own transport":      caremux.WithTransport(caremux.NewTransport()),
		"client of the user": caremux.WithHTTPClient(&http.Client{Transport: caremux.NewTransport()}),
	} {
		wrapped.Store(0)
		passed.Store(0)
		// The client's own base is elsewhere on this machine.
		c := newClient(t, "http://localhost:1/base", opt, caremux.WithMiddleware(count),
			caremux.WithTokenSource(caremux.StaticToken("secret")))
		for range 2 {
			if err := Send(t.Context(), c, "Files.Send", "PUT", s.URL+"/bucket/key?signature=x",
				textBody("abc"), time.Minute, nil); err != nil {
				t.Fatal(name, err)
			}
		}
		seen := s.requests()
		last := seen[len(seen)-1]
		if last.method != "PUT" || last.path != "/bucket/key" || last.query.Get("signature") != "x" || last.body != "abc" ||
			last.header.Get("Authorization") != "" || last.header.Get("Content-Type") != "text/plain" ||
			last.header.Get("Content-Length") != "3" {
			t.Errorf("%s: sent %+v", name, last)
		}
		if wrapped.Load() != 1 || passed.Load() != 2 {
			t.Errorf("%s: middleware made %d times, passed %d times", name, wrapped.Load(), passed.Load())
		}
	}
}

func TestStorageIsAskedAgainLikeForAGet(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		switch n {
		case 1:
			answer(w, 500, "")
		case 2:
			hangUp(w, "", true)
		default:
			w.WriteHeader(204)
		}
	})
	if err := Send(t.Context(), newClient(t, s.URL), "Files.Send", "POST", s.URL+"/x", textBody("abc"), time.Minute, &quick); err != nil {
		t.Fatal(err)
	}
	for i, r := range s.requests() {
		if r.body != "abc" {
			t.Errorf("attempt %d sent %q", i+1, r.body)
		}
	}
	if n := s.count(); n != 3 {
		t.Errorf("%d attempts", n)
	}
}

func TestStorageErrorsAreReadAndTellNoAddress(t *testing.T) {
	t.Parallel()
	s := serve(t, always(403, `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Policy expired of Ada</Message></Error>`))
	err := Send(t.Context(), newClient(t, s.URL), "Files.Send", "POST", s.URL+"/secret-key?sig=secret", textBody("abc"), time.Minute, nil)
	var e *caremux.Error
	if !errors.As(err, &e) || e.Status != 403 || e.Code != "AccessDenied" || !strings.Contains(string(e.Body()), "expired") {
		t.Fatalf("got %v", err)
	}
	if text := err.Error(); text != "acme: Files.Send: POST: 403 AccessDenied" {
		t.Errorf("text %q", text)
	}
}

func TestStorageThatLeadsToAPageHasNotTakenTheBody(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 1 {
				http.Redirect(w, r, "/elsewhere", status)
			}
		})
		err := Send(t.Context(), newClient(t, s.URL), "Files.Send", "POST", s.URL+"/bucket", textBody("abc"), time.Minute, nil)
		seen := s.requests()
		if last := seen[len(seen)-1]; len(seen) != 2 || last.path != "/elsewhere" {
			t.Fatalf("%d: sent %+v", status, seen)
		}
		if status == 307 { // asked for the same again, and took it
			if err != nil || seen[1].body != "abc" {
				t.Errorf("%d: %v, sent %+v", status, err, seen[1])
			}
			continue
		}
		var e *caremux.Error
		if !errors.As(err, &e) || !errors.Is(err, caremux.ErrUnreadable) || !e.MaybeApplied() ||
			strings.Contains(err.Error(), "elsewhere") {
			t.Errorf("%d: got %v", status, err)
		}
	}
}

func TestAStalledStorageEndsByItsOwnTimeout(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]bool{"before the body is read": false, "after it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var attempts atomic.Int32
			over := make(chan struct{}) // the server does not see a client go whose body it has not read
			s := serveUnread(t, func(_ *server, _ http.ResponseWriter, r *http.Request) {
				attempts.Add(1)
				if read {
					_, _ = io.Copy(io.Discard, r.Body)
				}
				<-over
			})
			t.Cleanup(func() { close(over) })
			// A client without a timeout of its own.
			c := newClient(t, s.URL, caremux.WithTimeout(0))
			big := content.Raw("", caremux.File{Content: bytes.NewReader(make([]byte, 8<<20))})
			policy := quick
			policy.MaxAttempts = 2
			err := Send(t.Context(), c, "Files.Send", "POST", s.URL+"/x", big, 500*time.Millisecond, &policy)
			var e *caremux.Error
			if !errors.As(err, &e) || !errors.Is(err, context.DeadlineExceeded) || !e.MaybeApplied() ||
				e.Attempts != 2 || attempts.Load() != 2 {
				t.Errorf("got %v after %d attempts", err, attempts.Load())
			}
		})
	}
}

// A slow upload is no stall: it takes several times as long as nothing may move, and longer than the client's timeout.
func TestASlowUploadIsNoStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		arrived := 0
		storage := roundTrip(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			arrived = len(body)
			return fake(204, ""), err
		})
		c := newClient(t, "https://acme.invalid", caremux.WithTransport(storage), caremux.WithTimeout(30*time.Second))
		slow := content.Raw("", caremux.File{Content: &slowBody{left: 20}})
		if err := Send(t.Context(), c, "Files.Send", "POST", "https://storage.invalid/x", slow, 50*time.Second, nil); err != nil {
			t.Fatal(err)
		}
		if arrived != 20 {
			t.Errorf("%d bytes arrived", arrived)
		}
	})
}

// slowBody gives a byte every 20 seconds.
type slowBody struct{ left int }

func (d *slowBody) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	time.Sleep(20 * time.Second)
	d.left--
	p[0] = 'x'
	return 1, nil
}

func TestTheContextEndsSendingAtOnce(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(_ http.ResponseWriter, r *http.Request, _ int) {
		cancel()
		<-r.Context().Done()
	})
	err := Send(ctx, newClient(t, s.URL), "Files.Send", "POST", s.URL+"/x", textBody("abc"), time.Hour, nil)
	if !errors.Is(err, context.Canceled) || s.count() != 1 {
		t.Errorf("got %v after %d attempts", err, s.count())
	}
}

func TestStorageAddressesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ base, address string }{
		{"https://api.invalid", "http://storage.invalid/x"},
		{"https://api.invalid", "http://127.0.0.1/x"}, // a vendor must not reach into this machine
		{"http://127.0.0.1:1", "http://storage.invalid/x"},
		{"http://vendor.invalid", "http://127.0.0.1/x"},
		{"http://127.0.0.1:1", "https://user:word@storage.invalid/x"},
		{"http://127.0.0.1:1", "file:///etc/passwd"},
		{"http://127.0.0.1:1", "/x"},
		{"http://127.0.0.1:1", "://"},
		{"http://127.0.0.1:1", ""},
	} {
		err := Send(t.Context(), newClient(t, "https://acme.invalid", caremux.WithInsecureBaseURL(tt.base)), "Files.Send",
			"POST", tt.address, textBody("abc"), time.Minute, nil)
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Operation != "Files.Send" {
			t.Errorf("%s from %s: got %v", tt.address, tt.base, err)
		}
	}
}

func TestOnlyTheStorageSaysThatItHasTheBody(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		stored bool
	}{
		"no content":               {204, "", true},
		"an empty success":         {200, "", true},
		"an empty success, padded": {200, " \r\n", true},
		"created":                  {201, "", true},
		"created, with its name":   {201, `<?xml version="1.0"?><PostResponse><Key>k</Key></PostResponse>`, true},
		"a portal's page":          {200, "<html>Please accept our terms</html>", false},
		"a page under 201":         {201, "<html>Please accept our terms</html>", false},
		"an error under 200":       {200, `<?xml version="1.0"?><Error><Code>InternalError</Code></Error>`, false},
		"JSON under 200":           {200, `{"message":"Internal server error"}`, false},
		"accepted by somebody":     {202, "queued", false},
	} {
		s := serve(t, always(tt.status, tt.body))
		err := Send(t.Context(), newClient(t, s.URL), "Files.Send", "POST", s.URL+"/bucket", textBody("abc"), time.Minute, nil)
		var e *caremux.Error
		if tt.stored != (err == nil) || err != nil && (!errors.As(err, &e) || !errors.Is(err, caremux.ErrUnreadable) ||
			!e.MaybeApplied() || e.Status != tt.status) {
			t.Errorf("%s: got %v", name, err)
		}
		if s.count() != 1 {
			t.Errorf("%s: sent %d times", name, s.count())
		}
	}
}
