package ekacare_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

const (
	slotsPath  = "/dr/v1/doctor/d-1/clinic/c-1/appointment/slot"
	bookPath   = "/dr/v1/appointment"
	noSlotLeft = `{"error":{"code":"APPOINTMENT_BOOKING_FAILED","message":"x","details":{"reason":"NO_AVAILABLE_SLOTS"}}}`
)

var slotStart = time.Date(2026, 3, 2, 10, 0, 0, 0, ekacare.IST) // 1772425800

func freeSlot() ekacare.FoundSlot {
	return ekacare.FoundSlot{Start: slotStart, End: slotStart.Add(15 * time.Minute), DoctorID: "d-1", ClinicID: "c-1",
		Slot: ekacare.Slot{Available: new(true)}}
}

// slotsOf is an answer with slots of clinic c-1, each as start, end and availability.
func slotsOf(slots ...string) string {
	return `{"success":"true","data":{"schedule":{"c-1":[{"service_type":"consultation","slots":[` + strings.Join(slots, ",") + `]}]},` +
		`"services":{"conf-1":{"conf_id":"conf-1","service_name":"Consultation","price":500}}}}`
}

func slotAt(start, end string, available bool) string {
	return fmt.Sprintf(`{"s":%q,"e":%q,"available":%t,"conf_id":"conf-1","slots_booked":1}`, start, end, available)
}

