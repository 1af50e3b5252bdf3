package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

// canaries are what must never be seen in a log or in an error's text, each unlike anything else.
var canaries = []string{
	"KEY-77", "TOKEN-77", "QUERY-77", "PATHID-77", "BODY-77", "MESSAGE-77", "PHONE-77", "HEADER-77", "host-77", "elsewhere-77", "127.0.0.1",
}

// lines is a writer that several goroutines may use.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestNothingConfidentialIsLoggedOrPrinted(t *testing.T) {
	t.Parallel()
	const vendorSays = `{"code":"MESSAGE-77 Jane +1 PHONE-77","message":"MESSAGE-77: PATHID-77 is not BODY-77 at PHONE-77","key":"KEY-77"}`
	status := func(status int, body string, header ...string) handler {
		return func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("X-Request-Id", "MESSAGE-77 of Jane")
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			answer(w, status, body)
		}
	}
	untilGone := func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }
	for _, tt := range []struct {
		name    string
		handle  handler // for all but the login
		login   handler // nil: it succeeds
		dial    error
		timeout time.Duration
		ok      bool
	}{
		{name: "success", handle: status(200, `{"id":"BODY-77","content":[],"last":true}`), ok: true},
		{name: "success after failures", handle: func(w http.ResponseWriter, r *http.Request, n int) {
			if n%3 != 0 {
				w.Header().Set("Retry-After", "0")
				status(503, vendorSays)(w, r, n)
				return
			}
			status(200, `{"id":"BODY-77","content":[],"last":true}`)(w, r, n)
		}, ok: true},
		{name: "400", handle: status(400, vendorSays)},
		{name: "401", handle: status(401, vendorSays)},
		{name: "403", handle: status(403, vendorSays)},
		{name: "404", handle: status(404, vendorSays)},
		{name: "409", handle: status(409, vendorSays)},
		{name: "422", handle: status(422, vendorSays)},
		{name: "429", handle: status(429, vendorSays, "Retry-After", "3600")},
		{name: "500", handle: status(500, vendorSays)},
		{name: "502", handle: status(502, "<html>MESSAGE-77</html>")},
		{name: "503", handle: status(503, vendorSays, "Retry-After", "0")},
		{name: "redirect elsewhere", handle: status(302, vendorSays, "Location", "https://elsewhere-77.invalid/?q=QUERY-77")},
		{name: "broken redirect", handle: status(302, vendorSays, "Location", "http://elsewhere-77.invalid:x/%zz?QUERY-77")},
		{name: "HTML on 200", handle: status(200, "<html>MESSAGE-77</html>")},
		{name: "another type on 200", handle: status(200, `"MESSAGE-77"`)},
		{name: "cut off JSON", handle: status(200, `{"content":[{"id":"MESSAGE-77`)},
		{name: "broken JSON", handle: status(200, `{"content":[{"id":MESSAGE-77}]}`)},
		{name: "cut off answer", handle: func(w http.ResponseWriter, _ *http.Request, _ int) {
			hangUp(w, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"MESSAGE-77", false)
		}},
		{name: "broken header", handle: func(w http.ResponseWriter, _ *http.Request, _ int) {
			hangUp(w, "HTTP/1.1 200 OK\r\nMESSAGE-77\r\n\r\n", false)
		}},
		{name: "no HTTP", handle: func(w http.ResponseWriter, _ *http.Request, _ int) { hangUp(w, "MESSAGE-77\r\n\r\n", false) }},
		{name: "reset", handle: func(w http.ResponseWriter, _ *http.Request, _ int) { hangUp(w, "", true) }},
		{name: "timeout", handle: untilGone, timeout: 20 * time.Millisecond},
		{name: "stalled body", handle: func(w http.ResponseWriter, r *http.Request, n int) {
			_, _ = io.WriteString(w, `{"id":"MESSAGE-77`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, timeout: 20 * time.Millisecond},
		{name: "no such host", dial: &net.DNSError{Err: "no such host", Name: "host-77.invalid", Server: "127.0.0.1:53", IsNotFound: true}},
		{name: "refused", dial: &net.OpError{
			Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}, Err: errors.New("refused by host-77"),
		}},
		{name: "any other dial error", dial: errors.New("proxy of elsewhere-77 says KEY-77")},
		{name: "login refused", handle: status(200, `{"id":"1"}`), login: status(401, vendorSays)},
		{name: "login down", handle: status(200, `{"id":"1"}`), login: status(503, vendorSays)},
		{name: "login unreadable", handle: status(200, `{"id":"1"}`), login: status(200, "<html>KEY-77</html>")},
		{name: "login without a token", handle: status(200, `{"id":"1"}`), login: status(200, `{"key":"KEY-77"}`)},
		{name: "login stalled", handle: status(200, `{"id":"1"}`), login: untilGone, timeout: 20 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
				if r.URL.Path == "/login/CLIENT" {
					if tt.login != nil {
						tt.login(w, r, n)
						return
					}
					answer(w, 200, `{"id":"TOKEN-77"}`)
					return
				}
				tt.handle(w, r, n)
			})
			rt := caremux.NewTransport()
			defer rt.CloseIdleConnections()
			rt.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
				if tt.dial != nil {
					return nil, tt.dial
				}
				return (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(s.URL, "http://"))
			}
			var log lines
			logger := slog.New(slog.NewMultiHandler(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}),
				slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
			var c *Client
			settings := settings()
			settings.Account.Names = []string{"account"}
			settings.Login = caremux.TokenSourceFunc(func(ctx context.Context) (caremux.Token, error) {
				op := &Operation{Name: "Logins.Create", Method: "POST", Path: "/login/{client}", Anonymous: true}
				got, err := Call[thing](ctx, c, op, Input{
					Path: []string{"CLIENT"}, Body: content.JSON(map[string]string{"secret": "KEY-77"}),
				}, nil)
				if err != nil {
					return caremux.Token{}, err
				}
				return caremux.Token{Value: got.ID}, nil
			})
			opts := []caremux.Option{caremux.WithInsecureBaseURL("http://host-77.invalid"),
				caremux.WithTransport(rt), caremux.WithLogger(logger),
				caremux.WithTimeout(cmp.Or(tt.timeout, time.Second))}
			c = newClientOf(t, settings, s.URL, opts...)

			ctx := t.Context()
			id, query, body := []string{"PATHID-77"}, url.Values{
				"q": {"QUERY-77"}, "page": {"0"},
			}, content.JSON(map[string]string{"name": "BODY-77", "phone": "+1 PHONE-77"})
			callOpts := []caremux.RequestOption{caremux.WithHeader("X-Note", "HEADER-77"), caremux.WithQuery("more", "QUERY-77")}
			var failures []error
			keep := func(err error) {
				if (err == nil) != tt.ok {
					t.Errorf("error = %v", err)
				}
				if err != nil {
					failures = append(failures, err)
				}
			}
			_, err := Call[thing](ctx, c, getThing, Input{Path: id, Query: query}, callOpts)
			keep(err)
			_, err = Call[thing](ctx, c, changeThing, Input{Path: id, Query: query, Body: body}, callOpts)
			keep(err)
			op := *getThing
			op.Paging = &byFlag
			for _, ahead := range []int{0, 1} {
				_, err = walk(ctx, t, c, &op, Input{Path: id, Query: query}, append(callOpts, caremux.WithPrefetch(ahead))...)
				keep(err)
			}
			var out thing
			keep(c.Do(ctx, "POST", "/x/PATHID-77", query, map[string]string{"name": "BODY-77"}, &out, callOpts...))
			d, err := Stream(ctx, c, getThing, Input{Path: id, Query: query}, callOpts)
			if err == nil {
				if _, err = io.ReadAll(d); err != nil {
					failures = append(failures, err)
				}
				_ = d.Close()
			} else {
				failures = append(failures, err)
			}

			if !tt.ok && len(failures) < 5 {
				t.Errorf("%d calls failed, want 5 at least", len(failures))
			}
			texts := map[string]string{"log": log.String()}
			if log.String() == "" || !strings.Contains(log.String(), "Things.Get") {
				t.Errorf("nothing was logged: %s", log.String())
			}
			var caught lines
			mine := slog.New(slog.NewMultiHandler(slog.NewTextHandler(&caught, nil), slog.NewJSONHandler(&caught, nil)))
			type holder struct {
				Err error
				Of  string
			}
			for i, err := range failures {
				for _, v := range []any{
					err, fmt.Errorf("while working: %w", err), errors.Join(err, io.EOF), errors.Join(errors.Join(err)), []error{err},
					holder{err, "x"}, &holder{err, "x"}, map[string]error{"e": err},
				} {
					for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%s"} {
						texts[fmt.Sprintf("%s of failure %d as %T", verb, i, v)] = fmt.Sprintf(verb, v)
					}
					mine.Error("failed", "err", v)
				}
			}
			texts["the caller's log"] = caught.String()
			for where, text := range texts {
				for _, canary := range canaries {
					if strings.Contains(text, canary) {
						t.Errorf("%s shows %s: %s", where, canary, text)
					}
				}
			}
		})
	}
}

