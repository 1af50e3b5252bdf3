package snapcare_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

func TestDateOfBirthIsSentAsItsDay(t *testing.T) {
	midnight := func(zone string) caremux.Time {
		return caremux.NewTime(time.Date(1981, time.December, 10, 0, 0, 0, 0, location(t, zone)))
	}
	changed := *naiveMoment(t, "1981-12-10T00:00:00")
	changed.Time = midnight("Europe/Berlin").Time
	for _, tt := range []struct {
		name string
		dob  caremux.Time
		sent string // "" if it is refused
	}{
		{"midnight UTC", midnight("UTC"), "1981-12-10T00:00:00.000Z"},
		{"midnight in the west, still the day", midnight("America/New_York"), "1981-12-10T05:00:00.000Z"},
		{"midnight in the east", midnight("Asia/Kolkata"), ""},
		{"evening in the west", caremux.NewTime(time.Date(1981, time.December, 10, 23, 30, 0, 0, location(t, "America/New_York"))), ""},
		{"moment that is meant in UTC", caremux.NewTime(midnight("Asia/Kolkata").UTC()), "1981-12-09T18:30:00.000Z"},
		{"midnight put into an answer's time", changed, ""},
		{"as it came", *naiveMoment(t, "1981-12-10T01:01:01Z"), "1981-12-10T01:01:01Z"},
		{"as it came without a zone", *naiveMoment(t, "1981-12-10T00:00:00"), "1981-12-10T00:00:00"},
		{"as it came from the east", *naiveMoment(t, "1981-12-10T00:00:00+05:30"), "1981-12-10T00:00:00+05:30"},
		{"unreadable, as it came", *naiveMoment(t, "10 December"), "10 December"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := profile()
			body.PatientProfileData.DOB = tt.dob
			query, sent, err := sentBy(t, `{"data":[{"patientId":1}]}`, func(c *snapcare.Client) error {
				_, err := c.FamilyGroups.AddDependent(t.Context(), body)
				return err
			})
			if tt.sent == "" {
				wantBirthRefused(t, err, "patientProfileData.dob")
				if query != nil {
					t.Errorf("sent %s", sent)
				}
				return
			}
			var got struct{ PatientProfileData struct{ DOB string } }
			if json.Unmarshal(sent, &got) != nil || err != nil || got.PatientProfileData.DOB != tt.sent {
				t.Errorf("sent %q, %v, want %q", got.PatientProfileData.DOB, err, tt.sent)
			}
		})
	}
}

func wantBirthRefused(t *testing.T, err error, field string) {
	t.Helper()
	var argument *caremux.ArgumentError
	if !errors.As(err, &argument) || !strings.HasSuffix(argument.Field, field) || !strings.Contains(argument.Rule, "same day in UTC") {
		t.Errorf("got %v", err)
	}
}

func TestEveryBodyWithADateOfBirthAsksForItsDay(t *testing.T) {
	dob := caremux.NewTime(time.Date(1981, time.December, 10, 0, 0, 0, 0, location(t, "Asia/Kolkata")))
	for _, body := range []interface{ Validate() error }{
		snapcare.CoUserInput{DOB: &dob}, snapcare.CoUserTokenProfileInput{DOB: dob}, snapcare.NewPatientInput{DOB: &dob},
		snapcare.OnboardPatientInput{DOB: &dob}, snapcare.PatientRecordInput{DOB: &dob}, snapcare.PatientShortInfoInput{DOB: &dob},
		snapcare.PendingStaffDetailsInput{DOB: dob}, snapcare.StaffDetailsInput{DOB: &dob},
		snapcare.PatientProfileDataInput{PatientName: "a", LastName: "b", DOB: dob},
	} {
		wantBirthRefused(t, body.Validate(), "dob")
	}
	for _, body := range []interface{ Validate() error }{snapcare.CoUserInput{}, snapcare.PendingStaffDetailsInput{}} {
		if err := body.Validate(); err != nil {
			t.Errorf("without a date of birth: %v", err)
		}
	}
	query, _, err := sentBy(t, `{}`, func(c *snapcare.Client) error {
		return c.FamilyGroups.AddCoUser(t.Context(), &snapcare.CoUserInput{DOB: &dob})
	})
	if wantBirthRefused(t, err, "dob"); query != nil {
		t.Error("something was sent")
	}
}
