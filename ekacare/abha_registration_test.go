package ekacare_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/oapi-codegen/nullable"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

func beginAadhaar(t testing.TB, nw *network) *ekacare.ABHAAadhaarOTP {
	t.Helper()
	step := must[*ekacare.ABHAAadhaarOTP](t)(nw.client(t).ABHARegistration.BeginAadhaar(t.Context(), testAadhaar))
	nw.sentJSON(t, "/abdm/na/v1/registration/aadhaar/init", `{"aadhaar_number":"123412341234"}`)
	return step
}

func beginMobile(t testing.TB, nw *network) *ekacare.ABHAMobileOTP {
	t.Helper()
	step := must[*ekacare.ABHAMobileOTP](t)(nw.client(t).ABHARegistration.BeginMobile(t.Context(), testMobile))
	nw.sentJSON(t, "/abdm/na/v1/registration/mobile/init", `{"mobile_number":"9876543210"}`)
	return step
}

func newProfile() *ekacare.ABHAProfileInput {
	return &ekacare.ABHAProfileInput{FirstName: "Asha", LastName: nullable.NewNullableWithValue("Rao"), Gender: ekacare.GenderFemale,
		DayOfBirth: 29, MonthOfBirth: 2, YearOfBirth: 1988, Pincode: "560049"}
}

func TestAadhaarRegistrationFromTheFirstPasswordToTheAccount(t *testing.T) {
	nw := scripted(t,
		turn{"/aadhaar/init", 200, sentTxn},
		turn{"/aadhaar/resend", 200, `{"txn_id":"txn-2","hint":"again"}`},
		turn{"/aadhaar/verify", 200, `{"skip_state":"confirm_mobile_otp","txn_id":"txn-3","hint":"sent to 3210"}`},
		turn{"/aadhaar/mobile/resend", 200, `{"txn_id":"txn-4","hint":"once more"}`},
		turn{"/aadhaar/mobile/verify", 200, `{"skip_state":"abha_create"}`},
		turn{"/registration/suggest", 200, `{"suggestions":["asha.rao","asha88"]}`},
		turn{"/aadhaar/create-phr", 400, `{"code":400,"error":"x","source_error":{"code":"ABDM-1101"}}`},
		turn{"/aadhaar/create-phr", 200, `{"skip_state":"abha_end","token":"gate","refresh_token":"re",` + doneProfile + `}`},
	)
	otp := beginAadhaar(t, nw)
	if hint := must[string](t)(otp.Resend(t.Context())); hint != "again" {
		t.Errorf("hint %q", hint)
	}
	nw.sentJSON(t, "/abdm/na/v1/registration/aadhaar/resend", `{"txn_id":"txn-s3cret"}`)

	_, err := otp.Verify(t.Context(), "98765", testOTP)
	wantField(t, err, "mobile", "98765")
	_, err = otp.Verify(t.Context(), testMobile, "one")
	wantField(t, err, "otp", "")
	next := must[*ekacare.ABHAAadhaarNext](t)(otp.Verify(t.Context(), testMobile, testOTP))
	nw.sentJSON(t, "/aadhaar/verify", `{"mobile":"9876543210","otp":"135790","txn_id":"txn-2"}`)
	if next.ConfirmMobile == nil || next.ConfirmMobile.Hint != "sent to 3210" || next.Done != nil ||
		next.Select != nil || next.Create != nil {
		t.Fatalf("next %+v", next)
	}
	_, err = otp.Verify(t.Context(), testMobile, testOTP)
	wantStep(t, err, ekacare.ABHAStepAadhaarOTP, ekacare.ABHAStepReasonUsed)

	mobile := next.ConfirmMobile
	must[string](t)(mobile.Resend(t.Context()))
	nw.sentJSON(t, "/aadhaar/mobile/resend", `{"txn_id":"txn-3"}`)
	_, err = mobile.Verify(t.Context(), "x")
	wantField(t, err, "otp", "")
	next = must[*ekacare.ABHAAadhaarNext](t)(mobile.Verify(t.Context(), testOTP))
	nw.sentJSON(t, "/aadhaar/mobile/verify", `{"otp":"135790","txn_id":"txn-4"}`)

	names := must[[]string](t)(next.Create.Suggest(t.Context()))
	all := nw.requests()
	if last := all[len(all)-1]; last.query.Get("transactionId") != "txn-4" || len(last.query) != 1 || len(names) != 2 {
		t.Errorf("asked %v, got %v", last.query, names)
	}
	_, err = next.Create.Create(t.Context(), "asha rao")
	wantField(t, err, "abha_address", "asha rao")
	_, err = next.Create.Create(t.Context(), "asha.rao")
	if e := wantError(t, err, 400); e.Code != ekacare.CodeABDMAddressExists {
		t.Errorf("error %v", err)
	}
	account := must[*ekacare.ABHAAccount](t)(next.Create.Create(t.Context(), "asha88@abdm"))
	nw.sentJSON(t, "/aadhaar/create-phr", `{"abha_address":"asha88@abdm","txn_id":"txn-4"}`)
	if account.Token != "gate" || account.RefreshToken != "re" || account.Profile.FullName != "Asha Rao" ||
		account.State != ekacare.ABHASkipStateEnd {
		t.Errorf("account %+v", *account)
	}
	_, err = next.Create.Suggest(t.Context())
	wantStep(t, err, ekacare.ABHAStepAadhaarCreate, ekacare.ABHAStepReasonUsed)
}

