package ekacare_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

const expiredSession = `{"code":491,"error":"session expired"}`

// asked answers with the test's password and counts.
type asked struct {
	count int
	err   error
}

func (a *asked) ask(context.Context) (string, error) {
	a.count++
	return testOTP, a.err
}

func openedSession() []turn {
	return []turn{{"/abdm/v1/session/init", 200, sentTxn}, {"/abdm/v1/session/verify", 200, `{"token":"gate","refresh_token":"re"}`}}
}

func TestSessionIsBegunAndVerified(t *testing.T) {
	nw := scripted(t, turn{"/session/init", 200, sentTxn}, turn{"/session/init", 200, `{"txn_id":"txn-2"}`},
		turn{"/session/verify", 400, wrongPassword}, turn{"/session/verify", 200, `{"token":"gate","refresh_token":"re"}`})
	c := nw.client(t).For(ekacare.Identity{PatientID: "oid-9"})
	step := must[*ekacare.ABHASessionOTP](t)(c.ABHASession.Begin(t.Context(), "asha@abdm"))
	nw.sentJSON(t, "/abdm/v1/session/init", `{"abha_address":"asha@abdm"}`)
	if err := step.Resend(t.Context()); err != nil {
		t.Fatal(err)
	}
	nw.sentJSON(t, "/session/init", `{"abha_address":"asha@abdm"}`)
	_, err := step.Verify(t.Context(), "12")
	wantField(t, err, "otp", "")
	if _, err := step.Verify(t.Context(), "000000"); !errors.Is(err, ekacare.ErrWrongOTP) {
		t.Fatalf("error %v", err)
	}
	tokens := must[*ekacare.ABHASessionTokens](t)(step.Verify(t.Context(), testOTP))
	nw.sentJSON(t, "/abdm/v1/session/verify", `{"otp":"135790","txn_id":"txn-2"}`)
	if tokens.Token != "gate" || tokens.RefreshToken != "re" {
		t.Error("the tokens got lost")
	}
	for _, r := range nw.requests() {
		if r.header.Get("X-Pt-Id") != "oid-9" {
			t.Errorf("%s was sent for %q", r.path, r.header.Get("X-Pt-Id"))
		}
	}
	_, err = step.Verify(t.Context(), testOTP)
	wantStep(t, err, ekacare.ABHAStepSessionOTP, ekacare.ABHAStepReasonUsed)
}

func TestExpiredSessionIsRenewedOnceAndTheCallMadeAgain(t *testing.T) {
	const qr = "/abdm/v1/profile/asset/qr"
	expired := turn{qr, 491, expiredSession}
	for name, tt := range map[string]struct {
		turns []turn
		asked int
		ask   error
		is    []error
		ok    bool
	}{
		"open":          {[]turn{{qr, 200, anyRecord}}, 0, nil, nil, true},
		"another error": {[]turn{{qr, 404, `{}`}}, 0, nil, []error{caremux.ErrNotFound}, false},
		"expired":       {append([]turn{expired}, append(openedSession(), turn{qr, 200, anyRecord})...), 1, nil, nil, true},
		"expired twice": {
			append([]turn{expired}, append(openedSession(), expired)...), 1, nil, []error{ekacare.ErrABHASessionExpired}, false,
		},
		"no password": {[]turn{expired, openedSession()[0]}, 1, errors.ErrUnsupported,
			[]error{errors.ErrUnsupported, ekacare.ErrABHASessionExpired}, false},
		"wrong password": {[]turn{expired, openedSession()[0], {"/verify", 400, wrongPassword}}, 1, nil,
			[]error{ekacare.ErrWrongOTP, ekacare.ErrABHASessionExpired}, false},
		"no session": {
			[]turn{expired, {"/session/init", 403, ``}}, 0, nil, []error{caremux.ErrForbidden, ekacare.ErrABHASessionExpired}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			nw := scripted(t, tt.turns...)
			c := nw.client(t)
			patient := &asked{err: tt.ask}
			keeper := c.ABHASession.Keep("asha@abdm", patient.ask)
			err := keeper.Run(t.Context(), func(ctx context.Context) error {
				_, err := c.ABHAProfile.GetQR(ctx, nil)
				return err
			})
			if (err == nil) != tt.ok || patient.count != tt.asked {
				t.Errorf("error %v, asked %d times", err, patient.count)
			}
			for _, want := range tt.is {
				if !errors.Is(err, want) {
					t.Errorf("error %v, want one that matches %v", err, want)
				}
			}
			if tokens := keeper.Tokens(); (tokens != nil) != (nw.to("/session/verify") > 0 && !errors.Is(err, ekacare.ErrWrongOTP)) {
				t.Errorf("tokens %v", tokens != nil)
			}
		})
	}
}

