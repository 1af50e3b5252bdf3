package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

type form struct {
	Title   string         `json:"title" check:"required"`
	Note    *string        `json:"note,omitempty"`
	Count   int            `json:"count,omitempty"`
	Public  bool           `json:"public"`
	Maybe   *bool          `json:"maybe,omitempty"`
	At      caremux.Time   `json:"at,omitzero"`
	Tags    []string       `json:"tags,omitempty"`
	Photo   caremux.File   `json:"photo"`
	Pages   []caremux.File `json:"pages"`
	Ignored string         `json:"-"`
}

// formPart is a part of a form as a server reads it.
type formPart struct{ Name, File, Type, Body string }

func readForm(t *testing.T, contentType, body string) []formPart {
	t.Helper()
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "multipart/form-data" {
		t.Fatalf("Content-Type %q: %v", contentType, err)
	}
	var parts []formPart
	r := multipart.NewReader(strings.NewReader(body), params["boundary"])
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, formPart{p.FormName(), p.FileName(), p.Header.Get("Content-Type"), string(data)})
	}
}

// onlyReader hides that a reader can seek.
type onlyReader struct{ io.Reader }

var upload = &Operation{Name: "Files.Upload", Method: "POST", Path: "/{tenant}/files"}

func TestFormIsSentPartByPart(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"f1"}`))
	path := filepath.Join(t.TempDir(), "photo.png")
	if err := os.WriteFile(path, []byte("skip-PNG data"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Seek(5, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	in := Input{Body: content.Multipart(&form{
		Title: "Zoë & co", Note: new(""), Maybe: new(false), At: caremux.NewTime(time.Unix(0, 0)), Tags: []string{"a", "b"},
		Photo: caremux.File{Name: "photo.png", Content: file},
		Pages: []caremux.File{
			{Name: "a\"b.pdf", ContentType: "text/x-own", Content: strings.NewReader("one")},
			{Content: onlyReader{strings.NewReader("two")}},
		},
		Ignored: "x",
	})}
	got, err := Call[thing](t.Context(), newClient(t, s.URL), upload, in, nil)
	if err != nil || got.ID != "f1" {
		t.Fatalf("got %+v, %v", got, err)
	}
	seen := s.requests()
	want := []formPart{
		{"title", "", "", "Zoë & co"}, {"note", "", "", ""}, {"public", "", "", "false"}, {"maybe", "", "", "false"},
		{"at", "", "", "1970-01-01T00:00:00.000Z"}, {"tags", "", "", `["a","b"]`},
		{"photo", "photo.png", "image/png", "PNG data"}, {"pages", `a"b.pdf`, "text/x-own", "one"},
		{"pages", "pages", "application/octet-stream", "two"},
	}
	if diff := cmp.Diff(want, readForm(t, seen[0].header.Get("Content-Type"), seen[0].body)); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
	if seen[0].header.Get("Content-Length") != "" {
		t.Errorf("Content-Length = %s although a file's size is not known", seen[0].header.Get("Content-Length"))
	}
}

func TestFormAsAQuery(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	in := Input{Body: content.Form(&form{Title: "Zoë & co", Note: new(""), Maybe: new(false), Ignored: "x"})}
	if err := Exec(t.Context(), newClient(t, s.URL), upload, in, nil); err != nil {
		t.Fatal(err)
	}
	r := s.requests()[0]
	if r.body != "maybe=false&note=&public=false&title=Zo%C3%AB+%26+co" ||
		r.header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("request = %+v", r)
	}
}

