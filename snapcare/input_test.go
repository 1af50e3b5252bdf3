package snapcare_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

// naiveMoment is a moment as an answer without a zone has it.
func naiveMoment(t testing.TB, text string) *caremux.Time {
	t.Helper()
	at := new(caremux.Time)
	if err := json.Unmarshal([]byte(`"`+text+`"`), at); err != nil {
		t.Fatal(err)
	}
	return at
}

// profile is a profile with everything that has to be there.
func profile() *snapcare.PatientProfileInput {
	return &snapcare.PatientProfileInput{
		EmailAddress: "added@example.org",
		PatientProfileData: snapcare.PatientProfileDataInput{
			PatientID: 25937, PatientName: "Added", LastName: "Dependent", Gender: "F",
			DOB: caremux.NewDate(1981, time.December, 10),
		},
		PatientMedicalHistoryData:    snapcare.MedicalHistoryInput{IsUnderOneYear: "N", PatientID: 25937},
		PatientProfileFieldsTracking: snapcare.ProfileFieldTrackingInput{HospitalID: 126},
	}
}

func TestBadInputIsNamedAndNothingIsSent(t *testing.T) {
	const badText = "S3CRET"
	noon := caremux.NewTime(time.Date(2019, time.March, 14, 16, 0, 0, 0, time.UTC))
	one := caremux.NewTime(noon.Add(time.Hour))
	naive := naiveMoment(t, "2019-03-14T12:00:00")
	newYork, kolkata := location(t, "America/New_York"), location(t, "Asia/Kolkata")
	localNoon, localOne := snapcare.NewLocalTime(noon.Time, newYork), snapcare.NewLocalTime(one.Time, newYork)

	type call func(context.Context, *snapcare.Client) error
	block := func(change func(*snapcare.AvailabilityBlockCreate)) call {
		return func(ctx context.Context, c *snapcare.Client) error {
			body := &snapcare.AvailabilityBlockCreate{StartTime: &noon, EndTime: &one}
			change(body)
			_, err := c.AvailabilityBlocks.Create(ctx, body)
			return err
		}
	}
	older := func(change func(*snapcare.AppointmentV21Create)) call {
		return func(ctx context.Context, c *snapcare.Client) error {
			body := &snapcare.AppointmentV21Create{StartTime: &noon, EndTime: &one}
			change(body)
			_, err := c.Appointments.CreateForPatient(ctx, body)
			return err
		}
	}
	dependent := func(change func(*snapcare.PatientProfileInput)) call {
		return func(ctx context.Context, c *snapcare.Client) error {
			body := profile()
			change(body)
			_, err := c.FamilyGroups.AddDependent(ctx, body)
			return err
		}
	}
	getBlock := func(id string) call {
		return func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.AvailabilityBlocks.Get(ctx, id)
			return err
		}
	}
	visits := func(start, end *snapcare.LocalTime) call {
		return func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.Visits.AdminList(ctx, &snapcare.VisitsAdminListParams{StartTime: start, EndTime: end})
			return err
		}
	}
	for _, tt := range []struct {
		name      string
		do        call
		operation string
		field     string
		rule      string
	}{
		{"empty id", getBlock(""), "AvailabilityBlocks.Get", "availabilityBlockId", "is required"},
		{"slash in an id", getBlock(badText + "/x"), "AvailabilityBlocks.Get", "availabilityBlockId", "must not contain"},
		{"way up in an id", getBlock("../" + badText), "AvailabilityBlocks.Get", "availabilityBlockId", "must not contain"},
		{"query in an id", getBlock(badText + "?x=1"), "AvailabilityBlocks.Get", "availabilityBlockId", "must not contain"},
		{"line break in an id", getBlock(badText + "\n"), "AvailabilityBlocks.Get", "availabilityBlockId", "control characters"},
		{"empty id of an update", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.Appointments.AdminReplace(ctx, "", updateOf(seedAppointment(t)))
			return err
		}, "Appointments.AdminReplace", "appointmentId", "is required"},
		{"no body", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.Appointments.AdminCreate(ctx, nil)
			return err
		}, "Appointments.AdminCreate", "body", "is required"},
		{"no body of an update", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.Appointments.PatientReplace(ctx, seedID, nil)
			return err
		}, "Appointments.PatientReplace", "body", "is required"},

		{"required member", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.Account.CreateToken(ctx, &snapcare.TokenCreate{Email: badText, UserTypeID: snapcare.UserTypeCustomer})
			return err
		}, "Account.CreateToken", "password", "is required"},
		{"required parameter", func(ctx context.Context, c *snapcare.Client) error {
			return c.Account.ChangePassword(ctx, &snapcare.AccountChangePasswordParams{OldPassword: badText})
		}, "Account.ChangePassword", "new", "is required"},
		{"no parameters where some are required", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.AvailabilityBlocks.ListCoverage(ctx, nil)
			return err
		}, "AvailabilityBlocks.ListCoverage", "from", "is required"},
		{"required member of a part", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.Staff.CreatePendingProfile(ctx, &snapcare.PendingStaffProfileCreate{
				UserDetails: snapcare.PendingStaffUserInput{FirstName: badText, Email: "a@b"}, Roles: []snapcare.RoleRefInput{}})
			return err
		}, "Staff.CreatePendingProfile", "userDetails.lastName", "is required"},
		{"required list", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.Staff.CreatePendingProfile(ctx, &snapcare.PendingStaffProfileCreate{
				UserDetails: snapcare.PendingStaffUserInput{FirstName: badText, LastName: "b", Email: "a@b", PhoneNumber: "1"}})
			return err
		}, "Staff.CreatePendingProfile", "roles", "is required"},
		{"no file", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.Patients.UploadProfileImage(ctx, &snapcare.PatientsUploadProfileImageParams{},
				&snapcare.ImageUpload{File: caremux.File{Name: badText}})
			return err
		}, "Patients.UploadProfileImage", "file", "is required"},

		{"patient without name", dependent(func(p *snapcare.PatientProfileInput) { p.PatientProfileData.PatientName = "" }),
			"FamilyGroups.AddDependent", "patientProfileData.patientName", "is required"},
		{"patient without last name", dependent(func(p *snapcare.PatientProfileInput) { p.PatientProfileData.LastName = "" }),
			"FamilyGroups.AddDependent", "patientProfileData.lastName", "is required"},
		{"patient without date of birth", dependent(func(p *snapcare.PatientProfileInput) { p.PatientProfileData.DOB = caremux.Date{} }),
			"FamilyGroups.AddDependent", "patientProfileData.dob", "is required"},
		{"patient without email address", dependent(func(p *snapcare.PatientProfileInput) { p.EmailAddress = "" }),
			"FamilyGroups.AddDependent", "emailAddress", "is required, unless createUserWithoutEmail"},
		{"patient without email address, who is to have one",
			dependent(func(p *snapcare.PatientProfileInput) { p.EmailAddress, p.CreateUserWithoutEmail = "", new(false) }),
			"FamilyGroups.AddDependent", "emailAddress", "is required, unless createUserWithoutEmail"},

		{"appointment of a code that is not known", func(ctx context.Context, c *snapcare.Client) error {
			body := seedAppointment(t)
			body.EncounterTypeCode = snapcare.UnknownCode
			_, err := c.Appointments.AdminCreate(ctx, body)
			return err
		}, "Appointments.AdminCreate", "encounterTypeCode", "must be a code that is known"},
		{"participant of a code that is not known", func(ctx context.Context, c *snapcare.Client) error {
			body := updateOf(seedAppointment(t))
			body.Participants[1].AttendanceCode = new(snapcare.AttendanceCode(snapcare.UnknownCode))
			_, err := c.Appointments.PatientReplace(ctx, seedID, body)
			return err
		}, "Appointments.PatientReplace", "participants[1].attendenceCode", "must be a code that is known"},
		{"filter by a code that is not known", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.Appointments.AdminList(ctx, &snapcare.AppointmentsAdminListParams{
				AppointmentStatusCodes: []snapcare.AppointmentStatusCode{snapcare.AppointmentStatusCodeScheduled, snapcare.UnknownCode}})
			return err
		}, "Appointments.AdminList", "appointmentStatusCodes[1]", "must be a code that is known"},
		{"naive start of version 2.1", older(func(a *snapcare.AppointmentV21Create) { a.StartTime = naive }),
			"Appointments.CreateForPatient", "startTime", "must name its time zone"},
		{"naive end of version 2.1", older(func(a *snapcare.AppointmentV21Create) { a.EndTime = naive }),
			"Appointments.CreateForPatient", "endTime", "must name its time zone"},
		{"day as start of version 2.1", older(func(a *snapcare.AppointmentV21Create) { a.StartTime = naiveMoment(t, "2019-03-14") }),
			"Appointments.CreateForPatient", "startTime", "must name its time zone"},
		{"no time as start of version 2.1", older(func(a *snapcare.AppointmentV21Create) { a.StartTime = naiveMoment(t, badText) }),
			"Appointments.CreateForPatient", "startTime", "must be a date and time"},
		{"end before start in version 2.1", older(func(a *snapcare.AppointmentV21Create) {
			a.StartTime, a.EndTime = a.EndTime, a.StartTime
		}),
			"Appointments.CreateForPatient", "endTime", "must not be before startTime"},
		{"naive zoned time in version 2.1", older(func(a *snapcare.AppointmentV21Create) {
			a.ZonedTime = &snapcare.ZonedTimeInput{TimeZoneID: new(3), StartTime: snapcare.NewLocalTime(noon.Time, nil), EndTime: localOne}
		}), "Appointments.CreateForPatient", "zonedTime.startTime", "must come with the time zone"},
		{"zoned time of another instant in version 2.1", older(func(a *snapcare.AppointmentV21Create) {
			a.ZonedTime = zonedTime(t, noon.Add(time.Hour), one.Time)
		}), "Appointments.CreateForPatient", "zonedTime.startTime", "must be the same instant as startTime"},
		{"block of a zoned time of another instant", block(func(b *snapcare.AvailabilityBlockCreate) {
			b.ZonedTime = zonedTime(t, noon.Time, one.Add(time.Minute))
		}), "AvailabilityBlocks.Create", "zonedTime.endTime", "must be the same instant as endTime"},
		{"naive start of a block", block(func(b *snapcare.AvailabilityBlockCreate) { b.StartTime = naive }),
			"AvailabilityBlocks.Create", "startTime", "must name its time zone"},
		{"block that ends before it starts", block(func(b *snapcare.AvailabilityBlockCreate) {
			b.EndTime = new(caremux.NewTime(noon.Add(-time.Second)))
		}),
			"AvailabilityBlocks.Create", "endTime", "must not be before startTime"},
		{"block of a zone without an id", block(func(b *snapcare.AvailabilityBlockCreate) {
			b.ZonedTime = &snapcare.ZonedTimeInput{StartTime: localNoon, EndTime: localOne}
		}), "AvailabilityBlocks.Create", "zonedTime.timeZoneId", "is required"},
		{"naive first day of a repetition", block(func(b *snapcare.AvailabilityBlockCreate) {
			b.Rule = &snapcare.AvailabilityBlockRuleInput{FromDate: naive}
		}), "AvailabilityBlocks.Create", "rule.fromDate", "must name its time zone"},
		{"repetition that ends before it starts", block(func(b *snapcare.AvailabilityBlockCreate) {
			b.Rule = &snapcare.AvailabilityBlockRuleInput{FromDate: &one, ToDate: &noon}
		}), "AvailabilityBlocks.Create", "rule.toDate", "must not be before fromDate"},
		{"naive filter", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.Appointments.ListForClinician(ctx, &snapcare.AppointmentsListForClinicianParams{EndDate: naive})
			return err
		}, "Appointments.ListForClinician", "req.endDate", "must name its time zone"},
		{"naive search", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.Appointments.SearchForPatient(ctx, &snapcare.AppointmentsSearchForPatientParams{StartDate: naive})
			return err
		}, "Appointments.SearchForPatient", "req.startDate", "must name its time zone"},
		{"naive time to look at", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.Appointments.GetOnDemandAvailability(ctx, &snapcare.AppointmentsGetOnDemandAvailabilityParams{StartTime: naive})
			return err
		}, "Appointments.GetOnDemandAvailability", "onDemandAvailabilityRequest.startTime", "must name its time zone"},
		{"naive start of a list of blocks", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.AvailabilityBlocks.ListByRule(ctx, "r", &snapcare.AvailabilityBlocksListByRuleParams{From: naive})
			return err
		}, "AvailabilityBlocks.ListByRule", "from", "must name its time zone"},
		{"naive coverage", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.AvailabilityBlocks.ListCoverage(ctx, &snapcare.AvailabilityBlocksListCoverageParams{From: noon, To: *naive})
			return err
		}, "AvailabilityBlocks.ListCoverage", "to", "must name its time zone"},

		{"visits that end before they start", visits(localOne, localNoon), "Visits.AdminList", "endTime", "must not be before startTime"},
		{"visits without a zone", visits(snapcare.NewLocalTime(noon.Time, nil), localOne), "Visits.AdminList",
			"startTime", "must come with the time zone"},
		{"visits in two zones", visits(localNoon, snapcare.NewLocalTime(one.Time, kolkata)), "Visits.AdminList",
			"endTime", "must be in the same time zone"},

		{"iterator with bad params", func(ctx context.Context, c *snapcare.Client) error {
			n := 0
			var failed error
			for _, err := range c.Visits.AdminAll(ctx, &snapcare.VisitsAdminListParams{StartTime: localOne, EndTime: localNoon}) {
				n, failed = n+1, err
			}
			if n != 1 {
				t.Errorf("yielded %d times", n)
			}
			return failed
		}, "Visits.AdminList", "endTime", "must not be before startTime"},
		{"call of participants", func(ctx context.Context, c *snapcare.Client) error {
			_, err := c.Encounters.ListForParticipant(ctx)
			return err
		}, "Encounters.ListForParticipant", "client", "Client.Participant"},
		{"path of Do", func(ctx context.Context, c *snapcare.Client) error {
			return c.Do(ctx, "GET", "no-slash", nil, nil, nil)
		},
			"Do", "path", "must"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			query, _, err := sentBy(t, `{}`, func(c *snapcare.Client) error { return tt.do(t.Context(), c) })
			var argument *caremux.ArgumentError
			if !errors.As(err, &argument) || !errors.Is(err, caremux.ErrInvalid) {
				t.Fatalf("got %v", err)
			}
			if argument.Operation != tt.operation || argument.Field != tt.field || !strings.Contains(argument.Rule, tt.rule) {
				t.Errorf("got %q about %q of %q; want %q about %q of %q", argument.Rule, argument.Field,
					argument.Operation, tt.rule, tt.field, tt.operation)
			}
			if query != nil {
				t.Error("something was sent")
			}
			if strings.Contains(err.Error(), badText) {
				t.Errorf("the error holds the value: %v", err)
			}
		})
	}
}

