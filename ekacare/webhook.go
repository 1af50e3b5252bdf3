package ekacare

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/webhook"
)

// The header that signs a webhook, and how far the vendor's documents let its time lie from ours.
const (
	signatureHeader    = "Eka-Webhook-Signature"
	signatureTolerance = 3 * time.Minute
)

// WebhookVerifier returns what tells whether a webhook comes from Eka Care. secrets are the signing keys that the webhook was
// registered with ([WebhooksService.Register]), more than one while a key is being replaced. A webhook registered without a
// signing key is not signed and cannot be verified. The signature may be three minutes old, unless [webhook.WithTolerance]
// says otherwise.
//
// An empty secret, or none, is a [*webhook.ArgumentError].
func WebhookVerifier(secrets []string, opts ...webhook.Option) (*webhook.Verifier, error) {
	return webhook.NewTimestampedHMAC(signatureHeader, signatureTolerance, secrets, opts...)
}

// WebhookFormat says how the events of Eka Care are read. Each type that ends in Event, such as [AppointmentCreatedEvent], is
// a payload for [webhook.On].
//
// The variants that the vendor's documents show are read alike: event_type or event_id for event, client_meta for
// partner_meta, and the older envelope with a payload. A member of an unexpected type does not cost the event: see Mismatch
// of the payload. RawJSON of a variant has the usual names; the Body of the delivery has every byte as it came.
//
// # Once only
//
// Eka Care sends no id of a delivery. The key is the type of the event and a hash of everything in the body, whatever the spaces
// and the order of its outer members, except timestamp: that is when the event was sent, which may change when it is sent again.
// So two events are one only if they agree in type, event_time, transaction_id, business, client and every member of data.
// Where event_time is missing, timestamp counts.
func WebhookFormat() webhook.Format {
	return webhook.Format{Vendor: "ekacare", Payload: AppointmentCreatedEvent{}, Describe: describeEvent, Decode: decodeEvent}
}

// Neither holds anything of the body, so that logs may tell them.
var (
	errNoObject = &webhook.ArgumentError{Field: "body", Rule: "is not a JSON object"}
	errNoName   = &webhook.ArgumentError{Field: "event", Rule: "is missing"}
)

func describeEvent(_ http.Header, body []byte) (webhook.Event, error) {
	members, _, err := eventMembers(body)
	if err != nil {
		return webhook.Event{}, err
	}
	e := webhook.Event{Type: jsonString(members["event"])}
	if e.Type == "" {
		return webhook.Event{}, errNoName
	}
	for _, name := range []string{"event_time", "timestamp"} {
		var at caremux.Time
		if json.Unmarshal(members[name], &at) == nil && at.Known() {
			e.Time = at.UTC()
			break
		}
	}
	e.Key = eventKey(e.Type, members)
	return e, nil
}

// eventKey names an event by what it says.
func eventKey(eventType string, members map[string]json.RawMessage) string {
	sum := sha256.New()
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if name == "timestamp" && !blank(members["event_time"]) {
			continue
		}
		b.Reset()
		quoted, _ := json.Marshal(name) // a string
		b.Write(quoted)
		b.WriteByte(':')
		_ = json.Compact(&b, members[name]) // valid, since it was decoded
		b.WriteByte(',')
		_, _ = sum.Write(b.Bytes())
	}
	return eventType + ":" + hex.EncodeToString(sum.Sum(nil))
}

func decodeEvent(body []byte, payload any) error {
	members, variant, err := eventMembers(body)
	if err != nil {
		return err
	}
	raw := bytes.TrimSpace(body)
	if variant {
		if raw, err = json.Marshal(members); err != nil {
			return errNoObject
		}
	}
	if transport.Decode(raw, payload) != nil {
		return errNoObject
	}
	return nil
}

// eventMembers reads an event under the usual names, and reports whether it had others.
func eventMembers(body []byte) (members map[string]json.RawMessage, variant bool, err error) {
	if json.Unmarshal(body, &members) != nil || members == nil {
		return nil, false, errNoObject
	}
	move := func(from, to string) {
		if value := members[from]; !blank(value) && blank(members[to]) {
			members[to], variant = value, true
			delete(members, from)
		}
	}
	var inner map[string]json.RawMessage
	if jsonString(members["event"]) == "" && json.Unmarshal(members["payload"], &inner) == nil && inner != nil {
		delete(members, "payload")
		for name, value := range inner {
			if blank(members[name]) {
				members[name] = value
			}
		}
		variant = true
	}
	for _, other := range []string{"event_type", "event_id"} {
		move(other, "event")
	}
	move("service_id", "service")
	var data map[string]json.RawMessage
	if json.Unmarshal(members["data"], &data) == nil && !blank(data["client_meta"]) && blank(data["partner_meta"]) {
		data["partner_meta"] = data["client_meta"]
		delete(data, "client_meta")
		if members["data"], err = json.Marshal(data); err != nil {
			return nil, false, errNoObject
		}
		variant = true
	}
	return members, variant, nil
}

// blank reports whether a member is missing, null or an empty text.
func blank(raw json.RawMessage) bool {
	value := string(bytes.TrimSpace(raw))
	return value == "" || value == "null" || value == `""`
}
