package snapcare

import (
	"context"
	"strconv"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/outer"
)

// Events only point to a record, which is read by the methods of this file, as it is by then. An event that lacks the id is a
// [*caremux.ArgumentError] before anything is sent, and a record that is gone by then matches [caremux.ErrNotFound].

// Consultation reads the consultation that the event is about, for a client of a clinician.
func (e QueueEvent) Consultation(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*ConsultationDetail, error) {
	if e.ConsultationID == nil {
		return nil, &caremux.ArgumentError{Field: "ConsultationId", Rule: "is missing in the event"}
	}
	return c.Encounters.GetForClinician(ctx, *e.ConsultationID, opts...)
}

// Appointment reads the appointment that the event is about, for a client of a clinician. The fields of the event are not
// documented: the id is taken from AppointmentId, as the API calls it elsewhere, in any case of its letters.
func (e AppointmentEvent) Appointment(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Appointment, error) {
	id := eventRecordID(e.Record, "AppointmentId")
	if id == "" {
		return nil, &caremux.ArgumentError{Field: "AppointmentId", Rule: "is missing in the event"}
	}
	return c.Appointments.GetForClinician(ctx, id, opts...)
}

// Profile reads the profile of the patient that the event is about. The fields of the event are not documented: the id is taken
// from PatientId, as the API calls it elsewhere, in any case of its letters.
func (e PatientProfileEvent) Profile(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*PatientDetails, error) {
	id, err := strconv.Atoi(eventRecordID(e.Record, "PatientId"))
	if err != nil {
		return nil, &caremux.ArgumentError{Field: "PatientId", Rule: "is missing in the event, or not a number"}
	}
	return c.Patients.GetProfile(ctx, id, nil, opts...)
}

// eventRecordID returns the text or the number under a name, whatever the case of its letters; "" if there is neither.
func eventRecordID(r caremux.Record, name string) string {
	fields, ok := outer.Read(r.RawJSON())
	if !ok {
		return ""
	}
	if text := fields.Text(name); text != "" {
		return text
	}
	return fields.Number(name)
}
