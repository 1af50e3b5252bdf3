package ekacare

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/caremux/caremux"
)

// ABHASessionOTP is a session with the ABDM gateway that waits for the one-time password.
type ABHASessionOTP struct {
	abhaStep
	service *ABHASessionService
}

// Begin begins a session for an ABHA address and returns the step that waits for the one-time password, which is on its
// way. Name the patient with [Client.For] or [WithPatient].
func (s *ABHASessionService) Begin(
	ctx context.Context, abhaAddress string, opts ...caremux.RequestOption,
) (*ABHASessionOTP, error) {
	const operation = "ABHASession.Begin"
	if err := checkAddress("abha_address", abhaAddress); err != nil {
		return nil, inFlow(operation, err)
	}
	whose, err := beginning(s.state, operation, opts)
	if err != nil {
		return nil, err
	}
	begun, err := s.begin(ctx, abhaAddress, opts)
	if err != nil {
		return nil, err
	}
	step := newStep(ABHAStepSessionOTP, begun.TxnID, s.state, whose)
	step.core.again = abhaAddress
	return &ABHASessionOTP{step, s}, nil
}

func (s *ABHASessionService) begin(
	ctx context.Context, abhaAddress string, opts []caremux.RequestOption,
) (*ABHATransaction, error) {
	answer, err := s.Init(ctx, nil, &ABHASessionInit{ABHAAddress: abhaAddress}, opts...)
	if err != nil {
		return nil, err
	}
	return answer, begun("ABHASession.Init", answer.TxnID)
}

// ResumeOTP restores a step from its saved state.
func (s *ABHASessionService) ResumeOTP(saved ABHASavedStep) (*ABHASessionOTP, error) {
	step, err := saved.resume(ABHAStepSessionOTP, s.state)
	if err != nil {
		return nil, err
	}
	return &ABHASessionOTP{step, s}, nil
}

// Resend restarts the session, since the vendor has no other way, and the step continues with it. A resumed step has
// no address: it fails with [ABHAStepReasonNotSaved], and the session must be restarted.
func (o *ABHASessionOTP) Resend(ctx context.Context, opts ...caremux.RequestOption) error {
	_, err := resend(o.abhaStep, opts, func(string) (*ABHAOTPSent, error) {
		address, ok := o.core.again.(string)
		if !ok {
			return nil, &ABHAStepError{o.core.name, ABHAStepReasonNotSaved}
		}
		answer, err := o.service.begin(ctx, address, opts)
		if err != nil {
			return nil, err
		}
		return &ABHAOTPSent{TxnID: answer.TxnID}, nil
	})
	return err
}

// Verify checks the one-time password and opens the session. A wrong password matches [ErrWrongOTP] and can be followed
// by another; after any other refusal the session must be restarted. Eka keeps the session: the tokens are needed
// only for requests with a field user_x_token.
func (o *ABHASessionOTP) Verify(
	ctx context.Context, otp string, opts ...caremux.RequestOption,
) (*ABHASessionTokens, error) {
	tokens, _, err := spend(o.abhaStep, opts, func(txn string) (*ABHASessionTokens, error) {
		if err := checkOTP(otp); err != nil {
			return nil, err
		}
		return o.service.Verify(ctx, nil, &ABHAOTPVerify{OTP: otp, TxnID: txn}, opts...)
	}, noTxn)
	return tokens, err
}

// ABHASessionKeeper makes calls for one patient and opens the session with the ABDM gateway when it has expired. It is
// safe for concurrent use: calls that find the session expired at the same time share one login, and its failure, so
// that the patient receives one password.
type ABHASessionKeeper struct {
	service *ABHASessionService
	address string
	ask     func(context.Context) (string, error)

	turn    chan struct{} // taken by the login in progress
	pending atomic.Pointer[pendingOTP]
	renewed atomic.Int64 // how many logins there were
	failed  atomic.Int64 // how many failed, other than by the context of who made them
	failure error        // why the last of these did; for the one that has the turn
	tokens  atomic.Pointer[ABHASessionTokens]
}

// pendingOTP is a step whose password the patient has, or is about to type.
type pendingOTP struct {
	step *ABHASessionOTP
	sent time.Time
}

// otpLife is how long a password that was sent is waited for. The gateway takes it for ten minutes.
const otpLife = 10 * time.Minute

