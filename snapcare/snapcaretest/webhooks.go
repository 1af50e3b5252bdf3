package snapcaretest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/caremux/caremux/caremuxtest"
	"github.com/caremux/caremux/internal/fake"
)

// Delivery is an event notification that the server has sent to the callback: see [caremuxtest.Delivery].
type Delivery = caremuxtest.Delivery

// callback is where event notifications go. A client of the vendor has one.
type callback struct{ endpoint, secret string }

// SetCallback registers where [Server.Send] sends event notifications, and what it signs them with. The vendor's Help Desk does this;
// there is no call for it.
func (s *Server) SetCallback(endpoint, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.callback = callback{endpoint, secret}
}

// Send posts an event notification to the callback, signed. A payload of []byte is sent as it is, nil is [Server.Sample], and
// anything else is sent as JSON. The error says that the callback could not be reached or responded with another status than 2xx;
// [Server.Deliveries] has the details. Nothing is sent twice.
func (s *Server) Send(ctx context.Context, event string, payload any) error {
	body, err := fake.EventBody("snapcaretest", event, payload, s.Sample)
	if err != nil {
		return err
	}
	s.mu.Lock()
	to, now := s.callback, s.clock.Now()
	s.mu.Unlock()
	if to.endpoint == "" {
		return errors.New("snapcaretest: no callback is set: see SetCallback")
	}
	timestamp := strconv.FormatInt(now.Unix(), 10)
	header := http.Header{"Content-Type": {"application/json"}}
	header.Set("client-hash", clientHash(to.secret, body, timestamp))
	header.Set("timestamp", timestamp)
	return s.deliver(ctx, Delivery{Event: event, Endpoint: to.endpoint, Header: header, Body: body})
}

// clientHash shares nothing with package webhook, which tests with this server check.
func clientHash(secret string, body []byte, timestamp string) string {
	sum := sha256.Sum256([]byte(secret + string(body) + timestamp))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Redeliver resends a delivery with the same headers and body, as a vendor that missed the response would.
func (s *Server) Redeliver(ctx context.Context, d Delivery) error { return s.deliver(ctx, d) }

// Deliveries returns what was sent to the callback, in its order.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// Sample returns a body of an event, with made-up ids and the present time: an object for the queue of patients, a list of one for
// the others. Which fields those of a list have is not known; the ids are named as elsewhere in the API.
func (s *Server) Sample(event string) []byte {
	s.mu.Lock()
	now, hospital := s.clock.Now().UTC().Format("2006-01-02T15:04:05.000000Z"), s.staff.HospitalID
	s.mu.Unlock()
	sample := map[string]any{"EventName": event, "HospitalId": hospital, "EventTime": now}
	list := true
	switch {
	case strings.HasPrefix(event, "Appointment."):
		sample["AppointmentId"] = "7d9f0e58-5b1c-4a43-9a3f-1c2d3e4f5a6b"
	case strings.HasPrefix(event, "PatientProfile."):
		sample["PatientId"] = 41
	default:
		sample["ConsultationId"], sample["UserEventTypeCode"], list = 41005, 2, false
	}
	var body any = sample
	if list {
		body = []any{sample}
	}
	text, _ := json.Marshal(body) // strings and numbers
	return text
}

func (s *Server) deliver(ctx context.Context, d Delivery) error {
	err := fake.Post(ctx, &d)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, d)
	if err != nil {
		return fmt.Errorf("snapcaretest: %s to %s: %w", d.Event, d.Endpoint, err)
	}
	return nil
}
