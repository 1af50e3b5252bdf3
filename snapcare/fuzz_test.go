package snapcare_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/roundtrip"
	"github.com/caremux/caremux/snapcare"
)

// models are all that calls and events are decoded into.
func models(t testing.TB) []reflect.Type {
	t.Helper()
	found := roundtrip.Models(ready(t, 200, ""))
	if len(found) < 50 {
		t.Errorf("only %d models were found", len(found))
	}
	return found
}

func FuzzModels(f *testing.F) { roundtrip.Fuzz(f, models(f)) }

func TestModelsComeBackAsTheyWere(t *testing.T) { roundtrip.Run(t, models(t)) }

// FuzzLogin answers logins with anything: a call either goes out with the token, or fails with an error, and never asks for ever.
func FuzzLogin(f *testing.F) {
	for _, body := range []string{
		`{"accessToken":"t","expires":"2099-10-29T08:13:06Z"}`, `{"accessToken":"t","expires":"2024-10-29T08:13:06"}`,
		`{"accessToken":"t"}`, `{"accessToken":5}`, `{"accessToken":"","expires":null}`, `{"accessToken":"a\nb"}`,
		`{"data":[{"accessToken":"t","expires":"x"}]}`, `{"$id":"1","data":{"$ref":"1"}}`, `null`, `[]`, `<html>`, ``,
		`"x"`,
	} {
		f.Add(body, 200)
	}
	f.Add(`{"responseCode":1000404,"message":"no"}`, 400)
	f.Add(`"no"`, 404)
	f.Fuzz(func(t *testing.T, body string, status int) {
		synctest.Test(t, func(t *testing.T) { // logins are repeated after a wait
			if status < 200 || status > 599 {
				status = 200
			}
			s := &site{answer: func(r *http.Request, _ int) (int, string) {
				if strings.Contains(r.URL.Path, "/user-sessions") {
					return status, body
				}
				if r.Header.Get("Authorization") == "" {
					t.Errorf("%s was sent without a token", r.URL.Path)
				}
				return 401, `"no"`
			}}
			_, err := s.client(t, testLogin, caremux.WithRetry(caremux.NoRetry)).Account.GetUser(t.Context())
			if !errors.As(err, new(*caremux.Error)) {
				t.Errorf("error = %v", err)
			}
			if n := len(s.sent); n == 0 || n > 6 {
				t.Errorf("sent %q", s.sent)
			}
		})
	})
}

// FuzzTokenExpiry reads what a login says of its token's end. The token is used until a time to come, or until it is refused: two calls need
// one login, or fail for want of a token.
func FuzzTokenExpiry(f *testing.F) {
	for _, seed := range []string{`"2034-10-29T08:13:06Z"`, `"1999-10-29T08:13:06"`, `""`, `null`, `5`, `2034567890`,
		`{"a":1}`, `"soon"`, `1e300`, `"9999-12-31T23:59:59.9999999+14:00"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expires string) {
		if !json.Valid([]byte(expires)) {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			logins := 0
			s := &site{answer: func(r *http.Request, _ int) (int, string) {
				if strings.Contains(r.URL.Path, "/user-sessions") {
					logins++
					return 200, `{"accessToken":"t","expires":` + expires + `}`
				}
				if r.Header.Get("Authorization") != "Bearer t" {
					t.Errorf("sent with %q", r.Header.Get("Authorization"))
				}
				return 404, `"no"`
			}}
			c := s.client(t, testLogin, caremux.WithRetry(caremux.NoRetry))
			_, first := c.Account.GetUser(t.Context())
			_, second := c.Account.GetUser(t.Context())
			switch {
			case errors.Is(first, caremux.ErrNotFound) && errors.Is(second, caremux.ErrNotFound):
				if loc, err := time.Parse(time.RFC3339, strings.Trim(expires, `"`)); logins != 1 && (err != nil || time.Until(loc) > time.Hour) {
					t.Errorf("%s has %d logins for two calls", expires, logins)
				}
			case !errors.Is(first, caremux.ErrUnauthorized):
				t.Errorf("%s gives %v", expires, first)
			}
		})
	})
}

func FuzzTimeZoneName(f *testing.F) {
	for _, seed := range []string{"America/New_York", "Eastern Standard Time", "Eastern Daylight Time",
		"(UTC-05:00) Eastern Time (US & Canada)", "(GMT", "a/b", "../../etc/passwd",
		"/etc/localtime", "a/../b", "x/\x00", "Local", "UTC", "", " ", "Etc/GMT+5", "C:/x\\y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		loc, err := snapcare.TimeZone{Name: name}.Location()
		switch {
		case (loc == nil) == (err == nil):
			t.Errorf("%q is %v and %v", name, loc, err)
		case err != nil && !errors.As(err, new(*caremux.ArgumentError)):
			t.Errorf("%q: %v", name, err)
		case loc == time.Local:
			t.Errorf("%q is the zone of this machine", name)
		}
	})
}

// errorText is all that the text of an error may be, whatever the vendor says.
var errorText = regexp.MustCompile(`^snapcare: Account\.GetUser: GET /v2/account/user: \d{3}( [\w.:/-]{1,64})?( \(2 attempts\))?$`)

func FuzzErrorText(f *testing.F) {
	for _, body := range []string{`{"responseCode":1000404,"message":"m"}`, `{"responseCode":"Jane Doe"}`, `"Jane\nDoe"`,
		`{"spCallResult":{"ErrorCode":"x y","Error":"Jane"}}`, `<html>`, ``} {
		f.Add(400, body)
		f.Add(401, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 400 || status > 599 {
			status = 400
		}
		_, err := ready(t, status, body).Account.GetUser(t.Context())
		if err == nil || !errorText.MatchString(err.Error()) {
			t.Errorf("%d %q gives %v", status, body, err)
		}
	})
}
