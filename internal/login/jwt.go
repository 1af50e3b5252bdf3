package login

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// Claims are the times in a JWT, zero where it has none.
type Claims struct {
	Expires time.Time // exp
	Issued  time.Time // iat or nbf, whichever is later
}

// ParseClaims reads the times of a JWT. Its signature is the vendor's business: the token is only handed back to it.
func ParseClaims(token string) (c Claims, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return c, false
	}
	var claims struct {
		Exp json.RawMessage `json:"exp"`
		Iat json.RawMessage `json:"iat"`
		Nbf json.RawMessage `json:"nbf"`
	}
	if json.Unmarshal(payload, &claims) != nil {
		return c, false
	}
	c.Expires, c.Issued = claimTime(claims.Exp), claimTime(claims.Iat)
	if from := claimTime(claims.Nbf); from.After(c.Issued) {
		c.Issued = from
	}
	return c, true
}

// claimTime reads seconds since 1970, with or without decimals. What makes no sense is as good as missing.
func claimTime(raw json.RawMessage) time.Time {
	var seconds float64
	if json.Unmarshal(raw, &seconds) != nil || !(seconds > 0 && seconds < 1e11) {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}
