package welkin_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

// TestNothingOfAPersonOrASecretShows sends distinctive texts through success and failures, and looks for them in every text
// that a program may log.
func TestNothingOfAPersonOrASecretShows(t *testing.T) {
	token := jwt(fmt.Sprintf(`{"exp":%d,"canary":"canarytoken"}`, time.Now().Add(time.Hour).Unix()))
	canaries := []string{"CanaryFirst", "CanaryLast", "+15550100", "canary@example.com", "canary-id", "canary query", "canary+query",
		"CanaryMessage", token, secret, "KGTG6"}
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"success":     {200, `{"id":"canary-id","firstName":"CanaryFirst"}`},
		"invalid":     {400, `[{"errorCode":"CanaryFirst is no code","message":"CanaryMessage +15550100"}]`},
		"refused":     {401, `[{"errorCode":"TOKEN_EXPIRED","message":"CanaryMessage canary@example.com"}]`},
		"missing":     {404, `[{"errorCode":"NOT_FOUND","message":"CanaryMessage CanaryLast"}]`},
		"broken":      {500, `<html>CanaryMessage CanaryFirst</html>`},
		"no JSON":     {200, `{"firstName":"CanaryFirst`},
		"other types": {200, `{"id":"canary-id","firstName":["CanaryFirst"],"birthDate":"CanaryLast"}`},
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			v := &vendor{answer: func(r *http.Request, _ int) (int, string) {
				if isLogin(r) {
					return 201, `{"token":"` + token + `"}`
				}
				return answer.status, answer.body
			}}
			c := v.client(t, caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 2, MinWait: time.Millisecond, MaxWait: time.Millisecond}),
				caremux.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
			_, created := c.Patients.Create(t.Context(), &welkin.PatientCreate{FirstName: "CanaryFirst", LastName: "CanaryLast",
				Phone: new("+15550100"), Email: new("canary@example.com")})
			p, got := c.Patients.Get(t.Context(), "canary-id", nil)
			_, listed := c.Patients.List(t.Context(), &welkin.PatientsListParams{Query: new("canary query")})
			texts := []string{log.String()}
			for _, err := range []error{created, got, listed} {
				if err != nil {
					texts = append(texts, fmt.Sprintf("%v %+v %#v %q %s", err, err, err, err, err))
				}
			}
			if p != nil && p.Mismatch() != nil {
				texts = append(texts, p.Mismatch().Error())
			}
			for _, canary := range canaries {
				for _, text := range texts {
					if strings.Contains(text, canary) {
						t.Errorf("%q shows in %s", canary, text)
					}
				}
			}
			if !strings.Contains(log.String(), "Patients.Get") {
				t.Error("nothing was logged, so nothing was proven")
			}
		})
	}
}
