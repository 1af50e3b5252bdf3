package welkintest_test

import (
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/faketest"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

var (
	quick    = faketest.Quick
	wantCode = faketest.WantCode
)

func setup(t *testing.T) (*welkintest.Server, *welkin.Client) {
	t.Helper()
	t.Parallel()
	srv := welkintest.NewServer(t)
	return srv, srv.Client(quick)
}

func must[T any](v T, err error) func(testing.TB) T { return faketest.Must(v, err) }

func count(srv *welkintest.Server, operation string) int {
	return faketest.Count(srv.Requests(), operation)
}

func at(days int, hour int) caremux.Time {
	return caremux.NewTime(time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, days).Add(time.Duration(hour) * time.Hour))
}
