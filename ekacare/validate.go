package ekacare

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/caremux/caremux"
)

// The rules below are those that the vendor states beyond single fields. They are checked before a request is sent.

// member is a field of a request, and whether the caller has set it.
type member struct {
	name  string
	given bool
}

func textMember(name string, value *string) member { return member{name, value != nil && *value != ""} }

func listMember(name string, list []string) member { return member{name, len(list) > 0} }

func names(members []member) string {
	var out []string
	for _, m := range members {
		out = append(out, m.name)
	}
	return strings.Join(out, ", ")
}

func firstGiven(members []member) (string, bool) {
	for _, m := range members {
		if m.given {
			return m.name, true
		}
	}
	return "", false
}

// oneSet wants all of one set of fields, and none of the other.
func oneSet(eka, partner []member) error {
	if err := apart(eka, partner); err != nil {
		return err
	}
	set, other := eka, partner
	if _, ok := firstGiven(partner); ok {
		set, other = partner, eka
	}
	for _, m := range set {
		if !m.given {
			return invalidArgument(m.name, "is required: set all of "+names(set)+", or all of "+names(other))
		}
	}
	return nil
}

// apart wants no fields of both sets.
func apart(eka, partner []member) error {
	_, someEka := firstGiven(eka)
	if name, ok := firstGiven(partner); ok && someEka {
		return invalidArgument(name, "cannot be combined with "+names(eka))
	}
	return nil
}

// oneOf wants at least one of the fields.
func oneOf(members ...member) error {
	if _, ok := firstGiven(members); ok {
		return nil
	}
	return invalidArgument(members[0].name, "is required, or another of "+names(members))
}

func birthOrAge(dob *caremux.Date, age *int, required bool) error {
	switch {
	case dob != nil && age != nil:
		return invalidArgument("age", "cannot be combined with dob")
	case required && dob == nil && age == nil:
		return invalidArgument("dob", "is required, unless age is given")
	case age != nil && *age < 0:
		return invalidArgument("age", "must be at least 0")
	}
	return nil
}

func ordered(start, end *EpochSeconds) error {
	if start != nil && end != nil && start.Known() && end.Known() && end.Unix() < start.Unix() {
		return invalidArgument("end_time", "must not be before start_time")
	}
	return nil
}

func digitsIfGiven(field string, value *string, counts ...int) error {
	if value == nil {
		return nil
	}
	return digits(field, *value, counts...)
}

// kindOfValue is the kind of what JSON makes of a value.
func kindOfValue(v any) reflect.Kind {
	if _, ok := v.(json.Number); ok {
		return reflect.Float64
	}
	rv := reflect.ValueOf(v)
	for rv.Kind() == reflect.Pointer && !rv.IsNil() {
		rv = rv.Elem()
	}
	switch {
	case rv.CanInt(), rv.CanUint(), rv.CanFloat():
		return reflect.Float64
	case rv.Kind() == reflect.Array:
		return reflect.Slice
	}
	return rv.Kind()
}

// displayMeta names no key: keys are the caller's data.
func displayMeta(meta map[string]any) error {
	for key, value := range meta {
		if utf8.RuneCountInString(key) > 30 {
			return invalidArgument("display_meta", "must have keys of at most 30 characters")
		}
		switch kindOfValue(value) {
		case reflect.String, reflect.Float64:
		default:
			return invalidArgument("display_meta", "must have values that are strings or numbers")
		}
		for rv := reflect.ValueOf(value); rv.Kind() == reflect.Pointer; rv = reflect.ValueOf(value) {
			value = rv.Elem().Interface()
		}
		if utf8.RuneCountInString(fmt.Sprint(value)) > 50 {
			return invalidArgument("display_meta", "must have values of at most 50 characters")
		}
	}
	return nil
}

// Validate checks that either dob or age is given.
func (p PatientCreate) Validate() error { return birthOrAge(p.DateOfBirth, p.Age, true) }

// Validate checks that not both of dob and age are given.
func (p PatientUpdate) Validate() error { return birthOrAge(p.DateOfBirth, p.Age, false) }

