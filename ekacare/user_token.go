package ekacare

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/usertoken"
	"github.com/caremux/caremux/internal/wire"
)

// UserTokenLifetime is how long a user's token is valid at most, by the vendor's rule.
const UserTokenLifetime = usertoken.MaxLifetime

// UserTokenSecret is a secret with which your service vouches for its own users to MedAssist. It prints without the
// secret.
type UserTokenSecret struct {
	Issuer string // your name (iss), as the vendor has registered it
	KeyID  string // id of the secret (kid)
	Secret string `json:"-"` // base64url of 32 bytes, as the vendor has given it to you
}

// Format prints issuer and key id, whatever the verb.
func (s UserTokenSecret) Format(f fmt.State, verb rune) {
	wire.FormatText(f, verb, "ekacare user token secret "+s.KeyID+" of "+s.Issuer)
}

// LogValue returns issuer and key id.
func (s UserTokenSecret) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(s)) }

// UserTokenClaims say for whom a token vouches, and for how long. They print without the user.
type UserTokenClaims struct {
	UserID string // your own id of the user (sub). This or Mobile is required
	Mobile string // the user's mobile number

	ID       string    // of the token (jti), which must be unique. Default: 128 random bits or more
	IssuedAt time.Time // default: now. Sent in whole seconds, rounded down
	Expires  time.Time // default, and the latest: [UserTokenLifetime] after IssuedAt
}

// Format prints the name of the type, whatever the verb.
func (c UserTokenClaims) Format(f fmt.State, verb rune) {
	wire.FormatText(f, verb, "ekacare.UserTokenClaims [redacted]")
}

// LogValue returns the name of the type.
func (c UserTokenClaims) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// NewUserToken returns a token for one user of your own service ("bring your own auth"), for MedAssist's conversations
// and the vendor's widget: a JSON Web Token signed with HS256. It sends nothing. Make it on your server for a user who
// is logged in there, and pass only the token to the browser: whoever has the secret can speak for each of your users.
//
// The operations of this package do not take such a token.
//
// A claim or a secret that breaks a rule is a [*caremux.ArgumentError] that names it.
func NewUserToken(secret UserTokenSecret, user UserTokenClaims) (caremux.Token, error) {
	return userToken(secret, user, usertoken.Sign)
}

// NewEncryptedUserToken is [NewUserToken] for a token whose claims only the vendor can read: JSON Web Encryption in
// the compact format with A256GCM.
func NewEncryptedUserToken(secret UserTokenSecret, user UserTokenClaims) (caremux.Token, error) {
	return userToken(secret, user, usertoken.Encrypt)
}

// NewUserTokenSource returns a source that makes a token with [NewUserToken] each time that it is called, for what
// needs another token while a conversation lasts: a token is valid for [UserTokenLifetime] at most. user returns whom
// the token is for.
func NewUserTokenSource(
	secret UserTokenSecret, user func(context.Context) (UserTokenClaims, error),
) (caremux.TokenSource, error) {
	if user == nil {
		return nil, &caremux.ArgumentError{Field: "user", Rule: "is required"}
	}
	// Everything that is wrong with the secret is found here.
	if _, err := NewUserToken(secret, UserTokenClaims{UserID: "check"}); err != nil {
		return nil, err
	}
	return caremux.TokenSourceFunc(func(ctx context.Context) (caremux.Token, error) {
		claims, err := user(ctx)
		if err != nil {
			return caremux.Token{}, err
		}
		return NewUserToken(secret, claims)
	}), nil
}

type makeUserToken func(kid, secret string, c usertoken.Claims) (string, error)

func userToken(secret UserTokenSecret, user UserTokenClaims, encode makeUserToken) (caremux.Token, error) {
	claims := usertoken.Claims{
		Issuer: secret.Issuer, Subject: user.UserID, Mobile: user.Mobile,
		ID: cmp.Or(user.ID, rand.Text()), IssuedAt: user.IssuedAt, Expires: user.Expires,
	}
	if claims.IssuedAt.IsZero() {
		claims.IssuedAt = time.Now()
	}
	if claims.Expires.IsZero() {
		claims.Expires = claims.IssuedAt.Truncate(time.Second).Add(UserTokenLifetime)
	}
	value, err := encode(secret.KeyID, secret.Secret, claims)
	var field *usertoken.FieldError
	switch {
	case errors.As(err, &field):
		return caremux.Token{}, &caremux.ArgumentError{Field: userTokenFields[field.Field], Rule: field.Rule}
	case err != nil:
		return caremux.Token{}, err
	}
	return caremux.Token{Value: value, Expires: claims.Expires.Truncate(time.Second)}, nil
}

// userTokenFields are the Go names of what usertoken names as the wire does.
var userTokenFields = map[string]string{
	"kid": "UserTokenSecret.KeyID", "secret": "UserTokenSecret.Secret", "iss": "UserTokenSecret.Issuer",
	"sub": "UserTokenClaims.UserID", "jti": "UserTokenClaims.ID",
	"iat": "UserTokenClaims.IssuedAt", "exp": "UserTokenClaims.Expires",
}
