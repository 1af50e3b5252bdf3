package ekacare

import (
	"fmt"
	"log/slog"
	"slices"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// ABHAAccount is the end of a login or a registration. It prints without its content, and as JSON without the tokens.
type ABHAAccount struct {
	caremux.Record `json:"-"` // the response that ended it

	Profile      *ABHAProfile  // nil if the vendor sends none, as at the end of a mobile verification
	Eka          *ABHAEkaIDs   // ids that Eka assigned; nil if there are none
	State        ABHASkipState // skip_state as sent, usually abha_end
	Hint         string        // text for the user
	Token        string        `json:"-"` // of the session with the ABDM gateway; logins do not document one
	RefreshToken string        `json:"-"`
}

// Format prints no content, whatever the verb.
func (a ABHAAccount) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, "ABHA account") }

// LogValue has no content.
func (a ABHAAccount) LogValue() slog.Value { return slog.StringValue("ABHA account") }

func (a *ABHALogin) account() *ABHAAccount {
	return &ABHAAccount{Record: a.Record, Profile: a.Profile, Eka: a.Eka, State: a.SkipState, Hint: a.Hint}
}

func (a *ABHARegistration) account() *ABHAAccount {
	return &ABHAAccount{Record: a.Record, Profile: a.Profile, Eka: a.Eka, State: a.SkipState, Hint: a.Hint,
		Token: a.Token, RefreshToken: a.RefreshToken}
}

func (a *ABHAAadhaarAccount) account() *ABHAAccount {
	return &ABHAAccount{Record: a.Record, Profile: a.Profile, Eka: a.Eka, State: a.SkipState, Hint: a.Hint,
		Token: a.Token, RefreshToken: a.RefreshToken}
}

func (a *ABHAMobileAccount) account() *ABHAAccount {
	return &ABHAAccount{Record: a.Record, Profile: a.Profile, Eka: a.Eka, State: a.SkipState, Token: a.Token, RefreshToken: a.RefreshToken}
}

func (a *ABHAMobileVerification) account() *ABHAAccount {
	return &ABHAAccount{Record: a.Record, Eka: a.Eka, State: a.SkipState}
}

// addressesOf are the addresses of accounts to choose from.
func addressesOf(profiles []ABHAAccountSummary) []string {
	var list []string
	for _, p := range profiles {
		if p.ABHAAddress != "" {
			list = append(list, p.ABHAAddress)
		}
	}
	return list
}

// newChoice makes a step in which one of the accounts is chosen.
func (s abhaStep) newChoice(name ABHAStep, txn string, profiles []ABHAAccountSummary) abhaStep {
	choice := s.next(name, txn)
	choice.core.addresses = addressesOf(profiles)
	return choice
}

// checkChoice wants one of the addresses found, if there are any.
func (s abhaStep) checkChoice(address string) error {
	if s.core != nil && len(s.core.addresses) > 0 && !slices.Contains(s.core.addresses, address) {
		return invalidArgument("abha_address", "must be one of the accounts found")
	}
	return checkAddress("abha_address", address)
}

// choices sets the accounts of a resumed step, as addresses only.
func (s abhaStep) choices() []ABHAAccountSummary {
	var list []ABHAAccountSummary
	for _, address := range s.core.addresses {
		list = append(list, ABHAAccountSummary{ABHAAddress: address})
	}
	return list
}

func noTxn[T any](T) string { return "" }
