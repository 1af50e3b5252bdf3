package four

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
	"github.com/caremux/caremux/webhook"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

// powers are what a test can do with any fake.
type powers interface {
	SetNow(time.Time)
	Advance(time.Duration)
	Now() time.Time
	Send(ctx context.Context, event string, payload any) error
	Limit(n int, per time.Duration)
	ClearFaults()
}

// subject is a fake with what differs from vendor to vendor.
type subject struct {
	fake      powers
	read      func(...caremux.RequestOption) error
	write     func(...caremux.RequestOption) (id string, err error)
	writes    func() [][2]string
	subscribe func(endpoint string)
	verifier  *webhook.Verifier
	format    webhook.Format
	event     string
}

func pairs[W any](list []W, pair func(W) [2]string) (all [][2]string) {
	for _, w := range list {
		all = append(all, pair(w))
	}
	return all
}

func subjects(t *testing.T) map[string]subject {
	verifier := func(v *webhook.Verifier, err error) *webhook.Verifier {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	at := webhook.WithClock(func() time.Time { return now.Add(time.Hour) })
	ctx := t.Context()
	ws, cs, es, ss := welkintest.NewServer(t), cliniktest.NewServer(t), ekacaretest.NewServer(t), snapcaretest.NewServer(t)
	wc, cc, ec, sc := ws.Client(), cs.Client(), es.Client(), ss.Client()
	return map[string]subject{
		"welkin": {
			fake: ws, event: welkin.EventPatient, format: welkin.WebhookFormat(),
			verifier:  verifier(welkin.WebhookVerifier("key", "secret")),
			subscribe: func(endpoint string) { ws.Subscribe(endpoint, "key", "secret", welkin.EventPatient) },
			read:      func(o ...caremux.RequestOption) error { _, err := wc.Patients.List(ctx, nil, o...); return err },
			write: func(o ...caremux.RequestOption) (string, error) {
				p, err := wc.Patients.Create(ctx, &welkin.PatientCreate{FirstName: "Charlie", LastName: "Taylor"}, o...)
				return p.ID, err
			},
			writes: func() [][2]string {
				return pairs(ws.Writes(), func(w welkintest.Write) [2]string { return [2]string{w.Operation, w.ID} })
			},
		},
		"clinik": {
			fake: cs, event: string(clinik.EventPatientCreated), format: clinik.WebhookFormat(),
			verifier:  verifier(clinik.WebhookVerifier([]string{"secret"}, at)),
			subscribe: func(endpoint string) { cs.Subscribe(endpoint, "secret", string(clinik.EventPatientCreated)) },
			read:      func(o ...caremux.RequestOption) error { _, err := cc.Patients.Search(ctx, nil, o...); return err },
			write: func(o ...caremux.RequestOption) (string, error) {
				p, err := cc.Patients.Create(ctx, &clinik.PatientCreate{FirstName: "Charlie", LastName: "Taylor"}, o...)
				return p.ID, err
			},
			writes: func() [][2]string {
				return pairs(cs.Writes(), func(w cliniktest.Write) [2]string { return [2]string{w.Operation, w.ID} })
			},
		},
		"ekacare": {
			fake: es, event: ekacare.EventAppointmentCreated, format: ekacare.WebhookFormat(),
			verifier:  verifier(ekacare.WebhookVerifier([]string{"secret"}, at)),
			subscribe: func(endpoint string) { es.Subscribe(endpoint, "secret", ekacare.EventAppointmentCreated) },
			read:      func(o ...caremux.RequestOption) error { _, err := ec.Webhooks.List(ctx, o...); return err },
			write: func(o ...caremux.RequestOption) (string, error) {
				r, err := ec.Webhooks.Register(ctx, &ekacare.WebhookCreate{Endpoint: "https://a.example/",
					EventNames: []ekacare.EventName{ekacare.EventPrescriptionCreated}}, o...)
				return r.ID, err
			},
			writes: func() [][2]string {
				return pairs(es.Writes(), func(w ekacaretest.Write) [2]string { return [2]string{w.Operation, w.ID} })
			},
		},
		"snapcare": {
			fake: ss, event: "Appointment.Created", format: snapcare.WebhookFormat(),
			verifier:  verifier(snapcare.WebhookVerifier([]string{"secret"}, at)),
			subscribe: func(endpoint string) { ss.SetCallback(endpoint, "secret") },
			read:      func(o ...caremux.RequestOption) error { _, err := sc.Utility.ListTimeZones(ctx, o...); return err },
			write: func(o ...caremux.RequestOption) (string, error) {
				b, err := sc.AvailabilityBlocks.Create(ctx, &snapcare.AvailabilityBlockCreate{
					Clinician: &snapcare.AvailabilityBlockClinicianInput{ClinicianID: new(ss.Clinician().Number)},
					StartTime: new(caremux.NewTime(now.Add(24 * time.Hour))), EndTime: new(caremux.NewTime(now.Add(25 * time.Hour))),
				}, o...)
				return b.ID, err
			},
			writes: func() [][2]string {
				return pairs(ss.Writes(), func(w snapcaretest.Write) [2]string { return [2]string{w.Operation, w.ID} })
			},
		},
	}
}

func TestEveryFakeHasAClockALedgerAndWebhooks(t *testing.T) {
	for name, s := range subjects(t) {
		t.Run(name, func(t *testing.T) {
			s.fake.SetNow(now)
			s.fake.Advance(time.Hour)
			if at := s.fake.Now(); !at.Equal(now.Add(time.Hour)) {
				t.Errorf("the clock shows %v", at)
			}
			var response caremux.Response
			if err := s.read(caremux.WithResponse(&response)); err != nil {
				t.Fatal(err)
			}
			if at, err := http.ParseTime(response.Header.Get("Date")); err != nil || !at.Equal(s.fake.Now()) {
				t.Errorf("Date %v, %v", at, err)
			}
			checkLedger(t, s)
			checkWebhook(t, s)
			s.fake.SetNow(time.Time{})
			if d := time.Since(s.fake.Now()); d < 0 || d > time.Minute {
				t.Errorf("the clock is behind by %v", d)
			}
		})
	}
}

// checkLedger writes twice, once refused.
func checkLedger(t *testing.T, s subject) {
	t.Helper()
	before := len(s.writes())
	id, err := s.write()
	if err != nil {
		t.Fatal(err)
	}
	all := s.writes()
	if len(all) != before+1 || all[before][1] != id || all[before][0] == "" {
		t.Errorf("the ledger has %q, want %s", all[before:], id)
	}
}

// checkWebhook sends an event to a handler of package webhook.
func checkWebhook(t *testing.T, s subject) {
	t.Helper()
	h, err := webhook.NewHandler(s.verifier, s.format)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	h.Fallback(func(_ context.Context, e webhook.Delivery[json.RawMessage]) error {
		seen = append(seen, e.Type)
		return nil
	})
	server := httptest.NewServer(h)
	defer server.Close()
	s.subscribe(server.URL)
	if err := s.fake.Send(t.Context(), s.event, nil); err != nil {
		t.Errorf("Send: %v", err)
	}
	if len(seen) != 1 || seen[0] != s.event {
		t.Errorf("received %q, want %s", seen, s.event)
	}
	if err := s.fake.Send(t.Context(), s.event, []byte("no JSON")); err == nil {
		t.Error("a body that the receiver refuses is no error")
	}
}
