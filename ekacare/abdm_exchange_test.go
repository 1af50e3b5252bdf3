package ekacare_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/abdm"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/webhook"
)

const documentJSON = `{"resourceType":"Bundle","type":"document"}`

// hooked is a fake whose events arrive at handlers, as they would over the network.
func hooked(t *testing.T) (*ekacaretest.Server, *ekacare.Client, *webhook.Handler) {
	t.Helper()
	srv := ekacaretest.NewServer(t)
	verifier, err := ekacare.WebhookVerifier([]string{"signing key"})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := webhook.NewHandler(verifier, ekacare.WebhookFormat())
	if err != nil {
		t.Fatal(err)
	}
	endpoint := httptest.NewServer(handler)
	t.Cleanup(endpoint.Close)
	srv.Subscribe(endpoint.URL, "signing key")
	return srv, srv.Client(), handler
}

func TestAProviderRespondsToADataRequestPageByPage(t *testing.T) {
	for _, encoding := range []abdm.Encoding{abdm.EncodingRaw, abdm.EncodingX509} {
		srv, c, hooks := hooked(t)
		var first fhir.Bundle
		if err := fhir.Unmarshal([]byte(documentJSON), &first); err != nil {
			t.Fatal(err)
		}
		records := []ekacare.HealthRecord{
			{CareContextID: "visit-2", Bundle: first},
			{CareContextID: "visit-1", Bundle: []byte(documentJSON)},
			{CareContextID: "visit-1", Bundle: " " + documentJSON, Checksum: "sum"},
			{CareContextID: "visit-3", Bundle: json.RawMessage(documentJSON)},
		}
		webhook.On(hooks, func(ctx context.Context, e webhook.Delivery[ekacare.ABHAHIPDataFetchEvent]) error {
			return e.Payload.Respond(ctx, c, records)
		})
		txn, err := srv.RequestData(t.Context(), ekacaretest.DataRequest{
			HIPID: "hip-7", CareContexts: []string{"visit-1", "visit-2", "visit-3"}, Encoding: encoding,
		})
		if err != nil {
			t.Fatal(err)
		}
		got, complete := srv.ReceivedData(txn)
		var ids []string
		for _, d := range got {
			ids = append(ids, d.CareContextID)
			if d.Bundle != documentJSON {
				t.Errorf("%s arrives as %s", d.CareContextID, d.Bundle)
			}
		}
		if !complete || !slices.Equal(ids, []string{"visit-2", "visit-1", "visit-1", "visit-3"}) {
			t.Errorf("%v, complete: %v", ids, complete)
		}
		checkPages(t, srv, encoding)
	}
}

// checkPages looks at what was sent: a key material of its own for each page, in the format of the request, and nothing in
// the clear.
func checkPages(t *testing.T, srv *ekacaretest.Server, encoding abdm.Encoding) {
	t.Helper()
	nonces := map[string]bool{}
	for _, r := range srv.Requests() {
		if r.Operation != "DataExchange.OnFetch" {
			continue
		}
		var page struct {
			Number int              `json:"page_number"`
			Count  int              `json:"page_count"`
			Keys   abdm.KeyMaterial `json:"key_information"`
			Entry  []object         `json:"entries"`
		}
		if err := json.Unmarshal(r.Body, &page); err != nil {
			t.Fatal(err)
		}
		if nonces[page.Keys.Nonce] || page.Number != len(nonces)+1 || page.Count != 4 {
			t.Errorf("page %d of %d", page.Number, page.Count)
		}
		nonces[page.Keys.Nonce] = true
		peer, err := abdm.NewPeer(page.Keys)
		if err != nil || peer.Encoding() != encoding || page.Keys.DHPublicKey.Expiry == "" {
			t.Errorf("key material %+v, %v", page.Keys, err)
		}
		if _, has := page.Entry[0]["checksum"]; has != (page.Number == 3) || page.Entry[0]["media"] != "application/fhir+json" {
			t.Errorf("entry %v", page.Entry[0])
		}
		if r.Header.Get("X-Hip-Id") != "hip-7" || bytes.Contains(r.Body, []byte("resourceType")) {
			t.Errorf("page %d: headers %v", page.Number, r.Header)
		}
	}
	if len(nonces) != 4 {
		t.Errorf("%d pages", len(nonces))
	}
}

type object = map[string]any

