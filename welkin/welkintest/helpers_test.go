package welkintest_test

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

// quick keeps the waits between attempts short.
var quick = caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond})

func setup(t *testing.T) (*welkintest.Server, *welkin.Client) {
	t.Helper()
	t.Parallel()
	srv := welkintest.NewServer(t)
	return srv, srv.Client(quick)
}

// must fails the test on an error, and on an answer that is not as documented.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		documented(t, v)
		if items := reflect.Indirect(reflect.ValueOf(v)); items.Kind() == reflect.Struct && items.FieldByName("Items").IsValid() {
			for i := range items.FieldByName("Items").Len() {
				documented(t, items.FieldByName("Items").Index(i).Interface())
			}
		}
		return v
	}
}

func documented(t *testing.T, v any) {
	t.Helper()
	r, ok := v.(interface {
		Mismatch() error
		Extra() map[string]json.RawMessage
	})
	if !ok {
		return
	}
	if err := r.Mismatch(); err != nil {
		t.Errorf("%T: %v", v, err)
	}
	if extra := r.Extra(); extra != nil {
		t.Errorf("%T has what is not documented: %s", v, slices.Collect(maps.Keys(extra)))
	}
}

func wantCode(t *testing.T, err, sentinel error, code string) {
	t.Helper()
	var e *caremux.Error
	if !errors.Is(err, sentinel) || !errors.As(err, &e) || e.Code != code {
		t.Errorf("error %v, want %v with code %s", err, sentinel, code)
	}
}

// count counts the requests of an operation.
func count(srv *welkintest.Server, operation string) int {
	n := 0
	for _, r := range srv.Requests() {
		if r.Operation == operation {
			n++
		}
	}
	return n
}

func at(days int, hour int) caremux.Time {
	return caremux.NewTime(time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, days).Add(time.Duration(hour) * time.Hour))
}
