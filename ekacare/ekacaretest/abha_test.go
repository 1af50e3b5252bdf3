package ekacaretest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/oapi-codegen/nullable"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

const (
	aadhaar = "123412341234"
	mobile  = "9876543210"
)

// withAccounts has two accounts of one person.
func withAccounts(t *testing.T) (*ekacaretest.Server, *ekacare.Client) {
	t.Helper()
	srv, c := setup(t)
	srv.AddABHA(ekacaretest.ABHA{Address: "asha@abdm", Number: "12-3456-7890-1234", Name: "Asha Rao", Mobile: mobile,
		Aadhaar: aadhaar, OID: "oid-asha", Verified: true})
	srv.AddABHA(ekacaretest.ABHA{
		Address: "asha2@abdm", Number: "12-3456-7890-1235", Name: "Asha Rao", Mobile: mobile, Aadhaar: aadhaar, OID: "oid-asha",
	})
	return srv, c
}

func by(method ekacare.ABHALoginMethod, identifier string) *ekacare.ABHALoginInit {
	return &ekacare.ABHALoginInit{Method: &method, Identifier: &identifier}
}

func TestABHALoginByEachMethod(t *testing.T) {
	srv, c := withAccounts(t)
	for method, identifier := range map[ekacare.ABHALoginMethod]string{
		ekacare.ABHALoginMethodPHRAddress: "asha@abdm",
		ekacare.ABHALoginMethodABHANumber: "12345678901234",
	} {
		login := must(c.ABHALogin.Begin(t.Context(), by(method, identifier)))(t)
		next := must(login.Verify(t.Context(), srv.OTP()))(t)
		if next.Done == nil || next.Done.Profile.ABHAAddress != "asha@abdm" || next.Done.Eka.OID != "oid-asha" {
			t.Errorf("%s: %+v", method, next)
		}
		documented(t, next.Done.Profile)
	}
	for method, identifier := range map[ekacare.ABHALoginMethod]string{
		ekacare.ABHALoginMethodMobile: mobile, ekacare.ABHALoginMethodAadhaarNumber: aadhaar,
	} {
		login := must(c.ABHALogin.Begin(t.Context(), by(method, identifier)))(t)
		if login.Hint != "OTP sent to ******3210" {
			t.Errorf("hint %q", login.Hint)
		}
		next := must(login.Verify(t.Context(), srv.OTP()))(t)
		if next.Select == nil || len(next.Select.Profiles) != 2 {
			t.Fatalf("%s: %+v", method, next)
		}
		if account := must(next.Select.Choose(t.Context(), "asha2@abdm"))(t); account.Profile.ABHAAddress != "asha2@abdm" {
			t.Errorf("%s: account %v", method, account.Profile.ABHAAddress)
		}
	}
	found := must(c.ABHAProfile.Search(t.Context(), &ekacare.ABHAProfileQuery{Mobile: mobile}))(t)
	search := by(ekacare.ABHALoginMethodSearch, "1")
	search.TxnID = &found.TxnID
	next := must(must(c.ABHALogin.Begin(t.Context(), search))(t).Verify(t.Context(), srv.OTP()))(t)
	if len(found.Profiles) != 2 || *found.Profiles[1].Index != 1 || next.Done.Profile.ABHAAddress != "asha2@abdm" {
		t.Errorf("found %+v, then %+v", found.Profiles, next)
	}
	for _, unknown := range []*ekacare.ABHALoginInit{
		by(ekacare.ABHALoginMethodPHRAddress, "nobody@abdm"), by(ekacare.ABHALoginMethodABHANumber, "99999999999999"),
	} {
		_, err := c.ABHALogin.Begin(t.Context(), unknown)
		refused(t, err, 404, ekacare.CodeABDMUserNotFound)
	}
	methods := must(c.ABHALogin.ListMethods(t.Context(), &ekacare.ABHALoginMethodsQuery{ABHAAddress: new("asha@abdm")}))(t)
	if len(methods.AuthMethods) != 2 || methods.Mobile != "******3210" {
		t.Errorf("methods %+v", methods)
	}
}

