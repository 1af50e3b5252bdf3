package trust

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/webhook"
	"github.com/caremux/caremux/welkin"
)

// holder is a struct of the user's, in which package fmt can ask the values how they print.
type holder[T any] struct {
	V T
	P *T
	S []T
	M map[string]T
}

// hidden is one in which it cannot, and comes to no value: a function prints as an address. See SECURITY.md about such fields.
type hidden[T any] struct{ get func() T }

func held[T any](v T) []any {
	within := holder[T]{v, &v, []T{v}, map[string]T{"k": v}}
	return []any{v, &v, within, &within, []T{v}, []*T{&v}, map[string]T{"k": v}, hidden[T]{func() T { return v }}}
}

func TestSecretsShowNowhereInWhatAServiceLogsOfItself(t *testing.T) {
	t.Parallel()
	const secret = "S3CRET"
	text := func() *string { return new(secret) }
	for name, values := range map[string][]any{
		"Token":                held(caremux.Token{Value: secret, Refresh: secret}),
		"welkin.Credentials":   held(welkin.Credentials{Tenant: "t", Secret: secret}),
		"ekacare.Credentials":  held(ekacare.Credentials{ClientID: "c", ClientSecret: secret, SharingKey: secret}),
		"snapcare.Credentials": held(snapcare.Credentials{APIKey: secret, Password: secret, SSOJWT: secret, PingToken: secret}),
		"SharedHeader":         held(webhook.SharedHeader{Name: "X", Values: []string{secret}}),
		"welkin login":         held(welkin.APIClientTokenCreate{Secret: secret}),
		"ekacare login":        held(ekacare.AuthLoginRequest{ClientSecret: secret, SharingKey: text()}),
		"ekacare refresh":      held(ekacare.AuthRefreshRequest{RefreshToken: secret, AccessToken: text()}),
		"ekacare OIDC":         held(ekacare.AuthOIDCVerifyRequest{IDToken: secret}),
		"snapcare login":       held(snapcare.TokenCreate{Password: secret}),
		"snapcare session":     held(snapcare.SessionCreate{Password: text()}),
		"snapcare SSO":         held(snapcare.SSOSessionCreate{JWT: text()}),
		"snapcare renewal":     held(snapcare.SessionRenewalInput{AccessToken: text()}),
	} {
		for _, v := range values {
			var log bytes.Buffer
			for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
				slog.New(h).Info("x", "v", v, slog.Group("g", "v", v), slog.Any("l", []any{v}))
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				fmt.Fprintf(&log, verb, v)
			}
			if strings.Contains(log.String(), secret) {
				t.Errorf("%s in a %T shows: %s", name, v, log.String())
			}
		}
	}
}
