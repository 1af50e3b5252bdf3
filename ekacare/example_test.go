package ekacare_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/webhook"
)

// sample is a server that answers all calls alike.
func sample(status int, body string) (*ekacare.Client, func()) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}))
	c, err := ekacare.New(ekacare.Credentials{ClientID: "EC_1234"},
		caremux.WithBaseURL(server.URL), caremux.WithTokenSource(caremux.StaticToken("long-lived token")))
	if err != nil {
		log.Fatal(err)
	}
	return c, server.Close
}

func ExampleNew() {
	c, err := ekacare.New(ekacare.Credentials{
		ClientID:     "EC_1234",
		ClientSecret: "from your vault",
		Environment:  ekacare.Sandbox,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Environment(), c.Environment().BaseURL())
	// Output: sandbox https://api.dev.eka.care
}

func ExampleAppointmentsService_Book() {
	c, done := sample(201, `{"appointment_id":"apt-1"}`)
	defer done()
	start := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	booked, err := c.Appointments.Book(context.Background(), &ekacare.AppointmentBooking{
		PartnerClinicID: new("642783"), PartnerDoctorID: new("8423994"), PartnerPatientID: new("6742984"),
		AppointmentDetails: ekacare.AppointmentDetailsInput{
			Mode:      new(ekacare.AppointmentModeInClinic),
			StartTime: ekacare.NewEpochSeconds(start),
			EndTime:   new(ekacare.NewEpochSeconds(start.Add(15 * time.Minute))),
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(booked.AppointmentID)
	// Output: apt-1
}

func ExampleAppointmentsService_Book_slotTaken() {
	c, done := sample(400, `{"error":{"code":"APPOINTMENT_BOOKING_FAILED","message":"","details":{"reason":"NO_AVAILABLE_SLOTS"}}}`)
	defer done()
	_, err := c.Appointments.Book(context.Background(), &ekacare.AppointmentBooking{
		ClinicID: new("c"), DoctorID: new("d"), PatientID: new("p"),
		AppointmentDetails: ekacare.AppointmentDetailsInput{StartTime: ekacare.NewEpochSeconds(time.Now())},
	})
	fmt.Println(errors.Is(err, ekacare.ErrSlotTaken))
	fmt.Println(err)
	// Output:
	// true
	// ekacare: Appointments.Book: POST /dr/v1/appointment: 400 APPOINTMENT_BOOKING_FAILED
}

func ExampleClient_For() {
	c, done := sample(200, `{"tags":["cardiology"]}`)
	defer done()
	patient := c.For(ekacare.Identity{PatientID: "oid-1"})
	record, err := patient.Records.Get(context.Background(), "doc-1")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(record.Tags)
	// Output: [cardiology]
}

func ExampleWebhookVerifier() {
	c, done := sample(200, `{"appointment_id":"apt-1","status":"BK"}`)
	defer done()
	verifier, err := ekacare.WebhookVerifier([]string{"the signing key of the subscription"})
	if err != nil {
		log.Fatal(err)
	}
	handler, err := webhook.NewHandler(verifier, ekacare.WebhookFormat())
	if err != nil {
		log.Fatal(err)
	}
	webhook.On(handler, func(ctx context.Context, e webhook.Delivery[ekacare.AppointmentCreatedEvent]) error {
		appointment, err := e.Payload.Appointment(ctx, c)
		if err != nil {
			return err // the vendor resends the event
		}
		fmt.Println(e.Type, e.Payload.Data.AppointmentID, appointment.Status)
		return nil
	})

	// The vendor calls the handler like this.
	body := []byte(`{"service":"appointment","event":"appointment.created","event_time":1749544696,"data":{"appointment_id":"apt-1"}}`)
	r := httptest.NewRequest(http.MethodPost, "/webhooks/eka", bytes.NewReader(body))
	r.Header = verifier.Sign(body, time.Now())
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output:
	// appointment.created apt-1 BK
	// 200
}
