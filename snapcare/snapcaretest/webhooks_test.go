package snapcaretest_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
	"github.com/caremux/caremux/webhook"
)

func TestNotificationsReachTheHandlerSigned(t *testing.T) {
	t.Parallel()
	srv := snapcaretest.NewServer(t)
	v, err := snapcare.WebhookVerifier([]string{"the secret of the callback"})
	if err != nil {
		t.Fatal(err)
	}
	h, err := webhook.NewHandler(v, snapcare.WebhookFormat(), webhook.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	var ran []string
	var consultation int
	webhook.On(h, func(_ context.Context, d webhook.Delivery[snapcare.QueueEvent]) error {
		ran, consultation = append(ran, d.Type), *d.Payload.ConsultationID
		return nil
	})
	webhook.On(h, func(_ context.Context, d webhook.Delivery[snapcare.AppointmentEvent]) error {
		ran = append(ran, d.Type)
		return nil
	})
	webhook.On(h, func(_ context.Context, d webhook.Delivery[snapcare.PatientProfileEvent]) error {
		ran = append(ran, d.Type)
		return nil
	})
	receiver := httptest.NewServer(h)
	t.Cleanup(receiver.Close)
	if err := srv.Send(t.Context(), snapcare.EventAppointmentCreated, nil); err == nil || !strings.Contains(err.Error(), "SetCallback") {
		t.Errorf("without a callback: %v", err)
	}
	srv.SetCallback(receiver.URL, "the secret of the callback")
	for _, name := range snapcare.EventTypes() {
		if err := srv.Send(t.Context(), name, nil); err != nil {
			t.Error(err)
		}
	}
	if !slices.Equal(ran, snapcare.EventTypes()) || consultation != 41005 {
		t.Errorf("ran %v, consultation %d", ran, consultation)
	}
	sent := srv.Deliveries()
	if err := srv.Redeliver(t.Context(), sent[6]); err != nil || len(ran) != 12 {
		t.Errorf("%v, ran %d", err, len(ran))
	}
	if err := srv.Send(t.Context(), "x", map[string]any{"a": func() {}}); err == nil {
		t.Error("a payload that is no JSON is sent")
	}
	srv.SetCallback(receiver.URL, "another")
	if err := srv.Send(t.Context(), "x", []byte(`{"EventName":"x"}`)); err == nil ||
		srv.Deliveries()[13].Status != http.StatusUnauthorized {
		t.Errorf("another secret: %v", err)
	}
}