func TestAadhaarWithAccountsLogsInOrCreatesAnother(t *testing.T) {
	found := turn{"/aadhaar/verify", 200, `{"skip_state":"abha_select","txn_id":"txn-2",` + foundAccounts + `}`}
	t.Run("log in", func(t *testing.T) {
		nw := scripted(t, turn{"/init", 200, sentTxn}, found, turn{"/aadhaar/auto-login", 200, `{"token":"gate",` + doneProfile + `}`})
		next := must[*ekacare.ABHAAadhaarNext](t)(beginAadhaar(t, nw).Verify(t.Context(), testMobile, testOTP))
		_, err := next.Select.Choose(t.Context(), "other@abdm")
		wantField(t, err, "abha_address", "other@abdm")
		account := must[*ekacare.ABHAAccount](t)(next.Select.Choose(t.Context(), "asha@abdm"))
		nw.sentJSON(t, "/aadhaar/auto-login", `{"abha_address":"asha@abdm","txn_id":"txn-2"}`)
		if account.Token != "gate" || len(next.Select.Profiles) != 2 {
			t.Errorf("account %+v", *account)
		}
	})
	t.Run("create another", func(t *testing.T) {
		nw := scripted(t, turn{"/init", 200, sentTxn}, found, turn{"/aadhaar/create-phr", 200, `{"skip_state":"abha_end"}`})
		next := must[*ekacare.ABHAAadhaarNext](t)(beginAadhaar(t, nw).Verify(t.Context(), testMobile, testOTP))
		must[*ekacare.ABHAAccount](t)(next.Select.Create(t.Context(), "new@abdm"))
		nw.sentJSON(t, "/create-phr", `{"abha_address":"new@abdm","txn_id":"txn-2"}`)
		_, err := next.Select.Choose(t.Context(), "asha@abdm")
		wantStep(t, err, ekacare.ABHAStepAadhaarSelect, ekacare.ABHAStepReasonUsed)
	})
	t.Run("registered already", func(t *testing.T) {
		nw := scripted(t, turn{
			"/init", 200, sentTxn,
		}, turn{"/verify", 200, `{"skip_state":"abha_end","token":"gate","refresh_token":"re",` + doneProfile + `}`})
		next := must[*ekacare.ABHAAadhaarNext](t)(beginAadhaar(t, nw).Verify(t.Context(), testMobile, testOTP))
		if next.Done == nil || next.Done.Token != "gate" || next.Done.RefreshToken != "re" {
			t.Errorf("next %+v", next)
		}
	})
	for _, state := range []string{"", "abha_new"} {
		nw := scripted(t, turn{"/init", 200, sentTxn}, turn{"/verify", 200, `{"skip_state":"` + state + `"}`})
		_, err := beginAadhaar(t, nw).Verify(t.Context(), testMobile, testOTP)
		if e := new(ekacare.ABHAStateError); !errors.As(err, &e) || e.Step != ekacare.ABHAStepAadhaarOTP || string(e.State) != state {
			t.Errorf("state %q: error %v", state, err)
		}
	}
}

