package snapcare

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/env"
	"github.com/caremux/caremux/internal/login"
	"github.com/caremux/caremux/internal/refs"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/internal/wire"
)

// SandboxHost is the host of the vendor's sandbox. Each customer has a host of its own for live data.
const SandboxHost = "sandbox.connectedcare.md"

// Credentials say whose site to call, with which keys, and as whom. They print without secrets.
//
// Host, DeveloperID and APIKey are always needed. The user comes in exactly one of four ways: Email and Password,
// SSOJWT, PingToken, or a ready token through [caremux.WithTokenSource].
type Credentials struct {
	Host        string // such as SandboxHost; not needed with caremux.WithBaseURL
	DeveloperID string // goes with every call
	APIKey      string `json:"-"` // goes with every call; sandbox and live keys differ

	HospitalID int      // the hospital, which the vendor also calls the provider; for all but ready tokens and PingToken
	UserType   UserType // kind of user that Email is; the same address may be several
	Email      string
	Password   string `json:"-"`

	// DeviceID ties sessions to a device, and renews them. By default it is made of the other credentials, so that all
	// clients of one user have the same.
	DeviceID string
	// InterfaceType is the part of the site that the session is for; none is sent by default.
	InterfaceType InterfaceType
	// UseV2Token logs in by version 2 of the API, which the vendor calls deprecated, for sites without version 3. Its
	// tokens cannot be refreshed: the client logs in again. It can be combined with Email or with SSOJWT.
	UseV2Token bool

	SSOJWT    string `json:"-"` // JWT signed by a partner of the vendor, in place of Email and Password
	PingToken string `json:"-"` // token of Ping Identity, in place of Email and Password
	AgentID   string // the Ping Identity agent, with PingToken
}

// Format prints the credentials without secrets, whatever the verb.
func (c Credentials) Format(f fmt.State, verb rune) {
	who := "a user"
	if c.Email != "" {
		who = c.UserType.String()
	}
	text := fmt.Sprintf("snapcare credentials of %s of hospital %d at %s", who, c.HospitalID, cmp.Or(c.Host, "no host"))
	wire.FormatText(f, verb, text)
}

// LogValue leaves out the secrets and the address of the user.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// MarshalText leaves them out, so that JSON does too.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(fmt.Sprint(c)), nil }

// check finds what is missing, odd, or given twice.
func (c Credentials) check(config *caremux.Config) error {
	fail := func(field, rule string) error {
		return &caremux.ArgumentError{Field: "Credentials." + field, Rule: rule}
	}
	if config.BaseURL == nil || c.Host != "" {
		if c.Host == "" {
			return fail("Host", "is required")
		}
		if !validHost(c.Host) {
			return fail("Host", "must be a host name such as "+SandboxHost+", without https:// and path")
		}
	}
	for _, f := range []struct{ name, value string }{{"DeveloperID", c.DeveloperID}, {"APIKey", c.APIKey}} {
		if f.value == "" {
			return fail(f.name, "is required")
		}
		if strings.ContainsFunc(f.value, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return fail(f.name, "must be printable ASCII without blanks")
		}
	}
	if err := c.checkUser(config.TokenSource != nil, fail); err != nil {
		return err
	}
	if c.HospitalID < 0 {
		return fail("HospitalID", "must be positive")
	}
	return nil
}

func (c Credentials) checkUser(ready bool, fail func(field, rule string) error) error {
	ways := []struct {
		name  string
		given bool
	}{{"WithTokenSource", ready}, {"Password", c.Password != ""}, {"SSOJWT", c.SSOJWT != ""}, {"PingToken", c.PingToken != ""}}
	way := ""
	for _, w := range ways {
		switch {
		case !w.given:
		case way != "":
			return fail(w.name, "cannot be combined with "+way+": set one kind of login")
		default:
			way = w.name
		}
	}
	needs := func(name string, given bool) error {
		if given {
			return nil
		}
		return fail(name, "is required")
	}
	switch way {
	case "WithTokenSource":
		return nil
	case "PingToken":
		if c.UseV2Token {
			return fail("UseV2Token", "is not for PingToken, which is of version 2 anyway")
		}
		return needs("AgentID", c.AgentID != "")
	case "SSOJWT":
		return needs("HospitalID", c.HospitalID != 0 || c.UseV2Token)
	}
	return cmp.Or(
		needs("Email", c.Email != ""),
		needs("Password", c.Password != ""),
		needs("UserType", c.UserType != UserTypeUnknown),
		needs("HospitalID", c.HospitalID != 0),
	)
}

