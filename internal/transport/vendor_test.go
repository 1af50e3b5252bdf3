package transport

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/login"
)

// What a vendor package can tell the transport, beyond what all vendors do.

var ping = &Operation{Name: "Pings.Create", Method: "POST", Path: "/ping", Anonymous: true, OptionalBody: true}

func TestVendorsHeaderGoesWithEveryCall(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	set := loginSettings(&logins{})
	set.Header = http.Header{"X-Api-Key": {"k"}}
	c := newClientOf(t, set, s.URL)
	if _, err := get(t, c); err != nil {
		t.Fatal(err)
	}
	if err := Exec(t.Context(), c, ping, Input{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), "GET", "/more", nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := get(t, c, caremux.WithHeader("X-Api-Key", "own")); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, r := range s.requests() {
		keys = append(keys, strings.Join(r.header["X-Api-Key"], "+"))
	}
	if want := []string{"k", "k", "k", "own"}; !slices.Equal(keys, want) {
		t.Errorf("keys %q, want %q", keys, want)
	}
	if got := set.Header.Get("X-Api-Key"); got != "k" || len(set.Header) != 1 {
		t.Errorf("a call has changed the settings: %v", set.Header)
	}
}

func TestCallsThatAreNotPermittedAreNotSent(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `[]`))
	l := &logins{}
	set := loginSettings(l)
	set.Permit = func(op *Operation, _ http.Header) error {
		if op.Auth == "guest" {
			return &caremux.ArgumentError{Field: "client", Rule: "must be a guest's"}
		}
		return nil
	}
	c := newClientOf(t, set, s.URL)
	guest := &Operation{Name: "Guests.List", Method: "GET", Path: "/guests", Auth: "guest", Paging: &Paging{Items: []string{"$"}}}
	_, err := Call[thing](t.Context(), c, guest, Input{}, nil)
	wantArgument(t, err, "Guests.List", "client")
	_, err = Page[thing](t.Context(), c, guest, Input{}, nil)
	wantArgument(t, err, "Guests.List", "client")
	_, err = Stream(t.Context(), c, guest, Input{}, nil)
	wantArgument(t, err, "Guests.List", "client")
	n := 0
	for _, err := range All[thing](t.Context(), c, guest, Input{}, nil) {
		n++
		wantArgument(t, err, "Guests.List", "client")
	}
	if n != 1 || s.count() != 0 || l.count() != 0 {
		t.Errorf("yielded %d times, sent %d, %d logins; want 1, 0, 0", n, s.count(), l.count())
	}
	if _, err := Page[thing](t.Context(), c, &Operation{
		Name: "Things.List", Method: "GET", Path: "/things", Paging: guest.Paging,
	}, Input{}, nil); err != nil {
		t.Error(err)
	}
}

func TestDerivedClientWithALoginOfItsOwn(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	l := &logins{}
	store := caremux.NewMemoryTokenStore()
	set := loginSettings(l)
	c := newClientOf(t, set, s.URL, caremux.WithTokenStore(store))
	d := c.Derive(func(s *Settings) {
		s.Login = caremux.StaticToken("g")
		s.Authorise = func(r *http.Request, _ *Operation, token string) { r.Header.Set("Authorization", "Guest "+token) }
	})
	for _, client := range []*Client{d, c, d, c} {
		if _, err := get(t, client); err != nil {
			t.Fatal(err)
		}
	}
	var sent []string
	for _, r := range s.requests() {
		sent = append(sent, r.header.Get("Authorization"))
	}
	if want := []string{"Guest g", "Bearer t1", "Guest g", "Bearer t1"}; !slices.Equal(sent, want) {
		t.Errorf("sent %q, want %q", sent, want)
	}
	if l.count() != 1 || s.conns.Load() != 1 {
		t.Errorf("%d logins, %d connections", l.count(), s.conns.Load())
	}
	if stored, err := store.Load(t.Context(), storeKey(c)); err != nil || stored.Value != "t1" {
		t.Errorf("the store holds %q, %v; want the token of the client that owns it", stored.Value, err)
	}
	if got := logout(t, d); got != "g" {
		t.Errorf("the derived client ends %q", got)
	}
	if stored, _ := store.Load(t.Context(), storeKey(c)); stored.Value != "t1" {
		t.Errorf("it took %q out of the store that is not its own", "t1")
	}
}

