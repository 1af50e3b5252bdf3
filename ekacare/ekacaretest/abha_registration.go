package ekacaretest

import (
	"net/http"
	"strings"

	"github.com/caremux/caremux/ekacare"
)

// onFlow handles a step of a flow.
func (s *Server) onFlow(id, kind string, stages []string, act func(c *call, f *flow) (any, error)) {
	s.handle(id, func(c *call) (any, error) {
		f, err := s.flowOf(c, kind, stages...)
		if err != nil {
			return nil, err
		}
		return act(c, f)
	})
}

// resent sends another password.
func (s *Server) resent(c *call, f *flow) (any, error) {
	return object{"txn_id": s.startFlow(c, f), "hint": hint(f.mobile)}, nil
}

func (s *Server) handleABHARegistration() {
	s.handle("ABHARegistration_AadhaarInit", s.initAadhaar)
	s.onFlow("ABHARegistration_AadhaarResend", "aadhaar", []string{awaitsOTP}, s.resent)
	s.onFlow("ABHARegistration_AadhaarVerify", "aadhaar", []string{awaitsOTP}, s.verifyAadhaar)
	s.onFlow("ABHARegistration_AadhaarMobileResend", "aadhaar", []string{awaitsMobileOTP}, s.resent)
	s.onFlow("ABHARegistration_AadhaarMobileVerify", "aadhaar", []string{awaitsMobileOTP}, s.verifyOTP)
	s.onFlow("ABHARegistration_AadhaarAutoLogin", "aadhaar", []string{awaitsChoice}, s.loginByAadhaar)
	s.onFlow("ABHARegistration_AadhaarCreate", "aadhaar", []string{awaitsAddress, awaitsChoice}, s.createByAadhaar)

	s.handle("ABHARegistration_MobileInit", s.initMobile)
	s.onFlow("ABHARegistration_MobileResend", "mobile", []string{awaitsOTP}, s.resent)
	s.onFlow("ABHARegistration_MobileVerify", "mobile", []string{awaitsOTP}, func(c *call, f *flow) (any, error) {
		if err := s.checkOTP(f, c.object()); err != nil {
			return nil, err
		}
		return s.proven(f), nil
	})
	s.onFlow("ABHARegistration_MobileCreate", "mobile", []string{awaitsAddress, awaitsChoice}, s.createByMobile)

	s.handle("ABHARegistration_CheckAddress", s.checkAddress)
	s.handle("ABHARegistration_SuggestAddresses", s.suggestAddresses)
}

// initAadhaar sends a one-time password to the mobile number of an Aadhaar.
func (s *Server) initAadhaar(c *call) (any, error) {
	aadhaar := str(c.object(), "aadhaar_number")
	f := &flow{kind: "aadhaar", stage: awaitsOTP, aadhaar: aadhaar, mobile: s.gateway.mobiles[aadhaar]}
	return object{"txn_id": s.startFlow(c, f), "hint": hint(f.mobile)}, nil
}

// verifyAadhaar checks the one-time password of an Aadhaar. A mobile number other than its own must be proven too.
func (s *Server) verifyAadhaar(c *call, f *flow) (any, error) {
	if err := s.checkOTP(f, c.object()); err != nil {
		return nil, err
	}
	own := f.mobile
	if f.mobile = str(c.object(), "mobile"); own != "" && own != f.mobile {
		f.stage = awaitsMobileOTP
		return object{"skip_state": ekacare.ABHASkipStateConfirmMobileOTP, "txn_id": s.startFlow(c, f), "hint": hint(f.mobile)}, nil
	}
	return s.proven(f), nil
}

// verifyOTP checks the one-time password, after which nothing more is to be proven.
func (s *Server) verifyOTP(c *call, f *flow) (any, error) {
	if err := s.checkOTP(f, c.object()); err != nil {
		return nil, err
	}
	return s.proven(f), nil
}

