package trust

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// idempotencyKey is middleware that makes net/http send a POST again by itself when its connection breaks.
func idempotencyKey(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Header.Set("Idempotency-Key", "k")
		return next.RoundTrip(r)
	})
}

// retrying is middleware that sends what failed a second time, to a gateway that refuses it. Nothing is made twice, but the last outcome
// denies what the first send may have done.
func retrying(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		ctx, cancel := ownContext(r)
		resp, err := next.RoundTrip(r.WithContext(ctx))
		if err == nil && resp.StatusCode < 500 {
			resp.Body = &cancelling{resp.Body, cancel}
			return resp, nil
		}
		if err == nil {
			_ = resp.Body.Close()
		}
		cancel()
		if r.Method == http.MethodGet && err != nil {
			return nil, err
		}
		const refusal = `{"message":"too many requests"}`
		return &http.Response{StatusCode: http.StatusTooManyRequests, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
			Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(refusal))}, nil
	})
}

// failingOver is middleware that goes to another place when the first fails, where nobody listens.
func failingOver(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		ctx, cancel := ownContext(r)
		resp, err := next.RoundTrip(r.WithContext(ctx))
		if err == nil {
			resp.Body = &cancelling{resp.Body, cancel}
			return resp, nil
		}
		cancel()
		if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "dial" {
			return nil, err
		}
		elsewhere := r.Clone(context.Background())
		elsewhere.URL.Host = "127.0.0.1:1"
		elsewhere.Body, elsewhere.GetBody, elsewhere.ContentLength = nil, nil, 0
		return next.RoundTrip(elsewhere)
	})
}

// ownContext is one of the round tripper's own, as such have: it ends with the request's but has none of its values.
func ownContext(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	stop := context.AfterFunc(r.Context(), cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// cancelling ends a context with its body.
type cancelling struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (c *cancelling) Close() error {
	defer c.cancel()
	return c.ReadCloser.Close()
}
