package snapcare

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/outer"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/webhook"
)

// The headers that sign an event notification.
const (
	hashHeader      = "Client-Hash"
	timestampHeader = "Timestamp"
)

// eventTolerance is ours: the vendor's scheme looks at no clock, and nobody says for how long it goes on sending an event again.
const eventTolerance = 24 * time.Hour

// WebhookVerifier returns what tells whether an event notification comes from SnapMD, by the headers client-hash and timestamp.
// secrets are those that the callback was registered with at the vendor's Help Desk, more than one while one is being replaced.
//
// The hash is the SHA-256 of secret, body and timestamp without anything between them, and no HMAC. So that no byte moves from one
// to the other and nobody extends what was signed, a delivery is refused whose body has anything behind its JSON value, or is
// neither an object nor a list; whose timestamp is not a plain number or a plain date of at most 40 printable characters; or that
// has one of the headers twice.
//
// # What the scheme cannot promise
//
// The timestamp has no known format, so it proves no time. An event with an EventTime, which the body signs, is refused when that
// lies more than 24 hours from now; [webhook.WithTolerance] sets another time, which should be longer than the vendor goes on
// sending an event again. Events without an EventTime do not age: that one which somebody recorded does not run a second time is
// only up to the handler's store, for as long as it remembers ([webhook.WithKeep]). Whoever knows the secret can make events, and
// a short secret can be guessed from one delivery. Receive over TLS only.
//
// An empty secret, or none, is a [*webhook.ArgumentError].
func WebhookVerifier(secrets []string, opts ...webhook.Option) (*webhook.Verifier, error) {
	if len(secrets) == 0 {
		return nil, &webhook.ArgumentError{Field: "secrets", Rule: "needs at least one"}
	}
	fresh, err := webhook.NewFreshness(eventTolerance, opts...)
	if err != nil {
		return nil, err
	}
	s := &clientHash{Freshness: fresh}
	for i, secret := range secrets {
		switch field := fmt.Sprintf("secrets[%d]", i); {
		case strings.TrimSpace(secret) == "":
			return nil, &webhook.ArgumentError{Field: field, Rule: "is empty"}
		case strings.Trim(secret, "\r\n") != secret:
			return nil, &webhook.ArgumentError{Field: field, Rule: "begins or ends with a line break, as from a file: trim it"}
		}
		s.hashes = append(s.hashes, func(body []byte, timestamp string) (sum [sha256.Size]byte) {
			h := sha256.New()
			_, _ = h.Write([]byte(secret))
			_, _ = h.Write(body)
			_, _ = h.Write([]byte(timestamp))
			h.Sum(sum[:0])
			return sum
		})
	}
	return webhook.NewVerifier(s)
}

// clientHash is the scheme. Its secrets are where no printer that walks through a value comes to them.
type clientHash struct {
	webhook.Freshness
	hashes []func(body []byte, timestamp string) [sha256.Size]byte
}

// Headers is part of [webhook.Scheme].
func (s *clientHash) Headers() []string { return []string{hashHeader, timestampHeader} }

// Verify is part of [webhook.Scheme].
func (s *clientHash) Verify(header http.Header, body []byte) error {
	text, err := webhook.SignatureHeader(header, hashHeader)
	if err != nil {
		return err
	}
	timestamp, err := webhook.SignatureHeader(header, timestampHeader)
	switch {
	case err != nil:
		return err
	case !isPlain(timestamp):
		return fmt.Errorf("%w: the timestamp is neither a plain number nor a plain date", webhook.ErrMalformed)
	case len(text) != base64.StdEncoding.EncodedLen(sha256.Size):
		return fmt.Errorf("%w: the hash is not that of SHA-256 in base64", webhook.ErrMalformed)
	}
	sent, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(sent) != sha256.Size {
		return fmt.Errorf("%w: the hash is not that of SHA-256 in base64", webhook.ErrMalformed)
	}
	matched := false
	for _, hash := range s.hashes {
		want := hash(body, timestamp)
		if matched = subtle.ConstantTimeCompare(sent, want[:]) == 1; matched {
			break
		}
	}
	switch {
	case !matched || len(body) == 0:
		return webhook.ErrMismatch
	case !standsAlone(body):
		return fmt.Errorf("%w: the body is not one JSON object or list with nothing behind it", webhook.ErrMalformed)
	}
	for _, part := range partsOf(body) {
		if _, at := eventTime(part); !at.IsZero() {
			if err := s.Check(at); err != nil {
				return err
			}
		}
	}
	return nil
}

