package main

import (
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// live makes a fake stand in for the real service.
func live(t *testing.T) *ekacaretest.Server {
	srv := ekacaretest.NewServer(t)
	t.Setenv("EKA_CLIENT_ID", srv.Credentials().ClientID)
	t.Setenv("EKA_CLIENT_SECRET", srv.Credentials().ClientSecret)
	t.Setenv("EKA_BASE_URL", srv.URL)
	return srv
}

// sent counts the requests of an operation.
func sent(srv *ekacaretest.Server, operation string) (n int) {
	for _, r := range srv.Requests() {
		if r.Operation == operation {
			n++
		}
	}
	return n
}

// slotsOf gives the slots of a day.
func slotsOf(t *testing.T, srv *ekacaretest.Server, opts ...caremux.Option) (*ekacare.Client, []ekacare.FoundSlot) {
	c := srv.Client(opts...)
	slots, err := c.Appointments.FindSlots(t.Context(), ekacare.SlotQuery{DoctorID: srv.Doctor().ID, ClinicID: srv.Clinic().ID,
		From: caremux.NewDate(2030, time.May, 2)})
	if err != nil {
		t.Fatal(err)
	}
	return c, slots
}
