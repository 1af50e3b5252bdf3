package welkin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/caremux/caremux"
)

// login exchanges the secret of an API client for a token.
type login struct {
	credentials Credentials
	service     *APIClientsService
}

// Token sends the secret. A wrong one is answered with an error that matches [caremux.ErrUnauthorized].
func (l *login) Token(ctx context.Context) (caremux.Token, error) {
	answer, err := l.service.CreateToken(ctx, l.credentials.ClientName, &APIClientTokenRequest{Secret: l.credentials.Secret},
		caremux.WithCallRetry(caremux.RetryPolicy{MaxAttempts: 2}))
	if err != nil {
		return caremux.Token{}, err
	}
	switch {
	case answer.Enabled != nil && !*answer.Enabled:
		return caremux.Token{}, loginError("the API client is disabled")
	case answer.Token == "":
		return caremux.Token{}, loginError("the answer holds no token")
	}
	expires, ok := jwtExpiry(answer.Token)
	if !ok {
		return caremux.Token{}, loginError("the token is no JWT with an expiry")
	}
	return caremux.Token{Value: answer.Token, Expires: expires}, nil
}

func loginError(reason string) error {
	return caremux.NewError(caremux.Error{
		Vendor: "welkin", Operation: "APIClients.CreateToken", Method: apiClientsCreateToken.Method, Path: apiClientsCreateToken.Path,
		Kind: caremux.ErrUnauthorized, Attempts: 1,
	}, nil, nil, reason, false)
}

// jwtExpiry reads the exp claim. The signature is the vendor's business: the token is only handed back to it.
func jwtExpiry(token string) (time.Time, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return time.Time{}, false
	}
	var claims struct {
		Exp float64 `json:"exp"`
	}
	if json.Unmarshal(payload, &claims) != nil || !(claims.Exp > 0 && claims.Exp < 1e11) {
		return time.Time{}, false
	}
	return time.Unix(int64(claims.Exp), 0), true
}
