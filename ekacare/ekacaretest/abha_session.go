package ekacaretest

import (
	"cmp"
	"strings"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/specserver"
)

// patientPaths begin the paths of calls that need the patient's session with the gateway.
var patientPaths = []string{
	"/abdm/v1/profile", "/abdm/v1/request", "/abdm/v1/care-contexts/discover", "/abdm/v1/care-contexts/linked", "/abdm/v1/consents/",
}

// abhaPatient names the patient of a call.
func abhaPatient(c *specserver.Call) string {
	return cmp.Or(c.Header.Get("X-Pt-Id"), c.Query.Get("oid"), c.Header.Get("X-Partner-Pt-Id"))
}

func needsSession(path string) bool {
	if strings.HasPrefix(path, "/abdm/v1/profile/search") || strings.Contains(path, "/on-") {
		return false
	}
	for _, prefix := range patientPaths {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

func sessionExpired() *failure {
	return &failure{ekacare.StatusABHASessionExpired, object{"code": ekacare.StatusABHASessionExpired, "error": "The session has expired"}}
}

// gate lets calls for a patient through whose session is open.
func (s *Server) gate(c *specserver.Call) *specserver.Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.gateway.expired || !needsSession(c.RawPath) || s.gateway.open[abhaPatient(c)] {
		return nil
	}
	r := sessionExpired().reply()
	return &r
}

func (s *Server) handleABHASession() {
	s.handle("ABHASession_GetStatus", func(c *call) (any, error) {
		answer := s.generated("ABHASession_GetStatus")
		answer["logged_in"] = !s.gateway.expired || s.gateway.open[abhaPatient(c.Call)]
		return answer, nil
	})
	s.handle("ABHASession_Init", func(c *call) (any, error) {
		a := s.gateway.account(str(c.object(), "abha_address"))
		if a == nil {
			return nil, userNotFound()
		}
		return object{"txn_id": s.startFlow(c, &flow{kind: "session", stage: awaitsOTP, mobile: a.Mobile, choice: []*ABHA{a}})}, nil
	})
	s.onFlow("ABHASession_Verify", "session", []string{awaitsOTP}, func(c *call, f *flow) (any, error) {
		if err := s.checkOTP(f, c.object()); err != nil {
			return nil, err
		}
		s.endFlow(f)
		if s.gateway.open != nil {
			s.gateway.open[abhaPatient(c.Call)] = true
		}
		return withTokens(object{}, f.choice[0]), nil
	})
}