func TestDerivedClientSharesTheToken(t *testing.T) {
	t.Parallel()
	l := &logins{}
	c := offline(t, l, accepting("t1", "t2"))
	d := c.Derive(func(s *Settings) { s.RequestID = []string{"X-Other"} })
	e := d.Derive(func(*Settings) {})
	for _, client := range []*Client{d, c, e} {
		if _, err := get(t, client); err != nil {
			t.Fatal(err)
		}
	}
	if l.count() != 1 || len(c.settings.RequestID) == 1 || len(e.settings.RequestID) != 1 {
		t.Errorf("%d logins; settings %q and %q", l.count(), c.settings.RequestID, e.settings.RequestID)
	}
	if got := logout(t, e); got != "t1" {
		t.Errorf("ended %q, want t1", got)
	}
	if got, err := get(t, c); err != nil || got.ID != "t2" {
		t.Errorf("after that the first client gets %v, %v", got, err)
	}
}

// storeKey is the key of a client of loginSettings in a store.
func storeKey(c *Client) string {
	return login.Key(c.settings.Vendor, c.base, c.settings.Account)
}

// endSession is an operation like those that end a session.
var endSession = &Operation{Name: "Logins.End", Method: "DELETE", Path: "/login", Anonymous: true}

// logout ends the session of a client and returns the tokens that were ended.
func logout(t testing.TB, c *Client) string {
	t.Helper()
	var ended []string
	if err := c.Logout(t.Context(), endSession, nil, func(_ context.Context, token string) error {
		ended = append(ended, token)
		return nil
	}); err != nil {
		t.Error(err)
	}
	return strings.Join(ended, " ")
}

func TestLogoutDropsTheTokenAlsoFromTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := caremux.NewMemoryTokenStore()
		l := &logins{lifetime: time.Hour}
		rt := accepting("t1", "t2", "t3", "other")
		c := offline(t, l, rt, caremux.WithTokenStore(store))
		if got := logout(t, c); got != "" {
			t.Errorf("ended %q before there was a token", got)
		}
		_, _ = get(t, c)
		if got := logout(t, c); got != "t1" {
			t.Errorf("ended %q, want t1", got)
		}
		if stored, err := store.Load(t.Context(), storeKey(c)); err != nil || stored.Value != "" {
			t.Errorf("the store still holds %q, %v", stored.Value, err)
		}
		if got := logout(t, c); got != "" {
			t.Errorf("ended %q twice", got)
		}
		if got, err := get(t, c); err != nil || got.ID != "t2" {
			t.Errorf("the next call gets %v, %v", got, err)
		}

		// Another process has put a token of its own there meanwhile: it stays.
		other := caremux.Token{Value: "other", Expires: time.Now().Add(2 * time.Hour)}
		if err := store.Save(t.Context(), storeKey(c), other); err != nil {
			t.Fatal(err)
		}
		if got := logout(t, c); got != "t2" {
			t.Errorf("ended %q, want t2", got)
		}
		if got, err := get(t, c); err != nil || got.ID != "other" || l.count() != 2 {
			t.Errorf("the next call gets %v, %v, %d logins", got, err, l.count())
		}

		time.Sleep(3 * time.Hour)
		if got := logout(t, c); got != "" {
			t.Errorf("a token that has expired is ended: %q", got)
		}
		if bare := newClientOf(t, settings(), "https://acme.invalid", caremux.WithTransport(rt)); logout(t, bare) != "" {
			t.Error("a client without tokens has one to end")
		}
	})
}

func TestLogoutWithAStoreThatFails(t *testing.T) {
	t.Parallel()
	c := offline(t, &logins{}, accepting("t1", "t2"), caremux.WithTokenStore(brokenStore{}))
	_, _ = get(t, c)
	if got := logout(t, c); got != "t1" {
		t.Errorf("ended %q", got)
	}
	if got, err := get(t, c); err != nil || got.ID != "t2" {
		t.Errorf("the next call gets %v, %v", got, err)
	}
}

// renewing is a source that wants to know which tokens are gone.
type renewing struct {
	logins
	forgot []string
}

