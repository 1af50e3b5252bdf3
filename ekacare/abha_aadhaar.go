package ekacare

import (
	"context"

	"github.com/caremux/caremux"
)

// ABHAAadhaarOTP is a registration by Aadhaar that waits for the one-time password.
type ABHAAadhaarOTP struct {
	abhaStep
	Hint string // text for the user, such as the masked number that the password went to

	service *ABHARegistrationService
}

// ABHAAadhaarNext is what comes after a password of a registration by Aadhaar: one of its fields is not nil.
type ABHAAadhaarNext struct {
	State ABHASkipState // skip_state, as sent

	Done          *ABHAAccount          // registered
	ConfirmMobile *ABHAAadhaarMobileOTP // the mobile number is not that of the Aadhaar: another password went to it
	Select        *ABHAAadhaarSelect    // the Aadhaar has accounts already: log in with one, or create another
	Create        *ABHAAadhaarCreate    // choose an address and create the account
}

// ABHAAadhaarMobileOTP is a registration by Aadhaar that waits for the password that went to the mobile number.
type ABHAAadhaarMobileOTP struct {
	abhaStep
	Hint string // text for the user, such as the masked number that the password went to

	service *ABHARegistrationService
}

// ABHAAadhaarSelect is a registration by Aadhaar that has found accounts.
type ABHAAadhaarSelect struct {
	abhaStep
	Profiles []ABHAAccountSummary // the accounts; after a resume, their addresses alone

	service *ABHARegistrationService
}

// ABHAAadhaarCreate is a registration by Aadhaar that waits for the address of the new account.
type ABHAAadhaarCreate struct {
	abhaStep
	service *ABHARegistrationService
}

// BeginAadhaar checks the Aadhaar number, which has 12 digits, begins a registration and returns the step that waits
// for the one-time password, which is on its way.
func (s *ABHARegistrationService) BeginAadhaar(
	ctx context.Context, aadhaarNumber string, opts ...caremux.RequestOption,
) (*ABHAAadhaarOTP, error) {
	const operation = "ABHARegistration.BeginAadhaar"
	if err := digits("aadhaar_number", aadhaarNumber, 12); err != nil {
		return nil, inFlow(operation, err)
	}
	whose, err := beginning(s.state, operation, opts)
	if err != nil {
		return nil, err
	}
	sent, err := s.AadhaarInit(ctx, &ABHAAadhaarInit{AadhaarNumber: aadhaarNumber}, opts...)
	if err != nil {
		return nil, err
	}
	if err := begun("ABHARegistration.AadhaarInit", sent.TxnID); err != nil {
		return nil, err
	}
	return &ABHAAadhaarOTP{newStep(ABHAStepAadhaarOTP, sent.TxnID, s.state, whose), sent.Hint, s}, nil
}

// ResumeAadhaarOTP restores a step from its saved state.
func (s *ABHARegistrationService) ResumeAadhaarOTP(saved ABHASavedStep) (*ABHAAadhaarOTP, error) {
	step, err := saved.resume(ABHAStepAadhaarOTP, s.state)
	if err != nil {
		return nil, err
	}
	return &ABHAAadhaarOTP{step, "", s}, nil
}

// ResumeAadhaarMobileOTP restores a step from its saved state.
func (s *ABHARegistrationService) ResumeAadhaarMobileOTP(saved ABHASavedStep) (*ABHAAadhaarMobileOTP, error) {
	step, err := saved.resume(ABHAStepAadhaarMobileOTP, s.state)
	if err != nil {
		return nil, err
	}
	return &ABHAAadhaarMobileOTP{step, "", s}, nil
}

// ResumeAadhaarSelect restores a step from its saved state.
func (s *ABHARegistrationService) ResumeAadhaarSelect(saved ABHASavedStep) (*ABHAAadhaarSelect, error) {
	step, err := saved.resume(ABHAStepAadhaarSelect, s.state)
	if err != nil {
		return nil, err
	}
	return &ABHAAadhaarSelect{step, step.choices(), s}, nil
}

