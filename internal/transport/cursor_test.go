package transport

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

// everyPaging are lists of all kinds, each of which is served by pagesOf.
var everyPaging = map[string]Paging{
	"by number": byFlag, "by number, from 1": byTotal, "by skip": bySkip, "until empty": toEmpty,
	"by token that travels alone": byToken, "by cursor": byCursor, "until a token": toEnd, "by link": byLink,
}

// pagesOf serves the things 0 to n-1, two on a page, as a list of the kind.
func pagesOf(p Paging, n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		position, _ := strconv.Atoi(strings.TrimPrefix(q.Get(p.TokenParam+p.PageParam), "at-"))
		start := 2 * max(0, position-p.First)
		switch {
		case p.Link != nil:
			position, _ = strconv.Atoi(q.Get("p"))
			start = 2 * position
		case p.TokenParam != "", p.Skip:
			start = position
		}
		end := min(start+2, n)
		var ids []string
		for i := start; i < end; i++ {
			ids = append(ids, fmt.Sprint(i))
		}
		next := fmt.Sprintf(`"at-%d"`, end)
		link := fmt.Sprintf("?p=%d&secret=x", end/2)
		if end >= n {
			next, link = "null", ""
		}
		list := things(ids...)
		answer(w, 200, fmt.Sprintf(
			`{"content":%s,"data":%s,"items":%s,"entry":%s,"last":%v,"total":%d,"totalElements":%d,"next":%q,"after":%s,`+
				`"cursor":{"end":%s},"meta":{"nextPageToken":%s,"total":%d}}`,
			list, list, list, list, end >= n, n, n, link, next, next, next, n))
	}
}

// kindOf is the paging as the test server serves it: the token of some is elsewhere.
func kindOf(p Paging) *Operation {
	if p.End == "-1" {
		p.Next = []string{"after"}
	}
	if p.Last == nil && p.SizeParam != "" {
		p.SizeParam = "two"
	}
	return listOf(p)
}

func TestAListIsResumedAtEveryPageInAnotherClient(t *testing.T) {
	t.Parallel()
	for name, paging := range everyPaging {
		for _, ahead := range []int{0, 2} {
			t.Run(fmt.Sprint(name, "/ahead ", ahead), func(t *testing.T) {
				t.Parallel()
				s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { pagesOf(paging, 7)(w, r) })
				op := kindOf(paging)
				saved, killed := "", 0
				var ids []string
				for done := false; !done && killed < 9; killed++ {
					c := newClient(t, s.URL) // a process of its own
					in := Input{Query: url.Values{"filter": {"a"}, "two": {"2"}}}
					for page, err := range Pages[thing](t.Context(), c, op, in,
						[]caremux.RequestOption{caremux.StartAt(saved), caremux.WithPrefetch(ahead)}) {
						if err != nil {
							t.Fatal(err)
						}
						if page.HasNext() != (page.NextCursor != "") {
							t.Errorf("cursor %q, and a next page: %v", page.NextCursor, page.HasNext())
						}
						for _, item := range page.Items {
							ids = append(ids, item.ID)
						}
						saved, done = page.NextCursor, !page.HasNext()
						break // it is killed
					}
				}
				if got := strings.Join(ids, " "); got != "0 1 2 3 4 5 6" || killed < 4 {
					t.Errorf("read %s in %d processes", got, killed)
				}
			})
		}
	}
}

func TestAllAndListBeginAtACursorToo(t *testing.T) {
	t.Parallel()
	for name, paging := range everyPaging {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { pagesOf(paging, 5)(w, r) })
			op, in := kindOf(paging), Input{Query: url.Values{"two": {"2"}}}
			c := newClient(t, s.URL)
			first, err := Page[thing](t.Context(), c, op, in, nil)
			if err != nil {
				t.Fatal(err)
			}
			at := []caremux.RequestOption{caremux.StartAt(first.NextCursor)}
			page, err := Page[thing](t.Context(), c, op, in, at)
			if err != nil || len(page.Items) != 2 || page.Items[0].ID != "2" {
				t.Errorf("Page = %+v, %v", page, err)
			}
			ids, err := walk(t.Context(), t, c, op, in, at...)
			if err != nil || strings.Join(ids, " ") != "2 3 4" {
				t.Errorf("All = %q, %v", ids, err)
			}
			ids, err = walk(t.Context(), t, c, op, in, caremux.StartAt(""))
			if err != nil || strings.Join(ids, " ") != "0 1 2 3 4" {
				t.Errorf("from an empty cursor: %q, %v", ids, err)
			}
		})
	}
}

