package four

import (
	"testing"

	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/proof/mappingtest"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkinfhir"
)

func BenchmarkCalendarEventToFHIR(b *testing.B) {
	raw := []byte(`{"id":"550e8400-e29b-41d4-a716-446655440000","createdBy":"x","createdAt":"2030-03-01T10:00:00.000Z","updatedBy":"y",` +
		`"updatedAt":"2030-03-01T10:00:00.000Z","eventTitle":"Visit","startDateTime":"2030-03-08T10:00:00.000Z","endDateTime":` +
		`"2030-03-08T10:30:00.000Z","allDayEvent":false,"eventType":"APPOINTMENT","eventStatus":"SCHEDULED","eventMode":"VIDEO",` +
		`"hostId":"u1","additionalInfo":{},"externalId":null,"participants":[{"id":"1","participantId":"u1","participantRole":"psm",` +
		`"participationStatus":"","attended":false},{"id":"2","participantId":"p1","participantRole":"patient",` +
		`"participationStatus":"","attended":false,"firstName":"Mei","lastName":"Chen"}]}`)
	record := mappingtest.Decode[welkin.CalendarEvent](b, raw)
	m := welkinfhir.Mapping{Tenant: "gh", Instance: "sb"}
	b.ReportAllocs()
	var a *fhir.Appointment
	for b.Loop() {
		var err error
		if a, err = m.Appointment(record); err != nil {
			b.Fatal(err)
		}
	}
	if len(a.Participant) != 2 {
		b.Error(a.Participant)
	}
}