// appointment is the one that the booking of freeSlot makes; changes are names and values in turn.
func appointment(changes ...string) string {
	members := map[string]string{"appointment_id": `"apt-1"`, "start_time": "1772425800", "end_time": "1772426700", "status": `"BK"`,
		"doctor_id": `"d-1"`, "clinic_id": `"c-1"`, "patient_id": `"p-1"`}
	for i := 0; i < len(changes); i += 2 {
		members[changes[i]] = changes[i+1]
	}
	var parts []string
	for name, value := range members {
		parts = append(parts, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func listOf(appointments ...string) string {
	return `{"appointments":[` + strings.Join(appointments, ",") + `]}`
}

func ekaBooking() *ekacare.AppointmentBooking {
	return &ekacare.AppointmentBooking{PatientID: new("p-1")}
}

func partnerBooking() *ekacare.AppointmentBooking {
	return &ekacare.AppointmentBooking{PartnerPatientID: new("pp"), PartnerDoctorID: new("pd"), PartnerClinicID: new("pc")}
}

func TestSlotsOfARangeComeInOneList(t *testing.T) {
	nw := scripted(t,
		turn{slotsPath, 200, slotsOf(
			slotAt("2026-03-02T11:00:00+05:30", "2026-03-02T11:15:00+05:30", true),
			slotAt("2026-03-02T10:00:00", "2026-03-02T10:15:00", true), // without a zone: the clinic's clock
			slotAt("2026-03-02T10:15:00+05:30", "2026-03-02T10:30:00+05:30", false))},
		turn{slotsPath, 200, slotsOf(
			slotAt("2026-03-04T04:30:00Z", "2026-03-04T04:45:00Z", true),
			slotAt("2026-03-02T11:00:00+05:30", "2026-03-02T11:15:00+05:30", true), // again
			slotAt("at noon", "", true))},
		turn{slotsPath, 200, `{"success":"true"}`}, turn{slotsPath, 200, `{"success":"true"}`},
	)
	query := ekacare.SlotQuery{
		DoctorID: "d-1", ClinicID: "c-1", From: caremux.NewDate(2026, 3, 2), To: caremux.NewDate(2026, 3, 6), Taken: true,
	}
	found := must[[]ekacare.FoundSlot](t)(nw.client(t).Appointments.FindSlots(t.Context(), query))
	var asked []string
	for _, r := range nw.requests() {
		asked = append(asked, r.query.Get("start_date")+" "+r.query.Get("end_date"))
	}
	if got := strings.Join(asked,
		", "); got != "2026-03-02 2026-03-03, 2026-03-03 2026-03-04, 2026-03-05 2026-03-06, 2026-03-06 2026-03-07" {
		t.Errorf("asked for %s", got)
	}
	var got []string
	for _, s := range found {
		got = append(got, fmt.Sprintf("%s %s %t", s.Start.Format(time.RFC3339), s.End.Format("15:04"), s.Free()))
	}
	want := []string{"2026-03-02T10:00:00+05:30 10:15 true", "2026-03-02T10:15:00+05:30 10:30 false",
		"2026-03-02T11:00:00+05:30 11:15 true",
		"2026-03-04T10:00:00+05:30 10:15 true", "0001-01-01T00:00:00Z 00:00 false"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	s := found[0]
	if s.DoctorID != "d-1" || s.ClinicID != "c-1" || s.ServiceType != "consultation" || s.Service == nil ||
		s.Service.ServiceName != "Consultation" ||
		*s.Slot.SlotsBooked != 1 || found[4].Slot.Start.Text() != "at noon" {
		t.Errorf("slot %+v", s)
	}
}

func TestOnlyFreeSlotsAreFoundUnlessAllAreWanted(t *testing.T) {
	answer := turn{slotsPath, 200, slotsOf(slotAt("2026-03-02T10:00:00Z", "2026-03-02T10:15:00Z", false),
		slotAt("2026-03-02T09:00:00Z", "2026-03-02T09:15:00Z", true),
		slotAt("2026-03-02T11:00:00Z", "2026-03-02T11:15:00Z", true), `{"s":"2026-03-02T12:00:00Z"}`, slotAt("?", "?", true))}
	nw := scripted(t, answer)
	query := ekacare.SlotQuery{DoctorID: "d-1", ClinicID: "c-1", From: caremux.NewDate(2026, 3, 2),
		NotBefore: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}
	found := must[[]ekacare.FoundSlot](t)(nw.client(t).Appointments.FindSlots(t.Context(), query))
	if len(found) != 1 || found[0].Start.UTC().Hour() != 11 {
		t.Errorf("found %v", found)
	}
	if q := nw.requests()[0].query; q.Get("start_date") != "2026-03-02" || q.Get("end_date") != "2026-03-03" {
		t.Errorf("asked for %v", q)
	}
}

func TestSlotQueriesAreCheckedBeforeSending(t *testing.T) {
	day := caremux.NewDate(2026, 2, 28)
	for field, query := range map[string]ekacare.SlotQuery{
		"DoctorID":    {ClinicID: "c", From: day},
		"ClinicID":    {DoctorID: "d", From: day},
		"From":        {DoctorID: "d", ClinicID: "c"},
		"From ":       {DoctorID: "d", ClinicID: "c", From: caremux.NewDate(2026, 2, 30)},
		"To":          {DoctorID: "d", ClinicID: "c", From: day, To: caremux.NewDate(2026, 2, 27)},
		"To ":         {DoctorID: "d", ClinicID: "c", From: day, To: caremux.NewDate(2026, 3, 31)},
		"To of month": {DoctorID: "d", ClinicID: "c", From: day, To: caremux.NewDate(2026, 2, 31)},
	} {
		_, err := scripted(t).client(t).Appointments.FindSlots(t.Context(), query)
		wantField(t, err, strings.Fields(field)[0], "")
	}
	empty := turn{slotsPath, 200, slotsOf()}
	var turns []turn
	for range 31 {
		turns = append(turns, empty)
	}
	query := ekacare.SlotQuery{DoctorID: "d-1", ClinicID: "c-1", From: day, To: caremux.NewDate(2026, 3, 30)} // 31 days
	must[[]ekacare.FoundSlot](t)(scripted(t, turns...).client(t).Appointments.FindSlots(t.Context(), query))
}

func TestFailureInTheMiddleOfARangeFailsAll(t *testing.T) {
	nw := scripted(t, turn{
		slotsPath, 200, slotsOf(slotAt("2026-03-02T10:00:00Z", "2026-03-02T10:15:00Z", true)),
	}, turn{slotsPath, 404, `{}`})
	query := ekacare.SlotQuery{DoctorID: "d-1", ClinicID: "c-1", From: caremux.NewDate(2026, 3, 2), To: caremux.NewDate(2026, 3, 4)}
	if found, err := nw.client(t).Appointments.FindSlots(t.Context(), query); !errors.Is(err, caremux.ErrNotFound) || found != nil {
		t.Errorf("found %v, error %v", found, err)
	}
}

// unbooked are the responses to the look before a booking, if there is no appointment yet.
func unbooked(ownID string, then ...turn) []turn {
	turns := []turn{{bookPath, 200, listOf()}}
	if ownID != "" {
		turns = []turn{{"/appointment/" + ownID, 404, `{}`}, {bookPath, 200, listOf()}}
	}
	return append(turns, then...)
}

func TestSlotIsBookedAndReadBack(t *testing.T) {
	for name, tt := range map[string]struct {
		booking *ekacare.AppointmentBooking
		ownID   string
		sent    string
	}{
		"by Eka's ids": {ekaBooking(), "",
			`{"appointment_details":{"start_time":1772425800,"end_time":1772426700},"clinic_id":"c-1","doctor_id":"d-1","patient_id":"p-1"}`},
		"by partner ids": {partnerBooking(), "",
			`{"appointment_details":{"start_time":1772425800,"end_time":1772426700},"partner_clinic_id":"pc","partner_doctor_id":"pd","partner_patient_id":"pp"}`},
		"under the caller's id": {&ekacare.AppointmentBooking{PatientID: new("p-1"), PartnerAppointmentID: new("mine")}, "mine",
			`{"partner_appointment_id":"mine","appointment_details":{"start_time":1772425800,"end_time":1772426700},"clinic_id":"c-1","doctor_id":"d-1","patient_id":"p-1"}`},
	} {
		t.Run(name, func(t *testing.T) {
			nw := scripted(t, unbooked(tt.ownID, turn{
				bookPath, 201, `{"appointment_id":"apt-1"}`,
			}, turn{"/dr/v1/appointment/apt-1", 200, appointment()})...)
			booked := must[*ekacare.Appointment](t)(nw.client(t).Appointments.BookSlot(t.Context(), freeSlot(), tt.booking))
			if booked.AppointmentID != "apt-1" || booked.Status != ekacare.AppointmentStatusBooked {
				t.Errorf("booked %v", booked)
			}
			sent := nw.requests()
			if post := sent[len(sent)-2]; post.method != "POST" || post.body != tt.sent {
				t.Errorf("sent %s %s", post.method, post.body)
			}
			if tt.booking.AppointmentDetails.StartTime.Known() || tt.booking.ClinicID != nil {
				t.Error("the caller's booking was changed")
			}
		})
	}
}

func TestBookingsThatDoNotFitTheSlotAreRefusedBeforeSending(t *testing.T) {
	at := func(t time.Time) ekacare.EpochSeconds { return ekacare.NewEpochSeconds(t) }
	later := slotStart.Add(time.Hour)
	taken, unread := freeSlot(), freeSlot()
	taken.Slot.Available = new(false)
	unread.Start = time.Time{}
	for name, tt := range map[string]struct {
		slot    ekacare.FoundSlot
		booking *ekacare.AppointmentBooking
		field   string
		opts    []caremux.RequestOption
	}{
		"nothing":         {freeSlot(), nil, "booking", nil},
		"taken":           {taken, ekaBooking(), "slot", nil},
		"without a start": {unread, ekaBooking(), "slot", nil},
		"another start": {freeSlot(), &ekacare.AppointmentBooking{
			PatientID: new("p-1"), AppointmentDetails: ekacare.AppointmentDetailsInput{StartTime: at(later)},
		}, "appointment_details.start_time", nil},
		"another end": {freeSlot(), &ekacare.AppointmentBooking{
			PatientID: new("p-1"), AppointmentDetails: ekacare.AppointmentDetailsInput{EndTime: new(at(later))},
		}, "appointment_details.end_time", nil},
		"another clinic": {freeSlot(), &ekacare.AppointmentBooking{PatientID: new("p-1"), ClinicID: new("c-2")}, "clinic_id", nil},
		"another doctor": {freeSlot(), &ekacare.AppointmentBooking{PatientID: new("p-1"), DoctorID: new("d-2")}, "doctor_id", nil},
		"no patient":     {freeSlot(), &ekacare.AppointmentBooking{}, "patient_id", nil},
		"ids mixed": {
			freeSlot(), &ekacare.AppointmentBooking{PatientID: new("p-1"), PartnerClinicID: new("pc")}, "partner_clinic_id", nil,
		},
		"sent twice": {freeSlot(), ekaBooking(), "WithIdempotent", []caremux.RequestOption{caremux.WithIdempotent()}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := scripted(t).client(t).Appointments.BookSlot(t.Context(), tt.slot, tt.booking, tt.opts...)
			wantField(t, err, tt.field, "")
		})
	}
	fits := &ekacare.AppointmentBooking{PatientID: new("p-1"), ClinicID: new("c-1"), DoctorID: new("d-1"),
		AppointmentDetails: ekacare.AppointmentDetailsInput{
			StartTime: at(slotStart.UTC()), EndTime: new(at(slotStart.Add(15 * time.Minute))),
		}}
	nw := scripted(t, unbooked("", turn{bookPath, 201, `{"appointment_id":"apt-1"}`}, turn{"/apt-1", 200, appointment()})...)
	must[*ekacare.Appointment](t)(nw.client(t).Appointments.BookSlot(t.Context(), freeSlot(), fits))
}
