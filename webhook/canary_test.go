package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/internal/proof/canary"
	"github.com/caremux/caremux/webhook"
)

// canaryEvent is what the canary vendor sends.
type canaryEvent struct {
	Name string `json:"name"`
}

func (canaryEvent) EventTypes() []string { return []string{"patient.created"} }

func TestVerifiersPrintWithoutSecrets(t *testing.T) {
	timed, err := webhook.NewTimestampedHMAC("X-Signature", time.Minute, []string{canary.Secret, canary.Token})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := webhook.NewPlainHMAC("X-Signature", []string{canary.Secret})
	if err != nil {
		t.Fatal(err)
	}
	headers := []webhook.SharedHeader{{Name: "X-Key", Values: []string{canary.Secret}}, {Name: "X-Secret", Values: []string{canary.Token}}}
	shared, err := webhook.NewSharedHeaders(headers)
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		V      webhook.Verifier
		hidden webhook.Verifier
	}
	for _, v := range []any{timed, *timed, plain, *plain, shared, *shared, holder{*shared, *shared},
		&holder{*timed, *timed}, headers, headers[0], &headers[0],
		map[string]any{"h": headers}} {
		text := canary.Encoded(v) + fmt.Sprintf("%x %d %t", v, v, v)
		canary.Clean(t, fmt.Sprintf("%T", v), text, fmt.Sprintf("%x", canary.Secret), fmt.Sprint([]byte(canary.Secret)))
	}
	if got, want := fmt.Sprintf("%v|%#v|%q", shared, *shared, shared),
		`webhook verifier of X-Key, X-Secret`; got != want+"|"+want+`|"`+want+`"` {
		t.Errorf("printed %s", got)
	}
	if got := fmt.Sprint(webhook.Verifier{}); got != "webhook verifier" {
		t.Errorf("printed %s", got)
	}
	for _, bad := range [][]string{{canary.Secret + "\n"}, {canary.Secret, ""}} {
		_, err := webhook.NewPlainHMAC("X-Signature", bad)
		canary.Error(t, "NewPlainHMAC", err)
	}
	_, err = webhook.NewSharedHeaders([]webhook.SharedHeader{{Name: "X-Key", Values: []string{canary.Secret + " "}}})
	canary.Error(t, "NewSharedHeaders", err)
	_, err = webhook.NewPlainHMAC(canary.Prose, []string{"x"})
	canary.Error(t, "NewPlainHMAC", err)
}

// canaryStore fails with an error of its own.
type canaryStore struct {
	webhook.MemoryStore
	err   error
	panic any
}

func (s *canaryStore) Claim(ctx context.Context, key string, lease time.Duration) (webhook.Claim, error) {
	switch {
	case s.panic != nil:
		panic(s.panic)
	case s.err != nil:
		return webhook.Claim{}, s.err
	}
	return s.MemoryStore.Claim(ctx, key, lease)
}

