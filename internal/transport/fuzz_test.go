package transport

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
)

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"1", "0", "-1", "0.5", "3600", "1e300", "NaN", "-Inf", "0x10",
		"Wed, 21 Oct 2026 07:28:00 GMT", "Wednesday, 21-Oct-26 07:28:00 GMT",
		" 5 ", "9223372036854775807", "1730189586", "1730189586000", "soon", ""} {
		f.Add(seed, seed, "0")
		f.Add("", seed, "0")
	}
	now := time.Date(2026, 10, 21, 7, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, after, reset, remaining string) {
		h := http.Header{"Retry-After": {after}, "X-Ratelimit-Reset": {reset}, "Ratelimit-Remaining": {remaining}}
		asked, ok := retryAfter(h, now)
		wait := asked.wait
		if f := figures(h); ok && wait < 0 || f.Reset < 0 || f.Remaining < 0 || f.Limit < 0 {
			t.Errorf("%q and %q: wait %v, %+v", after, reset, wait, f)
		}
		if n, err := strconv.ParseUint(after, 10, 31); err == nil && (!ok || wait != time.Duration(n)*time.Second) {
			t.Errorf("%q: wait %v, %v", after, wait, ok)
		}
		limit := rateLimit(h, now)
		if n, err := strconv.Atoi(strings.TrimSpace(remaining)); (err == nil) != (limit.Remaining != nil) ||
			err == nil && *limit.Remaining != n {
			t.Errorf("%q: %v remain", remaining, limit.Remaining)
		}
		if n, err := strconv.Atoi(reset); err == nil && n >= 0 && limit.Reset.IsZero() {
			t.Errorf("reset %q is lost", reset)
		}
	})
}

// errorText is all that the text of an error may be, whatever the vendor says.
var errorText = regexp.MustCompile(
	`^acme: Things\.Get: GET /\{tenant\}/things/\{thingId\}: (\d+)( [\w.:/-]{1,64})?( the response (is (empty|null|an empty object|an HTML page|XML or HTML, not JSON|not JSON|application/json, not JSON|not the documented JSON)|has (none of the documented fields|a message in place of the record)|says that the call failed))?( \((request [\w.:/-]{1,64})?(, )?(retry at [\dTZ:.+-]+)?\))?$`)

func FuzzAnswer(f *testing.F) {
	for _, body := range []string{`{"id":"1"}`, `{"data":{"id":"1"}}`, `{"data":[{"id":"1"}]}`, `{"data":null}`,
		`{"data":[]}`, `[]`, `null`, ``, ` `, `<html>`, `{"id":"1`, `{"data":{"id":"1"}`,
		`{"code":"A B","message":"Jane"}`, `{"code":"QUOTA"}`, `{"error":"x","code":"QUOTA"}`, `{"id":"1","error":"x"}`,
		`{"message":"Bad Gateway"}`, "\xff\xfe{\x00}\x00", `{"id":"\ud800"}`, `{"id":"1","ID":"2"}`, "\xef\xbb\xbf{}",
		"{\"data\":\f", `{"id":1,"parts":[{"name":{}}]}`} {
		f.Add(200, body, "r-1", uint8(0))
		f.Add(400, body, "Jane\tDoe", uint8(3))
	}
	f.Fuzz(func(t *testing.T, status int, body, id string, way uint8) {
		if status < 200 || status > 599 || status == 204 || status == 304 {
			status = 200
		}
		op := *getThing
		if way&1 != 0 {
			op.Envelope = "data"
		}
		op.OneOfList = way&2 != 0
		c := newClient(t, "https://acme.invalid", caremux.WithRetry(caremux.NoRetry),
			caremux.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
				resp := fake(status, body)
				resp.Header["X-Request-Id"] = []string{id}
				if way&4 != 0 {
					resp.ContentLength = -1
				}
				return resp, nil
			})))
		got, err := Call[thing](t.Context(), c, &op, Input{Path: []string{"1"}}, nil)
		if err == nil {
			if status > 299 || got == nil {
				t.Errorf("%d %q is taken as %+v", status, body, got)
			}
			return
		}
		e := wantError(t, err, status)
		if string(e.Body()) != body || e.MaybeApplied() {
			t.Errorf("%v has the body %q and may be applied: %v", e, e.Body(), e.MaybeApplied())
		}
		if errors.Is(e, caremux.ErrUnreadable) != (status < 300) {
			t.Errorf("%v is unreadable: %v", e, errors.Is(e, caremux.ErrUnreadable))
		}
		if m := errorText.FindStringSubmatch(e.Error()); m == nil || m[1] != strconv.Itoa(status) {
			t.Errorf("text %q", e.Error())
		}
	})
}