func TestRawContentIsNeitherClosedNorChanged(t *testing.T) {
	t.Parallel()
	s := serveUnread(t, busyTwice(true))
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("skip-content"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Seek(5, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, s.URL)
	if err := Exec(t.Context(), c, upload, Input{Body: content.Raw("application/pdf", caremux.File{Content: file})}, nil); err != nil {
		t.Fatal(err)
	}
	for i, r := range s.requests() {
		if r.body != "content" || r.header.Get("Content-Type") != "application/pdf" || r.header.Get("Content-Length") != "7" {
			t.Errorf("request %d = %+v", i+1, r)
		}
	}
	if err := file.Close(); err != nil || s.count() != 3 {
		t.Errorf("after %d requests, closing the file gives %v; it is the caller's", s.count(), err)
	}
	own := caremux.File{ContentType: "text/own", Content: onlyReader{strings.NewReader("once")}}
	if err := Exec(t.Context(), c, upload, Input{Body: content.Raw("application/pdf", own)}, nil); err != nil {
		t.Fatal(err)
	}
	if r := s.requests()[3]; r.body != "once" || r.header.Get("Content-Type") != "text/own" || r.header.Get("Content-Length") != "" {
		t.Errorf("request = %+v", r)
	}
	wantArgument(t, Exec(t.Context(), c, upload, Input{Body: content.Raw("text/plain", caremux.File{})}, nil), "Files.Upload", "body")
}

func TestFormOfFilesOfKnownSizeHasALength(t *testing.T) {
	t.Parallel()
	lengths := make(chan int64, 1)
	s := serveUnread(t, func(s *server, w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.note(r, string(body))
		lengths <- r.ContentLength
		answer(w, 200, `{"id":"1"}`)
	})
	in := Input{Body: content.Multipart(&form{Title: "t", Photo: caremux.File{Content: bytes.NewBufferString("buffer")},
		Pages: []caremux.File{{Content: strings.NewReader("text")}}})}
	if err := Exec(t.Context(), newClient(t, s.URL), upload, in, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := <-lengths, int64(len(s.requests()[0].body)); got != want {
		t.Errorf("Content-Length = %d, want %d", got, want)
	}
}

func TestFormWithAHoleIsRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	c := newClient(t, s.URL)
	err := Exec(t.Context(), c, upload, Input{Body: content.Multipart(&form{Title: "t", Pages: []caremux.File{{Name: "x"}}})}, nil)
	wantArgument(t, err, "Files.Upload", "pages")
	forged := caremux.File{Name: "x", ContentType: "image/png\r\nX-Other: 1\r\n\r\nother content", Content: strings.NewReader("x")}
	for field, body := range map[string]content.Body{
		"photo": content.Multipart(&form{Title: "t", Photo: forged}),
		"pages": content.Multipart(&form{Title: "t", Pages: []caremux.File{forged}}),
		"body":  content.Raw("image/png", forged),
	} {
		wantArgument(t, Exec(t.Context(), c, upload, Input{Body: body}, nil), "Files.Upload", field)
	}
	for _, name := range []string{"nul\x00.pdf", "bell\a.pdf", "del\x7f.pdf", "next\u0085line.pdf"} {
		named := caremux.File{Name: name, Content: strings.NewReader("x")}
		wantArgument(t, Exec(t.Context(), c, upload, Input{Body: content.Multipart(&form{Title: "t", Photo: named})}, nil),
			"Files.Upload", "photo")
	}
	err = Exec(t.Context(), c, upload, Input{Body: content.Multipart(&form{})}, nil)
	wantArgument(t, err, "Files.Upload", "title")
	err = Exec(t.Context(), c, upload, Input{Body: content.Multipart((*form)(nil))}, nil)
	wantArgument(t, err, "Files.Upload", "body")
	if s.count() != 0 {
		t.Errorf("%d requests were sent", s.count())
	}
}

// busyTwice refuses two requests in a way that lets a POST be repeated, and reads them or not.
func busyTwice(read bool) func(s *server, w http.ResponseWriter, r *http.Request) {
	var mu sync.Mutex
	n := 0
	return func(s *server, w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		busy := n < 3
		mu.Unlock()
		if read || !busy {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				body = append(body, " (cut off)"...)
			}
			s.note(r, string(body))
		}
		if busy {
			w.Header().Set("Retry-After", "0")
			answer(w, 503, `{}`)
			return
		}
		answer(w, 200, `{"id":"1"}`)
	}
}

