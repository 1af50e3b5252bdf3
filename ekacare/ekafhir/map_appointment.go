package ekafhir

import (
	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

// Appointment returns an appointment as FHIR. Its times are epoch seconds, and so in UTC. Doctor, clinic and patient
// are referred to by Eka's ids, or by yours where there are no others.
func (m Mapping) Appointment(a *ekacare.Appointment) (*fhir.Appointment, error) {
	return m.appointments().Resource(a)
}

// AppointmentRecord returns the record that an appointment was mapped from, with what was edited since.
func (m Mapping) AppointmentRecord(a *fhir.Appointment) (*ekacare.Appointment, error) {
	return m.appointments().Record(a)
}

// AppointmentCreate returns the body of a call that books an appointment, with the ids of its references: Eka's, or
// yours in identifiers of the systems of [Mapping.PartnerSystem]. It returns a [*caremux.ArgumentError] for an element
// that the call cannot send.
func (m Mapping) AppointmentCreate(a *fhir.Appointment) (*ekacare.AppointmentBooking, error) {
	const operation = "Appointments.Book"
	refuse := func(field, rule string) (*ekacare.AppointmentBooking, error) {
		return nil, &caremux.ArgumentError{Operation: operation, Field: field, Rule: rule}
	}
	booked := *a
	switch a.Status {
	case fhir.AppointmentStatusProposed, fhir.AppointmentStatusPending, fhir.AppointmentStatusBooked:
		booked.Status = fhir.AppointmentStatusBooked // as it becomes
	default:
		return refuse("status", "must be proposed, pending or booked")
	}
	mode := fhir.AppointmentMode(a)
	if mode == "PHONE" || mode == "VIDEOCONF" { // Eka's records call both tele
		booked.Extension = append([]fhir.Extension(nil), a.Extension...)
		for i := range booked.Extension {
			if booked.Extension[i].URL == fhir.AppointmentModeURL {
				booked.Extension[i].ValueCoding = &fhir.Coding{System: mapping.SystemMode, Code: "REMOTE"}
			}
		}
	}
	record, err := m.appointments().Checked(operation, &booked)
	if err != nil {
		return nil, err
	}
	if err := mapping.Only(operation, record, "appointment_id", "created_at", "channel", "status", "mode", "start_time",
		"end_time", "notes", "partner_meta", "custom_attributes", "doctor_id", "patient_id", "clinic_id", "partner_doctor_id",
		"partner_clinic_id", "partner_patient_id", "partner_appointment_id", "prescription_id", "prescription_url"); err != nil {
		return nil, err
	}
	if !record.StartTime.Known() {
		return refuse("start", "is required")
	}
	body := &ekacare.AppointmentBooking{
		PartnerAppointmentID: nonEmpty(record.PartnerAppointmentID), PartnerMeta: record.PartnerMeta, Notes: nonEmpty(record.Notes),
		PartnerClinicID: nonEmpty(record.PartnerClinicID), PartnerDoctorID: nonEmpty(record.PartnerDoctorID),
		PartnerPatientID: nonEmpty(record.PartnerPatientID),
		AppointmentDetails: ekacare.AppointmentDetailsInput{
			StartTime: record.StartTime, CustomAttributes: record.CustomAttributes,
		},
	}
	if record.DoctorID != "" { // one kind of ids excludes the other
		body.PartnerClinicID, body.PartnerDoctorID, body.PartnerPatientID = nil, nil, nil
		body.ClinicID, body.DoctorID, body.PatientID = nonEmpty(record.ClinicID), nonEmpty(record.DoctorID), nonEmpty(record.PatientID)
	}
	if record.EndTime.Known() {
		body.AppointmentDetails.EndTime = &record.EndTime
	}
	if mode == "" {
		return body, nil
	}
	code, ok := codes().Vendor("BookingMode", mode)
	if !ok {
		return refuse("extension", "must have a mode that can be booked: PHYSICAL, PHONE or VIDEOCONF")
	}
	body.AppointmentDetails.Mode = new(ekacare.AppointmentMode(code))
	return body, nil
}

// PartnerSystem returns the system of identifiers that are yours. kind is patients, doctors, clinics or appointments.
func (m Mapping) PartnerSystem(kind string) string { return m.space().System(partner + kind) }

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (m Mapping) appointments() mapping.Pair[ekacare.Appointment, *fhir.Appointment] {
	return mapping.Pair[ekacare.Appointment, *fhir.Appointment]{
		Kind: "ekacare/Appointment", FHIR: m.toAppointment, Vendor: m.fromAppointment,
		Extensions: func(a *fhir.Appointment) *[]fhir.Extension { return &a.Extension },
	}
}

func (m Mapping) toAppointment(a *ekacare.Appointment) (*fhir.Appointment, []string, error) {
	s := m.space()
	r := &fhir.Appointment{
		ID: s.ID(a.AppointmentID), Meta: s.Meta(kindAppointment, a.AppointmentID, caremux.Time{}),
		Identifier: m.identifiers(kindAppointment, a.AppointmentID, a.PartnerAppointmentID),
		Start:      mapping.Instant(a.StartTime.Time), End: mapping.Instant(a.EndTime.Time),
		Created: mapping.Instant(a.CreatedAt.Time), Comment: mapping.Text(a.Notes),
	}
	if a.Service != nil {
		r.ServiceType = mapping.Concepts("", "", a.Service.ServiceName)
	}
	var unmapped []string
	var ok bool
	if r.Status, ok = codes().Status(string(a.Status)); !ok {
		unmapped = append(unmapped, "status")
	}
	if r.Extension, ok = codes().Mode(string(a.Mode)); !ok {
		unmapped = append(unmapped, "mode")
	}
	for _, p := range []struct{ resource, kind, id, yours string }{
		{"Patient", kindPatient, a.PatientID, a.PartnerPatientID},
		{"Practitioner", kindDoctor, a.DoctorID, a.PartnerDoctorID},
		{"Location", kindClinic, a.ClinicID, a.PartnerClinicID},
	} {
		actor := m.reference(p.resource, p.kind, p.id, p.yours, "")
		r.Participant = append(r.Participant, mapping.Participant(actor, fhir.ParticipationStatusAccepted)...)
	}
	return r, unmapped, mapping.Complete(r)
}

func (m Mapping) fromAppointment(r *fhir.Appointment) any {
	s := m.space()
	a := &ekacare.Appointment{
		AppointmentID:        s.IdentifierOf(r.Identifier, kindAppointment),
		PartnerAppointmentID: s.IdentifierOf(r.Identifier, partner+kindAppointment),
		StartTime:            seconds(r.Start), EndTime: seconds(r.End), CreatedAt: seconds(r.Created), Notes: r.Comment,
		Mode: ekacare.ConsultationMode(codes().ModeOf(r)),
	}
	status, _ := codes().Vendor("AppointmentStatus", string(r.Status))
	a.Status = ekacare.AppointmentStatus(status)
	if name := mapping.TextOfFirst(r.ServiceType); name != "" {
		a.Service = &ekacare.AppointmentService{ServiceName: name}
	}
	a.PatientID, a.PartnerPatientID = m.actor(r, "Patient", kindPatient)
	a.DoctorID, a.PartnerDoctorID = m.actor(r, "Practitioner", kindDoctor)
	a.ClinicID, a.PartnerClinicID = m.actor(r, "Location", kindClinic)
	return a
}

// actor returns Eka's id of a participant, or yours.
func (m Mapping) actor(r *fhir.Appointment, resourceType, kind string) (id, yours string) {
	for _, p := range r.Participant {
		one, other := m.referred(p.Actor, resourceType, kind)
		if one != "" {
			return one, ""
		}
		if yours == "" {
			yours = other
		}
	}
	return "", yours
}

func seconds(d fhir.DateTime) ekacare.EpochSeconds {
	t := mapping.Time(d)
	if !t.Known() {
		return ekacare.EpochSeconds{}
	}
	return ekacare.NewEpochSeconds(t.Time)
}