// loginByAadhaar logs in to an account that the Aadhaar has already.
func (s *Server) loginByAadhaar(c *call, f *flow) (any, error) {
	chosen := find(f.choice, func(a *ABHA) bool { return a.Address == str(c.object(), "abha_address") })
	if chosen == nil {
		return nil, userNotFound()
	}
	s.endFlow(f)
	return withTokens(loggedIn(chosen), chosen), nil
}

// createByAadhaar creates the account that ends a registration by Aadhaar.
func (s *Server) createByAadhaar(c *call, f *flow) (any, error) {
	return s.register(c, f, ABHA{Name: "Holder of the Aadhaar", Verified: true}, nil)
}

// initMobile sends a one-time password to a mobile number.
func (s *Server) initMobile(c *call) (any, error) {
	f := &flow{kind: "mobile", stage: awaitsOTP, mobile: str(c.object(), "mobile_number")}
	return object{"txn_id": s.startFlow(c, f), "hint": hint(f.mobile)}, nil
}

// createByMobile creates the account that ends a registration by mobile number.
func (s *Server) createByMobile(c *call, f *flow) (any, error) {
	profile, _ := c.object()["profile"].(object)
	return s.register(c, f, ABHA{Name: strings.TrimSpace(str(profile, "first_name") + " " + str(profile, "last_name"))},
		object{"success": true})
}

// checkAddress reports whether an address is taken.
func (s *Server) checkAddress(c *call) (any, error) {
	return object{"exists": s.gateway.account(whole(str(c.object(), "abha_address"))) != nil}, nil
}

// suggestAddresses returns free addresses for a name.
func (s *Server) suggestAddresses(c *call) (any, error) {
	name := strings.ToLower(c.Query.Get("fn"))
	if name == "" && s.gateway.flows[c.Query.Get("transactionId")] == nil {
		return nil, &failure{http.StatusBadRequest, object{"code": http.StatusBadRequest, "error": "A transaction or a name is needed"}}
	}
	free := []any{}
	for _, address := range []string{name + ".abha", name + ".care", name + "_1"} {
		if address = strings.TrimLeft(address, "._"); s.gateway.account(whole(address)) == nil {
			free = append(free, address)
		}
	}
	return object{"suggestions": free}, nil
}

// whole adds the domain to an address.
func whole(address string) string {
	if strings.Contains(address, "@") {
		return address
	}
	return address + "@abdm"
}

// proven continues with a person whose Aadhaar or mobile number is verified.
func (s *Server) proven(f *flow) object {
	f.choice = s.gateway.all(func(a *ABHA) bool {
		if f.kind == "aadhaar" {
			return a.Aadhaar == f.aadhaar
		}
		return a.Mobile == f.mobile
	})
	if len(f.choice) == 0 {
		f.stage = awaitsAddress
		return object{"skip_state": ekacare.ABHASkipStateCreate, "txn_id": s.goOn(f)}
	}
	if s.gateway.creating {
		return s.offered(f, ekacare.ABHASkipStateCreate)
	}
	return s.offered(f, ekacare.ABHASkipStateSelect)
}

// offered goes on with the choice of an account, under either of the names that the vendor has for it.
func (s *Server) offered(f *flow, state ekacare.ABHASkipState) object {
	f.stage = awaitsChoice
	return object{"skip_state": state, "txn_id": s.goOn(f), "abha_profiles": summaries(f.choice)}
}

// register creates the account that ends a registration. The response is that of a login with tokens, and with more.
func (s *Server) register(c *call, f *flow, a ABHA, more object) (any, error) {
	a.Address = whole(str(c.object(), "abha_address"))
	if s.gateway.account(a.Address) != nil {
		return nil, refusedByABDM(http.StatusBadRequest, ekacare.CodeABDMAddressExists, "The address is taken")
	}
	a.Mobile, a.Aadhaar = f.mobile, f.aadhaar
	if len(f.choice) > 0 {
		a.Name, a.OID = f.choice[0].Name, f.choice[0].OID
	}
	s.endFlow(f)
	made := s.addABHA(a)
	s.wrote(c, made.Address)
	answer := withTokens(loggedIn(made), made)
	for name, value := range more {
		answer[name] = value
	}
	return answer, nil
}