func TestABHALoginWithoutAnAccountCreatesOne(t *testing.T) {
	srv, c := setup(t)
	profile := &ekacare.ABHAProfileInput{FirstName: "Asha", LastName: nullable.NewNullableWithValue("Rao"), Gender: ekacare.GenderFemale,
		DayOfBirth: 1, MonthOfBirth: 2, YearOfBirth: 1990, Pincode: "560049"}
	next := must(must(c.ABHALogin.Begin(t.Context(), by(ekacare.ABHALoginMethodMobile, mobile)))(t).Verify(t.Context(), srv.OTP()))(t)
	names := must(next.CreateByMobile.Suggest(t.Context(), profile))(t)
	account := must(next.CreateByMobile.Create(t.Context(), names[0], profile))(t)
	if account.Profile.FullName != "Asha Rao" || account.Profile.ABHAAddress != "asha.abha@abdm" || account.Token == "" {
		t.Errorf("account %+v", account.Profile)
	}
	next = must(must(c.ABHALogin.Begin(t.Context(),
		by(ekacare.ABHALoginMethodAadhaarNumber, aadhaar)))(t).Verify(t.Context(), srv.OTP()))(t)
	must(next.CreateByAadhaar.Create(t.Context(), "asha@abdm"))(t)
	if writes(srv) != "ABHARegistration.MobileCreate ABHARegistration.AadhaarCreate" {
		t.Errorf("wrote %s", writes(srv))
	}
	exists := must(c.ABHARegistration.CheckAddress(t.Context(), &ekacare.ABHACheckAddress{ABHAAddress: "asha@abdm"}))(t)
	if !*exists.Exists {
		t.Error("the address is free")
	}
}

func TestABHARegistrationByAadhaarConfirmsAnotherMobileNumber(t *testing.T) {
	srv, c := setup(t)
	srv.LinkAadhaar(aadhaar, mobile)
	otp := must(c.ABHARegistration.BeginAadhaar(t.Context(), aadhaar))(t)
	if _, err := otp.Verify(t.Context(), mobile, "000000"); !errors.Is(err, ekacare.ErrWrongOTP) {
		t.Fatalf("error %v", err)
	}
	first := srv.OTP()
	must(otp.Resend(t.Context()))(t)
	if _, err := otp.Verify(t.Context(), mobile, first); !errors.Is(err, ekacare.ErrWrongOTP) {
		t.Fatalf("the password before the last was taken: %v", err)
	}
	next := must(otp.Verify(t.Context(), "9000000001", srv.OTP()))(t)
	must(next.ConfirmMobile.Resend(t.Context()))(t)
	next = must(next.ConfirmMobile.Verify(t.Context(), srv.OTP()))(t)
	if names := must(next.Create.Suggest(t.Context()))(t); len(names) != 3 {
		t.Errorf("suggested %v", names)
	}
	must(next.Create.Create(t.Context(), "asha@abdm"))(t)

	next = must(must(c.ABHARegistration.BeginAadhaar(t.Context(), aadhaar))(t).Verify(t.Context(), mobile, srv.OTP()))(t)
	if len(next.Select.Profiles) != 1 {
		t.Fatalf("next %+v", next)
	}
	_, err := next.Select.Create(t.Context(), "asha@abdm")
	refused(t, err, 400, ekacare.CodeABDMAddressExists)
	account := must(next.Select.Choose(t.Context(), "asha@abdm"))(t)
	if account.Token == "" || account.Profile.Mobile != "9000000001" {
		t.Errorf("account %+v", account.Profile)
	}
	if writes(srv) != "ABHARegistration.AadhaarCreate" {
		t.Errorf("wrote %s", writes(srv))
	}
}

func TestABHARegistrationByMobileFindsAccounts(t *testing.T) {
	srv, c := withAccounts(t)
	otp := must(c.ABHARegistration.BeginMobile(t.Context(), mobile))(t)
	must(otp.Resend(t.Context()))(t)
	next := must(otp.Verify(t.Context(), srv.OTP()))(t)
	if account := must(next.Select.Choose(t.Context(), "asha@abdm"))(t); account.Profile.Mobile != mobile {
		t.Errorf("account %+v", account.Profile)
	}
}

