// Command chain is a chain of two clinics with Eka Care: it books a visit at each, and two replicas of its webhook
// receiver see each appointment once, whichever of them the vendor reaches, and however often it sends the event.
//
//	go run ./examples/chain
//
// It runs offline, against a fake in this process. Here the replicas share a store in memory; replicas in processes of
// their own share redisstore.Deliveries in the same place.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/webhook"
)

const secret = "the signing key of the subscription"

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) error {
	srv, err := ekacaretest.Start()
	if err != nil {
		return err
	}
	defer srv.Close()
	c, err := srv.NewClient()
	if err != nil {
		return err
	}
	shared := &webhook.MemoryStore{}
	seen := func(a *ekacare.Appointment) error {
		_, err := fmt.Fprintln(out, "seen", a.PartnerAppointmentID)
		return err
	}
	for range 2 {
		handler, err := receiver(c, shared, seen)
		if err != nil {
			return err
		}
		replica := httptest.NewServer(handler)
		defer replica.Close()
		srv.Subscribe(replica.URL, secret, ekacare.EventAppointmentCreated)
	}

	second := srv.AddClinic("Second", "clinic-2")
	places := map[string]ekacare.SlotQuery{
		"visit-1": {DoctorID: srv.Doctor().ID, ClinicID: srv.Clinic().ID},
		"visit-2": {DoctorID: srv.AddDoctor("Ada", "Byron", "doctor-2", second).ID, ClinicID: second.ID},
	}
	for _, visit := range []string{"visit-1", "visit-2"} {
		query := places[visit]
		query.From = caremux.DateOf(srv.Now().AddDate(0, 0, 1))
		a, err := book(ctx, c, query, srv.Patient().ID, visit)
		if err != nil {
			return err
		}
		// The vendor sends the event to both replicas, as to one that it takes for unreachable.
		if err := srv.Send(ctx, ekacare.EventAppointmentCreated, created(a)); err != nil {
			return err
		}
	}
	return nil
}

// receiver is the webhook receiver of a replica.
func receiver(c *ekacare.Client, shared webhook.Store, seen func(*ekacare.Appointment) error) (http.Handler, error) {
	verifier, err := ekacare.WebhookVerifier([]string{secret})
	if err != nil {
		return nil, err
	}
	hooks, err := webhook.NewHandler(verifier, ekacare.WebhookFormat(), webhook.WithStore(shared))
	if err != nil {
		return nil, err
	}
	webhook.On(hooks, func(ctx context.Context, e webhook.Delivery[ekacare.AppointmentCreatedEvent]) error {
		a, err := e.Payload.Appointment(ctx, c)
		if err != nil {
			return err // the vendor resends the event
		}
		return seen(a)
	})
	return hooks, nil
}

// book books the first free slot that nobody else takes. It may run again for the same visit.
func book(ctx context.Context, c *ekacare.Client, query ekacare.SlotQuery, patient, visit string) (*ekacare.Appointment, error) {
	slots, err := c.Appointments.FindSlots(ctx, query)
	if err != nil {
		return nil, err
	}
	for _, slot := range slots {
		a, err := c.Appointments.BookSlot(ctx, slot, &ekacare.AppointmentBooking{PatientID: &patient, PartnerAppointmentID: &visit})
		if !errors.Is(err, ekacare.ErrSlotTaken) {
			return a, err
		}
	}
	return nil, errors.New("no slot is free")
}

// created is the event of an appointment, as the fake sends it.
func created(a *ekacare.Appointment) ekacare.AppointmentCreatedEvent {
	return ekacare.AppointmentCreatedEvent{Event: ekacare.EventAppointmentCreated, TransactionID: a.AppointmentID,
		Data: &ekacare.AppointmentEventData{AppointmentID: a.AppointmentID}}
}