func TestCallThatMayHaveHadAnEffectIsNotMadeAgain(t *testing.T) {
	const path = "/abdm/v1/profile/kyc/init"
	nw := scripted(t, turn{path, 502, ``}, turn{path, 491, expiredSession})
	c := nw.client(t, caremux.WithRetry(caremux.RetryPolicy{MinWait: 1, MaxWait: 2}))
	patient := &asked{}
	err := c.ABHASession.Keep("asha@abdm", patient.ask).Run(t.Context(), func(ctx context.Context) error {
		body := &ekacare.ABHAKYCInit{Method: ekacare.ABHAKYCMethodAadhaar, Identifier: testAadhaar}
		_, err := c.ABHAProfile.KYCInit(ctx, nil, body, caremux.WithIdempotent())
		return err
	})
	if e := wantError(t, err, 491); !e.MaybeApplied() || !errors.Is(err, ekacare.ErrABHASessionExpired) || patient.count != 0 {
		t.Errorf("error %v, asked %d times", err, patient.count)
	}
}

func TestSessionIsOpenedOnlyIfItIsClosed(t *testing.T) {
	for name, tt := range map[string]struct {
		status turn
		asked  int
		ok     bool
	}{
		"open":         {turn{"/session/status", 200, `{"logged_in":true}`}, 0, true},
		"closed":       {turn{"/session/status", 200, `{"logged_in":false}`}, 1, true},
		"not told":     {turn{"/session/status", 200, `{"hpr_id":"asha@hpr.abdm"}`}, 1, true},
		"empty":        {turn{"/session/status", 200, `{}`}, 0, false},
		"expired":      {turn{"/session/status", 491, expiredSession}, 1, true},
		"out of order": {turn{"/session/status", 403, ``}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			turns := []turn{tt.status}
			if tt.asked > 0 {
				turns = append(turns, openedSession()...)
			}
			patient := &asked{}
			err := scripted(t, turns...).client(t).ABHASession.Keep("asha@abdm", patient.ask).Ensure(t.Context())
			if (err == nil) != tt.ok || patient.count != tt.asked {
				t.Errorf("error %v, asked %d times", err, patient.count)
			}
		})
	}
}

// TestCallsShareOneRenewal lets ten calls fail before one of them may renew the session.
func TestCallsShareOneRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		open := false
		nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			switch {
			case strings.HasSuffix(r.URL.Path, "/session/init"):
				return reply(200, sentTxn), nil
			case strings.HasSuffix(r.URL.Path, "/session/verify"):
				open = true
				return reply(200, `{"token":"gate"}`), nil
			case open:
				return reply(200, anyRecord), nil
			}
			return reply(491, expiredSession), nil
		}}
		c := nw.client(t)
		answered := make(chan string)
		keeper := c.ABHASession.Keep("asha@abdm", func(context.Context) (string, error) { return <-answered, nil })
		call := func(ctx context.Context) error { _, err := c.ABHAProfile.GetQR(ctx, nil); return err }
		errs := make(chan error, 10)
		for range 10 {
			go func() { errs <- keeper.Run(t.Context(), call) }()
		}
		impatient, cancel := context.WithCancel(t.Context())
		gone := make(chan error)
		synctest.Wait() // one asks the patient, nine wait for it
		go func() { gone <- keeper.Run(impatient, call) }()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) || !errors.Is(err, ekacare.ErrABHASessionExpired) {
			t.Errorf("the one that did not wait got %v", err)
		}
		answered <- testOTP
		for range 10 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if n := nw.to("/session/init"); n != 1 {
			t.Errorf("%d sessions begun", n)
		}
	})
}

// TestCallsShareARenewalThatFails lets the patient mistype the password: the calls that waited for it do not send the
// patient one password after the other, while the next call does.
func TestCallsShareARenewalThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/session/init"):
				return reply(200, sentTxn), nil
			case strings.HasSuffix(r.URL.Path, "/session/verify"):
				return reply(400, `{"code":400,"error":"x","source_error":{"code":"MIS-1013","message":"x"}}`), nil
			}
			return reply(491, expiredSession), nil
		}}
		c := nw.client(t)
		answered := make(chan string)
		keeper := c.ABHASession.Keep("asha@abdm", func(ctx context.Context) (string, error) {
			select {
			case otp := <-answered:
				return otp, nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		})
		call := func(ctx context.Context) error { _, err := c.ABHAProfile.GetQR(ctx, nil); return err }
		errs := make(chan error, 10)
		leader, cancel := context.WithCancel(t.Context())
		gone := make(chan error)
		go func() { gone <- keeper.Run(leader, call) }()
		synctest.Wait()
		for range 10 {
			go func() { errs <- keeper.Run(t.Context(), call) }()
		}
		synctest.Wait()
		cancel() // is its own affair: one of the ten asks for the same password
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("the one that was canceled got %v", err)
		}
		answered <- testOTP
		for range 10 {
			if err := <-errs; !errors.Is(err, ekacare.ErrWrongOTP) || !errors.Is(err, ekacare.ErrABHASessionExpired) {
				t.Errorf("error %v", err)
			}
		}
		if n := nw.to("/session/init"); n != 1 {
			t.Errorf("%d passwords were sent", n)
		}
		go func() { answered <- testOTP }()
		if err := keeper.Run(t.Context(), call); !errors.Is(err, ekacare.ErrWrongOTP) || nw.to("/session/init") != 1 {
			t.Errorf("the next call: %v after %d passwords", err, nw.to("/session/init"))
		}
	})
}