// ResumeAadhaarCreate restores a step from its saved state.
func (s *ABHARegistrationService) ResumeAadhaarCreate(saved ABHASavedStep) (*ABHAAadhaarCreate, error) {
	step, err := saved.resume(ABHAStepAadhaarCreate, s.state)
	if err != nil {
		return nil, err
	}
	return s.aadhaarCreate(step), nil
}

func (s *ABHARegistrationService) aadhaarCreate(step abhaStep) *ABHAAadhaarCreate {
	return &ABHAAadhaarCreate{step, s}
}

// Resend resends the one-time password.
func (o *ABHAAadhaarOTP) Resend(ctx context.Context, opts ...caremux.RequestOption) (hint string, err error) {
	return resend(o.abhaStep, opts, func(txn string) (*ABHAOTPSent, error) {
		return o.service.AadhaarResend(ctx, &ABHAResendOTP{TxnID: txn}, opts...)
	})
}

// Verify checks the one-time password, and names the mobile number of the new account: 10 digits, not necessarily the
// number of the Aadhaar. A wrong password matches [ErrWrongOTP] and can be followed by another; after any other refusal
// the registration must be restarted.
func (o *ABHAAadhaarOTP) Verify(
	ctx context.Context, mobile, otp string, opts ...caremux.RequestOption,
) (*ABHAAadhaarNext, error) {
	answer, txn, err := spend(o.abhaStep, opts, func(txn string) (*ABHARegistration, error) {
		if err := firstError(digits("mobile", mobile, 10), checkOTP(otp)); err != nil {
			return nil, err
		}
		return o.service.AadhaarVerify(ctx, &ABHAAadhaarVerify{Mobile: mobile, OTP: otp, TxnID: txn}, opts...)
	}, func(a *ABHARegistration) string { return a.TxnID })
	if err != nil {
		return nil, err
	}
	return o.service.aadhaarNext(o.abhaStep, answer, txn)
}

// Resend resends the password to the mobile number.
func (o *ABHAAadhaarMobileOTP) Resend(ctx context.Context, opts ...caremux.RequestOption) (hint string, err error) {
	return resend(o.abhaStep, opts, func(txn string) (*ABHAOTPSent, error) {
		return o.service.AadhaarMobileResend(ctx, nil, &ABHAResendOTP{TxnID: txn}, opts...)
	})
}

// Verify checks the password that went to the mobile number, as [ABHAAadhaarOTP.Verify] does.
func (o *ABHAAadhaarMobileOTP) Verify(
	ctx context.Context, otp string, opts ...caremux.RequestOption,
) (*ABHAAadhaarNext, error) {
	answer, txn, err := spend(o.abhaStep, opts, func(txn string) (*ABHARegistration, error) {
		if err := checkOTP(otp); err != nil {
			return nil, err
		}
		return o.service.AadhaarMobileVerify(ctx, nil, &ABHAOTPVerify{OTP: otp, TxnID: txn}, opts...)
	}, func(a *ABHARegistration) string { return a.TxnID })
	if err != nil {
		return nil, err
	}
	return o.service.aadhaarNext(o.abhaStep, answer, txn)
}

func (s *ABHARegistrationService) aadhaarNext(
	taken abhaStep, answer *ABHARegistration, txn string,
) (*ABHAAadhaarNext, error) {
	next := &ABHAAadhaarNext{State: answer.SkipState}
	switch state := answer.SkipState; {
	case state == ABHASkipStateEnd, state == "" && answer.Profile != nil:
		next.Done = answer.account()
	case state == ABHASkipStateConfirmMobileOTP:
		next.ConfirmMobile = &ABHAAadhaarMobileOTP{taken.next(ABHAStepAadhaarMobileOTP, txn), answer.Hint, s}
	case state == ABHASkipStateSelect:
		choice := taken.newChoice(ABHAStepAadhaarSelect, txn, answer.ABHAProfiles)
		next.Select = &ABHAAadhaarSelect{choice, answer.ABHAProfiles, s}
	case state == ABHASkipStateCreate:
		next.Select, next.Create = s.aadhaarCreateOr(taken, txn, answer.ABHAProfiles)
	default:
		return nil, &ABHAStateError{taken.Step(), state, answer}
	}
	return next, nil
}