func TestABHAFlowsEndAfterThreeWrongPasswordsAndRefuseOldTransactions(t *testing.T) {
	_, c := withAccounts(t)
	login := must(c.ABHALogin.Begin(t.Context(), by(ekacare.ABHALoginMethodMobile, mobile)))(t)
	for range 3 {
		_, err := login.Verify(t.Context(), "000000")
		refused(t, err, 400, ekacare.CodeWrongOTP)
	}
	_, err := login.Verify(t.Context(), "000000")
	refused(t, err, 400, "")

	sent := must(c.ABHARegistration.MobileInit(t.Context(), &ekacare.ABHAMobileInit{MobileNumber: mobile}))(t)
	must(c.ABHARegistration.MobileResend(t.Context(), &ekacare.ABHAResendOTP{TxnID: sent.TxnID}))(t)
	_, err = c.ABHARegistration.MobileVerify(t.Context(), &ekacare.ABHAOTPVerify{TxnID: sent.TxnID, OTP: "123456"})
	refused(t, err, 400, "")
	_, err = c.ABHALogin.Login(t.Context(), &ekacare.ABHALoginChoice{TxnID: &sent.TxnID, PHRAddress: new("asha@abdm")})
	refused(t, err, 400, "")
}

func TestABHASessionsExpireOnCommandAndForEachPatientAlone(t *testing.T) {
	srv, c := withAccounts(t)
	asha, other := c.For(ekacare.Identity{PatientID: "oid-asha"}), c.For(ekacare.Identity{PatientID: "oid-other"})
	read := func(c *ekacare.Client) error { _, err := c.ABHAProfile.Get(t.Context(), nil); return err }
	if err := read(asha); err != nil {
		t.Fatal(err)
	}
	srv.ExpireABHASessions()
	if err := read(asha); !errors.Is(err, ekacare.ErrABHASessionExpired) {
		t.Fatalf("error %v", err)
	}
	asked := 0
	keeper := asha.ABHASession.Keep("asha@abdm", func(context.Context) (string, error) { asked++; return srv.OTP(), nil })
	for range 2 {
		if err := keeper.Run(t.Context(), func(context.Context) error { return read(asha) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := keeper.Ensure(t.Context()); err != nil || asked != 1 || keeper.Tokens().Token == "" {
		t.Errorf("asked %d times, error %v", asked, err)
	}
	if err := read(other); !errors.Is(err, ekacare.ErrABHASessionExpired) {
		t.Errorf("the session of another was opened too: %v", err)
	}
	// Calls that are for no patient go through.
	must(c.ABHAProfile.Search(t.Context(), &ekacare.ABHAProfileQuery{Mobile: mobile}))(t)
	must(c.ABHALogin.Begin(t.Context(), by(ekacare.ABHALoginMethodMobile, mobile)))(t)
	_, err := c.ABHASession.Begin(t.Context(), "nobody@abdm")
	refused(t, err, 404, ekacare.CodeABDMUserNotFound)

	srv.ExpireABHASessions()
	if err := keeper.Ensure(t.Context()); err != nil || asked != 2 {
		t.Errorf("asked %d times, error %v", asked, err)
	}
}

func TestABHACreationWhoseAnswerGotLostIsNotSentAgain(t *testing.T) {
	srv, c := setup(t)
	next := must(must(c.ABHARegistration.BeginAadhaar(t.Context(), aadhaar))(t).Verify(t.Context(), mobile, srv.OTP()))(t)
	srv.Fail(ekacaretest.Fault{Operation: "ABHARegistration.AadhaarCreate", Reset: true, AfterWork: true})
	_, err := next.Create.Create(t.Context(), "asha@abdm")
	if e := new(caremux.Error); !errors.As(err, &e) || !e.MaybeApplied() {
		t.Fatalf("error %v", err)
	}
	_, err = next.Create.Create(t.Context(), "asha@abdm")
	if !errors.As(err, new(*ekacare.ABHAStepError)) || count(srv, "ABHARegistration.AadhaarCreate") != 1 {
		t.Errorf("error %v", err)
	}
	login := must(c.ABHALogin.Begin(t.Context(), by(ekacare.ABHALoginMethodPHRAddress, "asha@abdm")))(t)
	must(login.Verify(t.Context(), srv.OTP()))(t)
}

// "When a login or registration step answers skip_state: abha_create and abha_profiles is not empty, accounts exist: use the auto-login
// operation for one of them in place of making a duplicate."
func TestAccountsThatExistAreLoggedInToInPlaceOfADuplicate(t *testing.T) {
	t.Parallel()
	type choice interface {
		Choose(ctx context.Context, address string, opts ...caremux.RequestOption) (*ekacare.ABHAAccount, error)
	}
	byAadhaar := func(t *testing.T, s *ekacare.ABHAAadhaarSelect, c *ekacare.ABHAAadhaarCreate) choice {
		if s == nil || c != nil || len(s.Profiles) != 2 {
			t.Fatalf("select %v, create %v", s, c)
		}
		return s
	}
	byMobile := func(t *testing.T, s *ekacare.ABHAMobileSelect, c *ekacare.ABHAMobileCreate) choice {
		if s == nil || c != nil || len(s.Profiles) != 2 {
			t.Fatalf("select %v, create %v", s, c)
		}
		return s
	}
	login := func(method ekacare.ABHALoginMethod,
		identifier string) func(*testing.T, *ekacaretest.Server, *ekacare.Client) *ekacare.ABHALoginNext {
		return func(t *testing.T, srv *ekacaretest.Server, c *ekacare.Client) *ekacare.ABHALoginNext {
			return must(must(c.ABHALogin.Begin(t.Context(), by(method, identifier)))(t).Verify(t.Context(), srv.OTP()))(t)
		}
	}
	for name, tt := range map[string]struct {
		begin func(*testing.T, *ekacaretest.Server, *ekacare.Client) choice
		calls string
	}{
		"login by Aadhaar": {func(t *testing.T, srv *ekacaretest.Server, c *ekacare.Client) choice {
			next := login(ekacare.ABHALoginMethodAadhaarNumber, aadhaar)(t, srv, c)
			return byAadhaar(t, next.SelectByAadhaar, next.CreateByAadhaar)
		}, "ABHARegistration.AadhaarAutoLogin"},
		"login by mobile number": {func(t *testing.T, srv *ekacaretest.Server, c *ekacare.Client) choice {
			next := login(ekacare.ABHALoginMethodMobile, mobile)(t, srv, c)
			return byMobile(t, next.SelectByMobile, next.CreateByMobile)
		}, "ABHALogin.Login"},
		"registration by Aadhaar": {func(t *testing.T, srv *ekacaretest.Server, c *ekacare.Client) choice {
			otp := must(c.ABHARegistration.BeginAadhaar(t.Context(), aadhaar))(t)
			next := must(otp.Verify(t.Context(), mobile, srv.OTP()))(t)
			return byAadhaar(t, next.Select, next.Create)
		}, "ABHARegistration.AadhaarAutoLogin"},
		"registration by mobile number": {func(t *testing.T, srv *ekacaretest.Server, c *ekacare.Client) choice {
			otp := must(c.ABHARegistration.BeginMobile(t.Context(), mobile))(t)
			next := must(otp.Verify(t.Context(), srv.OTP()))(t)
			return byMobile(t, next.Select, next.Create)
		}, "ABHALogin.Login"},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := withAccounts(t)
			srv.OfferABHACreation()
			account := must(tt.begin(t, srv, c).Choose(t.Context(), "asha2@abdm"))(t)
			if account.Profile.ABHAAddress != "asha2@abdm" || account.State != ekacare.ABHASkipStateEnd {
				t.Errorf("account %s in state %s", account.Profile.ABHAAddress, account.State)
			}
			if count(srv, tt.calls) != 1 || count(srv, "ABHARegistration.AadhaarCreate")+count(srv, "ABHARegistration.MobileCreate") != 0 {
				t.Errorf("%s was called %d times", tt.calls, count(srv, tt.calls))
			}
		})
	}
	t.Run("another account is created on request alone", func(t *testing.T) {
		srv, c := withAccounts(t)
		srv.OfferABHACreation()
		next := login(ekacare.ABHALoginMethodAadhaarNumber, aadhaar)(t, srv, c)
		account := must(next.SelectByAadhaar.Create(t.Context(), "asha3@abdm"))(t)
		if account.Profile.ABHAAddress != "asha3@abdm" || count(srv, "ABHARegistration.AadhaarCreate") != 1 {
			t.Errorf("account %s", account.Profile.ABHAAddress)
		}
	})
}