func (r *renewing) Forget(token string) { r.forgot = append(r.forgot, token) }

var _ login.Forgetter = (*renewing)(nil)

func TestSourceLearnsWhichTokensAreGone(t *testing.T) {
	t.Parallel()
	r := &renewing{}
	c := offline(t, r, accepting("t2", "t3"))
	if _, err := get(t, c); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.forgot, []string{"t1"}) {
		t.Errorf("after a refusal the source was told of %q", r.forgot)
	}
	logout(t, c)
	logout(t, c)
	if !slices.Equal(r.forgot, []string{"t1", "t2"}) {
		t.Errorf("after Logout the source was told of %q", r.forgot)
	}
}

var errWrongUser = errors.New("wrong user")

func TestVendorHearsOfRefusalsThatNoOtherTokenHelps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logins{lifetime: time.Hour}
		refuse := map[string]bool{"Bearer t1": true, "Bearer t2": true}
		sent := 0
		set := loginSettings(l)
		var uses []login.Use
		broken := false
		set.Refused = func(e *caremux.Error, use login.Use) {
			uses = append(uses, use)
			if e.Status != 401 || e.Operation != getThing.Name {
				t.Errorf("asked about %v", e)
			}
			e.Kind = errWrongUser
		}
		c := newClientOf(t, set, "https://acme.invalid", caremux.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			sent++
			if broken {
				return fake(502, `<html>`), nil
			}
			if refuse[r.Header.Get("Authorization")] {
				return fake(401, `{}`), nil
			}
			return fake(200, `{"id":"1"}`), nil
		})))

		_, err := get(t, c)
		wantError(t, err, 401)
		want := []login.Use{{Second: true, Replaced: true}}
		if !slices.Equal(uses, want) || !errors.Is(err, errWrongUser) || !errors.Is(err, caremux.ErrUnauthorized) ||
			sent != 2 || l.count() != 2 {
			t.Errorf("asked with %+v, want %+v; %v, sent %d, %d logins", uses, want, err, sent, l.count())
		}

		// The token is accepted, and then not: it was refused shortly before, so that no login helps.
		time.Sleep(time.Second)
		uses, sent = nil, 0
		delete(refuse, "Bearer t2")
		if _, err := get(t, c); err != nil {
			t.Fatal(err)
		}
		refuse["Bearer t2"] = true
		for range 2 {
			_, err = get(t, c)
			wantError(t, err, 401)
		}
		accepted := login.Use{Accepted: true, Second: true, Replaced: true}
		if want := []login.Use{accepted, accepted}; !slices.Equal(uses, want) || sent != 3 || l.count() != 2 {
			t.Errorf("asked with %+v, want %+v; sent %d, %d logins", uses, want, sent, l.count())
		}

		// A 502 of a proxy is no acceptance.
		uses, refuse = nil, map[string]bool{"Bearer t3": true, "Bearer t4": true}
		logout(t, c)
		broken = true
		_, err = get(t, c, caremux.WithCallRetry(caremux.NoRetry))
		wantError(t, err, 502)
		broken = false
		_, err = get(t, c)
		wantError(t, err, 401)
		if len(uses) != 1 || uses[0].Accepted {
			t.Errorf("after a 502 asked with %+v", uses)
		}

		// Other statuses are no refusals, nor is the 401 of a call without a token.
		uses = nil
		refuse = map[string]bool{"": true}
		wantError(t, Exec(t.Context(), c, ping, Input{}, nil), 401)
		if len(uses) != 0 {
			t.Errorf("asked with %+v about a call without a token", uses)
		}
	})
}

func TestRefusalIsNotReplayedWhenTheSourceHasNoOtherToken(t *testing.T) {
	t.Parallel()
	set := loginSettings(caremux.StaticToken("ready"))
	sent := 0
	var uses []login.Use
	set.Refused = func(_ *caremux.Error, use login.Use) { uses = append(uses, use) }
	c := newClientOf(t, set, "https://acme.invalid", caremux.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
		sent++
		return fake(401, `{"code":"FIRST"}`), nil
	})))
	_, err := get(t, c)
	if e := wantError(t, err, 401); e.Code != "FIRST" || sent != 1 || !slices.Equal(uses, []login.Use{{Replaced: true}}) {
		t.Errorf("got %v after %d requests, asked with %+v", e, sent, uses)
	}
}

