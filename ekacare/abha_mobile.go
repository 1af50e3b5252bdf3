package ekacare

import (
	"context"
	"time"

	"github.com/caremux/caremux"
)

// ABHAMobileOTP is a registration by mobile number that waits for the one-time password.
type ABHAMobileOTP struct {
	abhaStep
	Hint string // text for the user, such as the masked number that the password went to

	service *ABHARegistrationService
}

// ABHAMobileNext is what comes after the password of a registration by mobile number: one of its fields is not nil.
type ABHAMobileNext struct {
	State ABHASkipState // skip_state, as sent

	Done   *ABHAAccount      // registered already; without a profile and tokens, which this response does not have
	Select *ABHAMobileSelect // the number has accounts already: log in with one, or create another
	Create *ABHAMobileCreate // set a profile and an address, and create the account
}

// ABHAMobileSelect is a registration by mobile number that has found accounts.
type ABHAMobileSelect struct {
	abhaStep
	Profiles []ABHAAccountSummary // the accounts; after a resume, their addresses alone

	service *ABHARegistrationService
}

// ABHAMobileCreate is a registration by mobile number that waits for the profile and the address of the new account.
type ABHAMobileCreate struct {
	abhaStep
	service *ABHARegistrationService
}

// BeginMobile checks the mobile number, which has 10 digits, begins a registration and returns the step that waits for
// the one-time password, which is on its way.
func (s *ABHARegistrationService) BeginMobile(
	ctx context.Context, mobileNumber string, opts ...caremux.RequestOption,
) (*ABHAMobileOTP, error) {
	const operation = "ABHARegistration.BeginMobile"
	if err := digits("mobile_number", mobileNumber, 10); err != nil {
		return nil, inFlow(operation, err)
	}
	whose, err := beginning(s.state, operation, opts)
	if err != nil {
		return nil, err
	}
	sent, err := s.MobileInit(ctx, &ABHAMobileInit{MobileNumber: mobileNumber}, opts...)
	if err != nil {
		return nil, err
	}
	if err := begun("ABHARegistration.MobileInit", sent.TxnID); err != nil {
		return nil, err
	}
	return &ABHAMobileOTP{newStep(ABHAStepMobileOTP, sent.TxnID, s.state, whose), sent.Hint, s}, nil
}

// ResumeMobileOTP restores a step from its saved state.
func (s *ABHARegistrationService) ResumeMobileOTP(saved ABHASavedStep) (*ABHAMobileOTP, error) {
	step, err := saved.resume(ABHAStepMobileOTP, s.state)
	if err != nil {
		return nil, err
	}
	return &ABHAMobileOTP{step, "", s}, nil
}

// ResumeMobileSelect restores a step from its saved state.
func (s *ABHARegistrationService) ResumeMobileSelect(saved ABHASavedStep) (*ABHAMobileSelect, error) {
	step, err := saved.resume(ABHAStepMobileSelect, s.state)
	if err != nil {
		return nil, err
	}
	return &ABHAMobileSelect{step, step.choices(), s}, nil
}

// ResumeMobileCreate restores a step from its saved state.
func (s *ABHARegistrationService) ResumeMobileCreate(saved ABHASavedStep) (*ABHAMobileCreate, error) {
	step, err := saved.resume(ABHAStepMobileCreate, s.state)
	if err != nil {
		return nil, err
	}
	return s.mobileCreate(step), nil
}

func (s *ABHARegistrationService) mobileCreate(step abhaStep) *ABHAMobileCreate {
	return &ABHAMobileCreate{step, s}
}

// Resend resends the one-time password.
func (o *ABHAMobileOTP) Resend(ctx context.Context, opts ...caremux.RequestOption) (hint string, err error) {
	return resend(o.abhaStep, opts, func(txn string) (*ABHAOTPSent, error) {
		return o.service.MobileResend(ctx, &ABHAResendOTP{TxnID: txn}, opts...)
	})
}

