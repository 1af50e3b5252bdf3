package ekacare

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// ErrWrongOTP matches a step that failed because the one-time password was wrong. The step may be retried.
var ErrWrongOTP = errors.New("the one-time password is wrong")

// ABHAStep names a step of a login, of a registration or of a session.
type ABHAStep string

// The steps.
const (
	ABHAStepLoginOTP         ABHAStep = "login_otp"          // [ABHALoginOTP]
	ABHAStepLoginSelect      ABHAStep = "login_select"       // [ABHALoginSelect]
	ABHAStepAadhaarOTP       ABHAStep = "aadhaar_otp"        // [ABHAAadhaarOTP]
	ABHAStepAadhaarMobileOTP ABHAStep = "aadhaar_mobile_otp" // [ABHAAadhaarMobileOTP]
	ABHAStepAadhaarSelect    ABHAStep = "aadhaar_select"     // [ABHAAadhaarSelect]
	ABHAStepAadhaarCreate    ABHAStep = "aadhaar_create"     // [ABHAAadhaarCreate]
	ABHAStepMobileOTP        ABHAStep = "mobile_otp"         // [ABHAMobileOTP]
	ABHAStepMobileSelect     ABHAStep = "mobile_select"      // [ABHAMobileSelect]
	ABHAStepMobileCreate     ABHAStep = "mobile_create"      // [ABHAMobileCreate]
	ABHAStepSessionOTP       ABHAStep = "session_otp"        // [ABHASessionOTP]
)

// ABHAStepReason says why a step cannot be taken.
type ABHAStepReason string

// The reasons.
const (
	// A zero value: begin, or resume a saved step.
	ABHAStepReasonNotBegun ABHAStepReason = "was not begun"
	// Wait for the outcome.
	ABHAStepReasonBusy ABHAStepReason = "is being taken by another goroutine"
	// Go on with what it returned.
	ABHAStepReasonUsed ABHAStepReason = "has been taken"
	// Begin again.
	ABHAStepReasonFailed ABHAStepReason = "has failed"
	// A saved step has no identifier to resend.
	ABHAStepReasonNotSaved ABHAStepReason = "was resumed without what it needs"
	// The saved text is damaged or of another step.
	ABHAStepReasonUnknown ABHAStepReason = "cannot be read, or is another step"
	// It was begun for another one; matches [ErrOtherOwner].
	ABHAStepReasonOther ABHAStepReason = "belongs to another patient or client"
)

// ABHAStepError is a step that cannot be taken. No request was sent.
type ABHAStepError struct {
	Step   ABHAStep // the step; empty if it is not known
	Reason ABHAStepReason
}

// Error names the step and the reason.
func (e *ABHAStepError) Error() string {
	return strings.TrimSpace("ekacare: the ABHA step "+string(e.Step)) + " " + string(e.Reason)
}

// Is reports whether target is the sentinel that fits the reason.
func (e *ABHAStepError) Is(target error) bool {
	return target == ErrOtherOwner && e.Reason == ABHAStepReasonOther
}

// ABHAStateError is a response that requests a step that its flow does not have. The vendor has acted, and the step is
// used up.
type ABHAStateError struct {
	Step     ABHAStep      // the step that was taken
	State    ABHASkipState // what the vendor requests
	Response any           // what the call returned, such as *ABHALogin: go on with the raw calls, or start over
}

// Error names the step and, if it looks like a code, the state.
func (e *ABHAStateError) Error() string {
	state := string(e.State)
	switch {
	case state == "":
		return "ekacare: the ABHA step " + string(e.Step) + " returned no next step"
	case len(state) > 64 || !isWord(state):
		state = "an unknown state"
	}
	return "ekacare: the ABHA step " + string(e.Step) + " returned " + state + ", which cannot follow"
}

// Format prints the message of Error for every verb, so that the response stays out of logs.
func (e *ABHAStateError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText returns the message of Error, so that a log in JSON contains no response either.
func (e *ABHAStateError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// wrongOTP marks an error of the vendor as ErrWrongOTP.
type wrongOTP struct{ error }

func (e wrongOTP) Is(target error) bool { return target == ErrWrongOTP }
func (e wrongOTP) Unwrap() error        { return e.error }

// stepState says whether a step can be taken.
type stepState int

const (
	stepReady stepState = iota
	stepBusy
	stepUsed
	stepFailed
)

// stepCore is what a step must not show. Steps point to it, so that a copy of a step is the same step, and no printer
// that walks through a value comes to it.
type stepCore struct {
	name      ABHAStep
	headers   *headers        // of the client that takes it
	owner     string          // for whom it was begun
	via       ABHALoginMethod // how a login began: it decides how an account is created
	again     any             // what a login or a session began with, to send it once more; nil after a resume
	addresses []string        // what can be chosen

	mu    sync.Mutex // guards what follows
	state stepState
	txn   string
}

// abhaStep is the common part of all steps.
type abhaStep struct{ core *stepCore }

// beginning checks the options of a call that begins a flow, which sends a password, and names the owner of the flow.
func beginning(h *headers, operation string, opts []caremux.RequestOption) (string, error) {
	whose, err := owner(h, opts)
	return whose, inFlow(operation, firstError(err, refuseIdempotent(opts)))
}

func newStep(name ABHAStep, txn string, h *headers, owner string) abhaStep {
	return abhaStep{&stepCore{name: name, txn: txn, headers: h, owner: owner}}
}

// next is a step of the same flow.
func (s abhaStep) next(name ABHAStep, txn string) abhaStep {
	return newStep(name, txn, s.core.headers, s.core.owner)
}

// permit refuses a call of the step for another than the one it was begun for, and options that would let it be sent
// twice.
func (s abhaStep) permit(opts []caremux.RequestOption) error {
	if s.core == nil {
		return &ABHAStepError{Reason: ABHAStepReasonNotBegun}
	}
	if err := refuseIdempotent(opts); err != nil {
		return inFlow(string(s.core.name), err)
	}
	if mine, err := owner(s.core.headers, opts); err != nil || mine != s.core.owner {
		return &ABHAStepError{s.core.name, ABHAStepReasonOther}
	}
	return nil
}

// Step is the name of the step.
func (s abhaStep) Step() ABHAStep {
	if s.core == nil {
		return ""
	}
	return s.core.name
}

// Format prints only the name of the step, for every verb.
func (s abhaStep) Format(f fmt.State, verb rune) {
	wire.FormatText(f, verb, strings.TrimSpace("ABHA step "+string(s.Step())))
}

// LogValue returns the name of the step.
func (s abhaStep) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(s)) }

