package transport

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

func TestCallOptionsWinOverTheClients(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	c := newClientOf(t, loginSettings(&logins{}), s.URL, caremux.WithUserAgent("clinic/1"))
	type params struct {
		Page *int   `url:"page,omitempty"`
		Sort string `url:"sort"`
	}
	in := Input{Path: []string{"1"}, Query: &params{Page: new(2), Sort: "name"}}
	_, err := Call[thing](t.Context(), c, getThing, in, []caremux.RequestOption{
		caremux.WithHeader("user-agent", "me"), caremux.WithHeader("Accept", "application/fhir+json"),
		caremux.WithHeader("Authorization", "Basic own"), caremux.WithHeader("X-New", "ü"),
		caremux.WithQuery("page", "7"), caremux.WithQuery("new", "a"), caremux.WithQuery("new", "b&c"),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := s.requests()[0]
	if diff := cmp.Diff(url.Values{"page": {"7"}, "sort": {"name"}, "new": {"a", "b&c"}}, r.query); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{
		"User-Agent": "me", "Accept": "application/fhir+json", "Authorization": "Basic own", "X-New": "ü",
	} {
		if got := r.header[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestCallTimeoutReplacesTheClients(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		client time.Duration
		call   []caremux.RequestOption
		caller time.Duration // deadline of the caller's context
		took   time.Duration
		own    bool // it is the client's timeout that the error names
	}{
		{"the client's", 5 * time.Second, nil, 0, 5 * time.Second, true},
		{"a shorter one", time.Hour, []caremux.RequestOption{caremux.WithCallTimeout(2 * time.Second)}, 0, 2 * time.Second, true},
		{"a longer one", time.Second, []caremux.RequestOption{caremux.WithCallTimeout(9 * time.Second)}, 0, 9 * time.Second, true},
		{"none but the caller's", time.Second, []caremux.RequestOption{caremux.WithCallTimeout(0)},
			7 * time.Second, 7 * time.Second, false},
		{"the caller's is earlier", time.Hour, nil, time.Second, time.Second, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tt.caller > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.caller)
					defer cancel()
				}
				c := newClient(t, "https://acme.invalid", caremux.WithTimeout(tt.client),
					caremux.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
						<-r.Context().Done()
						return nil, r.Context().Err()
					})))
				begin := time.Now()
				_, err := Call[thing](ctx, c, getThing, Input{Path: []string{"1"}}, tt.call)
				wantError(t, err, 0)
				if took := time.Since(begin); took != tt.took || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("ended after %v with %v, want %v", took, err, tt.took)
				}
				if got := strings.Contains(err.Error(), "(client's timeout)"); got != tt.own {
					t.Errorf("error = %v, names the client's timeout: %v, want %v", err, got, tt.own)
				}
			})
		})
	}
}

func TestResponseIsFilledOnSuccessAndFailure(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("X-Other-Id", "other")
		w.Header().Set("X-RateLimit-Limit", "100")
		w.Header().Set("X-RateLimit-Remaining", "99")
		switch {
		case r.URL.Path == "/gh/things/bad":
			w.Header().Set("X-Request-Id", "r1")
			answer(w, 422, `{"code":"E1","message":"no"}`)
		case r.URL.Path == "/gh/things/down":
			hangUp(w, "", true)
		default:
			answer(w, 200, `{"id": "1"}`)
		}
	})
	c := newClient(t, s.URL)
	call := func(id string) (caremux.Response, error) {
		r := caremux.Response{Meta: "stale", Body: []byte("stale"), RequestID: "stale"}
		_, err := Call[thing](t.Context(), c, getThing, Input{Path: []string{id}}, []caremux.RequestOption{caremux.WithResponse(&r)})
		return r, err
	}
	r, err := call("good")
	if err != nil || r.Status != 200 || string(r.Body) != `{"id": "1"}` || r.RequestID != "other" || r.Attempts != 1 ||
		r.Header.Get("X-Ratelimit-Limit") != "100" ||
		*r.RateLimit.Limit != 100 || *r.RateLimit.Remaining != 99 || r.Duration <= 0 || r.Meta != nil {
		t.Errorf("Response = %+v, %v", r, err)
	}
	r, err = call("bad")
	if e := wantError(t, err, 422); r.Status != 422 || string(r.Body) != `{"code":"E1","message":"no"}` ||
		r.RequestID != "r1" || r.Attempts != 1 || *r.RateLimit.Remaining != 99 ||
		e.Code != "E1" || e.Message != "no" || e.RequestID != "r1" || string(e.Body()) != string(r.Body) {
		t.Errorf("Response = %+v, %v", r, err)
	}
	r, err = call("down")
	if wantError(t, err, 0); r.Status != 0 || r.Body != nil || r.Header != nil || r.RequestID != "" || r.Attempts != 3 {
		t.Errorf("Response = %+v, %v", r, err)
	}
}

func TestResponseOfAWaitThatWasCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		c := newClient(t, "https://acme.invalid", caremux.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			return fake(429, `{"code":"SLOW"}`, "Retry-After", "30"), nil
		})))
		var r caremux.Response
		_, err := Call[thing](ctx, c, getThing, Input{Path: []string{"1"}}, []caremux.RequestOption{caremux.WithResponse(&r)})
		if e := wantError(t, err, 429); r.Status != 429 || r.Attempts != 1 || string(r.Body) != `{"code":"SLOW"}` ||
			r.Duration != time.Second || e.Code != "SLOW" {
			t.Errorf("Response = %+v, %v", r, err)
		}
	})
}

func TestBadInputIsFoundBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	l := &logins{}
	c := newClientOf(t, loginSettings(l), s.URL)
	type params struct {
		Page *int   `url:"page,omitempty" check:"min=0"`
		Need string `url:"need" check:"required"`
		Own  string `url:"-" header:"X-Own"`
	}
	call := func(op *Operation, in Input, opts ...caremux.RequestOption) error {
		_, err := Call[thing](t.Context(), c, op, in, opts)
		return err
	}
	list := func(in Input, opts ...caremux.RequestOption) error {
		_, err := Page[thing](t.Context(), c, flagged, in, opts)
		var first error
		n := 0
		for _, e := range All[thing](t.Context(), c, flagged, in, opts) {
			n++
			first = e
		}
		if n != 1 || first == nil || err == nil || first.Error() != err.Error() {
			t.Errorf("All yields %v %d times, Page gives %v; want the same, once", first, n, err)
		}
		return err
	}
	fixed := settings()
	fixed.Fixed = map[string]string{"tenant": "../x"}
	for _, tt := range []struct {
		name  string
		err   error
		op    string
		field string
	}{
		{"nil body", call(createThing, Input{Body: content.JSON(nil)}), "Things.Create", "body"},
		{"nil pointer as body", call(createThing, Input{Body: content.JSON((*thingInput)(nil))}), "Things.Create", "body"},
		{"a missing member", call(createThing, Input{Body: content.JSON(&thingInput{})}), "Things.Create", "name"},
		{"a missing member of a part", call(createThing, Input{Body: content.JSON(&thingInput{Name: "x", Links: []link{{"a"}, {}}})}),
			"Things.Create", "links[1].kind"},
		{"a text too long", call(createThing, Input{Body: content.JSON(&thingInput{Name: "x", Note: new("longer")})}),
			"Things.Create", "note"},
		{"a body that is no JSON", call(createThing, Input{Body: content.JSON(map[string]any{"a": make(chan int)})}),
			"Things.Create", "body"},
		{"empty id", call(getThing, Input{Path: []string{""}}), "Things.Get", "thingId"},
		{"no id", call(getThing, Input{}), "Things.Get", "thingId"},
		{"climbing id", call(getThing, Input{Path: []string{"../users"}}), "Things.Get", "thingId"},
		{"dots as id", call(getThing, Input{Path: []string{".."}}), "Things.Get", "thingId"},
		{"query in an id", call(getThing, Input{Path: []string{"1?x=2"}}), "Things.Get", "thingId"},
		{"bad fixed value", func() error {
			_, err := get(t, newClientOf(t, fixed, s.URL))
			return err
		}(), "Things.Get", "tenant"},
		{"a missing parameter", list(Input{Query: &params{}}), "Things.List", "need"},
		{"a parameter out of range", list(Input{Query: &params{Need: "x", Page: new(-1)}}), "Things.List", "page"},
		{"params that are none", list(Input{Query: "page=1"}), "Things.List", "query"},
		{"injected header", list(Input{Query: &params{Need: "x", Own: "a\r\nB: c"}}), "Things.List", "X-Own"},
		{"bad option", call(getThing, Input{Path: []string{"1"}}, caremux.WithHeader("a b", "c")), "Things.Get", "WithHeader"},
		{"bad option of a list", list(Input{}, caremux.WithPrefetch(-1)), "Things.List", "WithPrefetch"},
		{"bad option of a download", func() error {
			_, err := Stream(t.Context(), c, getThing, Input{Path: []string{"1"}}, []caremux.RequestOption{caremux.WithCallTimeout(-1)})
			return err
		}(), "Things.Get", "WithCallTimeout"},
		{"bad id of a download", func() error {
			_, err := Stream(t.Context(), c, getThing, Input{Path: []string{"/"}}, nil)
			return err
		}(), "Things.Get", "thingId"},
	} {
		t.Run(tt.name, func(t *testing.T) { wantArgument(t, tt.err, tt.op, tt.field) })
	}
	if s.count() != 0 || l.count() != 0 {
		t.Errorf("%d requests and %d logins, want none", s.count(), l.count())
	}
}

