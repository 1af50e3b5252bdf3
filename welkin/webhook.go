package welkin

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"time"

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
// # Each delivery counts
//
// Welkin sends neither an id nor a time, so that two changes of one record, or two equal chat messages, arrive as the very same
// bytes as one delivery that is sent twice. Taking the second for a repetition would lose a change for good; handling
// a repetition costs one more read of the record. So each delivery is an event of its own, even while an equal one is
// being handled. Write functions that may run twice, or see [WebhookFormatWithin].
func WebhookFormat() webhook.Format {
	return webhook.Format{Vendor: "welkin", Decode: decodeEvent, Keep: -1, Describe: func(_ http.Header, body []byte) (webhook.Event, error) {
		_, e, err := readEvent(body)
		e.Key = rand.Text()
		return e, err
	}}
}

// WebhookFormatWithin is [WebhookFormat], except that an event that equals one handled less than window ago is taken for its
// repetition: the same type, subtype, tenant, instance, patient, record, URL and text. Two changes of a record within window
// count as one, and the second of them is lost if the function has read the record already; choose a window shorter than that
// may matter, a second or more. A window of zero or less is [WebhookFormat].
func WebhookFormatWithin(window time.Duration) webhook.Format {
	f := WebhookFormat()
	if window <= 0 {
		return f
	}
	f.Keep = window
	f.Describe = func(_ http.Header, body []byte) (webhook.Event, error) {
		m, e, err := readEvent(body)
		if err == nil {
			e.Key = m.key(e.Type)
		}
		return e, err
	}
	return f
}

// message is what both kinds of webhooks say.
type message struct {
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
	sum := sha256.Sum256(all)
	return eventType + ":" + hex.EncodeToString(sum[:])
}

// Neither holds anything of the body.
var (
	errNoEvent = errors.New("welkin: the event is not the documented JSON")
	errNoType  = errors.New("welkin: the event is neither about a record nor a chat")
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
	if transport.DecodeRecord(body, payload) != nil {
		return errNoEvent
	}
	return nil
}