// aadhaarCreateOr is the step that creates an account, or the one in which an account that exists already is chosen in place of making a
// duplicate: the vendor sends abha_create in both cases.
func (s *ABHARegistrationService) aadhaarCreateOr(
	taken abhaStep, txn string, profiles []ABHAAccountSummary,
) (*ABHAAadhaarSelect, *ABHAAadhaarCreate) {
	if len(profiles) > 0 {
		return &ABHAAadhaarSelect{taken.newChoice(ABHAStepAadhaarSelect, txn, profiles), profiles, s}, nil
	}
	return nil, s.aadhaarCreate(taken.next(ABHAStepAadhaarCreate, txn))
}

// Choose logs in with one of the accounts found, by its address.
func (c *ABHAAadhaarSelect) Choose(
	ctx context.Context, address string, opts ...caremux.RequestOption,
) (*ABHAAccount, error) {
	call := func(body *ABHACreateByAadhaar) (*ABHAAadhaarAccount, error) {
		return c.service.AadhaarAutoLogin(ctx, body, opts...)
	}
	return c.service.aadhaarEnd(c.abhaStep, c.checkChoice, address, opts, call)
}

// Create creates another account in place of choosing one. See [ABHAAadhaarCreate.Create].
func (c *ABHAAadhaarSelect) Create(
	ctx context.Context, address string, opts ...caremux.RequestOption,
) (*ABHAAccount, error) {
	return c.service.createByAadhaar(ctx, c.abhaStep, address, opts)
}

// Suggest returns free addresses.
func (c *ABHAAadhaarCreate) Suggest(ctx context.Context, opts ...caremux.RequestOption) ([]string, error) {
	txn, err := c.peek()
	if err != nil {
		return nil, err
	}
	answer, err := c.service.SuggestAddresses(ctx, &ABHARegistrationSuggestAddressesParams{TransactionID: &txn}, opts...)
	if err != nil {
		return nil, err
	}
	return answer.Suggestions, nil
}

// Create creates the account, with an address such as name@abdm. An address that is taken has the code
// [CodeABDMAddressExists] and can be followed by another. If the response was lost, the account may exist: log in to see.
func (c *ABHAAadhaarCreate) Create(
	ctx context.Context, address string, opts ...caremux.RequestOption,
) (*ABHAAccount, error) {
	return c.service.createByAadhaar(ctx, c.abhaStep, address, opts)
}

func (s *ABHARegistrationService) createByAadhaar(
	ctx context.Context, step abhaStep, address string, opts []caremux.RequestOption,
) (*ABHAAccount, error) {
	check := func(address string) error { return checkAddress("abha_address", address) }
	return s.aadhaarEnd(step, check, address, opts, func(body *ABHACreateByAadhaar) (*ABHAAadhaarAccount, error) {
		return s.AadhaarCreate(ctx, body, opts...)
	})
}

func (s *ABHARegistrationService) aadhaarEnd(
	step abhaStep, check func(string) error, address string, opts []caremux.RequestOption,
	call func(*ABHACreateByAadhaar) (*ABHAAadhaarAccount, error),
) (*ABHAAccount, error) {
	answer, _, err := spend(step, opts, func(txn string) (*ABHAAadhaarAccount, error) {
		if err := check(address); err != nil {
			return nil, err
		}
		return call(&ABHACreateByAadhaar{ABHAAddress: address, TxnID: txn})
	}, noTxn)
	if err != nil {
		return nil, err
	}
	if answer.SkipState != "" && answer.SkipState != ABHASkipStateEnd {
		return nil, &ABHAStateError{step.core.name, answer.SkipState, answer}
	}
	return answer.account(), nil
}
