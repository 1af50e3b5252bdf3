package snapcaretest

import (
	"fmt"
	"strings"
	"time"

	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/snapcare"
)

const loginID = "Account_CreateSession"

// session is a login of a user.
type session struct {
	user    snapcare.Credentials
	device  string
	expires time.Time
}

func (c *call) isPatient() bool {
	return c.session != nil && c.session.user.UserType == snapcare.UserTypeCustomer
}

// SSOToken returns the JWT, or Ping token, that the server takes for a member of the staff.
func (s *Server) SSOToken() string { return "snapcaretest-sso" }

// ParticipantToken returns the token of calls that a participant makes.
func (s *Server) ParticipantToken() string { return "snapcaretest-participant" }

func bearer(c *specserver.Call) string {
	token, _ := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	return token
}

// needs reports whether an operation requests a security scheme.
func (s *Server) needs(op *specserver.Operation, scheme string) bool {
	requirements := s.core.Spec.Doc.Security
	if op.Op.Security != nil {
		requirements = *op.Op.Security
	}
	for _, requirement := range requirements {
		if _, ok := requirement[scheme]; ok {
			return true
		}
	}
	return false
}

// authenticate refuses calls without the developer's key, a good token, or of the wrong kind of user.
func (s *Server) authenticate(c *specserver.Call) *specserver.Reply {
	refuse := func(message string) *specserver.Reply {
		reply := unauthorized(message).reply()
		return &reply
	}
	if s.needs(c.Operation, "apiKey") &&
		(c.Header.Get("X-Developer-Id") != s.staff.DeveloperID || c.Header.Get("X-Api-Key") != s.staff.APIKey) {
		return refuse("The developer id or the API key is not valid")
	}
	if s.needs(c.Operation, "participant") && c.Header.Get("Authorization") != "JWT-Participant "+s.ParticipantToken() {
		return refuse("The participant token is not valid")
	}
	if !s.needs(c.Operation, "bearer") {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.sessions[bearer(c)]
	if session == nil || !time.Now().Before(session.expires) {
		return refuse("Authorization has been denied for this request")
	}
	switch kind := audience(c.Operation.Path); {
	case kind == snapcare.UserTypeCustomer && session.user.UserType != kind:
		return refuse("Only patients are authorized to use this API")
	case kind == snapcare.UserTypeClinician && session.user.UserType != kind:
		return refuse("Only clinicians are authorized to use this API")
	}
	return nil
}

// audience returns the kind of user that may call a path, UserTypeUnknown if any.
func audience(path string) snapcare.UserType {
	parts := strings.Split(path, "/") // "", version, audience, what
	if len(parts) < 4 {
		return snapcare.UserTypeUnknown
	}
	version, who, what := parts[1], parts[2], parts[3]
	strict := version == "v3" || version == "v3.1" || version == "v2.1" && (what == "appointments" || what == "availability-blocks")
	switch {
	case who == "patients" && strict:
		return snapcare.UserTypeCustomer
	case who == "clinicians" && strict, who == "admin" && (strict || version == "v2"):
		return snapcare.UserTypeClinician
	}
	return snapcare.UserTypeUnknown
}

// login contains the fields of the bodies of the calls about sessions.
type login struct {
	HospitalID  int               `json:"hospitalId"`
	UserTypeID  snapcare.UserType `json:"userTypeId"`
	Email       string            `json:"email"`
	Password    string            `json:"password"`
	DeviceID    string            `json:"deviceId"`
	AccessToken string            `json:"accessToken"`
	JWT         string            `json:"jwt"`
}

// user finds who logs in, without a look at the password.
func (s *Server) user(in login) (snapcare.Credentials, bool) {
	for _, user := range []snapcare.Credentials{s.staff, s.patient} {
		if in.HospitalID == user.HospitalID && in.UserTypeID == user.UserType && strings.EqualFold(in.Email, user.Email) {
			return user, true
		}
	}
	return snapcare.Credentials{}, false
}

// grant makes a token.
func (s *Server) grant(user snapcare.Credentials, device string) (string, *session) {
	token := fmt.Sprintf("token-%d-%s", len(s.sessions)+1, strings.ToLower(user.UserType.String()))
	made := &session{user, device, time.Now().Add(s.lifetime).Truncate(time.Millisecond)}
	s.sessions[token] = made
	return token, made
}

func (s *Server) sessionAnswer(user snapcare.Credentials, device string) object {
	token, session := s.grant(user, device)
	return object{"apiSessionId": s.newID(), "accessToken": token, "expires": instant(session.expires)}
}

func (s *Server) tokenAnswer(user snapcare.Credentials) object {
	token, session := s.grant(user, "")
	return listEnvelope(object{"apiSessionId": s.newID(), "access_token": token, "expires": instant(session.expires)})
}

// onLogin handles an operation whose body, if it has one, says who logs in.
func (s *Server) onLogin(id string, act func(c *call, in login) (any, error)) {
	s.handle(id, func(c *call) (any, error) {
		var in login
		if len(c.Body) > 0 {
			if err := c.Decode(&in); err != nil {
				return nil, err
			}
		}
		return act(c, in)
	})
}

func (s *Server) handleSessions() {
	s.onLogin(loginID, s.createSession)
	s.onLogin("Account_RenewSession", s.renewSession)
	s.onLogin("Account_CreateSSOSession", s.createSSOSession)
	s.onLogin("Account_EndSession", func(c *call, _ login) (any, error) {
		c.session.expires = time.Time{}
		return nil, nil
	})
	s.onLogin("Account_CreateToken", s.createToken)
	s.onLogin("Account_GetTokenFromSSO", s.tokenFromSSO)
}

// createSession logs in with a password.
func (s *Server) createSession(_ *call, in login) (any, error) {
	user, ok := s.user(in)
	if !ok || in.Password != user.Password {
		return nil, unauthorized("The user name or password is incorrect")
	}
	s.logins++
	return s.sessionAnswer(user, in.DeviceID), nil
}

// renewSession replaces the session of a device by a new one.
func (s *Server) renewSession(_ *call, in login) (any, error) {
	present := s.sessions[in.AccessToken]
	user, ok := s.user(in)
	if !ok || present == nil || present.user.Email != user.Email || present.device == "" || present.device != in.DeviceID ||
		!time.Now().Before(present.expires) {
		return nil, unauthorized("The session cannot be renewed")
	}
	present.expires = time.Time{}
	s.renewals++
	return s.sessionAnswer(user, in.DeviceID), nil
}

// createSSOSession logs a member of the staff in with the JWT of another system.
func (s *Server) createSSOSession(_ *call, in login) (any, error) {
	if in.HospitalID != s.staff.HospitalID || in.JWT != s.SSOToken() {
		return nil, unauthorized("The JWT is not valid")
	}
	s.logins++
	return s.sessionAnswer(s.staff, ""), nil
}

// createToken logs in with a password, in the format of version 2.
func (s *Server) createToken(_ *call, in login) (any, error) {
	user, ok := s.user(in)
	switch {
	case in.Email == "":
		return nil, badRequest("The email is missing")
	case !ok, in.Password != user.Password:
		return nil, &failure{status: 404, message: "The user name or password is incorrect"}
	}
	s.logins++
	return s.tokenAnswer(user), nil
}

// tokenFromSSO logs a member of the staff in with the token of another system.
func (s *Server) tokenFromSSO(c *call, _ login) (any, error) {
	ping := c.Query.Get("ssoToken") == s.SSOToken() && c.Query.Get("agentId") != ""
	if !ping && c.Query.Get("jwt") != s.SSOToken() {
		return nil, unauthorized("The token is not valid")
	}
	s.logins++
	return s.tokenAnswer(s.staff), nil
}
