package clinik

import (
	"context"
	"net/http"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/outer"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/webhook"
)

// The headers that sign a webhook. The others, such as X-Clinik-Event and X-Clinik-Delivery-Id, are signed by nothing.
const (
	signatureHeader       = "X-Clinik-Signature-V2"
	legacySignatureHeader = "X-Clinik-Signature"
)

// signatureTolerance is how far the vendor's documents let a signature's time lie from ours.
const signatureTolerance = 5 * time.Minute

// WebhookVerifier returns a verifier of ClinikAPI's webhooks, which checks the header X-Clinik-Signature-V2. secrets are the
// signing secrets of the endpoint, more than one while one is being replaced. The signature may be five minutes old, unless
// [webhook.WithTolerance] says otherwise. The documents do not say whether a retry, which can come two hours after the failure,
// has a new signature; if retries are refused with [webhook.ErrTooOld], increase the tolerance.
//
// An empty secret, or none, is a [*webhook.ArgumentError].
func WebhookVerifier(secrets []string, opts ...webhook.Option) (*webhook.Verifier, error) {
	return webhook.NewTimestampedHMAC(signatureHeader, signatureTolerance, secrets, opts...)
}

// LegacyWebhookVerifier is [WebhookVerifier] for the older header X-Clinik-Signature. That signature has no timestamp, so
// that a recorded delivery can be replayed at any time; use it only if the newer header is not sent.
func LegacyWebhookVerifier(secrets []string, opts ...webhook.Option) (*webhook.Verifier, error) {
	return webhook.NewPlainHMAC(legacySignatureHeader, secrets, opts...)
}

// WebhookFormat returns the format of ClinikAPI's events. All of them are decoded into a [WebhookEvent], which names a
// record without its data; see [Fetch]. The types are the constants that begin with Event, such as [EventPatientCreated]:
//
//	webhook.On(h, func(ctx context.Context, e webhook.Delivery[clinik.WebhookEvent]) error { … },
//		clinik.EventPatientCreated, clinik.EventPatientUpdated)
//
// The type and the key, which is the id of the delivery, are those of the signed body; without an id the whole body is the key.
// The headers X-Clinik-Delivery-Id and X-Clinik-Event have the same values, but are not signed and are ignored. Test is set for
// events from the test environment; see also [OnlyIn].
func WebhookFormat() webhook.Format {
	return webhook.Format{
		Vendor: "clinik", Payload: WebhookEvent{}, Describe: describeEvent, Decode: decodeEvent,
		Proofs: []string{signatureHeader, legacySignatureHeader}, // a delivery carries both
	}
}

// OnlyIn passes the events of one environment to fn and acknowledges all others:
//
//	webhook.On(h, clinik.OnlyIn(clinik.EnvironmentLive, fn))
func OnlyIn(
	environment Environment,
	fn func(context.Context, webhook.Delivery[WebhookEvent]) error,
) func(context.Context, webhook.Delivery[WebhookEvent]) error {
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

// Neither contains anything of the body, so that they may be logged.
var (
	errNoEvent = &webhook.ArgumentError{Field: "body", Rule: "is not the documented JSON"}
	errNoType  = &webhook.ArgumentError{Field: "event", Rule: "is missing"}
)

func describeEvent(_ http.Header, body []byte) (webhook.Event, error) {
	fields, ok := outer.Read(body)
	if !ok {
		return webhook.Event{}, errNoEvent
	}
	e := webhook.Event{Type: fields.Text("event"), Key: fields.Text("id")}
	if e.Type == "" {
		return webhook.Event{}, errNoType
	}
	data, _ := outer.Within(fields.Value("data"))
	e.Test = Environment(data.Text("environment")) == EnvironmentTest
	var at caremux.Time
	if value := fields.Value("timestamp"); value != nil && at.UnmarshalJSON(value) == nil && at.Known() {
		e.Time = at.UTC()
	}
	return e, nil
}

func decodeEvent(body []byte, payload any) error {
	if transport.Decode(body, payload) != nil {
		return errNoEvent
	}
	return nil
}
