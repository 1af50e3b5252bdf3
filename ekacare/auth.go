package ekacare

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
	"github.com/caremux/caremux/internal/transport"
)

// headers puts token and identity into requests. It stays behind a pointer, where no verb of a client's print finds it.
type headers struct{ *person }

// person is behind a pointer of headers, where no verb of a print of the client finds it: fmt prints what the pointers of
// a struct lead to for a verb that does not fit them.
type person struct {
	credentials Credentials
	identity    Identity
}

// apply sets what the operation documents. What params have set already stays.
func (h *headers) apply(r *http.Request, op *transport.Operation, token string) {
	way := op.Auth
	switch {
	case isAgents(op):
		if id := h.credentials.AgentID; id != "" {
			r.Header.Set("X-Agent-Id", id)
		}
	case token != "":
		if forced := h.credentials.TokenHeader; forced != TokenHeaderDocumented {
			way = string(forced)
		}
		if way != "bearer" {
			r.Header.Set("Auth", token)
		}
		if way != "auth" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
	}
	for name := range documentedHeaders(op) {
		if value := h.identity.value(name); value != "" && len(r.Header.Values(name)) == 0 {
			r.Header.Set(name, value)
		}
	}
}

func (id Identity) value(name string) string {
	switch name {
	case patientHeader:
		return id.PatientID
	case partnerPatientHeader:
		return id.PartnerPatientID
	case hipHeader:
		return id.HIPID
	case clientHeader:
		return id.ClientID
	}
	return string(id.Locale)
}

// isAgents reports whether an operation is called by a MedAssist agent, without a token.
func isAgents(op *transport.Operation) bool {
	return op.Auth == "agent" || op.Auth == "" && strings.HasPrefix(op.Path, "/med-assist/")
}

func needsToken(op *transport.Operation) bool { return !isAgents(op) }

// issuer returns tokens, by a login or for a refresh token.
type issuer interface {
	login(ctx context.Context) (*granted, error)
	refresh(ctx context.Context, last *granted) (*granted, error)
}

// granted is what a login or a refresh returned.
type granted struct {
	caremux.Token
	refreshUntil time.Time // zero if unknown
}

// renewing refreshes a token by its refresh token, and logs in if there is none or if that fails.
type renewing struct {
	issuer issuer
	mu     sync.Mutex
	last   *granted // nil if there is nothing to refresh
}

// Token returns a new token.
func (s *renewing) Token(ctx context.Context) (caremux.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.last
	s.last = nil // a refresh token serves once; after a failure only a login is sure to help
	if last != nil && last.Refresh != "" && (last.refreshUntil.IsZero() || time.Now().Before(last.refreshUntil)) {
		next, err := s.issuer.refresh(ctx, last)
		switch {
		case err == nil:
			if next.Refresh == "" {
				next.Refresh, next.refreshUntil = last.Refresh, last.refreshUntil
			}
			s.last = next
			return next.Token, nil
		case ctx.Err() != nil, errors.Is(err, caremux.ErrRateLimited):
			s.last = last
			return caremux.Token{}, err
		}
	}
	next, err := s.issuer.login(ctx)
	if err != nil {
		return caremux.Token{}, err
	}
	s.last = next
	return next.Token, nil
}

// secretLogin exchanges the secret of a client for tokens.
type secretLogin struct {
	credentials Credentials
	core        *transport.Client
}

// twice is how often a login is attempted: the client's own policy is for calls that are worth more.
var twice = caremux.WithCallRetry(caremux.RetryPolicy{MaxAttempts: 2})

func (l *secretLogin) login(ctx context.Context) (*granted, error) {
	if l.credentials.ClientSecret == "" {
		return nil, &caremux.ArgumentError{Field: "Credentials.ClientSecret", Rule: "is required, except for the operations of MedAssist"}
	}
	body := &AuthLoginRequest{ClientID: l.credentials.ClientID, ClientSecret: l.credentials.ClientSecret}
	if l.credentials.SharingKey != "" {
		body.SharingKey = new(l.credentials.SharingKey)
	}
	asked := time.Now()
	answer, err := transport.Call[AuthTokens](
		ctx, l.core, &authLogin, transport.Input{Body: content.JSON(body)}, []caremux.RequestOption{twice})
	if err != nil {
		return nil, err
	}
	return answer.grant(&authLogin, asked)
}

// authRenewal is the refresh, sent with the old token instead of one that the client would have to obtain first.
var authRenewal = func() transport.Operation {
	op := authRefresh
	op.Anonymous = true
	return op
}()

