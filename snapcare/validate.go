package snapcare

import (
	"strconv"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/argument"
)

func required(field string) error { return &caremux.ArgumentError{Field: field, Rule: "is required"} }

// Validate checks the rules of the vendor's documentation that concern several fields: a block, one patient and one
// clinician, and a start and an end in one time zone. That they lie in the future is for the vendor to see.
func (a AppointmentCreate) Validate() error {
	if a.AvailabilityBlockID == "" {
		return required("availabilityBlockId")
	}
	return booking{
		a.AppointmentTypeCode,
		a.EncounterTypeCode,
		a.ServiceTypeID,
		a.Participants,
		a.StartTime,
		a.EndTime,
		a.ZonedTime,
	}.validate()
}

// Validate is [AppointmentCreate.Validate]; the block may be left out.
func (a AppointmentReplace) Validate() error {
	return booking{
		a.AppointmentTypeCode,
		a.EncounterTypeCode,
		a.ServiceTypeID,
		a.Participants,
		a.StartTime,
		a.EndTime,
		a.ZonedTime,
	}.validate()
}

// booking is what the bodies that create and change an appointment have in common.
type booking struct {
	appointmentType AppointmentTypeCode
	encounterType   EncounterTypeCode
	serviceTypeID   int
	participants    []AppointmentParticipantInput
	start, end      *LocalTime
	zoned           *ZonedTimeInput
}

func (b booking) validate() error {
	switch {
	case b.appointmentType == AppointmentTypeCodeNone || b.appointmentType == UnknownCode:
		return required("appointmentTypeCode")
	case b.encounterType == EncounterTypeCodeNone || b.encounterType == UnknownCode:
		return required("encounterTypeCode")
	case b.serviceTypeID == 0:
		return required("serviceTypeId")
	}
	if err := validateParticipants(b.participants); err != nil {
		return err
	}
	if err := validateTimes("startTime", b.start, "endTime", b.end); err != nil {
		return err
	}
	if b.zoned != nil {
		if err := argument.At(b.zoned.Validate(), "zonedTime"); err != nil {
			return err
		}
		return validateAgreement(b.start.instant(), b.end.instant(), b.zoned)
	}
	switch {
	case isZero(b.start):
		return &caremux.ArgumentError{Field: "startTime", Rule: "is required, unless zonedTime is given"}
	case isZero(b.end):
		return &caremux.ArgumentError{Field: "endTime", Rule: "is required, unless zonedTime is given"}
	}
	return nil
}

func validateParticipants(participants []AppointmentParticipantInput) error {
	if len(participants) != 2 {
		return &caremux.ArgumentError{Field: "participants", Rule: "must be exactly two: one patient and one clinician"}
	}
	first := map[ParticipantTypeCode]bool{}
	for i, p := range participants {
		field := "participants[" + strconv.Itoa(i) + "]."
		if p.PersonID == "" {
			return required(field + "personId")
		}
		if p.ParticipantTypeCode == nil {
			return &caremux.ArgumentError{
				Field: field + "participantTypeCode", Rule: "is required, to distinguish the patient from the clinician",
			}
		}
		switch code := *p.ParticipantTypeCode; {
		case code != ParticipantTypeCodePatient && code != ParticipantTypeCodePractitioner:
			return &caremux.ArgumentError{Field: field + "participantTypeCode", Rule: "must be that of a patient or a clinician"}
		case first[code] && code == ParticipantTypeCodePatient:
			return &caremux.ArgumentError{
				Field: field + "participantTypeCode",
				Rule:  "must be that of a clinician: a patient is there already",
			}
		case first[code]:
			return &caremux.ArgumentError{
				Field: field + "participantTypeCode",
				Rule:  "must be that of a patient: a clinician is there already",
			}
		default:
			first[code] = true
		}
	}
	return nil
}