// TestProfileTextsMayBeEmpty has an adult without a school and a specialist: the vendor wants the members, not the texts.
func TestProfileTextsMayBeEmpty(t *testing.T) {
	body := profile()
	body.EmailAddress, body.CreateUserWithoutEmail = "", new(true)
	_, sent, err := sentBy(t, `{"data":[{"patientId":1}]}`, func(c *snapcare.Client) error {
		_, err := c.FamilyGroups.AddDependent(t.Context(), body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		EmailAddress       *string
		PatientProfileData map[string]any
	}
	if err := json.Unmarshal(sent, &got); err != nil {
		t.Fatal(err)
	}
	if got.EmailAddress == nil || *got.EmailAddress != "" {
		t.Errorf("the empty address is not sent: %s", sent)
	}
	for _, name := range []string{"schoolName", "schoolContact", "physicianSpecialist", "preferedPharmacy",
		"profileImagePath", "organization", "location"} {
		if text, ok := got.PatientProfileData[name]; !ok || text != "" {
			t.Errorf("%s is %v", name, text)
		}
	}
	if got.PatientProfileData["dob"] != "1981-12-10T00:00:00.000Z" || got.PatientProfileData["patientName"] != "Added" {
		t.Errorf("sent %s", sent)
	}
}

// TestMomentsTravelWithTheirZone sends times of three origins in version 2.1, none of which may lose its moment.
func TestMomentsTravelWithTheirZone(t *testing.T) {
	start := caremux.NewTime(time.Date(2019, time.March, 14, 17, 48, 0, 0, location(t, "America/New_York")))
	answered := naiveMoment(t, "2019-03-14T17:50:00-04:00")
	_, sent, err := sentBy(t, `{"data":[{"appointmentId":"a"}]}`, func(c *snapcare.Client) error {
		_, err := c.Appointments.CreateForPatient(t.Context(), &snapcare.AppointmentV21Create{StartTime: &start, EndTime: answered})
		return err
	})
	if err != nil || !sameJSON(t, sent, `{"startTime":"2019-03-14T21:48:00.000Z","endTime":"2019-03-14T17:50:00-04:00"}`) {
		t.Errorf("sent %s, %v", sent, err)
	}
}

func zonedTime(t testing.TB, start, end time.Time) *snapcare.ZonedTimeInput {
	t.Helper()
	z, err := snapcare.NewZonedTime(start, end, snapcare.TimeZone{ID: new(3), Name: "America/New_York"})
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestTimesThatAgreeAreSentInBothForms(t *testing.T) {
	noon := time.Date(2019, time.March, 14, 16, 0, 0, 700_000_000, time.UTC) // local times have no fractions
	start, end := caremux.NewTime(noon), caremux.NewTime(noon.Add(time.Hour))
	_, body, err := sentBy(t, `{"data":[{"id":"b"}],"total":1}`, func(c *snapcare.Client) error {
		_, err := c.AvailabilityBlocks.Create(t.Context(), &snapcare.AvailabilityBlockCreate{StartTime: &start,
			EndTime:   &end,
			ZonedTime: zonedTime(t, noon, noon.Add(time.Hour))})
		return err
	})
	if err != nil || !sameJSON(t, body, `{"startTime":"2019-03-14T16:00:00.700Z","endTime":"2019-03-14T17:00:00.700Z",
		"zonedTime":{"timeZoneId":3,"startTime":"2019-03-14T12:00:00","endTime":"2019-03-14T13:00:00"}}`) {
		t.Errorf("sent %s: %v", body, err)
	}
}