// TestHandlerLogsNothingOfADelivery sends a person's data and secrets through every outcome.
func TestHandlerLogsNothingOfADelivery(t *testing.T) {
	const body = `{"name":"` + canary.Name + `","phone":"` + canary.Phone + `","note":"` + canary.Prose + `"}`
	format := webhook.Format{
		Vendor: "acme",
		Describe: func(http.Header, []byte) (webhook.Event, error) {
			return webhook.Event{Type: "patient.created", Key: canary.ID, Time: time.Unix(0, 0)}, nil
		},
		Decode: func(body []byte, payload any) error { return json.Unmarshal(body, payload) },
	}
	with := func(change func(f *webhook.Format)) webhook.Format {
		f := format
		change(&f)
		return f
	}
	verifier, err := webhook.NewSharedHeaders([]webhook.SharedHeader{{Name: "X-Secret", Values: []string{canary.Secret}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		format  webhook.Format
		store   *canaryStore
		fn      func(webhook.Delivery[canaryEvent]) error
		request func(r *http.Request)
		body    io.Reader
		want    webhook.Outcome
		twice   bool
	}{
		{name: "handled", want: webhook.OutcomeHandled},
		{name: "twice", want: webhook.OutcomeDuplicate, twice: true},
		{name: "function fails", fn: func(webhook.Delivery[canaryEvent]) error {
			return errors.New("no database")
		}, want: webhook.OutcomeFailed},
		{name: "function panics", fn: func(d webhook.Delivery[canaryEvent]) error { panic(d.Payload.Name) }, want: webhook.OutcomePanicked},
		{name: "function panics with an error", fn: func(d webhook.Delivery[canaryEvent]) error {
			panic(fmt.Errorf("about %s", d.Payload.Name))
		}, want: webhook.OutcomePanicked},
		{name: "function panics with a record", fn: func(d webhook.Delivery[canaryEvent]) error {
			panic(d)
		}, want: webhook.OutcomePanicked},
		{name: "store panics", store: &canaryStore{panic: canary.Prose}, want: webhook.OutcomePanicked},
		{name: "store fails", store: &canaryStore{err: errors.New("no connection")}, want: webhook.OutcomeUnclaimed},
		{name: "wrong secret", request: func(r *http.Request) { r.Header.Set("X-Secret", canary.Token) }, want: webhook.OutcomeRefused},
		{name: "secret given twice", request: func(r *http.Request) {
			r.Header.Add("X-Secret", canary.Token)
		}, want: webhook.OutcomeRefused},
		{name: "no secret", request: func(r *http.Request) { r.Header.Del("X-Secret") }, want: webhook.OutcomeRefused},
		{name: "not described", format: with(func(f *webhook.Format) {
			f.Describe = func(http.Header, []byte) (webhook.Event, error) { return webhook.Event{}, errors.New(canary.Prose) }
		}), want: webhook.OutcomeUndecodable},
		{name: "not decoded", format: with(func(f *webhook.Format) {
			f.Decode = func([]byte, any) error { return fmt.Errorf("decode: %w", errors.New(canary.Prose)) }
		}), want: webhook.OutcomeUndecodable},
		{name: "format panics", format: with(func(f *webhook.Format) {
			f.Decode = func([]byte, any) error { panic(canary.Prose) }
		}), want: webhook.OutcomePanicked},
		{name: "unknown type", format: with(func(f *webhook.Format) {
			f.Describe = func(http.Header, []byte) (webhook.Event, error) {
				return webhook.Event{Type: "other", Key: canary.ID}, nil
			}
		}), want: webhook.OutcomeIgnored},
		{name: "too large", body: strings.NewReader(strings.Repeat(canary.Prose, 1000)), want: webhook.OutcomeTooLarge},
		{name: "breaks off", body: io.MultiReader(strings.NewReader(body), brokenBody{}), want: webhook.OutcomeUnread},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log canary.Log
			var reports []webhook.Report
			var printed []string
			if tt.format.Vendor == "" {
				tt.format = format
			}
			opts := []webhook.HandlerOption{webhook.WithLimit(4 << 10), webhook.WithReport(func(_ context.Context, r webhook.Report) {
				reports = append(reports, r)
			}),
				webhook.WithLogger(slog.New(slog.NewMultiHandler(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}),
					slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))))}
			if tt.store != nil {
				opts = append(opts, webhook.WithStore(tt.store))
			}
			h, err := webhook.NewHandler(verifier, tt.format, opts...)
			if err != nil {
				t.Fatal(err)
			}
			webhook.On(h, func(_ context.Context, d webhook.Delivery[canaryEvent]) error {
				printed = append(printed, canary.Printed(d), canary.Printed(&d), canary.Printed(d.Event), fmt.Sprintf("%v", d.Header))
				if tt.fn != nil {
					return tt.fn(d)
				}
				return nil
			})
			for range 2 {
				var content io.Reader = strings.NewReader(body)
				if tt.body != nil {
					content = tt.body
				}
				r := httptest.NewRequest("POST", "/hooks?token="+canary.Token, content)
				r.Header.Set("X-Secret", canary.Secret)
				if tt.request != nil {
					tt.request(r)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				canary.Clean(t, "the answer", w.Body.String()+fmt.Sprint(w.Header()))
				if !tt.twice {
					break
				}
			}
			last := reports[len(reports)-1]
			if last.Outcome != tt.want {
				t.Errorf("outcome %q, want %q", last.Outcome, tt.want)
			}
			if !strings.Contains(log.String(), string(tt.want)) {
				t.Errorf("logged %s", log.String())
			}
			canary.Clean(t, "the log", log.String())
			if tt.store == nil {
				canary.Clean(t, "the handler", canary.Printed(h))
			}
			for _, text := range printed {
				canary.Clean(t, "the delivery", text)
			}
			if tt.want != webhook.OutcomeUndecodable && tt.want != webhook.OutcomeUnread { // its Err is the format's, or the connection's
				canary.Clean(t, "the report", canary.Printed(last))
			}
			var failed *webhook.PanicError
			if errors.As(last.Err, &failed) {
				canary.Clean(t, "the panic", canary.Encoded(failed)+canary.Encoded([]error{failed}))
			}
		})
	}
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