func TestCreationWithoutACertainAnswerIsNotRepeated(t *testing.T) {
	nw := scripted(t, turn{"/init", 200, sentTxn}, turn{"/verify", 200, `{"skip_state":"abha_create"}`}, turn{"/create-phr", 0, ""})
	next := must[*ekacare.ABHAAadhaarNext](t)(beginAadhaar(t, nw).Verify(t.Context(), testMobile, testOTP))
	_, err := next.Create.Create(t.Context(), "asha@abdm")
	if e := wantError(t, err, 0); !e.MaybeApplied() {
		t.Errorf("error %v", err)
	}
	_, err = next.Create.Create(t.Context(), "asha@abdm")
	wantStep(t, err, ekacare.ABHAStepAadhaarCreate, ekacare.ABHAStepReasonFailed)
}

func TestMobileRegistrationFromThePasswordToTheAccount(t *testing.T) {
	nw := scripted(t,
		turn{"/mobile/init", 200, sentTxn},
		turn{"/mobile/resend", 200, `{"hint":"the transaction stays"}`},
		turn{"/mobile/verify", 400, wrongPassword},
		turn{"/mobile/verify", 200, `{"skip_state":"abha_create","txn_id":"txn-2"}`},
		turn{"/registration/suggest", 200, `{"suggestions":["asha.rao"]}`},
		turn{"/mobile/create-phr", 200, `{"skip_state":"abha_end","success":true,"token":"gate","refresh_token":"re",` + doneProfile + `}`},
	)
	otp := beginMobile(t, nw)
	must[string](t)(otp.Resend(t.Context()))
	nw.sentJSON(t, "/mobile/resend", `{"txn_id":"txn-s3cret"}`)
	if _, err := otp.Verify(t.Context(), "000000"); !errors.Is(err, ekacare.ErrWrongOTP) {
		t.Fatalf("error %v", err)
	}
	_, err := otp.Verify(t.Context(), "o")
	wantField(t, err, "otp", "")
	next := must[*ekacare.ABHAMobileNext](t)(otp.Verify(t.Context(), testOTP))
	nw.sentJSON(t, "/mobile/verify", `{"otp":"135790","txn_id":"txn-s3cret"}`)

	must[[]string](t)(next.Create.Suggest(t.Context(), newProfile()))
	all := nw.requests()
	if q := all[len(all)-1].query; q.Encode() != "dob=1988-02-29&fn=Asha&ln=Rao&transactionId=txn-2" {
		t.Errorf("asked %v", q)
	}
	for field, spoil := range map[string]func(*ekacare.ABHAProfileInput){
		"profile.day_of_birth": func(p *ekacare.ABHAProfileInput) { p.YearOfBirth = 1987 },
		"profile.pincode":      func(p *ekacare.ABHAProfileInput) { p.Pincode = "56004" },
		"profile.first_name":   func(p *ekacare.ABHAProfileInput) { p.FirstName = "" },
	} {
		p := newProfile()
		spoil(p)
		_, err = next.Create.Create(t.Context(), "asha@abdm", p)
		wantField(t, err, field, "")
	}
	_, err = next.Create.Create(t.Context(), "asha@abdm", nil)
	wantField(t, err, "profile", "")
	_, err = next.Create.Suggest(t.Context(), nil)
	wantField(t, err, "profile", "")
	_, err = next.Create.Create(t.Context(), "@sbx", newProfile())
	wantField(t, err, "abha_address", "@sbx")
	account := must[*ekacare.ABHAAccount](t)(next.Create.Create(t.Context(), "asha@abdm", newProfile()))
	nw.sentJSON(t, "/abdm/na/v1/registration/mobile/create-phr",
		`{"abha_address":"asha@abdm","profile":{"day_of_birth":29,"first_name":"Asha","gender":"F",`+
			`"last_name":"Rao","month_of_birth":2,"pincode":"560049","year_of_birth":1988},"txn_id":"txn-2"}`)
	if account.Token != "gate" || account.RefreshToken != "re" || account.Eka.OID != "oid-9" {
		t.Errorf("account %+v", *account)
	}
}

