package ekacaretest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caremux/caremux/ekacare"
)

// ABHA is an account with ABDM. A person may have several, of the same mobile number and Aadhaar.
type ABHA struct {
	Address  string // "asha@abdm"
	Number   string // "12-3456-7890-1234"
	Name     string // "Asha Rao"
	Mobile   string // of 10 digits
	Aadhaar  string // of 12 digits; Mobile is the number that belongs to it, unless another account said so before
	OID      string // Eka's id of the person; "" for a new one
	Verified bool   // whether the identity is proven
}

// gateway is the state of the ABDM gateway.
type gateway struct {
	accounts []*ABHA
	mobiles  map[string]string // of an Aadhaar, by number
	flows    map[string]*flow  // by transaction
	otps     []string

	creating bool // see OfferABHACreation

	expired bool            // sessions must be opened
	open    map[string]bool // sessions by patient, since the expiry
}

// flow is a login, a registration or a session that is under way.
type flow struct {
	kind    string // "login", "aadhaar", "mobile" or "session"
	stage   string // what is awaited
	patient string // for whom it was begun; "" if nobody is named
	otp     string
	sent    time.Time // the password
	wrong   int       // passwords
	method  string
	aadhaar string
	mobile  string
	choice  []*ABHA // accounts to choose from
}

// What a flow awaits.
const (
	awaitsOTP       = "otp"
	awaitsMobileOTP = "mobile otp"
	awaitsChoice    = "choice"
	awaitsAddress   = "address"
	awaitsLogin     = "login" // after a search
)

// maxWrongOTPs is how many wrong passwords end a flow.
const maxWrongOTPs = 3

// otpLife is how long a password is taken, by the clock of the server.
const otpLife = 10 * time.Minute

// AddABHA adds an account with ABDM. An address that is taken ends the test, or panics on a server of [Start].
func (s *Server) AddABHA(a ABHA) ABHA {
	s.core.T.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gateway.account(a.Address) != nil {
		s.core.Fatal("there is an ABHA " + a.Address)
	}
	return *s.addABHA(a)
}

func (s *Server) addABHA(a ABHA) *ABHA {
	if a.OID == "" {
		a.OID = s.newID("oid")
	}
	s.gateway.accounts = append(s.gateway.accounts, &a)
	if _, known := s.gateway.mobiles[a.Aadhaar]; a.Aadhaar != "" && !known {
		s.gateway.mobiles[a.Aadhaar] = a.Mobile
	}
	return &a
}

// LinkAadhaar says which mobile number belongs to an Aadhaar, of which there may be no ABHA. A registration with another
// number has to prove it by a password of its own. Any number belongs to an Aadhaar that was not linked.
func (s *Server) LinkAadhaar(aadhaar, mobile string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.mobiles[aadhaar] = mobile
}

// OfferABHACreation makes logins and registrations end in abha_create with abha_profiles where the person has accounts already, in place
// of abha_select or a login. ABDM does so; a client that creates an account then makes a duplicate.
func (s *Server) OfferABHACreation() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.creating = true
}

// OTP returns the one-time password that was sent last, as the person reads it on the phone; "" if none was sent.
func (s *Server) OTP() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.gateway.otps); n > 0 {
		return s.gateway.otps[n-1]
	}
	return ""
}

// ExpireABHASessions ends all sessions with the ABDM gateway: calls for a patient fail with [ekacare.ErrABHASessionExpired]
// until the patient has opened another. The header X-Pt-Id or X-Partner-Pt-Id or the parameter oid names the patient. Before
// ExpireABHASessions is called the sessions of all patients are open.
func (s *Server) ExpireABHASessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.expired, s.gateway.open = true, map[string]bool{}
}

func (g *gateway) account(address string) *ABHA {
	return find(g.accounts, func(a *ABHA) bool { return strings.EqualFold(a.Address, address) })
}

func (g *gateway) all(fits func(*ABHA) bool) (list []*ABHA) {
	for _, a := range g.accounts {
		if fits(a) {
			list = append(list, a)
		}
	}
	return list
}