// Sign is part of [webhook.Signer]. The timestamp is the time in seconds.
func (s *clientHash) Sign(body []byte, at time.Time) http.Header {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	sum := s.hashes[0](body, timestamp)
	return http.Header{hashHeader: {base64.StdEncoding.EncodeToString(sum[:])}, timestampHeader: {timestamp}}
}

// isPlain reports whether a timestamp is a plain number or a plain date, as programs of any language write them: "1557837102",
// "5/14/2019 12:31:42 PM", "2019-05-14T12:31:42.484058Z". No character that may end or begin JSON is in it.
func isPlain(timestamp string) bool {
	if timestamp == "" || len(timestamp) > 40 {
		return false
	}
	digits, groups, letters := 0, 0, 0
	for i, c := range []byte(timestamp) {
		switch {
		case isDigit(c):
			if digits++; i == 0 || !isDigit(timestamp[i-1]) {
				groups++
			}
		case isLetter(c):
			letters++
		case !isMark(timestamp, i):
			return false
		}
	}
	fraction := groups == 2 && digits == len(timestamp)-1 && strings.Contains(timestamp, ".")
	return digits == len(timestamp) || fraction || groups >= 3 && letters <= 20 // a day, a month or an hour, and a year
}

// isMark reports whether the character at i may stand between the parts of a date: it begins no timestamp, and no blank ends one.
func isMark(timestamp string, i int) bool {
	return i > 0 && strings.IndexByte(" /:.,+-", timestamp[i]) >= 0 && (timestamp[i] != ' ' || i < len(timestamp)-1)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// standsAlone reports whether a body is one JSON object or list, with nothing behind it, not even white space.
func standsAlone(body []byte) bool {
	end := body[len(body)-1]
	return (end == '}' || end == ']') && json.Valid(scan.TrimBOM(body))
}

// partsOf returns the events of a body: the elements of a list, or the body itself.
func partsOf(body []byte) [][]byte {
	body = scan.TrimBOM(body)
	if elements, ok := scan.Elements(body); ok {
		return elements
	}
	return [][]byte{body}
}

// eventTime returns the fields of an event, and its EventTime, zero if it has none. One without a zone is in UTC.
func eventTime(part []byte) (outer.Fields, time.Time) {
	fields, _ := outer.Within(part)
	var at caremux.Time
	if value := fields.Value("EventTime"); value != nil && at.UnmarshalJSON(value) == nil && at.Known() {
		return fields, at.UTC()
	}
	return fields, time.Time{}
}

// WebhookFormat says how the event notifications of SnapMD are read: [QueueEvent] for the queue of patients, [AppointmentEvent] and
// [PatientProfileEvent] for lists of such events. The types are the constants that begin with Event, such as
// [EventQueueConsultationEnd].
//
// Each event of a list runs by itself. If one fails the vendor has a response of 500 and sends the list again; those that were
// handled do not run again.
//
// # Once only
//
// SnapMD sends no id. The key of an event with an EventTime is the hash of the body and the place in it; the key of another is the
// hash of body and timestamp, as the vendor signs it, and the place: two changes that look alike are two events, and one that the
// vendor sends again with a new timestamp runs again.
func WebhookFormat() webhook.Format {
	return webhook.Format{
		Vendor: "snapcare", Payload: QueueEvent{}, Batch: describeEvents, Decode: decodeEvent,
		Proofs: []string{hashHeader, timestampHeader},
	}
}

// None contains anything of the body, so that they may be logged.
var (
	errNoEvents  = &webhook.ArgumentError{Field: "body", Rule: "is neither an object nor a list of objects"}
	errEmptyList = &webhook.ArgumentError{Field: "body", Rule: "is an empty list"}
	errNoName    = &webhook.ArgumentError{Field: "EventName", Rule: "is missing"}
)

func describeEvents(header http.Header, body []byte) ([]webhook.Part, error) {
	if !json.Valid(body) {
		return nil, errNoEvents
	}
	hash := header.Get(hashHeader) // which the verifier has checked, or the handler has taken out
	var parts []webhook.Part
	for i, text := range partsOf(body) {
		fields, at := eventTime(text)
		part := webhook.Part{Body: text, Event: webhook.Event{Type: fields.Text("EventName"), Time: at}}
		switch {
		case len(text) == 0 || text[0] != '{':
			part.Err = errNoEvents
		case part.Event.Type == "":
			part.Err = errNoName
		case at.IsZero() && hash != "":
			part.Event.Key = hash + "#" + strconv.Itoa(i)
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return nil, errEmptyList
	}
	return parts, nil
}

func decodeEvent(body []byte, payload any) error {
	if transport.Decode(body, payload) != nil {
		return errNoEvents
	}
	return nil
}