func TestRewriteComesBeforeAllElse(t *testing.T) {
	t.Parallel()
	set := settings()
	set.Rewrite = func(body []byte) ([]byte, Resolver, error) {
		if strings.Contains(string(body), "BAD") {
			return nil, nil, errNotJSON
		}
		return []byte(strings.ReplaceAll(string(body), "old", "id")), nil, nil
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		switch r.URL.Path {
		case "/bad":
			answer(w, 200, `BAD`)
		case "/list":
			answer(w, 200, `[{"old":"1"},{"old":"2"}]`)
		default:
			answer(w, 200, `{"old":"1"}`)
		}
	})
	c := newClientOf(t, set, s.URL)
	var r caremux.Response
	got, err := get(t, c, caremux.WithResponse(&r))
	if err != nil || got.ID != "1" || string(got.RawJSON()) != `{"id":"1"}` {
		t.Errorf("got %+v, %v", got, err)
	}
	list := &Operation{Name: "Things.List", Method: "GET", Path: "/list", Paging: &Paging{Items: []string{"$"}}}
	if page, err := Page[thing](t.Context(), c, list, Input{}, nil); err != nil || len(page.Items) != 2 || page.Items[1].ID != "2" {
		t.Errorf("got %+v, %v", page, err)
	}
	_, err = Call[thing](t.Context(), c, &Operation{Name: "Things.Bad", Method: "GET", Path: "/bad"}, Input{}, nil)
	if e := wantError(t, err, 200); !errors.Is(e, caremux.ErrUnreadable) {
		t.Errorf("got %v", e)
	}
}

// zeroNamed resolves the name [0] to its record, and decodes all else as it is.
type zeroNamed struct{ record string }

func (n zeroNamed) Value(raw []byte) []byte {
	if string(raw) == "[0]" {
		return []byte(n.record)
	}
	return raw
}

func (n zeroNamed) Decode(raw []byte, out any) error {
	if raw, ok := out.(*json.RawMessage); ok {
		*raw = json.RawMessage(n.record)
		return nil
	}
	return Decode(n.Value(raw), out)
}

func TestResolverDecodesWhatIsNamed(t *testing.T) {
	t.Parallel()
	const record = `{"id":"7"}`
	set := settings()
	set.Rewrite = func(body []byte) ([]byte, Resolver, error) { return body, zeroNamed{record}, nil }
	vetted := ""
	set.Vet = func(_ *Operation, _ []string, raw []byte) error { vetted += string(raw); return nil }
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		answer(w, 200, map[string]string{"/bare": `[0]`, "/one": `{"data":[0]}`, "/first": `{"data":[[0]]}`,
			"/list": `{"data":[{"id":"1"},[0],null]}`}[r.URL.Path])
	})
	c := newClientOf(t, set, s.URL)
	for _, op := range []*Operation{{Path: "/one", Envelope: "data"}, {Path: "/first", Envelope: "data",
		OneOfList: true}, {Path: "/bare"}} {
		op.Name, op.Method = "Things.Get", "GET"
		got, err := Call[thing](t.Context(), c, op, Input{}, nil)
		if err != nil || got.ID != "7" || string(got.RawJSON()) != record {
			t.Errorf("%s: %+v, %v", op.Path, got, err)
		}
	}
	list := &Operation{Name: "Things.List", Method: "GET", Path: "/list", Envelope: "data", NullLists: true,
		Paging: &Paging{Items: []string{"data"}}}
	vetted = ""
	page, err := Page[thing](t.Context(), c, list, Input{}, nil)
	if err != nil || len(page.Items) != 2 || page.Items[1].ID != "7" || vetted != `{"id":"1"}`+record ||
		string(page.RawJSON()) != `{"data":[{"id":"1"},[0],null]}` {
		t.Errorf("got %+v, %v after %s", page, err, vetted)
	}
	items, err := List[thing](t.Context(), c, list, Input{}, nil)
	if err != nil || len(items) != 2 || items[1].ID != "7" {
		t.Errorf("got %+v, %v", items, err)
	}
	var raw json.RawMessage
	if err := c.Do(t.Context(), "GET", "/list", nil, nil, &raw); err != nil || string(raw) != record {
		t.Errorf("got %s, %v", raw, err)
	}
}

