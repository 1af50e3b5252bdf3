package snapcare_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/canary"
	"github.com/caremux/caremux/snapcare"
)

var canaryCredentials = snapcare.Credentials{Host: "clinic.example", DeveloperID: "dev-1", APIKey: canary.Secret, HospitalID: 126,
	UserType: snapcare.UserTypeClinician, Email: "ann@example.org", Password: canary.Secret, DeviceID: "device-1"}

func isSession(r *http.Request) bool { return strings.Contains(r.URL.Path, "/user-sessions") }

func TestNoMethodShowsAPersonOrASecret(t *testing.T) {
	session := func() string {
		return `{"accessToken":"` + canary.Token + `","expires":"` + time.Now().Add(24*time.Hour).UTC().Format(time.RFC3339) + `"}`
	}
	canary.Run(t, canary.Subject{
		Client:      func(opts ...caremux.Option) (any, error) { return snapcare.New(canaryCredentials, opts...) },
		Login:       isSession,
		LoginAnswer: session,
		Least:       50,
	})
	t.Run("participant", func(t *testing.T) {
		canary.Run(t, canary.Subject{
			Client: func(opts ...caremux.Option) (any, error) {
				c, err := snapcare.New(canaryCredentials, opts...)
				if err != nil {
					return nil, err
				}
				return c.Participant(canary.Token), nil
			},
			Least: 1,
		})
	})
}

func TestCredentialsOfEveryKindPrintWithoutSecrets(t *testing.T) {
	c := canaryCredentials
	c.SSOJWT, c.PingToken = canary.Token, canary.Token
	for _, x := range []any{c, &c, []snapcare.Credentials{c}, map[string]any{"c": c}, struct{ C snapcare.Credentials }{c}} {
		canary.Clean(t, fmt.Sprintf("%T", x), canary.Printed(x))
	}
	_, err := snapcare.New(c)
	canary.Error(t, "New", err)
}
