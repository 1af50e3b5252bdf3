package welkin_test

import (
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/roundtrip"
	"github.com/caremux/caremux/welkin"
)

// models are all that calls and events are decoded into.
func models(t testing.TB) []reflect.Type {
	t.Helper()
	c, err := welkin.New(credentials)
	if err != nil {
		t.Fatal(err)
	}
	found := roundtrip.Models(c, welkin.WebhookEvent{}, welkin.ChatWebhookEvent{})
	if len(found) < 50 {
		t.Errorf("only %d models were found", len(found))
	}
	return found
}

func FuzzModels(f *testing.F) { roundtrip.Fuzz(f, models(f)) }

func TestModelsComeBackAsTheyWere(t *testing.T) { roundtrip.Run(t, models(t)) }

// FuzzLogin answers logins with anything: a call either goes out with the token, or fails with an error, and never asks for ever.
func FuzzLogin(f *testing.F) {
	for _, payload := range []string{
		`{"exp":1615232027}`, `{"exp":99999999999}`, `{"exp":1e300}`, `{"exp":-1}`, `{"exp":"x"}`, `{}`, `[]`, `<`,
	} {
		f.Add(`{"token":"`+jwt(payload)+`"}`, 201)
	}
	f.Add(`{"token":"a.b.c","enabled":false}`, 200)
	f.Add(`{"token":5}`, 200)
	f.Add(`[{"errorCode":"X"}]`, 401)
	f.Fuzz(func(t *testing.T, body string, status int) {
		synctest.Test(t, func(t *testing.T) { // logins are repeated after a wait
			if status < 200 || status > 599 {
				status = 201
			}
			calls := 0
			v := &vendor{answer: func(r *http.Request, _ int) (int, string) {
				if isLogin(r) {
					return status, body
				}
				calls++
				return 401, `[{"errorCode":"TOKEN_EXPIRED"}]`
			}}
			c, err := welkin.New(credentials, caremux.WithTransport(v), caremux.WithRetry(caremux.NoRetry))
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Patients.Get(t.Context(), "1", nil, caremux.WithCallTimeout(10*time.Second))
			if !errors.As(err, new(*caremux.Error)) {
				t.Errorf("error = %v", err)
			}
			if len(v.sent) > 6 || v.logins > 4 || calls > 2 {
				t.Errorf("sent %d requests", len(v.sent))
			}
		})
	})
}

// errorText is all that the text of an error may be, whatever the vendor says.
var errorText = regexp.MustCompile(
	`^welkin: Patients\.Get: GET /\{tenant\}/\{instance\}/patients/\{patientId\}: \d{3}( [\w.:/-]{1,64})?( \(2 attempts\))?$`)

func FuzzErrorText(f *testing.F) {
	for _, body := range []string{`[{"errorCode":"A B","message":"Jane"}]`, `{"errorCode":"X"}`, `"Jane\nDoe"`, `<html>`, ``} {
		f.Add(400, body)
		f.Add(401, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 400 || status > 599 {
			status = 400
		}
		v := &vendor{answer: func(*http.Request, int) (int, string) { return status, body }}
		c, err := welkin.New(credentials, caremux.WithTransport(v), caremux.WithTokenSource(caremux.StaticToken("ready")),
			caremux.WithRetry(caremux.NoRetry))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Patients.Get(t.Context(), "1", nil)
		if err == nil || !errorText.MatchString(err.Error()) {
			t.Errorf("%d %q gives %v", status, body, err)
		}
	})
}
