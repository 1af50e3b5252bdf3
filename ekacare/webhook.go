package ekacare

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/outer"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/webhook"
)

// The header that signs a webhook, and how far the vendor's documents let its time lie from ours.
const (
	signatureHeader    = "Eka-Webhook-Signature"
	signatureTolerance = 3 * time.Minute
)

// WebhookVerifier returns a verifier of Eka Care's webhooks. secrets are the signing keys that the webhook was registered
// with ([WebhooksService.Register]), more than one while a key is being replaced. A webhook registered without a signing key
// is not signed and cannot be verified. The signature may be three minutes old, unless [webhook.WithTolerance] says
// otherwise.
//
// An empty secret, or none, is a [*webhook.ArgumentError].
func WebhookVerifier(secrets []string, opts ...webhook.Option) (*webhook.Verifier, error) {
	return webhook.NewTimestampedHMAC(signatureHeader, signatureTolerance, secrets, opts...)
}

// WebhookFormat says how the events of Eka Care are read. Each type that ends in Event, such as [AppointmentCreatedEvent], is
// a payload for [webhook.On].
//
// The variants that the vendor's documents show are read alike: event_type or event_id for event, client_meta for
// partner_meta, and the older envelope with a payload. A field of an unexpected type does not cost the event: see Mismatch
// of the payload. RawJSON of a variant has the usual names; the Body of the delivery has every byte as received.
//
// # Once only
//
// Eka Care sends no id of a delivery. The key is the type of the event and a hash of everything in the body, fields that nobody knows
// included, whatever the spaces and the order of its outer fields. Only timestamp is left out, where event_time and transaction_id
// distinguish two events: that is when the event was sent, which may change with a retry.
func WebhookFormat() webhook.Format {
	return webhook.Format{Vendor: "ekacare", Payload: AppointmentCreatedEvent{}, Describe: describeEvent, Decode: decodeEvent}
}

// Neither contains anything of the body, so that they may be logged.
var (
	errNoObject = &webhook.ArgumentError{Field: "body", Rule: "is not JSON object"}
	errNoName   = &webhook.ArgumentError{Field: "event", Rule: "is missing"}
)

func describeEvent(_ http.Header, body []byte) (webhook.Event, error) {
	fields, ok := outer.Read(body)
	if !ok {
		return webhook.Event{}, errNoObject
	}
	if isVariant(fields) {
		usual, err := usualNames(body)
		if err != nil {
			return webhook.Event{}, err
		}
		if fields, ok = outer.Read(usual); !ok {
			return webhook.Event{}, errNoObject
		}
	}
	e := webhook.Event{Type: jsonString(fields.Value("event"))}
	if e.Type == "" {
		return webhook.Event{}, errNoName
	}
	at, timed := sentAt(fields.Value("event_time"))
	if !timed {
		at, _ = sentAt(fields.Value("timestamp"))
	}
	e.Time = at
	if timed && !blank(fields.Value("transaction_id")) {
		e.Key = e.Type + ":" + fields.Digest("timestamp")
	} else {
		e.Key = e.Type + ":" + fields.Digest()
	}
	return e, nil
}

// sentAt reads the time of an event: a number of seconds or milliseconds since 1970, or any string that is a time. A 0 is not a time, nor
// is any number that lies too far in the past.
func sentAt(value []byte) (time.Time, bool) {
	var at caremux.Time
	if len(value) == 0 || at.UnmarshalEpochJSON(value) != nil || !at.Known() || at.Unix() < 1e8 {
		return time.Time{}, false
	}
	return at.UTC(), true
}

func decodeEvent(body []byte, payload any) error {
	body = scan.TrimSpace(scan.TrimBOM(body))
	var space [16]outer.Field
	if fields, ok := outer.Append(space[:0], body); !ok || isVariant(fields) {
		var err error
		if body, err = usualNames(body); err != nil {
			return err
		}
	}
	if len(body) == 0 || body[0] != '{' || transport.Decode(body, payload) != nil {
		return errNoObject
	}
	return nil
}

// isVariant reports whether an event may have other names than the usual ones.
func isVariant(fields outer.Fields) bool {
	event := fields.Value("event")
	if len(event) < len(`"x"`) || event[0] != '"' || !blank(fields.Value("service_id")) && blank(fields.Value("service")) {
		return true
	}
	data := fields.Value("data")
	if !bytes.Contains(data, []byte("client_")) && bytes.IndexByte(data, '\\') < 0 { // its names are not looked at
		return false
	}
	inner, _ := outer.Within(data)
	return !blank(inner.Value("client_meta")) && blank(inner.Value("partner_meta"))
}

// usualNames writes an event under the usual names.
func usualNames(body []byte) ([]byte, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(scan.TrimBOM(body), &members) != nil || members == nil {
		return nil, errNoObject
	}
	move := func(from, to string) {
		if value := members[from]; !blank(value) && blank(members[to]) {
			members[to] = value
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
	}
	for _, other := range []string{"event_type", "event_id"} {
		move(other, "event")
	}
	move("service_id", "service")
	var data map[string]json.RawMessage
	if json.Unmarshal(members["data"], &data) == nil && !blank(data["client_meta"]) && blank(data["partner_meta"]) {
		data["partner_meta"] = data["client_meta"]
		delete(data, "client_meta")
		members["data"], _ = json.Marshal(data) // of valid JSON
	}
	usual, err := json.Marshal(members)
	if err != nil {
		return nil, errNoObject
	}
	return usual, nil
}

// blank reports whether a field is missing, null or an empty string.
func blank(raw []byte) bool {
	value := string(scan.TrimSpace(raw))
	return value == "" || value == "null" || value == `""`
}
