package snapcare_test

import (
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/roundtrip"
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