func TestBodyIsReplayedAsItWas(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		body content.Body
	}{
		{"JSON", content.JSON(&thingInput{Name: "<Zoë>", Links: []link{{"a"}, {"b"}}})},
		{"form of files that can be rewound", content.Multipart(&form{
			Title: "t", Photo: caremux.File{Name: "a.txt", Content: strings.NewReader("first")},
			Pages: []caremux.File{{Name: "b.bin", Content: bytes.NewReader([]byte{0, 1, 2})}},
		})},
		{"form without files", content.Multipart(&form{Title: "t"})},
		{"form as a query", content.Form(&form{Title: "t"})},
		{"raw content that can be rewound", content.Raw("text/plain", caremux.File{Content: strings.NewReader("raw")})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serveUnread(t, busyTwice(true))
			if err := Exec(t.Context(), newClient(t, s.URL), upload, Input{Body: tt.body}, nil); err != nil {
				t.Fatal(err)
			}
			seen := s.requests()
			if len(seen) != 3 {
				t.Fatalf("%d requests, want 3", len(seen))
			}
			for i, r := range seen {
				if r.body == "" || r.body != seen[0].body || r.header.Get("Content-Type") != seen[0].header.Get("Content-Type") ||
					r.header.Get("Content-Length") != seen[0].header.Get("Content-Length") {
					t.Errorf("request %d differs: %q with %v", i+1, r.body, r.header)
				}
			}
		})
	}
}

// TestUploadIsWholeWhenTheServerAnswersEarly has a server refuse a large upload without reading it.
func TestUploadIsWholeWhenTheServerAnswersEarly(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("0123456789abcdef", 1<<18) // 4 MiB
	s := serveUnread(t, busyTwice(false))
	in := Input{Body: content.Multipart(&form{Title: "t", Photo: caremux.File{Name: "a", Content: strings.NewReader(text)}})}
	if err := Exec(t.Context(), newClient(t, s.URL), upload, in, nil); err != nil {
		t.Fatal(err)
	}
	seen := s.requests()
	if len(seen) != 1 {
		t.Fatalf("%d requests were read, want 1", len(seen))
	}
	parts := readForm(t, seen[0].header.Get("Content-Type"), seen[0].body)
	if last := parts[len(parts)-1]; last.Name != "photo" || last.Body != text {
		t.Errorf("the file arrived with %d bytes, same %v", len(last.Body), last.Body == text)
	}
}

// TestFilesAreNotReadByTwoAttemptsAtOnce has a round tripper read on in the body of a request that it has answered, as a connection
// may that is still writing.
func TestFilesAreNotReadByTwoAttemptsAtOnce(t *testing.T) {
	t.Parallel()
	var first io.ReadCloser
	var body bytes.Buffer
	c := newClient(t, "https://acme.invalid", caremux.WithTransport(transportFunc(func(r *http.Request) (*http.Response, error) {
		if first == nil {
			first = r.Body
			_, err := io.CopyN(io.Discard, first, 200)
			return fake(429, "{}"), err
		}
		defer r.Body.Close()
		if _, err := io.CopyN(&body, r.Body, 300); err != nil {
			return nil, err
		}
		if n, err := io.Copy(io.Discard, first); n > 0 || err == nil {
			t.Errorf("the first attempt reads %d bytes of the file that the second sends, %v", n, err)
		}
		_, err := io.Copy(&body, r.Body)
		return fake(200, `{"id":"1"}`), err
	})))
	text := strings.Repeat("0123456789", 100)
	in := Input{Body: content.Multipart(&form{Title: "t", Photo: caremux.File{Name: "a", Content: strings.NewReader(text)}})}
	if err := Exec(t.Context(), c, upload, in, nil); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(body.String(), text) {
		t.Errorf("the second attempt sent %d bytes without the whole file", body.Len())
	}
}

