package welkin

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/webhook"
)

// The types of the webhook events. Those of records are the vendor's eventEntity; chats and test messages have none of their own.
const (
	EventCDT        = "CDT"        // a record of a custom data type
	EventAssessment = "ASSESSMENT" // an assessment
	EventCalendar   = "CALENDAR"   // a calendar event
	EventPatient    = "PATIENT"    // a patient
	EventChat       = "CHAT"       // a user wrote to a patient
	// A message of the test button, which holds placeholders. It goes to [webhook.Handler.Fallback] only, with Test set.
	EventTest = "TEST"
)

// WebhookVerifier returns what tells whether a webhook comes from Welkin, by the headers X-WEBHOOK-API-KEY and
// X-WEBHOOK-API-SECRET. Chat webhooks carry them of themselves; for the others, configure the two headers on the webhook.
// Nothing ties them to the body or to a moment, so receive them over TLS only.
//
// An empty key or secret is a [*webhook.ArgumentError].
func WebhookVerifier(apiKey, apiSecret string, opts ...webhook.Option) (*webhook.Verifier, error) {
	return webhook.NewSharedHeaders([]webhook.SharedHeader{
		{Name: "X-Webhook-Api-Key", Values: []string{apiKey}},
		{Name: "X-Webhook-Api-Secret", Values: []string{apiSecret}},
	}, opts...)
}

// WebhookFormat says how the events of Welkin are read: [WebhookEvent] for records, which it points to and does not hold, and
// [ChatWebhookEvent] for chats.
//
// # Once only
//
// Welkin sends neither an id nor a time. The key is the type of the event and a hash of what identifies it: subtype, tenant,
// instance, patient, record, URL and text. So two changes of one record, or two equal chat messages, look like one delivery that
// is sent twice, and no receiver can tell which it was. An equal event that arrives while the first is being handled is
// answered 503, to come again, and one within [DefaultWebhookWindow] after that is taken for its repetition. This covers what
// HTTP clients and proxies send again at once; it is short because a second change in that time is acknowledged and does not
// run, though the function may have read the record before it. Where this may not be, use [WebhookFormatEach], or read the
// records again from time to time. [webhook.WithKeep] sets another window. [WebhookAuditService] lists what Welkin could not
// deliver.
func WebhookFormat() webhook.Format {
	return webhook.Format{Vendor: "welkin", Payload: WebhookEvent{}, Decode: decodeEvent, Keep: DefaultWebhookWindow, Describe: func(_ http.Header, body []byte) (webhook.Event, error) {
		m, e, err := readEvent(body)
		if err == nil {
			e.Key = m.key(e.Type)
		}
		return e, err
	}}
}

// DefaultWebhookWindow is how long after an event was handled an equal one is taken for its repetition.
const DefaultWebhookWindow = 10 * time.Second

// WebhookFormatEach is [WebhookFormat] without de-duplication: each delivery is an event of its own, even while an equal one is
// being handled, so that no change is ever missed, and one that Welkin sends twice runs twice. Write functions that bear it.
func WebhookFormatEach() webhook.Format {
	f := WebhookFormat()
	f.Keep = -1
	f.Describe = func(_ http.Header, body []byte) (webhook.Event, error) {
		_, e, err := readEvent(body)
		e.Key = rand.Text()
		return e, err
	}
	return f
}

// message is what both kinds of webhooks say.
type message struct {
	caremux.Record `json:"-"`

	TenantName   string `json:"tenantName"`
	InstanceName string `json:"instanceName"`
	PatientID    string `json:"patientId"`

	EventEntity  string `json:"eventEntity"`
	EventSubtype string `json:"eventSubtype"`
	SourceID     string `json:"sourceId"`
	SourceName   string `json:"sourceName"`
	URL          string `json:"url"`

	PatientURL string `json:"patientUrl"`
	Message    string `json:"message"`
}

func (m message) key(eventType string) string {
	all, _ := json.Marshal(m) // texts only
	if m.Mismatch() != nil {  // a number for a text: it is missing in m, and may be what tells two events apart
		all = m.RawJSON()
	}
	sum := sha256.Sum256(all)
	return eventType + ":" + hex.EncodeToString(sum[:])
}

// Neither holds anything of the body, so that logs may tell them.
var (
	errNoEvent = &webhook.ArgumentError{Field: "body", Rule: "is not the documented JSON"}
	errNoType  = &webhook.ArgumentError{Field: "body", Rule: "is neither about a record nor a chat"}
)

func readEvent(body []byte) (message, webhook.Event, error) {
	var m message
	if err := decodeEvent(body, &m); err != nil {
		return m, webhook.Event{}, err
	}
	switch {
	case isTest(m.EventEntity, m.PatientID):
		return m, webhook.Event{Type: EventTest, Test: true}, nil
	case m.EventEntity != "":
		return m, webhook.Event{Type: m.EventEntity}, nil
	case m.PatientID != "" && cmp.Or(m.Message, m.PatientURL) != "":
		return m, webhook.Event{Type: EventChat}, nil
	}
	return m, webhook.Event{}, errNoType
}

// isTest reports whether the values are the placeholders of a test message.
func isTest(entity, patientID string) bool {
	return entity == "EVENT_ENTITY" || patientID == "PATIENT_ID"
}

func decodeEvent(body []byte, payload any) error {
	if transport.Decode(body, payload) != nil {
		return errNoEvent
	}
	return nil
}
