package clinikfhir_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

// vendor records what it is sent and responds from a table of "METHOD path?query"; BASE in a response is its address.
type vendor struct {
	t         *testing.T
	url       string
	responses map[string]string // "404 {…}" or "{…}"

	mu     sync.Mutex
	sent   []string
	bodies []string
	types  []string // content types and what was accepted
	header []http.Header
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	key := r.Method + " " + r.URL.RequestURI()
	v.mu.Lock()
	v.sent = append(v.sent, key)
	v.bodies = append(v.bodies, string(body))
	v.types = append(v.types, r.Header.Get("Content-Type")+" for "+r.Header.Get("Accept"))
	v.header = append(v.header, r.Header.Clone())
	v.mu.Unlock()
	response, ok := v.responses[key]
	if !ok {
		v.t.Errorf("unexpected request %s", key)
	}
	status := http.StatusOK
	if !strings.HasPrefix(response, "{") {
		_, _ = fmt.Sscanf(response, "%d", &status)
		_, response, _ = strings.Cut(response, " ")
	}
	w.Header().Set("Content-Type", "application/fhir+json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, strings.ReplaceAll(response, "BASE", v.url))
}

func start(t *testing.T, responses map[string]string) (*vendor, *clinik.Client) {
	t.Helper()
	v := &vendor{t: t, responses: responses}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	v.url = server.URL
	c, err := clinik.New("clk_test_abc123", caremux.WithBaseURL(server.URL), caremux.WithRetry(caremux.NoRetry))
	if err != nil {
		t.Fatal(err)
	}
	return v, c
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// clientOf is a client whose responses are made by respond.
func clientOf(t testing.TB, respond func(r *http.Request) string) *clinik.Client {
	t.Helper()
	network := roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(respond(r))), Request: r}, nil
	})
	c, err := clinik.New("clk_test_abc123", caremux.WithTransport(network), caremux.WithRetry(caremux.NoRetry))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const taylor = `{"resourceType":"Patient","id":"pt_1","active":true,"name":[{"family":"Taylor","given":["Charlie"]}],"birthDate":"2012-03"}`

// exact reads JSON with the digits of its numbers.
func exact(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %.200s", err, text)
	}
	return v
}

func sameJSON(t testing.TB, got, want string) {
	t.Helper()
	if diff := cmp.Diff(exact(t, want), exact(t, got)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}

// wantArgument fails unless err refuses an argument before anything is sent, and names the operation and the field.
func wantArgument(t testing.TB, err error, field string) {
	t.Helper()
	var argument *caremux.ArgumentError
	if !errors.As(err, &argument) || argument.Operation == "" || argument.Field != field {
		t.Errorf("got %v, want an ArgumentError for %s", err, field)
	}
}

// wantUnreadable fails unless err is of a response that cannot be what the call promises.
func wantUnreadable(t testing.TB, err error, applied bool) {
	t.Helper()
	var e *caremux.Error
	if !errors.Is(err, caremux.ErrUnreadable) || !errors.As(err, &e) || e.MaybeApplied() != applied ||
		errors.As(err, new(*caremux.ArgumentError)) {
		t.Errorf("got %v, want ErrUnreadable, maybe applied %t", err, applied)
	}
}

// responding responds with what body has then.
func responding(body *string) func(*http.Request) string {
	return func(*http.Request) string { return *body }
}
