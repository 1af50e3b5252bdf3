package welkin

import (
	"cmp"
	"crypto/rand"
	"net/http"

	"github.com/caremux/caremux/internal/outer"
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
	// A message of the test button, which contains placeholders. It goes to [webhook.Handler.Fallback] only, with Test set.
	EventTest = "TEST"
)

// WebhookVerifier returns a verifier of Welkin's webhooks, which checks the headers X-WEBHOOK-API-KEY and X-WEBHOOK-API-SECRET.
// Chat webhooks carry them of themselves; for the others, configure the two headers on the webhook. Nothing ties them to the body
// or to a time, so receive them over TLS only. While a pair is being replaced, accept the former one too:
//
//	welkin.WebhookVerifier(key, secret, webhook.WithFormerValues(formerKey, formerSecret))
//
// An empty key or secret is a [*webhook.ArgumentError].
//
// # The signature header
//
// Welkin's newer documents speak of an optional secret and a header that signs each payload. They document neither the name of
// the header nor the signed data nor the algorithm, so this package has no verifier of it. When you know them, describe the
// signature to [webhook.NewHMAC], or implement [webhook.Scheme], and pass that verifier to [webhook.NewHandler] together with
// [WebhookFormat].
func WebhookVerifier(apiKey, apiSecret string, opts ...webhook.Option) (*webhook.Verifier, error) {
	return webhook.NewSharedHeaders([]webhook.SharedHeader{
		{Name: "X-Webhook-Api-Key", Values: []string{apiKey}},
		{Name: "X-Webhook-Api-Secret", Values: []string{apiSecret}},
	}, opts...)
}

// WebhookFormat says how the events of Welkin are read: [WebhookEvent] for records, which it points to and does not contain, and
// [ChatWebhookEvent] for chats.
//
// # Equal events
//
// Welkin sends neither an id nor a time. So two changes of one record, or two equal chat messages, look like one delivery that is
// sent twice, and no receiver can distinguish them. That no change is lost comes first: every delivery runs. One that equals
// another in all its fields, known or not, waits while that one is being handled and runs then, so that the function reads the
// record after the second change; if it waits for too long the response is 503, and Welkin retries it. A delivery that is really
// sent twice therefore runs twice: write functions that bear it, such as those that read the record and store it.
//
// [webhook.WithKeep] acknowledges equal events for some time instead. A second change within that time is lost then, though the
// function may have read the record before it. [WebhookFormatEach] lets equal events run at the same time. [WebhookAuditService]
// lists what Welkin could not deliver.
func WebhookFormat() webhook.Format {
	return webhook.Format{Vendor: "welkin", Payload: WebhookEvent{}, Decode: decodeEvent, Describe: describeEvent, Keep: -1}
}

// WebhookFormatEach is [WebhookFormat] without the comparison to other deliveries: each delivery is a separate event,
// even while an identical one is being handled.
func WebhookFormatEach() webhook.Format {
	f := WebhookFormat()
	f.Describe = func(header http.Header, body []byte) (webhook.Event, error) {
		e, err := describeEvent(header, body)
		e.Key = rand.Text()
		return e, err
	}
	return f
}

// Neither contains anything of the body, so that they may be logged.
var (
	errNoEvent = &webhook.ArgumentError{Field: "body", Rule: "is not the documented JSON"}
	errNoType  = &webhook.ArgumentError{Field: "body", Rule: "is neither about a record nor a chat"}
)

func describeEvent(_ http.Header, body []byte) (webhook.Event, error) {
	fields, ok := outer.Read(body)
	if !ok {
		return webhook.Event{}, errNoEvent
	}
	e := webhook.Event{Type: fields.Text("eventEntity")}
	patient := fields.Text("patientId")
	switch {
	case isTest(e.Type, patient):
		e.Type, e.Test = EventTest, true
	case e.Type != "":
	case patient != "" && cmp.Or(fields.Text("message"), fields.Text("patientUrl")) != "":
		e.Type = EventChat
	default:
		return webhook.Event{}, errNoType
	}
	e.Key = e.Type + ":" + fields.Digest()
	return e, nil
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
