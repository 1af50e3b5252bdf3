package bench

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/webhook"
)

const handlerSecret = "whsec_example_of_32_bytes_length"

// plainHandler is what one writes by hand: HMAC, freshness, encoding/json. It remembers nothing and recovers from nothing.
func plainHandler(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var t, sum string
	for part := range strings.SplitSeq(r.Header.Get("Eka-Webhook-Signature"), ",") {
		switch name, value, _ := strings.Cut(part, "="); name {
		case "t":
			t = value
		case "v1":
			sum = value
		}
	}
	at, err := strconv.ParseInt(t, 10, 64)
	mac := hmac.New(sha256.New, []byte(handlerSecret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	got, err2 := hex.DecodeString(sum)
	if err != nil || err2 != nil || time.Since(time.Unix(at, 0)).Abs() > 3*time.Minute || !hmac.Equal(got, mac.Sum(nil)) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var e ekacare.AppointmentCreatedEvent
	if json.Unmarshal(body, &e) != nil {
		w.WriteHeader(http.StatusBadRequest)
	}
}

// BenchmarkHandler receives events of 1 KiB, each another, without a network, beside the plain handler. Making the request and
// recording the response is in both, signing in neither.
func BenchmarkHandler(b *testing.B) {
	v, err := ekacare.WebhookVerifier([]string{handlerSecret})
	if err != nil {
		b.Fatal(err)
	}
	pad, n := strings.Repeat("x", 680), 0
	var body []byte
	var header http.Header
	prepare := func() {
		n++
		body = fmt.Appendf(nil, `{"service":"appointment","event":"appointment.created","event_time":1749544696,"timestamp":1749544697,
"transaction_id":"d-%d","business_id":"75682005283056","client_id":"EC_1","data":{"appointment_id":"api-abb67007",
"doctor_id":"171458899473447","patient_id":"174436114490384","status":"BK","clinic_id":"c1","start_time":1749544696,"pad":"%s"}}`, n, pad)
		header = v.Sign(body, time.Now())
	}
	serve := func(h http.Handler) func() error {
		return func() error {
			r, w := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body)), httptest.NewRecorder()
			r.Header = header
			if h.ServeHTTP(w, r); w.Code != http.StatusOK {
				return fmt.Errorf("status %d", w.Code)
			}
			return nil
		}
	}
	for name, opts := range map[string][]webhook.HandlerOption{"memory": nil, "queue": {webhook.WithQueue(discardQueue{})}} {
		b.Run(name, func(b *testing.B) {
			h, err := webhook.NewHandler(v, ekacare.WebhookFormat(), append(opts, webhook.WithLogger(slog.New(slog.DiscardHandler)))...)
			if err != nil {
				b.Fatal(err)
			}
			webhook.On(h, func(context.Context, webhook.Delivery[ekacare.AppointmentCreatedEvent]) error { return nil })
			comparePrepared(b, prepare, serve(http.HandlerFunc(plainHandler)), serve(h))
		})
	}
}

// discardQueue stores nothing: what a queue costs is its own affair.
type discardQueue struct{}

func (discardQueue) Enqueue(context.Context, ...webhook.Message) error { return nil }