// Keep returns a keeper of the session of an ABHA address. It calls ask when a password has been sent to the patient,
// and ask returns the password that the patient enters. Name the patient with [Client.For]:
//
//	keeper := client.For(ekacare.Identity{PatientID: oid}).ABHASession.Keep("name@abdm", ask)
//
// No other password is sent while one is awaited: if ask fails, as it does when a web request ends before the patient
// has typed, or if the password was wrong, the next call that needs the session calls ask for the same password. That
// ends after ten minutes, with a refusal of the gateway, or with [ABHASessionKeeper.Resend].
func (s *ABHASessionService) Keep(
	abhaAddress string, ask func(context.Context) (otp string, err error),
) *ABHASessionKeeper {
	return &ABHASessionKeeper{service: s, address: abhaAddress, ask: ask, turn: make(chan struct{}, 1)}
}

// Tokens are those of the latest login, for requests with a field UserXToken; nil before the first.
func (k *ABHASessionKeeper) Tokens() *ABHASessionTokens { return k.tokens.Load() }

// Ensure opens the session unless the vendor says that it is open.
func (k *ABHASessionKeeper) Ensure(ctx context.Context, opts ...caremux.RequestOption) error {
	before := k.renewed.Load()
	status, err := k.service.GetStatus(ctx, opts...)
	if err != nil && !errors.Is(err, ErrABHASessionExpired) {
		return err
	}
	if err == nil && status.LoggedIn != nil && *status.LoggedIn {
		return nil
	}
	return k.renew(ctx, before, opts)
}

// Run makes a call. If it fails with [ErrABHASessionExpired], Run begins a session, requests the password, opens the
// session and makes the call once more; what that returns is the outcome. The options go with the calls of the session.
//
// Status 491 means that the gateway refused the call, so that it was not processed and can be retried. An error that
// says at the same time that an earlier attempt may have had an effect ([caremux.Error.MaybeApplied]) is returned as it
// is. The function must make one call, of which it keeps the response, and must be able to make it twice: a file that
// can be read only once cannot be sent again.
//
// A wrong password is returned as an error that matches [ErrWrongOTP]. It is joined with the first error, so that
// errors.Is(err, ErrABHASessionExpired) is true of every renewal that failed.
func (k *ABHASessionKeeper) Run(
	ctx context.Context, call func(context.Context) error, opts ...caremux.RequestOption,
) error {
	before := k.renewed.Load()
	err := call(ctx)
	if !errors.Is(err, ErrABHASessionExpired) {
		return err
	}
	var e *caremux.Error
	if errors.As(err, &e) && e.MaybeApplied() {
		return err
	}
	if failed := k.renew(ctx, before, opts); failed != nil {
		return errors.Join(failed, err)
	}
	return call(ctx)
}

// renew opens a session unless another call has done so since before was read. A call that waits for the login of
// another call fails with it.
func (k *ABHASessionKeeper) renew(ctx context.Context, before int64, opts []caremux.RequestOption) error {
	failed := k.failed.Load()
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	switch {
	case k.renewed.Load() != before:
		return nil
	case k.failed.Load() != failed:
		return k.failure
	}
	tokens, err := k.open(ctx, opts)
	switch {
	case err == nil:
		k.tokens.Store(tokens)
		k.renewed.Add(1)
	case ctx.Err() == nil:
		k.failure = err
		k.failed.Add(1)
	}
	return err
}

// Resend sends another password, which takes the place of the one that is awaited. It may be called while the function
// of Keep waits.
func (k *ABHASessionKeeper) Resend(ctx context.Context, opts ...caremux.RequestOption) error {
	pending := k.pending.Load()
	if pending == nil {
		return &ABHAStepError{ABHAStepSessionOTP, ABHAStepReasonNotBegun}
	}
	if err := pending.step.Resend(ctx, opts...); err != nil {
		return err
	}
	k.pending.CompareAndSwap(pending, &pendingOTP{pending.step, time.Now()})
	return nil
}

// open opens a session with the password that is awaited, or with another. The caller has the turn.
func (k *ABHASessionKeeper) open(ctx context.Context, opts []caremux.RequestOption) (*ABHASessionTokens, error) {
	pending := k.pending.Load()
	if pending == nil || time.Since(pending.sent) >= otpLife {
		step, err := k.service.Begin(ctx, k.address, opts...)
		if err != nil {
			return nil, err
		}
		pending = &pendingOTP{step, time.Now()}
		k.pending.Store(pending)
	}
	otp, err := k.ask(ctx)
	if err != nil {
		return nil, err
	}
	tokens, err := pending.step.Verify(ctx, otp, opts...)
	if _, used := pending.step.peek(); used != nil {
		k.pending.Store(nil) // verified, or refused for good
	}
	return tokens, err
}
