package ekacare

import (
	"slices"
	"time"

	"github.com/caremux/caremux"
)

// match says what an appointment is to a booking.
type match int

const (
	matchOther  match = iota // another appointment, or one that was cancelled or moved
	matchUnsure              // nothing disagrees, but the record lacks the fields that would identify it
	matchMoved               // the patient's, under the caller's id, but at another time or with another doctor or clinic
	matchSame                // patient, doctor, clinic, start and status are those that were requested
)

// wish is a booking with all that its appointment must agree with.
type wish struct {
	booking                 *AppointmentBooking // as it is sent
	start                   time.Time
	doctor, clinic, patient party
	ownID                   string // the caller's id of the appointment; may be empty
}

// facts are what a record says of an appointment.
type facts struct {
	id, ownID               string
	start                   EpochSeconds
	status                  AppointmentStatus
	doctor, clinic, patient party
}

// party is a person or a place: Eka's id, and the caller's own. Either may be missing.
type party struct{ eka, own string }

// verdict is the result of a comparison of which one side may be missing.
type verdict int

const (
	unknown verdict = iota
	agrees
	differs
)

// match compares a record with the booking. Every path that finds an appointment, rather than learning its id from the
// response to the booking, returns it only if this is matchSame.
func (w *wish) match(f facts) match {
	standing := standingOf(f.status)
	patient := w.patient.compare(f.patient)
	if patient == unknown && w.patient.own != "" && (f.doctor.own != "" || f.clinic.own != "") {
		patient = differs // a record that has the caller's ids would have that of the patient too
	}
	who := together(patient, standing)
	where := together(w.doctor.compare(f.doctor), w.clinic.compare(f.clinic), w.compareStart(f.start))
	switch {
	case who == differs:
		return matchOther
	case where == differs:
		if patient == agrees && w.ownID != "" && f.ownID == w.ownID {
			return matchMoved
		}
		return matchOther
	}
	if together(who, where) == agrees {
		return matchSame
	}
	return matchUnsure
}

// together is what several comparisons say together: one that differs outweighs one that is not known.
func together(verdicts ...verdict) verdict {
	switch {
	case slices.Contains(verdicts, differs):
		return differs
	case slices.Contains(verdicts, unknown):
		return unknown
	}
	return agrees
}

// near reports whether a record is another appointment of the patient with the doctor at the clinic, after the start of
// the slot.
func (w *wish) near(f facts) bool {
	return standingOf(f.status) == agrees && w.patient.compare(f.patient) == agrees &&
		w.doctor.compare(f.doctor) == agrees && w.clinic.compare(f.clinic) == agrees &&
		f.start.Known() && f.start.After(w.start)
}

func (w *wish) compareStart(start EpochSeconds) verdict {
	switch {
	case !start.Known():
		return unknown
	case start.Unix() == w.start.Unix():
		return agrees
	}
	return differs
}

func (p party) compare(other party) verdict {
	result := unknown
	for _, ids := range [...][2]string{{p.eka, other.eka}, {p.own, other.own}} {
		switch {
		case ids[0] == "" || ids[1] == "":
		case ids[0] != ids[1]:
			return differs
		default:
			result = agrees
		}
	}
	return result
}

// standingOf reports whether an appointment of the status still takes the slot. Statuses that are not explained may
// mean either.
func standingOf(status AppointmentStatus) verdict {
	switch status {
	case AppointmentStatusCancelled, AppointmentStatusCND, AppointmentStatusCNS, AppointmentStatusRescheduled:
		return differs
	case AppointmentStatusBooked, AppointmentStatusCK, AppointmentStatusIN, AppointmentStatusPA, AppointmentStatusOngoing,
		AppointmentStatusCompleted, AppointmentStatusCompletedNoPrescription,
		AppointmentStatusNoShow, AppointmentStatusNSD, AppointmentStatusNSS:
		return agrees
	}
	return unknown
}

