package ekacare

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/env"
	"github.com/caremux/caremux/internal/login"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/internal/wire"
)

// Environment is one of the vendor's installations. The zero value is [Production].
type Environment string

// The environments.
const (
	Production Environment = "production"
	Sandbox    Environment = "sandbox"
)

// BaseURL is the address of the environment, "" for one that does not exist.
func (e Environment) BaseURL() string {
	switch e {
	case "", Production:
		return "https://api.eka.care"
	case Sandbox:
		return "https://api.dev.eka.care"
	}
	return ""
}

// TokenHeader says which header carries the access token.
type TokenHeader string

// The ways to carry the token.
const (
	TokenHeaderDocumented TokenHeader = ""       // what the vendor documents for the operation: auth for some, Authorization for others
	TokenHeaderAuth       TokenHeader = "auth"   // auth: <token>
	TokenHeaderBearer     TokenHeader = "bearer" // Authorization: Bearer <token>
	TokenHeaderBoth       TokenHeader = "both"   // both headers
)

// Credentials say as whom to call. They print without secrets.
type Credentials struct {
	ClientID     string // id of the client; also sent as the header client-id where the API wants it
	ClientSecret string `json:"-"` // not needed with caremux.WithTokenSource
	SharingKey   string `json:"-"` // optional: made by the owner of another workspace, on which the token then acts
	AgentID      string // optional: the MedAssist agent; with it alone only the MedAssist operations work

	Environment Environment // default Production
	TokenHeader TokenHeader // default TokenHeaderDocumented
}

// Format prints the credentials without secrets, whatever the verb.
func (c Credentials) Format(f fmt.State, verb rune) {
	wire.FormatText(f, verb, "ekacare credentials of "+c.ClientID)
}

// LogValue leaves out the secrets.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// MarshalText leaves out the secrets, so that JSON does too.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(fmt.Sprint(c)), nil }

func (c Credentials) check(ownTokens bool) error {
	fail := func(field, rule string) error {
		return &caremux.ArgumentError{Field: "Credentials." + field, Rule: rule}
	}
	agentOnly := c.AgentID != "" && c.ClientID == "" && c.ClientSecret == ""
	switch {
	case !ownTokens && !agentOnly && c.ClientID == "":
		return fail("ClientID", "is required")
	case !ownTokens && !agentOnly && c.ClientSecret == "":
		return fail("ClientSecret", "is required")
	case !headerValue(c.ClientID):
		return fail("ClientID", "must not contain control characters")
	case !headerValue(c.AgentID):
		return fail("AgentID", "must not contain control characters")
	case c.Environment.BaseURL() == "":
		return fail("Environment", "must be production or sandbox")
	}
	switch c.TokenHeader {
	case TokenHeaderDocumented, TokenHeaderAuth, TokenHeaderBearer, TokenHeaderBoth:
		return nil
	}
	return fail("TokenHeader", "must be auth, bearer or both, or empty")
}

// account is whose tokens a store keeps: the workspace's too, if it is another's.
func (c Credentials) account() login.Account {
	return login.Account{Environment: string(c.Environment), Names: []string{c.ClientID}, Secrets: []string{c.ClientSecret, c.SharingKey}}
}

// New returns a client. It checks its arguments without sending a request; the first call logs in. A long-lived token from the
// vendor's console takes the place of the secret with caremux.WithTokenSource(caremux.StaticToken(token)).
func New(credentials Credentials, opts ...caremux.Option) (*Client, error) {
	config, err := caremux.NewConfig(opts)
	if err != nil {
		return nil, err
	}
	if err := credentials.check(config.TokenSource != nil); err != nil {
		return nil, err
	}
	if credentials.Environment == "" {
		credentials.Environment = Production
	}
	l := &secretLogin{credentials: credentials}
	h := &headers{&person{credentials, Identity{ClientID: credentials.ClientID}}}
	core, err := transport.New(transport.Settings{
		Identity: transport.Identity{
			Vendor:  "ekacare",
			BaseURL: credentials.Environment.BaseURL(),
			Account: credentials.account(),
			Subject: h.subject,
		},
		Access: transport.Access{
			Login:      &renewing{issuer: l},
			NeedsToken: needsToken,
			Authorise:  h.apply,
			Permit:     h.permit,
		},
		Reading: transport.Reading{
			Explain:   explain,
			Vet:       vet,
			RequestID: requestIDs,
		},
		Limits: transport.Limits{
			Group:    group,
			Personal: personal,
		},
		Sealing: sealingOf(config),
	}, config)
	if err != nil {
		return nil, err
	}
	l.core = core
	return newClient(core, h), nil
}

// group sets the database of drugs and laboratory tests apart, which alone has a documented limit.
func group(op *transport.Operation) string {
	if strings.HasPrefix(op.Path, "/medical-db/") {
		return "medical-db"
	}
	return ""
}

// personal reports whether a refusal speaks of one person's step, such as too many codes requested for a number.
func personal(e *caremux.Error) bool {
	switch e.Code {
	case CodeABDMTooManyRequests, CodeABDMBlocked, CodeABDMTooManyOTPs:
		return true
	}
	return false
}

var requestIDs = []string{"X-Request-Id", "X-Amzn-Requestid", "X-Amz-Cf-Id"}

// NewFromEnv is [New] with credentials from the environment: EKA_CLIENT_ID, EKA_CLIENT_SECRET, and, if set, EKA_SHARING_KEY
// and EKA_ENVIRONMENT (production or sandbox). The secret is not needed with [caremux.WithTokenSource]. EKA_BASE_URL, if set,
// replaces the address; options win over it. [caremux.WithEnvPrefix] puts a prefix in front of all names. The error names all
// variables that are missing.
func NewFromEnv(opts ...caremux.Option) (*Client, error) {
	r, config, err := env.New(opts)
	if err != nil {
		return nil, err
	}
	credentials := Credentials{
		ClientID:     r.Need("EKA_CLIENT_ID"),
		ClientSecret: r.If(config.TokenSource == nil, "EKA_CLIENT_SECRET"),
		SharingKey:   r.Get("EKA_SHARING_KEY"),
		Environment:  Environment(r.Get("EKA_ENVIRONMENT")),
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	if credentials.Environment.BaseURL() == "" {
		return nil, r.Invalid("EKA_ENVIRONMENT", "must be production or sandbox")
	}
	return New(credentials, r.Address("EKA_BASE_URL", opts)...)
}

// Environment returns the installation of the vendor that the client calls.
func (c *Client) Environment() Environment { return c.state.credentials.Environment }

// Do sends a call that the services do not have, with the same authentication, retries and errors. The token travels in both
// headers, unless [Credentials.TokenHeader] says otherwise. path begins with "/" and is escaped as in a URL. query is
// url.Values, a struct with url tags, or nil; body is sent as JSON unless nil; out, unless nil, is a pointer that the response
// is decoded into.
func (c *Client) Do(ctx context.Context, method, path string, query, body, out any, opts ...caremux.RequestOption) error {
	return c.core.Do(ctx, method, path, query, body, out, opts...)
}
