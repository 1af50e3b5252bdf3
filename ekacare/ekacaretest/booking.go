package ekacaretest

import (
	"maps"
	"time"

	"github.com/caremux/caremux/ekacare"
)

// who resolves the people and the clinic of a body, by Eka's ids or by the partner's. Without any it keeps what is.
func (s *Server) who(a *appointment, body object, doctorName string, needPatient bool) error {
	own := []string{doctorName, "clinic_id", "patient_id"}
	partner := []string{"partner_doctor_id", "partner_clinic_id", "partner_patient_id"}
	if !needPatient {
		own, partner = own[:2], partner[:2]
	}
	switch byOwn, byPartner := countSet(body, own), countSet(body, partner); {
	case byOwn == 0 && byPartner == 0 && a.doctor != nil:
		return nil
	case byOwn == len(own) && byPartner == 0:
		a.doctor, a.clinic = s.practice.doctor(str(body, doctorName)), s.practice.clinic(str(body, "clinic_id"))
		if needPatient {
			a.patient = s.patient(str(body, "patient_id"))
		}
	case byPartner == len(partner) && byOwn == 0:
		a.doctor = s.practice.partnerDoctor(str(body, "partner_doctor_id"))
		a.clinic = s.practice.partnerClinic(str(body, "partner_clinic_id"))
		if needPatient {
			a.patient = s.partnerPatient(str(body, "partner_patient_id"))
		}
	default:
		return invalidParameters()
	}
	if a.doctor == nil || a.clinic == nil || !a.doctor.at(a.clinic) {
		return invalidParameters()
	}
	return nil
}

// countSet counts the names that a body has a text for.
func countSet(body object, names []string) (n int) {
	for _, name := range names {
		if str(body, name) != "" {
			n++
		}
	}
	return n
}

// invalidParameters is the refusal that the vendor's page on booking shows.
func invalidParameters() error { return rejected("The request contains invalid parameters") }

// when reads start and end. What is not given stays; a booking without an end lasts as long as a slot.
func (a *appointment) when(body object) error {
	start, hasStart := body["start_time"].(float64)
	end, hasEnd := body["end_time"].(float64)
	if hasStart {
		length := slotLength
		if !a.start.IsZero() {
			length = a.end.Sub(a.start)
		}
		a.start = time.Unix(int64(start), 0)
		a.end = a.start.Add(length)
	}
	if hasEnd {
		a.end = time.Unix(int64(end), 0)
	}
	if a.end.Before(a.start) {
		return invalidParameters()
	}
	return nil
}

// room looks whether the clinic is open and the slot free and not past.
func (s *Server) room(a, except *appointment) error {
	if a.start.Before(s.clock()) {
		return slotTaken()
	}
	local := a.start.In(india)
	y, m, d := local.Date()
	if since := local.Sub(time.Date(y, m, d, 0, 0, 0, 0, india)); since < opens || since >= closes {
		return slotTaken()
	}
	if s.booked(slotAt(a.doctor.ID, a.clinic.ID, a.start), except) > 0 {
		return slotTaken()
	}
	return nil
}

// book makes an appointment of the body of a booking, and the patient if need be.
func (s *Server) book(body object) (*appointment, error) {
	a := &appointment{
		partnerID: str(body, "partner_appointment_id"), meta: body["partner_meta"], notes: body["notes"], attributes: object{},
	}
	if err := s.who(a, body, "doctor_id", true); err != nil {
		return nil, err
	}
	details, _ := body["appointment_details"].(object)
	if err := a.when(details); err != nil {
		return nil, err
	}
	if err := a.how(details); err != nil {
		return nil, err
	}
	if a.partnerID != "" && s.visits.find(a.partnerID, true) != nil {
		return nil, invalidParameters()
	}
	person, hasPerson := body["patient_details"].(object)
	newcomer := a.patient == nil && hasPerson && str(body, "partner_patient_id") != ""
	if a.patient == nil && !newcomer {
		return nil, invalidParameters()
	}
	if err := s.room(a, nil); err != nil {
		return nil, err
	}
	if newcomer {
		person = maps.Clone(person)
		person["partner_patient_id"] = body["partner_patient_id"]
		p, err := s.create(person)
		if err != nil {
			return nil, invalidParameters()
		}
		a.patient = p
	}
	s.file(a)
	return a, nil
}

// how reads mode and custom attributes.
func (a *appointment) how(details object) error {
	if mode, ok := details["mode"].(string); ok {
		a.tele = mode != string(ekacare.AppointmentModeInClinic)
	}
	a.describe(details)
	return nil
}

// describe takes what is kept as it comes.
func (a *appointment) describe(body object) {
	if attributes, ok := body["custom_attributes"].(object); ok {
		next := object{}
		maps.Copy(next, a.attributes)
		maps.Copy(next, attributes)
		a.attributes = next
	}
	if meta, ok := body["partner_meta"]; ok {
		a.meta = meta
	}
}