func TestMobileWithAccountsLogsInOrCreatesAnother(t *testing.T) {
	found := turn{"/mobile/verify", 200, `{"skip_state":"abha_select",` + foundAccounts + `}`}
	nw := scripted(t, turn{"/init", 200, sentTxn}, found, turn{"/profile/login/phr", 200, `{"skip_state":"abha_end",` + doneProfile + `}`})
	next := must[*ekacare.ABHAMobileNext](t)(beginMobile(t, nw).Verify(t.Context(), testOTP))
	must[*ekacare.ABHAAccount](t)(next.Select.Choose(t.Context(), "asha@abdm"))
	nw.sentJSON(t, "/profile/login/phr", `{"phr_address":"asha@abdm","txn_id":"txn-s3cret"}`)

	nw = scripted(t, turn{"/init", 200, sentTxn}, found, turn{"/mobile/create-phr", 200, `{"success":false}`})
	next = must[*ekacare.ABHAMobileNext](t)(beginMobile(t, nw).Verify(t.Context(), testOTP))
	_, err := next.Select.Create(t.Context(), "new@abdm", newProfile())
	if e := wantError(t, err, 200); !errors.Is(err, caremux.ErrUnreadable) || !e.MaybeApplied() {
		t.Errorf("error %v, want that no success is no account", err)
	}

	nw = scripted(t, turn{"/init", 200, sentTxn}, turn{"/verify", 200, `{"skip_state":"abha_end","eka":{"oid":"oid-9"}}`})
	next = must[*ekacare.ABHAMobileNext](t)(beginMobile(t, nw).Verify(t.Context(), testOTP))
	if next.Done == nil || next.Done.Eka.OID != "oid-9" || next.Done.Profile != nil {
		t.Errorf("next %+v", next)
	}

	nw = scripted(t, turn{"/init", 200, sentTxn}, turn{"/verify", 200, `{"skip_state":"confirm_mobile_otp"}`})
	_, err = beginMobile(t, nw).Verify(t.Context(), testOTP)
	if e := new(ekacare.ABHAStateError); !errors.As(err, &e) || e.Step != ekacare.ABHAStepMobileOTP {
		t.Errorf("error %v", err)
	}
}

