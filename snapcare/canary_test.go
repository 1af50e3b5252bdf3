package snapcare_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

// TestNothingOfAPersonOrASecretShows sends distinctive texts through a login, success and failures, and looks for them in every
// text that a program may log.
func TestNothingOfAPersonOrASecretShows(t *testing.T) {
	canaries := []string{"canary-password", "canary-key", "canary-developer", "canary@example.com",
		"canary-token", "CanaryName", "CanaryMessage",
		"canary-id", "canary search", "canary+search"}
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"success":    {200, `{"data":[{"id":"canary-id","name":{"given":"CanaryName"}}]}`},
		"data error": {400, `{"responseCode":1000400,"message":"CanaryMessage CanaryName","spCallResult":{"Error":"CanaryMessage"}}`},
		"wrong user": {401, `"CanaryMessage canary@example.com"`},
		"not found":  {404, `"CanaryMessage"`},
		"broken":     {500, `<html>CanaryMessage</html>`},
		"no JSON":    {200, `{"data":[{"name":"CanaryName`},
		"null":       {200, `null`},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/user-sessions") {
					_, _ = fmt.Fprintf(w, `{"accessToken":"canary-token","expires":%q}`,
						time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
					return
				}
				w.WriteHeader(answer.status)
				_, _ = io.WriteString(w, answer.body)
			}))
			defer server.Close()
			var log strings.Builder
			credentials := snapcare.Credentials{DeveloperID: "canary-developer", APIKey: "canary-key", HospitalID: 126,
				UserType: snapcare.UserTypeClinician, Email: "canary@example.com", Password: "canary-password"}
			c, err := snapcare.New(credentials, caremux.WithBaseURL(server.URL),
				caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 2, MinWait: time.Millisecond, MaxWait: time.Millisecond}),
				caremux.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
			if err != nil {
				t.Fatal(err)
			}
			_, found := c.People.GetByEmail(t.Context(), &snapcare.PeopleGetByEmailParams{Email: "canary search"})
			_, got := c.AvailabilityBlocks.Get(t.Context(), "canary-id")
			texts := []string{log.String(), fmt.Sprintf("%v %+v %#v %q", credentials, credentials, credentials, credentials)}
			for _, err := range []error{found, got} {
				if err != nil {
					texts = append(texts, fmt.Sprintf("%v %+v %#v %q %s", err, err, err, err, err))
				}
			}
			for _, canary := range canaries {
				for _, text := range texts {
					if strings.Contains(text, canary) {
						t.Errorf("%q shows in %s", canary, text)
					}
				}
			}
			if !strings.Contains(log.String(), "AvailabilityBlocks.Get") {
				t.Error("nothing was logged, so nothing was proven")
			}
		})
	}
}
