package cliniktest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/caremuxtest"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/fake"
)

// Delivery is an event that the server has sent to one endpoint: see [caremuxtest.Delivery].
type Delivery = caremuxtest.Delivery

// Subscribe registers an endpoint for events, such as "patient.created", or for all without any. The secret signs each
// delivery, with the time of the server's clock. The vendor's dashboard does this; there is no call for it.
func (s *Server) Subscribe(endpoint, secret string, events ...string) {
	s.hooks.Subscribe(endpoint, func(body []byte) http.Header {
		header := http.Header{"Content-Type": {"application/json"}}
		header.Set("X-Clinik-Signature", hexSum(secret, string(body)))
		t := strconv.FormatInt(s.Now().Unix(), 10)
		header.Set("X-Clinik-Signature-V2", "t="+t+",v1="+hexSum(secret, t+"."+string(body)))
		return header
	}, events...)
}

// hexSum shares nothing with package webhook, which tests with this server check.
func hexSum(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// Send posts an event to every endpoint that is subscribed to it, one after the other. A payload of []byte is sent as it
// is, nil is [Server.Sample], and anything else is sent as JSON. The error names each endpoint that could not be reached
// or responded with another status than 2xx; [Server.Deliveries] has the details. Nothing is sent twice.
func (s *Server) Send(ctx context.Context, event string, payload any) error {
	body, err := fake.EventBody("cliniktest", event, payload, s.Sample)
	if err != nil {
		return err
	}
	return s.hooks.Send(ctx, "cliniktest", event, body)
}

// Redeliver resends a delivery with the same header and body, like a vendor that did not receive the response.
func (s *Server) Redeliver(ctx context.Context, d Delivery) error {
	return s.hooks.Deliver(ctx, "cliniktest", d)
}

// Deliveries returns what was sent to endpoints, in its order.
func (s *Server) Deliveries() []Delivery { return s.hooks.Deliveries() }

// Sample returns a body of an event of the test environment, about a record that the server need not have. Each has
// an id of its own.
func (s *Server) Sample(event string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids["evt"]++
	resource, action, _ := strings.Cut(event, ".")
	body, _ := json.Marshal(clinik.WebhookEvent{ // strings and a time
		ID: fmt.Sprintf("evt_%06d", s.ids["evt"]), Event: clinik.EventName(event), Timestamp: caremux.NewTime(s.clock.Now()),
		Data: &clinik.WebhookEventData{ResourceType: resource, ResourceID: "pt_1", Action: clinik.WebhookAction(action),
			Environment: clinik.EnvironmentTest},
	})
	return body
}
