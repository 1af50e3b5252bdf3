//lint:file-ignore SA1019 the server answers the older calls too

package ekacaretest_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// partner says that the path holds the partner's id.
var partner = new("1")

// slotOf finds the slot that a moment lies in.
func slotOf(t *testing.T, srv *ekacaretest.Server, c *ekacare.Client, at time.Time) ekacare.Slot {
	t.Helper()
	day := at.In(time.FixedZone("IST", 19800)).Format(time.DateOnly)
	answer := must(c.Appointments.ListSlots(t.Context(), srv.Doctor().ID, srv.Clinic().ID,
		&ekacare.AppointmentsListSlotsParams{StartDate: day, EndDate: day}))(t)
	for _, group := range answer.Data.Schedule[srv.Clinic().ID] {
		for _, slot := range group.Slots {
			if _, ok := answer.Data.Services[slot.ConfID]; !ok {
				t.Errorf("service %s is not there", slot.ConfID)
			}
			if !at.Before(slot.Start.Time) && at.Before(slot.End.Time) {
				return slot
			}
		}
	}
	t.Fatalf("no slot at %s", at)
	return ekacare.Slot{}
}

func TestSeedBookingFromSlotToCancellation(t *testing.T) {
	srv, c := before(t)
	if slot := slotOf(t, srv, c, seedTime); !*slot.Available {
		t.Fatal("the slot is not free")
	}
	id := must(c.Appointments.Book(t.Context(), seedBooking()))(t).AppointmentID
	if slot := slotOf(t, srv, c, seedTime); *slot.Available || *slot.SlotsBooked != 1 {
		t.Errorf("the slot is free: %v", slot)
	}
	a := must(c.Appointments.Get(t.Context(), "098765434567890", &ekacare.AppointmentsGetParams{PartnerID: partner}))(t)
	if a.AppointmentID != id || a.Status != ekacare.AppointmentStatusBooked || !a.StartTime.Equal(seedTime) || !a.EndTime.Equal(seedTime) ||
		a.PartnerPatientID != "6742984" || a.DoctorID != srv.Doctor().ID || a.Mode != ekacare.ConsultationModeInClinic ||
		a.PartnerMeta["encounter_id"] != "123" || len(a.CustomAttributes) != 2 {
		t.Errorf("%s", a.RawJSON())
	}
	p := must(c.Patients.Get(t.Context(), a.PatientID))(t)
	if p.FirstName != "Test" || p.PartnerPatientID != "6742984" || p.DateOfBirth != caremux.NewDate(1987, time.January, 6) ||
		p.Address.City != "Bangalore" {
		t.Errorf("%s", p.RawJSON())
	}
	for range 2 { // said twice, done once
		if err := c.Appointments.Cancel(t.Context(), id, nil); err != nil {
			t.Fatal(err)
		}
	}
	if a := must(c.Appointments.Get(t.Context(), id, nil))(t); a.Status != ekacare.AppointmentStatusCancelled {
		t.Errorf("status %s", a.Status)
	}
	if slot := slotOf(t, srv, c, seedTime); !*slot.Available {
		t.Error("a cancelled appointment keeps the slot")
	}
	want := []ekacaretest.Write{
		{Operation: "Appointments.Book", ID: a.PatientID}, {Operation: "Appointments.Book", ID: id},
		{Operation: "Appointments.Cancel", ID: id},
	}
	if got := srv.Writes(); !slices.Equal(got, want) {
		t.Errorf("ledger %v, want %v", got, want)
	}
}

