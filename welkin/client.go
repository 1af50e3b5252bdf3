package welkin

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/env"
	"github.com/caremux/caremux/internal/login"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/internal/wire"
)

// BaseURL is the address of the live service, the default.
const BaseURL = "https://api.live.welkincloud.io"

// Credentials say which instance of which tenant to call, and as which API client. They print without the secret.
type Credentials struct {
	Tenant     string // the organisation, such as "gh"
	Instance   string // the environment, such as "sb-demo"
	ClientName string // name of the API client
	Secret     string `json:"-"` // its secret key; not needed with caremux.WithTokenSource
}

// Format prints the credentials without the secret, whatever the verb.
func (c Credentials) Format(f fmt.State, verb rune) {
	wire.FormatText(f, verb, fmt.Sprintf("welkin credentials of %s for %s/%s", c.ClientName, c.Tenant, c.Instance))
}

// LogValue leaves out the secret.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// MarshalText leaves out the secret, so that JSON does too.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(fmt.Sprint(c)), nil }

func (c Credentials) check(needSecret bool) error {
	for _, f := range []struct {
		name, value string
		needed      bool
	}{
		{"Tenant", c.Tenant, true},
		{"Instance", c.Instance, true},
		{"ClientName", c.ClientName, needSecret},
		{"Secret", c.Secret, needSecret},
	} {
		if f.needed && f.value == "" {
			return &caremux.ArgumentError{Field: "Credentials." + f.name, Rule: "is required"}
		}
	}
	return nil
}

// New returns a client for one instance. It checks its arguments without sending a request; the first call logs in.
func New(credentials Credentials, opts ...caremux.Option) (*Client, error) {
	config, err := caremux.NewConfig(opts)
	if err != nil {
		return nil, err
	}
	if err := credentials.check(config.TokenSource == nil); err != nil {
		return nil, err
	}
	l := &secretLogin{credentials: credentials}
	core, err := transport.New(transport.Settings{
		Identity: transport.Identity{
			Vendor:  "welkin",
			BaseURL: BaseURL,
			Fixed:   map[string]string{"tenant": credentials.Tenant, "instance": credentials.Instance},
			Account: login.Account{
				Names:   []string{credentials.Tenant, credentials.Instance, credentials.ClientName},
				Secrets: []string{credentials.Secret},
			},
		},
		Access: transport.Access{Login: l},
		Reading: transport.Reading{
			Explain:   explain,
			RequestID: []string{"X-Request-Id", "X-Amzn-Requestid", "X-Amz-Cf-Id"},
		},
	}, config)
	if err != nil {
		return nil, err
	}
	l.core = core
	return newClient(core), nil
}

// NewFromEnv is [New] with credentials from the environment: WELKIN_TENANT, WELKIN_INSTANCE, WELKIN_CLIENT_NAME and
// WELKIN_SECRET. The last two are not needed with [caremux.WithTokenSource]. WELKIN_BASE_URL, if set, replaces the address; options
// win over it. [caremux.WithEnvPrefix] puts a prefix in front of all names. The error names all variables that are missing.
func NewFromEnv(opts ...caremux.Option) (*Client, error) {
	r, config, err := env.New(opts)
	if err != nil {
		return nil, err
	}
	login := config.TokenSource == nil
	credentials := Credentials{
		Tenant:     r.Need("WELKIN_TENANT"),
		Instance:   r.Need("WELKIN_INSTANCE"),
		ClientName: r.If(login, "WELKIN_CLIENT_NAME"),
		Secret:     r.If(login, "WELKIN_SECRET"),
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return New(credentials, r.Address("WELKIN_BASE_URL", opts)...)
}

// Do sends a call that the services do not have, with the same authentication, retries and errors. path begins with "/", is
// escaped as in a URL, and may contain {tenant} and {instance}. query is url.Values, a struct with url tags, or nil; body is
// sent as JSON unless nil; out, unless nil, is a pointer that the response is decoded into.
func (c *Client) Do(ctx context.Context, method, path string, query, body, out any, opts ...caremux.RequestOption) error {
	return c.core.Do(ctx, method, path, query, body, out, opts...)
}