// Validate checks that fn or fln is given, and extras.
func (p DirectoryPatientCreate) Validate() error {
	if err := oneOf(textMember("fn", p.FirstName), textMember("fln", p.FullName)); err != nil {
		return err
	}
	for key, value := range p.Extras {
		if utf8.RuneCountInString(key) > 16 {
			return invalidArgument("extras", "must have keys of at most 16 characters")
		}
		switch kindOfValue(value) {
		case reflect.Map, reflect.Struct:
			return invalidArgument("extras", "must be one level deep")
		case reflect.Slice:
			list := reflect.Indirect(reflect.ValueOf(value))
			for i := range list.Len() {
				switch kindOfValue(list.Index(i).Interface()) {
				case reflect.Slice:
					return invalidArgument("extras", "must not contain lists of lists")
				case reflect.Map, reflect.Struct:
					return invalidArgument("extras", "must be one level deep")
				}
			}
		}
	}
	return nil
}

func clinicLists(eka, partner []string) error {
	return apart([]member{listMember("clinic_ids", eka)}, []member{listMember("partner_clinic_ids", partner)})
}

func doctorLists(eka, partner []string) error {
	return apart([]member{listMember("doctor_ids", eka)}, []member{listMember("partner_doctor_ids", partner)})
}

// Validate checks that clinics are named in one way, and the mobile number.
func (d OnboardingDoctorCreate) Validate() error {
	return firstError(clinicLists(d.ClinicIDs, d.PartnerClinicIDs), digitsIfGiven("mobile", d.Mobile, 10))
}

// Validate checks that clinics are named in one way.
func (d OnboardingDoctorUpdate) Validate() error { return clinicLists(d.ClinicIDs, d.PartnerClinicIDs) }

// Validate checks that doctors are named in one way, and the contact number.
func (c OnboardingClinicCreate) Validate() error {
	return firstError(doctorLists(c.DoctorIDs, c.PartnerDoctorIDs), digitsIfGiven("contact", c.Contact, 10, 11))
}

// Validate checks that doctors are named in one way, and the contact number.
func (c OnboardingClinicUpdate) Validate() error {
	return firstError(doctorLists(c.DoctorIDs, c.PartnerDoctorIDs), digitsIfGiven("contact", c.Contact, 10, 11))
}

// Validate checks that the user can log in by something, and that doctors and clinics are named in one way.
func (u OnboardingUserCreate) Validate() error {
	return firstError(
		oneOf(textMember("mobile", u.Mobile), textMember("email", u.Email), textMember("auth_userid", u.AuthUserid)),
		doctorLists(u.DoctorIDs, u.PartnerDoctorIDs), clinicLists(u.ClinicIDs, u.PartnerClinicIDs))
}

// Validate checks that doctors and clinics are named in one way.
func (u OnboardingUserUpdate) Validate() error {
	return firstError(doctorLists(u.DoctorIDs, u.PartnerDoctorIDs), clinicLists(u.ClinicIDs, u.PartnerClinicIDs))
}

// Validate checks that doctor, clinic and patient are named in one way, and the limits of display_meta.
func (b AppointmentBooking) Validate() error {
	return firstError(
		oneSet(
			[]member{textMember("clinic_id", b.ClinicID), textMember("doctor_id", b.DoctorID), textMember("patient_id", b.PatientID)},
			[]member{textMember("partner_clinic_id", b.PartnerClinicID), textMember("partner_doctor_id", b.PartnerDoctorID),
				textMember("partner_patient_id", b.PartnerPatientID)}),
		displayMeta(b.DisplayMeta))
}

// Validate checks the times.
func (d AppointmentDetailsInput) Validate() error {
	if !d.StartTime.Known() {
		return invalidArgument("start_time", "is required")
	}
	return ordered(&d.StartTime, d.EndTime)
}

// Validate checks that either dob or age is given.
func (p AppointmentPatientInput) Validate() error { return birthOrAge(p.DateOfBirth, p.Age, true) }

