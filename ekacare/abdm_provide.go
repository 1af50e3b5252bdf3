package ekacare

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare/abdm"
	"github.com/caremux/caremux/internal/wire"
)

// HealthRecord is a FHIR document of one care context, to be sent to who requested it. It is redacted when printed.
type HealthRecord struct {
	CareContextID string // one of those that the event names

	// Bundle is the FHIR document, a Bundle: its JSON as []byte, json.RawMessage or string, or a value that encodes as
	// it, such as a Bundle of package fhir.
	Bundle any

	// Checksum of the plain JSON, sent as it is. Left out if empty: the vendor does not document how it is calculated,
	// the sealed data are authenticated, and a hash would confirm a guess of the plain text.
	Checksum string
}

// Format prints the name of the type, whatever the verb.
func (r HealthRecord) Format(f fmt.State, verb rune) {
	wire.FormatText(f, verb, "ekacare.HealthRecord [redacted]")
}

// LogValue returns the name of the type.
func (r HealthRecord) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(r)) }

// DataFetchError is a response to a data request that was not sent as a whole. Its pages before Page were accepted; of
// Page itself [caremux.Error.MaybeApplied] of Err says what is known.
type DataFetchError struct {
	Page, Pages int // the page that failed, from 1, and how many there are
	Err         error
}

// Error returns one line without any content.
func (e *DataFetchError) Error() string {
	return "ekacare: page " + strconv.Itoa(e.Page) + " of " + strconv.Itoa(e.Pages) + " of the health data: " + e.Err.Error()
}

// Unwrap returns what failed.
func (e *DataFetchError) Unwrap() error { return e.Err }

// Respond seals records for who requested them and sends them, each in a page of its own: a page has one key material,
// which must serve for one document only; see [abdm.Seal]. Plain text and private keys never leave the process. The
// request names a transaction, care contexts and types of health information (HiTypes): pass the documents of those,
// in any order. A record of a care context that the event does not name is refused, since the patient's consent does
// not cover it.
//
// Everything is checked and encoded before the first page is sent. What is wrong with the event or a record is a
// [*caremux.ArgumentError] or an [*abdm.Error]; a page that fails is a [*DataFetchError], and the pages after it are
// not sent.
//
// POST /abdm/v1/hip/care-context/data/on-fetch (Eka Care API document, ABDM Connect)
func (e ABHAHIPDataFetchEvent) Respond(
	ctx context.Context, c *Client, records []HealthRecord, opts ...caremux.RequestOption,
) error {
	d := deref(e.Data)
	transaction, err := eventField("transaction_id", cmp.Or(d.TransactionID, e.TransactionID))
	if err != nil {
		return err
	}
	peer, err := d.KeyInformation.peer()
	if err != nil {
		return err
	}
	bundles, err := d.bundles(records)
	if err != nil {
		return err
	}
	for i, bundle := range bundles {
		page, err := sealPage(peer, records[i], bundle)
		if err == nil {
			page.TransactionID, page.PageNumber, page.PageCount = &transaction, new(i+1), new(len(bundles))
			err = c.DataExchange.OnFetch(ctx, page, forHIP(d.HIPID, opts)...)
		}
		if err != nil {
			return &DataFetchError{Page: i + 1, Pages: len(bundles), Err: err}
		}
	}
	return nil
}

// bundles returns the JSON of the records, after they were checked.
func (d *ABHAHIPDataFetchEventData) bundles(records []HealthRecord) ([][]byte, error) {
	if len(records) == 0 {
		return nil, &caremux.ArgumentError{Field: "records", Rule: "must not be empty"}
	}
	bundles := make([][]byte, len(records))
	for i, r := range records {
		fail := func(field, rule string) error {
			return &caremux.ArgumentError{Field: "records[" + strconv.Itoa(i) + "]." + field, Rule: rule}
		}
		if r.CareContextID == "" || !slices.Contains(d.CareContexts, r.CareContextID) {
			return nil, fail("CareContextID", "must be one of the care contexts that the event names")
		}
		bundle, err := bundleJSON(r.Bundle)
		if err != nil {
			return nil, fail("Bundle", "cannot be encoded as JSON")
		}
		var kind struct {
			ResourceType string `json:"resourceType"`
		}
		if json.Unmarshal(bundle, &kind) != nil || kind.ResourceType != "Bundle" {
			return nil, fail("Bundle", "must be a FHIR Bundle as JSON")
		}
		bundles[i] = bundle
	}
	return bundles, nil
}

func bundleJSON(bundle any) ([]byte, error) {
	switch b := bundle.(type) {
	case []byte:
		return bytes.TrimSpace(b), nil
	case json.RawMessage:
		return bytes.TrimSpace(b), nil
	case string:
		return bytes.TrimSpace([]byte(b)), nil
	}
	return json.Marshal(bundle)
}

func sealPage(peer *abdm.Peer, r HealthRecord, bundle []byte) (*DataFetchResponse, error) {
	sealed, err := abdm.Seal(peer, bundle)
	if err != nil {
		return nil, err
	}
	entry := EncryptedEntryInput{
		CareContextID: &r.CareContextID, Content: new(sealed.Content()), Media: new(EncryptedMediaFHIRJSON),
	}
	if r.Checksum != "" {
		entry.Checksum = &r.Checksum
	}
	return &DataFetchResponse{Entries: []EncryptedEntryInput{entry}, KeyInformation: keyMaterialInput(sealed.KeyMaterial)}, nil
}

// keyMaterialInput is the key material as Eka's calls spell it, whatever its peer has sent.
func keyMaterialInput(m abdm.KeyMaterial) *ECDHKeyMaterialInput {
	key := m.DHPublicKey
	in := &ECDHKeyMaterialInput{
		CryptoAlg: &m.CryptoAlg, Curve: &m.Curve, Nonce: &m.Nonce,
		DhPublicKey: &ECDHPublicKeyInput{KeyValue: &key.KeyValue, Parameters: &key.Parameters},
	}
	if key.Expiry != "" {
		in.DhPublicKey.Expiry = &key.Expiry
	}
	return in
}

// KeyMaterial returns the key material for package abdm. It is read in Eka's spelling and in that of the ABDM gateway.
func (m *ECDHKeyMaterial) KeyMaterial() abdm.KeyMaterial {
	if m == nil {
		return abdm.KeyMaterial{}
	}
	key := deref(m.DhPublicKey)
	if key.KeyValue == "" { // it may have the gateway's spelling
		var material abdm.KeyMaterial
		if json.Unmarshal(m.RawJSON(), &material) == nil {
			return material
		}
	}
	return abdm.KeyMaterial{CryptoAlg: m.CryptoAlg, Curve: m.Curve, Nonce: m.Nonce,
		DHPublicKey: abdm.DHPublicKey{Expiry: key.Expiry, Parameters: key.Parameters, KeyValue: key.KeyValue}}
}

// peer returns the other side of an exchange; an [*abdm.Error] says what is wrong with its keys.
func (m *ECDHKeyMaterial) peer() (*abdm.Peer, error) { return abdm.NewPeer(m.KeyMaterial()) }