// refusedByABDM is an error of the gateway.
func refusedByABDM(status int, code, message string) error {
	return &failure{status, object{"code": status, "error": message, "source_error": object{"code": code, "message": message}}}
}

// startFlow begins a flow for the patient of the call and sends a password.
func (s *Server) startFlow(c *call, f *flow) (txn string) {
	f.patient = abhaPatient(c.Call)
	s.sendOTP(f)
	return s.goOn(f)
}

// goOn gives a flow its next transaction. The one before is void.
func (s *Server) goOn(f *flow) (txn string) {
	s.endFlow(f)
	txn = s.newID("txn")
	s.gateway.flows[txn] = f
	return txn
}

func (s *Server) sendOTP(f *flow) {
	s.ids++
	f.otp, f.sent = padded(100000+s.ids*7919%900000), s.clock()
	s.gateway.otps = append(s.gateway.otps, f.otp)
}

// flowOf finds the flow of a call that awaits one of the stages. It is only there for the patient for whom it was begun.
func (s *Server) flowOf(c *call, kind string, stages ...string) (*flow, error) {
	f := s.gateway.flows[str(c.object(), "txn_id")]
	if f == nil || f.kind != kind || f.patient != abhaPatient(c.Call) || !slices.Contains(stages, f.stage) {
		return nil, &failure{http.StatusBadRequest, object{"code": http.StatusBadRequest, "error": "The transaction does not await this"}}
	}
	return f, nil
}

// checkOTP takes a password. One that is too old, and a few wrong ones, end the flow.
func (s *Server) checkOTP(f *flow, body object) error {
	if s.clock().Sub(f.sent) >= otpLife {
		s.endFlow(f)
		return &failure{http.StatusBadRequest, object{"code": http.StatusBadRequest, "error": "The OTP has expired"}}
	}
	if str(body, "otp") == f.otp {
		f.otp, f.wrong = "", 0
		return nil
	}
	if f.wrong++; f.wrong >= maxWrongOTPs {
		delete(s.gateway.flows, str(body, "txn_id"))
	}
	return refusedByABDM(http.StatusBadRequest, ekacare.CodeWrongOTP, "The OTP does not match")
}

// endFlow makes the transaction of a flow void.
func (s *Server) endFlow(f *flow) {
	for txn, other := range s.gateway.flows {
		if other == f {
			delete(s.gateway.flows, txn)
		}
	}
}

func (s *Server) handleABHA() {
	s.gateway = gateway{mobiles: map[string]string{}, flows: map[string]*flow{}}
	s.handleABHALogin()
	s.handleABHARegistration()
	s.handleABHASession()
}

func (a *ABHA) shown() object {
	first, last, _ := strings.Cut(a.Name, " ")
	return object{"abha_address": a.Address, "abha_addresses": []any{a.Address}, "abha_number": a.Number, "full_name": a.Name,
		"first_name": first, "last_name": last, "mobile": a.Mobile, "kyc_verified": a.Verified}
}

func (a *ABHA) eka() object {
	return object{"oid": a.OID, "uuid": "uuid-" + a.OID, "min_token": "min-" + a.OID}
}

func summaries(accounts []*ABHA) []any {
	list := []any{}
	for _, a := range accounts {
		verified := "PENDING"
		if a.Verified {
			verified = "VERIFIED"
		}
		list = append(list, object{"abha_address": a.Address, "name": a.Name, "kyc_verified": verified})
	}
	return list
}

func hint(mobile string) string { return "OTP sent to ******" + mobile[max(0, len(mobile)-4):] }

// loggedIn is the answer that ends a flow.
func loggedIn(a *ABHA) object {
	return object{"skip_state": ekacare.ABHASkipStateEnd, "profile": a.shown(), "eka": a.eka()}
}

// withTokens adds what registrations give.
func withTokens(answer object, a *ABHA) object {
	answer["token"], answer["refresh_token"] = "gateway-token-of-"+a.OID, "gateway-refresh-of-"+a.OID
	return answer
}
