// Command report prints what one small GET and a page of 100 records cost with this module and with other Go libraries, beside net/http and
// encoding/json: on one server in one run, in turns, decoded into the same types.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"
	"github.com/google/go-github/v84/github"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stripe/stripe-go/v84"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

const rounds = 3000

func main() {
	if err := run(context.Background()); err != nil {
		slog.Error("the comparison failed", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	one, page := record(0), pageOf(100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/patients") {
			_, _ = w.Write(page)
		} else {
			_, _ = io.WriteString(w, one)
		}
	}))
	defer server.Close()
	sides, err := sidesOf(ctx, server.URL, 0)
	if err != nil {
		return err
	}
	timed, err := sidesOf(ctx, server.URL, time.Minute)
	if err != nil {
		return err
	}
	fmt.Println("| library | one small GET | the same, all with a timeout | a page of 100 records |\n|---|---|---|---|")
	gets, err := measure(sides, rounds, func(s side) error { return s.get() })
	if err != nil {
		return err
	}
	timedGets, err := measure(timed, rounds, func(s side) error { return s.get() })
	if err != nil {
		return err
	}
	pages, err := measure(sides, rounds/4, func(s side) error { return s.page() })
	if err != nil {
		return err
	}
	for i, s := range sides {
		fmt.Printf("| %s | %.2f × | %.2f × | %.2f × |\n", s.name, gets[i]/gets[0], timedGets[i]/timedGets[0], pages[i]/pages[0])
	}
	return nil
}

// measure runs the work of all sides in turns, and returns their medians in nanoseconds.
func measure(sides []side, rounds int, work func(side) error) ([]float64, error) {
	times := make([][]float64, len(sides))
	for round := range rounds + 50 {
		for i := range sides {
			i = (i*(1+round%(len(sides)-1)) + round) % len(sides) // nobody is always first, or always behind the same side; 7 is a prime
			began := time.Now()
			if err := work(sides[i]); err != nil {
				return nil, fmt.Errorf("%s: %w", sides[i].name, err)
			}
			if round >= 50 {
				times[i] = append(times[i], float64(time.Since(began)))
			}
		}
	}
	medians := make([]float64, len(sides))
	for i, t := range times {
		slices.Sort(t)
		medians[i] = t[len(t)/2]
	}
	return medians, nil
}

// side is one library.
type side struct {
	name      string
	get, page func() error
}

const base = "/v1/tenant/instance"

type patients struct {
	Content []welkin.Patient `json:"content"`
}

// sidesOf returns all libraries with connections of their own, and with the timeout, 0 for none: this module's calls have one anyway.
func sidesOf(ctx context.Context, address string, timeout time.Duration) ([]side, error) {
	typed, do, err := ofCaremux(ctx, address)
	if err != nil {
		return nil, err
	}
	hub, err := ofGitHub(ctx, address, timeout)
	if err != nil {
		return nil, err
	}
	return []side{
		ofPlain(ctx, address, timeout), typed, do, ofResty(ctx, address, timeout), hub, ofOpenAI(ctx, address, timeout),
		ofStripe(ctx, address, timeout),
	}, nil
}

// client is one with connections of its own, for each side.
func client(timeout time.Duration) *http.Client {
	return &http.Client{Transport: caremux.NewTransport(), Timeout: timeout}
}

// reading is the side of a library that reads what is at an address into a Go value.
func reading(name, base string, read func(url string, into any) error) side {
	return side{
		name,
		func() error { return read(base+"/patients/1", new(welkin.Patient)) },
		func() error { return read(base+"/patients", new(patients)) },
	}
}

func ofPlain(ctx context.Context, address string, timeout time.Duration) side {
	hc := client(timeout)
	return reading("net/http", address+base, func(url string, into any) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer x")
		resp, err := hc.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		return json.Unmarshal(body, into)
	})
}

