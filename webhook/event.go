package webhook

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"path"
	"reflect"
	"strings"
	"time"
)

// Format is how one vendor's deliveries are read, once they are verified. A response of 400 follows its errors. Of an
// [*ArgumentError] the text is logged, of others only the type, since they may quote the body; [Report] has them all.
type Format struct {
	Vendor string // as logs name it: "ekacare"

	// Describe returns what a delivery is, without decoding all of it. Take type and key from the body: signatures usually
	// do not cover the headers. Of the signed headers it receives only those that the handler's verifier has checked.
	Describe func(header http.Header, body []byte) (Event, error)

	// Batch takes the place of Describe where a delivery may contain several events: it returns each with its own JSON, a slice
	// of body, in the vendor's order. A part without a known type has Err set; the others are handled nevertheless.
	Batch func(header http.Header, body []byte) ([]Part, error)

	// Decode reads the vendor's JSON of one event into payload, a pointer.
	Decode func(body []byte, payload any) error

	// Payload is one of the vendor's payloads. [On] then refuses a type from a package beside its own, which is another vendor's:
	// both may have an event of the same name. Types of your own are taken. Nil refuses none.
	Payload Payload

	// Proofs are further signature headers, beside those that the verifier checks. Functions do not see either.
	Proofs []string

	// Keep is how long a key identifies one delivery, for a vendor whose keys are not unique for long, because two
	// events of one record may be identical. If it is zero, the handler decides. If it is negative, a delivery is
	// forgotten as soon as it is handled: an identical one waits while the first is being handled, and then runs. So
	// does a replay, for as long as its signature is accepted. [WithKeep] overrides it.
	Keep time.Duration
}

// Part is one of several events in a delivery.
type Part struct {
	Event Event  // without a Key, the body of the delivery and the part's place in it stand for the event
	Body  []byte // the JSON of this event
	Err   error  // why it cannot be described
}

// foreign reports whether p comes from a package beside that of the vendor's own payloads.
func (f Format) foreign(p Payload) bool {
	if f.Payload == nil {
		return false
	}
	own, other := reflect.TypeOf(f.Payload).PkgPath(), reflect.TypeOf(p).PkgPath()
	return other != own && path.Dir(other) == path.Dir(own)
}

// Event says what a delivery is, without its payload.
type Event struct {
	Vendor string    `json:"vendor"`         // as in [Format]
	Type   string    `json:"type"`           // the vendor's name of the event: "patient.created"
	Key    string    `json:"key"`            // names the delivery: a repetition has the same key. Empty: the body stands for itself
	Time   time.Time `json:"time,omitzero"`  // when it happened, in UTC; zero if the vendor did not say
	Test   bool      `json:"test,omitempty"` // from a test environment or a test button, as far as the vendor says
}

// String returns vendor and type, and none of what may name a person.
func (e Event) String() string { return strings.TrimSpace(e.Vendor + " " + e.Type) }

// GoString is [Event.String], so that %#v shows no more, of a [Delivery] either.
func (e Event) GoString() string { return e.String() }

// LogValue is what slog may log: vendor, type, time, and a hash in place of the key, which may name a patient.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("vendor", e.Vendor), slog.String("type", e.Type)}
	if e.Key != "" {
		attrs = append(attrs, slog.String("key", e.keyHash()))
	}
	if !e.Time.IsZero() {
		attrs = append(attrs, slog.Time("time", e.Time))
	}
	if e.Test {
		attrs = append(attrs, slog.Bool("test", true))
	}
	return slog.GroupValue(attrs...)
}

func (e Event) keyHash() string {
	sum := sha256.Sum256([]byte(e.Key))
	return hex.EncodeToString(sum[:8])
}

// Payload is the typed form of one or more events of a vendor. Types that implement it are structs.
type Payload interface {
	// EventTypes returns the types of the events that are decoded into this type. It has a value receiver and reads no
	// field.
	EventTypes() []string
}

// Delivery is one event as the vendor delivered it. It prints and logs as its [Event] does, without the payload.
type Delivery[T any] struct {
	Event
	Payload T
	Body    []byte      // the event as received, without a byte order mark
	Header  http.Header // without the headers that carry the signature or the credentials
}
