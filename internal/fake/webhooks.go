package fake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/caremux/caremux/caremuxtest"
)

// Hooks are the endpoints of a fake and what was sent to them. The zero value has none. It is safe for concurrent use.
type Hooks struct {
	mu    sync.Mutex
	hooks []hook
	sent  []caremuxtest.Delivery
}

type hook struct {
	endpoint string
	events   []string
	sign     func(body []byte) http.Header
}

// Subscribe registers an endpoint for events, or for all without any. sign makes the headers of a delivery.
func (h *Hooks) Subscribe(endpoint string, sign func(body []byte) http.Header, events ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hooks = append(h.hooks, hook{endpoint, events, sign})
}

// Deliveries returns what was sent, in its order.
func (h *Hooks) Deliveries() []caremuxtest.Delivery {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.sent)
}

// Send posts an event to every endpoint that is subscribed to it, one after the other. pkg is the package that speaks.
func (h *Hooks) Send(ctx context.Context, pkg, event string, body []byte) error {
	h.mu.Lock()
	hooks := slices.Clone(h.hooks)
	h.mu.Unlock()
	var errs []error
	for _, to := range hooks {
		if len(to.events) == 0 || slices.Contains(to.events, event) {
			errs = append(errs, h.Deliver(ctx, pkg, caremuxtest.Delivery{
				Event: event, Endpoint: to.endpoint, Header: to.sign(body), Body: body,
			}))
		}
	}
	return errors.Join(errs...)
}

// Deliver posts a delivery as it is.
func (h *Hooks) Deliver(ctx context.Context, pkg string, d caremuxtest.Delivery) error {
	err := Post(ctx, &d)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent = append(h.sent, d)
	if err != nil {
		return fmt.Errorf("%s: %s to %s: %w", pkg, d.Event, d.Endpoint, err)
	}
	return nil
}

// deliveryTimeout is how long an endpoint may take.
const deliveryTimeout = 30 * time.Second

// Post posts a delivery and sets its Status. Another one than 2xx is an error.
func Post(ctx context.Context, d *caremuxtest.Delivery) error {
	ctx, cancel := context.WithTimeout(ctx, deliveryTimeout)
	defer cancel()
	d.Status = 0
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Endpoint, bytes.NewReader(d.Body))
	if err != nil {
		return err
	}
	r.Header = d.Header.Clone()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	_ = resp.Body.Close()
	if d.Status = resp.StatusCode; d.Status < 200 || d.Status > 299 {
		return fmt.Errorf("status %d", d.Status)
	}
	return nil
}

// EventBody is the body of an event: a []byte as it is, the sample for nil, and anything else as JSON.
func EventBody(pkg, event string, payload any, sample func(event string) []byte) ([]byte, error) {
	switch payload := payload.(type) {
	case nil:
		return sample(event), nil
	case []byte:
		return payload, nil
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", pkg, event, err)
	}
	return body, nil
}
