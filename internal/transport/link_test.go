package transport

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/scan"
)

func at(t testing.TB, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestLinksAreFollowedBelowTheClientsOwnAddress(t *testing.T) {
	t.Parallel()
	const foreign = "leads away from the client's own address"
	for _, tt := range []struct {
		base, link, to, rule string
	}{
		{"https://api.example", "https://api.example/r4/Patient?_cursor=2", "/r4/Patient?_cursor=2", ""},
		{"https://api.example", "?_getpages=a%20b&_offset=20", "/r4/Patient?_getpages=a%20b&_offset=20", ""},
		{"https://api.example", "/r4?_getpages=1", "/r4?_getpages=1", ""},
		{"https://api.example", "Patient?page=2", "/r4/Patient?page=2", ""},
		{"https://api.example", "./Other?page=2#top", "/r4/Other?page=2", ""},
		{"https://api.example", "../r5/x", "/r5/x", ""},
		{"https://api.example", "//api.example/r4?x=1", "/r4?x=1", ""},
		{"https://api.example", " HTTPS://API.Example:443/r4?x=1\n", "/r4?x=1", ""},
		{"https://api.example:443", "https://api.example./r4?x=1", "/r4?x=1", ""},
		{"https://api.example", "http://api.example/r4?x=1", "/r4?x=1", ""},
		{"https://api.example", "http://api.example:80/r4?x=1", "/r4?x=1", ""},
		{"http://[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080/r4?x=1", "/r4?x=1", ""},
		{"https://api.example/gate/", "https://api.example/gate/r4?x=1", "/gate/r4?x=1", ""},
		{"https://api.example/g~te", "/g%7Ete/r4?x=1", "/g%7Ete/r4?x=1", ""},
		{"https://api.example/gate", "Patient/1/$everything?page=2", "/gate/r4/Patient/1/$everything?page=2", ""},
		{"https://api.example", "?code=sys|a b&name=é", "/r4/Patient?code=sys%7Ca%20b&name=%C3%A9", ""},
		{"https://api.example", "?_cursor=%zz;x", "/r4/Patient?_cursor=%zz;x", ""},

		{"https://api.example", "https://elsewhere.example/r4?x=1", "", foreign},
		{"https://api.example", "//elsewhere.example/r4?x=1", "", foreign},
		{"https://api.example", "https://api.example.elsewhere.example/r4?x=1", "", foreign},
		{"https://api.example", "https://api.example:8443/r4?x=1", "", foreign},
		{"https://api.example", "http://api.example:443/r4?x=1", "", foreign},
		{"https://api.example:8443", "http://api.example/r4?x=1", "", foreign},
		{"http://api.example", "https://api.example/r4?x=1", "", foreign},
		{"https://api.example", "https://me:secret@api.example/r4?x=1", "", foreign},
		{"https://api.example", "https://api.example@elsewhere.example/r4?x=1", "", foreign},
		{"https://api.example/gate", "/r4?x=1", "", foreign},
		{"https://api.example/gate", "/gates/r4?x=1", "", foreign},
		{"https://api.example/gate", "/gate/../r4?x=1", "", foreign},
		{"https://api.example/gate", "/gate/%2e%2e/r4?x=1", "", foreign},
		{"https://api.example/gate", "/gate/..%2fr4?x=1", "", foreign},
		{"https://api.example/gate", "/gate/%252e%252e/r4?x=1", "", foreign},
		{"https://api.example", `\\elsewhere.example\r4?x=1`, "", foreign},
		{"https://api.example", "ftp://api.example/r4?x=1", "", foreign},
		{"https://api.example", "urn:uuid:1", "", "is not an address"},
		{"https://api.example", "https:///r4?x=1", "", "is not an address"},
		{"https://api.example", "https://api.exa mple/r4?x=1", "", "is not an address"},
		{"https://api.example", "/r4/%zz", "", "is not an address"},
	} {
		c := &Client{base: at(t, tt.base)}
		from := at(t, strings.TrimSuffix(tt.base, "/")+"/r4/Patient?family=Taylor")
		got, rule := c.below(tt.link, "/r4/", from)
		if rule != tt.rule {
			t.Errorf("%s from %s: rule %q, want %q", tt.link, tt.base, rule, tt.rule)
			continue
		}
		if rule == "" && (got.RequestURI() != tt.to || got.Host != c.base.Host || got.Scheme != c.base.Scheme) {
			t.Errorf("%s from %s leads to %s, want %s", tt.link, tt.base, got, tt.to)
		}
	}
}

// FuzzLink holds that no link leads away from the client's address.
func FuzzLink(f *testing.F) {
	for _, link := range []string{
		"?a=1", "/gate/x", "//x", "https://api.example/gate/../y", `\x`, "/gate/%2e%2e/x", "A/b", "gate:x", "?\x7f", "#",
	} {
		f.Add(link)
	}
	c := &Client{base: at(f, "https://api.example/gate")}
	from := at(f, "https://api.example/gate/r4/Patient?family=Taylor")
	f.Fuzz(func(t *testing.T, link string) {
		got, rule := c.below(link, "/r4/", from)
		if (got == nil) != (rule != "") {
			t.Fatalf("%q: %v, %q", link, got, rule)
		}
		if got == nil {
			return
		}
		again := at(t, got.String()) // as net/http will send it
		path := again.EscapedPath()
		if again.Scheme != "https" || again.Host != "api.example" || again.User != nil ||
			path != "/gate" && !strings.HasPrefix(path, "/gate/") ||
			strings.Contains(path+"/", "/../") || strings.ContainsFunc(again.RequestURI(), func(r rune) bool {
			return r <= ' ' || r >= 0x7f
		}) {
			t.Errorf("%q leads to %q", link, got)
		}
	})
}

// byLink finds its next page as bundles do.
var byLink = Paging{Items: []string{"entry"}, Total: []string{"total"}, LinkRoot: "/gh/", Link: func(frame []byte) string {
	link, _ := scan.Lookup(frame, "next")
	return unquoted(link)
}}

func TestPagesAreFoundByTheirLinks(t *testing.T) {
	t.Parallel()
	query := url.Values{"family": {"Taylor"}}
	for _, tt := range []struct {
		name  string
		pages map[string]string // by path and query
		ids   string
		fails error
		text  string
	}{
		{"in all forms", map[string]string{
			"/gh/things?family=Taylor&own=1": `{"entry":` + things("1", "2") + `,"next":"?_getpages=a%20b"}`,
			"/gh/things?_getpages=a%20b":     `{"entry":` + things("3") + `,"next":"/gh?_getpages=3"}`,
			"/gh?_getpages=3":                `{"next":"BASE/gh/page/4"}`, // none here
			"/gh/page/4":                     `{"entry":` + things("4") + `,"next":"Things/page?5"}`,
			"/gh/Things/page?5":              `{"entry":[],"next":""}`,
		}, "1 2 3 4", nil, ""},
		{"elsewhere", map[string]string{
			"/gh/things?family=Taylor&own=1": `{"entry":` + things("1") + `,"next":"https://elsewhere.example/gh/things?page=2"}`,
		}, "1", caremux.ErrUnreadable, "the link to the next page leads away from the client's own address"},
		{"no address", map[string]string{
			"/gh/things?family=Taylor&own=1": `{"entry":` + things("1") + `,"next":"https://acme.in valid/"}`,
		}, "1", caremux.ErrUnreadable, "the link to the next page is not an address"},
		{"without the parameters", map[string]string{
			"/gh/things?family=Taylor&own=1": `{"entry":` + things("1") + `,"next":"/gh/things"}`,
		}, "1", caremux.ErrUnreadable, "has lost the parameters"},
		{"to itself", map[string]string{
			"/gh/things?family=Taylor&own=1": `{"entry":` + things("1") + `,"next":"/gh/things?family=Taylor&own=1"}`,
		}, "1", caremux.ErrCursorStuck, ""},
		{"in a circle", map[string]string{
			"/gh/things?family=Taylor&own=1": `{"entry":` + things("1") + `,"next":"?p=2"}`,
			"/gh/things?p=2":                 `{"entry":` + things("2") + `,"next":"?p=3"}`,
			"/gh/things?p=3":                 `{"entry":` + things("3") + `,"next":"?p=2"}`,
		}, "1 2 3", caremux.ErrCursorStuck, ""},
		{"the same items once more", map[string]string{
			"/gh/things?family=Taylor&own=1": `{"entry":` + things("1") + `,"next":"?p=2"}`,
			"/gh/things?p=2":                 `{"entry":` + things("1") + `,"next":"?p=3"}`,
		}, "1", caremux.ErrCursorStuck, ""},
		{"a page that is no page", map[string]string{
			"/gh/things?family=Taylor&own=1": `{"entry":` + things("1") + `,"next":"?p=2"}`,
			"/gh/things?p=2":                 `{"entry":` + things("2") + `,"refused":true}`,
		}, "1", caremux.ErrUnreadable, "no page"},
		{"no list in its place", map[string]string{
			"/gh/things?family=Taylor&own=1": `{"entry":7}`,
		}, "", caremux.ErrUnreadable, ""},
		{"an item that cannot be read", map[string]string{
			"/gh/things?family=Taylor&own=1": `{"entry":[{"id":"1"},{"id":7}]}`,
		}, "", caremux.ErrUnreadable, "an id must be a string"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var s *server
			s = serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				body, ok := tt.pages[r.URL.RequestURI()]
				if !ok {
					t.Errorf("unexpected request of %s", r.URL.RequestURI())
				}
				answer(w, 200, strings.ReplaceAll(body, "BASE", s.URL))
			})
			vetting := settings()
			vetting.Vet = func(_ *Operation, _ []string, raw []byte) error {
				if strings.Contains(string(raw), "refused") {
					return refused("no page")
				}
				return nil
			}
			c := newClientOf(t, vetting, s.URL)
			var ids []string
			var failed error
			for id, err := range AllOf(t.Context(), c, listOf(byLink), Input{Query: query}, readID,
				[]caremux.RequestOption{caremux.WithQuery("own", "1"), caremux.WithHeader("X-Own", "1")}) {
				if err != nil {
					failed = err
					break
				}
				ids = append(ids, id)
			}
			if strings.Join(ids, " ") != tt.ids || !errors.Is(failed, tt.fails) || tt.fails != nil &&
				!strings.Contains(failed.Error(), tt.text) {
				t.Errorf("got %v and %v, want %s and %v %s", ids, failed, tt.ids, tt.fails, tt.text)
			}
			for i, r := range s.requests() {
				if r.header.Get("X-Own") != "1" {
					t.Errorf("request %d lacks the caller's header", i)
				}
			}
			if got := s.count(); got != len(tt.pages) {
				t.Errorf("%d requests, want %d", got, len(tt.pages))
			}
		})
	}
}

