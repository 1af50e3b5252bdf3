package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

// listOf is a list operation with the paging.
func listOf(p Paging) *Operation {
	return &Operation{Name: "Things.List", Method: "GET", Path: "/{tenant}/things", Paging: &p, NullLists: true}
}

// walk ranges over all things and gives their ids and the error that ended it; more than one error is a failure.
func walk(ctx context.Context, t testing.TB, c *Client, op *Operation, in Input, opts ...caremux.RequestOption) ([]string, error) {
	t.Helper()
	ids := []string{}
	var failed error
	for item, err := range All[thing](ctx, c, op, in, opts) {
		if failed != nil {
			t.Fatalf("after %v comes %v, %v", failed, item.ID, err)
		}
		if err != nil {
			if item.ID != "" || item.RawJSON() != nil {
				t.Errorf("with the error comes %+v", item)
			}
			failed = err
			continue
		}
		ids = append(ids, item.ID)
	}
	return ids, failed
}

// things is the JSON of things with the ids.
func things(ids ...string) string {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%q,"of":%q}`, id, id)
	}
	return "[" + b.String() + "]"
}

var (
	byFlag = Paging{
		Items: []string{"content"}, PageParam: "page", SizeParam: "size", Number: []string{"number"},
		Last: []string{"last"}, Total: []string{"totalElements"},
	}
	byTotal = Paging{Items: []string{"data"}, PageParam: "page", SizeParam: "limit", First: 1,
		Number: []string{"meta.page"}, Total: []string{"meta.total"}}
	byToken = Paging{Items: []string{"content"}, TokenParam: "pageToken", SizeParam: "pageSize",
		Next: []string{"meta.nextPageToken"}, Exclusive: true}
	byCursor = Paging{Items: []string{"data"}, TokenParam: "start", SizeParam: "pageSize", Next: []string{"cursor.end"},
		More: []string{"cursor.hasNext"}}
	unpaged = Paging{Items: []string{"$"}}
	bySkip  = Paging{Items: []string{"items"}, PageParam: "skip", SizeParam: "take", Skip: true, DefaultSize: 2, Total: []string{"total"}}
	toEmpty = Paging{Items: []string{"items"}, PageParam: "page", First: 1, UntilEmpty: true}
	toEnd   = Paging{Items: []string{"items"}, TokenParam: "after", Next: []string{"next"}, End: "-1"}
)

func TestListsAreReadToTheirEnd(t *testing.T) {
	t.Parallel()
	empties := func(n int) []string {
		pages := []string{}
		for range n {
			pages = append(pages, `{"content":[],"last":false}`)
		}
		return append(pages, `{"content":`+things("z")+`,"last":true}`)
	}
	for _, tt := range []struct {
		name    string
		paging  Paging
		query   any
		pages   []string // answers in turn; none may be left, none asked for beyond
		ids     string
		queries []string
	}{
		{
			"by number, with a last flag", byFlag, url.Values{"size": {"2"}, "sort": {"a"}},
			[]string{`{"content":` + things("1", "2") + `,"number":0,"last":false}`, `{"content":` + things("3") +
				`,"number":1,"last":false}`, `{"content":` + things("4") + `,"number":2,"last":true}`},
			"1 2 3 4", []string{"size=2&sort=a", "page=1&size=2&sort=a", "page=2&size=2&sort=a"},
		},
		{
			"from a page in the middle", byFlag, url.Values{"page": {"7"}},
			[]string{`{"content":` + things("1") + `,"number":7,"last":false}`, `{"content":[],"number":8,"last":true}`},
			"1", []string{"page=7", "page=8"},
		},
		{
			"an empty page with more announced", byFlag, nil,
			[]string{`{"content":` + things("1") + `,"last":false}`, `{"content":[],"last":false}`,
				`{"content":null,"last":false}`, `{"content":` + things("2") + `,"last":true}`},
			"1 2", []string{"", "page=1", "page=2", "page=3"},
		},
		{"many empty pages with more announced", byFlag, nil, empties(maxEmptyPages), "z", nil},
		{
			"by number, without a last flag, with an element that is no record",
			Paging{Items: []string{"data"}, PageParam: "page", SizeParam: "limit", First: 1}, url.Values{"limit": {"2"}},
			[]string{`{"data":[{"id":"1"},null]}`, `{"data":[null,{"id":"2"}]}`, `{"data":` + things("3") + `}`},
			"1 2 3", []string{"limit=2", "limit=2&page=2", "limit=2&page=3"},
		},
		{
			"by skip, with an element that is no record", bySkip, url.Values{"take": {"2"}},
			[]string{`{"items":[{"id":"1"},null]}`, `{"items":` + things("2", "3") + `}`, `{"items":[null]}`},
			"1 2 3", []string{"take=2", "skip=2&take=2", "skip=4&take=2"},
		},
		{
			"by skip, with a total and an element that is no record", bySkip, url.Values{"take": {"2"}},
			[]string{`{"items":[{"id":"1"},null],"total":5}`, `{"items":` + things("2", "3") + `,"total":5}`,
				`{"items":` + things("4") + `,"total":5}`},
			"1 2 3 4", []string{"take=2", "skip=2&take=2", "skip=4&take=2"},
		},
		{"an empty list", byFlag, nil, []string{`{"content":[],"last":true,"totalElements":0}`}, "", []string{""}},
		{
			"by number, without a last flag: until a page is not full",
			Paging{Items: []string{"data"}, PageParam: "page", SizeParam: "limit", First: 1}, url.Values{"limit": {"2"}},
			[]string{`{"data":` + things("1", "2") + `}`, `{"data":` + things("3", "4") + `}`, `{"data":` + things("5") + `}`},
			"1 2 3 4 5", []string{"limit=2", "limit=2&page=2", "limit=2&page=3"},
		},
		{
			"by number, without a last flag: until a page is empty",
			Paging{Items: []string{"data"}, PageParam: "page", SizeParam: "limit", First: 1}, url.Values{"limit": {"1"}},
			[]string{`{"data":` + things("1") + `}`, `{"data":[]}`},
			"1", []string{"limit=1", "limit=1&page=2"},
		},
		{
			"by number, nothing known at all", Paging{Items: []string{"data"}, PageParam: "page", SizeParam: "limit", First: 1}, nil,
			[]string{`{"data":` + things("1", "2") + `}`}, "1 2", []string{""},
		},
		{
			"by total", byTotal, url.Values{"limit": {"2"}},
			[]string{`{"data":` + things("1", "2") + `,"meta":{"total":4,"page":1}}`,
				`{"data":` + things("3", "4") + `,"meta":{"total":4,"page":2}}`, `{"data":[],"meta":{"total":4,"page":3}}`},
			"1 2 3 4", []string{"limit=2", "limit=2&page=2", "limit=2&page=3"},
		},
		{
			"by a total that is too small", byTotal, url.Values{"limit": {"2"}},
			[]string{`{"data":` + things("1", "2") + `,"meta":{"total":3}}`, `{"data":` + things("3", "4") + `,"meta":{"total":3}}`,
				`{"data":` + things("5") + `,"meta":{"total":3}}`},
			"1 2 3 4 5", []string{"limit=2", "limit=2&page=2", "limit=2&page=3"},
		},
		{
			"by flags that are text", byFlag, nil,
			[]string{`{"content":` + things("1") + `,"last":"false"}`, `{"content":` + things("2") + `,"last":"true"}`},
			"1 2", []string{"", "page=1"},
		},
		{
			"by a flag that is null, and a size", byFlag, url.Values{"size": {"1"}},
			[]string{`{"content":` + things("1") + `,"last":null}`, `{"content":[],"last":null}`}, "1", []string{"size=1", "page=1&size=1"},
		},
		{
			"an empty list whose flag is null", byFlag, url.Values{"size": {"1"}},
			[]string{`{"content":[],"last":null}`}, "", []string{"size=1"},
		},
		{
			"an empty list whose flag announces more, and whose total does not", byFlag, nil,
			[]string{`{"content":[],"last":false,"totalElements":"0"}`}, "", []string{""},
		},
		{
			"by cursor, with a flag that is null", byCursor, nil,
			[]string{`{"data":` + things("1") + `,"cursor":{"end":"a","hasNext":null}}`,
				`{"data":` + things("2") + `,"cursor":{"end":"b","hasNext":"false"}}`},
			"1 2", []string{"", "start=a"},
		},
		{
			"names in another case", byCursor, nil,
			[]string{`{"Data":` + things("1") + `,"CURSOR":{"End":"a","hasnext":true}}`, `{"DATA":` + things("2") + `}`},
			"1 2", []string{"", "start=a"},
		},
		{
			"by total, past pages that are not full or empty", byTotal, url.Values{"limit": {"2"}},
			[]string{`{"data":` + things("1") + `,"meta":{"total":5}}`, `{"data":[],"meta":{"total":5}}`,
				`{"data":` + things("5") + `,"meta":{"total":5}}`},
			"1 5", []string{"limit=2", "limit=2&page=2", "limit=2&page=3"},
		},
		{
			"by total, without a size: until a page is empty", byTotal, nil,
			[]string{`{"data":` + things("1", "2") + `,"meta":{"total":3}}`, `{"data":` + things("3") + `,"meta":{"total":3}}`,
				`{"data":[],"meta":{"total":3}}`},
			"1 2 3", []string{"", "page=2", "page=3"},
		},
		{
			"by token that travels alone", byToken, url.Values{"pageSize": {"2"}, "filter": {"a"}},
			[]string{`{"content":` + things("1") + `,"meta":{"nextPageToken":"a+b/="}}`, `{"content":[],"meta":{"nextPageToken":"c"}}`,
				`{"content":` + things("2") + `,"meta":{"nextPageToken":null}}`},
			"1 2", []string{"filter=a&pageSize=2", "pageToken=a%2Bb%2F%3D", "pageToken=c"},
		},
		{
			"by token, the last page without one", byToken, nil,
			[]string{`{"content":` + things("1") + `,"meta":{"nextPageToken":"a"}}`, `{"content":` + things("2") + `,"meta":{}}`},
			"1 2", []string{"", "pageToken=a"},
		},
		{
			"by token, the last page with an empty one", byToken, nil,
			[]string{`{"content":` + things("1") + `,"meta":{"nextPageToken":""}}`}, "1", []string{""},
		},
		{
			"by cursor with a flag", byCursor, url.Values{"pageSize": {"2"}},
			[]string{`{"data":` + things("1") + `,"cursor":{"end":17,"hasNext":true}}`,
				`{"data":` + things("2") + `,"cursor":{"end":18,"hasNext":false}}`},
			"1 2", []string{"pageSize=2", "pageSize=2&start=17"},
		},
		{
			"by cursor, the flag missing", byCursor, nil,
			[]string{`{"data":` + things("1") + `,"cursor":{"end":"a"}}`, `{"data":` + things("2") + `,"cursor":{}}`},
			"1 2", []string{"", "start=a"},
		},
		{
			"by skip, until a page is not full", bySkip, nil,
			[]string{`{"items":` + things("1", "2") + `}`, `{"items":` + things("3", "4") + `}`, `{"items":` + things("5") + `}`},
			"1 2 3 4 5", []string{"", "skip=2", "skip=4"},
		},
		{
			"by skip, until the total", bySkip, url.Values{"take": {"1"}, "skip": {"3"}},
			[]string{`{"items":` + things("4") + `,"total":5}`, `{"items":` + things("5") + `,"total":5}`, `{"items":[],"total":5}`},
			"4 5", []string{"skip=3&take=1", "skip=4&take=1", "skip=5&take=1"},
		},
		{
			"by skip, the total being that of the page", bySkip, nil,
			[]string{`{"items":` + things("1", "2") + `,"total":2}`, `{"items":[],"total":0}`},
			"1 2", []string{"", "skip=2"},
		},
		{
			"until empty", toEmpty, nil,
			[]string{`{"items":` + things("1", "2") + `}`, `{"items":` + things("3") + `}`, `{"items":[]}`},
			"1 2 3", []string{"", "page=2", "page=3"},
		},
		{
			"until the token that means the end", toEnd, nil,
			[]string{`{"items":` + things("1") + `,"next":4}`, `{"items":` + things("2") + `,"next":-1}`}, "1 2", []string{"", "after=4"},
		},
		{"without pages", unpaged, nil, []string{things("1", "2")}, "1 2", []string{""}},
		{"without pages, one object", unpaged, nil, []string{`{"id":"1"}`}, "1", []string{""}},
		{"a bare list where an envelope was documented", byFlag, nil, []string{things("1", "2")}, "1 2", []string{""}},
		{"one object where a list was documented", byFlag, nil, []string{`{"content":{"id":"1"},"last":true}`}, "1", []string{""}},
		{"items elsewhere", Paging{Items: []string{"data.content", "content"}, PageParam: "page", Last: []string{"data.last", "last"}}, nil,
			[]string{`{"data":{"content":` + things("1") + `,"last":false}}`, `{"content":` + things("2") + `,"last":true}`},
			"1 2", []string{"", "page=1"}},
		{"null items", byFlag, nil, []string{`{"content":[{"id":"1"},null,{"id":"2"}],"last":true}`}, "1 2", []string{""}},
	} {
		for _, ahead := range []int{0, 1, 3} {
			t.Run(fmt.Sprint(tt.name, "/ahead ", ahead), func(t *testing.T) {
				t.Parallel()
				s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
					if n > len(tt.pages) {
						answer(w, 400, `{"code":"BEYOND"}`)
						return
					}
					answer(w, 200, tt.pages[n-1])
				})
				ids, err := walk(t.Context(), t, newClient(t, s.URL), listOf(tt.paging),
					Input{Query: tt.query}, caremux.WithPrefetch(ahead))
				if err != nil || strings.Join(ids, " ") != tt.ids {
					t.Errorf("ids = %q, %v; want %q", ids, err, tt.ids)
				}
				if s.count() != len(tt.pages) {
					t.Errorf("%d requests, want %d", s.count(), len(tt.pages))
				}
				if tt.queries == nil {
					return
				}
				var queries []string
				for _, r := range s.requests() {
					queries = append(queries, r.query.Encode())
				}
				if diff := cmp.Diff(tt.queries, queries); diff != "" {
					t.Errorf("queries (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestCursorThatLeadsNowhereNewIsStuck(t *testing.T) {
	t.Parallel()
	token := func(id, next string) string {
		return `{"content":` + things(id) + `,"meta":{"nextPageToken":"` + next + `"}}`
	}
	cycle := func(prefix, length int) func(url.Values) string {
		return func(q url.Values) string {
			at, _ := strconv.Atoi(q.Get("pageToken"))
			next := at + 1
			if next == prefix+length {
				next = prefix
			}
			return token(fmt.Sprint("item", at), fmt.Sprint(next))
		}
	}
	type test struct {
		name   string
		paging Paging
		query  url.Values
		answer func(url.Values) string
		most   int // requests
		ids    int // items that come first
	}
	tests := []test{
		{"the token stays", byToken, nil, func(q url.Values) string { return token("item"+q.Get("pageToken"), "a") }, 2, 2},
		{"the token that was asked with", byToken, url.Values{"pageToken": {"a"}}, func(q url.Values) string {
			return token("item"+q.Get("pageToken"), "a")
		}, 1, 1},
		{"back to the token that was asked with", byToken, url.Values{"pageToken": {"a"}}, func(q url.Values) string {
			return token("item"+q.Get("pageToken"), map[string]string{"a": "b", "b": "a"}[q.Get("pageToken")])
		}, 2, 2},
		{"the first page again and again", byFlag, nil, func(url.Values) string {
			return `{"content":` + things("1") + `,"number":0,"last":false}`
		}, 2, 1},
		{"empty pages without end", byFlag, nil, func(url.Values) string { return `{"content":[],"last":false}` }, maxEmptyPages + 1, 0},
		{"the same page whatever its number", toEmpty, nil, func(url.Values) string { return `{"items":` + things("1", "2") + `}` }, 2, 2},
		{"the same page whatever is skipped", bySkip, nil, func(url.Values) string { return `{"items":` + things("1", "2") + `}` }, 2, 2},
		{"empty pages without end, by total", byTotal, url.Values{"limit": {"1"}}, func(url.Values) string {
			return `{"data":[],"meta":{"total":1000}}`
		}, maxEmptyPages + 1, 0},
	}
	for prefix := 1; prefix <= 9; prefix++ {
		for length := 1; length <= 9; length++ {
			tests = append(tests, test{fmt.Sprintf("a circle of %d after %d", length, prefix), byToken, nil,
				cycle(prefix, length), prefix + length, prefix + length})
		}
	}
	for _, tt := range tests {
		for _, ahead := range []int{0, 2} {
			t.Run(fmt.Sprint(tt.name, "/ahead ", ahead), func(t *testing.T) {
				t.Parallel()
				requests := 0
				c := newClient(t, "https://acme.invalid", caremux.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
					if requests++; requests > 500 {
						t.Error("500 requests")
						return fake(400, ""), nil
					}
					return fake(200, tt.answer(r.URL.Query())), nil
				})))
				ids, err := walk(t.Context(), t, c, listOf(tt.paging), Input{Query: tt.query}, caremux.WithPrefetch(ahead))
				var e *caremux.Error
				if !errors.Is(err, caremux.ErrCursorStuck) || !errors.As(err, &e) || e.Operation != "Things.List" ||
					!strings.Contains(err.Error(), caremux.ErrCursorStuck.Error()) {
					t.Errorf("error = %v", err)
				}
				seen := map[string]bool{}
				for _, id := range ids {
					if seen[id] {
						t.Errorf("%s is handed out twice", id)
					}
					seen[id] = true
				}
				if len(ids) != tt.ids || requests != tt.most {
					t.Errorf("%d items from %d requests, want %d from %d", len(ids), requests, tt.ids, tt.most)
				}
			})
		}
	}
}

func TestPageLeadsOnByNext(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		answer(w, 200, fmt.Sprintf(`{"content":%s,"number":%d,"last":%v,"totalElements":3}`,
			things(fmt.Sprint("p", page)), page, page == 2))
	})
	type params struct {
		Size  *int    `url:"size,omitempty"`
		Trace *string `url:"-" header:"X-Trace"`
	}
	p := &params{Size: new(1), Trace: new("t")}
	var r caremux.Response
	c := newClient(t, s.URL)
	first, err := Page[thing](t.Context(), c, listOf(byFlag), Input{Query: p}, []caremux.RequestOption{
		caremux.WithQuery("x", "y"), caremux.WithHeader("X-A", "b"), caremux.WithResponse(&r),
	})
	if err != nil {
		t.Fatal(err)
	}
	*p.Size = 99 // is of no matter any more
	if len(first.Items) != 1 || first.Items[0].ID != "p0" || *first.Total != 3 || first.NextCursor == "" || !first.HasNext() {
		t.Errorf("page = %+v", first)
	}
	if string(first.RawJSON()) != string(r.Body) || !json.Valid(first.RawJSON()) ||
		string(first.Items[0].RawJSON()) != `{"id":"p0","of":"p0"}` {
		t.Errorf("RawJSON = %s and %s", first.RawJSON(), first.Items[0].RawJSON())
	}
	page := first
	for i := 1; i <= 2; i++ {
		if page, err = page.Next(t.Context()); err != nil || page.Items[0].ID != fmt.Sprint("p", i) ||
			string(r.Body) != string(page.RawJSON()) {
			t.Fatalf("page %d = %+v, %v", i, page, err)
		}
	}
	if page.HasNext() || page.NextCursor != "" {
		t.Errorf("the last page = %+v", page)
	}
	if _, err := page.Next(t.Context()); !errors.Is(err, caremux.ErrNoNextPage) {
		t.Errorf("error = %v", err)
	}
	if again, err := first.Next(t.Context()); err != nil || again.Items[0].ID != "p1" {
		t.Errorf("the second page once more = %+v, %v", again, err)
	}
	for i, want := range []string{"size=1&x=y", "page=1&size=1&x=y", "page=2&size=1&x=y", "page=1&size=1&x=y"} {
		if got := s.requests()[i]; got.query.Encode() != want || got.header.Get("X-Trace") != "t" || got.header.Get("X-A") != "b" {
			t.Errorf("request %d = %s with %v, want %s", i, got.query.Encode(), got.header, want)
		}
	}
}

func TestPageByTokenMayBeWalkedTwice(t *testing.T) {
	t.Parallel()
	c := newClient(t, "https://acme.invalid", caremux.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
		at, _ := strconv.Atoi(r.URL.Query().Get("pageToken"))
		if at == 5 {
			return fake(200, `{"content":[]}`), nil
		}
		return fake(200, fmt.Sprintf(`{"content":%s,"meta":{"nextPageToken":"%d"}}`, things(fmt.Sprint(at)), at+1)), nil
	})))
	first, err := Page[thing](t.Context(), c, listOf(byToken), Input{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			n := 0
			var err error
			for page := first; page.HasNext(); n++ {
				if page, err = page.Next(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
			if n != 5 {
				t.Errorf("%d pages, want 5", n)
			}
		})
	}
	wg.Wait()
}

func TestStuckPageIsStillHandedOut(t *testing.T) {
	t.Parallel()
	c := newClient(t, "https://acme.invalid", caremux.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
		return fake(200, `{"content":`+things("1")+`,"meta":{"nextPageToken":"a"}}`), nil
	})))
	page, err := Page[thing](t.Context(), c, listOf(byToken), Input{Query: url.Values{"pageToken": {"a"}}}, nil)
	if err != nil || len(page.Items) != 1 || page.NextCursor == "" {
		t.Fatalf("page = %+v, %v", page, err)
	}
	if next, err := page.Next(t.Context()); next != nil || !errors.Is(err, caremux.ErrCursorStuck) {
		t.Errorf("Next = %v, %v", next, err)
	}
}

func TestPagingParametersGivenAsOptionsLeadOnToo(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		q := r.URL.Query()
		page, _ := strconv.Atoi(q.Get("page"))
		list := things(fmt.Sprint("a", page), fmt.Sprint("b", page))
		if page > 3 {
			list = "[]"
		}
		answer(w, 200, fmt.Sprintf(`{"data":%s,"meta":{"page":%d,"total":6}}`, list, page))
	})
	ids, err := walk(t.Context(), t, newClient(t, s.URL), listOf(byTotal), Input{}, caremux.WithQuery("page", "2"),
		caremux.WithQuery("limit", "2"), caremux.WithQuery("x", "y"))
	if err != nil || strings.Join(ids, " ") != "a2 b2 a3 b3" {
		t.Errorf("ids = %q, %v", ids, err)
	}
	for i, want := range []string{"limit=2&page=2&x=y", "limit=2&page=3&x=y", "limit=2&page=4&x=y"} {
		if got := s.requests()[i].query.Encode(); got != want {
			t.Errorf("query %d = %s, want %s", i, got, want)
		}
	}
}

func TestBreakStopsTheFetching(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		answer(w, 200, `{"content":`+things(fmt.Sprint("a", n), fmt.Sprint("b", n))+`,"last":false}`)
	})
	n := 0
	for _, err := range All[thing](t.Context(), newClient(t, s.URL), listOf(byFlag), Input{}, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 4 {
			break
		}
	}
	if s.count() != 2 {
		t.Errorf("%d requests for 4 items of pages of 2, want 2", s.count())
	}
}

func TestListMayBeRangedOverAgainAndAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		answer(w, 200, fmt.Sprintf(`{"content":%s,"number":%d,"last":%v}`, things(fmt.Sprint(page)), page, page == 3))
	})
	for _, ahead := range []int{0, 2} {
		all := All[thing](t.Context(), newClient(t, s.URL), listOf(byFlag), Input{}, []caremux.RequestOption{caremux.WithPrefetch(ahead)})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 2 {
					var ids []string
					for item, err := range all {
						if err != nil {
							t.Error(err)
						}
						ids = append(ids, item.ID)
					}
					if strings.Join(ids, "") != "0123" {
						t.Errorf("ids = %v", ids)
					}
				}
			})
		}
		wg.Wait()
	}
}

func TestErrorEndsTheList(t *testing.T) {
	t.Parallel()
	for _, ahead := range []int{0, 1, 5} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			if n == 3 {
				answer(w, 403, `{"code":"NO"}`)
				return
			}
			answer(w, 200, fmt.Sprintf(`{"content":%s,"last":false}`, things(fmt.Sprint(n))))
		})
		ids, err := walk(t.Context(), t, newClient(t, s.URL), listOf(byFlag), Input{}, caremux.WithPrefetch(ahead))
		if e := wantError(t, err, 403); strings.Join(ids, "") != "12" || e.Code != "NO" || s.count() != 3 {
			t.Errorf("ahead %d: ids = %q, %v, %d requests", ahead, ids, err, s.count())
		}
	}
}

func TestPagesAreRetriedOneByOne(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n%2 == 1 {
			answer(w, 503, "")
			return
		}
		answer(w, 200, fmt.Sprintf(`{"content":%s,"last":%v}`, things(r.URL.Query().Get("page")), n == 8))
	})
	ids, err := walk(t.Context(), t, newClient(t, s.URL), listOf(byFlag), Input{})
	if err != nil || strings.Join(ids, ",") != ",1,2,3" {
		t.Errorf("ids = %q, %v", ids, err)
	}
}

func TestNestedRecordsOfAPageKeepTheirJSON(t *testing.T) {
	t.Parallel()
	s := serve(t,
		always(200, `{"content":[{"id":"1","part":{"name":"a", "x":1}}, {"id":"2","parts":[{"name":"b"}],"count":"no"}],"last":true}`))
	page, err := Page[thing](t.Context(), newClient(t, s.URL), listOf(byFlag), Input{}, nil)
	if err != nil || len(page.Items) != 2 {
		t.Fatal(err)
	}
	for want, got := range map[string]string{
		`{"id":"1","part":{"name":"a", "x":1}}`:           string(page.Items[0].RawJSON()),
		`{"name":"a", "x":1}`:                             string(page.Items[0].Part.RawJSON()),
		`{"id":"2","parts":[{"name":"b"}],"count":"no"}`:  string(page.Items[1].RawJSON()),
		`{"name":"b"}`:                                    string(page.Items[1].Parts[0].RawJSON()),
		`field count is a string, which does not fit int`: fmt.Sprint(page.Items[1].Mismatch()),
		"<nil>": fmt.Sprint(page.Items[0].Mismatch()),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// endless is a fake network of a list without an end that counts the pages asked for.
func endless(asked *atomic.Int32) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		asked.Add(1)
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		return fake(200, fmt.Sprintf(`{"content":%s,"number":%d,"last":false}`, things(fmt.Sprint(page, "a"), fmt.Sprint(page, "b")), page),
			"X-Request-Id", fmt.Sprint("r", page)), nil
	}
}

func TestPrefetchFetchesAheadAsFarAsItIsTold(t *testing.T) {
	t.Parallel()
	for _, ahead := range []int{0, 1, 2, 5} {
		synctest.Test(t, func(t *testing.T) {
			var asked atomic.Int32
			var r caremux.Response
			c := newClient(t, "https://acme.invalid", caremux.WithTransport(endless(&asked)))
			all := All[thing](t.Context(), c, listOf(byFlag), Input{}, []caremux.RequestOption{
				caremux.WithPrefetch(ahead), caremux.WithResponse(&r),
			})
			synctest.Wait()
			if asked.Load() != 0 {
				t.Errorf("ahead %d: %d pages before the loop begins", ahead, asked.Load())
			}
			n := 0
			for item, err := range all {
				if err != nil {
					t.Fatal(err)
				}
				page := n / 2
				synctest.Wait()
				if got := int(asked.Load()); got != page+1+ahead {
					t.Errorf("ahead %d: with page %d in hand, %d have been asked for, want %d", ahead, page, got, page+1+ahead)
				}
				if want := fmt.Sprint("r", page); r.RequestID != want || !strings.Contains(string(r.Body), item.ID) {
					t.Errorf("ahead %d: with %s in hand, the Response is that of %s", ahead, item.ID, r.RequestID)
				}
				if n++; n == 7 {
					break
				}
			}
			synctest.Wait()
			if got := int(asked.Load()); got > 4+ahead {
				t.Errorf("ahead %d: %d pages asked for after the break", ahead, got)
			}
		})
	}
}

func TestPrefetchTellsThatTheContextEnded(t *testing.T) {
	t.Parallel()
	for range 50 { // two ways may be open to the fetcher, and it takes one at random
		for _, ahead := range []int{0, 1, 3} {
			synctest.Test(t, func(t *testing.T) {
				var asked atomic.Int32
				c := newClient(t, "https://acme.invalid", caremux.WithTransport(endless(&asked)))
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var last error
				n := 0
				for _, err := range All[thing](ctx, c, listOf(byFlag), Input{}, []caremux.RequestOption{caremux.WithPrefetch(ahead)}) {
					if last = err; err != nil {
						continue
					}
					if n++; n == 3 {
						synctest.Wait()
						cancel()
					}
					if n > 100 {
						t.Fatal("the list goes on")
					}
				}
				if !errors.Is(last, context.Canceled) {
					t.Fatalf("ahead %d: the list ended with %v after %d items, as if it were complete", ahead, last, n)
				}
			})
		}
	}
}

func TestPrefetchEndsWithAPanicOfTheCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		c := newClient(t, "https://acme.invalid", caremux.WithTransport(endless(&asked)))
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		for range All[thing](t.Context(), c, listOf(byFlag), Input{}, []caremux.RequestOption{caremux.WithPrefetch(2)}) {
			panic("caller")
		}
	})
}

func TestPrefetchTakesAnyNumber(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"content":`+things("1", "2")+`,"last":true}`))
	for _, n := range []int{0, 1, maxAhead, maxAhead + 1, math.MaxInt} {
		ids, err := walk(t.Context(), t, newClient(t, s.URL), listOf(byFlag), Input{}, caremux.WithPrefetch(n))
		if err != nil || strings.Join(ids, " ") != "1 2" {
			t.Errorf("%d ahead: got %v, %v", n, ids, err)
		}
	}
}

