package welkintest_test

import (
	"testing"

	"github.com/oapi-codegen/nullable"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/faketest"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

type insurance struct {
	Payer  string `json:"payer,omitzero"`
	Member string `json:"member_id,omitzero"`
}

func TestAPatientHasOneProfileRecordOfAType(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	patients := srv.AddPatients(2)
	records := welkin.ProfileRecords[insurance](c, "insurance")
	r := must(records.Create(ctx, patients[0], &insurance{Payer: "Acme", Member: "A-17"}))(t)
	if r.ID == "" || r.PatientID != patients[0] || r.Fields != (insurance{"Acme", "A-17"}) {
		t.Errorf("created %s", r.RawJSON())
	}
	_, err := records.Create(ctx, patients[0], &insurance{Payer: "Other"})
	wantCode(t, err, caremux.ErrInvalid, "PDT_RECORD_EXISTS")
	must(welkin.ProfileRecords[insurance](c, "second").Create(ctx, patients[0], &insurance{}))(t)

	if got := must(records.Update(ctx, patients[0], r.ID, &insurance{Payer: "Umbrella"}))(t); got.Fields != (insurance{
		"Umbrella", "A-17",
	}) {
		t.Errorf("updated %s", got.RawJSON())
	}
	if got := must(records.Get(ctx, patients[0], r.ID))(t); got.Fields.Payer != "Umbrella" {
		t.Errorf("got %s", got.RawJSON())
	}
	if page := must(records.List(ctx, patients[0]))(t); len(page.Items) != 1 || page.Items[0].Fields.Payer != "Umbrella" {
		t.Errorf("listed %s", page.RawJSON())
	}
	for _, err := range records.All(ctx, patients[1]) {
		t.Errorf("a record of the other patient (%v)", err)
	}
	having := must(c.PDTs.ListPatients(ctx, "insurance", nil))(t).Items
	if len(having) != 1 || having[0].PatientID != patients[0] || having[0].FirstName != "Patient" {
		t.Errorf("patients %v", having)
	}
	_, err = records.Get(ctx, patients[1], r.ID)
	wantCode(t, err, caremux.ErrNotFound, "PDT_RECORD_NOT_FOUND")
	if err := records.Delete(ctx, patients[0], r.ID); err != nil {
		t.Error(err)
	}
	if page := must(records.List(ctx, patients[0]))(t); len(page.Items) != 0 {
		t.Errorf("listed %s", page.RawJSON())
	}
}

func TestAPatientHasOnePrimaryContact(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	patient := srv.AddPatients(1)[0]
	add := func(name string) *welkin.Contact {
		return must(c.Contacts.Create(ctx, patient, &welkin.ContactCreate{
			FirstName: name, LastName: "Taylor", Relationship: welkin.ContactRelationshipParent,
			IsPrimary: new(true), Phone: new("+15550001"),
		}))(t)
	}
	first, second := add("Ann"), add("Bob")
	if got := must(c.Contacts.Get(ctx, patient, first.ID))(t); *got.IsPrimary || got.FirstName != "Ann" {
		t.Errorf("the first is %s", got.RawJSON())
	}
	changed := must(c.Contacts.Update(ctx, patient, second.ID, &welkin.ContactUpdate{
		FirstName: new("Rob"), Phone: nullable.NewNullNullable[string](),
	}))(t)
	if changed.FirstName != "Rob" || changed.LastName != "Taylor" || changed.Phone != "" || !*changed.IsPrimary {
		t.Errorf("changed %s", changed.RawJSON())
	}
	if page := must(c.Contacts.List(ctx, patient, &welkin.ContactsListParams{Size: new(1)}))(t); len(page.Items) != 1 ||
		!page.HasNext() || *page.Total != 2 {
		t.Errorf("listed %s", page.RawJSON())
	}
	_, err := c.Contacts.Get(ctx, patient, "unknown")
	wantCode(t, err, caremux.ErrNotFound, "CONTACT_NOT_FOUND")
	_, err = c.Contacts.Create(ctx, patient, &welkin.ContactCreate{FirstName: "Ann", LastName: "Taylor"})
	if faketest.Count(srv.Requests(), "Contacts.Create") != 2 || err == nil {
		t.Errorf("a contact without a relationship was sent (%v)", err)
	}
}

func TestACommunicationStaysQueuedUntilItIsDelivered(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	patient := srv.AddPatients(1)[0]
	m := must(c.Communications.Create(ctx, &welkin.CommunicationCreate{
		PatientID: patient, Channel: welkin.CommunicationChannelSMS, TemplateName: "reminder",
		TemplateVariables: map[string]any{"day": "Monday"},
	}))(t)
	if m.CommunicationID == "" || m.Status != welkin.CommunicationStatusQueued || m.Channel != "SMS" || m.ScheduledAt.IsZero() {
		t.Errorf("created %s", m.RawJSON())
	}
	srv.SetCommunicationStatus(m.CommunicationID, welkin.CommunicationStatusDelivered)
	if got := must(c.Communications.Get(ctx, m.CommunicationID))(t); got.Status != welkin.CommunicationStatusDelivered {
		t.Errorf("got %s", got.RawJSON())
	}
	for name, tt := range map[string]struct {
		params welkin.CommunicationsListParams
		want   int
	}{
		"all":       {welkin.CommunicationsListParams{}, 1},
		"patient":   {welkin.CommunicationsListParams{PatientID: &patient}, 1},
		"delivered": {welkin.CommunicationsListParams{Status: new(welkin.CommunicationStatusDelivered)}, 1},
		"queued":    {welkin.CommunicationsListParams{Status: new(welkin.CommunicationStatusQueued)}, 0},
		"email":     {welkin.CommunicationsListParams{Channel: new(welkin.CommunicationChannelEmail)}, 0},
	} {
		if page := must(c.Communications.List(ctx, &tt.params))(t); len(page.Items) != tt.want {
			t.Errorf("%s: %d communications, want %d", name, len(page.Items), tt.want)
		}
	}
	_, err := c.Communications.Create(ctx, &welkin.CommunicationCreate{PatientID: "unknown", Channel: "SMS", TemplateName: "reminder"})
	wantCode(t, err, caremux.ErrNotFound, "PATIENT_NOT_FOUND")
	_, err = c.Communications.Get(ctx, "unknown")
	wantCode(t, err, caremux.ErrNotFound, "COMMUNICATION_NOT_FOUND")
}

func TestAnUnknownCommunicationEndsTheTest(t *testing.T) {
	t.Parallel()
	faketest.Mistakes(t, "welkintest", welkintest.NewServer, welkintest.Start, map[string]func(srv *welkintest.Server){
		"communication": func(srv *welkintest.Server) { srv.SetCommunicationStatus("unknown", welkin.CommunicationStatusFailed) },
	})
}