func TestOptionalBodyMayBeNil(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	op := *createThing
	op.OptionalBody = true
	if _, err := Call[thing](t.Context(), newClient(t, s.URL), &op, Input{Body: content.JSON((*thingInput)(nil))}, nil); err != nil {
		t.Fatal(err)
	}
	if r := s.requests()[0]; r.body != "" || r.header.Get("Content-Type") != "" {
		t.Errorf("request = %+v", r)
	}
}

func TestMediaTypesOfAnOperation(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	op := *createThing
	op.Accept = "application/fhir+json"
	if _, err := Call[thing](t.Context(), newClient(t, s.URL), &op,
		Input{Body: content.JSONAs("application/merge-patch+json", &thingInput{Name: "x"})}, nil); err != nil {
		t.Fatal(err)
	}
	if h := s.requests()[0].header; h.Get("Accept") != "application/fhir+json" || h.Get("Content-Type") != "application/merge-patch+json" {
		t.Errorf("header = %v", h)
	}
}

func TestDoReachesWhatNoMethodDoes(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		switch r.URL.Path {
		case "/gh/list":
			answer(w, 200, ` [{"id":"1","x":1},{"id":"2"}] `)
		case "/gh/none":
			w.WriteHeader(204)
		case "/gh/bad":
			answer(w, 404, `{"code":"NONE"}`)
		default:
			answer(w, 200, `{"id":"1","x":1}`)
		}
	})
	c := newClientOf(t, loginSettings(&logins{}), s.URL)
	ctx := t.Context()

	var got thing
	if err := c.Do(ctx, "post", "/{tenant}/a%20b/x", url.Values{"q": {"1"}}, map[string]any{"k": "<v>"}, &got,
		caremux.WithHeader("X-A", "b")); err != nil || got.ID != "1" {
		t.Fatalf("got %+v, %v", got, err)
	}
	if diff := cmp.Diff(map[string]json.RawMessage{"x": json.RawMessage("1")}, got.Extra()); diff != "" {
		t.Errorf("Extra (-want +got):\n%s", diff)
	}
	r := s.requests()[0]
	if r.method != "POST" || r.path != "/gh/a%20b/x" || r.query.Encode() != "q=1" || r.body != `{"k":"<v>"}` ||
		r.header.Get("Authorization") != "Bearer t1" ||
		r.header.Get("X-A") != "b" || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("request = %+v", r)
	}

	var raw json.RawMessage
	if err := c.Do(ctx, "GET", "/gh/list", nil, nil, &raw); err != nil || string(raw) != ` [{"id":"1","x":1},{"id":"2"}] ` {
		t.Errorf("raw = %s, %v", raw, err)
	}
	var list []thing
	if err := c.Do(ctx, "GET", "/gh/list", nil, nil, &list); err != nil || len(list) != 2 ||
		string(list[0].RawJSON()) != `{"id":"1","x":1}` || list[0].Extra() == nil {
		t.Errorf("list = %+v, %v; each record is to keep its JSON", list, err)
	}
	var untyped map[string]any
	if err := c.Do(ctx, "GET", "/gh/x", nil, nil, &untyped); err != nil || untyped["id"] != "1" {
		t.Errorf("map = %v, %v", untyped, err)
	}
	if err := c.Do(ctx, "DELETE", "/gh/none", nil, nil, nil); err != nil {
		t.Error(err)
	}
	if err := c.Do(ctx, "GET", "/gh/none", nil, nil, &raw); err != nil || len(raw) != 0 {
		t.Errorf("raw = %q, %v", raw, err)
	}
	wantError(t, c.Do(ctx, "GET", "/gh/none", nil, nil, &got), 204)
	if err := c.Do(ctx, "HEAD", "/gh/x", nil, nil, nil); err != nil {
		t.Errorf("HEAD: %v", err)
	}
	rt := caremux.NewTransport()
	defer rt.CloseIdleConnections()
	hurried := newClient(t, s.URL, caremux.WithHTTPClient(&http.Client{Timeout: time.Minute, Transport: rt})) // its bodies are wrapped
	if err := hurried.Do(ctx, "HEAD", "/gh/x", nil, nil, nil); err != nil {
		t.Errorf("HEAD: %v", err)
	}
	if last := s.requests()[s.count()-1]; last.method != "HEAD" {
		t.Errorf("the last request = %+v", last)
	}
	e := wantError(t, c.Do(ctx, "GET", "/gh/bad", nil, nil, &got), 404)
	if e.Operation != "Do" || e.Path != "" || e.Code != "NONE" || e.Error() != "acme: Do: GET: 404 NONE" {
		t.Errorf("error = %v with the path %q, want none: it may hold an id", e, e.Path)
	}
}

