package consumer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
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

// A user puts interfaces of his own in front of the services; the methods must be expressible in public types.
type (
	welkinPatients interface {
		Get(context.Context, string, *welkin.PatientsGetParams, ...caremux.RequestOption) (*welkin.Patient, error)
		Create(context.Context, *welkin.PatientCreate, ...caremux.RequestOption) (*welkin.Patient, error)
		List(context.Context, *welkin.PatientsListParams, ...caremux.RequestOption) (*caremux.Page[welkin.Patient], error)
		All(context.Context, *welkin.PatientsListParams, ...caremux.RequestOption) iter.Seq2[welkin.Patient, error]
	}
	clinikPatients interface {
		SearchAll(context.Context, *clinik.PatientsSearchParams, ...caremux.RequestOption) iter.Seq2[clinik.Patient, error]
	}
	ekaBooking interface {
		Book(context.Context, *ekacare.AppointmentBooking, ...caremux.RequestOption) (*ekacare.BookedAppointment, error)
	}
	// caller is what each client can do beside its services.
	caller interface {
		Do(ctx context.Context, method, path string, query, body, out any, opts ...caremux.RequestOption) error
	}
)

var (
	_ welkinPatients = (*welkin.PatientsService)(nil)
	_ clinikPatients = (*clinik.PatientsService)(nil)
	_ ekaBooking     = (*ekacare.AppointmentsService)(nil)
	_ caller         = (*welkin.Client)(nil)
	_ caller         = (*clinik.Client)(nil)
	_ caller         = (*ekacare.Client)(nil)
	_ caller         = (*snapcare.Client)(nil)
)

// clients are one of each vendor, over the fakes, that share what a service shares.
func clients(t *testing.T, opts ...caremux.Option) (*ekacare.Client, *welkin.Client, *clinik.Client, *snapcare.Client) {
	t.Helper()
	transport := caremux.NewTransport()
	t.Cleanup(transport.CloseIdleConnections)
	opts = append([]caremux.Option{caremux.WithTransport(transport)}, opts...)
	return ekacaretest.NewServer(t).Client(opts...), welkintest.NewServer(t).Client(opts...), cliniktest.NewServer(t).Client(opts...),
		snapcaretest.NewServer(t).Client(opts...)
}

func TestAllVendorsFromOutside(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]int{}
	eka, wel, cli, snap := clients(t, caremux.WithObserver(func(_ context.Context, e caremux.CallEvent) {
		mu.Lock()
		defer mu.Unlock()
		if e.Done && e.Err == nil {
			seen[e.Vendor]++
		}
	}))
	ctx := t.Context()
	p, err := wel.Patients.Create(ctx, &welkin.PatientCreate{
		FirstName: "Charlie", LastName: "Taylor", Timezone: new("America/Los_Angeles"),
	})
	if err != nil || p.ID == "" || p.RawJSON() == nil {
		t.Fatalf("%v", err)
	}
	if _, err := wel.Patients.Get(ctx, "none", nil); !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("a patient that does not exist gives %v", err)
	}
	for _, err := range cli.Patients.SearchAll(ctx, nil, caremux.WithPrefetch(1)) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var meta caremux.Response
	if _, err := eka.Business.GetInfo(ctx, caremux.WithResponse(&meta)); err != nil || meta.Status != http.StatusOK {
		t.Errorf("Eka Care answers %d, %v", meta.Status, err)
	}
	if _, err := snap.Utility.ListTimeZones(ctx); err != nil {
		t.Error(err)
	}
	for _, vendor := range []string{"ekacare", "welkin", "clinik", "snapcare"} {
		if seen[vendor] == 0 {
			t.Errorf("no successful call of %s was seen: %v", vendor, seen)
		}
	}
}