// Validate checks the times and the limits of display_meta.
func (u AppointmentUpdate) Validate() error {
	return firstError(displayMeta(u.DisplayMeta), ordered(u.StartTime, u.EndTime))
}

// Validate checks that doctor, clinic and patient are named in one way, and the limits of display_meta.
func (u AppointmentUpdateV2) Validate() error {
	return firstError(
		oneSet(
			[]member{textMember("clinic_id", u.ClinicID), textMember("doctor_id", u.DoctorID), textMember("patient_id", u.PatientID)},
			[]member{textMember("partner_clinic_id", u.PartnerClinicID), textMember("partner_doctor_id", u.PartnerDoctorID),
				textMember("partner_patient_id", u.PartnerPatientID)}),
		displayMeta(u.DisplayMeta))
}

// Validate checks the times.
func (d AppointmentDetailsUpdate) Validate() error { return ordered(d.StartTime, d.EndTime) }

// Validate checks that clinic and doctor are named in one way, and the times.
func (r AppointmentRescheduleV1) Validate() error {
	return firstError(
		apart([]member{textMember("clinic_id", r.ClinicID), textMember("doc_id", r.DocID)},
			[]member{textMember("partner_clinic_id", r.PartnerClinicID), textMember("partner_doctor_id", r.PartnerDoctorID)}),
		ordered(r.StartTime, r.EndTime))
}

// Validate checks the times.
func (f FollowUpConfirmation) Validate() error { return ordered(f.StartTime, f.EndTime) }

// Validate checks the times.
func (r AppointmentReschedule) Validate() error {
	switch {
	case !r.StartTime.Known():
		return invalidArgument("start_time", "is required")
	case !r.EndTime.Known():
		return invalidArgument("end_time", "is required")
	}
	return ordered(&r.StartTime, &r.EndTime)
}

// Validate checks that age or dob is given.
func (i AssessmentUserInfo) Validate() error {
	return oneOf(member{"age", i.Age != nil}, member{"dob", i.DateOfBirth != nil})
}

// Validate checks that there are choices or a string, not both, and a qualifier on every choice or on none.
func (a AssessmentAnswer) Validate() error {
	if len(a.SelectedChoices) > 0 && a.UserInput != nil {
		return invalidArgument("user_input", "cannot be combined with selected_choices")
	}
	for _, choice := range a.SelectedChoices {
		if (choice.ChoiceQualifier == nil) != (a.SelectedChoices[0].ChoiceQualifier == nil) {
			return invalidArgument("selected_choices", "must have a choice_qualifier on every choice or on none")
		}
	}
	return nil
}

// Validate checks that all files have the same contentType.
func (i RecordUploadItem) Validate() error {
	for n, file := range i.Files {
		if file.ContentType != i.Files[0].ContentType {
			return invalidArgument("files["+strconv.Itoa(n)+"].contentType", "must be the same for all files of a document")
		}
	}
	return nil
}

// Largest files of records, in bytes.
const (
	MaxPictureSize = 10 << 20
	MaxPDFSize     = 25 << 20
)

// Validate checks type and size of the file.
func (f RecordUploadFile) Validate() error {
	most, text := int64(MaxPictureSize), "10 MB"
	switch f.ContentType {
	case "image/jpg", "image/jpeg", "image/png":
	case "application/pdf":
		most, text = MaxPDFSize, "25 MB"
	default:
		return invalidArgument("contentType", "must be image/jpg, image/jpeg, image/png or application/pdf")
	}
	switch {
	case f.FileSize <= 0:
		return invalidArgument("file_size", "must be above zero")
	case f.FileSize > most:
		return invalidArgument("file_size", "must be at most "+text+" for "+f.ContentType)
	}
	return nil
}

// Validate checks that there is something to change.
func (u RecordUpdate) Validate() error {
	return oneOf(member{"dt", u.DocumentType.IsSpecified()}, member{"ndhm", u.Ndhm.IsSpecified()}, member{"oid", u.OID.IsSpecified()},
		member{"dd_e", u.DocumentDate.IsSpecified()}, member{"tg", u.Tags.IsSpecified()})
}

