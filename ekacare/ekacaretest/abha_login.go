package ekacaretest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/caremux/caremux/ekacare"
)

func padded(n int) string {
	text := strconv.Itoa(n)
	return strings.Repeat("0", max(0, 6-len(text))) + text
}

func userNotFound() error {
	return refusedByABDM(http.StatusNotFound, ekacare.CodeABDMUserNotFound, "There is no such user")
}

// beginLogin finds the accounts of the identifier. The numbers of a mobile or an Aadhaar may have none.
func (s *Server) beginLogin(c *call) (*flow, error) {
	body := c.object()
	identifier := str(body, "identifier")
	f := &flow{kind: "login", stage: awaitsOTP, method: str(body, "method")}
	switch ekacare.ABHALoginMethod(f.method) {
	case ekacare.ABHALoginMethodMobile:
		f.mobile = identifier
		f.choice = s.gateway.all(func(a *ABHA) bool { return a.Mobile == identifier })
		return f, nil
	case ekacare.ABHALoginMethodAadhaarNumber:
		f.aadhaar, f.mobile = identifier, s.gateway.mobiles[identifier]
		f.choice = s.gateway.all(func(a *ABHA) bool { return a.Aadhaar == identifier })
		return f, nil
	case ekacare.ABHALoginMethodPHRAddress:
		f.choice = s.gateway.all(func(a *ABHA) bool { return strings.EqualFold(a.Address, identifier) })
	case ekacare.ABHALoginMethodABHANumber:
		plain := strings.ReplaceAll(identifier, "-", "")
		f.choice = s.gateway.all(func(a *ABHA) bool { return plain != "" && strings.ReplaceAll(a.Number, "-", "") == plain })
	case ekacare.ABHALoginMethodSearch:
		found, err := s.flowOf(c, "login", awaitsLogin)
		if err != nil {
			return nil, err
		}
		if i, err := strconv.Atoi(identifier); err == nil && i >= 0 && i < len(found.choice) {
			f.choice = found.choice[i : i+1]
			s.endFlow(found)
		}
	default:
		return nil, &failure{http.StatusBadRequest, object{"code": http.StatusBadRequest, "error": "The method is not known"}}
	}
	if len(f.choice) == 0 {
		return nil, userNotFound()
	}
	f.mobile = f.choice[0].Mobile
	return f, nil
}

func (s *Server) handleABHALogin() {
	s.handle("ABHALogin_Init", s.initABHALogin)
	s.handle("ABHALogin_Verify", s.verifyABHALogin)
	s.handle("ABHALogin_Login", s.finishABHALogin)
	s.handle("ABHALogin_ListMethods", s.listABHALoginMethods)
	s.handle("ABHAProfile_Search", s.searchABHAProfiles)
}

// initABHALogin sends a one-time password for the accounts of an identifier.
func (s *Server) initABHALogin(c *call) (any, error) {
	f, err := s.beginLogin(c)
	if err != nil {
		return nil, err
	}
	return object{"txn_id": s.startFlow(c, f), "hint": hint(f.mobile)}, nil
}

// verifyABHALogin checks the one-time password. One account is logged in, several are to be chosen from, and none may be created.
func (s *Server) verifyABHALogin(c *call) (any, error) {
	f, err := s.flowOf(c, "login", awaitsOTP)
	if err != nil {
		return nil, err
	}
	if err := s.checkOTP(f, c.object()); err != nil {
		return nil, err
	}
	registration := "mobile" // whose calls create the account, if one is to be created
	if f.aadhaar != "" {
		registration = "aadhaar"
	}
	if len(f.choice) == 0 {
		f.stage, f.kind = awaitsAddress, registration
		return object{"skip_state": ekacare.ABHASkipStateCreate, "txn_id": s.goOn(f)}, nil
	}
	if s.gateway.creating && (f.method == string(ekacare.ABHALoginMethodMobile) || f.aadhaar != "") {
		f.kind = registration
		return s.offered(f, ekacare.ABHASkipStateCreate), nil
	}
	if len(f.choice) == 1 {
		s.endFlow(f)
		return loggedIn(f.choice[0]), nil
	}
	return s.offered(f, ekacare.ABHASkipStateSelect), nil
}

// finishABHALogin logs in to the account that was chosen.
func (s *Server) finishABHALogin(c *call) (any, error) {
	body := c.object()
	f, err := s.flowOf(c, "login", awaitsChoice)
	if err != nil { // accounts that a registration by mobile number has found
		if f, err = s.flowOf(c, "mobile", awaitsChoice); err != nil {
			return nil, err
		}
	}
	chosen := find(f.choice, func(a *ABHA) bool { return a.Address == str(body, "phr_address") })
	if chosen == nil {
		return nil, userNotFound()
	}
	s.endFlow(f)
	return loggedIn(chosen), nil
}

// listABHALoginMethods returns how the holder of an address can log in.
func (s *Server) listABHALoginMethods(c *call) (any, error) {
	a := s.gateway.account(str(c.object(), "abha_address"))
	if a == nil {
		return nil, userNotFound()
	}
	methods := []any{"MOBILE_OTP"}
	if a.Aadhaar != "" {
		methods = append(methods, "AADHAAR_OTP")
	}
	return object{"abha_address": a.Address, "abha_number": a.Number, "auth_methods": methods, "blocked_methods": []any{},
		"fullname": a.Name, "mobile": hint(a.Mobile)[len("OTP sent to "):], "status": "ACTIVE"}, nil
}

// searchABHAProfiles returns the accounts of a mobile number, and starts a login to one of them.
func (s *Server) searchABHAProfiles(c *call) (any, error) {
	mobile := str(c.object(), "mobile")
	found := s.gateway.all(func(a *ABHA) bool { return a.Mobile == mobile })
	f := &flow{kind: "login", stage: awaitsLogin, patient: abhaPatient(c.Call), mobile: mobile, choice: found}
	if len(f.choice) == 0 {
		return nil, userNotFound()
	}
	profiles := summaries(f.choice)
	for i, a := range f.choice {
		row := profiles[i].(object)
		row["index"], row["abha_number"], row["internal"] = i, a.Number, true
	}
	return object{"txn_id": s.goOn(f), "profiles": profiles}, nil
}