func (a *Appointment) facts() facts {
	return facts{id: a.AppointmentID, ownID: a.PartnerAppointmentID, start: a.StartTime, status: a.Status,
		doctor: party{a.DoctorID, a.PartnerDoctorID}, clinic: party{a.ClinicID, a.PartnerClinicID},
		patient: party{a.PatientID, a.PartnerPatientID}}
}

func (a *AppointmentSummary) facts() facts {
	return facts{id: a.AppointmentID, ownID: a.PartnerAppointmentID, start: a.StartTime, status: a.Status,
		doctor: party{a.DoctorID, a.PartnerDoctorID}, clinic: party{a.ClinicID, a.PartnerClinicID},
		patient: party{a.PatientID, a.PartnerPatientID}}
}

// wishOf checks a slot and a booking and joins them.
func wishOf(slot FoundSlot, booking *AppointmentBooking) (*wish, error) {
	b, err := bookingOf(slot, booking)
	if err != nil {
		return nil, err
	}
	return &wish{booking: b, start: b.AppointmentDetails.StartTime.Time.Time, ownID: deref(b.PartnerAppointmentID),
		doctor:  party{slot.DoctorID, deref(b.PartnerDoctorID)},
		clinic:  party{slot.ClinicID, deref(b.PartnerClinicID)},
		patient: party{deref(b.PatientID), deref(b.PartnerPatientID)}}, nil
}

// bookingOf returns a copy of the booking for the slot.
func bookingOf(slot FoundSlot, booking *AppointmentBooking) (*AppointmentBooking, error) {
	if booking == nil {
		return nil, invalidArgument("booking", "is required")
	}
	if slot.Start.IsZero() {
		return nil, invalidArgument("slot", "must have a start")
	}
	b := *booking
	d := &b.AppointmentDetails
	if d.StartTime.Known() && d.StartTime.Unix() != slot.Start.Unix() {
		return nil, invalidArgument("appointment_details.start_time", "must be the start of the slot, or be left out")
	}
	if d.EndTime != nil && !slot.End.IsZero() && d.EndTime.Unix() != slot.End.Unix() {
		return nil, invalidArgument("appointment_details.end_time", "must be the end of the slot, or be left out")
	}
	d.StartTime = NewEpochSeconds(slot.Start)
	if !slot.End.IsZero() {
		d.EndTime = new(NewEpochSeconds(slot.End))
	}
	if isSet(b.PartnerClinicID) || isSet(b.PartnerDoctorID) || isSet(b.PartnerPatientID) {
		return &b, nil // Validate wants all three, and no id of Eka
	}
	for _, id := range []struct {
		field string
		into  **string
		slot  string
	}{{"clinic_id", &b.ClinicID, slot.ClinicID}, {"doctor_id", &b.DoctorID, slot.DoctorID}} {
		switch {
		case !isSet(*id.into):
			*id.into = &id.slot
		case **id.into != id.slot:
			return nil, invalidArgument(id.field, "must be that of the slot, or be left out")
		}
	}
	return &b, nil
}

func isSet(s *string) bool { return s != nil && *s != "" }

// listing requests the appointments of the patient by Eka's id. The vendor has no filter for the caller's ids, so with
// these it is all appointments with the doctor from the day of the slot on, for some days. The vendor wants an end
// after the start, and does not say whether it is included: one day more is requested than wanted, and the range allows
// for either zone.
func (w *wish) listing(days int) *AppointmentsListParams {
	if w.patient.eka != "" {
		return &AppointmentsListParams{PatientID: &w.patient.eka}
	}
	first := caremux.DateOf(w.start.UTC())
	last := dayAfter(caremux.DateOf(w.start.In(IST)), min(days, maxListedDays-1))
	params := &AppointmentsListParams{StartDate: &first, EndDate: &last}
	if w.doctor.eka != "" {
		params.DoctorID = &w.doctor.eka
	}
	return params
}

// maxListedDays is how many days a list of appointments spans at most. The day in India may be one after that of UTC.
const maxListedDays = 7
