package ekacare_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// TestASavedStepIsTakenByItsOwnerOnly saves a step of each kind for one patient and takes it for another, and by
// another client.
func TestASavedStepIsTakenByItsOwnerOnly(t *testing.T) {
	profile := &ekacare.ABHAProfileInput{
		FirstName:    "Asha",
		Gender:       ekacare.GenderFemale,
		YearOfBirth:  1988,
		MonthOfBirth: 3,
		DayOfBirth:   12,
		Pincode:      "560001",
	}
	for name, tt := range map[string]struct {
		save func(c *ekacare.Client) (ekacare.ABHASavedStep, error)
		take func(c *ekacare.Client, saved ekacare.ABHASavedStep, opts ...caremux.RequestOption) error
	}{
		"login": {func(c *ekacare.Client) (ekacare.ABHASavedStep, error) {
			login := &ekacare.ABHALoginInit{Method: new(ekacare.ABHALoginMethodMobile), Identifier: new(testMobile)}
			step, err := c.ABHALogin.Begin(t.Context(), login)
			if err != nil {
				return "", err
			}
			return step.Save()
		}, func(c *ekacare.Client, saved ekacare.ABHASavedStep, opts ...caremux.RequestOption) error {
			step, err := c.ABHALogin.ResumeOTP(saved)
			if err == nil {
				_, err = step.Verify(t.Context(), testOTP, opts...)
			}
			return err
		}},
		"registration by Aadhaar": {func(c *ekacare.Client) (ekacare.ABHASavedStep, error) {
			step, err := c.ABHARegistration.BeginAadhaar(t.Context(), testAadhaar)
			if err != nil {
				return "", err
			}
			return step.Save()
		}, func(c *ekacare.Client, saved ekacare.ABHASavedStep, opts ...caremux.RequestOption) error {
			step, err := c.ABHARegistration.ResumeAadhaarOTP(saved)
			if err == nil {
				_, err = step.Resend(t.Context(), opts...)
			}
			return err
		}},
		"creation of an account": {func(c *ekacare.Client) (ekacare.ABHASavedStep, error) {
			step, err := c.ABHARegistration.BeginMobile(t.Context(), testMobile)
			if err != nil {
				return "", err
			}
			next, err := step.Verify(t.Context(), testOTP)
			if err != nil {
				return "", err
			}
			return next.Create.Save()
		}, func(c *ekacare.Client, saved ekacare.ABHASavedStep, opts ...caremux.RequestOption) error {
			step, err := c.ABHARegistration.ResumeMobileCreate(saved)
			if err == nil {
				_, err = step.Create(t.Context(), "asha@abdm", profile, opts...)
			}
			return err
		}},
		"session": {func(c *ekacare.Client) (ekacare.ABHASavedStep, error) {
			step, err := c.ABHASession.Begin(t.Context(), "asha@abdm")
			if err != nil {
				return "", err
			}
			return step.Save()
		}, func(c *ekacare.Client, saved ekacare.ABHASavedStep, opts ...caremux.RequestOption) error {
			step, err := c.ABHASession.ResumeOTP(saved)
			if err == nil {
				_, err = step.Verify(t.Context(), testOTP, opts...)
			}
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			nw := always(200, `{"txn_id":"txn-1","skip_state":"abha_create"}`)
			c := nw.client(t)
			mine := c.For(ekacare.Identity{PatientID: "oid-A", HIPID: "hip-1"})
			saved := must[ekacare.ABHASavedStep](t)(tt.save(mine))
			if strings.Contains(decoded(t, saved), "oid-A") {
				t.Errorf("saved as %s", decoded(t, saved))
			}
			before := len(nw.requests())
			other := credentials
			other.ClientID = "EC_9999"
			rotated := credentials
			rotated.ClientSecret = "another"
			static := caremux.WithTokenSource(caremux.StaticToken("tok"))
			whom := ekacare.Identity{PatientID: "oid-A", HIPID: "hip-1"}
			for who, c := range map[string]*ekacare.Client{
				"another patient":  c.For(ekacare.Identity{PatientID: "oid-B", HIPID: "hip-1"}),
				"nobody":           c,
				"another facility": c.For(ekacare.Identity{PatientID: "oid-A", HIPID: "hip-2"}),
				"another client":   nw.login(t, other, static).For(whom),
				"another secret":   nw.login(t, rotated, static).For(whom),
			} {
				err := tt.take(c, saved)
				var e *ekacare.ABHAStepError
				if !errors.As(err, &e) || e.Reason != ekacare.ABHAStepReasonOther || !errors.Is(err, ekacare.ErrOtherOwner) {
					t.Errorf("%s: %v", who, err)
				}
			}
			if err := tt.take(mine, saved, ekacare.WithPatient("oid-B")); !errors.Is(err, ekacare.ErrOtherOwner) {
				t.Errorf("another patient by an option: %v", err)
			}
			if n := len(nw.requests()); n != before {
				t.Fatalf("%d requests were sent", n-before)
			}
			if err := tt.take(c, saved, ekacare.WithPatient("oid-A"), ekacare.WithHIP("hip-1")); errors.Is(err, ekacare.ErrOtherOwner) ||
				len(nw.requests()) != before+1 {
				t.Errorf("the patient by options: %v", err)
			}
		})
	}
}

