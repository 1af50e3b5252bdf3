package welkintest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caremux/caremux/internal/specserver"
)

const loginID = "APIClients_CreateToken"

func (s *Server) handleLogin() {
	s.handle(loginID, func(c *call) (any, error) {
		var request struct{ Secret string }
		if err := c.Decode(&request); err != nil {
			return nil, err
		}
		if !s.admitLogin(time.Now()) {
			return nil, &failure{http.StatusTooManyRequests, "TOO_MANY_REQUESTS", "SECURITY", "too many logins"}
		}
		if c.Path["clientName"] != s.credentials.ClientName || request.Secret != s.credentials.Secret {
			return nil, &failure{http.StatusUnauthorized, "BAD_CREDENTIALS", "SECURITY", "client name or secret is wrong"}
		}
		s.logins++
		now := time.Now()
		token := jwt(object{
			"sub": s.clientID, "jti": s.newID(), "custom:type": "API_CLIENT", "token_use": "id",
			"cognito:username": s.credentials.ClientName,
			"iat":              now.Unix(), "auth_time": now.Unix(), "exp": now.Add(s.lifetime).Unix(),
		})
		s.tokens[token] = now.Add(s.lifetime)
		return object{"clientName": s.credentials.ClientName, "token": token, "enabled": !s.disabled}, nil
	})
}

const (
	maxLogins   = 100 // in a window, after which none is let in for another one
	loginWindow = 5 * time.Minute
)

// admitLogin counts a login and reports whether it is let in.
func (s *Server) admitLogin(now time.Time) bool {
	if now.Before(s.loginsFrom) {
		return false
	}
	s.loginTimes = slices.DeleteFunc(s.loginTimes, func(at time.Time) bool { return now.Sub(at) >= loginWindow })
	if len(s.loginTimes) >= maxLogins {
		s.loginsFrom, s.loginTimes = now.Add(loginWindow), nil
		return false
	}
	s.loginTimes = append(s.loginTimes, now)
	return true
}

// jwt makes a token that reads like a signed one. It has no valid signature.
func jwt(claims object) string {
	part := func(v any) string {
		data, _ := json.Marshal(v) // of strings and numbers only
		return base64.RawURLEncoding.EncodeToString(data)
	}
	return part(object{"kid": "welkintest", "alg": "RS256"}) + "." + part(claims) + "." + part("not signed")
}

// authenticate refuses calls without a good token, and calls to another tenant or instance than the credentials name.
func (s *Server) authenticate(c *specserver.Call) *specserver.Reply {
	refuse := func(f *failure) *specserver.Reply {
		reply := f.reply()
		return &reply
	}
	if c.Operation.ID != loginID {
		token, _ := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
		s.mu.Lock()
		expires, known := s.tokens[token]
		s.mu.Unlock()
		switch {
		case !known:
			return refuse(&failure{http.StatusUnauthorized, "NOT_VALID_JSON_WEB_TOKEN", "SECURITY", "the token is missing or not valid"})
		case !time.Now().Before(expires):
			return refuse(&failure{http.StatusUnauthorized, "TOKEN_EXPIRED", "SECURITY", "the token has expired"})
		}
	}
	if c.Path["tenant"] != s.credentials.Tenant {
		return refuse(notFound("Tenant"))
	}
	if instance, ok := c.Path["instance"]; ok && instance != s.credentials.Instance {
		return refuse(notFound("Instance"))
	}
	return nil
}
