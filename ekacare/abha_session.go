package ekacare

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/caremux/caremux"
)

// ABHASessionOTP is a session with the ABDM gateway that waits for the one-time password.
type ABHASessionOTP struct {
	abhaStep
	service *ABHASessionService
}

// Begin begins a session for an ABHA address and returns the step that waits for the one-time password, which is on its way.
// Name the patient with [Client.For] or [WithPatient].
func (s *ABHASessionService) Begin(ctx context.Context, abhaAddress string, opts ...caremux.RequestOption) (*ABHASessionOTP, error) {
	if err := checkAddress("abha_address", abhaAddress); err != nil {
		return nil, inFlow("ABHASession.Begin", err)
	}
	begun, err := s.begin(ctx, abhaAddress, opts)
	if err != nil {
		return nil, err
	}
	step := newStep(ABHAStepSessionOTP, begun.TxnID)
	step.core.again = abhaAddress
	return &ABHASessionOTP{step, s}, nil
}

func (s *ABHASessionService) begin(ctx context.Context, abhaAddress string, opts []caremux.RequestOption) (*ABHATransaction, error) {
	answer, err := s.Init(ctx, nil, &ABHASessionInit{ABHAAddress: abhaAddress}, opts...)
	if err != nil {
		return nil, err
	}
	return answer, begun("ABHASession.Init", answer.TxnID)
}

// ResumeOTP makes a saved step anew.
func (s *ABHASessionService) ResumeOTP(saved ABHASavedStep) (*ABHASessionOTP, error) {
	step, err := saved.resume(ABHAStepSessionOTP)
	if err != nil {
		return nil, err
	}
	return &ABHASessionOTP{step, s}, nil
}

// Resend begins the session anew, since the vendor has no other way, and the step goes on with it. A resumed step has no
// address: it fails with [ABHAStepReasonNotSaved], and the session is begun again.
func (o *ABHASessionOTP) Resend(ctx context.Context, opts ...caremux.RequestOption) error {
	_, err := resend(o.abhaStep, func(string) (*ABHAOTPSent, error) {
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

// Verify checks the one-time password and opens the session. A wrong password matches [ErrWrongOTP] and can be followed by
// another; after any other refusal the session must be begun again. Eka keeps the session: the tokens are needed only for
// requests with a member user_x_token.
func (o *ABHASessionOTP) Verify(ctx context.Context, otp string, opts ...caremux.RequestOption) (*ABHASessionTokens, error) {
	tokens, _, err := spend(o.abhaStep, func(txn string) (*ABHASessionTokens, error) {
		if err := checkOTP(otp); err != nil {
			return nil, err
		}
		return o.service.Verify(ctx, nil, &ABHAOTPVerify{OTP: otp, TxnID: txn}, opts...)
	}, noTxn)
	return tokens, err
}

// ABHASessionKeeper makes calls for one patient and opens the session with the ABDM gateway when it has expired. It is safe for
// concurrent use: calls that find the session expired at the same time share one renewal, and its failure, so that the patient is
// asked once.
type ABHASessionKeeper struct {
	service *ABHASessionService
	address string
	ask     func(context.Context) (string, error)

	turn    chan struct{} // held by the renewal under way
	renewed atomic.Int64  // how many renewals there were
	failed  atomic.Int64  // how many failed, other than by the context of who made them
	failure error         // why the last of these did; for who holds the turn
	tokens  atomic.Pointer[ABHASessionTokens]
}

// Keep returns a keeper of the session of an ABHA address. It calls ask when a password is on its way to the patient, and ask
// returns what the patient has received. Name the patient with [Client.For]:
//
//	keeper := client.For(ekacare.Identity{PatientID: oid}).ABHASession.Keep("name@abdm", ask)
func (s *ABHASessionService) Keep(abhaAddress string, ask func(context.Context) (otp string, err error)) *ABHASessionKeeper {
	return &ABHASessionKeeper{service: s, address: abhaAddress, ask: ask, turn: make(chan struct{}, 1)}
}

// Tokens are those of the latest renewal, for requests with a member user_x_token; nil before the first.
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

// Run makes a call. If it fails with [ErrABHASessionExpired], Run begins a session, asks for the password once, opens the
// session and makes the call once more; what that gives is the outcome. The options go with the calls of the session.
//
// Status 491 says that the gateway did not let the call through, so that nothing happened and the call can be made again. An
// error that says at the same time that an earlier attempt may have had an effect ([caremux.Error.MaybeApplied]) is returned
// as it is. The function must make one call, of which it keeps the answer, and must be able to make it twice: a file
// that can be read only once cannot be sent again.
//
// A wrong password is returned as an error that matches [ErrWrongOTP]. It is joined with the first error, so that
// errors.Is(err, ErrABHASessionExpired) is true of every renewal that failed.
func (k *ABHASessionKeeper) Run(ctx context.Context, call func(context.Context) error, opts ...caremux.RequestOption) error {
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

// renew opens a session unless another call has done so since before was read. Who waits for another call's renewal fails with it.
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

func (k *ABHASessionKeeper) open(ctx context.Context, opts []caremux.RequestOption) (*ABHASessionTokens, error) {
	step, err := k.service.Begin(ctx, k.address, opts...)
	if err != nil {
		return nil, err
	}
	otp, err := k.ask(ctx)
	if err != nil {
		return nil, err
	}
	return step.Verify(ctx, otp, opts...)
}
