package ekacare_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// responds is a response to an event: what the vendor sends, and what goes back.
type responds struct {
	data string // of the event
	send func(ctx context.Context, c *ekacare.Client, event []byte) error
	path string
	body string
}

// eventOf is the event that a webhook hands over.
func eventOf[E any](event []byte) E {
	var e E
	if err := ekacare.WebhookFormat().Decode(event, &e); err != nil {
		panic(err)
	}
	return e
}

var (
	otpEnds  = time.Date(2026, time.November, 28, 15, 40, 0, 0, ekacare.IST)
	patients = []ekacare.HIPPatient{{
		RefNum: new("p-1"), Display: new("made up"),
		CareContexts: []ekacare.HIPCareContext{{RefNum: new("visit-1"), Display: new("a visit")}},
	}}
)

const (
	patientsJSON = `"patients":[{"care_contexts":[{"display":"a visit","ref_num":"visit-1"}],"display":"made up","ref_num":"p-1"}]`
	refusalJSON  = `"error":{"code":1010,"message":"No patient found"}`
)

var responses = map[string]responds{
	"discover": {`{"request_id":"r-1","txn_id":"t-1","hip_id":"hip-7"}`,
		func(ctx context.Context, c *ekacare.Client, b []byte) error {
			return eventOf[ekacare.ABHACareContextDiscoverEvent](b).Respond(ctx, c, patients)
		}, "/abdm/v1/care-contexts/on-discover", `{` + patientsJSON + `,"request_id":"r-1","txn_id":"t-1"}`},
	"discover, refused": {`{"request_id":"r-1","txn_id":"t-1","hip_id":"hip-7"}`,
		func(ctx context.Context, c *ekacare.Client, b []byte) error {
			return eventOf[ekacare.ABHACareContextDiscoverEvent](b).Refuse(ctx, c, 1010, "No patient found")
		}, "/abdm/v1/care-contexts/on-discover", `{` + refusalJSON + `,"request_id":"r-1","txn_id":"t-1"}`},
	"link": {`{"request_id":"r-1","txn_id":"t-1","hip_id":"hip-7"}`,
		func(ctx context.Context, c *ekacare.Client, b []byte) error {
			return eventOf[ekacare.ABHACareContextLinkInitEvent](b).Respond(ctx, c, "ref-1", otpEnds)
		}, "/abdm/v1/care-contexts/discover/link/on-init",
		`{"otp_expiry":"2026-11-28T10:10:00Z","ref_num":"ref-1","request_id":"r-1","txn_id":"t-1"}`},
	"link, refused": {`{"request_id":"r-1","txn_id":"t-1","hip_id":"hip-7"}`,
		func(ctx context.Context, c *ekacare.Client, b []byte) error {
			return eventOf[ekacare.ABHACareContextLinkInitEvent](b).Refuse(ctx, c, 1010, "No patient found")
		}, "/abdm/v1/care-contexts/discover/link/on-init", `{` + refusalJSON + `,"request_id":"r-1","txn_id":"t-1"}`},
	"confirm": {`{"request_id":"r-1","linkRefNumber":"ref-1","token":"1234","hip_id":"hip-7"}`,
		func(ctx context.Context, c *ekacare.Client, b []byte) error {
			return eventOf[ekacare.ABHACareContextLinkConfirmEvent](b).Respond(ctx, c, patients)
		}, "/abdm/v1/care-contexts/discover/link/on-confirm", `{` + patientsJSON + `,"request_id":"r-1"}`},
	"confirm, refused": {`{"request_id":"r-1","linkRefNumber":"ref-1","hip_id":"hip-7"}`,
		func(ctx context.Context, c *ekacare.Client, b []byte) error {
			return eventOf[ekacare.ABHACareContextLinkConfirmEvent](b).Refuse(ctx, c, 1010, "No patient found")
		}, "/abdm/v1/care-contexts/discover/link/on-confirm", `{` + refusalJSON + `,"request_id":"r-1"}`},
	"share": {`{"req_id":"r-1","abha_address":"a@abdm","hip_code":"c-1","hip_id":"hip-7"}`,
		func(ctx context.Context, c *ekacare.Client, b []byte) error {
			return eventOf[ekacare.ABHAHIPProfileShareEvent](b).Respond(ctx, c, "42", otpEnds)
		}, "/abdm/v1/hip/patient/profile/on-share",
		`{"abha_address":"a@abdm","hip_code":"c-1","request_id":"r-1","token":{"expires_at":1795860600,"token_number":"42"}}`},
	"share, refused": {`{"req_id":"r-1","abha_address":"a@abdm","hip_id":"hip-7"}`,
		func(ctx context.Context, c *ekacare.Client, b []byte) error {
			return eventOf[ekacare.ABHAHIPProfileShareEvent](b).Refuse(ctx, c, 1010, "No patient found")
		}, "/abdm/v1/hip/patient/profile/on-share", `{"abha_address":"a@abdm",` + refusalJSON + `,"request_id":"r-1"}`},
	"consent": {`{"status":"GRANTED","notification":{"consentRequestId":"q-1","consentArtefacts":{"id":"artefact-1"}}}`,
		func(ctx context.Context, c *ekacare.Client, b []byte) error {
			_, err := eventOf[ekacare.ABHAConsentUpdateEvent](b).Details(ctx, c)
			return err
		}, "/abdm/v1/consents/details", `{"consent_id":"artefact-1"}`},
	"consent that was denied": {`{"status":"DENIED","notification":{"consentRequestId":"q-1"}}`,
		func(ctx context.Context, c *ekacare.Client, b []byte) error {
			_, err := eventOf[ekacare.ABHAConsentUpdateEvent](b).Details(ctx, c)
			return err
		}, "/abdm/v1/consents/details", `{"consent_id":"q-1"}`},
}

