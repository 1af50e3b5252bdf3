package welkin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/canary"
	"github.com/caremux/caremux/welkin"
)

func TestNoMethodShowsAPersonOrASecret(t *testing.T) {
	canary.Run(t, canary.Subject{
		Client: func(opts ...caremux.Option) (any, error) {
			return welkin.New(welkin.Credentials{Tenant: "gh", Instance: "sb-demo", ClientName: "CLIENT", Secret: canary.Secret}, opts...)
		},
		Login: isLogin,
		LoginAnswer: func() string {
			return `{"token":"` + canary.Token + jwt(fmt.Sprintf(`{"exp":%d}`, time.Now().Add(24*time.Hour).Unix())) + `"}`
		},
		Least: 50,
	})
}

func TestCredentialsAndVerifiersPrintWithoutSecrets(t *testing.T) {
	c := welkin.Credentials{Tenant: "gh", Instance: "sb-demo", ClientName: "CLIENT", Secret: canary.Secret}
	v, err := welkin.WebhookVerifier(canary.Token, canary.Secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []any{c, &c, []welkin.Credentials{c}, map[string]any{"c": c}, struct{ C welkin.Credentials }{c}, v, *v} {
		canary.Clean(t, fmt.Sprintf("%T", x), canary.Encoded(x))
	}
}
