package ekacare_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/proof/canary"
)

func TestTypesWithSecretsPrintAndAreLoggedWithoutThem(t *testing.T) {
	canary.Secrets(t, canary.Types{Client: &ekacare.Client{}, Least: 45, Plain: []string{"DoctorClinicAddress.PIN"},
		More: []any{ekacare.ABHACareContextLinkConfirmEvent{}, ekacare.BookingConfirmEvent{}, ekacare.ErrorResponse{}}})
}

// TestWhatHoldsSecretsOrNotesIsPrintedAndLoggedWithoutThem prints and logs values and errors of the flows, each with the canary in
// every member that could come from the vendor.
func TestWhatHoldsSecretsOrNotesIsPrintedAndLoggedWithoutThem(t *testing.T) {
	form := ekacare.RecordUploadForm{URL: "https://s3.invalid/" + canaryToken, Fields: map[string]string{"policy": canaryToken}}
	outcome := &ekacare.UploadOutcome{Items: []ekacare.DocumentOutcome{{DocumentID: canaryID,
		Files: []ekacare.FileOutcome{{Form: &form, Err: errors.New(canaryName + ".pdf is not there")}}}}}
	itemError := &ekacare.UploadItemError{Err: errors.New(canaryName)}
	scribe := &ekacare.ScribeSession{Status: canaryText, Transcript: canaryText}
	for name, v := range map[string]any{
		"tokens":            &ekacare.AuthTokens{AccessToken: canaryToken, RefreshToken: canaryToken},
		"tokens of a user":  ekacare.AuthOIDCTokens{AccessToken: canaryToken, RefreshToken: canaryToken, RedirectURL: canaryToken},
		"tokens of ABHA":    &ekacare.ABHASessionTokens{Token: canaryToken, RefreshToken: canaryToken},
		"form":              form,
		"account":           &ekacare.ABHAAccount{Hint: canaryName, Token: canaryToken},
		"credentials":       ekacare.Credentials{ClientID: "EC_1", ClientSecret: canarySecret, SharingKey: canaryShare},
		"outcome":           outcome,
		"upload error":      outcome.Err(),
		"upload item error": itemError,
		"parsing error":     &ekacare.DocumentParsingError{DocumentID: canaryID, Result: &ekacare.ParsingResult{Status: "error"}},
		"scribe error":      &ekacare.ScribeFailedError{Session: scribe},
		"interrupted scribe": &ekacare.ScribeInterruptedError{
			ScribeProgress: ekacare.ScribeProgress{SessionID: canaryID}, Err: &ekacare.ScribeFailedError{Session: scribe},
		},
		"booking error": &ekacare.BookingError{
			Stage: ekacare.BookingStageDiffers, AppointmentID: canaryID, Appointment: &ekacare.Appointment{Notes: canaryText},
		},
		"ABHA state":   &ekacare.ABHAStateError{State: canaryText, Response: &ekacare.ABHALogin{Hint: canaryName}},
		"field errors": &ekacare.FieldErrors{Fields: []ekacare.FieldError{{Field: "mobile", Message: canaryFone}}},
	} {
		log := &heard{}
		slog.New(slog.NewJSONHandler(log, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(log, nil)).Info("x", "v", v)
		if err, ok := v.(error); ok { // as loggers that marshal what they find
			text, _ := json.Marshal(map[string]any{"error": err})
			_, _ = log.Write(text)
		}
		text := log.String()
		if name != "outcome" { // its forms are behind pointers, and its JSON is meant to be kept
			text += printed(v)
		}
		for _, canary := range []string{canaryToken, canaryID, canaryName, canaryText, canaryFone, canarySecret, canaryShare} {
			if strings.Contains(text, canary) {
				t.Errorf("%s shows %s: %s", name, canary, text)
			}
		}
	}
	at := func(d time.Duration) string { return time.Now().Add(d).Format(time.RFC3339) }
	later := slotsOf(slotAt(at(time.Hour), at(2*time.Hour), true))
	nw := newClinicVendor()
	nw.book, nw.slots = noSlots, later
	_, err := nw.client(t).Appointments.BookSlot(t.Context(), freeSlot(), ekaBooking())
	var taken *ekacare.SlotTakenError
	if !errors.As(err, &taken) || len(taken.Next) != 1 {
		t.Fatalf("error %v", err)
	}
	if text, _ := json.Marshal(map[string]any{"error": err}); strings.Contains(printed(err)+string(text), "d-1") {
		t.Errorf("a slot that is taken prints as %#v and %s", err, text)
	}
	again, _ := json.Marshal(outcome)
	if !strings.Contains(string(again), canaryToken) {
		t.Error("an outcome that is kept as JSON has no forms")
	}
}