func TestPrefetchIsIgnoredElsewhere(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	if _, err := get(t, newClient(t, s.URL), caremux.WithPrefetch(3)); err != nil || s.count() != 1 {
		t.Errorf("%v after %d requests", err, s.count())
	}
}

func TestSearchByPostPagesToo(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 2 {
			answer(w, 500, "")
			return
		}
		answer(w, 200, fmt.Sprintf(`{"content":%s,"last":%v}`, things(fmt.Sprint(n)), n == 3))
	})
	op := *searchThing
	op.Paging = &byFlag
	ids, err := walk(t.Context(), t, newClient(t, s.URL), &op, Input{Body: content.JSON(&thingInput{Name: "x"})})
	if err != nil || strings.Join(ids, "") != "13" {
		t.Errorf("ids = %q, %v", ids, err)
	}
	for _, r := range s.requests() {
		if r.method != "POST" || r.body != `{"name":"x"}` || r.path != "/gh/things/search" {
			t.Errorf("request = %+v", r)
		}
	}
}

func TestPageThatCameBeforeIsTakenOnlyWhereListsMayShift(t *testing.T) {
	t.Parallel()
	numbered := func(last int, id func(at int) string) func(*http.Request) (*http.Response, error) {
		return func(r *http.Request) (*http.Response, error) {
			at, _ := strconv.Atoi(r.URL.Query().Get("pageToken"))
			next := ""
			if at < last {
				next = fmt.Sprint(at + 1)
			}
			return fake(200, `{"content":`+things(id(at))+`,"meta":{"nextPageToken":"`+next+`"}}`), nil
		}
	}
	shifted := numbered(3, func(at int) string { return fmt.Sprint("item", max(0, at-1)) }) // 0, 0, 1, 2
	forever := numbered(1<<30, func(int) string { return "item" })                          // whatever the token
	for _, tt := range []struct {
		name   string
		answer func(*http.Request) (*http.Response, error)
		shifts bool
		items  int
		stuck  bool
	}{
		{"a shifted list", shifted, false, 1, true},
		{"a shifted list that may", shifted, true, 4, false},
		{"the same page without end", forever, false, 1, true},
		{"the same page without end that may shift", forever, true, 1 + maxEmptyPages, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			if tt.shifts {
				ctx = WithShiftingPages(ctx)
			}
			c := newClient(t, "https://acme.invalid", caremux.WithTransport(roundTrip(tt.answer)))
			ids, err := walk(ctx, t, c, listOf(byToken), Input{})
			if len(ids) != tt.items || errors.Is(err, caremux.ErrCursorStuck) != tt.stuck {
				t.Errorf("%d items, %v", len(ids), err)
			}
		})
	}
}
