package ekacaretest

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/specserver"
)

const loginID = "Auth_Login"

// grant is a pair of tokens.
type grant struct {
	access, refresh       string
	expires, refreshUntil time.Time
	shared                bool // acts on the workspace of the sharing key
	user                  bool // of an OIDC user
}

// accounts is who has logged in.
type accounts struct {
	grants          map[string]*grant // by access token
	renewable       map[string]*grant // by refresh token
	lifetime        time.Duration
	refreshLifetime time.Duration
	disabled        bool
	logins          int
	refreshes       int
}

// SharingKey returns the key of another workspace, for [ekacare.Credentials] SharingKey. Calls act on the same data with it;
// only the name and the id of the business distinguish the workspaces.
func (s *Server) SharingKey() string { return "ekacaretest-sharing-key" }

// IDToken returns the id token that the server takes for that of an OIDC user.
func (s *Server) IDToken() string { return "ekacaretest-id-token" }

// LongLivedToken returns a token that never expires, as the vendor's console makes them.
func (s *Server) LongLivedToken() string { return "ekacaretest-long-lived" }

// SetTokenLifetimes sets how long the tokens of the next logins and refreshes are valid. The defaults are half an hour and
// a day. They are reported in whole seconds, and measured in real time.
func (s *Server) SetTokenLifetimes(access, refresh time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts.lifetime, s.accounts.refreshLifetime = access, refresh
}

// ExpireAccessTokens makes the server refuse all access tokens that it has given out. Refresh tokens still serve.
func (s *Server) ExpireAccessTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.accounts.grants {
		g.expires = time.Time{}
	}
}

// ExpireTokens makes the server refuse all access and refresh tokens that it has given out.
func (s *Server) ExpireTokens() {
	s.ExpireAccessTokens()
	s.ExpireRefreshTokens()
}

// ExpireRefreshTokens makes the server refuse all refresh tokens that it has given out.
func (s *Server) ExpireRefreshTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.accounts.grants {
		g.refreshUntil = time.Time{}
	}
}

// DisableClient makes the server refuse logins, refreshes and calls of the client, also with the long-lived token.
func (s *Server) DisableClient() { s.setDisabled(true) }

// EnableClient takes [Server.DisableClient] back. Tokens that were given out before serve again.
func (s *Server) EnableClient() { s.setDisabled(false) }

func (s *Server) setDisabled(disabled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts.disabled = disabled
}

// Logins returns how many logins the server has granted, those of OIDC users among them. [Server.Requests] has the refused ones too.
func (s *Server) Logins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accounts.logins
}

// Refreshes returns how many refreshes the server has granted.
func (s *Server) Refreshes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accounts.refreshes
}

// tokenOf returns the access token of a call, from either header.
func tokenOf(c *specserver.Call) string {
	if token := c.Header.Get("Auth"); token != "" {
		return token
	}
	token, ok := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return token
}

// needs reports whether an operation requests one of the security schemes.
func (s *Server) needs(op *specserver.Operation, schemes ...string) bool {
	requirements := s.core.Spec.Doc.Security
	if op.Op.Security != nil {
		requirements = *op.Op.Security
	}
	for _, requirement := range requirements {
		for _, scheme := range schemes {
			if _, ok := requirement[scheme]; ok {
				return true
			}
		}
	}
	return false
}

