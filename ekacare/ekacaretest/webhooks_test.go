package ekacaretest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/webhook"
)

// inbox is an endpoint for events.
type inbox struct {
	*httptest.Server
	mu     sync.Mutex
	got    []*http.Request
	bodies [][]byte
	status int
}

func newInbox(t *testing.T) *inbox {
	in := &inbox{status: 200}
	in.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		in.mu.Lock()
		defer in.mu.Unlock()
		in.got, in.bodies = append(in.got, r), append(in.bodies, body)
		w.WriteHeader(in.status)
	}))
	t.Cleanup(in.Close)
	return in
}

func TestSubscriptions(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	in := newInbox(t)
	body := &ekacare.WebhookCreate{
		Endpoint: in.URL, SigningKey: new("key"), EventNames: []ekacare.EventName{ekacare.EventAppointmentCreated},
	}
	id := must(c.Webhooks.Register(ctx, body))(t).ID
	_, err := c.Webhooks.Register(ctx, body)
	refused(t, err, 400, ekacare.CodeBadRequest)
	page := must(c.Webhooks.List(ctx))(t)
	if len(page.Items) != 1 || page.Items[0].ID != id || page.Items[0].SigningKey != "key" ||
		page.Items[0].EventNames[0] != ekacare.EventAppointmentCreated {
		t.Errorf("%v", page.Items)
	}
	if err := srv.Send(ctx, ekacare.EventAppointmentCreated, nil); err != nil || len(in.got) != 1 {
		t.Errorf("%v, %d deliveries", err, len(in.got))
	}
	if err := srv.Send(ctx, ekacare.EventAppointmentUpdated, nil); err != nil || len(in.got) != 1 {
		t.Errorf("%v: an event that nobody asked for went out", err)
	}
	must(c.Webhooks.Delete(ctx, id))(t)
	if _, err := c.Webhooks.Delete(ctx, id); !errors.Is(err, caremux.ErrNotFound) {
		t.Error(err)
	}
	if err := srv.Send(ctx, ekacare.EventAppointmentCreated, nil); err != nil || len(in.got) != 1 {
		t.Errorf("%v: an event went to a subscription that is gone", err)
	}
	if got := writes(srv); got != "Webhooks.Register Webhooks.Delete" {
		t.Errorf("ledger %s", got)
	}
}

func TestEventsAreSigned(t *testing.T) {
	srv, _ := setup(t)
	now := time.Unix(1700000000, 0)
	srv.SetNow(now)
	signed, open := newInbox(t), newInbox(t)
	srv.Subscribe(signed.URL, "key", ekacare.EventRecordUploaded)
	srv.Subscribe(open.URL, "")
	if err := srv.Send(t.Context(), ekacare.EventRecordUploaded, []byte(`{"event": "rec.uploaded" }`)); err != nil {
		t.Fatal(err)
	}
	// Made with: printf '1700000000.{"event": "rec.uploaded" }' | openssl dgst -sha256 -hmac key
	const want = "t=1700000000,v1=7762f2b39b47d8a1f9d2dadc6c030dc87ffb49af52815f0c62f54fba4b30b85a"
	if got := signed.got[0].Header.Get("Eka-Webhook-Signature"); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
	if got := open.got[0].Header.Values("Eka-Webhook-Signature"); len(got) > 0 {
		t.Errorf("signed without a key: %v", got)
	}
	if !bytes.Equal(signed.bodies[0], []byte(`{"event": "rec.uploaded" }`)) || signed.got[0].Method != "POST" {
		t.Errorf("sent %s", signed.bodies[0])
	}
}

