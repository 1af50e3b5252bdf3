package ekacare

import (
	"fmt"
	"log/slog"
	"strconv"
)

// Answers that are made of secrets print, and are logged, without them. As JSON they are whole, so that they can be kept.

// Format prints no token, whatever the verb.
func (t AuthTokens) Format(f fmt.State, verb rune) { formatPlain(f, verb, "tokens") }

// LogValue has no token.
func (t AuthTokens) LogValue() slog.Value { return slog.StringValue("tokens") }

// Format prints no token, whatever the verb.
func (t AuthOIDCTokens) Format(f fmt.State, verb rune) { formatPlain(f, verb, "tokens of a user") }

// LogValue has no token.
func (t AuthOIDCTokens) LogValue() slog.Value { return slog.StringValue("tokens of a user") }

// Format prints no token, whatever the verb.
func (t ABHASessionTokens) Format(f fmt.State, verb rune) {
	formatPlain(f, verb, "tokens of an ABHA session")
}

// LogValue has no token.
func (t ABHASessionTokens) LogValue() slog.Value {
	return slog.StringValue("tokens of an ABHA session")
}

// Format prints no address and no field of the form, which is signed.
func (u RecordUploadForm) Format(f fmt.State, verb rune) { formatPlain(f, verb, "signed upload form") }

// LogValue has no address and no field.
func (u RecordUploadForm) LogValue() slog.Value { return slog.StringValue("signed upload form") }

// LogValue tells how much has arrived; the forms are signed.
func (o *UploadOutcome) LogValue() slog.Value {
	arrived, files := o.Arrived()
	return slog.StringValue(strconv.Itoa(arrived) + " of " + strconv.Itoa(files) + " files arrived")
}
