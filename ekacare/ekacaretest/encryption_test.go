package ekacaretest_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

var key = ekacare.EncryptionKey{ID: "key-1", Shared: "made-up-key-16-b"}

func hook(endpoint string) *ekacare.WebhookCreate {
	return &ekacare.WebhookCreate{Endpoint: endpoint, EventNames: []ekacare.EventName{ekacare.EventAppointmentCreated}}
}

// tap is middleware that keeps the bodies that are sent, but for logins.
type tap struct {
	next http.RoundTripper
	sent []byte
}

func (w *tap) listen(next http.RoundTripper) http.RoundTripper {
	w.next = next
	return w
}

func (w *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && !strings.HasPrefix(r.URL.Path, "/connect-auth/") {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		w.sent = append(w.sent, body...)
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return w.next.RoundTrip(r)
}

func TestFlowsWorkOverEncryptedBodies(t *testing.T) {
	srv, _ := setup(t, ekacaretest.WithEncryption(key))
	wire := &tap{}
	c := srv.Client(quick, ekacare.WithEncryption(key), caremux.WithMiddleware(wire.listen))
	if err := c.DataExchange.UpdateKeyset(t.Context(), &ekacare.KeysetUpdate{PublicKey: "none", Nonce: "none"}); err == nil {
		t.Error("a key that is none was published")
	} else if e, ok := errors.AsType[*caremux.Error](err); !ok || e.Status != http.StatusBadRequest || e.MaybeApplied() {
		t.Errorf("an error in the clear: %v", err)
	}
	document := caremux.File{Name: "a.pdf", Content: strings.NewReader("%PDF made up")}
	parsed, err := c.For(ekacare.Identity{PatientID: "oid-1"}).Records.Parse(t.Context(),
		&ekacare.RecordsUploadParams{Task: []ekacare.ParsingTask{"smart"}},
		document, &ekacare.ParsingWait{MinWait: time.Millisecond})
	if err != nil || parsed.Result.Status != ekacare.ProcessingStatusCompleted {
		t.Fatalf("%+v, %v", parsed, err)
	}
	id, err := c.Webhooks.Register(t.Context(), hook("https://clinic.example/hook"))
	if err != nil || id.ID == "" {
		t.Fatalf("%+v, %v", id, err)
	}
	for _, secret := range []string{"%PDF", "JVBERi", "clinic.example", "publicKey", "public_key"} {
		if bytes.Contains(wire.sent, []byte(secret)) {
			t.Errorf("%s is in the clear", secret)
		}
	}
	srv.Fail(ekacaretest.Fault{Operation: "Webhooks.Register", Reset: true, AfterWork: true})
	_, err = c.Webhooks.Register(t.Context(), hook("https://clinic.example/2"))
	if e, ok := errors.AsType[*caremux.Error](err); !ok || !e.MaybeApplied() {
		t.Errorf("a lost response: %v", err)
	}
	if n := count(srv, "Webhooks.Register"); n != 2 {
		t.Errorf("%d registrations", n)
	}
}

func TestAnotherKeyIsRefused(t *testing.T) {
	srv, _ := setup(t, ekacaretest.WithEncryption(key))
	for _, other := range []ekacare.EncryptionKey{{ID: "key-2", Shared: key.Shared}, {ID: key.ID, Shared: "MADE-UP-KEY-16-B"}} {
		c := srv.Client(quick, ekacare.WithEncryption(other))
		_, err := c.Webhooks.Register(t.Context(), hook("https://clinic.example/hook"))
		refused(t, err, http.StatusBadRequest, ekacare.CodeInvalidRequestParameters)
	}
}
