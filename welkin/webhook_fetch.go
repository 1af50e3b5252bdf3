package welkin

import (
	"context"

	"github.com/caremux/caremux"
)

// Events only point to a record, which the methods of this file read. An event that lacks an id, or is a test message, is a
// [*caremux.ArgumentError], and a record that is gone by then matches [caremux.ErrNotFound].

// Patient reads the patient whom the event is about.
func (e WebhookEvent) Patient(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Patient, error) {
	if err := e.needs("patientId", e.PatientID); err != nil {
		return nil, err
	}
	return c.Patients.Get(ctx, e.PatientID, nil, opts...)
}

// CDTRecord reads the record of a custom data type that the event, of type [EventCDT], is about.
func (e WebhookEvent) CDTRecord(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*CDTRecord, error) {
	if e.EventEntity != EventCDT {
		return nil, otherEntity()
	}
	if err := e.needs("patientId", e.PatientID, "sourceName", e.SourceName, "sourceId", e.SourceID); err != nil {
		return nil, err
	}
	return c.CDTs.Get(ctx, e.PatientID, e.SourceName, e.SourceID, opts...)
}

// CalendarEvent reads the calendar event that the event, of type [EventCalendar], is about.
func (e WebhookEvent) CalendarEvent(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*CalendarEvent, error) {
	if e.EventEntity != EventCalendar {
		return nil, otherEntity()
	}
	if err := e.needs("sourceId", e.SourceID); err != nil {
		return nil, err
	}
	return c.CalendarEvents.Get(ctx, e.SourceID, nil, opts...)
}

// Patient reads the patient to whom the chat message was written.
func (e ChatWebhookEvent) Patient(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Patient, error) {
	if err := (WebhookEvent{PatientID: e.PatientID}).needs("patientId", e.PatientID); err != nil {
		return nil, err
	}
	return c.Patients.Get(ctx, e.PatientID, nil, opts...)
}

// needs refuses placeholders and empty fields; the latter are names and values in turn.
func (e WebhookEvent) needs(members ...string) error {
	if isTest(string(e.EventEntity), e.PatientID) {
		return &caremux.ArgumentError{Field: "eventEntity", Rule: "is the placeholder of a test message"}
	}
	for i := 0; i < len(members); i += 2 {
		if members[i+1] == "" {
			return &caremux.ArgumentError{Field: members[i], Rule: "is missing in the event"}
		}
	}
	return nil
}

func otherEntity() error {
	return &caremux.ArgumentError{Field: "eventEntity", Rule: "is of another kind of record"}
}