// authenticate refuses calls without a good token, or without the agent's id where that takes its place.
func (s *Server) authenticate(c *specserver.Call) *specserver.Reply {
	refuse := func(code, message string) *specserver.Reply {
		r := shaped(c.RawPath, http.StatusUnauthorized, code, message).reply()
		return &r
	}
	if s.needs(c.Operation, "agentHeader") {
		if c.Header.Get("X-Agent-Id") != s.credentials.AgentID {
			return refuse(ekacare.CodeUnauthorized, "The agent is not known")
		}
		return nil
	}
	if !s.needs(c.Operation, "authHeader", "bearerAuth") || c.Operation.ID == "Auth_Refresh" {
		return nil // a refresh shows a token that may have expired
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.accounts.grants[tokenOf(c)]
	if g == nil || s.accounts.disabled || !time.Now().Before(g.expires) {
		return refuse(ekacare.CodeInvalidAuthToken, "Unauthorized")
	}
	return nil
}

func (s *Server) grant(g *grant, lifetime, refreshLifetime time.Duration) *grant {
	n := len(s.accounts.grants)
	g.access, g.refresh = fmt.Sprintf("access-%d-of-ekacaretest", n), fmt.Sprintf("refresh-%d-of-ekacaretest", n)
	now := time.Now()
	g.expires, g.refreshUntil = now.Add(lifetime), now.Add(refreshLifetime)
	s.accounts.grants[g.access], s.accounts.renewable[g.refresh] = g, g
	return g
}

// granted is the response that brings new tokens.
func (s *Server) granted(g *grant) object {
	a := &s.accounts
	s.grant(g, a.lifetime, a.refreshLifetime)
	refreshExpires := "refresh_expires_in"
	if g.user {
		refreshExpires = "refresh_token_expires_in"
	}
	answer := object{"access_token": g.access, "refresh_token": g.refresh,
		"expires_in": int(a.lifetime.Seconds()), refreshExpires: int(a.refreshLifetime.Seconds())}
	if g.user {
		answer["redirect_url"] = s.URL
	}
	return answer
}

func (s *Server) handleAuth() {
	s.accounts = accounts{
		grants: map[string]*grant{}, renewable: map[string]*grant{}, lifetime: 30 * time.Minute, refreshLifetime: 24 * time.Hour,
	}
	forever := &grant{access: s.LongLivedToken(), expires: time.Now().AddDate(100, 0, 0)}
	s.accounts.grants[forever.access] = forever

	refuse := func(c *call, message string) (any, error) {
		return nil, shaped(c.RawPath, http.StatusUnauthorized, ekacare.CodeUnauthorized, message)
	}
	s.handle(loginID, func(c *call) (any, error) {
		in := c.object()
		key, shared := in["sharing_key"]
		switch {
		case in["client_id"] != s.credentials.ClientID || in["client_secret"] != s.credentials.ClientSecret:
			return refuse(c, "The client id or the client secret is not valid")
		case shared && key != s.SharingKey():
			return refuse(c, "The sharing key is not valid")
		case s.accounts.disabled:
			return nil, shaped(c.RawPath, http.StatusForbidden, "", "The client is disabled")
		}
		s.accounts.logins++
		return s.granted(&grant{shared: shared}), nil
	})
	s.handle("Auth_Refresh", func(c *call) (any, error) {
		if c.Header.Get("Client-Id") != s.credentials.ClientID || c.grant == nil {
			return refuse(c, "The client id or the access token is not valid")
		}
		return s.refresh(c, false)
	})
	s.handle("Auth_RefreshV1", func(c *call) (any, error) { return s.refresh(c, false) })
	s.handle("Auth_OIDCVerify", func(c *call) (any, error) {
		if c.Path["client_id"] != s.credentials.ClientID || c.object()["id_token"] != s.IDToken() || s.accounts.disabled {
			return refuse(c, "The id token is not valid")
		}
		s.accounts.logins++
		return s.granted(&grant{user: true}), nil
	})
	s.handle("Auth_OIDCRefresh", func(c *call) (any, error) {
		if c.Path["client_id"] != s.credentials.ClientID {
			return refuse(c, "The client is not known")
		}
		return s.refresh(c, true)
	})
}

// refresh exchanges a refresh token, which serves once, for a new pair. The access token of the old pair lives on.
func (s *Server) refresh(c *call, user bool) (any, error) {
	in := c.object()
	last := s.accounts.renewable[str(in, "refresh_token")]
	access, given := in["access_token"]
	switch {
	case last == nil, last.user != user, !time.Now().Before(last.refreshUntil), s.accounts.disabled,
		given && access != last.access, c.Operation.ID == "Auth_Refresh" && c.grant != last:
		return nil, shaped(c.RawPath, http.StatusUnauthorized, ekacare.CodeUnauthorized, "The refresh token is not valid")
	}
	delete(s.accounts.renewable, last.refresh)
	s.accounts.refreshes++
	return s.granted(&grant{shared: last.shared, user: user}), nil
}
