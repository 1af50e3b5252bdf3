package ekacare_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/oapi-codegen/nullable"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/wire"
)

func TestRules(t *testing.T) {
	at := func(hour int) *ekacare.EpochSeconds {
		return new(ekacare.NewEpochSeconds(time.Date(2026, 1, 2, hour, 0, 0, 0, time.UTC)))
	}
	day := func(n int) *caremux.Date { return new(caremux.NewDate(2026, time.March, n)) }
	details := ekacare.AppointmentDetailsInput{StartTime: *at(9)}
	booking := func(change func(b *ekacare.AppointmentBooking)) ekacare.AppointmentBooking {
		b := ekacare.AppointmentBooking{ClinicID: new("c"), DoctorID: new("d"), PatientID: new("p"), AppointmentDetails: details}
		change(&b)
		return b
	}
	patient := func(dob *caremux.Date, age *int) ekacare.PatientCreate {
		return ekacare.PatientCreate{FirstName: "A", Gender: ekacare.GenderFemale, DateOfBirth: dob, Age: age}
	}
	directory := func(extras map[string]any) ekacare.DirectoryPatientCreate {
		return ekacare.DirectoryPatientCreate{FullName: new("A B"), Gender: ekacare.GenderFemale, DateOfBirth: *day(1), Extras: extras}
	}
	doctor := func(change func(d *ekacare.OnboardingDoctorCreate)) ekacare.OnboardingDoctorCreate {
		d := ekacare.OnboardingDoctorCreate{Firstname: "A", Lastname: "B", Gender: ekacare.GenderFemale}
		change(&d)
		return d
	}
	user := func(change func(u *ekacare.OnboardingUserCreate)) ekacare.OnboardingUserCreate {
		u := ekacare.OnboardingUserCreate{
			Firstname: "A", Lastname: "B", Gender: ekacare.GenderFemale, DateOfBirth: *day(1), Email: new("a@b.example"),
		}
		change(&u)
		return u
	}
	clinic := func(change func(c *ekacare.OnboardingClinicCreate)) ekacare.OnboardingClinicCreate {
		c := ekacare.OnboardingClinicCreate{Name: "A", Address: "B"}
		change(&c)
		return c
	}
	meta := func(key string, value any) ekacare.AppointmentBooking {
		return booking(func(b *ekacare.AppointmentBooking) { b.DisplayMeta = map[string]any{key: value} })
	}
	file := func(kind string, size int64) ekacare.RecordUploadFile {
		return ekacare.RecordUploadFile{ContentType: kind, FileSize: size}
	}
	notice := func(page ekacare.LandingPage, params map[string]any) ekacare.NotificationPayload {
		return ekacare.NotificationPayload{
			PartnerDoctorID: "d", Message: ekacare.NotificationMessage{Title: "t", Body: "b"}, LandingPage: page, Params: params,
		}
	}
	video := new(ekacare.AppointmentModeVideo)
	connect := &ekacare.VideoConnectInput{URL: new("https://x.example")}
	one, two := []string{"1"}, []string{"2"}
	choice := func(q *ekacare.AssessmentQualifierID) ekacare.AssessmentSelectedChoice {
		return ekacare.AssessmentSelectedChoice{ChoiceID: "c", ChoiceQualifier: q}
	}
	qualifier := new(ekacare.AssessmentQualifierID("p"))
	aadhaar := func(mobile string) ekacare.ABHAAadhaarVerify {
		return ekacare.ABHAAadhaarVerify{Mobile: mobile, OTP: "1", TxnID: "t"}
	}
	kyc := func(method ekacare.ABHAKYCMethod, id string) ekacare.ABHAKYCInit {
		return ekacare.ABHAKYCInit{Method: method, Identifier: id}
	}

	for _, tc := range []struct {
		name  string
		input any
		field string // at fault; "" if none is
	}{
		{"Eka ids", booking(func(*ekacare.AppointmentBooking) {}), ""},
		{"partner ids", *seedBooking(), ""},
		{"ids of both sets", booking(func(b *ekacare.AppointmentBooking) { b.PartnerDoctorID = new("x") }), "partner_doctor_id"},
		{"Eka ids with one missing", booking(func(b *ekacare.AppointmentBooking) { b.PatientID = nil }), "patient_id"},
		{"partner ids with one missing", ekacare.AppointmentBooking{
			PartnerClinicID: new("c"), PartnerPatientID: new("p"), AppointmentDetails: details,
		}, "partner_doctor_id"},
		{"no ids", ekacare.AppointmentBooking{AppointmentDetails: details}, "clinic_id"},
		{"empty id", booking(func(b *ekacare.AppointmentBooking) { b.DoctorID = new("") }), "doctor_id"},
		{"V2 Eka ids", ekacare.AppointmentUpdateV2{ClinicID: new("c"), DoctorID: new("d"), PatientID: new("p")}, ""},
		{"V2 ids of both sets", ekacare.AppointmentUpdateV2{ClinicID: new("c"), PartnerClinicID: new("d")}, "partner_clinic_id"},
		{"V2 no ids", ekacare.AppointmentUpdateV2{}, "clinic_id"},
		{"V2 display_meta", ekacare.AppointmentUpdateV2{
			ClinicID: new("c"), DoctorID: new("d"), PatientID: new("p"), DisplayMeta: map[string]any{"k": true},
		}, "display_meta"},

		{"display_meta at its limits", meta(strings.Repeat("é", 30), strings.Repeat("é", 50)), ""},
		{"display_meta numbers", meta("k", 5.5), ""},
		{"display_meta JSON number", meta("k", json.Number("12")), ""},
		{"display_meta pointer", meta("k", new("text")), ""},
		{"display_meta key too long", meta(strings.Repeat("k", 31), "v"), "display_meta"},
		{"display_meta value too long", meta("k", strings.Repeat("v", 51)), "display_meta"},
		{"display_meta pointer too long", meta("k", new(strings.Repeat("v", 51))), "display_meta"},
		{"display_meta list", meta("k", []string{"v"}), "display_meta"},
		{"display_meta nil", meta("k", nil), "display_meta"},
		{"update display_meta", ekacare.AppointmentUpdate{DisplayMeta: map[string]any{strings.Repeat("k", 31): "v"}}, "display_meta"},
		{"update", ekacare.AppointmentUpdate{DisplayMeta: map[string]any{"k": 1}, StartTime: at(9), EndTime: at(10)}, ""},
		{"update ends early", ekacare.AppointmentUpdate{StartTime: at(9), EndTime: at(8)}, "end_time"},

		{"video", ekacare.AppointmentDetailsInput{StartTime: *at(9), Mode: video, VideoConnect: connect}, ""},
		{"video without a call of one's own", ekacare.AppointmentDetailsInput{StartTime: *at(9), Mode: video}, ""},
		{"no start", ekacare.AppointmentDetailsInput{}, "start_time"},
		{"ends when it starts", ekacare.AppointmentDetailsInput{StartTime: *at(9), EndTime: at(9)}, ""},
		{"ends early", ekacare.AppointmentDetailsInput{StartTime: *at(9), EndTime: at(8)}, "end_time"},
		{"update to video", ekacare.AppointmentDetailsUpdate{Mode: video, VideoConnect: connect}, ""},
		{"details update ends early", ekacare.AppointmentDetailsUpdate{StartTime: at(9), EndTime: at(8)}, "end_time"},

		{"dob", patient(day(1), nil), ""},
		{"age", patient(nil, new(0)), ""},
		{"dob and age", patient(day(1), new(3)), "age"},
		{"neither dob nor age", patient(nil, nil), "dob"},
		{"negative age", patient(nil, new(-1)), "age"},
		{"booked patient by age", ekacare.AppointmentPatientInput{Age: new(3)}, ""},
		{"booked patient by both", booking(func(b *ekacare.AppointmentBooking) {
			b.PatientDetails = &ekacare.AppointmentPatientInput{Age: new(3), DateOfBirth: day(1)}
		}), "patient_details.age"},
		{"booked patient by neither", ekacare.AppointmentPatientInput{}, "dob"},
		{"patient update of neither", ekacare.PatientUpdate{}, ""},
		{"patient update of both", ekacare.PatientUpdate{Age: new(3), DateOfBirth: day(1)}, "age"},

		{"full name", directory(map[string]any{"a": 1, "b": []any{1, "x"}}), ""},
		{"no name", ekacare.DirectoryPatientCreate{Gender: ekacare.GenderMale, DateOfBirth: *day(1)}, "fn"},
		{"extras key too long", directory(map[string]any{strings.Repeat("k", 17): 1}), "extras"},
		{"extras of two levels", directory(map[string]any{"a": map[string]any{}}), "extras"},
		{"extras with a list of objects", directory(map[string]any{"a": []any{map[string]int{}}}), "extras"},
		{"extras with a list of lists", directory(map[string]any{"a": [][]int{{1}}}), "extras"},

		{"doctor", doctor(func(d *ekacare.OnboardingDoctorCreate) { d.ClinicIDs, d.Mobile = one, new("9876543210") }), ""},
		{"doctor's clinics twice", doctor(func(d *ekacare.OnboardingDoctorCreate) {
			d.ClinicIDs, d.PartnerClinicIDs = one, two
		}), "partner_clinic_ids"},
		{"doctor's mobile", doctor(func(d *ekacare.OnboardingDoctorCreate) { d.Mobile = new("+919876543210") }), "mobile"},
		{"doctor update", ekacare.OnboardingDoctorUpdate{PartnerClinicIDs: two}, ""},
		{"doctor update's clinics twice", ekacare.OnboardingDoctorUpdate{ClinicIDs: one, PartnerClinicIDs: two}, "partner_clinic_ids"},
		{"clinic", clinic(func(c *ekacare.OnboardingClinicCreate) { c.Contact = new("08012345678") }), ""},
		{"clinic's contact", clinic(func(c *ekacare.OnboardingClinicCreate) { c.Contact = new("12") }), "contact"},
		{"clinic's doctors twice", clinic(func(c *ekacare.OnboardingClinicCreate) {
			c.DoctorIDs, c.PartnerDoctorIDs = one, two
		}), "partner_doctor_ids"},
		{"clinic update", ekacare.OnboardingClinicUpdate{Contact: new("9876543210")}, ""},
		{"clinic update's contact", ekacare.OnboardingClinicUpdate{Contact: new("987654321O")}, "contact"},
		{"clinic update's doctors twice", ekacare.OnboardingClinicUpdate{DoctorIDs: one, PartnerDoctorIDs: two}, "partner_doctor_ids"},
		{"user", user(func(*ekacare.OnboardingUserCreate) {}), ""},
		{"user without a login", user(func(u *ekacare.OnboardingUserCreate) { u.Email = nil }), "mobile"},
		{"user's doctors twice", user(func(u *ekacare.OnboardingUserCreate) {
			u.DoctorIDs, u.PartnerDoctorIDs = one, two
		}), "partner_doctor_ids"},
		{"user's clinics twice", user(func(u *ekacare.OnboardingUserCreate) {
			u.ClinicIDs, u.PartnerClinicIDs = one, two
		}), "partner_clinic_ids"},
		{"user update", ekacare.OnboardingUserUpdate{DoctorIDs: one, PartnerClinicIDs: two}, ""},
		{"user update's doctors twice", ekacare.OnboardingUserUpdate{DoctorIDs: one, PartnerDoctorIDs: two}, "partner_doctor_ids"},
		{"user update's clinics twice", ekacare.OnboardingUserUpdate{ClinicIDs: one, PartnerClinicIDs: two}, "partner_clinic_ids"},

		{"reschedule", ekacare.AppointmentReschedule{StartTime: *at(9), EndTime: *at(10)}, ""},
		{"reschedule without a start", ekacare.AppointmentReschedule{EndTime: *at(10)}, "start_time"},
		{"reschedule without an end", ekacare.AppointmentReschedule{StartTime: *at(10)}, "end_time"},
		{"reschedule ends early", ekacare.AppointmentReschedule{StartTime: *at(9), EndTime: *at(8)}, "end_time"},
		{"reschedule v1", ekacare.AppointmentRescheduleV1{ClinicID: new("c"), DocID: new("d"), StartTime: at(9)}, ""},
		{"reschedule v1 by both sets", ekacare.AppointmentRescheduleV1{DocID: new("d"), PartnerClinicID: new("c")}, "partner_clinic_id"},
		{"reschedule v1 ends early", ekacare.AppointmentRescheduleV1{StartTime: at(9), EndTime: at(8)}, "end_time"},
		{"follow-up", ekacare.FollowUpConfirmation{StartTime: at(9)}, ""},
		{"follow-up ends early", ekacare.FollowUpConfirmation{StartTime: at(9), EndTime: at(8)}, "end_time"},

		{"person by both", ekacare.AssessmentUserInfo{Gender: ekacare.GenderMale, Age: new(30), DateOfBirth: day(1)}, ""},
		{"person by neither", ekacare.AssessmentUserInfo{Gender: ekacare.GenderMale}, "age"},
		{"skipped question", ekacare.AssessmentAnswer{}, ""},
		{"answer by choices and text", ekacare.AssessmentAnswer{
			SelectedChoices: []ekacare.AssessmentSelectedChoice{choice(nil)}, UserInput: new("x"),
		}, "user_input"},
		{"qualifiers on all", ekacare.AssessmentAnswer{SelectedChoices: []ekacare.AssessmentSelectedChoice{
			choice(qualifier), choice(qualifier),
		}}, ""},
		{"qualifiers on some", ekacare.AssessmentAnswer{SelectedChoices: []ekacare.AssessmentSelectedChoice{
			choice(qualifier), choice(nil),
		}}, "selected_choices"},

		{"picture", file("image/png", 10<<20), ""},
		{"large picture", file("image/png", 10<<20+1), "file_size"},
		{"PDF file", file("application/pdf", 25<<20), ""},
		{"large PDF file", file("application/pdf", 25<<20+1), "file_size"},
		{"empty file", file("application/pdf", 0), "file_size"},
		{"other file", file("text/plain", 1), "contentType"},
		{"files of one type", ekacare.RecordUploadItem{Files: []ekacare.RecordUploadFile{file("image/png", 1), file("image/png", 1)}}, ""},
		{"files of two types", ekacare.RecordUploadItem{Files: []ekacare.RecordUploadFile{file("image/png", 1), file("image/jpg", 1)}},
			"files[1].contentType"},
		{"record update", ekacare.RecordUpdate{OID: nullable.NewNullableWithValue("o")}, ""},
		{"record update to null", ekacare.RecordUpdate{Ndhm: nullable.NewNullNullable[bool]()}, ""},
		{"empty record update", ekacare.RecordUpdate{Metadata: new("m")}, "dt"},

		{"number", ekacare.VitalValue{ValueType: ekacare.VitalValueTypeNumber, Value: 98.6}, ""},
		{"number as text", ekacare.VitalValue{ValueType: ekacare.VitalValueTypeNumber, Value: "98.6"}, "value"},
		{"bool", ekacare.VitalValue{ValueType: ekacare.VitalValueTypeBool, Value: false}, ""},
		{"bool as number", ekacare.VitalValue{ValueType: ekacare.VitalValueTypeBool, Value: 1}, "value"},
		{"text", ekacare.VitalValue{ValueType: ekacare.VitalValueTypeString, Value: "x"}, ""},
		{"text as bool", ekacare.VitalValue{ValueType: ekacare.VitalValueTypeString, Value: true}, "value"},

		{"transcript", ekacare.ScribeTranscript{Transcript: new("t")}, ""},
		{"translation", ekacare.ScribeTranscript{TargetLanguage: new(ekacare.TargetLanguageHindi)}, ""},
		{"neither transcript nor language", ekacare.ScribeTranscript{TemplateID: new("t")}, "transcript"},
		{"template", ekacare.ScribeTemplateCreate{Title: "t", SectionIDs: []string{}}, ""},
		{"template with sections", ekacare.ScribeTemplateCreate{Title: "t", SectionIDs: one}, "section_ids"},
		{"template without the member", ekacare.ScribeTemplateCreate{Title: "t"}, "section_ids"},
		{"home page", notice(ekacare.LandingPageHome, nil), ""},
		{"queue", notice(ekacare.LandingPageQueue, map[string]any{"a": 1}), ""},
		{"queue without params", notice(ekacare.LandingPageQueue, nil), "params"},
		{"web page without params", notice(ekacare.LandingPageWebView, nil), "params"},
		{"Aadhaar mobile", aadhaar("9876543210"), ""},
		{"Aadhaar mobile with code", aadhaar("919876543210"), "mobile"},
		{"ABHA number", kyc(ekacare.ABHAKYCMethodABHANumber, "12345678901234"), ""},
		{"short ABHA number", kyc(ekacare.ABHAKYCMethodABHANumber, "123456789012"), "identifier"},
		{"Aadhaar number", kyc(ekacare.ABHAKYCMethodAadhaar, "123456789012"), ""},
		{"long Aadhaar number", kyc(ekacare.ABHAKYCMethodAadhaar, "12345678901234"), "identifier"},
		{"SMS", ekacare.CareContextSMS{MobileNumber: new("9876543210")}, ""},
		{"SMS to a short number", ekacare.CareContextSMS{MobileNumber: new("98")}, "mobile_number"},

		{"directory by user name", ekacare.PatientDirectoryListByUsernameParams{Flatten: true}, ""},
		{"directory by user name, not flat", ekacare.PatientDirectoryListByUsernameParams{}, "flatten"},
		{"search by mobile", ekacare.PatientsSearchByMobileParams{Mobile: "9876543210"}, ""},
		{"search by mobile with code", ekacare.PatientsSearchByMobileParams{Mobile: "+919876543210"}, "mobile"},
		{"slots of two days", ekacare.AppointmentsListSlotsParams{StartDate: "2026-03-31", EndDate: "2026-04-01"}, ""},
		{"slots in another form", ekacare.AppointmentsListSlotsParams{StartDate: "today", EndDate: "tomorrow"}, ""},
		{"slots of three days", ekacare.AppointmentsListSlotsParams{StartDate: "2026-03-31", EndDate: "2026-04-02"}, "end_date"},
		{"slots backwards", ekacare.AppointmentsListSlotsParams{StartDate: "2026-03-31", EndDate: "2026-03-30"}, "end_date"},
		{"appointments of a patient", ekacare.AppointmentsListParams{PatientID: new("p"), PageNo: new(2)}, ""},
		{"appointments of a patient and a doctor", ekacare.AppointmentsListParams{PatientID: new("p"), DoctorID: new("d")}, "doctor_id"},
		{"appointments of a week", ekacare.AppointmentsListParams{StartDate: day(1), EndDate: day(8), ClinicID: new("c")}, ""},
		{"appointments of a day without the next", ekacare.AppointmentsListParams{StartDate: day(1), EndDate: day(1)}, "end_date"},
		{"appointments of more than a week", ekacare.AppointmentsListParams{StartDate: day(1), EndDate: day(9)}, "end_date"},
		{"appointments without an end", ekacare.AppointmentsListParams{StartDate: day(1)}, "end_date"},
		{"appointments of all", ekacare.AppointmentsListParams{}, "start_date"},
		{"appointments without params", (*ekacare.AppointmentsListParams)(nil), "start_date"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := wire.Check(tc.input)
			var argument *caremux.ArgumentError
			switch {
			case tc.field == "" && err != nil:
				t.Errorf("error %v", err)
			case tc.field != "" && !errors.As(err, &argument):
				t.Errorf("error %v, want one of %s", err, tc.field)
			case tc.field != "" && (!strings.HasPrefix(argument.Field, tc.field) || argument.Rule == "" ||
				!errors.Is(err, caremux.ErrInvalid)):
				t.Errorf("error %v, want one of %s", err, tc.field)
			}
		})
	}
}

func TestWhatBreaksARuleIsNotSent(t *testing.T) {
	nw := always(201, `{"appointment_id":"a"}`)
	booking := seedBooking()
	booking.ClinicID = new("9001")
	_, err := nw.client(t).Appointments.Book(t.Context(), booking)
	if want := "ekacare: Appointments.Book: partner_clinic_id cannot be combined with clinic_id, doctor_id, patient_id"; err == nil ||
		err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	for _, err := range nw.client(t).Appointments.All(t.Context(), nil) {
		if !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("error %v", err)
		}
	}
	if n := len(nw.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}
