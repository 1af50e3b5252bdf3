package ekacare_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/proof/canary"
)

var canaryCredentials = ekacare.Credentials{ClientID: "EC_1", ClientSecret: canary.Secret, SharingKey: canary.Token, AgentID: "agent"}

func TestNoMethodShowsAPersonOrASecret(t *testing.T) {
	canary.Run(t, canary.Subject{
		Client: func(opts ...caremux.Option) (any, error) {
			c, err := ekacare.New(canaryCredentials, opts...)
			if err != nil {
				return nil, err
			}
			return c.For(ekacare.Identity{PatientID: canary.ID, PartnerPatientID: canary.Name, HIPID: canary.ID}), nil
		},
		Login: func(r *http.Request) bool { return r.URL.Path == loginPath || strings.Contains(r.URL.Path, "/refresh") },
		LoginAnswer: func() string {
			return `{"access_token":"` + canary.Token + `","refresh_token":"` + canary.Token + `","expires_in":1800}`
		},
		Least: 200,
	})
}

func TestCredentialsAndVerifiersPrintWithoutSecrets(t *testing.T) {
	c := canaryCredentials
	v, err := ekacare.WebhookVerifier([]string{canary.Secret})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []any{c, &c, []ekacare.Credentials{c}, map[string]any{"c": c}, struct{ C ekacare.Credentials }{c}, v, *v} {
		canary.Clean(t, fmt.Sprintf("%T", x), canary.Encoded(x))
	}
	c.ClientID = canary.Secret + "\n"
	_, err = ekacare.New(c)
	canary.Error(t, "New", err)
}

// TestErrorsOfFlowsPrintWithoutWhatTheyCarry has each error as full as it gets.
func TestErrorsOfFlowsPrintWithoutWhatTheyCarry(t *testing.T) {
	call := caremux.NewError(caremux.Error{Vendor: "ekacare", Operation: "Appointments.Book", Status: 500, Message: canary.Prose},
		caremux.ErrorParts{Body: []byte(canary.Prose), Cause: fmt.Errorf("while sending %s", canary.Token), MaybeApplied: true})
	outcome := &ekacare.UploadOutcome{Items: []ekacare.DocumentOutcome{{DocumentID: canary.ID, Files: []ekacare.FileOutcome{{
		Form: &ekacare.RecordUploadForm{URL: "https://elsewhere.example/" + canary.Token},
		Err:  &ekacare.UploadItemError{Err: fmt.Errorf("open /home/%s: %w", canary.Name, ekacare.ErrFileUnreadable)}}}}}}
	for _, err := range []error{
		&ekacare.BookingError{Stage: ekacare.BookingStageBooked, AppointmentID: canary.ID,
			Appointment: &ekacare.Appointment{AppointmentID: canary.ID}, LookErr: call},
		&ekacare.DocumentParsingError{DocumentID: canary.ID, Status: "error", Result: &ekacare.ParsingResult{}},
		&ekacare.ScribeAudioLostError{Sent: 2, Missing: []string{canary.Name + ".mp3"}},
		&ekacare.ScribeFailedError{Session: &ekacare.ScribeSession{}},
		&ekacare.ScribeInterruptedError{ScribeProgress: ekacare.ScribeProgress{SessionID: canary.ID}, Err: call},
		&ekacare.ABHAStateError{Step: ekacare.ABHAStepLoginOTP, State: canary.Prose, Response: &ekacare.ABHALogin{TxnID: canary.ID}},
		&ekacare.ABHAStepError{Step: ekacare.ABHAStepLoginOTP, Reason: ekacare.ABHAStepReasonUsed},
		&ekacare.FieldErrors{Fields: []ekacare.FieldError{{Field: "mobile", Message: canary.Phone, Type: canary.Prose}}},
		outcome.Err(),
	} {
		canary.Error(t, fmt.Sprintf("%T", err), err)
		text := fmt.Sprintf("%s %x %d", canary.Encoded(err), err, err)
		canary.Clean(t, fmt.Sprintf("%T as JSON", err), text, fmt.Sprintf("%x", canary.ID))
		canary.Clean(t, fmt.Sprintf("%T within JSON", err), canary.Encoded(struct{ Err error }{err}))
	}
}
