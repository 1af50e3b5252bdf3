package ekacare

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"

	"github.com/caremux/caremux/internal/wire"
)

// ABHASavedStep is a step as a string, which a web service can keep between two requests and hand to the Resume method of
// its kind. It contains the id of the transaction, for whom it was begun (as a hash, keyed with the client's secret) and,
// where there is a choice, the addresses; never a password, an Aadhaar number, a mobile number or a token. Only a client
// of the same account takes the step, and only for the same patient; otherwise it matches [ErrOtherOwner], and no request
// is sent. Keep it on the server, as you keep a session. It is printed as the name of its step; string(saved) is the
// text.
//
// Save takes no notice of what happens later: a step that was saved, taken and resumed is refused by the vendor alone.
type ABHASavedStep string

const (
	savedPrefix  = "abha2."
	maxSavedText = 64 << 10
)

// savedStep is the content.
type savedStep struct {
	Step      ABHAStep        `json:"s"`
	Txn       string          `json:"t"`
	Owner     string          `json:"o"`
	Via       ABHALoginMethod `json:"v,omitempty"`
	Addresses []string        `json:"a,omitempty"`
}

// Save returns the step as a string. A step that cannot be taken any more is a [*ABHAStepError].
func (s abhaStep) Save() (ABHASavedStep, error) {
	txn, err := s.peek()
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(savedStep{s.core.name, txn, s.core.owner, s.core.via, s.core.addresses})
	if err != nil {
		return "", err
	}
	return ABHASavedStep(savedPrefix + base64.RawURLEncoding.EncodeToString(data)), nil
}

func (s ABHASavedStep) read() (saved savedStep, ok bool) {
	text, found := strings.CutPrefix(string(s), savedPrefix)
	if !found || len(text) > maxSavedText {
		return saved, false
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || json.Unmarshal(data, &saved) != nil || saved.Step == "" || saved.Txn == "" || saved.Owner == "" {
		return savedStep{}, false
	}
	return saved, true
}

// Step returns which step was saved, and so which method resumes it; empty if the text cannot be read.
func (s ABHASavedStep) Step() ABHAStep {
	saved, _ := s.read()
	return saved.Step
}

// Format prints only the name of the step, for every verb.
func (s ABHASavedStep) Format(f fmt.State, verb rune) {
	name := s.Step()
	if !isWord(string(name)) {
		name = ""
	}
	wire.FormatText(f, verb, strings.TrimSpace("saved ABHA step "+string(name)))
}

// LogValue returns the name of the step.
func (s ABHASavedStep) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(s)) }

// resume restores the step. Whether it is taken for whom it was begun is found out then, as the options of the call may
// say for whom.
func (s ABHASavedStep) resume(want ABHAStep, h *headers) (abhaStep, error) {
	saved, ok := s.read()
	if !ok || saved.Step != want {
		return abhaStep{}, &ABHAStepError{want, ABHAStepReasonUnknown}
	}
	step := newStep(want, saved.Txn, h, saved.Owner)
	step.core.via, step.core.addresses = saved.Via, saved.Addresses
	return step, nil
}
