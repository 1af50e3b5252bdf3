package welkintest

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/caremux/caremux/caremuxtest"
	"github.com/caremux/caremux/internal/fake"
	"github.com/caremux/caremux/welkin"
)

// Delivery is an event that the server has sent to one endpoint: see [caremuxtest.Delivery].
type Delivery = caremuxtest.Delivery

// Subscribe registers an endpoint for the events of some entities, such as [welkin.EventPatient], or of all without any.
// The key and the secret go with each delivery, in the headers that [welkin.WebhookVerifier] checks. Welkin's
// administrators do this; there is no call for it.
func (s *Server) Subscribe(endpoint, apiKey, apiSecret string, entities ...string) {
	s.hooks.Subscribe(endpoint, func([]byte) http.Header {
		header := http.Header{"Content-Type": {"application/json"}}
		header.Set("X-Webhook-Api-Key", apiKey)
		header.Set("X-Webhook-Api-Secret", apiSecret)
		return header
	}, entities...)
}

// Send posts an event to every endpoint that is subscribed to it, one after the other. A payload of []byte is sent as it
// is, nil is [Server.Sample], and anything else is sent as JSON. The error names each endpoint that could not be reached
// or responded with another status than 2xx; [Server.Deliveries] has the details. Nothing is sent twice.
func (s *Server) Send(ctx context.Context, event string, payload any) error {
	body, err := fake.EventBody("welkintest", event, payload, s.Sample)
	if err != nil {
		return err
	}
	return s.hooks.Send(ctx, "welkintest", event, body)
}

// Redeliver resends a delivery with the same header and body, like a vendor that did not receive the response.
func (s *Server) Redeliver(ctx context.Context, d Delivery) error {
	return s.hooks.Deliver(ctx, "welkintest", d)
}

// Deliveries returns what was sent to endpoints, in its order.
func (s *Server) Deliveries() []Delivery { return s.hooks.Deliveries() }

// Sample returns a body of an event of an entity, about the first patient of the server if there is one.
func (s *Server) Sample(entity string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := "00000000-0000-4000-8000-ffffffffffff"
	if len(s.patients.rows) > 0 {
		id = str(s.patients.rows[0], "id")
	}
	body, _ := json.Marshal(welkin.WebhookEvent{ // strings alone
		SourceID: id, EventEntity: welkin.WebhookEntity(entity), EventSubtype: entity + "_UPDATED", PatientID: id,
		TenantName: s.credentials.Tenant, InstanceName: s.credentials.Instance,
	})
	return body
}
