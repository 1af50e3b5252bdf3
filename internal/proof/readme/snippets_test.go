package readme_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/webhook"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

// setenv lets NewFromEnv find the server.
func setenv(t *testing.T, srv *welkintest.Server) {
	t.Helper()
	credentials := srv.Credentials()
	t.Setenv("WELKIN_BASE_URL", srv.URL)
	t.Setenv("WELKIN_TENANT", credentials.Tenant)
	t.Setenv("WELKIN_INSTANCE", credentials.Instance)
	t.Setenv("WELKIN_CLIENT_NAME", credentials.ClientName)
	t.Setenv("WELKIN_SECRET", credentials.Secret)
}

func sharedLogin(dir string) (*welkin.Client, error) {
	// snippet: tokens
	store, err := caremux.NewFileTokenStore(dir) // or redisstore.NewTokens, for what replicas share
	if err != nil {
		return nil, err
	}
	c, err := welkin.NewFromEnv(caremux.WithTokenStore(store))
	// end
	return c, err
}

func TestStoredTokenServesTwoClients(t *testing.T) {
	srv := welkintest.NewServer(t)
	setenv(t, srv)
	dir := t.TempDir()
	for range 2 {
		c, err := sharedLogin(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Patients.List(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if srv.Logins() != 1 {
		t.Errorf("%d logins, want 1", srv.Logins())
	}
}

func countPages(ctx context.Context, c *welkin.Client) (pages, items int, err error) {
	use := func(list []welkin.Patient) { pages, items = pages+1, items+len(list) }
	// snippet: pages
	page, err := c.Patients.List(ctx, &welkin.PatientsListParams{Size: new(20)})
	for err == nil {
		use(page.Items)
		page, err = page.Next(ctx)
	}
	if !errors.Is(err, caremux.ErrNoNextPage) {
		return pages, items, err
	}
	// end
	return pages, items, nil
}

func TestPagesAreReadToTheLast(t *testing.T) {
	srv := welkintest.NewServer(t)
	srv.AddPatients(45)
	if pages, items, err := countPages(t.Context(), srv.Client()); pages != 3 || items != 45 || err != nil {
		t.Errorf("%d pages with %d patients, error %v; want 3 with 45", pages, items, err)
	}
	srv.Fail(welkintest.Fault{Operation: "Patients.List", Status: http.StatusForbidden})
	if _, _, err := countPages(t.Context(), srv.Client()); !errors.Is(err, caremux.ErrForbidden) {
		t.Errorf("error %v, want that of the call", err)
	}
}

func timezoneOf(ctx context.Context, log *slog.Logger, c *welkin.Client, id string) (string, error) {
	// snippet: errors
	p, err := c.Patients.Get(ctx, id, nil)
	if errors.Is(err, caremux.ErrNotFound) {
		return "", nil
	}
	var e *caremux.Error
	if errors.As(err, &e) {
		log.Warn("no patient", "status", e.Status, "code", e.Code, "request", e.RequestID)
	}
	// end
	if err != nil {
		return "", err
	}
	return p.Timezone, nil
}

func TestErrorsTellApart(t *testing.T) {
	srv := welkintest.NewServer(t)
	id := srv.AddPatients(1)[0]
	var logged strings.Builder
	log := slog.New(slog.NewTextHandler(&logged, nil))
	if zone, err := timezoneOf(t.Context(), log, srv.Client(), id); zone == "" || err != nil {
		t.Errorf("zone %q, error %v", zone, err)
	}
	if zone, err := timezoneOf(t.Context(), log, srv.Client(), "00000000-0000-0000-0000-000000000000"); zone != "" || err != nil {
		t.Errorf("zone %q, error %v of a patient who does not exist", zone, err)
	}
	if logged.Len() > 0 {
		t.Errorf("logged %q, want nothing yet", logged.String())
	}
	srv.Fail(welkintest.Fault{Operation: "Patients.Get", Status: http.StatusForbidden})
	if _, err := timezoneOf(t.Context(), log, srv.Client(), id); !errors.Is(err, caremux.ErrForbidden) {
		t.Errorf("error %v, want a refusal", err)
	}
	if !strings.Contains(logged.String(), "status=403") {
		t.Errorf("logged %q, want the status", logged.String())
	}
}

func receive(c *ekacare.Client, mux *http.ServeMux, seen func(*ekacare.Appointment) error) error {
	// snippet: webhooks
	verifier, err := ekacare.WebhookVerifier([]string{os.Getenv("EKA_WEBHOOK_SECRET")})
	if err != nil {
		return err
	}
	hooks, err := webhook.NewHandler(verifier, ekacare.WebhookFormat())
	if err != nil {
		return err
	}
	webhook.On(hooks, func(ctx context.Context, e webhook.Delivery[ekacare.AppointmentCreatedEvent]) error {
		a, err := e.Payload.Appointment(ctx, c) // the event contains the id, this reads the appointment
		if err != nil {
			return err // the response is 500, so that the vendor resends the event
		}
		return seen(a)
	})
	mux.Handle("/hooks/eka", hooks)
	// end
	return nil
}

func TestWebhookArrivesOnce(t *testing.T) {
	t.Setenv("EKA_WEBHOOK_SECRET", "signing key")
	srv := ekacaretest.NewServer(t)
	id := srv.AddAppointment(srv.Doctor(), srv.Clinic(), srv.Patient(), time.Now().Add(24*time.Hour))
	mux := http.NewServeMux()
	var seen []string
	failing := true
	err := receive(srv.Client(), mux, func(a *ekacare.Appointment) error {
		seen = append(seen, a.AppointmentID)
		if failing {
			return errors.New("the queue is away")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	receiver := httptest.NewServer(mux)
	defer receiver.Close()
	srv.Subscribe(receiver.URL+"/hooks/eka", "signing key", ekacare.EventAppointmentCreated)
	payload := map[string]any{
		"service": "appointment", "event": ekacare.EventAppointmentCreated, "transaction_id": "t-1",
		"event_time": time.Now().Unix(), "data": map[string]any{"appointment_id": id},
	}
	if err := srv.Send(t.Context(), ekacare.EventAppointmentCreated, payload); err == nil {
		t.Error("a function that fails was acknowledged")
	}
	failing = false
	for range 2 {
		if err := srv.Redeliver(t.Context(), srv.Deliveries()[0]); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{id, id}; fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("handled %v, want %v: once in vain and once with success", seen, want)
	}
}

func book(ctx context.Context, c *ekacare.Client, query ekacare.SlotQuery, patientID, visitID string) (*ekacare.Appointment, error) {
	// snippet: booking
	slots, err := c.Appointments.FindSlots(ctx, query) // by doctor, clinic and days
	if err != nil || len(slots) == 0 {
		return nil, err
	}
	booking := &ekacare.AppointmentBooking{PatientID: &patientID, PartnerAppointmentID: &visitID} // your id of the visit
	booked, err := c.Appointments.BookSlot(ctx, slots[0], booking)
	var taken *ekacare.SlotTakenError
	if errors.As(err, &taken) && len(taken.Next) > 0 { // another was faster
		booked, err = c.Appointments.BookSlot(ctx, taken.Next[0], booking)
	}
	// end
	return booked, err
}

func TestTakenSlotLeadsToTheNext(t *testing.T) {
	srv := ekacaretest.NewServer(t)
	query := ekacare.SlotQuery{DoctorID: srv.Doctor().ID, ClinicID: srv.Clinic().ID, From: caremux.NewDate(2030, time.May, 2)}
	srv.Fail(ekacaretest.Fault{
		Operation: "Appointments.Book", Status: http.StatusBadRequest,
		Body: []byte(`{"error":{"code":"APPOINTMENT_BOOKING_FAILED","message":"","details":{"reason":"NO_AVAILABLE_SLOTS"}}}`),
	})
	booked, err := book(t.Context(), srv.Client(), query, srv.Patient().ID, "visit-1")
	if err != nil {
		t.Fatal(err)
	}
	if got := booked.StartTime.In(ekacare.IST).Format("15:04"); got != "09:15" {
		t.Errorf("booked at %s, want the slot after 09:00", got)
	}
}

func counted(calls func(vendor, operation string, status, attempts int, d time.Duration)) (*welkin.Client, error) {
	// snippet: observer
	c, err := welkin.NewFromEnv(caremux.WithObserver(func(_ context.Context, e caremux.CallEvent) {
		if e.Done {
			calls(e.Vendor, e.Operation, e.Status, e.Attempts, e.Duration)
		}
	}))
	// end
	return c, err
}

func TestObserverIsToldOfEachCall(t *testing.T) {
	srv := welkintest.NewServer(t)
	setenv(t, srv)
	var told []string
	c, err := counted(func(vendor, operation string, status, attempts int, d time.Duration) {
		told = append(told, fmt.Sprint(vendor, " ", operation, " ", status, " ", attempts, " ", d > 0))
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Patients.List(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	want := "[welkin APIClients.CreateToken 201 1 true welkin Patients.List 200 1 true]" // the login is a call, too
	if fmt.Sprint(told) != want {
		t.Errorf("told %v, want %s", told, want)
	}
}

func TestLostAnswer(t *testing.T) {
	ctx := t.Context()
	// snippet: testing
	srv := welkintest.NewServer(t)
	c := srv.Client()
	srv.Fail(welkintest.Fault{Operation: "Patients.Create", Reset: true, AfterWork: true}) // done, and the response is lost
	_, err := c.Patients.Create(ctx, &welkin.PatientCreate{FirstName: "Charlie", LastName: "Taylor"})
	var e *caremux.Error
	if !errors.As(err, &e) || !e.MaybeApplied() {
		t.Errorf("error %v, want one that says so", err)
	}
	// end
	page, err := c.Patients.List(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != 1 {
		t.Errorf("%d patients, want the one", len(page.Items))
	}
}