func TestDoRefusesBadArguments(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	c := newClient(t, s.URL)
	var out thing
	for _, tt := range []struct {
		name, method, path string
		query, body, out   any
		field              string
	}{
		{"no method", "", "/x", nil, nil, nil, "method"},
		{"another method", "TRACE", "/x", nil, nil, nil, "method"},
		{"injected method", "GET / HTTP/1.1\r\nX:", "/x", nil, nil, nil, "method"},
		{"no path", "GET", "", nil, nil, nil, "path"},
		{"relative path", "GET", "x", nil, nil, nil, "path"},
		{"absolute URL", "GET", "https://evil.example/x", nil, nil, nil, "path"},
		{"query in the path", "GET", "/x?y=1", nil, nil, nil, "path"},
		{"fragment", "GET", "/x#y", nil, nil, nil, "path"},
		{"backslash", "GET", `/\evil`, nil, nil, nil, "path"},
		{"space", "GET", "/a b", nil, nil, nil, "path"},
		{"dots", "GET", "/a/../b", nil, nil, nil, "path"},
		{"a dot", "GET", "/a/./b", nil, nil, nil, "path"},
		{"escaped dots", "GET", "/a/%2e%2E/b", nil, nil, nil, "path"},
		{"broken escape", "GET", "/a/%zz", nil, nil, nil, "path"},
		{"unknown placeholder", "GET", "/{nobody}/x", nil, nil, nil, "nobody"},
		{"query that is none", "GET", "/x", "a=b", nil, nil, "query"},
		{"body that is no JSON", "POST", "/x", nil, make(chan int), nil, "body"},
		{"out by value", "GET", "/x", nil, nil, out, "out"},
		{"nil out", "GET", "/x", nil, nil, (*thing)(nil), "out"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantArgument(t, c.Do(t.Context(), tt.method, tt.path, tt.query, tt.body, tt.out), "Do", tt.field)
		})
	}
	if s.count() != 0 {
		t.Errorf("%d requests were sent", s.count())
	}
}

func TestPathCannotLeaveTheHost(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	c := newClient(t, s.URL)
	for _, path := range []string{"//evil.example/x", "/@evil.example", "/a%0d%0ab", "/a\nb", "/a;b=c", "/%2f%2fevil"} {
		if err := c.Do(t.Context(), "GET", path, nil, nil, nil); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
	if s.count() != 6 {
		t.Errorf("%d requests, want 6", s.count())
	}
}