func ofCaremux(ctx context.Context, address string) (typed, do side, err error) {
	c, err := newClient(address)
	if err != nil {
		return typed, do, err
	}
	open, err := newClient(address) // with a connection of its own, as each side has
	if err != nil {
		return typed, do, err
	}
	typed = side{
		"caremux, typed",
		func() error { _, err := c.Patients.Get(ctx, "1", nil); return err },
		func() error { _, err := c.Patients.List(ctx, nil); return err },
	}
	do = reading("caremux, Do", strings.TrimPrefix(base, "/v1"), func(path string, into any) error {
		return open.Do(ctx, http.MethodGet, path, nil, nil, into)
	})
	return typed, do, nil
}

func newClient(address string) (*welkin.Client, error) {
	return welkin.New(welkin.Credentials{Tenant: "tenant", Instance: "instance"},
		caremux.WithBaseURL(address+"/v1"), caremux.WithTokenSource(caremux.StaticToken("x")),
		caremux.WithTransport(caremux.NewTransport()))
}

func ofResty(ctx context.Context, address string, timeout time.Duration) side {
	rest := resty.NewWithClient(client(timeout)).SetAuthToken("x")
	return reading("resty", address+base, func(url string, into any) error {
		_, err := rest.R().SetContext(ctx).SetResult(into).Get(url)
		return err
	})
}

func ofGitHub(ctx context.Context, address string, timeout time.Duration) (s side, err error) {
	hub := github.NewClient(client(timeout)).WithAuthToken("x")
	if hub.BaseURL, err = url.Parse(address + "/"); err != nil {
		return s, err
	}
	return reading("go-github", base, func(path string, into any) error {
		req, err := hub.NewRequest(http.MethodGet, strings.TrimPrefix(path, "/"), nil)
		if err != nil {
			return err
		}
		_, err = hub.Do(ctx, req, into)
		return err
	}), nil
}

func ofOpenAI(ctx context.Context, address string, timeout time.Duration) side {
	ai := openai.NewClient(option.WithBaseURL(address), option.WithAPIKey("x"), option.WithHTTPClient(client(timeout)))
	return reading("openai-go", base, func(path string, into any) error { return ai.Get(ctx, path, nil, into) })
}

// ofStripe reads into types of its own, since stripe-go wants to keep the response in them.
func ofStripe(ctx context.Context, address string, timeout time.Duration) side {
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(address), HTTPClient: client(timeout), MaxNetworkRetries: stripe.Int64(0),
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull}, EnableTelemetry: stripe.Bool(false),
	})
	read := func(path string, into stripe.LastResponseSetter) error {
		return backend.Call(http.MethodGet, base+path, "x", &stripe.Params{Context: ctx}, into)
	}
	return side{
		"stripe-go",
		func() error {
			return read("/patients/1", &struct {
				stripe.APIResource
				welkin.Patient
			}{})
		},
		func() error {
			return read("/patients", &struct {
				stripe.APIResource
				patients
			}{})
		},
	}
}

func record(i int) string {
	return fmt.Sprintf(`{"id":"5f1c7f0e-95a1-4c65-9d0a-3f0b6d6c%07d","externalGuid":"c0ffee00-1111-4222-8333-444455556666","mrn":"MRN-%d",`+
		`"createdAt":"2024-05-06T07:08:09.123Z","updatedAt":"2025-06-07T08:09:10.456Z","firstName":"Charlie","lastName":"Taylor","middleName":null,`+
		`"birthDate":"1981-04-05","gender":"female","email":"charlie@example.com","phone":"+15550100200","country":"US","state":"CA",`+
		`"city":"Los Angeles","zip":"90001","addressLine1":"1 Example Street","timezone":"America/Los_Angeles"}`, i, i)
}

func pageOf(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"content":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(record(i))
	}
	fmt.Fprintf(&b, `],"totalElements":%d,"totalPages":1,"last":true,"first":true,"number":0,"size":%d}`, n, n)
	return b.Bytes()
}
