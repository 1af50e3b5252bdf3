package consumer

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
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
	p, err := wel.Patients.Create(ctx, &welkin.PatientCreate{FirstName: "Charlie", LastName: "Taylor", Timezone: new("America/Los_Angeles")})
	if err != nil || p.ID == "" || p.RawJSON() == nil {
		t.Fatalf("%v", err)
	}
	if _, err := wel.Patients.Get(ctx, "none", nil); !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("a patient that does not exist gives %v", err)
	}
	for _, err := range cli.Patients.SearchAll(ctx, nil, caremux.Prefetch(1)) {
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
