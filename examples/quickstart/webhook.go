package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/webhook"
)

// webhookChapter receives the webhook of the booking and follows it to the record.
func webhookChapter(ctx context.Context, s *stage) error {
	fake := s.booking.fake
	if fake == nil {
		fmt.Fprintln(s.out, "      left out: a real one needs an address on the internet, see examples/webhook-receiver")
		return nil
	}
	key := rand.Text()
	followed := make(chan visit, 10)
	handler, err := webhookHandler(key, s.booking.client, followed)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	s.atEnd(func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	fake.Subscribe("http://"+listener.Addr().String(), key, ekacare.EventAppointmentCreated)

	booked := s.booking.appointment
	if err := fake.Send(ctx, ekacare.EventAppointmentCreated, ekacare.AppointmentCreatedEvent{
		Service: "appointment", Event: ekacare.EventAppointmentCreated, TransactionID: rand.Text(),
		EventTime: ekacare.NewEpochSeconds(time.Now()), Timestamp: ekacare.NewEpochSeconds(time.Now()),
		Data: &ekacare.AppointmentEventData{AppointmentID: booked.AppointmentID, PatientID: booked.PatientID, Status: booked.Status},
	}); err != nil {
		return err
	}
	first := fake.Deliveries()[0]
	if len(followed) == 0 {
		return errors.New("the event was not handled")
	}
	got := <-followed
	s.step("receive the event", "%s, rightly signed, answered %d", first.Event, first.Status)
	s.step("follow it to the record", "%s is at %s, status %s, of a patient born %s", short(got.appointment.AppointmentID),
		clock(got.appointment.StartTime), got.appointment.Status, got.patient.DateOfBirth)

	if err := fake.Redeliver(ctx, first); err != nil {
		return err
	}
	if len(followed) > 0 {
		return errors.New("one event was handled twice")
	}
	s.step("receive it twice", "known by its key: answered 200, but not handled twice")

	forged := first
	forged.Body = append(slices.Clone(first.Body), ' ')
	err = fake.Redeliver(ctx, forged)
	sent := fake.Deliveries()
	status := sent[len(sent)-1].Status
	if status != http.StatusUnauthorized || len(followed) > 0 {
		return errors.Join(errors.New("a forged event was believed"), err)
	}
	s.step("receive a forged one", "one byte more than was signed: refused with %d", status)
	return nil
}

// visit is what the event leads to.
type visit struct {
	appointment *ekacare.Appointment
	patient     *ekacare.DirectoryPatient
}

// webhookHandler verifies events and reads the record that each is about.
func webhookHandler(key string, c *ekacare.Client, followed chan<- visit) (http.Handler, error) {
	verifier, err := ekacare.WebhookVerifier([]string{key})
	if err != nil {
		return nil, err
	}
	h, err := webhook.NewHandler(verifier, ekacare.WebhookFormat(), webhook.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, err
	}
	webhook.On(h, func(ctx context.Context, d webhook.Delivery[ekacare.AppointmentCreatedEvent]) error {
		a, err := d.Payload.Appointment(ctx, c)
		if err != nil {
			return err
		}
		p, err := c.PatientDirectory.Get(ctx, a.PatientID)
		if err != nil {
			return err
		}
		followed <- visit{a, p}
		return nil
	})
	return h, nil
}
