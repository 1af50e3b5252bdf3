package transport

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

func TestAnOriginIsTheSameHoweverItIsSpelled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"https://acme.invalid/x", "https://acme.invalid/y?z", true},
		{"https://acme.invalid", "HTTPS://ACME.invalid:443/", true},
		{"http://acme.invalid:80", "http://acme.invalid", true},
		{"https://[::1]:443", "https://[::1]", true},
		{"https://acme.invalid:", "https://acme.invalid", true},
		{"https://acme.invalid.", "https://acme.invalid", true},
		{"https://[::1]", "https://[0:0:0:0:0:0:0:1]", true},
		{"https://[::1]", "https://[::2]", false},
		{"https://[::1]", "https://1", false},
		{"https://acme.invalid", "http://acme.invalid", false},
		{"https://acme.invalid:80", "http://acme.invalid:80", false},
		{"https://acme.invalid", "https://acme.invalid:8443", false},
		{"https://acme.invalid", "https://acme.invalid.evil.invalid", false},
		{"https://acme.invalid", "https://acme.invalid@evil.invalid", false},
		{"https://acme.invalid", "/relative", false},
	} {
		a, errA := url.Parse(tt.a)
		b, errB := url.Parse(tt.b)
		if err := errors.Join(errA, errB); err != nil {
			t.Fatal(err)
		}
		if SameOrigin(a, b) != tt.same || SameOrigin(b, a) != tt.same {
			t.Errorf("%s and %s: want %v", tt.a, tt.b, tt.same)
		}
	}
}

func TestARedirectToAnotherSpellingOfTheOriginIsFollowedWithCredentials(t *testing.T) {
	t.Parallel()
	var seen []string
	c := newClientOf(t, loginSettings(&logins{}), "https://acme.invalid",
		caremux.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			seen = append(seen, r.URL.String()+" "+r.Header.Get("Authorization"))
			if len(seen) == 1 {
				return fake(307, "", "Location", "HTTPS://Acme.invalid:443/there"), nil
			}
			return fake(200, `{"id":"1"}`), nil
		})))
	if _, err := create(t, c); err != nil || len(seen) != 2 || seen[1] != "https://Acme.invalid:443/there Bearer t1" {
		t.Errorf("%v; sent %q", err, seen)
	}
}

// secrets sends with every call what must not leave the vendor's origin.
var secrets = []caremux.RequestOption{caremux.WithHeader("X-Own", "mine"), caremux.WithHeader("Cookie", "session=mine")}

func TestADownloadIsFollowedToAStorageWithoutCredentials(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		storage := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Type", "application/pdf")
			_, _ = io.WriteString(w, "%PDF")
		})
		home := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			http.Redirect(w, r, storage.URL+"/bucket/key?signature=s", status)
		})
		s := loginSettings(&logins{})
		s.Header = http.Header{"X-Developer": {"key"}}
		d, err := fetch(t.Context(), newClientOf(t, s, home.URL), secrets...)
		if err != nil {
			t.Fatalf("%d: %v", status, err)
		}
		body, err := io.ReadAll(d)
		if err = errors.Join(err, d.Close()); err != nil || string(body) != "%PDF" {
			t.Errorf("%d: got %q, %v", status, body, err)
		}
		if first := home.requests()[0].header; first.Get("Authorization") == "" ||
			first.Get("X-Developer") == "" || first.Get("X-Own") == "" {
			t.Errorf("%d: the vendor got %v", status, first)
		}
		got := storage.requests()[0]
		if got.path != "/bucket/key" || got.query.Get("signature") != "s" || got.header.Get("User-Agent") == "" {
			t.Errorf("%d: the storage got %+v", status, got)
		}
		for _, name := range []string{"Authorization", "X-Developer", "X-Own", "Cookie", "Referer"} {
			if got.header.Get(name) != "" {
				t.Errorf("%d: the storage got %s", status, name)
			}
		}
	}
}