func TestEventsOfABDMAreRespondedToByTheirIDs(t *testing.T) {
	for name, c := range responses {
		nw := always(http.StatusOK, "{}")
		event := []byte(`{"event":"x","data":` + c.data + `}`)
		if err := c.send(t.Context(), nw.client(t), event); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sent := nw.requests()[0]
		var got, want any
		if json.Unmarshal([]byte(sent.body), &got) != nil || json.Unmarshal([]byte(c.body), &want) != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s\nwant %s", name, sent.body, c.body)
		}
		if sent.path != c.path {
			t.Errorf("%s goes to %s", name, sent.path)
		}
		if hip := sent.header.Get("X-Hip-Id"); hip != "hip-7" && c.path != "/abdm/v1/consents/details" {
			t.Errorf("%s is for the facility %q", name, hip)
		}
	}
}

func TestEventsOfABDMWithoutIDsAreArgumentErrors(t *testing.T) {
	for name, c := range responses {
		var full map[string]any
		if err := json.Unmarshal([]byte(c.data), &full); err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{"", "request_id", "txn_id", "req_id", "abha_address", "notification"} {
			if _, has := full[field]; field != "" && !has {
				continue
			}
			data := map[string]any{}
			for other, value := range full {
				if field != "" && other != field {
					data[other] = value
				}
			}
			event, err := json.Marshal(map[string]any{"event": "x", "data": data})
			if err != nil {
				t.Fatal(err)
			}
			nw := always(http.StatusOK, "{}")
			err = c.send(t.Context(), nw.client(t), event)
			var a *caremux.ArgumentError
			if !errors.As(err, &a) || len(nw.requests()) != 0 {
				t.Errorf("%s without %s: %v, %d requests", name, field, err, len(nw.requests()))
			}
		}
	}
}

func TestResponsesWithoutAReferenceOrATokenAreArgumentErrors(t *testing.T) {
	nw := always(http.StatusOK, "{}")
	c := nw.client(t)
	link := eventOf[ekacare.ABHACareContextLinkInitEvent]([]byte(`{"event":"x","data":` + responses["link"].data + `}`))
	share := eventOf[ekacare.ABHAHIPProfileShareEvent]([]byte(`{"event":"x","data":` + responses["share"].data + `}`))
	for name, err := range map[string]error{
		"refNum":      link.Respond(t.Context(), c, "", otpEnds),
		"tokenNumber": share.Respond(t.Context(), c, "", otpEnds),
	} {
		var a *caremux.ArgumentError
		if !errors.As(err, &a) || a.Field != name || len(nw.requests()) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	const want = `{"ref_num":"ref-1","request_id":"r-1","txn_id":"t-1"}`
	if err := link.Respond(t.Context(), c, "ref-1", time.Time{}); err != nil || nw.requests()[0].body != want {
		t.Errorf("%v, %v", nw.requests(), err)
	}
}

// TestResponsesToTheVendorsSamplesAreAsItsDocumentsSay sends responses to samples of the events to the fake, which holds every
// body against the documents.
func TestResponsesToTheVendorsSamplesAreAsItsDocumentsSay(t *testing.T) {
	srv := ekacaretest.NewServer(t)
	c := srv.Client()
	for name, event := range map[string]string{
		"discover": ekacare.EventABHACareContextDiscover, "link": ekacare.EventABHACareContextDiscoverLinkInit,
		"confirm": ekacare.EventABHAContextDiscoverLinkConfirm, "share": ekacare.EventABHAHIPProfileShare,
		"consent": ekacare.EventABHAConsentUpdate,
	} {
		for _, name := range []string{name, name + ", refused"} {
			if r, ok := responses[name]; ok {
				if err := r.send(t.Context(), c, srv.Sample(event)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
	if problems := srv.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
}
