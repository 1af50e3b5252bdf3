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
	read := func(text string) (d caremux.Date) {
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, tt := range []struct {
		name string
		dob  caremux.Date
		sent string // "" if it is refused
	}{
		{"day", caremux.NewDate(1981, time.December, 10), "1981-12-10T00:00:00.000Z"},
		{"day of midnight in the east", caremux.DateOf(time.Date(1981, time.December, 10, 0, 0, 0, 0, location(t, "Asia/Kolkata"))),
			"1981-12-10T00:00:00.000Z"},
		{"day of an evening in the west", caremux.DateOf(time.Date(1981, time.December, 10, 23, 30, 0, 0, location(t, "America/New_York"))),
			"1981-12-10T00:00:00.000Z"},
		{"as it came", read(`"1981-12-10T01:01:01Z"`), "1981-12-10T01:01:01Z"},
		{"as it came without a zone", read(`"1981-12-10T00:00:00"`), "1981-12-10T00:00:00"},
		{"as it came from the east", read(`"1981-12-10T00:00:00+05:30"`), "1981-12-10T00:00:00+05:30"},
		{"unreadable, as it came", read(`"10 December"`), "10 December"},
		{"30 February", caremux.NewDate(1981, time.February, 30), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := profile()
			body.PatientProfileData.DOB = tt.dob
			query, sent, err := sentBy(t, `{"data":[{"patientId":1}]}`, func(c *snapcare.Client) error {
				_, err := c.FamilyGroups.AddDependent(t.Context(), body)
				return err
			})
			if tt.sent == "" {
				var argument *caremux.ArgumentError
				if !errors.As(err, &argument) || !strings.HasSuffix(argument.Field, "patientProfileData.dob") || query != nil {
					t.Errorf("got %v, sent %s", err, sent)
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

func TestEveryBodyWithADateOfBirthSendsTheDay(t *testing.T) {
	dob := caremux.NewDate(1981, time.December, 10)
	for _, body := range []any{
		snapcare.CoUserInput{DOB: &dob}, snapcare.CoUserTokenProfileInput{DOB: dob}, snapcare.PatientCreate{DOB: &dob},
		snapcare.OnboardPatientInput{DOB: &dob}, snapcare.PatientRecordInput{DOB: &dob}, snapcare.PatientShortInfoInput{DOB: &dob},
		snapcare.PendingStaffDetailsInput{DOB: dob}, snapcare.StaffDetailsInput{DOB: &dob}, snapcare.PatientProfileDataInput{DOB: dob},
	} {
		if sent, err := json.Marshal(body); err != nil || !strings.Contains(string(sent), `"dob":"1981-12-10T00:00:00.000Z"`) {
			t.Errorf("%T is sent as %s, %v", body, sent, err)
		}
	}
	if sent, err := json.Marshal(snapcare.CoUserInput{}); err != nil || strings.Contains(string(sent), "dob") {
		t.Errorf("without a day %s, %v", sent, err)
	}
}