func TestRefusedDeliveriesAreReported(t *testing.T) {
	srv, _ := setup(t)
	in, dead := newInbox(t), newInbox(t)
	in.status = 503
	dead.Close()
	srv.Subscribe(in.URL, "key")
	srv.Subscribe(dead.URL, "key")
	err := srv.Send(t.Context(), ekacare.EventReceiptCreated, map[string]any{"a": 1})
	if err == nil || !strings.Contains(err.Error(), "status 503") || !strings.Contains(err.Error(), dead.URL) {
		t.Errorf("error %v", err)
	}
	sent := srv.Deliveries()
	if len(sent) != 2 || sent[0].Status != 503 || sent[1].Status != 0 || string(sent[0].Body) != `{"a":1}` {
		t.Errorf("deliveries %v", sent)
	}
	in.status = 204
	srv.Advance(time.Hour)
	if err := srv.Redeliver(t.Context(), sent[0]); err != nil {
		t.Error(err)
	}
	if a, b := in.got[0].Header.Get("Eka-Webhook-Signature"), in.got[1].Header.Get("Eka-Webhook-Signature"); a != b || a == "" {
		t.Errorf("signed %s, then %s", a, b)
	}
	if err := srv.Send(t.Context(), ekacare.EventReceiptCreated, func() {}); err == nil || len(srv.Deliveries()) != 3 {
		t.Errorf("error %v", err)
	}
}

func TestEveryEventPassesTheHandler(t *testing.T) {
	srv, _ := setup(t)
	verifier := must(ekacare.WebhookVerifier([]string{"key"}))(t)
	handler := must(webhook.NewHandler(verifier, ekacare.WebhookFormat()))(t)
	var got []string
	handler.Fallback(func(_ context.Context, d webhook.Delivery[json.RawMessage]) error {
		got = append(got, d.Type)
		return nil
	})
	endpoint := httptest.NewServer(handler)
	t.Cleanup(endpoint.Close)
	srv.Subscribe(endpoint.URL, "key")
	for _, name := range srv.EventNames() {
		for _, sample := range srv.Samples(name) {
			if err := srv.Send(t.Context(), name, sample); err != nil {
				t.Error(err)
			}
		}
	}
	if len(got) != 57 || !slices.Equal(slices.Compact(slices.Clone(got)), srv.EventNames()) {
		t.Errorf("%d events: %v", len(got), got)
	}
	if err := srv.Redeliver(t.Context(), srv.Deliveries()[3]); err != nil || len(got) != 57 {
		t.Errorf("%v, %d events: the same delivery was handled again", err, len(got))
	}
	srv.SetNow(time.Now().Add(-time.Hour))
	if err := srv.Send(t.Context(), ekacare.EventAppointmentCreated, nil); err == nil || srv.Deliveries()[58].Status != 401 {
		t.Errorf("an old signature: %v", err)
	}
	other := newInbox(t)
	srv.Subscribe(other.URL, "other key")
	srv.SetNow(time.Time{})
	_ = srv.Send(t.Context(), ekacare.EventAppointmentCreated, nil)
	if err := verifier.Verify(other.got[0].Header, other.bodies[0]); !errors.Is(err, webhook.ErrMismatch) {
		t.Errorf("another key: %v", err)
	}
}

func TestSamples(t *testing.T) {
	srv, _ := setup(t)
	srv.SetNow(time.Unix(1700000000, 0))
	names := srv.EventNames()
	if len(names) != 56 || !slices.IsSorted(names) { // the 55 that the vendor describes, and user.delete
		t.Errorf("%d names", len(names))
	}
	for _, name := range names {
		samples := srv.Samples(name)
		if want := map[bool]int{true: 2, false: 1}[name == ekacare.EventScribeCompleted]; len(samples) != want {
			t.Errorf("%s: %d samples", name, len(samples))
		}
		for _, sample := range samples {
			var envelope struct {
				Event, EventType string
				Data, Payload    map[string]any
				EventTime        any `json:"event_time"`
				TransactionID    any `json:"transaction_id"`
			}
			if err := json.Unmarshal(sample, &envelope); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			content := envelope.Data
			if content == nil {
				content = envelope.Payload
			}
			if envelope.Event != name && envelope.Payload == nil || len(content) == 0 && name != ekacare.EventUserDelete {
				t.Errorf("%s: %s", name, sample)
			}
			switch envelope.EventTime {
			case nil, 1.7e9, 1.7e12:
			default:
				t.Errorf("%s: event_time %v", name, envelope.EventTime)
			}
			if envelope.TransactionID != nil && bytes.Equal(sample, srv.Sample(name)) {
				t.Errorf("%s: two samples are one event", name)
			}
		}
	}
}