func TestACursorIsRefusedThatIsNotOfTheList(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { pagesOf(byFlag, 9)(w, r) })
	c := newClient(t, s.URL)
	op := &Operation{Name: "Things.Search", Method: "POST", Path: "/{tenant}/things/{id}", Idempotent: true, Paging: &byFlag}
	type trace struct {
		Trace *string `url:"-" header:"X-Trace"`
	}
	in := Input{Path: []string{"1"}, Query: &trace{new("t")}, Body: content.JSON(&thingInput{Name: "x"})}
	page, err := Page[thing](t.Context(), c, op, in, []caremux.RequestOption{caremux.WithQuery("x", "y")})
	if err != nil {
		t.Fatal(err)
	}
	cursor := page.NextCursor
	same := func(change func(*Operation, *Input)) (*Operation, Input) {
		o, i := *op, in
		change(&o, &i)
		return &o, i
	}
	list, _, position, _ := decodeCursor(cursor)
	requests := s.count()
	for _, tt := range []struct {
		name   string
		change func(*Operation, *Input)
		cursor string
		option caremux.RequestOption
		rule   string
	}{
		{"another operation", func(o *Operation, _ *Input) { o.Name = "Things.Other" }, cursor, nil, "this list"},
		{"another path", func(_ *Operation, i *Input) { i.Path = []string{"2"} }, cursor, nil, "this list"},
		{"another header", func(_ *Operation, i *Input) { i.Query = &trace{new("u")} }, cursor, nil, "this list"},
		{"another body", func(_ *Operation, i *Input) { i.Body = content.JSON(&thingInput{Name: "y"}) }, cursor, nil, "this list"},
		{"another field of the body", nil, cursor, caremux.WithBodyField("name", "z"), "this list"},
		{"another query", nil, cursor, caremux.WithQuery("z", "1"), "this list"},
		{"another size", nil, cursor, caremux.WithQuery("size", "5"), "this list"},
		{"another kind of list", func(o *Operation, _ *Input) { o.Paging = &byToken }, cursor, nil, "this list"},
		{"a list of one page", func(o *Operation, _ *Input) { o.Paging = &unpaged }, cursor, nil, "one page"},
		{"cut off", nil, cursor[:len(cursor)-4], nil, "unchanged"},
		{"changed", nil, changed(cursor), nil, "unchanged"},
		{"no cursor", nil, "2", nil, "unchanged"},
		{"of a later version", nil, later(cursor), nil, "unchanged"},
		{"too long", nil, strings.Repeat(cursor, 2000), nil, "unchanged"},
		{"a page that is not a number", nil, encodeCursor(list, cursorPage, "x"), nil, "this list"},
		{"a page before the first", nil, encodeCursor(list, cursorPage, "-1"), nil, "this list"},
		{"a number in another spelling", nil, encodeCursor(list, cursorPage, "+"+position), nil, "this list"},
		{"a link", nil, encodeCursor(list, cursorLink, "/gh/things?p=2"), nil, "this list"},
		{"an unknown kind", nil, encodeCursor(list, 'z', position), nil, "this list"},
	} {
		change := tt.change
		if change == nil {
			change = func(*Operation, *Input) {}
		}
		o, i := same(change)
		opts := []caremux.RequestOption{caremux.WithQuery("x", "y"), caremux.StartAt(tt.cursor), tt.option}
		_, err := Page[thing](t.Context(), c, o, i, opts)
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Field != "StartAt" || argument.Operation != o.Name ||
			!strings.Contains(argument.Rule, tt.rule) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if tt.cursor != "2" && err != nil && strings.Contains(err.Error(), tt.cursor) {
			t.Errorf("%s: the error has the cursor", tt.name)
		}
	}
	if s.count() != requests {
		t.Errorf("%d requests were sent", s.count()-requests)
	}
}