// transportFunc is roundTrip that leaves the request's body to its function.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestUploadThatCannotBeRewoundIsNotRepeatedOnceRead(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		handle handler
		status int
	}{
		{"503 with Retry-After", func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Retry-After", "0")
			answer(w, 503, "")
		}, 503},
		{"429", always(429, ""), 429},
		{"401", always(401, ""), 401},
		{"reset", func(w http.ResponseWriter, _ *http.Request, _ int) { hangUp(w, "", true) }, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, tt.handle)
			in := Input{Body: content.Multipart(&form{Title: "t", Photo: caremux.File{Content: onlyReader{strings.NewReader("once")}}})}
			c := newClient(t, s.URL, caremux.WithTokenSource(caremux.StaticToken("x")))
			err := Exec(t.Context(), c, upload, in, []caremux.RequestOption{caremux.WithIdempotent()})
			wantError(t, err, tt.status)
			if seen := s.requests(); len(seen) != 1 || !strings.Contains(seen[0].body, "once") {
				t.Errorf("%d requests: %v", len(seen), seen)
			}
		})
	}
}

func TestUploadThatCannotBeRewoundIsRepeatedWhileUnread(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]func() (*http.Response, error){
		"not sent": func() (*http.Response, error) { return nil, fmt.Errorf("the budget is spent: %w", caremux.ErrNotSent) },
		"401":      func() (*http.Response, error) { return fake(401, ""), nil },
		"429":      func() (*http.Response, error) { return fake(429, ""), nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			var body []byte
			c := newClient(t, "https://acme.invalid", caremux.WithTokenSource(&logins{}),
				caremux.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
					if n++; n == 1 {
						return refusal()
					}
					var err error
					if body, err = io.ReadAll(r.Body); err != nil {
						return nil, err
					}
					return fake(200, `{"id":"1"}`), nil
				})))
			in := Input{Body: content.Multipart(&form{Title: "t", Photo: caremux.File{Content: onlyReader{strings.NewReader("once")}}})}
			if err := Exec(t.Context(), c, upload, in, nil); err != nil {
				t.Fatal(err)
			}
			if n != 2 || !bytes.Contains(body, []byte("\r\n\r\nonce\r\n--")) {
				t.Errorf("%d attempts, body %q", n, body)
			}
		})
	}
}

func TestFileThatFailsWhileItIsRead(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	broken := io.MultiReader(strings.NewReader("begin"), errReader{})
	in := Input{Body: content.Multipart(&form{Title: "t", Photo: caremux.File{Content: broken}})}
	err := Exec(t.Context(), newClient(t, s.URL), upload, in, nil)
	wantError(t, err, 0)
	if !errors.Is(err, errBroken) {
		t.Errorf("error = %v, want the reader's own as its cause", err)
	}
}

var errBroken = errors.New("disk on fire")

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errBroken }

// TestPostIsNotSentTwiceOnAConnectionClosedWhileIdle reuses a connection that the server closes as soon as the next request has been
// written to it.
func TestPostIsNotSentTwiceOnAConnectionClosedWhileIdle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		op   *Operation
		in   Input
		most int // requests that the server may see besides the first
	}{
		{"POST", createThing, Input{Body: content.JSON(&thingInput{Name: "x"})}, 1},
		{"PATCH", changeThing, Input{Path: []string{"1"}, Body: content.JSON(&thingInput{Name: "x"})}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
				if n == 1 {
					answer(w, 200, `{"id":"1"}`)
					return
				}
				hangUp(w, "", false)
			})
			c := newClient(t, s.URL)
			if _, err := get(t, c); err != nil {
				t.Fatal(err)
			}
			err := Exec(t.Context(), c, tt.op, tt.in, nil)
			if e := wantError(t, err, 0); !e.MaybeApplied() || e.Attempts != 1 {
				t.Errorf("MaybeApplied = %v after %d attempts, want true after 1", e.MaybeApplied(), e.Attempts)
			}
			if s.count() != 1+tt.most || s.conns.Load() != 1 {
				t.Errorf("%d requests on %d connections, want 2 on 1", s.count(), s.conns.Load())
			}
		})
	}
}
