package ekacare

import (
	"context"

	"github.com/caremux/caremux"
)

// Events are thin: the record that they point to is read each time. The methods of this file do that where the API can. An
// event that lacks the id is a [*caremux.ArgumentError], and a record that is gone by then matches [caremux.ErrNotFound].

// pointed reads the record with the id of an event.
func pointed[T any](field, id string, get func(id string) (*T, error)) (*T, error) {
	if id == "" {
		return nil, &caremux.ArgumentError{Field: field, Rule: "is missing in the event"}
	}
	return get(id)
}

// pointedAppointment reads an appointment by Eka's id, or otherwise by the partner's.
func pointedAppointment(ctx context.Context, c *Client, id, partnerID string, opts []caremux.RequestOption) (*Appointment, error) {
	var params *AppointmentsGetParams
	if id == "" && partnerID != "" {
		id, params = partnerID, &AppointmentsGetParams{PartnerID: new("1")}
	}
	return pointed("data.appointment_id", id, func(id string) (*Appointment, error) {
		return c.Appointments.Get(ctx, id, params, opts...)
	})
}

// Appointment reads the appointment that the event is about, by your own id if the event has no other.
func (e AppointmentCreatedEvent) Appointment(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Appointment, error) {
	d := deref(e.Data)
	return pointedAppointment(ctx, c, d.AppointmentID, d.PartnerAppointmentID, opts)
}

// Appointment reads the appointment that the event is about, by your own id if the event has no other.
func (e AppointmentUpdatedEvent) Appointment(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Appointment, error) {
	d := deref(e.Data)
	return pointedAppointment(ctx, c, d.AppointmentID, d.PartnerAppointmentID, opts)
}

// Appointment reads the appointment that the event is about, by your own id if the event has no other.
func (e AppointmentStatusChangeEvent) Appointment(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Appointment, error) {
	d := deref(e.Data)
	return pointedAppointment(ctx, c, d.AppointmentID, d.PartnerAppointmentID, opts)
}

// Appointment reads the appointment that the event is about, by your own id if the event has no other.
func (e AppointmentAssessmentsTakenEvent) Appointment(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Appointment, error) {
	d := deref(e.Data)
	return pointedAppointment(ctx, c, d.AppointmentID, d.PartnerAppointmentID, opts)
}

// Appointment reads the appointment that the event is about.
func (e AppointmentTeleDoctorJoinedEvent) Appointment(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Appointment, error) {
	return pointedAppointment(ctx, c, deref(e.Data).AppointmentID, "", opts)
}

// Appointment reads the appointment that the event is about.
func (e AppointmentReminderInstantEvent) Appointment(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Appointment, error) {
	return pointedAppointment(ctx, c, deref(e.Data).AppointmentID, "", opts)
}

// Appointment reads the appointment that the event is about.
func (e AppointmentFollowupReminderInstantEvent) Appointment(
	ctx context.Context,
	c *Client,
	opts ...caremux.RequestOption,
) (*Appointment, error) {
	return pointedAppointment(ctx, c, deref(e.Data).AppointmentID, "", opts)
}

// Appointment reads the appointment that the event is about.
func (e GoogleReviewRequestEvent) Appointment(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Appointment, error) {
	return pointedAppointment(ctx, c, deref(e.Data).AppointmentID, "", opts)
}

// Appointment reads the appointment that the event is about.
func (e GoogleReviewRequestManualEvent) Appointment(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Appointment, error) {
	return pointedAppointment(ctx, c, deref(e.Data).AppointmentID, "", opts)
}

// Appointment reads the appointment that the event is about.
func (e PrescriptionCommunicationEvent) Appointment(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Appointment, error) {
	return pointedAppointment(ctx, c, deref(e.Data).AppointmentID, "", opts)
}

// Appointment reads the appointment that the event is about.
func (e ReceiptEvent) Appointment(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Appointment, error) {
	return pointedAppointment(ctx, c, deref(e.Data).AppointmentID, "", opts)
}

// Appointment reads the appointment that the event is about.
func (e ReceiptPaymentRequestedEvent) Appointment(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Appointment, error) {
	return pointedAppointment(ctx, c, deref(e.Data).AppointmentID, "", opts)
}

// Prescription reads the prescription that the event is about.
func (e PrescriptionEvent) Prescription(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Prescription, error) {
	return pointed("data.prescription_id", deref(e.Data).PrescriptionID, func(id string) (*Prescription, error) {
		return c.Prescriptions.Get(ctx, id, opts...)
	})
}

// Prescription reads the prescription that the event is about.
func (e PrescriptionCommunicationEvent) Prescription(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Prescription, error) {
	return pointed("data.prescription_id", deref(e.Data).PrescriptionID, func(id string) (*Prescription, error) {
		return c.Prescriptions.Get(ctx, id, opts...)
	})
}

// Document reads the record that was uploaded, for the patient whom the event names, or otherwise the client's.
func (e RecordUploadedEvent) Document(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Record, error) {
	d := deref(e.Data)
	if d.PatientID != "" {
		opts = append([]caremux.RequestOption{WithPatient(d.PatientID)}, opts...)
	}
	return pointed("data.document_id", d.DocumentID, func(id string) (*Record, error) {
		return c.Records.Get(ctx, id, opts...)
	})
}

// Result reads the whole result of parsing the document.
func (e RecordSmartReportEvent) Result(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*ParsingResult, error) {
	return pointed("data.document_id", deref(e.Data).DocumentID, func(id string) (*ParsingResult, error) {
		return c.Records.GetParsingResult(ctx, id, opts...)
	})
}

// Result reads the whole result of parsing the document.
func (e RecordPIIEvent) Result(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*ParsingResult, error) {
	return pointed("data.document_id", deref(e.Data).DocumentID, func(id string) (*ParsingResult, error) {
		return c.Records.GetParsingResult(ctx, id, opts...)
	})
}

// Result reads the whole result of parsing the document.
func (e RecordClassificationEvent) Result(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*ParsingResult, error) {
	return pointed("data.document_id", deref(e.Data).DocumentID, func(id string) (*ParsingResult, error) {
		return c.Records.GetParsingResult(ctx, id, opts...)
	})
}

// Session reads the session with its notes.
func (e ScribeCompletedEvent) Session(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*ScribeSession, error) {
	return pointed("data.session_id", deref(e.Data).SessionID, func(id string) (*ScribeSession, error) {
		return c.ScribeSessions.Get(ctx, id, nil, opts...)
	})
}

// Admission reads the admission that the event is about.
func (e IPDAdmissionEvent) Admission(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*IPDAdmission, error) {
	return pointed("data.id", deref(e.Data).ID, func(id string) (*IPDAdmission, error) {
		return c.IPD.GetAdmission(ctx, id, opts...)
	})
}

// Doctor reads the doctor who started or stopped practising, or is available.
func (e DoctorScheduleEvent) Doctor(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Doctor, error) {
	return pointed("data.doctor_id", deref(e.Data).DoctorID, func(id string) (*Doctor, error) {
		return c.Doctors.Get(ctx, id, opts...)
	})
}