func TestStepsGoOnAfterBeingSaved(t *testing.T) {
	nw := scripted(t, turn{"/aadhaar/init", 200, sentTxn},
		turn{"/aadhaar/verify", 200, `{"skip_state":"confirm_mobile_otp"}`},
		turn{"/aadhaar/mobile/verify", 200, `{"skip_state":"abha_select",` + foundAccounts + `}`},
		turn{"/aadhaar/auto-login", 200, `{"token":"gate"}`},
		turn{"/mobile/init", 200, sentTxn}, turn{"/mobile/verify", 200, `{"skip_state":"abha_create"}`},
		turn{"/mobile/create-phr", 200, `{"token":"gate"}`},
		turn{"/login/init", 200, sentTxn}, turn{"/login/verify", 200, `{"skip_state":"abha_create"}`},
		turn{"/aadhaar/create-phr", 200, `{"token":"gate"}`},
		turn{"/mobile/init", 200, sentTxn}, turn{"/mobile/verify", 200, `{"skip_state":"abha_select",` + foundAccounts + `}`},
		turn{"/login/phr", 200, `{"skip_state":"abha_end"}`},
		turn{"/login/init", 200, sentTxn}, turn{"/login/verify", 200, `{"skip_state":"abha_select",` + foundAccounts + `}`},
		turn{"/login/phr", 200, `{"skip_state":"abha_end"}`},
		turn{"/session/init", 200, sentTxn}, turn{"/session/verify", 200, `{"token":"gate"}`},
	)
	c := nw.client(t)
	r := c.ABHARegistration
	type saver interface {
		Save() (ekacare.ABHASavedStep, error)
	}
	save := func(step saver, name ekacare.ABHAStep) ekacare.ABHASavedStep {
		t.Helper()
		saved := must[ekacare.ABHASavedStep](t)(step.Save())
		if saved.Step() != name {
			t.Errorf("saved %s, want %s", saved.Step(), name)
		}
		for _, wrong := range []ekacare.ABHASavedStep{"", "abha2.", saved[:len(saved)-3], "x" + saved, saved + "."} {
			_, err := r.ResumeAadhaarCreate(wrong)
			wantStep(t, err, ekacare.ABHAStepAadhaarCreate, ekacare.ABHAStepReasonUnknown)
		}
		return ekacare.ABHASavedStep(string(saved))
	}
	ctx := t.Context()

	aadhaar := must[*ekacare.ABHAAadhaarOTP](t)(r.BeginAadhaar(ctx, testAadhaar))
	aadhaar = must[*ekacare.ABHAAadhaarOTP](t)(r.ResumeAadhaarOTP(save(aadhaar, ekacare.ABHAStepAadhaarOTP)))
	confirm := must[*ekacare.ABHAAadhaarNext](t)(aadhaar.Verify(ctx, testMobile, testOTP)).ConfirmMobile
	confirm = must[*ekacare.ABHAAadhaarMobileOTP](t)(r.ResumeAadhaarMobileOTP(save(confirm, ekacare.ABHAStepAadhaarMobileOTP)))
	choice := must[*ekacare.ABHAAadhaarNext](t)(confirm.Verify(ctx, testOTP)).Select
	choice = must[*ekacare.ABHAAadhaarSelect](t)(r.ResumeAadhaarSelect(save(choice, ekacare.ABHAStepAadhaarSelect)))
	if len(choice.Profiles) != 2 || choice.Profiles[1].ABHAAddress != "asha2@abdm" || choice.Profiles[1].Name != "" {
		t.Errorf("profiles %v", choice.Profiles)
	}
	_, err := choice.Choose(ctx, "other@abdm")
	wantField(t, err, "abha_address", "other@abdm")
	must[*ekacare.ABHAAccount](t)(choice.Choose(ctx, "asha@abdm"))

	mobile := must[*ekacare.ABHAMobileOTP](t)(r.BeginMobile(ctx, testMobile))
	mobile = must[*ekacare.ABHAMobileOTP](t)(r.ResumeMobileOTP(save(mobile, ekacare.ABHAStepMobileOTP)))
	create := must[*ekacare.ABHAMobileNext](t)(mobile.Verify(ctx, testOTP)).Create
	create = must[*ekacare.ABHAMobileCreate](t)(r.ResumeMobileCreate(save(create, ekacare.ABHAStepMobileCreate)))
	must[*ekacare.ABHAAccount](t)(create.Create(ctx, "asha@abdm", newProfile()))

	// How the login began is saved too: it decides how the account is created.
	login := must[*ekacare.ABHALoginOTP](t)(c.ABHALogin.Begin(ctx, &ekacare.ABHALoginInit{
		Method: new(ekacare.ABHALoginMethodAadhaarNumber), Identifier: new(testAadhaar),
	}))
	saved := save(login, ekacare.ABHAStepLoginOTP)
	login = must[*ekacare.ABHALoginOTP](t)(c.ABHALogin.ResumeOTP(saved))
	byAadhaar := must[*ekacare.ABHALoginNext](t)(login.Verify(ctx, testOTP)).CreateByAadhaar
	byAadhaar = must[*ekacare.ABHAAadhaarCreate](t)(r.ResumeAadhaarCreate(save(byAadhaar, ekacare.ABHAStepAadhaarCreate)))
	must[*ekacare.ABHAAccount](t)(byAadhaar.Create(ctx, "asha@abdm"))

	mobile = must[*ekacare.ABHAMobileOTP](t)(r.BeginMobile(ctx, testMobile))
	accounts := must[*ekacare.ABHAMobileNext](t)(mobile.Verify(ctx, testOTP)).Select
	accounts = must[*ekacare.ABHAMobileSelect](t)(r.ResumeMobileSelect(save(accounts, ekacare.ABHAStepMobileSelect)))
	must[*ekacare.ABHAAccount](t)(accounts.Choose(ctx, "asha@abdm"))

	login = must[*ekacare.ABHALoginOTP](t)(c.ABHALogin.Begin(ctx, &ekacare.ABHALoginInit{
		Method: new(ekacare.ABHALoginMethodMobile), Identifier: new(testMobile),
	}))
	selection := must[*ekacare.ABHALoginNext](t)(login.Verify(ctx, testOTP)).Select
	selection = must[*ekacare.ABHALoginSelect](t)(c.ABHALogin.ResumeSelect(save(selection, ekacare.ABHAStepLoginSelect)))
	must[*ekacare.ABHAAccount](t)(selection.Choose(ctx, "asha2@abdm"))
	nw.sentJSON(t, "/login/phr", `{"phr_address":"asha2@abdm","txn_id":"txn-s3cret"}`)

	session := must[*ekacare.ABHASessionOTP](t)(c.ABHASession.Begin(ctx, "asha@abdm"))
	session = must[*ekacare.ABHASessionOTP](t)(c.ABHASession.ResumeOTP(save(session, ekacare.ABHAStepSessionOTP)))
	wantStep(t, session.Resend(ctx), ekacare.ABHAStepSessionOTP, ekacare.ABHAStepReasonNotSaved)
	must[*ekacare.ABHASessionTokens](t)(session.Verify(ctx, testOTP))

	for name, resume := range map[string]func() error{
		"login":    func() error { _, err := c.ABHALogin.ResumeSelect(saved); return err },
		"otp":      func() error { _, err := c.ABHALogin.ResumeOTP(""); return err },
		"aadhaar":  func() error { _, err := r.ResumeAadhaarOTP(saved); return err },
		"confirm":  func() error { _, err := r.ResumeAadhaarMobileOTP(saved); return err },
		"select":   func() error { _, err := r.ResumeAadhaarSelect(saved); return err },
		"mobile":   func() error { _, err := r.ResumeMobileOTP(saved); return err },
		"accounts": func() error { _, err := r.ResumeMobileSelect(saved); return err },
		"create":   func() error { _, err := r.ResumeMobileCreate(saved); return err },
		"session":  func() error { _, err := c.ABHASession.ResumeOTP(saved); return err },
	} {
		var e *ekacare.ABHAStepError
		if err := resume(); !errors.As(err, &e) || e.Reason != ekacare.ABHAStepReasonUnknown {
			t.Errorf("%s resumed another step: %v", name, err)
		}
	}
	for _, secret := range []string{testAadhaar, testMobile, testOTP} {
		if strings.Contains(decoded(t, saved), secret) {
			t.Errorf("the saved text holds %s", secret)
		}
	}
}