// validHost takes a name or an IPv4 address, with a port or without.
func validHost(host string) bool {
	name, port, hasPort := strings.Cut(host, ":")
	if n, err := strconv.ParseUint(port, 10, 16); hasPort && (err != nil || n == 0) {
		return false
	}
	if len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || strings.ContainsFunc(label, notOfHost) {
			return false
		}
	}
	return true
}

// notOfHost reports whether a character is none of a label of a host name.
func notOfHost(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-')
}

// digest is the default device: the same for all clients of the user, without telling who it is.
func (c Credentials) digest() string {
	parts := []string{c.Host, c.DeveloperID, strconv.Itoa(c.HospitalID), strconv.Itoa(int(c.UserType)), c.Email, c.SSOJWT, c.PingToken,
		strconv.FormatBool(c.UseV2Token)}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(parts, "\x00"))))[:32]
}

// account is whose tokens a store keeps.
func (c Credentials) account() login.Account {
	return login.Account{
		Names: []string{c.Host, c.DeveloperID, strconv.Itoa(c.HospitalID), strconv.Itoa(int(c.UserType)), c.Email, c.DeviceID,
			strconv.Itoa(int(c.InterfaceType)), strconv.FormatBool(c.UseV2Token), c.AgentID},
		Secrets: []string{c.APIKey, c.Password, c.SSOJWT, c.PingToken},
	}
}

// New returns a client for one hospital's site. It checks its arguments without sending a request; the first call logs
// in.
func New(credentials Credentials, opts ...caremux.Option) (*Client, error) {
	config, err := caremux.NewConfig(opts)
	if err != nil {
		return nil, err
	}
	if err := credentials.check(config); err != nil {
		return nil, err
	}
	credentials.DeviceID = cmp.Or(credentials.DeviceID, credentials.digest())
	l := &userLogin{credentials: credentials}
	settings := transport.Settings{
		Identity: transport.Identity{
			Vendor:  "snapcare",
			BaseURL: "https://" + credentials.Host + "/api",
			Account: credentials.account(),
		},
		Access: transport.Access{
			Login: l,
			Header: http.Header{
				"X-Developer-Id": {credentials.DeveloperID},
				"X-Api-Key":      {credentials.APIKey},
			},
			Permit:  permit,
			Refused: l.refused,
		},
		Reading: transport.Reading{
			Explain: explain,
			Vet:     vet,
			Rewrite: refs.Resolve,
		},
	}
	core, err := transport.New(settings, config)
	if err != nil {
		return nil, err
	}
	c := newClient(core, &state{})
	l.service = c.Account
	return c, nil
}

// NewFromEnv is [New] with credentials from the environment: SNAPCARE_HOST, SNAPCARE_DEVELOPER_ID, SNAPCARE_API_KEY,
// SNAPCARE_HOSPITAL_ID, SNAPCARE_USER_TYPE (the number or the name of a [UserType]), SNAPCARE_EMAIL and
// SNAPCARE_PASSWORD. The last four are not needed with [caremux.WithTokenSource]. SNAPCARE_BASE_URL, if set, replaces
// the address, and then SNAPCARE_HOST need not be set; options win over it. [caremux.WithEnvPrefix] puts a prefix in front of all
// names. The error names all variables that are missing.
func NewFromEnv(opts ...caremux.Option) (*Client, error) {
	r, config, err := env.New(opts)
	if err != nil {
		return nil, err
	}
	credentials, err := credentialsFromEnv(r, config)
	if err != nil {
		return nil, err
	}
	return New(credentials, r.Address("SNAPCARE_BASE_URL", opts)...)
}