func TestASlotGoesToOne(t *testing.T) {
	srv, c := before(t)
	srv.TakeSlot(srv.Doctor(), srv.Clinic(), seedTime.Add(10*time.Second))
	_, err := c.Appointments.Book(t.Context(), seedBooking())
	if refused(t, err, 400, ekacare.CodeBookingFailed); !errors.Is(err, ekacare.ErrSlotTaken) {
		t.Errorf("error %v", err)
	}
	if slot := slotOf(t, srv, c, seedTime); *slot.Available {
		t.Error("a taken slot is shown as free")
	}
	srv.FreeSlot(srv.Doctor(), srv.Clinic(), seedTime)
	must(c.Appointments.Book(t.Context(), seedBooking()))(t)
	_, err = c.Appointments.Book(t.Context(), booking(srv, seedTime.Add(time.Minute)))
	if !errors.Is(err, ekacare.ErrSlotTaken) {
		t.Errorf("error %v", err)
	}
	must(c.Appointments.Book(t.Context(), booking(srv, seedTime.Add(15*time.Minute))))(t)
	if _, err = c.Appointments.Book(t.Context(), booking(srv, seedTime.Add(12*time.Hour))); !errors.Is(err, ekacare.ErrSlotTaken) {
		t.Errorf("a booking in the night: %v", err)
	}
	if got := writes(srv); got != "Appointments.Book Appointments.Book Appointments.Book" { // a patient and two appointments
		t.Errorf("ledger %s", got)
	}
}

