package ekacare

import (
	"context"

	"github.com/caremux/caremux"
)

// ABHALoginOTP is a login that waits for the one-time password. It is safe for concurrent use: a password counts once.
type ABHALoginOTP struct {
	abhaStep
	Hint string // text for the user, such as the masked number that the password went to

	service *ABHALoginService
}

// ABHALoginNext is what comes after the password of a login: one of its fields is not nil.
type ABHALoginNext struct {
	State ABHASkipState // skip_state, as sent

	Done            *ABHAAccount       // logged in
	Select          *ABHALoginSelect   // several accounts were found: choose one
	CreateByMobile  *ABHAMobileCreate  // no account was found by the mobile number: create one
	CreateByAadhaar *ABHAAadhaarCreate // no account was found by the Aadhaar number: create one

	// Accounts exist although the vendor's next step is to create one (abha_create with abha_profiles): log in with one of
	// them by Choose, which makes no duplicate, or create another by Create.
	SelectByMobile  *ABHAMobileSelect
	SelectByAadhaar *ABHAAadhaarSelect
}

// ABHALoginSelect is a login that waits for the choice of an account.
type ABHALoginSelect struct {
	abhaStep
	Profiles []ABHAAccountSummary // the accounts; after a resume, their addresses alone

	service *ABHALoginService
}

// Begin checks the identifier, begins a login and returns the step that waits for the one-time password, which is on
// its way.
//
// The identifier is 10 digits for a mobile number, 12 for an Aadhaar number, 14 for an ABHA number, with or without
// hyphens, name@abdm for an address, and for a search the index of the account, with the txn_id of
// [ABHAProfileService.Search].
func (s *ABHALoginService) Begin(
	ctx context.Context, login *ABHALoginInit, opts ...caremux.RequestOption,
) (*ABHALoginOTP, error) {
	const operation = "ABHALogin.Begin"
	if err := checkLogin(login); err != nil {
		return nil, inFlow(operation, err)
	}
	whose, err := beginning(s.state, operation, opts)
	if err != nil {
		return nil, err
	}
	kept := *login
	sent, err := s.begin(ctx, &kept, opts)
	if err != nil {
		return nil, err
	}
	step := newStep(ABHAStepLoginOTP, sent.TxnID, s.state, whose)
	step.core.again, step.core.via = &kept, *kept.Method
	return &ABHALoginOTP{step, sent.Hint, s}, nil
}

func (s *ABHALoginService) begin(
	ctx context.Context, login *ABHALoginInit, opts []caremux.RequestOption,
) (*ABHAOTPSent, error) {
	sent, err := s.Init(ctx, login, opts...)
	if err != nil {
		return nil, err
	}
	return sent, begun("ABHALogin.Init", sent.TxnID)
}

// ResumeOTP restores a step from its saved state.
func (s *ABHALoginService) ResumeOTP(saved ABHASavedStep) (*ABHALoginOTP, error) {
	step, err := saved.resume(ABHAStepLoginOTP, s.state)
	if err != nil {
		return nil, err
	}
	return &ABHALoginOTP{step, "", s}, nil
}

// ResumeSelect restores a step from its saved state.
func (s *ABHALoginService) ResumeSelect(saved ABHASavedStep) (*ABHALoginSelect, error) {
	step, err := saved.resume(ABHAStepLoginSelect, s.state)
	if err != nil {
		return nil, err
	}
	return &ABHALoginSelect{step, step.choices(), s}, nil
}

// Resend restarts the login, since the vendor has no other way, and the step continues with it. A resumed step has no
// identifier: it fails with [ABHAStepReasonNotSaved], and the login must be restarted.
func (o *ABHALoginOTP) Resend(ctx context.Context, opts ...caremux.RequestOption) (hint string, err error) {
	return resend(o.abhaStep, opts, func(string) (*ABHAOTPSent, error) {
		login, ok := o.core.again.(*ABHALoginInit)
		if !ok {
			return nil, &ABHAStepError{o.core.name, ABHAStepReasonNotSaved}
		}
		return o.service.begin(ctx, login, opts)
	})
}

// Verify checks the one-time password. A wrong one matches [ErrWrongOTP] and can be followed by another; after any
// other refusal the login must be restarted.
func (o *ABHALoginOTP) Verify(ctx context.Context, otp string, opts ...caremux.RequestOption) (*ABHALoginNext, error) {
	answer, txn, err := spend(o.abhaStep, opts, func(txn string) (*ABHALogin, error) {
		if err := checkOTP(otp); err != nil {
			return nil, err
		}
		return o.service.Verify(ctx, &ABHALoginVerify{OTP: &otp, TxnID: &txn}, opts...)
	}, func(a *ABHALogin) string { return a.TxnID })
	if err != nil {
		return nil, err
	}
	next := &ABHALoginNext{State: answer.SkipState}
	via, registration := o.core.via, (*ABHARegistrationService)(o.service)
	switch {
	case answer.SkipState == ABHASkipStateEnd, answer.SkipState == "" && (answer.Profile != nil || via == ABHALoginMethodPHRAddress):
		next.Done = answer.account()
	case answer.SkipState == ABHASkipStateSelect:
		choice := o.newChoice(ABHAStepLoginSelect, txn, answer.ABHAProfiles)
		next.Select = &ABHALoginSelect{choice, answer.ABHAProfiles, o.service}
	case answer.SkipState == ABHASkipStateCreate && (via == ABHALoginMethodMobile || via == ABHALoginMethodSearch):
		next.SelectByMobile, next.CreateByMobile = registration.mobileCreateOr(o.abhaStep, txn, answer.ABHAProfiles)
	case answer.SkipState == ABHASkipStateCreate && via == ABHALoginMethodAadhaarNumber:
		next.SelectByAadhaar, next.CreateByAadhaar = registration.aadhaarCreateOr(o.abhaStep, txn, answer.ABHAProfiles)
	default:
		return nil, &ABHAStateError{ABHAStepLoginOTP, answer.SkipState, answer}
	}
	return next, nil
}

// Choose logs in with one of the accounts found, by its address.
func (c *ABHALoginSelect) Choose(
	ctx context.Context, address string, opts ...caremux.RequestOption,
) (*ABHAAccount, error) {
	return choose(ctx, c.abhaStep, c.service, address, opts)
}

func choose(
	ctx context.Context, step abhaStep, service *ABHALoginService, address string, opts []caremux.RequestOption,
) (*ABHAAccount, error) {
	answer, _, err := spend(step, opts, func(txn string) (*ABHALogin, error) {
		if err := step.checkChoice(address); err != nil {
			return nil, err
		}
		return service.Login(ctx, &ABHALoginChoice{PHRAddress: &address, TxnID: &txn}, opts...)
	}, noTxn)
	if err != nil {
		return nil, err
	}
	if answer.SkipState != "" && answer.SkipState != ABHASkipStateEnd {
		return nil, &ABHAStateError{step.core.name, answer.SkipState, answer}
	}
	return answer.account(), nil
}
