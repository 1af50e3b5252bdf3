package ekacare

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare/abdm"
	"github.com/caremux/caremux/internal/wire"
)

// ReceivedRecords are the health records of one [ABHAHIUDataPushEvent]. They are redacted when printed.
type ReceivedRecords struct {
	ConsentID     string
	TransactionID string
	Records       []ReceivedRecord // in the order of the event
}

// ReceivedRecord is a document of one care context. It is redacted when printed.
type ReceivedRecord struct {
	CareContextID string
	Media         EncryptedMedia
	// Bundle is the JSON of the FHIR document, nil with an Err.
	Bundle json.RawMessage
	// Err is why there is no Bundle: it matches [abdm.ErrCannotOpen] if no key set opens the document,
	// [abdm.ErrInvalidKey], [abdm.ErrInvalidNonce] or [abdm.ErrInvalidContent] if it was not sent as it must be, and
	// [caremux.ErrUnreadable] if what it contains is not JSON. Set it yourself if a record cannot be stored, so that
	// the sender is not notified that it was.
	Err error
}

// Format prints the name of the type, whatever the verb.
func (r ReceivedRecords) Format(f fmt.State, verb rune) {
	wire.FormatText(f, verb, "ekacare.ReceivedRecords [redacted]")
}

// LogValue returns the name of the type.
func (r ReceivedRecords) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(r)) }

// Format prints the name of the type, whatever the verb.
func (r ReceivedRecord) Format(f fmt.State, verb rune) {
	wire.FormatText(f, verb, "ekacare.ReceivedRecord [redacted]")
}

// LogValue returns the name of the type.
func (r ReceivedRecord) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(r)) }

// Open decrypts the records of the event with the key sets of a store, each with the first that opens it. A record
// that cannot be opened has an Err, and the others are not affected. Open itself returns an error if the store does,
// so that the vendor retries the delivery.
//
//	received, err := event.Open(ctx, keySets)
//	if err != nil {
//		return err
//	}
//	for i := range received.Records {
//		if r := &received.Records[i]; r.Err == nil {
//			r.Err = save(ctx, r.CareContextID, r.Bundle)
//		}
//	}
//	return received.Respond(ctx, client)
func (e ABHAHIUDataPushEvent) Open(ctx context.Context, store abdm.Store) (*ReceivedRecords, error) {
	if store == nil {
		return nil, &caremux.ArgumentError{Field: "store", Rule: "is required"}
	}
	d := deref(e.Data)
	keySets, err := store.KeySets(ctx)
	if err != nil {
		return nil, err
	}
	received := &ReceivedRecords{ConsentID: d.ConsentID, TransactionID: cmp.Or(d.TransactionID, e.TransactionID)}
	peer, peerErr := d.KeyInformation.peer()
	for _, entry := range d.Entries {
		r := ReceivedRecord{CareContextID: entry.CareContextID, Media: entry.Media, Err: peerErr}
		if r.Err == nil {
			r.Bundle, r.Err = openEntry(keySets, peer, entry.Content)
		}
		received.Records = append(received.Records, r)
	}
	return received, nil
}

func openEntry(keySets []*abdm.KeySet, peer *abdm.Peer, content string) (json.RawMessage, error) {
	bundle, err := abdm.OpenContent(keySets, peer, content)
	if err != nil {
		return nil, err
	}
	if !json.Valid(bundle) {
		return nil, errNotJSONRecord
	}
	return bundle, nil
}

var errNotJSONRecord = fmt.Errorf("ekacare: a health record is not JSON: %w", caremux.ErrUnreadable)

// Respond reports to the network which care contexts were taken over: those of which no record has an Err. What went
// wrong is described in fixed words, never by the text of an Err.
//
// POST /abdm/v1/hiu/care-context/data/on-push (Eka Care API document, ABDM Connect)
func (r *ReceivedRecords) Respond(ctx context.Context, c *Client, opts ...caremux.RequestOption) error {
	transaction, err := eventField("transaction_id", r.TransactionID)
	if err != nil {
		return err
	}
	body := &DataPushResponse{TransactionID: &transaction, StatusResponse: r.statuses()}
	if r.ConsentID != "" {
		body.ConsentID = &r.ConsentID
	}
	return c.DataExchange.OnPush(ctx, body, opts...)
}

// statuses has each care context once: several documents of one are taken over together or not.
func (r *ReceivedRecords) statuses() (statuses []CareContextPushStatus) {
	at := map[string]int{}
	for _, record := range r.Records {
		i, seen := at[record.CareContextID]
		if !seen {
			i = len(statuses)
			at[record.CareContextID] = i
			statuses = append(statuses, CareContextPushStatus{CareContextID: new(record.CareContextID), Success: new(true)})
		}
		if record.Err != nil {
			statuses[i].Success, statuses[i].Description = new(false), new(pushProblem(record.Err))
		}
	}
	return statuses
}

func pushProblem(err error) string {
	switch {
	case errors.Is(err, abdm.ErrCannotOpen):
		return "The data cannot be decrypted"
	case errors.Is(err, abdm.ErrInvalidKey), errors.Is(err, abdm.ErrInvalidNonce):
		return "The key material is invalid"
	case errors.Is(err, abdm.ErrInvalidContent), errors.Is(err, errNotJSONRecord):
		return "The data is invalid"
	}
	return "The data could not be stored"
}

// NewKeySet makes a key set for your service as a health information user, keeps it in the store and then publishes
// it, so that no data can arrive whose key is not kept. Data for the key sets before it may still arrive. expires is
// when the key set is to be replaced; nothing happens then by itself. The key is published in the format of encoding.
//
// If the call fails, the key set stays in the store, which does no harm: it may have been published
// ([caremux.Error.MaybeApplied]).
//
// PATCH /abdm/v1/hiu/keyset (Eka Care API document, ABDM Connect)
func (s *DataExchangeService) NewKeySet(
	ctx context.Context, store abdm.Store, expires time.Time, encoding abdm.Encoding, opts ...caremux.RequestOption,
) (*abdm.KeySet, error) {
	if store == nil {
		return nil, &caremux.ArgumentError{Vendor: "ekacare", Operation: "DataExchange.NewKeySet", Field: "store", Rule: "is required"}
	}
	keys, err := abdm.NewKeySet(expires)
	if err != nil {
		return nil, err
	}
	if err := store.Add(ctx, keys); err != nil {
		return nil, err
	}
	m := keys.KeyMaterial(encoding)
	err = s.UpdateKeyset(ctx, &KeysetUpdate{PublicKey: m.DHPublicKey.KeyValue, Nonce: m.Nonce}, opts...)
	if err != nil {
		return nil, err
	}
	return keys, nil
}