func readID(raw []byte) (string, error) {
	var v struct{ ID any }
	if err := json.Unmarshal(raw, &v); err != nil {
		return "", err
	}
	id, ok := v.ID.(string)
	if !ok {
		return "", errors.New("an id must be a string")
	}
	return id, nil
}

func TestARecordIsReadByItsOwnCodec(t *testing.T) {
	t.Parallel()
	op := &Operation{Name: "Things.Put", Method: "PUT", Path: "/{tenant}/things/{id}"}
	for _, tt := range []struct {
		body string
		read error
		want string // of the error's text, "" for none
		sent int
	}{
		{`{"id":"1"}`, nil, "", 1},
		{`{"id":"1"}`, errors.New("byte 3: must fit"), "the response cannot be read: byte 3: must fit", 1},
		{`{"id":"1"}`, &ShapeError{Reason: "another thing", Kind: caremux.ErrUnreadable}, "another thing", 1},
		{``, nil, "empty", 1},
		{`{"id":`, errors.New("byte 6: must be JSON"), "not the documented JSON", 3}, // it may have been cut off
	} {
		s := serve(t, always(200, tt.body))
		got := ""
		err := Read(t.Context(), newClient(t, s.URL), op, Input{Path: []string{"1"}}, func(raw []byte) error {
			got = string(raw)
			return tt.read
		}, nil)
		if (err != nil) != (tt.want != "") || err != nil && (!strings.Contains(err.Error(), tt.want) ||
			!errors.Is(err, caremux.ErrUnreadable)) {
			t.Errorf("%s: %v, want %q", tt.body, err, tt.want)
		}
		if tt.read != nil && !errors.Is(err, tt.read) {
			t.Errorf("%s: %v does not wrap %v", tt.body, err, tt.read)
		}
		var e *caremux.Error
		if err != nil && (!errors.As(err, &e) || !e.MaybeApplied() || e.Status != 200) {
			t.Errorf("%s: %v", tt.body, err)
		}
		if got != tt.body || s.count() != tt.sent {
			t.Errorf("read %q after %d requests, want %d", got, s.count(), tt.sent)
		}
	}
}