func TestARefusalByTheStorageSaysNothingOfTheToken(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403} {
		storage := serve(t, always(status, `<Error><Code>ExpiredToken</Code></Error>`))
		home := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			http.Redirect(w, r, storage.URL+"/key", http.StatusFound)
		})
		l := &logins{}
		_, err := fetch(t.Context(), newClientOf(t, loginSettings(l), home.URL))
		if e := wantError(t, err, status); e.Code != "ExpiredToken" || l.count() != 1 || home.count() != 1 {
			t.Errorf("%v after %d logins and %d requests", err, l.count(), home.count())
		}
	}
}

func TestNothingElseFollowsARedirectToAnotherOrigin(t *testing.T) {
	t.Parallel()
	for _, location := range []string{
		"http://storage.invalid/key", "ftp://storage.invalid/key", "https://user:pass@storage.invalid/key", "https:///key",
	} {
		n := 0
		c := newClient(t, "https://acme.invalid", caremux.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			n++
			return fake(http.StatusFound, "", "Location", location), nil
		})))
		if _, err := fetch(t.Context(), c); n != 1 || err == nil {
			t.Errorf("a download goes to %s: %d requests, %v", location, n, err)
		}
	}
	// The export that a POST makes is not asked for elsewhere by a POST with its body.
	storage := serve(t, always(200, `%PDF`))
	home := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		http.Redirect(w, r, storage.URL, http.StatusTemporaryRedirect)
	})
	export := &Operation{Name: "Files.Export", Method: "POST", Path: "/{tenant}/files"}
	_, err := Stream(t.Context(), newClient(t, home.URL), export, Input{Body: content.JSON(&thingInput{Name: "Zoë"})}, nil)
	if wantError(t, err, http.StatusTemporaryRedirect); storage.count() != 0 {
		t.Errorf("the other origin got %+v", storage.requests())
	}
}

func TestABodyIsSentWhereItsStorageLeads(t *testing.T) {
	t.Parallel()
	region := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(204) })
	storage := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		http.Redirect(w, r, region.URL+"/key?sig=s", http.StatusTemporaryRedirect)
	})
	if err := Send(t.Context(), newClient(t, storage.URL), "Files.Send", "PUT", storage.URL+"/key",
		textBody("abc"), time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	if got := region.requests()[0]; got.body != "abc" || got.method != "PUT" || got.header.Get("Referer") != "" {
		t.Errorf("the region got %+v", got)
	}
}

func TestAddressesThatAVendorNamesAreChecked(t *testing.T) {
	t.Parallel()
	sent := errors.New("sent")
	for _, tt := range []struct {
		base, address string
		ok            bool
	}{
		{"https://acme.invalid", "https://storage.invalid/key", true},
		{"https://acme.invalid", "http://acme.invalid/key", false},
		{"https://acme.invalid", "http://127.0.0.1/key", false},
		{"https://acme.invalid", "https://me@storage.invalid/key", false},
		{"https://acme.invalid", "//storage.invalid/key", false},
		{"https://acme.invalid", "key", false},
		{"https://acme.invalid", "https://", false},
		{"https://acme.invalid", "file:///etc/passwd", false},
		{"http://acme.invalid", "http://ACME.invalid:80/key", true},
		{"http://acme.invalid", "http://127.0.0.1/key", false},
		{"http://127.0.0.1:1", "http://localhost:2/key", true},
		{"http://127.0.0.1:1", "http://storage.invalid/key", false},
	} {
		base := caremux.WithBaseURL(tt.base)
		if strings.HasPrefix(tt.base, "http:") {
			base = caremux.WithInsecureBaseURL(tt.base)
		}
		c := newClient(t, "https://acme.invalid", base, caremux.WithRetry(caremux.NoRetry),
			caremux.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) { return nil, sent })))
		_, down := Fetch(t.Context(), c, "Files.Fetch", tt.address, nil)
		up := Send(t.Context(), c, "Files.Send", "PUT", tt.address, textBody("abc"), time.Minute, nil)
		for _, err := range []error{down, up} {
			if errors.Is(err, sent) != tt.ok {
				t.Errorf("%s from %s: %v", tt.address, tt.base, err)
			}
			if !tt.ok {
				var e *caremux.ArgumentError
				if !errors.As(err, &e) || e.Field != "address" || strings.Contains(err.Error(), "key") {
					t.Errorf("%s from %s: %v", tt.address, tt.base, err)
				}
			}
		}
	}
}