func credentialsFromEnv(r *env.Reader, config *caremux.Config) (c Credentials, err error) {
	login := config.TokenSource == nil
	c = Credentials{
		Host:        r.If(config.BaseURL == nil && r.Get("SNAPCARE_BASE_URL") == "", "SNAPCARE_HOST"),
		DeveloperID: r.Need("SNAPCARE_DEVELOPER_ID"),
		APIKey:      r.Need("SNAPCARE_API_KEY"),
	}
	hospital, userType := r.If(login, "SNAPCARE_HOSPITAL_ID"), r.If(login, "SNAPCARE_USER_TYPE")
	c.Email, c.Password = r.If(login, "SNAPCARE_EMAIL"), r.If(login, "SNAPCARE_PASSWORD")
	if err := r.Err(); err != nil {
		return Credentials{}, err
	}
	if !login {
		c.Password = ""
	}
	if hospital != "" {
		if c.HospitalID, err = strconv.Atoi(hospital); err != nil || c.HospitalID <= 0 {
			return Credentials{}, r.Invalid("SNAPCARE_HOSPITAL_ID", "must be a positive number")
		}
	}
	if userType != "" {
		if c.UserType = userTypeOf(userType); c.UserType == UserTypeUnknown {
			return Credentials{}, r.Invalid("SNAPCARE_USER_TYPE",
				"must be the number or the name of a UserType: 1 or Customer, 2 or Clinician, 3 or SnapMDAdmin")
		}
	}
	return c, nil
}

func userTypeOf(text string) UserType {
	for t, name := range userTypeNames {
		if strings.EqualFold(text, name) || text == strconv.Itoa(int(t)) {
			return t
		}
	}
	return UserTypeUnknown
}

// state is what the services of a client share beside their transport.
type state struct {
	participant bool // made by Participant
}

// participantAuth is how the operations are marked that only participants may call.
const participantAuth = "participant"

// Participant returns a client for a participant of a consultation, such as a guest, who has a token of the scheme
// JWT-Participant and no user. It shares keys, options and connections with c, and sends token with every call: an
// ordinary client refuses the few calls that only participants may make.
func (c *Client) Participant(token string) *Client {
	return newClient(c.core.Derive(func(s *transport.Settings) {
		s.Login = caremux.StaticToken(token)
		s.Permit = func(*transport.Operation, http.Header) error {
			if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
				return &caremux.ArgumentError{Field: "participant's token", Rule: "must be printable ASCII, not empty, without blanks"}
			}
			return nil
		}
		s.Authorise = func(r *http.Request, _ *transport.Operation, token string) {
			r.Header.Set("Authorization", "JWT-Participant "+token)
		}
		s.Refused = func(e *caremux.Error, use login.Use) {
			if use.Accepted {
				e.Kind = ErrWrongUser
			}
		}
	}), &state{participant: true})
}

// permit refuses what the token of a user cannot do.
func permit(op *transport.Operation, _ http.Header) error {
	if op.Auth == participantAuth {
		return &caremux.ArgumentError{Field: "client", Rule: "must be a participant's: make it with Client.Participant"}
	}
	return nil
}

// Logout ends the session of the client's user and forgets its token, in the store too; without a token there is
// nothing to do. Calls in progress do not log in again: they fail with an error matching [caremux.ErrUnauthorized]
// if the vendor requires one. A call after it logs in. The client's timeout bounds all of it. Account.EndSession
// ends the session too, but the client would go on with the token.
func (c *Client) Logout(ctx context.Context, opts ...caremux.RequestOption) error {
	if c.state.participant {
		return &caremux.ArgumentError{Vendor: "snapcare", Operation: "Logout", Field: "client",
			Rule: "must be that of a user: a participant has no session"}
	}
	op := accountEndSession
	op.Anonymous = true // a refused token must not be replaced for this
	return c.core.Logout(ctx, &op, opts, func(ctx context.Context, token string) error {
		opts := append(opts[:len(opts):len(opts)], caremux.WithHeader("Authorization", "Bearer "+token))
		err := transport.Exec(ctx, c.core, &op, transport.Input{}, opts)
		if e, ok := errors.AsType[*caremux.Error](err); ok && e.Status == http.StatusUnauthorized {
			return nil // it had ended before
		}
		return err
	})
}

// Do sends a call that the services do not have, with the same authentication, retries and errors. path begins with "/"
// and is escaped as in a URL, such as /v2/timezones. query is url.Values, a struct with url tags, or nil; body is sent
// as JSON unless nil; out, unless nil, is a pointer that the response is decoded into, envelope included.
func (c *Client) Do(ctx context.Context, method, path string, query, body, out any, opts ...caremux.RequestOption) error {
	return c.core.Do(ctx, method, path, query, body, out, opts...)
}