func TestPrefetchFollowsLinks(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		next := ""
		if n < 5 {
			next = fmt.Sprintf("?p=%d", n)
		}
		answer(w, 200, fmt.Sprintf(`{"entry":%s,"next":%q}`, things(fmt.Sprint(n)), next))
	})
	var ids []string
	for id, err := range AllOf(t.Context(), newClient(t, s.URL), listOf(byLink), Input{}, readID,
		[]caremux.RequestOption{caremux.WithPrefetch(2)}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if strings.Join(ids, " ") != "1 2 3 4 5" {
		t.Errorf("got %v", ids)
	}
}

func TestAPageOfALinkIsNotFollowedToAnotherOrigin(t *testing.T) {
	t.Parallel()
	elsewhere := serve(t, always(200, `{"entry":`+things("2")+`}`))
	home := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			answer(w, 200, `{"entry":`+things("1")+`,"next":"?p=2"}`)
			return
		}
		http.Redirect(w, r, elsewhere.URL, http.StatusFound)
	})
	var ids []string
	var failed error
	for id, err := range AllOf(t.Context(), newClient(t, home.URL), listOf(byLink), Input{}, readID, nil) {
		if err != nil {
			failed = err
			break
		}
		ids = append(ids, id)
	}
	if e := wantError(t, failed, 302); e == nil || len(ids) != 1 || elsewhere.count() != 0 {
		t.Errorf("got %v and %v, and %d requests elsewhere", ids, failed, elsewhere.count())
	}
}