func TestBookingsThatAreRefused(t *testing.T) {
	srv, c := before(t)
	elsewhere := srv.AddClinic("Elsewhere", "1")
	for name, change := range map[string]func(b *ekacare.AppointmentBooking){
		"unknown doctor":       func(b *ekacare.AppointmentBooking) { b.PartnerDoctorID = new("1") },
		"unknown clinic":       func(b *ekacare.AppointmentBooking) { b.PartnerClinicID = new("2") },
		"doctor of another":    func(b *ekacare.AppointmentBooking) { b.PartnerClinicID = new("1") },
		"unknown patient":      func(b *ekacare.AppointmentBooking) { b.PatientDetails = nil },
		"patient without name": func(b *ekacare.AppointmentBooking) { b.PatientDetails.FirstName = nil },
	} {
		b := seedBooking()
		change(b)
		_, err := c.Appointments.Book(t.Context(), b)
		t.Log(name)
		refused(t, err, 400, ekacare.CodeInvalidRequestParameters)
		if errors.Is(err, ekacare.ErrSlotTaken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := booking(srv, seedTime)
	b.ClinicID = new(elsewhere.ID)
	_, err := c.Appointments.Book(t.Context(), b)
	refused(t, err, 400, ekacare.CodeInvalidRequestParameters)
	if len(srv.Writes()) > 0 {
		t.Errorf("ledger %v", srv.Writes())
	}
	must(c.Appointments.Book(t.Context(), seedBooking()))(t)
	again := seedBooking()
	again.AppointmentDetails.StartTime, again.AppointmentDetails.EndTime = ekacare.NewEpochSeconds(seedTime.Add(time.Hour)), nil
	_, err = c.Appointments.Book(t.Context(), again)
	refused(t, err, 400, ekacare.CodeInvalidRequestParameters) // the partner's id is in use
	if n := len(srv.Writes()); n != 2 {
		t.Errorf("%d writes", n)
	}
}

// What the client itself would refuse is refused by the server too.
func TestInvalidBookings(t *testing.T) {
	srv, _ := before(t)
	for name, body := range map[string]string{
		"both kinds of ids": `{"clinic_id":"a","doctor_id":"b","patient_id":"c","partner_clinic_id":"642783","partner_doctor_id":"8423994","partner_patient_id":"6742983",
			"appointment_details":{"start_time":1730189586}}`,
		"one id":           `{"partner_clinic_id":"642783","appointment_details":{"start_time":1730189586}}`,
		"end before start": `{"partner_clinic_id":"642783","partner_doctor_id":"8423994","partner_patient_id":"6742983","appointment_details":{"start_time":1730189586,"end_time":1}}`,
		"no start":         `{"partner_clinic_id":"642783","partner_doctor_id":"8423994","partner_patient_id":"6742983","appointment_details":{}}`,
		"unknown member": `{"partner_clinic_id":"642783","partner_doctor_id":"8423994","partner_patient_id":"6742983","colour":"red",
			"appointment_details":{"start_time":1730189586}}`,
	} {
		if status, text := send(t, srv, "POST", "/dr/v1/appointment", []byte(body), "Auth", srv.LongLivedToken()); status != 400 {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if len(srv.Writes()) > 0 || len(srv.Problems()) != 2 {
		t.Errorf("ledger %v, problems %v", srv.Writes(), srv.Problems())
	}
}

func TestStatuses(t *testing.T) {
	srv, c := before(t)
	ctx := t.Context()
	for name, test := range map[string]struct {
		call func(id string) error
		want ekacare.AppointmentStatus
		over bool
	}{
		"park": {func(id string) error { return c.Appointments.Park(ctx, id, nil) }, ekacare.AppointmentStatusPA, false},
		"complete": {func(id string) error {
			return c.Appointments.Complete(ctx, id, nil)
		}, ekacare.AppointmentStatusCompletedNoPrescription, true},
		"cancel": {func(id string) error { return c.Appointments.Cancel(ctx, id, nil) }, ekacare.AppointmentStatusCancelled, true},
		"no-show": {func(id string) error {
			return c.Appointments.ChangeStatus(ctx, id, nil, &ekacare.AppointmentStatusChange{Status: new(ekacare.AppointmentStatusNoShow)})
		}, ekacare.AppointmentStatusNoShow, true},
	} {
		id := srv.AddAppointment(srv.Doctor(), srv.Clinic(), srv.Patient(), seedTime)
		if err := test.call(id); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if a := must(c.Appointments.Get(ctx, id, nil))(t); a.Status != test.want {
			t.Errorf("%s: status %s", name, a.Status)
		}
		err := c.Appointments.Park(ctx, id, nil)
		if over := err != nil; over != test.over {
			t.Errorf("%s: parking it gives %v", name, err)
		}
		if err := test.call("nothing"); !errors.Is(err, caremux.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	id := srv.AddAppointment(srv.Doctor(), srv.Clinic(), srv.Patient(), seedTime)
	refused(t, c.Appointments.ChangeStatus(ctx, id, nil, &ekacare.AppointmentStatusChange{Status: new(ekacare.AppointmentStatusBooked)}),
		400, ekacare.CodeInvalidRequestParameters)
}

func TestFollowUpIsConfirmedOnce(t *testing.T) {
	srv, c := before(t)
	id := srv.AddAppointment(srv.Doctor(), srv.Clinic(), srv.Patient(), seedTime)
	srv.SetStatus(id, ekacare.AppointmentStatusIN)
	later := ekacare.NewEpochSeconds(seedTime.Add(time.Hour))
	if err := c.Appointments.ConfirmFollowUp(t.Context(), id, nil, &ekacare.FollowUpConfirmation{StartTime: &later}); err != nil {
		t.Fatal(err)
	}
	if a := must(c.Appointments.Get(t.Context(), id, nil))(t); a.Status != ekacare.AppointmentStatusBooked ||
		!a.StartTime.Equal(later.Time.Time) ||
		a.EndTime.Sub(a.StartTime.Time.Time) != 15*time.Minute {
		t.Errorf("%s", a.RawJSON())
	}
	refused(t, c.Appointments.ConfirmFollowUp(t.Context(), id, nil, nil), 400, ekacare.CodeInvalidRequestParameters)
}

func TestRescheduleReplaces(t *testing.T) {
	srv, c := before(t)
	ctx := t.Context()
	old := must(c.Appointments.Book(ctx, seedBooking()))(t).AppointmentID
	move := &ekacare.AppointmentReschedule{StartTime: ekacare.NewEpochSeconds(seedTime.Add(time.Hour)),
		EndTime:              ekacare.NewEpochSeconds(seedTime.Add(2 * time.Hour)),
		PartnerAppointmentID: new("098765434567890")}
	srv.TakeSlot(srv.Doctor(), srv.Clinic(), seedTime.Add(time.Hour))
	if _, err := c.Appointments.Reschedule(ctx, "098765434567890", move); !errors.Is(err, ekacare.ErrSlotTaken) {
		t.Errorf("error %v", err)
	}
	srv.FreeSlot(srv.Doctor(), srv.Clinic(), seedTime.Add(time.Hour))
	within := *move
	within.StartTime, within.PartnerAppointmentID = ekacare.NewEpochSeconds(seedTime.Add(time.Minute)), nil
	moved := must(c.Appointments.Reschedule(ctx, old, &within))(t) // its own slot does not stand in the way
	old = moved.AppointmentID
	next := must(c.Appointments.Reschedule(ctx, "098765434567890", move))(t)
	if next.AppointmentID == old || len(next.PrevAids) != 2 || next.PrevAids[1] != old || next.Status != ekacare.AppointmentStatusBooked {
		t.Errorf("%s", next.RawJSON())
	}
	if a := must(c.Appointments.Get(ctx, old, nil))(t); a.Status != ekacare.AppointmentStatusRescheduled {
		t.Errorf("the old one is %s", a.Status)
	}
	if a := must(c.Appointments.Get(ctx, "098765434567890",
		&ekacare.AppointmentsGetParams{PartnerID: partner}))(t); a.AppointmentID != next.AppointmentID {
		t.Errorf("the partner's id gives %s", a.AppointmentID)
	}
	move.PartnerAppointmentID = nil
	_, err := c.Appointments.Reschedule(ctx, old, move)
	if refused(t, err, 409, ekacare.CodeNotAllowed); !errors.Is(err, caremux.ErrConflict) {
		t.Errorf("error %v", err)
	}
}

func TestChangesInPlace(t *testing.T) {
	srv, c := before(t)
	ctx := t.Context()
	id := must(c.Appointments.Book(ctx, seedBooking()))(t).AppointmentID
	other := srv.AddDoctor("Vikram", "Sen", "77", srv.Clinic())
	near := ekacare.NewEpochSeconds(seedTime.Add(-time.Minute))
	if err := c.Appointments.Update(ctx, id, nil, &ekacare.AppointmentUpdate{StartTime: &near}); err != nil { // within its own slot
		t.Error(err)
	}
	taken := must(c.Appointments.Book(ctx, booking(srv, seedTime.Add(time.Hour))))(t).AppointmentID
	start := ekacare.NewEpochSeconds(seedTime.Add(time.Hour))
	for name, call := range map[string]func() error{
		"update": func() error {
			return c.Appointments.Update(ctx, id, nil, &ekacare.AppointmentUpdate{StartTime: &start})
		},
		"reschedule": func() error {
			return c.Appointments.RescheduleV1(ctx, id, nil, &ekacare.AppointmentRescheduleV1{StartTime: &start})
		},
		"update v2": func() error {
			return c.Appointments.UpdateV2(ctx, id, nil, &ekacare.AppointmentUpdateV2{
				PartnerClinicID: new("642783"), PartnerDoctorID: new("8423994"), PartnerPatientID: new("6742984"),
				AppointmentDetails: &ekacare.AppointmentDetailsUpdate{StartTime: &start}})
		},
	} {
		if err := call(); !errors.Is(err, ekacare.ErrSlotTaken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.Appointments.RescheduleV1(ctx, id, nil, &ekacare.AppointmentRescheduleV1{
		StartTime: &start, ClinicID: new(srv.Clinic().ID), DocID: new(other.ID),
	}); err != nil {
		t.Fatal(err)
	}
	if err := c.Appointments.UpdateCustomAttributes(ctx, id, nil, ekacare.AppointmentCustomAttributesUpdate{"tags": {"late"}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Appointments.Update(ctx, id, nil, &ekacare.AppointmentUpdate{PartnerMeta: map[string]any{"a": "b"},
		PatientDetails: &ekacare.AppointmentPatientInput{LastName: new("Changed"), Age: new(40)}}); err != nil {
		t.Fatal(err)
	}
	a := must(c.Appointments.Get(ctx, id, nil))(t)
	if a.DoctorID != other.ID || !a.StartTime.Equal(start.Time.Time) || a.PartnerMeta["a"] != "b" ||
		len(a.PartnerMeta) != 1 || len(a.CustomAttributes) != 2 {
		t.Errorf("%s", a.RawJSON())
	}
	if p := must(c.Patients.Get(ctx, a.PatientID))(t); p.LastName != "Changed" || p.FirstName != "Test" {
		t.Errorf("%s", p.RawJSON())
	}
	if err := c.Appointments.UpdateV2(ctx, id, nil, &ekacare.AppointmentUpdateV2{
		PartnerClinicID: new("642783"), PartnerDoctorID: new("8423994"), PartnerPatientID: new("6742984"),
	}); !errors.Is(err, ekacare.ErrSlotTaken) {
		t.Errorf("back to a doctor whose slot is %s's: %v", taken, err)
	}
}

func TestPagesOfAppointments(t *testing.T) {
	srv, c := before(t)
	other := srv.AddPatient("Ravi", "Nair", "", "+919800000002")
	want := map[string]bool{}
	for i := range 61 {
		want[srv.AddAppointment(srv.Doctor(), srv.Clinic(), srv.Patient(), seedTime.Add(time.Duration(i)*time.Hour))] = true
	}
	srv.AddAppointment(srv.Doctor(), srv.Clinic(), other, seedTime)
	from, to := new(caremux.NewDate(2024, time.October, 29)), new(caremux.NewDate(2024, time.November, 5))
	for size, test := range map[int]struct {
		params *ekacare.AppointmentsListParams
		found  int
	}{
		20: {&ekacare.AppointmentsListParams{PatientID: new(srv.Patient().ID)}, 61},
		30: {&ekacare.AppointmentsListParams{StartDate: from, EndDate: to}, 62},
		50: {&ekacare.AppointmentsListParams{StartDate: from, EndDate: to, DoctorID: new(srv.Doctor().ID)}, 62},
	} {
		if page := must(c.Appointments.List(t.Context(), test.params))(t); len(page.Items) != size {
			t.Errorf("%d on a page of %d", len(page.Items), size)
		}
		seen := map[string]bool{}
		for a, err := range c.Appointments.All(t.Context(), test.params) {
			if err != nil {
				t.Fatal(err)
			}
			seen[a.AppointmentID] = true
		}
		if len(seen) != test.found {
			t.Errorf("%d of %d in pages of %d", len(seen), test.found, size)
		}
	}
	if page := must(c.Appointments.ListByPatient(t.Context(), other.ID, nil))(t); len(page.Items) != 1 ||
		!page.Items[0].StartTime.Equal(seedTime) {
		t.Errorf("%v", page.Items)
	}
	one := must(c.Appointments.List(t.Context(), &ekacare.AppointmentsListParams{
		StartDate: from, EndDate: new(caremux.NewDate(2024, time.October, 30)),
	}))(t)
	if len(one.Items) != 30 { // a page
		t.Errorf("%d on one day", len(one.Items))
	}
	for name, query := range map[string]string{
		"no filter": "", "too long": "?start_date=2024-10-01&end_date=2024-10-31",
		"backwards": "?start_date=2024-10-02&end_date=2024-10-01",
		"one day":   "?start_date=2024-10-02&end_date=2024-10-02",
		"both":      "?patient_id=" + srv.Patient().ID + "&start_date=2024-10-01&end_date=2024-10-02",
	} {
		if status, _ := send(t, srv, "GET", "/dr/v1/appointment"+query, nil, "Authorization",
			"Bearer "+srv.LongLivedToken()); status != 400 {
			t.Errorf("%s: status %d", name, status)
		}
	}
	stranger := srv.AddDoctor("No", "Clinic", "")
	_, err := c.Appointments.ListSlots(t.Context(), stranger.ID, srv.Clinic().ID, &ekacare.AppointmentsListSlotsParams{
		StartDate: "2024-10-01", EndDate: "2024-10-01",
	})
	if !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("slots of a doctor at a clinic of others: %v", err)
	}
	for days, want := range []int{200, 200, 400} {
		path := "/dr/v1/doctor/" + srv.Doctor().ID + "/clinic/" + srv.Clinic().ID +
			"/appointment/slot?start_date=2024-10-01&end_date=2024-10-0" + strconv.Itoa(1+days)
		if status, _ := send(t, srv, "GET", path, nil, "Auth", srv.LongLivedToken()); status != want {
			t.Errorf("%d days: status %d", days, status)
		}
	}
}