// TestBadInputIsNotPrinted sends values that are refused before they leave.
func TestBadInputIsNotPrinted(t *testing.T) {
	t.Parallel()
	var log lines
	c := newClient(t, "https://acme.invalid",
		caremux.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	type params struct {
		Own string `url:"-" header:"X-Own"`
	}
	for _, err := range []error{
		Exec(t.Context(), c, getThing, Input{Path: []string{"../PATHID-77"}}, nil),
		Exec(t.Context(), c, createThing, Input{Body: content.JSON(&thingInput{Name: "x", Note: new("BODY-77 too long")})}, nil),
		Exec(t.Context(), c, createThing, Input{Body: content.JSON(map[string]any{"BODY-77": make(chan int)})}, nil),
		Exec(t.Context(), c, getThing, Input{Path: []string{"1"}, Query: &params{"HEADER-77\n"}}, nil),
		Exec(t.Context(), c, getThing, Input{Path: []string{"1"}, Query: "QUERY-77"}, nil),
		Exec(t.Context(), c, getThing, Input{Path: []string{"1"}}, []caremux.RequestOption{caremux.WithHeader("X-Own", "HEADER-77\n")}),
		c.Do(t.Context(), "KEY-77", "/x", nil, nil, nil),
		c.Do(t.Context(), "GET", "/PATHID-77?x", nil, nil, nil),
		c.Do(t.Context(), "GET", "/PATHID-77/%zz", nil, nil, nil),
	} {
		if !errors.As(err, new(*caremux.ArgumentError)) {
			t.Errorf("error = %v, want an ArgumentError", err)
		}
		text := fmt.Sprintf("%v %+v %#v %q %s", err, err, err, err, err)
		for _, canary := range canaries {
			if strings.Contains(text, canary) || strings.Contains(log.String(), canary) {
				t.Errorf("%s is shown: %s", canary, text)
			}
		}
	}
}

func TestLogSaysWhatHappened(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		switch n {
		case 2:
			answer(w, 503, "")
		case 4:
			answer(w, 404, `{"code":"NONE"}`)
		default:
			answer(w, 200, `{"id":"1"}`)
		}
	})
	var log lines
	logger := slog.New(slog.NewTextHandler(&log,
		&slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "duration" || a.Key == "wait" {
				return slog.Attr{}
			}
			return a
		}}))
	c := newClient(t, s.URL, caremux.WithLogger(logger))
	for range 3 {
		_, _ = get(t, c)
	}
	const facts = ` vendor=acme operation=Things.Get method=GET path=/{tenant}/things/{thingId} status=`
	want := `level=DEBUG msg="vendor call"` + facts + `200 attempt=1
level=WARN msg="vendor call retried"` + facts + `503 attempt=1 error="acme: Things.Get: GET /{tenant}/things/{thingId}: 503"
level=DEBUG msg="vendor call"` + facts + `200 attempt=2
level=WARN msg="vendor call failed"` + facts + `404 attempt=1 error="acme: Things.Get: GET /{tenant}/things/{thingId}: 404 NONE"
`
	if got := log.String(); got != want {
		t.Errorf("log:\n%s\nwant:\n%s", got, want)
	}
}
