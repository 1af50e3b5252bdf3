package webhook_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/webhook"
)

func TestBytesInHandAreReceivedAsARequestIs(t *testing.T) {
	p := newInProcess(t, acme(), webhook.WithLimit(100))
	ran := 0
	webhook.On(p.Handler, func(_ context.Context, d webhook.Delivery[orderEvent]) error {
		ran++
		if d.Header.Get("Acme-Mode") != "live" || len(d.Header) != 1 {
			t.Errorf("headers %v", d.Header)
		}
		return nil
	})
	small := http.Header{"acme-mode": {"live"}} // as AWS hands them over
	for name, values := range p.v.Sign([]byte(paid), time.Now()) {
		small[strings.ToLower(name)] = values
	}
	before := maps.Clone(small)
	for _, want := range []webhook.Outcome{webhook.OutcomeHandled, webhook.OutcomeDuplicate} {
		r := p.Receive(t.Context(), small, []byte(paid))
		if r.Outcome != want || r.Status != 200 || r.Vendor != "acme" || r.Event.Type != "order.paid" ||
			p.report().Outcome != want || r.Failure() != nil {
			t.Errorf("%+v", r)
		}
	}
	if ran != 1 || !maps.EqualFunc(before, small, func(a, b []string) bool { return len(a) == 1 && a[0] == b[0] }) {
		t.Errorf("ran %d times, headers are %v", ran, small)
	}
	for name, c := range map[string]struct {
		header  http.Header
		body    string
		status  int
		outcome webhook.Outcome
	}{
		"too large":    {small, strings.Repeat("x", 101), 413, webhook.OutcomeTooLarge},
		"tampered":     {small, paid + " ", 401, webhook.OutcomeRefused},
		"no headers":   {nil, paid, 401, webhook.OutcomeRefused},
		"not the JSON": {p.v.Sign([]byte("{"), time.Now()), "{", 400, webhook.OutcomeUndecodable},
	} {
		if r := p.Receive(t.Context(), c.header, []byte(c.body)); r.Status != c.status || r.Outcome != c.outcome || r.Failure() == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
	for _, h := range []*webhook.Handler{nil, new(webhook.Handler)} {
		if r := h.Receive(t.Context(), small, []byte(paid)); r.Status != 500 || r.Err == nil {
			t.Errorf("a handler that nobody made: %+v", r)
		}
	}
}

func TestAFunctionEndsWithTheContextOfReceive(t *testing.T) {
	p := newInProcess(t, acme())
	ctx, cancel := context.WithCancel(t.Context())
	first := true
	webhook.On(p.Handler, func(ctx context.Context, _ webhook.Delivery[orderEvent]) error {
		cancel()
		if first {
			first = false
			<-ctx.Done()
		}
		return ctx.Err()
	})
	r := p.Receive(ctx, p.v.Sign([]byte(paid), time.Now()), []byte(paid))
	if r.Outcome != webhook.OutcomeFailed || !errors.Is(r.Err, context.Canceled) {
		t.Errorf("%+v", r)
	}
	// The claim was released all the same.
	if r := p.Receive(t.Context(), p.v.Sign([]byte(paid), time.Now()), []byte(paid)); r.Outcome != webhook.OutcomeHandled {
		t.Errorf("%+v", r)
	}
}

func TestABodyThatWasReadBeforeIsNamed(t *testing.T) {
	for name, v := range map[string]*webhook.Verifier{
		"timestamped": timestamped(t), "plain": plainVerifier(t), "shared": sharedVerifier(t),
	} {
		var log lockedBuffer
		var report webhook.Report
		h, err := webhook.NewHandler(v, acme(), webhook.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
			webhook.WithReport(func(_ context.Context, r webhook.Report) { report = r }))
		if err != nil {
			t.Fatal(err)
		}
		webhook.On(h, ok[orderEvent])
		req := httptest.NewRequest("POST", "/", nil)
		req.Header = v.Sign([]byte(paid), noon)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if rec.Code < 400 || !errors.Is(report.Err, webhook.ErrEmptyBody) ||
			!strings.Contains(log.String(), "has something read the body before?") {
			t.Errorf("%s: %d, %v, logged %s", name, rec.Code, report.Err, log.String())
		}
		if name != "shared" && !errors.Is(report.Err, webhook.ErrMismatch) {
			t.Errorf("%s: %v", name, report.Err)
		}
		// Without a signature, an empty body is nothing of note.
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/", nil))
		if errors.Is(report.Err, webhook.ErrEmptyBody) {
			t.Errorf("%s: %v", name, report.Err)
		}
	}
}

// batch is acme with deliveries of several events: [{"type":…},…]. One with the type "odd" cannot be described.
func batch() webhook.Format {
	f := acme()
	f.Describe = nil
	f.Batch = func(_ http.Header, body []byte) ([]webhook.Part, error) {
		var parts []webhook.Part
		for text := range strings.SplitSeq(strings.Trim(string(body), "[]"), ";") {
			p := webhook.Part{Body: []byte(text)}
			p.Event, p.Err = acme().Describe(nil, p.Body)
			if p.Event.Type == "odd" {
				p.Err = &webhook.ArgumentError{Field: "type", Rule: "is odd"}
			}
			parts = append(parts, p)
		}
		if len(body) == 2 {
			return nil, errors.New("empty")
		}
		return parts, nil
	}
	return f
}

func TestADeliveryOfSeveralEventsIsDoneWhenAllAre(t *testing.T) {
	p := newInProcess(t, batch())
	var ran []string
	fail := true
	webhook.On(p.Handler, func(_ context.Context, d webhook.Delivery[orderEvent]) error {
		ran = append(ran, d.Payload.ID)
		if d.Payload.ID == "2" && fail {
			return errors.New("not now")
		}
		return nil
	})
	send := func(body string) webhook.Report {
		return p.Receive(t.Context(), p.v.Sign([]byte(body), time.Now()), []byte(body))
	}
	three := `[{"type":"order.paid","id":"1"};{"type":"order.paid","id":"2"};{"type":"order.paid","id":"1"}]`
	r := send(three)
	if r.Status != 500 || r.Outcome != webhook.OutcomeFailed || len(r.Parts) != 3 || strings.Join(ran, "") != "121" {
		t.Errorf("%+v, ran %v", r, ran)
	}
	for i, want := range []webhook.Outcome{webhook.OutcomeHandled, webhook.OutcomeFailed, webhook.OutcomeHandled} {
		if r.Parts[i].Outcome != want || r.Parts[i].Event.Key == "" {
			t.Errorf("part %d: %+v", i, r.Parts[i])
		}
	}
	fail, ran = false, nil // the vendor sends all again, and only the one that failed runs
	if r := send(three); r.Status != 200 || strings.Join(ran, "") != "2" {
		t.Errorf("%+v, ran %v", r, ran)
	}
	ran = nil
	r = send(`[{"type":"odd","id":"8"};{"type":"order.paid","id":"9"};{"type":"other"}]`)
	if r.Status != 400 || r.Outcome != webhook.OutcomeUndecodable || strings.Join(ran, "") != "9" ||
		r.Parts[2].Outcome != webhook.OutcomeIgnored {
		t.Errorf("%+v, ran %v", r, ran)
	}
	if r := send(`[]`); r.Status != 400 || r.Parts != nil {
		t.Errorf("%+v", r)
	}
	if r := send(`[{"type":"order.paid","id":"7"}]`); r.Status != 200 || r.Parts != nil || r.Event.Type != "order.paid" {
		t.Errorf("a delivery of one: %+v", r)
	}
}