// changed is the cursor with another character in it.
func changed(cursor string) string {
	other := "A"
	if cursor[12] == 'A' {
		other = "B"
	}
	return cursor[:12] + other + cursor[13:]
}

// later is the cursor as a later version of the module may make it.
func later(cursor string) string {
	b, _ := base64.RawURLEncoding.DecodeString(cursor)
	b[0]++
	return base64.RawURLEncoding.EncodeToString(b)
}

func TestACursorOfAnotherSubjectOrTenantIsRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { pagesOf(byFlag, 9)(w, r) })
	c := newClient(t, s.URL)
	of := func(change func(*Settings)) *Client { return c.Derive(change) }
	ada := of(func(s *Settings) { s.Subject = func(http.Header) []string { return []string{"ada"} } })
	page, err := Page[thing](t.Context(), ada, listOf(byFlag), Input{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]*Client{
		"another person": of(func(s *Settings) { s.Subject = func(http.Header) []string { return []string{"bob"} } }),
		"another tenant": ada.Derive(func(s *Settings) { s.Fixed = map[string]string{"tenant": "other"} }),
		"another vendor": ada.Derive(func(s *Settings) { s.Vendor = "other" }),
	} {
		_, err := Page[thing](t.Context(), other, listOf(byFlag), Input{}, []caremux.RequestOption{caremux.StartAt(page.NextCursor)})
		if !errors.As(err, new(*caremux.ArgumentError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s.count() != 1 {
		t.Errorf("%d requests", s.count())
	}
}

func TestACursorIsNoParameterOfTheVendor(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { pagesOf(byCursor, 9)(w, r) })
	c := newClient(t, s.URL)
	page, err := Page[thing](t.Context(), c, listOf(byCursor), Input{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Page[thing](t.Context(), c, listOf(byCursor), Input{Query: url.Values{"start": {page.NextCursor}}}, nil)
	var argument *caremux.ArgumentError
	if !errors.As(err, &argument) || argument.Field != "start" || !strings.Contains(argument.Rule, "StartAt") || s.count() != 1 {
		t.Errorf("error %v after %d requests", err, s.count())
	}
}

func TestStartAtIsForListsAlone(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	c := newClient(t, s.URL)
	at := []caremux.RequestOption{caremux.StartAt("")}
	_, call := get(t, c, at...)
	_, stream := Stream(t.Context(), c, getThing, Input{Path: []string{"1"}}, at)
	for name, err := range map[string]error{
		"a call": call, "a download": stream,
		"Do":     c.Do(t.Context(), "GET", "/x", nil, nil, nil, at...),
		"a flow": NotAList(at),
	} {
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Field != "StartAt" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s.count() != 0 {
		t.Errorf("%d requests", s.count())
	}
}

func TestAListThatCannotGoOnCannotBeResumedEither(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		paging Paging
		body   string
		kind   error
	}{
		{"a token that stays", byToken, `{"content":` + things("1") + `,"meta":{"nextPageToken":"a"}}`, caremux.ErrCursorStuck},
		{"a link that leads away", byLink, `{"entry":` + things("1") + `,"next":"https://elsewhere.invalid/x"}`, caremux.ErrUnreadable},
	} {
		s := serve(t, always(200, tt.body))
		c := newClient(t, s.URL)
		in := Input{Query: url.Values{tt.paging.TokenParam: {"a"}}}
		page, err := Page[thing](t.Context(), c, listOf(tt.paging), in, nil)
		if err != nil || page.NextCursor == "" {
			t.Fatalf("%s: %+v, %v", tt.name, page, err)
		}
		ids, err := walk(t.Context(), t, c, listOf(tt.paging), in, caremux.StartAt(page.NextCursor))
		if len(ids) != 0 || !errors.Is(err, tt.kind) || s.count() != 1 {
			t.Errorf("%s: resumed with %v, %v after %d requests", tt.name, ids, err, s.count())
		}
	}
}

func TestAPageThatMayNotExistEndsAResumedList(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n > 1 {
			answer(w, 404, `{"code":"BEYOND"}`)
			return
		}
		answer(w, 200, `{"data":`+things("1", "2")+`,"meta":{"total":2}}`)
	})
	c := newClient(t, s.URL)
	in := Input{Query: url.Values{"limit": {"2"}}}
	page, err := Page[thing](t.Context(), c, listOf(byTotal), in, nil)
	if err != nil || page.NextCursor == "" {
		t.Fatalf("got %+v, %v", page, err)
	}
	ids, err := walk(t.Context(), t, c, listOf(byTotal), in, caremux.StartAt(page.NextCursor))
	if err != nil || len(ids) != 0 || s.count() != 2 {
		t.Errorf("got %v, %v after %d requests", ids, err, s.count())
	}
}

func TestTheLinkOfACursorStaysBelowTheClientsAddress(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"entry":`+things("1")+`}`))
	c := newClient(t, s.URL+"/base")
	list, err := c.identify(listOf(byLink), Input{}, nil, &caremux.CallConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{
		"https://elsewhere.invalid/base/x", "//elsewhere.invalid/base/x", "/../x", "/%2e%2e/x", "x", "", "?p=2", `/\elsewhere.invalid`,
		"@elsewhere.invalid/", ".elsewhere.invalid/", "/..//elsewhere.invalid",
	} {
		opts := []caremux.RequestOption{caremux.StartAt(encodeCursor(list, cursorLink, link))}
		if _, err := Page[thing](t.Context(), c, listOf(byLink), Input{}, opts); !errors.As(err, new(*caremux.ArgumentError)) {
			t.Errorf("%q: %v", link, err)
		}
	}
	if s.count() != 0 {
		t.Errorf("%d requests", s.count())
	}
	opts := []caremux.RequestOption{caremux.StartAt(encodeCursor(list, cursorLink, "/gh/things?p=2"))}
	if _, err := Page[thing](t.Context(), c, listOf(byLink), Input{}, opts); err != nil || s.requests()[0].path != "/base/gh/things" {
		t.Errorf("%v", err)
	}
}

// FuzzCursor begins lists of all kinds at anything: it is refused, or leads to the client's own address by what the
// cursor says.
func FuzzCursor(f *testing.F) {
	kinds := []Paging{byFlag, byTotal, bySkip, toEmpty, byToken, byCursor, toEnd, byLink, unpaged}
	for i := range kinds {
		for _, kind := range "pPsStlxbz" {
			for _, position := range []string{"", "0", "3", "-1", "99999999999999999999", "/gh/things?p=2",
				"//e.invalid/x", "/%2e%2e/x", "at-2", "\x00\xff"} {
				f.Add(uint8(i), true, byte(kind), position)
			}
		}
		f.Add(uint8(i), false, byte(0), "AXAAAAAAAAAAAAAAAAAA")
	}
	f.Fuzz(func(t *testing.T, way uint8, made bool, kind byte, text string) {
		op := listOf(kinds[int(way)%len(kinds)])
		sent := 0
		c := newClient(t, "https://acme.invalid/base", caremux.WithRetry(caremux.NoRetry),
			caremux.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
				sent++
				if r.URL.Scheme != "https" || r.URL.Host != "acme.invalid" || r.Host != "acme.invalid" ||
					!strings.HasPrefix(r.URL.EscapedPath(), "/base/") {
					t.Errorf("sent to %s", r.URL)
				}
				return fake(404, ""), nil
			})))
		cursor := text
		list, err := c.identify(op, Input{}, nil, &caremux.CallConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if made {
			cursor = encodeCursor(list, kind, text)
			of, k, position, ok := decodeCursor(cursor)
			if ok != (len(cursor) <= maxCursor) || ok && (of != list || k != kind || position != text) {
				t.Fatalf("decoded %v %q %q, %v", of, k, position, ok)
			}
		}
		_, err = Page[thing](t.Context(), c, op, Input{}, []caremux.RequestOption{caremux.StartAt(cursor)})
		refused := errors.As(err, new(*caremux.ArgumentError))
		if refused && sent > 0 || !made && cursor != "" && !refused {
			// Only a cursor with its check leads anywhere; nobody guesses the list as well.
			if _, _, _, ok := decodeCursor(cursor); !ok || sent > 0 && refused {
				t.Errorf("%q was sent %d times, and %v", cursor, sent, err)
			}
		}
	})
}