func decoded(t testing.TB, saved ekacare.ABHASavedStep) string {
	t.Helper()
	return string(must[[]byte](t)(base64.RawURLEncoding.DecodeString(strings.TrimPrefix(string(saved), "abha2."))))
}

func TestHugeSavedTextsAreRefused(t *testing.T) {
	for size, ok := range map[int]bool{10: true, 50_000: false} {
		data := `{"s":"login_otp","o":"x","t":"` + strings.Repeat("x", size) + `"}`
		saved := ekacare.ABHASavedStep("abha2." + base64.RawURLEncoding.EncodeToString([]byte(data)))
		if _, err := always(200, "").client(t).ABHALogin.ResumeOTP(saved); (err == nil) != ok {
			t.Errorf("%d bytes: error %v", size, err)
		}
	}
}

// FuzzSavedStep resumes what outsiders may have put into a cookie.
func FuzzSavedStep(f *testing.F) {
	nw := always(200, sentTxn)
	c := nw.client(f)
	step := begin(f, nw, ekacare.ABHALoginMethodMobile, testMobile)
	f.Add(string(must[ekacare.ABHASavedStep](f)(step.Save())))
	f.Add("abha2.e30")
	f.Add("abha2.bnVsbA")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		saved := ekacare.ABHASavedStep(text)
		if len(text) > 32 && strings.Contains(printed(saved), text) {
			t.Errorf("printed %s", printed(saved))
		}
		resumed, err := c.ABHALogin.ResumeOTP(saved)
		if err != nil {
			wantStep(t, err, ekacare.ABHAStepLoginOTP, ekacare.ABHAStepReasonUnknown)
			return
		}
		if saved.Step() != ekacare.ABHAStepLoginOTP {
			t.Errorf("resumed %q", saved.Step())
		}
		again := must[ekacare.ABHASavedStep](t)(resumed.Save())
		if twice := must[*ekacare.ABHALoginOTP](t)(c.ABHALogin.ResumeOTP(again)); must[ekacare.ABHASavedStep](t)(twice.Save()) != again {
			t.Error("saving a resumed step changes it")
		}
	})
}