func TestAKeptAssessmentIsAnsweredByItsOwnerOnly(t *testing.T) {
	srv := ekacaretest.NewServer(t)
	c := srv.Client()
	a, err := c.For(
		ekacare.Identity{PatientID: "oid-A"},
	).Assessments.Begin(
		t.Context(),
		&ekacare.AssessmentInit{WorkflowID: 1000, UniqueIdentifier: "v",
			UserInfo: ekacare.AssessmentUserInfo{Age: new(40), Gender: ekacare.GenderFemale}},
	)
	if err != nil {
		t.Fatal(err)
	}
	before := len(srv.Requests())
	b, err := c.For(ekacare.Identity{PatientID: "oid-B"}).Assessments.Resume(a.State())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Answer(t.Context(), anyAnswer(b.Question())); !errors.Is(err, ekacare.ErrOtherOwner) {
		t.Errorf("answered: %v", err)
	}
	if _, err := b.Submit(t.Context()); !errors.Is(err, ekacare.ErrOtherOwner) {
		t.Errorf("submitted: %v", err)
	}
	if n := len(srv.Requests()); n != before {
		t.Errorf("%d requests were sent", n-before)
	}
	own, err := c.For(ekacare.Identity{PatientID: "oid-A", Locale: ekacare.LocaleHindi}).Assessments.Resume(b.State())
	if err != nil {
		t.Fatal(err)
	}
	if err := own.Answer(t.Context(), anyAnswer(own.Question())); err != nil {
		t.Error(err)
	}
}

func TestAnAssessmentThatCannotBeStartedKeepsItsID(t *testing.T) {
	srv := ekacaretest.NewServer(t)
	srv.Fail(ekacaretest.Fault{Operation: "Assessments.Start", Status: 400})
	c := srv.Client()
	_, err := c.Assessments.Begin(
		t.Context(),
		&ekacare.AssessmentInit{
			WorkflowID:       1000,
			UniqueIdentifier: "v",
			UserInfo:         ekacare.AssessmentUserInfo{Age: new(40), Gender: ekacare.GenderFemale},
		},
	)
	var begun *ekacare.AssessmentBeginError
	if !errors.As(err, &begun) || begun.AssessmentID != writesOf(srv, "Assessments.Init")[0] {
		t.Fatalf("error %v", err)
	}
	if a, err := c.Assessments.Open(t.Context(), begun.AssessmentID); err != nil || a.Question() == nil {
		t.Errorf("opened %v (%v)", a, err)
	}
}