// FuzzPaging lets a vendor say anything about where its pages are, which must lead neither back nor round in a circle. The last
// page is given again and again.
func FuzzPaging(f *testing.F) {
	ways := []Paging{
		{Items: []string{"content"}, PageParam: "page", SizeParam: "size", Number: []string{"number"},
			Last: []string{"last"}, Total: []string{"totalElements"}},
		{Items: []string{"content", "$"}, PageParam: "page", SizeParam: "size", First: 1, Total: []string{"total"}},
		{Items: []string{"$"}, PageParam: "page_no", UntilEmpty: true},
		{Items: []string{"data.0.things", "content"}, PageParam: "skip", SizeParam: "take", Skip: true, DefaultSize: 2,
			Total: []string{"total", "data.0.total"}},
		{Items: []string{"content"}, TokenParam: "cursor", Next: []string{"next"}, More: []string{"more"}},
		{Items: []string{"content", "data"}, TokenParam: "cursor", Next: []string{"next", "meta.next"}, End: "-", Exclusive: true},
		{Items: []string{"$"}},
	}
	for i := range ways {
		f.Add(uint8(i), uint8(i), `{"content":[{"id":"1"}],"number":0,"last":false,"totalElements":9,"total":9,"next":"a","more":true}`,
			`{"content":[{"id":"2"}],"number":1,"next":"b","more":true}`, `{"content":[],"number":2,"last":true,"more":false}`)
		f.Add(uint8(i), uint8(0), `[{"id":"1"},{"id":"2"}]`, `[{"id":"3"}]`, `[]`)
		f.Add(uint8(i), uint8(1), `{"data":[{"things":[{"id":"1"}],"total":5}],"next":5}`, `{"content":null,"next":""}`, `null`)
		f.Add(uint8(i), uint8(2), `{"content":[{"id":"1"}],"number":-5,"total":-1,"totalElements":9223372036854775807,"next":"a"}`,
			`{"content":[{"id":"1"}],"next":"a"}`, `{"content":[],"next":"a"}`)
	}
	f.Fuzz(func(t *testing.T, way, size uint8, first, second, rest string) {
		op := *getThing
		p := ways[int(way)%len(ways)]
		op.Paging = &p
		sent := []url.Values{}
		c := newClient(t, "https://acme.invalid", caremux.WithRetry(caremux.NoRetry),
			caremux.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
				sent = append(sent, r.URL.Query())
				return fake(200, []string{first, second, rest}[min(len(sent), 3)-1]), nil
			})))
		query := url.Values{}
		if size > 0 && p.SizeParam != "" {
			query.Set(p.SizeParam, strconv.Itoa(int(size)))
		}
		pages := 0
		page, err := Page[thing](t.Context(), c, &op, Input{Path: []string{"1"}, Query: query}, nil)
		for ; err == nil && pages < 2*maxEmptyPages; page, err = page.Next(t.Context()) {
			pages++
			if page.HasNext() != (page.NextCursor != "") {
				t.Fatalf("page %d has a next one, %v, and the cursor %q", pages, page.HasNext(), page.NextCursor)
			}
		}
		if err != nil && !errors.Is(err, caremux.ErrNoNextPage) && !errors.As(err, new(*caremux.Error)) {
			t.Errorf("error = %v", err)
		}
		if (p.PageParam == "" && p.TokenParam == "") && len(sent) > 1 {
			t.Errorf("a list without pages was asked for %d times", len(sent))
		}
		tokens := map[string]bool{"": true}
		before := -1
		for i, q := range sent {
			if p.SizeParam != "" && !p.Exclusive && q.Get(p.SizeParam) != query.Get(p.SizeParam) {
				t.Errorf("request %d asks for %q", i, q)
			}
			switch {
			case i == 0:
			case p.TokenParam != "":
				if token := q.Get(p.TokenParam); tokens[token] {
					t.Fatalf("request %d asks for %q again", i, token)
				} else {
					tokens[token] = true
				}
			default:
				n, err := strconv.Atoi(q.Get(p.PageParam))
				if err != nil || n <= before || n <= p.First {
					t.Fatalf("request %d asks for %q after %d", i, q.Get(p.PageParam), before)
				}
				before = n
			}
		}
		// Nobody announces pages without items for ever.
		if pages == 2*maxEmptyPages && len(page.Items) == 0 {
			items, _, _, err := decodePage(&attempts{op: &op, client: c}, bytes.TrimSpace([]byte(rest)), itemsOf[thing])
			if err == nil && len(items.([]thing)) == 0 {
				t.Errorf("%d pages without items were asked for", pages)
			}
		}
	})
}

func FuzzFileName(f *testing.F) {
	for _, seed := range []string{`attachment; filename="a.pdf"`, `attachment; filename*=UTF-8''%2e%2e%2fetc%2fpasswd`,
		`inline; filename="..\\x"`, `x; filename=".."`, `; filename=a`, ``} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, disposition string) {
		c := newClient(t, "https://acme.invalid", caremux.WithRetry(caremux.NoRetry),
			caremux.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
				resp := fake(200, "x")
				resp.Header["Content-Disposition"] = []string{disposition}
				return resp, nil
			})))
		d, err := Stream(t.Context(), c, getThing, Input{Path: []string{"1"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if strings.ContainsAny(d.Name, `/\`) || d.Name == "." || d.Name == ".." {
			t.Errorf("%q names the file %q", disposition, d.Name)
		}
	})
}