// Validate requires an id, a start and an end that agree, as those of [NewZonedTime] do.
func (z ZonedTimeInput) Validate() error {
	switch {
	case z.TimeZoneID == nil:
		return required("timeZoneId")
	case isZero(z.StartTime):
		return required("startTime")
	case isZero(z.EndTime):
		return required("endTime")
	}
	if err := validateTimes("startTime", z.StartTime, "endTime", z.EndTime); err != nil {
		return err
	}
	for _, t := range [...]*LocalTime{z.StartTime, z.EndTime} {
		if t.zone == nil || *t.zone != *z.TimeZoneID {
			return &caremux.ArgumentError{Field: "timeZoneId", Rule: "must be that of the times: make both with NewZonedTime"}
		}
	}
	return nil
}

// Validate refuses a range that ends before it starts or mixes time zones.
func (p AppointmentsAdminListParams) Validate() error {
	return validateTimes("startDate", p.StartDate, "endDate", p.EndDate)
}

// Validate refuses a range that ends before it starts or mixes time zones.
func (p AppointmentsPatientListParams) Validate() error {
	return validateTimes("startDate", p.StartDate, "endDate", p.EndDate)
}

// validateTimes checks two times, each of which may be missing.
func validateTimes(startField string, start *LocalTime, endField string, end *LocalTime) error {
	if start != nil {
		if err := argument.At(start.Validate(), startField); err != nil {
			return err
		}
	}
	if end != nil {
		if err := argument.At(end.Validate(), endField); err != nil {
			return err
		}
	}
	switch {
	case isZero(start) || isZero(end):
		return nil
	case !start.sameLocation(*end):
		return &caremux.ArgumentError{Field: endField, Rule: "must be in the same time zone as " + startField}
	case end.at.Before(start.at):
		return &caremux.ArgumentError{Field: endField, Rule: "must not be before " + startField}
	case asWall(end.at).Before(asWall(start.at)):
		return &caremux.ArgumentError{Field: endField,
			Rule: "must not show an earlier time than " + startField +
				": clocks are set back between them, which times without an offset cannot express"}
	}
	return nil
}

// validateAgreement refuses a start or an end that is given twice, and means two instants: zonedTime would win. One
// that is not given is the zero time.
func validateAgreement(start, end time.Time, zoned *ZonedTimeInput) error {
	for _, t := range [...]struct {
		field string
		given time.Time
		zoned *LocalTime
	}{{"startTime", start, zoned.StartTime}, {"endTime", end, zoned.EndTime}} {
		if !t.given.IsZero() && !isZero(t.zoned) && !t.given.Truncate(time.Second).Equal(t.zoned.at) {
			return &caremux.ArgumentError{Field: "zonedTime." + t.field,
				Rule: "must be the same instant as " + t.field + ", which can be left out"}
		}
	}
	return nil
}

func isZero(t *LocalTime) bool { return t == nil || t.IsZero() }

// Validate refuses a range that ends before it starts or mixes time zones.
func (p VisitsCaregiverListParams) Validate() error {
	return validateTimes("startTime", p.StartTime, "endTime", p.EndTime)
}

// Validate refuses a range that ends before it starts or mixes time zones.
func (p VisitsClinicianListParams) Validate() error {
	return validateTimes("startTime", p.StartTime, "endTime", p.EndTime)
}

// Validate refuses a range that ends before it starts or mixes time zones.
func (p VisitsPatientListParams) Validate() error {
	return validateTimes("startTime", p.StartTime, "endTime", p.EndTime)
}

// Validate refuses a range that ends before it starts or mixes time zones.
func (p VisitsAdminListParams) Validate() error {
	return validateTimes("startTime", p.StartTime, "endTime", p.EndTime)
}

// Validate requires an email address, unless the user is to have none.
func (p PatientProfileInput) Validate() error {
	if p.EmailAddress == "" && (p.CreateUserWithoutEmail == nil || !*p.CreateUserWithoutEmail) {
		return &caremux.ArgumentError{Field: "emailAddress", Rule: "is required, unless createUserWithoutEmail is set"}
	}
	return nil
}

// Validate is [PatientProfileInput.Validate].
func (p PatientProfileReplace) Validate() error { return PatientProfileInput(p).Validate() }

// Validate requires the names and the date of birth. The other strings that the vendor requires may be empty.
func (p PatientProfileDataInput) Validate() error {
	switch {
	case p.PatientName == "":
		return required("patientName")
	case p.LastName == "":
		return required("lastName")
	case p.DOB.IsZero():
		return required("dob")
	}
	return nil
}
