package mapping

import (
	"github.com/caremux/caremux/fhir"
)

// Code systems of HL7 that mappings use.
const (
	SystemMode            = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode"
	SystemParticipation   = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
	SystemMaritalStatus   = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
	SystemNPI             = "http://hl7.org/fhir/sid/us-npi"
	SystemActCode         = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	SystemNullFlavor      = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
	PrimaryPerformer      = "PPRF"
	displayUnnamed        = "not named by the vendor"
	defaultStatus         = fhir.AppointmentStatusProposed
	participantActionNeed = fhir.ParticipationStatusNeedsAction
)

// Status returns the status of an appointment, and whether the table has the vendor's. Where it does not, the status is
// the weakest that FHIR has, as there must be one.
func (c *Codes) Status(code string) (fhir.AppointmentStatus, bool) {
	if code == "" {
		return defaultStatus, true
	}
	status, ok := c.FHIR("AppointmentStatus", code)
	if !ok {
		return defaultStatus, false
	}
	return fhir.AppointmentStatus(status), true
}

// Mode returns the extension for how the participants meet, and whether the table has the vendor's code.
func (c *Codes) Mode(code string) ([]fhir.Extension, bool) {
	if code == "" {
		return nil, true
	}
	mode, ok := c.FHIR("AppointmentMode", code)
	if !ok {
		return nil, false
	}
	return []fhir.Extension{{URL: fhir.AppointmentModeURL, ValueCoding: &fhir.Coding{System: SystemMode, Code: mode}}}, true
}

// ModeOf returns the vendor's code for how the participants meet.
func (c *Codes) ModeOf(a *fhir.Appointment) string {
	code, _ := c.Vendor("AppointmentMode", fhir.AppointmentMode(a))
	return code
}

// Complete adds what FHIR requires of an appointment and the vendor does not have: somebody who takes part, and both
// times or none.
func Complete(a *fhir.Appointment) error {
	if len(a.Participant) == 0 {
		a.Participant = []fhir.AppointmentParticipant{{Actor: &fhir.Reference{Display: displayUnnamed}, Status: participantActionNeed}}
	}
	switch {
	case a.Start != "" && a.End == "":
		return Absent(a, &a.End)
	case a.Start == "" && a.End != "":
		return Absent(a, &a.Start)
	}
	if a.Start != "" || a.Status == fhir.AppointmentStatusProposed || a.Status == fhir.AppointmentStatusCancelled ||
		a.Status == fhir.AppointmentStatusWaitlist {
		return nil
	}
	if err := Absent(a, &a.Start); err != nil {
		return err
	}
	return Absent(a, &a.End)
}

// Participant returns somebody who takes part, nothing without an id and a name.
func Participant(actor *fhir.Reference, status fhir.ParticipationStatus, roles ...string) []fhir.AppointmentParticipant {
	if actor == nil {
		return nil
	}
	p := fhir.AppointmentParticipant{Actor: actor, Status: status}
	for _, role := range roles {
		p.Type = append(p.Type, Concepts(SystemParticipation, role, "")...)
	}
	return []fhir.AppointmentParticipant{p}
}

// Actor returns the id of the first participant of a kind.
func (s Space) Actor(a *fhir.Appointment, resourceType, kind string) string {
	for i := range a.Participant {
		if id, ok := s.Referred(a.Participant[i].Actor, resourceType, kind); ok {
			return id
		}
	}
	return ""
}