func (l *secretLogin) refresh(ctx context.Context, last *granted) (*granted, error) {
	body := &AuthRefreshRequest{RefreshToken: last.Refresh, AccessToken: new(last.Value)}
	asked := time.Now()
	answer, err := transport.Call[AuthTokens](ctx, l.core, &authRenewal, transport.Input{Body: content.JSON(body)}, []caremux.RequestOption{
		twice, WithClientID(l.credentials.ClientID), caremux.WithHeader("Authorization", "Bearer "+last.Value)})
	if err != nil {
		return nil, err
	}
	return answer.grant(&authRenewal, asked)
}

func (a *AuthTokens) grant(op *transport.Operation, asked time.Time) (*granted, error) {
	return grant(op, asked, a.AccessToken, a.RefreshToken, a.ExpiresIn, a.RefreshExpiresIn)
}

// grant checks what came: a token without an end would be used until calls fail. Times count from the request.
func grant(op *transport.Operation, asked time.Time, access, refresh string, expiresIn, refreshIn *int) (*granted, error) {
	switch {
	case access == "":
		return nil, grantError(op, "the response contains no access token")
	case !headerValue(access):
		return nil, grantError(op, "the access token contains control characters")
	case expiresIn == nil:
		return nil, grantError(op, "the response has no number of seconds in expires_in")
	case *expiresIn <= 0:
		return nil, grantError(op, "expires_in is not above zero")
	}
	g := &granted{Token: caremux.Token{Value: access, Refresh: refresh, Expires: asked.Add(seconds(*expiresIn))}}
	if refreshIn != nil && *refreshIn > 0 {
		g.refreshUntil = asked.Add(seconds(*refreshIn))
	}
	return g, nil
}

// seconds is a duration of ten years at most, so that nothing overflows.
func seconds(n int) time.Duration {
	return time.Duration(min(int64(n), 10*365*24*3600)) * time.Second
}

func grantError(op *transport.Operation, reason string) error {
	return caremux.NewError(caremux.Error{Vendor: "ekacare", Operation: op.Name, Method: op.Method, Path: op.Path,
		Kind: caremux.ErrUnauthorized, Attempts: 1}, caremux.ErrorParts{Reason: reason})
}

// OIDCUser says how to log in a user whom your own identity provider has verified.
type OIDCUser struct {
	ClientID    string                                    // id of the client at Eka
	IDToken     func(ctx context.Context) (string, error) // gets the user's id token from your provider, for each login
	Environment Environment                               // default Production
}

// NewOIDCTokenSource returns a source of the tokens of one user, for [caremux.WithTokenSource] of a client of that
// user's own. It verifies an id token, refreshes the tokens, and requests another id token when that fails. Options are
// those of the requests it makes: transport, base URL, retries, logger.
func NewOIDCTokenSource(user OIDCUser, opts ...caremux.Option) (caremux.TokenSource, error) {
	config, err := caremux.NewConfig(opts)
	if err != nil {
		return nil, err
	}
	switch {
	case user.ClientID == "":
		return nil, &caremux.ArgumentError{Field: "OIDCUser.ClientID", Rule: "is required"}
	case user.IDToken == nil:
		return nil, &caremux.ArgumentError{Field: "OIDCUser.IDToken", Rule: "is required"}
	case user.Environment.BaseURL() == "":
		return nil, &caremux.ArgumentError{Field: "OIDCUser.Environment", Rule: "must be production or sandbox"}
	}
	core, err := transport.New(transport.Settings{
		Identity: transport.Identity{Vendor: "ekacare", BaseURL: user.Environment.BaseURL()},
		Reading:  transport.Reading{Explain: explain, RequestID: requestIDs},
	}, config)
	if err != nil {
		return nil, err
	}
	return &renewing{issuer: &oidc{user: user, core: core}}, nil
}

// oidc exchanges id tokens of users for tokens.
type oidc struct {
	user OIDCUser
	core *transport.Client
}

func (o *oidc) login(ctx context.Context) (*granted, error) {
	id, err := o.user.IDToken(ctx)
	if err != nil {
		return nil, err
	}
	return o.send(ctx, &authOIDCVerify, &AuthOIDCVerifyRequest{IDToken: id})
}

func (o *oidc) refresh(ctx context.Context, last *granted) (*granted, error) {
	return o.send(ctx, &authOIDCRefresh, &AuthRefreshRequest{RefreshToken: last.Refresh, AccessToken: new(last.Value)})
}

func (o *oidc) send(ctx context.Context, op *transport.Operation, body any) (*granted, error) {
	asked := time.Now()
	answer, err := transport.Call[AuthOIDCTokens](ctx, o.core, op,
		transport.Input{Path: []string{o.user.ClientID}, Body: content.JSON(body)}, []caremux.RequestOption{twice})
	if err != nil {
		return nil, err
	}
	return grant(op, asked, answer.AccessToken, answer.RefreshToken, answer.ExpiresIn, answer.RefreshTokenExpiresIn)
}