// TestFlowsThatMakeSomethingRefuseIdempotent: nothing is sent.
func TestFlowsThatMakeSomethingRefuseIdempotent(t *testing.T) {
	twice := caremux.WithIdempotent()
	ctx := context.Background()
	file := caremux.File{Name: "a.webm", Content: strings.NewReader("x")}
	job := &ekacare.ScribeJob{Session: ekacare.ScribeSessionCreate{UploadType: "chunked"}, Audio: []caremux.File{file}}
	for name, flow := range map[string]func(c *ekacare.Client) error{
		"BookSlot": func(c *ekacare.Client) error {
			_, err := c.Appointments.BookSlot(ctx, freeSlot(), ekaBooking(), twice)
			return err
		},
		"UploadDocuments": func(c *ekacare.Client) error {
			_, err := c.For(patient).Records.UploadDocuments(ctx, pictures(1, 1), nil, twice)
			return err
		},
		"Parse": func(c *ekacare.Client) error {
			_, err := c.For(patient).Records.Parse(ctx, smart, caremux.File{
				Name: "a.pdf", Content: bytes.NewReader([]byte("x")),
			}, nil, twice)
			return err
		},
		"ScribeSessions.Open": func(c *ekacare.Client) error {
			_, err := c.ScribeSessions.Open(ctx, &ekacare.ScribeSessionCreate{UploadType: "chunked"}, twice)
			return err
		},
		"Process": func(c *ekacare.Client) error {
			_, err := c.ScribeSessions.Process(ctx, job, twice)
			return err
		},
		"ResumeProcess": func(c *ekacare.Client) error {
			_, err := c.ScribeSessions.ResumeProcess(ctx, job, "ses_1", twice)
			return err
		},
		"FillTemplate": func(c *ekacare.Client) error {
			_, err := c.ScribeSessions.FillTemplate(ctx, "ses_1", "t", nil, twice)
			return err
		},
		"Assessments.Begin": func(c *ekacare.Client) error {
			_, err := c.Assessments.Begin(ctx, &ekacare.AssessmentInit{WorkflowID: 1000}, twice)
			return err
		},
		"ABHALogin.Begin": func(c *ekacare.Client) error {
			_, err := c.ABHALogin.Begin(ctx, &ekacare.ABHALoginInit{
				Method: new(ekacare.ABHALoginMethodMobile), Identifier: new(testMobile),
			}, twice)
			return err
		},
		"BeginAadhaar": func(c *ekacare.Client) error {
			_, err := c.ABHARegistration.BeginAadhaar(ctx, testAadhaar, twice)
			return err
		},
		"BeginMobile": func(c *ekacare.Client) error {
			_, err := c.ABHARegistration.BeginMobile(ctx, testMobile, twice)
			return err
		},
		"ABHASession.Begin": func(c *ekacare.Client) error {
			_, err := c.ABHASession.Begin(ctx, "asha@abdm", twice)
			return err
		},
	} {
		nw := always(502, "")
		err := flow(nw.client(t))
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Field != "WithIdempotent" || argument.Operation == "" || len(nw.requests()) != 0 {
			t.Errorf("%s: %v after %d requests", name, err, len(nw.requests()))
		}
	}
	nw := always(200, sentTxn)
	step := begin(t, nw, ekacare.ABHALoginMethodMobile, testMobile)
	if _, err := step.Verify(ctx, testOTP, twice); !errors.Is(err, caremux.ErrInvalid) || len(nw.requests()) != 1 {
		t.Errorf("Verify: %v", err)
	}
	if _, err := step.Resend(ctx, twice); !errors.Is(err, caremux.ErrInvalid) || len(nw.requests()) != 1 {
		t.Errorf("Resend: %v", err)
	}
	v := newScribeVendor()
	r := v.open(t, ekacare.ScribeUploadTypeChunked)
	if _, err := r.Upload(ctx, file, twice); err != nil { // its number makes it safe
		t.Error(err)
	}
	if _, err := r.End(ctx, twice); !errors.Is(err, caremux.ErrInvalid) || v.to("/end") != 0 {
		t.Errorf("End: %v", err)
	}
}

// The web requests of a patient end before the password is typed.
func TestNoOtherPasswordIsSentWhileOneIsTyped(t *testing.T) {
	srv := ekacaretest.NewServer(t)
	account := srv.AddABHA(ekacaretest.ABHA{Mobile: testMobile, Address: "asha@abdm"})
	srv.ExpireABHASessions()
	c := srv.Client().For(ekacare.Identity{PatientID: "oid-1"})
	var typed string
	var gone context.CancelFunc // ends the web request
	keeper := c.ABHASession.Keep(account.Address, func(ctx context.Context) (string, error) {
		if typed == "" {
			gone()
			<-ctx.Done()
			return "", ctx.Err()
		}
		return typed, nil
	})
	call := func(ctx context.Context) error { _, err := c.ABHAProfile.Get(ctx, nil); return err }
	run := func() error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		gone = cancel
		return keeper.Run(ctx, call)
	}
	if err := keeper.Resend(t.Context()); !errors.As(err, new(*ekacare.ABHAStepError)) {
		t.Errorf("a password is sent again, and none was sent: %v", err)
	}
	for range 3 {
		if err := run(); !errors.Is(err, context.Canceled) || !errors.Is(err, ekacare.ErrABHASessionExpired) {
			t.Errorf("error %v", err)
		}
	}
	first := srv.OTP()
	typed = "000000"
	if err := keeper.Run(t.Context(), call); !errors.Is(err, ekacare.ErrWrongOTP) {
		t.Errorf("error %v", err)
	}
	if n := calls(srv, "ABHASession.Init"); n != 1 || srv.OTP() != first {
		t.Errorf("%d passwords were sent", n)
	}
	if err := keeper.Resend(t.Context()); err != nil || srv.OTP() == first || calls(srv, "ABHASession.Init") != 2 {
		t.Errorf("another password was not sent: %v", err)
	}
	typed = first
	if err := keeper.Run(t.Context(), call); !errors.Is(err, ekacare.ErrWrongOTP) {
		t.Errorf("the old password: %v", err)
	}
	typed = srv.OTP()
	if err := keeper.Run(t.Context(), call); err != nil || calls(srv, "ABHASession.Init") != 2 {
		t.Errorf("the new password: %v", err)
	}
	// A refusal for good is followed by another password.
	srv.ExpireABHASessions()
	typed = ""
	_ = run()
	srv.Advance(time.Hour)
	typed = srv.OTP()
	if err := keeper.Run(t.Context(), call); err == nil || errors.Is(err, ekacare.ErrWrongOTP) {
		t.Errorf("a password that has expired: %v", err)
	}
	typed = ""
	if _ = run(); calls(srv, "ABHASession.Init") != 4 {
		t.Errorf("%d passwords were sent", calls(srv, "ABHASession.Init"))
	}
}