// String returns the name of the step.
func (s abhaStep) String() string { return fmt.Sprint(s) }

// GoString returns the name of the step.
func (s abhaStep) GoString() string { return fmt.Sprint(s) }

// check says why the step cannot be taken, with the lock held.
func (c *stepCore) check() error {
	switch c.state {
	case stepBusy:
		return &ABHAStepError{c.name, ABHAStepReasonBusy}
	case stepUsed:
		return &ABHAStepError{c.name, ABHAStepReasonUsed}
	case stepFailed:
		return &ABHAStepError{c.name, ABHAStepReasonFailed}
	}
	return nil
}

// hold reserves the step, so that no other call can take it meanwhile.
func (s abhaStep) hold() (txn string, err error) {
	if s.core == nil {
		return "", &ABHAStepError{Reason: ABHAStepReasonNotBegun}
	}
	s.core.mu.Lock()
	defer s.core.mu.Unlock()
	if err := s.core.check(); err != nil {
		return "", err
	}
	s.core.state = stepBusy
	return s.core.txn, nil
}

func (s abhaStep) release(state stepState, txn string) {
	s.core.mu.Lock()
	defer s.core.mu.Unlock()
	s.core.state = state
	if txn != "" {
		s.core.txn = txn
	}
}

// spend takes a step: a success uses it up. It returns the transaction as it stands after the call.
func spend[T any](
	s abhaStep, opts []caremux.RequestOption, call func(txn string) (T, error), next func(T) string,
) (answer T, txn string, err error) {
	if err = s.permit(opts); err != nil {
		return answer, "", err
	}
	txn, err = s.hold()
	if err != nil {
		return answer, "", err
	}
	state := stepFailed
	defer func() { s.release(state, txn) }()
	answer, err = call(txn)
	if err == nil {
		state = stepUsed
		if id := next(answer); id != "" {
			txn = id
		}
		return answer, txn, nil
	}
	if id := transactionOf(err); id != "" {
		txn = id
	}
	if repeatable(err) {
		state = stepReady
	}
	return answer, txn, explained(s.core.name, err)
}

// resend requests another password in the same step, whose transaction may change by it. A failure leaves the step as
// it is.
func resend(
	s abhaStep, opts []caremux.RequestOption, call func(txn string) (*ABHAOTPSent, error),
) (hint string, err error) {
	if err = s.permit(opts); err != nil {
		return "", err
	}
	txn, err := s.hold()
	if err != nil {
		return "", err
	}
	defer func() { s.release(stepReady, txn) }()
	sent, err := call(txn)
	if err != nil {
		return "", err
	}
	txn = sent.TxnID // if there is none, the one before stays
	return sent.Hint, nil
}

// peek returns the transaction for a call that does not take the step. It does not reserve it either: the one that
// takes it meanwhile must not find it busy.
func (s abhaStep) peek() (string, error) {
	if s.core == nil {
		return "", &ABHAStepError{Reason: ABHAStepReasonNotBegun}
	}
	s.core.mu.Lock()
	defer s.core.mu.Unlock()
	return s.core.txn, s.core.check()
}

// otpCodes say that the one-time password was wrong.
var otpCodes = []string{CodeWrongOTP, CodeABDMOTPMismatch}

// explained marks an error of a step that takes a password.
func explained(step ABHAStep, err error) error {
	err = inFlow(string(step), err)
	var e *caremux.Error
	if errors.As(err, &e) && slices.Contains(otpCodes, e.Code) && strings.HasSuffix(string(step), "_otp") {
		return wrongOTP{err}
	}
	return err
}

// repeatable reports whether a step that failed may be taken again: nothing was sent, the vendor refused without
// acting, or it wants another password or address.
func repeatable(err error) bool {
	if errors.As(err, new(*caremux.ArgumentError)) {
		return true
	}
	var e *caremux.Error
	if !errors.As(err, &e) {
		return false
	}
	switch {
	case !strings.HasPrefix(e.Operation, "ABHA"): // a login of the client failed, so that the step was not sent
		return true
	case slices.Contains(otpCodes, e.Code), e.Code == CodeABDMAddressExists, errors.Is(e, caremux.ErrRateLimited):
		return true
	}
	return !e.MaybeApplied() && (e.Status == 0 || e.Status == 401 || e.Status == 408 || e.Status == 503)
}

// transactionOf finds the transaction that an error goes on with.
func transactionOf(err error) string {
	var e *caremux.Error
	if !errors.As(err, &e) {
		return ""
	}
	return jsonMember(e.Body(), "txn_id")
}

// begun wants a transaction in the response that begins something: without one there is no next step.
func begun(operation, txn string) error {
	if txn != "" {
		return nil
	}
	return unreadable(operation, nil, "the response has no txn_id", true)
}
