package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/caremux/caremux/webhook"
)

// visitBooked stands for a type of a vendor's package, and acmeFormat for the vendor's own Format.
type visitBooked struct {
	Visit   string `json:"visit"`
	Patient string `json:"patient"`
}

func (visitBooked) EventTypes() []string { return []string{"visit.booked"} }

func acmeFormat() webhook.Format {
	return webhook.Format{
		Vendor: "acme",
		Describe: func(_ http.Header, body []byte) (webhook.Event, error) {
			var e struct {
				ID   string `json:"id"`
				Type string `json:"type"`
			}
			err := json.Unmarshal(body, &e)
			return webhook.Event{Type: e.Type, Key: e.ID}, err
		},
		Decode: json.Unmarshal,
	}
}

// A delivery is handled by the function for its type. When the vendor sends it again it is acknowledged and not handled again;
// when the function fails the vendor is asked to send it again.
func Example() {
	verifier, err := webhook.NewTimestampedHMAC("Acme-Signature", 5*time.Minute, []string{"whsec_demo"})
	if err != nil {
		panic(err)
	}
	h, err := webhook.NewHandler(verifier, acmeFormat(), webhook.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		panic(err)
	}
	database := errors.New("the database is away")
	webhook.On(h, func(_ context.Context, e webhook.Delivery[visitBooked]) error {
		fmt.Println("visit", e.Payload.Visit, "-", e)
		return database
	})

	server := httptest.NewServer(h)
	defer server.Close()
	send := func(body string, header http.Header) {
		req, _ := http.NewRequest("POST", server.URL, bytes.NewReader([]byte(body)))
		req.Header = header
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			panic(err)
		}
		res.Body.Close()
		fmt.Println(res.Status)
	}
	body := `{"id":"evt_1","type":"visit.booked","visit":"v7","patient":"p3"}`
	signed := verifier.Sign([]byte(body), time.Now())

	send(body, signed) // fails
	database = nil
	send(body, signed)                                                               // the vendor's second try
	send(body, signed)                                                               // and once too often
	send(`{"id":"evt_1","type":"visit.booked","visit":"v8","patient":"p3"}`, signed) // tampered with
	// Output:
	// visit v7 - acme visit.booked
	// 500 Internal Server Error
	// visit v7 - acme visit.booked
	// 200 OK
	// 200 OK
	// 401 Unauthorized
}

// A verifier works in front of any framework, given the headers and the bytes of the body.
func ExampleVerifier_Verify() {
	now := func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	v, err := webhook.NewTimestampedHMAC("Acme-Signature", 3*time.Minute, []string{"whsec_new", "whsec_old"}, webhook.WithClock(now))
	if err != nil {
		panic(err)
	}
	body := []byte(`{"id":"evt_1"}`)
	fmt.Println(v.Verify(v.Sign(body, now()), body))
	fmt.Println(v.Verify(v.Sign(body, now()), append(body, ' ')))
	fmt.Println(v.Verify(v.Sign(body, now().Add(-time.Hour)), body))
	fmt.Println(errors.Is(v.Verify(http.Header{}, body), webhook.ErrNoSignature))
	// Output:
	// <nil>
	// webhook: signature does not match
	// webhook: signature is too old
	// true
}

// Events that no function is registered for go to the fallback, as they came.
func ExampleHandler_Fallback() {
	v, _ := webhook.NewPlainHMAC("Acme-Signature", []string{"whsec_demo"})
	h, err := webhook.NewHandler(v, acmeFormat())
	if err != nil {
		panic(err)
	}
	h.Fallback(func(_ context.Context, e webhook.Delivery[json.RawMessage]) error {
		fmt.Println(e.Type, string(e.Payload))
		return nil
	})
	body := []byte(`{"id":"evt_2","type":"visit.moved"}`)
	r := httptest.NewRequest("POST", "/hooks/acme", bytes.NewReader(body))
	r.Header = v.Sign(body, time.Now())
	h.ServeHTTP(httptest.NewRecorder(), r)
	// Output: visit.moved {"id":"evt_2","type":"visit.moved"}
}

// A report tells metrics and error trackers what became of each request.
func ExampleWithReport() {
	v, _ := webhook.NewPlainHMAC("Acme-Signature", []string{"whsec_demo"})
	h, err := webhook.NewHandler(v, acmeFormat(), webhook.WithLogger(slog.New(slog.DiscardHandler)),
		webhook.WithReport(func(_ context.Context, r webhook.Report) {
			fmt.Println(r.Vendor, r.Outcome, r.Status)
			var p *webhook.PanicError
			if errors.As(r.Err, &p) {
				fmt.Println("to the error tracker:", p.Value)
			}
		}))
	if err != nil {
		panic(err)
	}
	webhook.On(h, func(context.Context, webhook.Delivery[visitBooked]) error { panic("no such clinic") })
	body := []byte(`{"id":"evt_1","type":"visit.booked"}`)
	r := httptest.NewRequest("POST", "/hooks/acme", bytes.NewReader(body))
	r.Header = v.Sign(body, time.Now())
	h.ServeHTTP(httptest.NewRecorder(), r)
	// Output:
	// acme panicked 500
	// to the error tracker: no such clinic
}