func TestWebhooksFromOutside(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.May, 6, 7, 8, 9, 0, time.UTC)
	verifier, err := clinik.WebhookVerifier([]string{"whsec_example"}, webhook.WithClock(func() time.Time { return at }))
	if err != nil {
		t.Fatal(err)
	}
	h, err := webhook.NewHandler(verifier, clinik.WebhookFormat(), webhook.WithStore(&webhook.MemoryStore{}))
	if err != nil {
		t.Fatal(err)
	}
	var handled []string
	webhook.On(h, func(_ context.Context, d webhook.Delivery[clinik.WebhookEvent]) error {
		handled = append(handled, d.Payload.Data.ResourceID)
		return nil
	})
	body := []byte(`{"id":"evt_1","event":"patient.created","timestamp":"2026-05-06T07:08:09Z",` +
		`"data":{"resourceType":"patient","resourceId":"pt_1","action":"created","environment":"live"}}`)
	for range 2 { // the vendor sends it twice
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header = verifier.Sign(body, at)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Errorf("answered %d: %s", w.Code, w.Body)
		}
	}
	if len(handled) != 1 || handled[0] != "pt_1" {
		t.Errorf("handled %v, want pt_1 once", handled)
	}
}

// patientCreated is a payload that a user writes for an event of ClinikAPI, with the one member that he needs.
type patientCreated struct {
	ID string `json:"id"`
}

func (patientCreated) EventTypes() []string { return []string{clinik.EventPatientCreated} }

func TestOwnPayloadFromOutside(t *testing.T) {
	t.Parallel()
	verifier, err := clinik.WebhookVerifier([]string{"whsec_example"})
	if err != nil {
		t.Fatal(err)
	}
	h, err := webhook.NewHandler(verifier, clinik.WebhookFormat())
	if err != nil {
		t.Fatal(err)
	}
	var handled []string
	webhook.On(h, func(_ context.Context, d webhook.Delivery[patientCreated]) error {
		handled = append(handled, d.Payload.ID)
		return nil
	})
	body := []byte(`{"id":"evt_1","event":"patient.created"}`)
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
	r.Header = verifier.Sign(body, time.Now())
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusOK || len(handled) != 1 || handled[0] != "evt_1" {
		t.Errorf("answered %d, handled %v", w.Code, handled)
	}
}

// nothing is a function of a webhook.
func nothing[T any](context.Context, webhook.Delivery[T]) error { return nil }

// Two vendors may have an event of the same name.
func TestPayloadOfAnotherVendorIsRefused(t *testing.T) {
	t.Parallel()
	verifier, err := webhook.NewPlainHMAC("X-Signature", []string{"whsec_example"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		format   webhook.Format
		register func(h *webhook.Handler)
		refused  bool
	}{
		"ekacare, its own": {ekacare.WebhookFormat(), func(h *webhook.Handler) {
			webhook.On(h, nothing[ekacare.AppointmentCreatedEvent])
		}, false},
		"ekacare, clinik's": {ekacare.WebhookFormat(), func(h *webhook.Handler) {
			webhook.On(h, nothing[clinik.WebhookEvent], clinik.EventAppointmentCreated)
		}, true},
		"clinik, its own": {clinik.WebhookFormat(), func(h *webhook.Handler) { webhook.On(h, nothing[clinik.WebhookEvent]) }, false},
		"clinik, ekacare's": {clinik.WebhookFormat(), func(h *webhook.Handler) {
			webhook.On(h, nothing[ekacare.AppointmentCreatedEvent])
		}, true},
		"welkin, its own": {welkin.WebhookFormat(), func(h *webhook.Handler) {
			webhook.On(h, nothing[welkin.ChatWebhookEvent])
		}, false},
		"welkin, each, clinik's": {welkin.WebhookFormatEach(), func(h *webhook.Handler) {
			webhook.On(h, nothing[clinik.WebhookEvent])
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := webhook.NewHandler(verifier, c.format)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				v := recover()
				if (v != nil) != c.refused || c.refused && !strings.Contains(fmt.Sprint(v), "is not a payload of "+c.format.Vendor) {
					t.Errorf("panics with %v", v)
				}
			}()
			c.register(h)
		})
	}
}
