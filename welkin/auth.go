package welkin

import (
	"context"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
	"github.com/caremux/caremux/internal/login"
	"github.com/caremux/caremux/internal/transport"
)

// secretLogin exchanges the secret of an API client for a token.
type secretLogin struct {
	credentials Credentials
	core        *transport.Client
}

// twice is how often a login is attempted: the client's own policy is for calls that are worth more.
var twice = caremux.WithCallRetry(caremux.RetryPolicy{MaxAttempts: 2})

// Token sends the secret. For a wrong one it returns an error matching [caremux.ErrUnauthorized].
func (l *secretLogin) Token(ctx context.Context) (caremux.Token, error) {
	in := transport.Input{Path: []string{l.credentials.ClientName}, Body: content.JSON(&APIClientTokenCreate{Secret: l.credentials.Secret})}
	answer, err := transport.Call[APIClientToken](ctx, l.core, &apiClientsCreateToken, in, []caremux.RequestOption{twice})
	if err != nil {
		return caremux.Token{}, err
	}
	switch {
	case answer.Enabled != nil && !*answer.Enabled:
		return caremux.Token{}, loginError("the API client is disabled")
	case answer.Token == "":
		return caremux.Token{}, loginError("the response contains no token")
	}
	claims, ok := login.ParseClaims(answer.Token)
	if !ok || claims.Expires.IsZero() {
		return caremux.Token{}, loginError("the token is not a JWT with an expiry")
	}
	return caremux.Token{Value: answer.Token, Expires: claims.Expires}, nil
}

func loginError(reason string) error {
	return caremux.NewError(caremux.Error{
		Vendor: "welkin", Operation: "APIClients.CreateToken", Method: apiClientsCreateToken.Method, Path: apiClientsCreateToken.Path,
		Kind: caremux.ErrUnauthorized, Attempts: 1,
	}, caremux.ErrorParts{Reason: reason})
}
