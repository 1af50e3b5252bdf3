package ekacaretest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/caremux/caremux/caremuxtest"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/fake"
)

// signatureHeader is the header of signed events.
const signatureHeader = "Eka-Webhook-Signature"

// subscription is an endpoint that requested events.
type subscription struct {
	id, endpoint, key, protocol string
	events                      []string
	created                     time.Time
}

// Delivery is an event that the server has sent to one endpoint: see [caremuxtest.Delivery].
type Delivery = caremuxtest.Delivery

// Subscribe registers an endpoint as [ekacare.WebhooksService.Register] does, and returns the id of the subscription. With an
// empty key events are not signed; without events the endpoint gets all.
func (s *Server) Subscribe(endpoint, signingKey string, events ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.subscribe(&subscription{endpoint: endpoint, key: signingKey, protocol: "https", events: events})
}

func (s *Server) subscribe(sub *subscription) string {
	sub.id, sub.created = s.newID("subscription"), s.clock()
	s.hooks = append(s.hooks, sub)
	return sub.id
}

// Send posts an event to every endpoint that is subscribed to it, signed if a key was registered, one after the other. A payload
// of []byte is sent as it is, nil is [Server.Sample], and anything else is sent as JSON. The error describes each endpoint that
// could not be reached or responded with a status other than 2xx; [Server.Deliveries] has the details. Nothing is sent twice.
func (s *Server) Send(ctx context.Context, event string, payload any) error {
	body, err := fake.EventBody("ekacaretest", event, payload, s.Sample)
	if err != nil {
		return err
	}
	var errs []error
	for _, d := range s.addressed(event, body) {
		errs = append(errs, s.deliver(ctx, d))
	}
	return errors.Join(errs...)
}

// Redeliver resends a delivery with the same header and body, as a vendor that missed the response would.
func (s *Server) Redeliver(ctx context.Context, d Delivery) error { return s.deliver(ctx, d) }

// Deliveries returns what was sent to endpoints, in its order.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// addressed makes the deliveries of an event, signed now.
func (s *Server) addressed(event string, body []byte) []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Delivery
	for _, sub := range s.hooks {
		if len(sub.events) > 0 && !slices.Contains(sub.events, event) {
			continue
		}
		header := http.Header{"Content-Type": {"application/json"}}
		if sub.key != "" {
			header.Set(signatureHeader, signature(sub.key, body, s.clock()))
		}
		list = append(list, Delivery{Event: event, Endpoint: sub.endpoint, Header: header, Body: body})
	}
	return list
}

// signature returns the value of the header for a body that is sent at a time. It shares no code with package webhook, which
// is tested with this server.
func signature(signingKey string, body []byte, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(signingKey))
	_, _ = mac.Write([]byte(t + "."))
	_, _ = mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

func (s *Server) deliver(ctx context.Context, d Delivery) error {
	err := fake.Post(ctx, &d)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, d)
	if err != nil {
		return fmt.Errorf("ekacaretest: %s to %s: %w", d.Event, d.Endpoint, err)
	}
	return nil
}

func (s *Server) handleWebhooks() {
	s.handle("Webhooks_List", func(*call) (any, error) {
		rows := []any{}
		for _, sub := range s.hooks {
			at := sub.created.UTC().Format(time.RFC3339)
			who := s.credentials.ClientID
			row := object{"id": sub.id, "event_names": sub.events, "endpoint": sub.endpoint, "signing_key": nil, "client_id": who,
				"protocol": sub.protocol, "created_at": at, "updated_at": at, "created_by": who, "updated_by": who}
			if sub.key != "" {
				row["signing_key"] = sub.key
			}
			rows = append(rows, row)
		}
		return object{"data": rows, "msg": "success"}, nil
	})
	s.handle("Webhooks_Register", func(c *call) (any, error) {
		body := c.object()
		sub := &subscription{
			endpoint: str(body, "endpoint"), key: str(body, "signing_key"), protocol: str(body, "protocol"), events: []string{},
		}
		if slices.ContainsFunc(s.hooks, func(other *subscription) bool { return other.endpoint == sub.endpoint }) {
			return nil, failed(http.StatusBadRequest, ekacare.CodeBadRequest, "The endpoint is subscribed already")
		}
		names, _ := body["event_names"].([]any)
		for _, name := range names {
			text, _ := name.(string)
			sub.events = append(sub.events, text)
		}
		if sub.protocol == "" {
			sub.protocol = "https"
		}
		id := s.subscribe(sub)
		s.wrote(c, id)
		return object{"id": id, "status": "success"}, nil
	})
	s.handle("Webhooks_Delete", func(c *call) (any, error) {
		i := slices.IndexFunc(s.hooks, func(sub *subscription) bool { return sub.id == c.Path["id"] })
		if i < 0 {
			return nil, unknown("Subscription")
		}
		s.hooks = slices.Delete(s.hooks, i, i+1)
		s.wrote(c, c.Path["id"])
		return object{"status": "success", "msg": "Subscription deleted"}, nil
	})
}