func TestSingleValueInAListOfOne(t *testing.T) {
	t.Parallel()
	record := &Operation{Name: "Things.Get", Method: "GET", Path: "/x", Envelope: "data", OneOfList: true}
	for body, want := range map[string]string{
		`{"data":[{"id":"1"}],"total":1}`: "1", `{"data":{"id":"1"}}`: "1", `{"id":"1"}`: "1",
		`[{"id":"1"}]`: "1", ` [ {"id":"1"} , {"id":"2"} ] `: "1",
		`{"data":[]}`: "unreadable", `[]`: "unreadable", `[{"id":"1"}`: "unreadable", `[{"id":"1"}] x`: "unreadable",
		`{"data":[{"id":"1"}] x}`: "unreadable", `[1]`: "unreadable",
	} {
		c := newClientOf(t, settings(), "https://acme.invalid",
			caremux.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
				return fake(200, body), nil
			})))
		got, err := Call[thing](t.Context(), c, record, Input{}, []caremux.RequestOption{caremux.WithCallRetry(caremux.NoRetry)})
		switch {
		case want == "unreadable":
			if !errors.Is(err, caremux.ErrUnreadable) {
				t.Errorf("%s: got %+v, %v", body, got, err)
			}
		case err != nil || got.ID != want:
			t.Errorf("%s: got %+v, %v", body, got, err)
		}
	}
	for body, want := range map[string]bool{
		`true`: true, `{"data":true}`: true, `{"data":[true]}`: true, `[true]`: true, `{"data":[false]}`: false,
	} {
		c := newClientOf(t, settings(), "https://acme.invalid",
			caremux.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
				return fake(200, body), nil
			})))
		if got, err := Scalar[bool](t.Context(), c, record, Input{}, nil); err != nil || got != want {
			t.Errorf("%s: got %v, %v", body, got, err)
		}
	}
}

// TestListInsideOfAListOfOne has lists that are a member of the single element of another list, which may be missing.
func TestListInsideOfAListOfOne(t *testing.T) {
	t.Parallel()
	list := &Operation{Name: "Things.Search", Method: "GET", Path: "/x", Paging: &Paging{
		Items: []string{"data.0.things"}, PageParam: "skip", SizeParam: "take", Skip: true,
	}}
	for body, want := range map[string]int{
		`{"data":[{"things":[{"id":"1"},{"id":"2"}],"totals":{"a":2}}],"total":1}`: 2,
		`{"data":[{"things":[]}]}`:           0,
		`{"data":[{"things":null}]}`:         -1,
		`{"data":[],"total":0}`:              0,
		`{"data":null}`:                      -1,
		`null`:                               -1,
		`[]`:                                 0,
		`{"data":[{"totals":{"a":0}}]}`:      -1,
		`{"data":[{"things":"x"}]}`:          -1,
		`{"message":"no list at all"}`:       -1,
		`{"data":[{"things":[{"id":"1"}]}`:   -1,
		`{"data":[{"things":[{"id":"1"}]}] `: -1,
	} {
		c := newClientOf(t, settings(), "https://acme.invalid",
			caremux.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
				return fake(200, body), nil
			})))
		page, err := Page[thing](t.Context(), c, list, Input{}, []caremux.RequestOption{caremux.WithCallRetry(caremux.NoRetry)})
		switch {
		case want < 0:
			if !errors.Is(err, caremux.ErrUnreadable) {
				t.Errorf("%s: got %+v, %v", body, page, err)
			}
		case err != nil || len(page.Items) != want || want > 0 && page.Items[1].ID != "2":
			t.Errorf("%s: got %+v, %v", body, page, err)
		default:
			n := 0
			for _, err := range All[thing](t.Context(), c, list, Input{}, nil) {
				if n++; err != nil || n > 10 {
					break
				}
			}
			if want == 0 && n != 0 {
				t.Errorf("%s: the iterator yields %d times", body, n)
			}
		}
	}
}