// fetchEvent is an event with the keys of a requester.
func fetchEvent(t testing.TB) ekacare.ABHAHIPDataFetchEvent {
	t.Helper()
	keys, err := abdm.NewKeySet(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	m := keys.KeyMaterial(abdm.EncodingRaw)
	return ekacare.ABHAHIPDataFetchEvent{Data: &ekacare.ABHAHIPDataFetchEventData{
		TransactionID: "t-1", CareContexts: []string{"visit-1"},
		KeyInformation: &ekacare.ECDHKeyMaterial{Nonce: m.Nonce, DhPublicKey: &ekacare.ECDHPublicKey{KeyValue: m.DHPublicKey.KeyValue}},
	}}
}

func TestDataThatMustNotBeSentIsRefusedBeforeAnythingIsSent(t *testing.T) {
	good := ekacare.HealthRecord{CareContextID: "visit-1", Bundle: documentJSON}
	type event = ekacare.ABHAHIPDataFetchEvent
	one := []ekacare.HealthRecord{good}
	for name, c := range map[string]struct {
		change  func(*event)
		records []ekacare.HealthRecord
		field   string
	}{
		"no event":       {func(e *event) { e.Data = nil }, one, "data.transaction_id"},
		"no transaction": {func(e *event) { e.Data.TransactionID = "" }, one, "data.transaction_id"},
		"no keys":        {func(e *event) { e.Data.KeyInformation = nil }, one, "dh_public_key.key_value"},
		"no nonce":       {func(e *event) { e.Data.KeyInformation.Nonce = "" }, one, "nonce"},
		"no records":     {nil, nil, "records"},
		"another patient": {
			nil, []ekacare.HealthRecord{good, {CareContextID: "visit-9", Bundle: documentJSON}}, "records[1].CareContextID",
		},
		"no care context": {nil, []ekacare.HealthRecord{{Bundle: documentJSON}}, "records[0].CareContextID"},
		"no bundle":       {nil, []ekacare.HealthRecord{good, {CareContextID: "visit-1"}}, "records[1].Bundle"},
		"another resource": {
			nil, []ekacare.HealthRecord{{CareContextID: "visit-1", Bundle: `{"resourceType":"Patient"}`}}, "records[0].Bundle",
		},
		"cut off":        {nil, []ekacare.HealthRecord{{CareContextID: "visit-1", Bundle: documentJSON[:20]}}, "records[0].Bundle"},
		"no JSON at all": {nil, []ekacare.HealthRecord{{CareContextID: "visit-1", Bundle: func() {}}}, "records[0].Bundle"},
	} {
		nw := always(http.StatusAccepted, "")
		e := fetchEvent(t)
		if c.change != nil {
			c.change(&e)
		}
		err := e.Respond(t.Context(), nw.client(t), c.records)
		field := ""
		var a *caremux.ArgumentError
		var k *abdm.Error
		switch {
		case errors.As(err, &a):
			field = a.Field
		case errors.As(err, &k):
			field = k.Field
		}
		if field != c.field || len(nw.requests()) != 0 {
			t.Errorf("%s: %v, %d requests", name, err, len(nw.requests()))
		}
	}
}

func TestAPageThatFailsIsNamedAndTheNextIsNotSent(t *testing.T) {
	nw := &network{answer: func(_ *http.Request, n int) (*http.Response, error) {
		if n == 2 {
			return reply(http.StatusBadRequest, `{"code":400,"error":"`+canaryText+`"}`), nil
		}
		return reply(http.StatusAccepted, ""), nil
	}}
	record := ekacare.HealthRecord{CareContextID: "visit-1", Bundle: `{"resourceType":"Bundle","id":"` + canaryName + `"}`}
	err := fetchEvent(t).Respond(t.Context(), nw.client(t), []ekacare.HealthRecord{record, record, record})
	var e *ekacare.DataFetchError
	if !errors.As(err, &e) || e.Page != 2 || e.Pages != 3 || len(nw.requests()) != 2 {
		t.Fatalf("%v, %d requests", err, len(nw.requests()))
	}
	wantError(t, err, http.StatusBadRequest)
	log := &heard{}
	slog.New(slog.NewJSONHandler(log, nil)).Info("x", "err", err, "record", record)
	for _, canary := range []string{canaryName, canaryText} {
		if text := log.String() + printed(err) + printed(record); strings.Contains(text, canary) {
			t.Errorf("%s is shown: %s", canary, text)
		}
	}
}

func TestAGatewaysSpellingOfKeysIsReadToo(t *testing.T) {
	keys, err := abdm.NewKeySet(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	m := keys.KeyMaterial(abdm.EncodingRaw)
	var e ekacare.ABHAHIPDataFetchEvent
	text := fmt.Sprintf(`{"data":{"transaction_id":"t-1","care_contexts":["visit-1"],"key_information":`+
		`{"cryptoAlg":"ECDH","curve":"Curve25519","dhPublicKey":{"keyValue":%q},"nonce":%q}}}`, m.DHPublicKey.KeyValue, m.Nonce)
	if err := ekacare.WebhookFormat().Decode([]byte(text), &e); err != nil {
		t.Fatal(err)
	}
	nw := always(http.StatusAccepted, "")
	err = e.Respond(t.Context(), nw.client(t), []ekacare.HealthRecord{{CareContextID: "visit-1", Bundle: documentJSON}})
	if err != nil || !strings.Contains(nw.requests()[0].body, `"dh_public_key"`) {
		t.Errorf("%v, %v", nw.requests(), err)
	}
}

func TestAUserOpensWhatArrivesForEachOfItsKeySets(t *testing.T) {
	srv, c, hooks := hooked(t)
	store := abdm.NewMemoryStore(3)
	broken := errors.New(canaryText)
	saved := map[string]string{}
	webhook.On(hooks, func(ctx context.Context, e webhook.Delivery[ekacare.ABHAHIUDataPushEvent]) error {
		received, err := e.Payload.Open(ctx, store)
		if err != nil {
			return err
		}
		for i := range received.Records {
			r := &received.Records[i]
			switch {
			case r.Err != nil:
			case r.CareContextID == "visit-bad":
				r.Err = broken
			default:
				saved[r.CareContextID] = string(r.Bundle)
			}
		}
		return received.Respond(ctx, c)
	})
	push := func(visit string) []ekacaretest.DataStatus {
		t.Helper()
		ids, err := srv.PushData(t.Context(), "consent-1", ekacaretest.DataDocument{CareContextID: visit, Bundle: documentJSON})
		if err != nil {
			t.Fatal(err)
		}
		return srv.PushStatuses(ids[0])
	}
	var published []*abdm.KeySet
	for i, visit := range []string{"visit-1", "visit-2"} {
		keys, err := c.DataExchange.NewKeySet(t.Context(), store, time.Now().Add(time.Hour), abdm.Encoding(i))
		if err != nil {
			t.Fatal(err)
		}
		published = append(published, keys)
		if got := push(visit); len(got) != 1 || got[0] != (ekacaretest.DataStatus{CareContextID: visit, Success: true}) {
			t.Errorf("%s: %+v", visit, got)
		}
	}
	if got := push("visit-bad"); len(got) != 1 || got[0].Success || got[0].Description != "The data could not be stored" {
		t.Errorf("not stored: %+v", got)
	}
	// The former key set is published again by a replica that is late: what arrives for it still opens.
	m := published[0].KeyMaterial(abdm.EncodingRaw)
	if err := c.DataExchange.UpdateKeyset(t.Context(), &ekacare.KeysetUpdate{
		PublicKey: m.DHPublicKey.KeyValue, Nonce: m.Nonce,
	}); err != nil {
		t.Fatal(err)
	}
	if got := push("visit-3"); len(got) != 1 || !got[0].Success {
		t.Errorf("the former key set: %+v", got)
	}
	unknown, err := abdm.NewKeySet(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	m = unknown.KeyMaterial(abdm.EncodingRaw)
	if err := c.DataExchange.UpdateKeyset(t.Context(), &ekacare.KeysetUpdate{
		PublicKey: m.DHPublicKey.KeyValue, Nonce: m.Nonce,
	}); err != nil {
		t.Fatal(err)
	}
	if got := push("visit-4"); len(got) != 1 || got[0].Success || got[0].Description != "The data cannot be decrypted" {
		t.Errorf("a key set that is not kept: %+v", got)
	}
	if len(saved) != 3 || saved["visit-1"] != documentJSON || saved["visit-3"] != documentJSON {
		t.Errorf("saved %v", saved)
	}
}

func TestOneRecordThatFailsDoesNotHideOrSpoilAnother(t *testing.T) {
	store := abdm.NewMemoryStore(1)
	keys, err := abdm.NewKeySet(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Add(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	requester, err := abdm.NewPeer(keys.KeyMaterial(abdm.EncodingRaw))
	if err != nil {
		t.Fatal(err)
	}
	event := func(plain string) ekacare.ABHAHIUDataPushEvent {
		sealed, err := abdm.Seal(requester, []byte(plain))
		if err != nil {
			t.Fatal(err)
		}
		m := sealed.KeyMaterial
		return ekacare.ABHAHIUDataPushEvent{Data: &ekacare.ABHAHIUDataPushEventData{
			TransactionID: "t-1", ConsentID: "consent-1",
			KeyInformation: &ekacare.ECDHKeyMaterial{Nonce: m.Nonce, DhPublicKey: &ekacare.ECDHPublicKey{KeyValue: m.DHPublicKey.KeyValue}},
			Entries: []ekacare.EncryptedEntry{
				{CareContextID: "visit-1", Content: sealed.Content()},
				{CareContextID: "visit-1", Content: "AAAA" + sealed.Content()},
				{CareContextID: "visit-2", Content: sealed.Content()},
				{CareContextID: "visit-3", Content: "?"},
			},
		}}
	}
	received, err := event(documentJSON).Open(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{nil, abdm.ErrCannotOpen, nil, abdm.ErrInvalidContent} {
		r := received.Records[i]
		if !errors.Is(r.Err, want) || (r.Bundle != nil) != (want == nil) {
			t.Errorf("record %d: %s, %v", i, r.Bundle, r.Err)
		}
	}
	nw := always(http.StatusAccepted, "")
	if err := received.Respond(t.Context(), nw.client(t)); err != nil {
		t.Fatal(err)
	}
	const want = `{"consent_id":"consent-1","status_response":[` +
		`{"care_context_id":"visit-1","description":"The data cannot be decrypted","success":false},` +
		`{"care_context_id":"visit-2","success":true},` +
		`{"care_context_id":"visit-3","description":"The data is invalid","success":false}],"transaction_id":"t-1"}`
	if got := nw.requests()[0].body; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	checkUnreadable(t, event, store)
}

// checkUnreadable opens events of which nothing can be read: they are reported too.
func checkUnreadable(t *testing.T, event func(string) ekacare.ABHAHIUDataPushEvent, store abdm.Store) {
	t.Helper()
	notJSON := event(canaryText)
	noKeys := event(documentJSON)
	noKeys.Data.KeyInformation = nil
	for name, c := range map[string]struct {
		event ekacare.ABHAHIUDataPushEvent
		kind  error
		text  string
	}{
		"not JSON": {notJSON, caremux.ErrUnreadable, "The data is invalid"},
		"no keys":  {noKeys, abdm.ErrInvalidKey, "The key material is invalid"},
	} {
		received, err := c.event.Open(t.Context(), store)
		if err != nil || !errors.Is(received.Records[0].Err, c.kind) || received.Records[0].Bundle != nil {
			t.Fatalf("%s: %v", name, err)
		}
		nw := always(http.StatusAccepted, "")
		if err := received.Respond(t.Context(), nw.client(t)); err != nil || !strings.Contains(nw.requests()[0].body, c.text) {
			t.Errorf("%s: %v, %v", name, nw.requests(), err)
		}
	}
	received, err := event(`{"name":"`+canaryName+`"}`).Open(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	received.Records[0].Err = errors.New(canaryText)
	log := &heard{}
	slog.New(slog.NewJSONHandler(log, nil)).Info("x", "all", received, "one", received.Records[0])
	nw := always(http.StatusAccepted, "")
	_ = received.Respond(t.Context(), nw.client(t))
	text := log.String() + printed(received) + printed(received.Records) + nw.requests()[0].body
	if strings.Contains(text, canaryName) || strings.Contains(text, canaryText) {
		t.Errorf("a record is shown: %s", text)
	}
}

type brokenStore struct{ err error }

func (s brokenStore) Add(context.Context, *abdm.KeySet) error { return s.err }

func (s brokenStore) KeySets(context.Context) ([]*abdm.KeySet, error) { return nil, s.err }

func TestAKeySetIsKeptBeforeItIsPublished(t *testing.T) {
	gone := errors.New("the database is gone")
	nw := always(http.StatusOK, "")
	c := nw.client(t)
	keys, err := c.DataExchange.NewKeySet(t.Context(), brokenStore{gone}, time.Time{}, abdm.EncodingRaw)
	if !errors.Is(err, gone) || keys != nil || len(nw.requests()) != 0 {
		t.Errorf("%v, %d requests", err, len(nw.requests()))
	}
	if received, err := (ekacare.ABHAHIUDataPushEvent{}).Open(t.Context(), brokenStore{gone}); !errors.Is(err, gone) || received != nil {
		t.Errorf("opened with a broken store: %v", err)
	}
	store := abdm.NewMemoryStore(1)
	nw = &network{answer: func(*http.Request, int) (*http.Response, error) { return nil, errors.New("reset") }}
	keys, err = nw.client(t).DataExchange.NewKeySet(t.Context(), store, time.Time{}, abdm.EncodingRaw)
	if e := wantError(t, err, 0); keys != nil || !e.MaybeApplied() {
		t.Errorf("%v", err)
	}
	if kept, _ := store.KeySets(t.Context()); len(kept) != 1 {
		t.Error("a key set that may have been published is not kept")
	}
	var a *caremux.ArgumentError
	if _, err := c.DataExchange.NewKeySet(t.Context(), nil, time.Time{}, abdm.EncodingRaw); !errors.As(err, &a) {
		t.Errorf("no store: %v", err)
	}
	if _, err := (ekacare.ABHAHIUDataPushEvent{}).Open(t.Context(), nil); !errors.As(err, &a) {
		t.Errorf("no store: %v", err)
	}
	if err := (&ekacare.ReceivedRecords{}).Respond(t.Context(), c); !errors.As(err, &a) {
		t.Errorf("no transaction: %v", err)
	}
}
