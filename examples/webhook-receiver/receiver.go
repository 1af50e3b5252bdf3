package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/webhook"
	"github.com/caremux/caremux/welkin"
)

// newReceiver returns a handler with a path for each vendor.
func newReceiver(verifiers map[string]*webhook.Verifier, out io.Writer) (http.Handler, error) {
	p := &printer{out: out}
	mux := http.NewServeMux()
	for vendor, v := range map[string]struct {
		format   webhook.Format
		register func(*webhook.Handler, *printer)
	}{
		"ekacare":  {ekacare.WebhookFormat(), receiveEkacare},
		"clinik":   {clinik.WebhookFormat(), receiveClinik},
		"welkin":   {welkin.WebhookFormat(), receiveWelkin},
		"snapcare": {snapcare.WebhookFormat(), receiveSnapcare},
	} {
		h, err := webhook.NewHandler(verifiers[vendor], v.format, webhook.WithReport(p.report))
		if err != nil {
			return nil, err
		}
		v.register(h, p)
		h.Fallback(func(_ context.Context, d webhook.Delivery[json.RawMessage]) error {
			p.print("%s %s: a function could be registered for it", d.Vendor, d.Type)
			return nil
		})
		mux.Handle("/"+vendor, h)
	}
	return mux, nil
}

func receiveEkacare(h *webhook.Handler, p *printer) {
	webhook.On(h, func(_ context.Context, d webhook.Delivery[ekacare.AppointmentCreatedEvent]) error {
		if a := d.Payload.Data; a != nil { // d.Payload.Appointment reads the appointment
			p.print("%s %s: appointment %s of patient %s", d.Vendor, d.Type, a.AppointmentID, a.PatientID)
		}
		return nil
	})
	webhook.On(h, func(_ context.Context, d webhook.Delivery[ekacare.AppointmentAssessmentsTakenEvent]) error {
		if a := d.Payload.Data; a != nil {
			p.print("%s %s: appointment %s, assessments %v", d.Vendor, d.Type, a.AppointmentID, a.SaIDs)
		}
		return nil
	})
	webhook.On(h, func(_ context.Context, d webhook.Delivery[ekacare.ScribeCompletedEvent]) error {
		if s := d.Payload.Data; s != nil { // d.Payload.Session reads the notes
			p.print("%s %s: session %s", d.Vendor, d.Type, s.SessionID)
		}
		return nil
	})
}

func receiveClinik(h *webhook.Handler, p *printer) {
	webhook.On(h, func(_ context.Context, d webhook.Delivery[clinik.WebhookEvent]) error {
		if r := d.Payload.Data; r != nil { // clinik.Fetch reads the record
			p.print("%s %s: %s %s, %s data", d.Vendor, d.Type, r.ResourceType, r.ResourceID, r.Environment)
		}
		return nil
	})
}

func receiveWelkin(h *webhook.Handler, p *printer) {
	webhook.On(h, func(_ context.Context, d webhook.Delivery[welkin.WebhookEvent]) error {
		e := d.Payload // e.Patient reads the patient
		p.print("%s %s: %s, record %s of patient %s", d.Vendor, d.Type, e.EventSubtype, e.SourceID, e.PatientID)
		return nil
	})
	webhook.On(h, func(_ context.Context, d webhook.Delivery[welkin.ChatWebhookEvent]) error {
		p.print("%s %s: to patient %s, %d characters", d.Vendor, d.Type, d.Payload.PatientID, len([]rune(d.Payload.Message)))
		return nil
	})
}

func receiveSnapcare(h *webhook.Handler, p *printer) {
	webhook.On(h, func(_ context.Context, d webhook.Delivery[snapcare.QueueEvent]) error {
		if id := d.Payload.ConsultationID; id != nil { // d.Payload.Consultation reads it
			p.print("%s %s: consultation %d", d.Vendor, d.Type, *id)
		}
		return nil
	})
	webhook.On(h, func(_ context.Context, d webhook.Delivery[snapcare.AppointmentEvent]) error {
		p.print("%s %s: %d fields that no document names", d.Vendor, d.Type, len(d.Payload.Extra()))
		return nil
	})
}

// printer writes whole lines.
type printer struct {
	mu  sync.Mutex
	out io.Writer
}

func (p *printer) print(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, format+"\n", args...)
}

// report tells what became of a delivery.
func (p *printer) report(_ context.Context, r webhook.Report) {
	p.print("  %s: %d %s", r.Vendor, r.Status, r.Outcome)
}
