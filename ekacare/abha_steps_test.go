package ekacare_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

const (
	testAadhaar = "123412341234"
	testMobile  = "9876543210"
	testOTP     = "135790"
	testTxn     = "txn-s3cret"

	sentTxn       = `{"txn_id":"txn-s3cret","hint":"sent to ******3210"}`
	doneProfile   = `"profile":{"abha_address":"asha@abdm","full_name":"Asha Rao"},"eka":{"oid":"oid-9"}`
	foundAccounts = `"abha_profiles":[{"abha_address":"asha@abdm","name":"Asha Rao"},{"abha_address":"asha2@abdm","name":"Asha Rao"}]`

	wrongPassword = `{"code":400,"error":"bad","source_error":{"code":"MIS-1013","message":"OTP does not match"}}`
)

// turn is an answer to the next request with a path that ends so.
type turn struct {
	path   string
	status int // 0 breaks the connection
	body   string
}

// scripted answers the turns in their order and complains about any other request.
func scripted(t testing.TB, turns ...turn) *network {
	t.Helper()
	t.Cleanup(func() {
		if !t.Failed() && len(turns) > 0 {
			t.Errorf("not asked for: %v", turns)
		}
	})
	var mu sync.Mutex
	return &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		if len(turns) == 0 || !strings.HasSuffix(r.URL.Path, turns[0].path) {
			t.Errorf("unexpected %s %s, left are %v", r.Method, r.URL.Path, turns)
			return reply(http.StatusTeapot, ``), nil
		}
		next := turns[0]
		turns = turns[1:]
		if next.status == 0 {
			return nil, errors.New("connection reset")
		}
		return reply(next.status, next.body), nil
	}}
}

// sentJSON checks the body of the latest request.
func (nw *network) sentJSON(t testing.TB, path, want string) {
	t.Helper()
	all := nw.requests()
	last := all[len(all)-1]
	if last.method != "POST" || !strings.HasSuffix(last.path, path) || last.body != want {
		t.Errorf("sent %s %s %s, want POST %s %s", last.method, last.path, last.body, path, want)
	}
	if last.header.Get("Authorization") != "Bearer tok" {
		t.Errorf("Authorization %q", last.header.Get("Authorization"))
	}
}

func begin(t testing.TB, nw *network, method ekacare.ABHALoginMethod, identifier string) *ekacare.ABHALoginOTP {
	t.Helper()
	step, err := nw.client(t).ABHALogin.Begin(t.Context(), &ekacare.ABHALoginInit{Method: &method, Identifier: &identifier})
	if err != nil {
		t.Fatal(err)
	}
	return step
}

// wantStep checks that a step was refused without being sent.
func wantStep(t testing.TB, err error, step ekacare.ABHAStep, reason ekacare.ABHAStepReason) {
	t.Helper()
	var e *ekacare.ABHAStepError
	if !errors.As(err, &e) || e.Step != step || e.Reason != reason {
		t.Errorf("error %v, want that %s %s", err, step, reason)
	}
}