// Validate checks that value is of the type that value_type says.
func (v VitalValue) Validate() error {
	kind, want := kindOfValue(v.Value), reflect.Invalid
	switch v.ValueType {
	case VitalValueTypeNumber:
		want = reflect.Float64
	case VitalValueTypeBool:
		want = reflect.Bool
	case VitalValueTypeString:
		want = reflect.String
	}
	if want != reflect.Invalid && kind != want {
		return invalidArgument("value", "must be a number for NUM, true or false for BOOL, and a string for STR")
	}
	return nil
}

// Validate checks that transcript or target_language is given.
func (t ScribeTranscript) Validate() error {
	return oneOf(textMember("transcript", t.Transcript), textMember("target_language", (*string)(t.TargetLanguage)))
}

// Validate checks that section_ids is empty, though it must be sent.
func (t ScribeTemplateCreate) Validate() error {
	if len(t.SectionIDs) > 0 {
		return invalidArgument("section_ids", "must be empty")
	}
	return nil
}

// Validate checks that pages that need params have them.
func (n NotificationPayload) Validate() error {
	if (n.LandingPage == LandingPageQueue || n.LandingPage == LandingPageWebView) && len(n.Params) == 0 {
		return invalidArgument("params", "is required when landing_page is q or w")
	}
	return nil
}

// Validate checks the mobile number.
func (v ABHAAadhaarVerify) Validate() error { return digits("mobile", v.Mobile, 10) }

// Validate checks that the identifier fits the method.
func (k ABHAKYCInit) Validate() error {
	switch k.Method {
	case ABHAKYCMethodABHANumber:
		return digits("identifier", k.Identifier, 14)
	case ABHAKYCMethodAadhaar:
		return digits("identifier", k.Identifier, 12)
	}
	return nil
}

// Validate checks the mobile number.
func (s CareContextSMS) Validate() error { return digitsIfGiven("mobile_number", s.MobileNumber, 10) }

// Validate checks the mobile number.
func (p PatientsSearchByMobileParams) Validate() error { return digits("mobile", p.Mobile, 10) }

// Validate checks that flatten is true: the documents know no other value, and a zero value would send false.
func (p PatientDirectoryListByUsernameParams) Validate() error {
	if !p.Flatten {
		return invalidArgument("flatten", "must be true")
	}
	return nil
}

// Validate checks that the range is one day and the day after at most.
func (p AppointmentsListSlotsParams) Validate() error {
	start, err := caremux.ParseDate(p.StartDate)
	if err != nil {
		return nil // another form than the usual one: let the vendor judge
	}
	end, err := caremux.ParseDate(p.EndDate)
	if err != nil {
		return nil
	}
	return dayRange(start, end, 1, "must be at most the day after start_date")
}

func dayRange(start, end caremux.Date, days int, rule string) error {
	switch distance := end.In(time.UTC).Sub(start.In(time.UTC)); {
	case distance < 0:
		return invalidArgument("end_date", "must not be before start_date")
	case distance > time.Duration(days)*24*time.Hour:
		return invalidArgument("end_date", rule)
	}
	return nil
}

// Validate checks that appointments are requested by patient alone, or by a range of one to seven days.
func (p AppointmentsListParams) Validate() error {
	start, end := member{"start_date", p.StartDate != nil}, member{"end_date", p.EndDate != nil}
	others := []member{start, end, textMember("doctor_id", p.DoctorID), textMember("clinic_id", p.ClinicID)}
	if textMember("patient_id", p.PatientID).given {
		return apart([]member{{"patient_id", true}}, others)
	}
	for _, m := range others[:2] {
		if !m.given {
			return invalidArgument(m.name, "is required, unless patient_id is given")
		}
	}
	if *p.StartDate == *p.EndDate {
		return invalidArgument("end_date", "must be after start_date")
	}
	return dayRange(*p.StartDate, *p.EndDate, 7, "must be at most seven days after start_date")
}
