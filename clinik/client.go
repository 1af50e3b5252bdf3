package clinik

import (
	"context"
	"net/http"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/env"
	"github.com/caremux/caremux/internal/login"
	"github.com/caremux/caremux/internal/reach"
	"github.com/caremux/caremux/internal/transport"
)

// BaseURL is the vendor's address, the default. The key, not the address, decides between live and test data.
const BaseURL = "https://api.clinikapi.com"

func init() { reach.Clinik = func(client any) *transport.Client { return client.(*Client).core } }

// state is what the services of a client share beside their transport.
type state struct {
	environment Environment
	imports     imports
}

// New returns a client that sends apiKey with every call. The key begins with clk_live_ or clk_test_. New checks it and sends
// nothing.
func New(apiKey string, opts ...caremux.Option) (*Client, error) {
	environment, err := environmentOf(apiKey)
	if err != nil {
		return nil, err
	}
	config, err := caremux.NewConfig(opts)
	if err != nil {
		return nil, err
	}
	core, err := transport.New(transport.Settings{
		Identity: transport.Identity{
			Vendor:  "clinik",
			BaseURL: BaseURL,
			Account: login.Account{Environment: string(environment)},
		},
		Access: transport.Access{
			Authorise: func(r *http.Request, _ *transport.Operation, _ string) { r.Header.Set("X-Api-Key", apiKey) },
		},
		Reading: transport.Reading{
			Explain:   explain,
			Vet:       vet,
			Meta:      func(h http.Header, body []byte) any { return readMeta(h, body) },
			RequestID: []string{"X-Request-Id"},
		},
		Limits: transport.Limits{Group: group},
	}, config)
	if err != nil {
		return nil, err
	}
	return newClient(core, &state{environment: environment}), nil
}

// group sets the starts of bulk jobs apart: ClinikAPI takes five of them an hour, and any number of other calls meanwhile.
func group(op *transport.Operation) string {
	if op.Name == "Bulk.Export" || op.Name == "Bulk.Import" {
		return "bulk"
	}
	return ""
}

// NewFromEnv is [New] with the key in CLINIKAPI_SECRET_KEY. CLINIKAPI_BASE_URL, if set, replaces the address; options win
// over it. [caremux.WithEnvPrefix] puts a prefix in front of both names.
func NewFromEnv(opts ...caremux.Option) (*Client, error) {
	r, _, err := env.New(opts)
	if err != nil {
		return nil, err
	}
	key := r.Need("CLINIKAPI_SECRET_KEY")
	if err := r.Err(); err != nil {
		return nil, err
	}
	return New(key, r.Address("CLINIKAPI_BASE_URL", opts)...)
}

// environmentOf reads the environment off a key, and refuses what cannot be one. The error does not contain the key.
func environmentOf(key string) (Environment, error) {
	for _, e := range []Environment{EnvironmentLive, EnvironmentTest} {
		rest, ok := strings.CutPrefix(key, "clk_"+string(e)+"_")
		if ok && rest != "" && !strings.ContainsFunc(rest, notInKey) {
			return e, nil
		}
	}
	return "", &caremux.ArgumentError{Field: "apiKey", Rule: "must look like clk_live_… or clk_test_…"}
}

func notInKey(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.')
}

// Environment says whether the client's key is for live or for test data.
func (c *Client) Environment() Environment { return c.state.environment }

// Do sends a call that the services do not have, with the same authentication, retries and errors. path begins with "/" and
// is escaped as in a URL. query is url.Values, a struct with url tags, or nil; body is sent as JSON unless nil; out, unless
// nil, is a pointer that the response is decoded into, envelope included.
func (c *Client) Do(ctx context.Context, method, path string, query, body, out any, opts ...caremux.RequestOption) error {
	return c.core.Do(ctx, method, path, query, body, out, opts...)
}
