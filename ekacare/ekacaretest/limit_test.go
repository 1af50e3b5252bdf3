package ekacaretest_test

import (
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/faketest"
)

func TestCallsBeyondALimitAreRefusedWithoutAWordOfIt(t *testing.T) {
	srv, _ := setup(t)
	l := faketest.Limited{
		Limit: srv.Limit,
		Client: func(opts ...caremux.Option) func(...caremux.RequestOption) error {
			c := srv.Client(opts...)
			return func(opts ...caremux.RequestOption) error {
				_, err := c.Webhooks.List(t.Context(), opts...)
				return err
			}
		},
		Requests: func() int { return faketest.Count(srv.Requests(), "Webhooks.List") },
		Code:     "rate_limit_exceeded",
	}
	l.Test(t)
}
