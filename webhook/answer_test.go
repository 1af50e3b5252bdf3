package webhook_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/webhook"
)

func TestAnswerWaitsForNoReport(t *testing.T) {
	v, answered := timestamped(t), make(chan struct{})
	var log lockedBuffer
	h, err := webhook.NewHandler(v, acme(), webhook.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
		webhook.WithReport(func(context.Context, webhook.Report) {
			select {
			case <-answered:
			case <-time.After(20 * time.Second):
				t.Error("the answer waits for the report")
			}
			panic("private-panic")
		}))
	if err != nil {
		t.Fatal(err)
	}
	webhook.On(h, ok[orderEvent])
	reported := make(chan any, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { reported <- recover() }()
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	req, err := http.NewRequest("POST", s.URL, strings.NewReader(paid))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = v.Sign([]byte(paid), noon)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || len(text) != 0 || res.ContentLength != 0 {
		t.Errorf("got %d %q of length %d, %v", res.StatusCode, text, res.ContentLength, err)
	}
	res.Body.Close()
	close(answered)
	if got := <-reported; got != nil {
		t.Errorf("the panic of a report goes on: %v", got)
	}
	if got := log.String(); !strings.Contains(got, "WithReport panicked") || !strings.Contains(got, "stack=") ||
		strings.Contains(got, "private") {
		t.Errorf("logged %s", got)
	}
}

func TestRefusalIsShortPlainText(t *testing.T) {
	r := newReceiver(t, acme())
	a := r.do(t, "POST", paid, http.Header{})
	a.want(t, 401, webhook.OutcomeRefused)
	if a.body != "Unauthorized\n" || a.header.Get("Content-Type") != "text/plain; charset=utf-8" ||
		a.header.Get("Content-Length") != "13" ||
		a.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("answered %q, %v", a.body, a.header)
	}
}

func TestRequestWithoutABody(t *testing.T) {
	p := newInProcess(t, acme())
	for name, sign := range map[string]bool{"signed": true, "unsigned": false} {
		req, err := http.NewRequest("POST", "/", nil) // Body is nil, as no server leaves it
		if err != nil {
			t.Fatal(err)
		}
		want := 401
		if sign {
			req.Header, want = p.v.Sign(nil, time.Now()), 400
		}
		rec := httptest.NewRecorder()
		p.ServeHTTP(rec, req)
		if rec.Code != want {
			t.Errorf("%s: answered %d", name, rec.Code)
		}
	}
}

func TestHandlerThatNobodyMadeBelievesNobody(t *testing.T) {
	for name, h := range map[string]*webhook.Handler{"zero": new(webhook.Handler), "nil": nil} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("POST", "/", bytes.NewReader([]byte(paid))))
		if rec.Code != 500 {
			t.Errorf("%s: answered %d", name, rec.Code)
		}
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, "NewHandler") {
					t.Errorf("%s: On panics with %q", name, text)
				}
			}()
			webhook.On(h, ok[orderEvent])
		}()
	}
}
