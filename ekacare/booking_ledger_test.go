package ekacare_test

import (
	"errors"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// TestServerWritesOneAppointmentHoweverTheAnswerGetsLost looks into the ledger of the server.
func TestServerWritesOneAppointmentHoweverTheAnswerGetsLost(t *testing.T) {
	for name, fault := range map[string]ekacaretest.Fault{
		"nothing lost":          {Operation: "Appointments.Book", Delay: time.Millisecond},
		"connection broken":     {Operation: "Appointments.Book", Reset: true, AfterWork: true},
		"answer cut":            {Operation: "Appointments.Book", CutBody: true},
		"bad gateway":           {Operation: "Appointments.Book", Status: 502, AfterWork: true},
		"refused, not acted on": {Operation: "Appointments.Book", Status: 429, Times: 1},
	} {
		for how, named := range map[string]func(*ekacaretest.Server) *ekacare.AppointmentBooking{
			"Eka's ids": func(srv *ekacaretest.Server) *ekacare.AppointmentBooking {
				return &ekacare.AppointmentBooking{PatientID: new(srv.Patient().ID)}
			},
			"partner ids": func(srv *ekacaretest.Server) *ekacare.AppointmentBooking {
				return &ekacare.AppointmentBooking{PartnerPatientID: new(srv.Patient().PartnerID),
					PartnerDoctorID: new(srv.Doctor().PartnerID), PartnerClinicID: new(srv.Clinic().PartnerID)}
			},
			"an id of its own": func(srv *ekacaretest.Server) *ekacare.AppointmentBooking {
				return &ekacare.AppointmentBooking{PatientID: new(srv.Patient().ID), PartnerAppointmentID: new("visit-1")}
			},
		} {
			t.Run(name+", by "+how, func(t *testing.T) {
				t.Parallel()
				srv := ekacaretest.NewServer(t)
				c := srv.Client(caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}))
				slots := must[[]ekacare.FoundSlot](t)(c.Appointments.FindSlots(t.Context(), ekacare.SlotQuery{
					DoctorID: srv.Doctor().ID, ClinicID: srv.Clinic().ID, From: caremux.NewDate(2030, time.May, 2)}))
				srv.Fail(fault)
				booked, err := c.Appointments.BookSlot(t.Context(), slots[3], named(srv))
				if err != nil {
					t.Fatal(err)
				}
				if writes := srv.Writes(); len(writes) != 1 || writes[0].ID != booked.AppointmentID ||
					!booked.StartTime.Equal(slots[3].Start) {
					t.Errorf("booked %s at %v, written %v", booked.AppointmentID, booked.StartTime, writes)
				}
				if problems := srv.Problems(); len(problems) > 0 {
					t.Errorf("problems %v", problems)
				}
			})
		}
	}
}

func TestServerWritesNothingForASlotThatIsTaken(t *testing.T) {
	srv := ekacaretest.NewServer(t)
	c := srv.Client()
	query := ekacare.SlotQuery{DoctorID: srv.Doctor().ID, ClinicID: srv.Clinic().ID, From: caremux.NewDate(2030, time.May, 2)}
	slots := must[[]ekacare.FoundSlot](t)(c.Appointments.FindSlots(t.Context(), query))
	last := slots[len(slots)-1]
	srv.TakeSlot(srv.Doctor(), srv.Clinic(), last.Start)
	_, err := c.Appointments.BookSlot(t.Context(), last, &ekacare.AppointmentBooking{PatientID: new(srv.Patient().ID)})
	var taken *ekacare.SlotTakenError
	if !errors.As(err, &taken) || len(taken.Next) != 5 || taken.Next[0].Start.Format("02 15:04") != "03 09:00" || len(srv.Writes()) != 0 {
		t.Errorf("error %v, offered %v, written %v", err, taken, srv.Writes())
	}
}
