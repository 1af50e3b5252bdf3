package welkin_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

func TestErrorBodiesAreRead(t *testing.T) {
	for _, tt := range []struct {
		name    string
		status  int
		body    string
		code    string
		message string
		items   int
		is      error
	}{
		{"array", 404,
			`[{"errorCode":"PATIENT_NOT_FOUND","componentType":"CARE","message":"Patient not found","details":{"a":1},"date":"2021-05-04T11:38:24.672Z"}]`,
			"PATIENT_NOT_FOUND", "Patient not found", 1, caremux.ErrNotFound},
		{"array without date", 403, `[{"errorCode":"FORBIDDEN","message":"no"},{"errorCode":"SECOND"}]`,
			"FORBIDDEN", "no", 2, caremux.ErrForbidden},
		{"lone object", 400, `{"errorCode":"BAD","message":"m"}`, "BAD", "m", 1, caremux.ErrInvalid},
		{"other object", 409, `{"error":"x"}`, "", "", 0, caremux.ErrConflict},
		{"empty array", 422, `[]`, "", "", 0, caremux.ErrInvalid},
		{"HTML", 502, `<html>Bad Gateway</html>`, "", "", 0, caremux.ErrServer},
		{"nothing", 410, ``, "", "", 0, caremux.ErrNotFound},
		{"wrong types", 400, `[{"errorCode":17,"message":null}]`, "", "", 0, caremux.ErrInvalid},
		{"cut off", 500, `[{"errorCode":"X"`, "", "", 0, caremux.ErrServer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := &vendor{answer: func(*http.Request, int) (int, string) { return tt.status, tt.body }}
			c := v.client(t, caremux.WithTokenSource(caremux.StaticToken("ready")), caremux.WithRetry(caremux.NoRetry))
			_, err := c.Patients.Get(t.Context(), "charlie-taylor", nil)
			var e *caremux.Error
			if !errors.As(err, &e) || !errors.Is(err, tt.is) {
				t.Fatalf("got %v", err)
			}
			if e.Status != tt.status || e.Code != tt.code || e.Message != tt.message || string(e.Body()) != tt.body {
				t.Errorf("got %d %q %q %q", e.Status, e.Code, e.Message, e.Body())
			}
			if items, _ := e.Details.([]welkin.ErrorItem); len(items) != tt.items {
				t.Errorf("Details = %#v, want %d items", e.Details, tt.items)
			}
			for _, leak := range []string{"charlie", "not found", "html"} {
				if strings.Contains(strings.ToLower(err.Error()), leak) {
					t.Errorf("the text holds %q: %v", leak, err)
				}
			}
		})
	}
}

func FuzzErrorBody(f *testing.F) {
	f.Add(`[{"errorCode":"X","message":"m","details":{}}]`)
	f.Add(`{"errorCode":"X"}`)
	f.Add(`<html>`)
	f.Fuzz(func(t *testing.T, body string) {
		v := &vendor{answer: func(*http.Request, int) (int, string) { return 400, body }}
		c, err := welkin.New(credentials, caremux.WithTransport(v), caremux.WithTokenSource(caremux.StaticToken("ready")))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Patients.Get(t.Context(), "1", nil)
		var e *caremux.Error
		if !errors.As(err, &e) || e.Status != 400 || string(e.Body()) != body {
			t.Errorf("got %v", err)
		}
	})
}
