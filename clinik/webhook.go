package clinik

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/webhook"
)

// The headers of a webhook. Only the signatures are to be believed: the others are not signed.
const (
	signatureHeader       = "X-Clinik-Signature-V2"
	legacySignatureHeader = "X-Clinik-Signature"
	deliveryHeader        = "X-Clinik-Delivery-Id"
	eventHeader           = "X-Clinik-Event"
)

// signatureTolerance is how far the vendor's documents let a signature's time lie from ours.
const signatureTolerance = 5 * time.Minute

// WebhookVerifier returns what tells whether a webhook comes from ClinikAPI, by the header X-Clinik-Signature-V2. secrets are the
// signing secrets of the endpoint, more than one while one is being replaced. The signature may be five minutes old, unless
// [webhook.WithTolerance] says otherwise.
//
// An empty secret, or none, is a [*webhook.ArgumentError].
func WebhookVerifier(secrets []string, opts ...webhook.Option) (*webhook.Verifier, error) {
	return webhook.NewTimestampedHMAC(signatureHeader, signatureTolerance, secrets, opts...)
}

// LegacyWebhookVerifier is [WebhookVerifier] for the older header X-Clinik-Signature. That signature has no time, so that a
// recorded delivery can be sent again at any time; use it only where the newer header does not arrive.
func LegacyWebhookVerifier(secrets []string, opts ...webhook.Option) (*webhook.Verifier, error) {
	return webhook.NewPlainHMAC(legacySignatureHeader, secrets, opts...)
}

// WebhookFormat says how the events of ClinikAPI are read. All of them arrive as a [WebhookEvent], which names a record and
// does not hold it; see [Fetch]. The types are the constants that begin with Event, such as [EventPatientCreated]:
//
//	webhook.On(h, func(ctx context.Context, e webhook.Delivery[clinik.WebhookEvent]) error { … },
//		clinik.EventPatientCreated, clinik.EventPatientUpdated)
//
// The type and the key, which is the id of the delivery, are those of the signed body. Where the headers X-Clinik-Delivery-Id and
// X-Clinik-Event are there and say something else, somebody has changed them, and the delivery is refused. Test is set for
// events from the test environment; see also [OnlyIn].
func WebhookFormat() webhook.Format {
	return webhook.Format{Vendor: "clinik", Describe: describeEvent, Decode: decodeEvent}
}

// OnlyIn hands the events of one environment to fn and acknowledges all others:
//
//	webhook.On(h, clinik.OnlyIn(clinik.EnvironmentLive, fn))
func OnlyIn(environment Environment, fn func(context.Context, webhook.Delivery[WebhookEvent]) error) func(context.Context, webhook.Delivery[WebhookEvent]) error {
	return func(ctx context.Context, d webhook.Delivery[WebhookEvent]) error {
		if d.Payload.Environment() != environment {
			return nil
		}
		return fn(ctx, d)
	}
}

// Environment is where the event happened, empty if the vendor did not say.
func (e WebhookEvent) Environment() Environment {
	if e.Data == nil {
		return ""
	}
	return e.Data.Environment
}

// None holds anything of the body or the headers.
var (
	errNoEvent       = errors.New("clinik: the event is not the documented JSON")
	errNoType        = errors.New("clinik: the event has no type")
	errNoID          = errors.New("clinik: the event has no id")
	errOtherDelivery = errors.New("clinik: the header " + deliveryHeader + " differs from the signed id")
	errOtherEvent    = errors.New("clinik: the header " + eventHeader + " differs from the signed type")
)

func describeEvent(header http.Header, body []byte) (webhook.Event, error) {
	var e WebhookEvent
	if err := decodeEvent(body, &e); err != nil {
		return webhook.Event{}, err
	}
	switch {
	case e.Event == "":
		return webhook.Event{}, errNoType
	case e.ID == "":
		return webhook.Event{}, errNoID
	case differs(header.Values(deliveryHeader), e.ID):
		return webhook.Event{}, errOtherDelivery
	case differs(header.Values(eventHeader), string(e.Event)):
		return webhook.Event{}, errOtherEvent
	}
	described := webhook.Event{Type: string(e.Event), Key: e.ID, Test: e.Environment() == EnvironmentTest}
	if e.Timestamp.Known() {
		described.Time = e.Timestamp.UTC()
	}
	return described, nil
}

// differs reports whether a header is there and does not say want.
func differs(values []string, want string) bool {
	for _, v := range values {
		if v != want {
			return true
		}
	}
	return false
}

func decodeEvent(body []byte, payload any) error {
	if transport.DecodeRecord(body, payload) != nil {
		return errNoEvent
	}
	return nil
}