// Verify checks the one-time password. A wrong one matches [ErrWrongOTP] and can be followed by another; after any
// other refusal the registration must be restarted.
func (o *ABHAMobileOTP) Verify(
	ctx context.Context, otp string, opts ...caremux.RequestOption,
) (*ABHAMobileNext, error) {
	answer, txn, err := spend(o.abhaStep, opts, func(txn string) (*ABHAMobileVerification, error) {
		if err := checkOTP(otp); err != nil {
			return nil, err
		}
		return o.service.MobileVerify(ctx, &ABHAOTPVerify{OTP: otp, TxnID: txn}, opts...)
	}, func(a *ABHAMobileVerification) string { return a.TxnID })
	if err != nil {
		return nil, err
	}
	next := &ABHAMobileNext{State: answer.SkipState}
	switch answer.SkipState {
	case ABHASkipStateEnd:
		next.Done = answer.account()
	case ABHASkipStateSelect:
		choice := o.newChoice(ABHAStepMobileSelect, txn, answer.ABHAProfiles)
		next.Select = &ABHAMobileSelect{choice, answer.ABHAProfiles, o.service}
	case ABHASkipStateCreate:
		next.Select, next.Create = o.service.mobileCreateOr(o.abhaStep, txn, answer.ABHAProfiles)
	default:
		return nil, &ABHAStateError{ABHAStepMobileOTP, answer.SkipState, answer}
	}
	return next, nil
}

// mobileCreateOr is [ABHARegistrationService.aadhaarCreateOr] for accounts of a mobile number.
func (s *ABHARegistrationService) mobileCreateOr(
	taken abhaStep, txn string, profiles []ABHAAccountSummary,
) (*ABHAMobileSelect, *ABHAMobileCreate) {
	if len(profiles) > 0 {
		return &ABHAMobileSelect{taken.newChoice(ABHAStepMobileSelect, txn, profiles), profiles, s}, nil
	}
	return nil, s.mobileCreate(taken.next(ABHAStepMobileCreate, txn))
}

// Choose logs in with one of the accounts found, by its address. It uses [ABHALoginService.Login]: a registration by
// mobile number has no call of its own for it.
func (c *ABHAMobileSelect) Choose(
	ctx context.Context, address string, opts ...caremux.RequestOption,
) (*ABHAAccount, error) {
	return choose(ctx, c.abhaStep, (*ABHALoginService)(c.service), address, opts)
}

// Create creates another account in place of choosing one. See [ABHAMobileCreate.Create].
func (c *ABHAMobileSelect) Create(
	ctx context.Context, address string, profile *ABHAProfileInput, opts ...caremux.RequestOption,
) (*ABHAAccount, error) {
	return c.service.createByMobile(ctx, c.abhaStep, address, profile, opts)
}

// Suggest returns free addresses that go with the name and the date of birth of the profile.
func (c *ABHAMobileCreate) Suggest(
	ctx context.Context, profile *ABHAProfileInput, opts ...caremux.RequestOption,
) ([]string, error) {
	txn, err := c.peek()
	if err != nil {
		return nil, err
	}
	if err := checkProfile(profile); err != nil {
		return nil, inFlow("ABHARegistration.SuggestAddresses", err)
	}
	params := &ABHARegistrationSuggestAddressesParams{TransactionID: &txn, FirstName: &profile.FirstName,
		Dob: new(caremux.NewDate(profile.YearOfBirth, time.Month(profile.MonthOfBirth), profile.DayOfBirth))}
	if name, err := profile.MiddleName.Get(); err == nil {
		params.MiddleName = &name
	}
	if name, err := profile.LastName.Get(); err == nil {
		params.LastName = &name
	}
	answer, err := c.service.SuggestAddresses(ctx, params, opts...)
	if err != nil {
		return nil, err
	}
	return answer.Suggestions, nil
}

// Create creates the account, with an address such as name@abdm. An address that is taken has the code
// [CodeABDMAddressExists] and can be followed by another. If the response was lost, the account may exist: log in to see.
func (c *ABHAMobileCreate) Create(
	ctx context.Context, address string, profile *ABHAProfileInput, opts ...caremux.RequestOption,
) (*ABHAAccount, error) {
	return c.service.createByMobile(ctx, c.abhaStep, address, profile, opts)
}

func (s *ABHARegistrationService) createByMobile(
	ctx context.Context, step abhaStep, address string, profile *ABHAProfileInput, opts []caremux.RequestOption,
) (*ABHAAccount, error) {
	answer, _, err := spend(step, opts, func(txn string) (*ABHAMobileAccount, error) {
		if err := firstError(checkAddress("abha_address", address), checkProfile(profile)); err != nil {
			return nil, err
		}
		return s.MobileCreate(ctx, &ABHACreateByMobile{ABHAAddress: address, Profile: *profile, TxnID: txn}, opts...)
	}, noTxn)
	if err != nil {
		return nil, err
	}
	if answer.SkipState != "" && answer.SkipState != ABHASkipStateEnd || answer.Success != nil && !*answer.Success {
		return nil, &ABHAStateError{step.core.name, answer.SkipState, answer}
	}
	return answer.account(), nil
}