// wantField checks that an argument was refused, without its value.
func wantField(t testing.TB, err error, field, value string) {
	t.Helper()
	var e *caremux.ArgumentError
	if !errors.As(err, &e) || e.Field != field {
		t.Fatalf("error %v, want one of %s", err, field)
	}
	if len(value) > 3 && strings.Contains(printed(err), value) {
		t.Errorf("error %v shows the value", err)
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestLoginGoesOnAsTheSkipStateSays(t *testing.T) {
	const verify = "/profile/login/verify"
	t.Run("end", func(t *testing.T) {
		nw := scripted(t, turn{
			"/profile/login/init", 200, sentTxn,
		}, turn{verify, 200, `{"skip_state":"abha_end",` + doneProfile + `,"extra":1}`})
		step := begin(t, nw, ekacare.ABHALoginMethodMobile, testMobile)
		nw.sentJSON(t, "/abdm/na/v1/profile/login/init", `{"identifier":"9876543210","method":"mobile"}`)
		if step.Hint != "sent to ******3210" {
			t.Errorf("hint %q", step.Hint)
		}
		next := must[*ekacare.ABHALoginNext](t)(step.Verify(t.Context(), testOTP))
		nw.sentJSON(t, "/abdm/na/v1/profile/login/verify", `{"otp":"135790","txn_id":"txn-s3cret"}`)
		if next.Done == nil || next.Done.Profile.FullName != "Asha Rao" || next.Done.Eka.OID != "oid-9" ||
			next.State != ekacare.ABHASkipStateEnd {
			t.Errorf("done %+v", next.Done)
		}
		if next.Select != nil || next.CreateByMobile != nil || next.CreateByAadhaar != nil {
			t.Errorf("more than one next step: %+v", next)
		}
		if !strings.Contains(string(next.Done.RawJSON()), `"extra":1`) {
			t.Errorf("JSON %s", next.Done.RawJSON())
		}
	})
	t.Run("select follows the new transaction", func(t *testing.T) {
		nw := scripted(t, turn{
			"/init", 200, sentTxn,
		}, turn{verify, 200, `{"skip_state":"abha_select","txn_id":"txn-2",` + foundAccounts + `}`},
			turn{"/profile/login/phr", 200, `{"skip_state":"abha_end",` + doneProfile + `}`})
		next := must[*ekacare.ABHALoginNext](t)(begin(t, nw, ekacare.ABHALoginMethodMobile, testMobile).Verify(t.Context(), testOTP))
		if next.Select == nil || len(next.Select.Profiles) != 2 || next.Done != nil {
			t.Fatalf("next %+v", next)
		}
		_, err := next.Select.Choose(t.Context(), "other@abdm")
		wantField(t, err, "abha_address", "other@abdm")
		account := must[*ekacare.ABHAAccount](t)(next.Select.Choose(t.Context(), "asha2@abdm"))
		nw.sentJSON(t, "/abdm/na/v1/profile/login/phr", `{"phr_address":"asha2@abdm","txn_id":"txn-2"}`)
		if account.Profile.ABHAAddress != "asha@abdm" {
			t.Errorf("account %v", account.Profile.ABHAAddress)
		}
		_, err = next.Select.Choose(t.Context(), "asha@abdm")
		wantStep(t, err, ekacare.ABHAStepLoginSelect, ekacare.ABHAStepReasonUsed)
	})
	t.Run("create, by what the login began with", func(t *testing.T) {
		for _, tt := range []struct {
			method              ekacare.ABHALoginMethod
			identifier          string
			byMobile, byAadhaar bool
		}{
			{ekacare.ABHALoginMethodMobile, testMobile, true, false},
			{ekacare.ABHALoginMethodAadhaarNumber, testAadhaar, false, true},
			{ekacare.ABHALoginMethodABHANumber, "12345678901234", false, false},
		} {
			nw := scripted(t, turn{"/init", 200, sentTxn}, turn{verify, 200, `{"skip_state":"abha_create"}`})
			next, err := begin(t, nw, tt.method, tt.identifier).Verify(t.Context(), testOTP)
			var state *ekacare.ABHAStateError
			switch {
			case !tt.byMobile && !tt.byAadhaar:
				if !errors.As(err, &state) || state.State != ekacare.ABHASkipStateCreate {
					t.Errorf("%s: error %v", tt.method, err)
				}
			case err != nil, (next.CreateByMobile != nil) != tt.byMobile, (next.CreateByAadhaar != nil) != tt.byAadhaar:
				t.Errorf("%s: next %+v, error %v", tt.method, next, err)
			}
		}
	})
	t.Run("without a state, by address", func(t *testing.T) {
		nw := scripted(t, turn{"/init", 200, sentTxn}, turn{verify, 200, `{"skip_state":""}`})
		next := must[*ekacare.ABHALoginNext](t)(begin(t, nw, ekacare.ABHALoginMethodPHRAddress, "asha@abdm").Verify(t.Context(), testOTP))
		if next.Done == nil || next.Done.Profile != nil {
			t.Errorf("next %+v", next)
		}
	})
	for _, state := range []string{"", "confirm_mobile_otp", "abha_new", "Asha Rao lives here"} {
		t.Run("cannot go on with "+state, func(t *testing.T) {
			nw := scripted(t, turn{"/init", 200, sentTxn}, turn{verify, 200, `{"skip_state":"` + state + `","txn_id":"txn-2"}`})
			step := begin(t, nw, ekacare.ABHALoginMethodMobile, testMobile)
			_, err := step.Verify(t.Context(), testOTP)
			var e *ekacare.ABHAStateError
			if !errors.As(err, &e) || string(e.State) != state || e.Response.(*ekacare.ABHALogin).TxnID != "txn-2" {
				t.Fatalf("error %v", err)
			}
			if text := printed(err); strings.Contains(text, "Asha") || strings.Contains(text, "txn-2") {
				t.Errorf("printed %s", text)
			}
			_, err = step.Verify(t.Context(), testOTP)
			wantStep(t, err, ekacare.ABHAStepLoginOTP, ekacare.ABHAStepReasonUsed)
		})
	}
}

func TestLoginBegunAgainIsTheWayToResend(t *testing.T) {
	nw := scripted(t, turn{"/init", 200, sentTxn}, turn{"/init", 200, `{"txn_id":"txn-2","hint":"again"}`},
		turn{"/verify", 200, `{"skip_state":"abha_end"}`})
	step := begin(t, nw, ekacare.ABHALoginMethodAadhaarNumber, testAadhaar)
	saved := must[ekacare.ABHASavedStep](t)(step.Save())
	if hint := must[string](t)(step.Resend(t.Context())); hint != "again" {
		t.Errorf("hint %q", hint)
	}
	nw.sentJSON(t, "/login/init", `{"identifier":"123412341234","method":"aadhaar_number"}`)
	must[*ekacare.ABHALoginNext](t)(step.Verify(t.Context(), testOTP))
	nw.sentJSON(t, "/login/verify", `{"otp":"135790","txn_id":"txn-2"}`)

	resumed := must[*ekacare.ABHALoginOTP](t)(nw.client(t).ABHALogin.ResumeOTP(saved))
	_, err := resumed.Resend(t.Context())
	wantStep(t, err, ekacare.ABHAStepLoginOTP, ekacare.ABHAStepReasonNotSaved)
}

func TestIdentifiersAreCheckedBeforeSending(t *testing.T) {
	nw := scripted(t)
	c := nw.client(t)
	if _, err := c.ABHALogin.Begin(t.Context(), nil); err.Error() != "ekacare: ABHALogin.Begin: method is required" {
		t.Errorf("error %v", err)
	}
	for _, tt := range []struct {
		method            ekacare.ABHALoginMethod
		identifier, field string
	}{
		{"", testMobile, "method"},
		{ekacare.ABHALoginMethodMobile, "", "identifier"},
		{ekacare.ABHALoginMethodMobile, "+919876543210", "identifier"},
		{ekacare.ABHALoginMethodMobile, "98765 4321", "identifier"},
		{ekacare.ABHALoginMethodAadhaarNumber, "12341234123", "identifier"},
		{ekacare.ABHALoginMethodAadhaarNumber, "1234-1234-1234", "identifier"},
		{ekacare.ABHALoginMethodABHANumber, "1234567890123", "identifier"},
		{ekacare.ABHALoginMethodABHANumber, "1234-567890-12-34", "identifier"},
		{ekacare.ABHALoginMethodPHRAddress, "asha rao@abdm", "identifier"},
		{ekacare.ABHALoginMethodPHRAddress, "asha@", "identifier"},
		{ekacare.ABHALoginMethodSearch, "first", "identifier"},
		{ekacare.ABHALoginMethodSearch, "0", "txn_id"},
	} {
		_, err := c.ABHALogin.Begin(t.Context(), &ekacare.ABHALoginInit{Method: &tt.method, Identifier: &tt.identifier})
		wantField(t, err, tt.field, tt.identifier)
	}
	_, err := c.ABHARegistration.BeginAadhaar(t.Context(), "12341234123x")
	wantField(t, err, "aadhaar_number", "12341234123x")
	_, err = c.ABHARegistration.BeginMobile(t.Context(), "987654321")
	wantField(t, err, "mobile_number", "987654321")
	_, err = c.ABHASession.Begin(t.Context(), "a b")
	wantField(t, err, "abha_address", "a b")
	if n := len(nw.requests()); n != 0 {
		t.Errorf("%d requests sent", n)
	}
}

func TestIdentifiersThatFitAreSentAsTheyAre(t *testing.T) {
	for method, identifier := range map[ekacare.ABHALoginMethod]string{
		ekacare.ABHALoginMethodABHANumber: "12-3456-7890-1234",
		ekacare.ABHALoginMethodPHRAddress: "asha.rao_1@sbx",
		"new_method":                      "whatever it wants",
	} {
		nw := scripted(t, turn{"/init", 200, sentTxn})
		begin(t, nw, method, identifier)
		nw.sentJSON(t, "/init", `{"identifier":"`+identifier+`","method":"`+string(method)+`"}`)
	}
	nw := scripted(t, turn{"/init", 200, sentTxn})
	_, err := nw.client(t).ABHALogin.Begin(t.Context(), &ekacare.ABHALoginInit{
		Method: new(ekacare.ABHALoginMethodSearch), Identifier: new("1"), TxnID: new("found"),
	})
	if err != nil {
		t.Fatal(err)
	}
	nw.sentJSON(t, "/init", `{"identifier":"1","method":"search","txn_id":"found"}`)
}

func TestPasswordsAreCheckedBeforeSendingAndLeaveTheStepAsItIs(t *testing.T) {
	nw := scripted(t, turn{"/init", 200, sentTxn}, turn{"/verify", 200, `{"skip_state":"abha_end"}`})
	step := begin(t, nw, ekacare.ABHALoginMethodMobile, testMobile)
	for _, otp := range []string{"", "123", "123456789", "12345a", "१२३४५६"} {
		_, err := step.Verify(t.Context(), otp)
		wantField(t, err, "otp", otp)
		if err.Error() != "ekacare: login_otp: otp must have 4 to 8 digits and nothing else" {
			t.Errorf("error %v", err)
		}
	}
	must[*ekacare.ABHALoginNext](t)(step.Verify(t.Context(), testOTP))
}

func TestFailedStepsAreFinalUnlessTheVendorAllowsAnotherTry(t *testing.T) {
	const done = `{"skip_state":"abha_end"}`
	for name, tt := range map[string]struct {
		status int
		body   string
		again  bool
		txn    string // of the second try
		is     error
	}{
		"wrong password": {400, wrongPassword, true, testTxn, ekacare.ErrWrongOTP},
		"wrong password, at ABDM": {
			500, `{"code":500,"error":"x","source_error":{"code":"ABDM-1035"}}`, true, testTxn, ekacare.ErrWrongOTP,
		},
		"wrong password, in a new transaction": {
			400, strings.Replace(wrongPassword, "{", `{"txn_id":"txn-2",`, 1), true, "txn-2", ekacare.ErrWrongOTP,
		},
		"too many requests": {
			500, `{"code":500,"error":"x","source_error":{"code":"ABDM-1022"}}`, true, testTxn, caremux.ErrRateLimited,
		},
		"maybe acted upon, too slow": {408, ``, false, "", nil},
		"refused":                    {400, `{"code":400,"error":"transaction expired"}`, false, "", caremux.ErrInvalid},
		"unknown":                    {404, `{"code":404}`, false, "", caremux.ErrNotFound},
		"maybe acted upon":           {500, `{"code":500}`, false, "", caremux.ErrServer},
		"lost":                       {0, ``, false, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			turns := []turn{{"/init", 200, sentTxn}, {"/verify", tt.status, tt.body}}
			if tt.again {
				turns = append(turns, turn{"/verify", 200, done})
			}
			nw := scripted(t, turns...)
			step := begin(t, nw, ekacare.ABHALoginMethodMobile, testMobile)
			_, err := step.Verify(t.Context(), testOTP)
			var e *caremux.Error
			if !errors.As(err, &e) || tt.is != nil && !errors.Is(err, tt.is) ||
				errors.Is(err, ekacare.ErrWrongOTP) != (tt.is == ekacare.ErrWrongOTP) {
				t.Fatalf("error %v", err)
			}
			if strings.Contains(printed(err), testTxn) || strings.Contains(printed(err), testOTP) {
				t.Errorf("printed %s", printed(err))
			}
			_, err = step.Verify(t.Context(), "246802")
			if !tt.again {
				wantStep(t, err, ekacare.ABHAStepLoginOTP, ekacare.ABHAStepReasonFailed)
				_, err = step.Resend(t.Context())
				wantStep(t, err, ekacare.ABHAStepLoginOTP, ekacare.ABHAStepReasonFailed)
				_, err = step.Save()
				wantStep(t, err, ekacare.ABHAStepLoginOTP, ekacare.ABHAStepReasonFailed)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			nw.sentJSON(t, "/verify", `{"otp":"246802","txn_id":"`+tt.txn+`"}`)
		})
	}
}

func TestStepIsNotLostToALoginOfTheClientThatFails(t *testing.T) {
	logins := 0
	nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/account/login"):
			if logins++; logins == 2 {
				return reply(403, `{"code":403,"error":"disabled"}`), nil
			}
			return reply(200, fmt.Sprintf(`{"access_token":"t%d","expires_in":1800}`, logins)), nil
		case strings.HasSuffix(r.URL.Path, "/init"):
			return reply(200, sentTxn), nil
		case r.Header.Get("Authorization") == "Bearer t1":
			return reply(401, ``), nil
		}
		return reply(200, `{"skip_state":"abha_end"}`), nil
	}}
	c := nw.login(t, ekacare.Credentials{ClientID: "EC_1234", ClientSecret: testSecret})
	step, err := c.ABHALogin.Begin(t.Context(), &ekacare.ABHALoginInit{
		Method: new(ekacare.ABHALoginMethodMobile), Identifier: new(testMobile),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = step.Verify(t.Context(), testOTP); !errors.Is(err, caremux.ErrForbidden) && !errors.Is(err, caremux.ErrUnauthorized) {
		t.Fatalf("error %v", err)
	}
	must[*ekacare.ABHALoginNext](t)(step.Verify(t.Context(), testOTP))
}

func TestStepCountsOnceForManyGoroutines(t *testing.T) {
	started, goOn := make(chan bool), make(chan bool)
	nw := &network{answer: func(r *http.Request, n int) (*http.Response, error) {
		if n == 1 {
			return reply(200, sentTxn), nil
		}
		started <- true
		<-goOn
		return reply(200, `{"skip_state":"abha_end"}`), nil
	}}
	step := begin(t, nw, ekacare.ABHALoginMethodMobile, testMobile)
	done := make(chan error)
	go func() {
		_, err := step.Verify(t.Context(), testOTP)
		done <- err
	}()
	<-started
	_, err := step.Verify(t.Context(), testOTP)
	wantStep(t, err, ekacare.ABHAStepLoginOTP, ekacare.ABHAStepReasonBusy)
	copied := *step
	_, err = copied.Resend(t.Context())
	wantStep(t, err, ekacare.ABHAStepLoginOTP, ekacare.ABHAStepReasonBusy)
	close(goOn)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	_, err = copied.Verify(t.Context(), testOTP)
	wantStep(t, err, ekacare.ABHAStepLoginOTP, ekacare.ABHAStepReasonUsed)
	if n := len(nw.requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

func TestStepsThatWereNotBegunSendNothing(t *testing.T) {
	for name, take := range map[string]func() error{
		"login":  func() error { _, err := new(ekacare.ABHALoginOTP).Verify(t.Context(), testOTP); return err },
		"resend": func() error { _, err := new(ekacare.ABHALoginOTP).Resend(t.Context()); return err },
		"choose": func() error { _, err := new(ekacare.ABHALoginSelect).Choose(t.Context(), "a@abdm"); return err },
		"aadhaar": func() error {
			_, err := new(ekacare.ABHAAadhaarOTP).Verify(t.Context(), testMobile, testOTP)
			return err
		},
		"mobile":  func() error { _, err := new(ekacare.ABHAMobileOTP).Verify(t.Context(), testOTP); return err },
		"confirm": func() error { _, err := new(ekacare.ABHAAadhaarMobileOTP).Verify(t.Context(), testOTP); return err },
		"create":  func() error { _, err := new(ekacare.ABHAAadhaarCreate).Create(t.Context(), "a@abdm"); return err },
		"suggest": func() error { _, err := new(ekacare.ABHAAadhaarCreate).Suggest(t.Context()); return err },
		"session": func() error { _, err := new(ekacare.ABHASessionOTP).Verify(t.Context(), testOTP); return err },
		"save":    func() error { _, err := new(ekacare.ABHASessionOTP).Save(); return err },
		"auto":    func() error { _, err := new(ekacare.ABHAAadhaarSelect).Choose(t.Context(), "a@abdm"); return err },
		"select":  func() error { _, err := new(ekacare.ABHAMobileSelect).Create(t.Context(), "a@abdm", nil); return err },
	} {
		t.Run(name, func(t *testing.T) { wantStep(t, take(), "", ekacare.ABHAStepReasonNotBegun) })
	}
}

func TestBeginningWithoutATransactionIsAnUnreadableAnswer(t *testing.T) {
	for name, start := range map[string]func(c *ekacare.Client) error{
		"login": func(c *ekacare.Client) error {
			_, err := c.ABHALogin.Begin(t.Context(), &ekacare.ABHALoginInit{
				Method: new(ekacare.ABHALoginMethodMobile), Identifier: new(testMobile),
			})
			return err
		},
		"aadhaar": func(c *ekacare.Client) error {
			_, err := c.ABHARegistration.BeginAadhaar(t.Context(), testAadhaar)
			return err
		},
		"mobile": func(c *ekacare.Client) error {
			_, err := c.ABHARegistration.BeginMobile(t.Context(), testMobile)
			return err
		},
		"session": func(c *ekacare.Client) error { _, err := c.ABHASession.Begin(t.Context(), "asha@abdm"); return err },
	} {
		err := start(scripted(t, turn{"/init", 200, `{"hint":"sent"}`}).client(t))
		if e := wantError(t, err, 200); !errors.Is(err, caremux.ErrUnreadable) || !strings.HasSuffix(e.Operation, "nit") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStepsPrintWithoutTheirContent(t *testing.T) {
	nw := scripted(t, turn{
		"/init", 200, sentTxn,
	}, turn{"/verify", 200, `{"skip_state":"abha_select","txn_id":"txn-s3cret",` + foundAccounts + `}`},
		turn{"/init", 200, sentTxn})
	otp := begin(t, nw, ekacare.ABHALoginMethodAadhaarNumber, testAadhaar)
	saved := must[ekacare.ABHASavedStep](t)(otp.Save())
	next := must[*ekacare.ABHALoginNext](t)(otp.Verify(t.Context(), testOTP))
	session := must[*ekacare.ABHASessionOTP](t)(nw.client(t).ABHASession.Begin(t.Context(), "asha@abdm"))
	account := ekacare.ABHAAccount{Token: "t0ken-s3cret", RefreshToken: "refresh-s3cret",
		Profile: &ekacare.ABHAProfile{FullName: "Asha Rao", Mobile: testMobile}}
	for name, v := range map[string]any{
		"otp": otp, "otp by value": *otp, "select": next.Select, "next": next, "saved": saved, "session": session,
		"account": account, "pointer": &account, "in a struct": struct{ A, B any }{otp, account}, "in a list": []any{saved, *session},
	} {
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("step", "v", v)
		// Programs put values into JSON on purpose; only tokens and transactions stay out of it.
		data := must[[]byte](t)(json.Marshal(v))
		if s, ok := v.(ekacare.ABHASavedStep); ok {
			data = []byte(fmt.Sprint(s))
		}
		for _, secret := range []string{"s3cret", testAadhaar, testOTP, "abha1."} {
			for _, text := range []string{printed(v), log.String(), string(data)} {
				if strings.Contains(text, secret) && (name != "in a list" || secret != "abha1.") {
					t.Errorf("%s shows %s: %s", name, secret, text)
				}
			}
		}
	}
	if got := fmt.Sprint(otp); got != "ABHA step login_otp" {
		t.Errorf("printed %q", got)
	}
	if strings.Contains(printed(account), "Asha") || strings.Contains(printed(account), testMobile) {
		t.Errorf("account printed as %s", printed(account))
	}
}
