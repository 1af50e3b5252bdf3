// Package faketest contains what the tests of the fakes have in common.
package faketest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/caremuxtest"
)

// Quick keeps the waits between attempts short.
var Quick = caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond})

// Must fails the test on an error, and on a response that is not as documented.
func Must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		Documented(t, v)
		if items := reflect.Indirect(reflect.ValueOf(v)); items.Kind() == reflect.Struct && items.FieldByName("Items").IsValid() {
			for i := range items.FieldByName("Items").Len() {
				Documented(t, items.FieldByName("Items").Index(i).Interface())
			}
		}
		return v
	}
}

// Documented fails the test on a response that is not as documented.
func Documented(t testing.TB, v any) {
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
	if extra := r.Extra(); len(extra) > 0 {
		t.Errorf("%T has what is not documented: %s", v, slices.Collect(maps.Keys(extra)))
	}
}

// WantCode checks the kind of an error and the vendor's code in it.
func WantCode(t testing.TB, err, sentinel error, code string) {
	t.Helper()
	var e *caremux.Error
	if !errors.Is(err, sentinel) || !errors.As(err, &e) || e.Code != code {
		t.Errorf("error %v, want %v with code %s", err, sentinel, code)
	}
}

// Count gives how many of the requests were calls of the operation with a name.
func Count(requests []caremuxtest.Request, operation string) int {
	n := 0
	for _, r := range requests {
		if r.Operation == operation {
			n++
		}
	}
	return n
}

// Send sends a request without a client. The body is nil, a []byte that is sent as it is, or anything else, sent as JSON; header
// holds names and values in turn.
func Send(t testing.TB, method, url string, body any, header ...string) (status int, answer string) {
	t.Helper()
	data, raw := body.([]byte)
	if body != nil && !raw {
		var err error
		if data, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, string(text)
}

// Mistakes checks that each mistake in a test ends it, or panics on a fake without a test, and leaves the fake unlocked. pkg is
// the package that speaks; newServer and start are its functions.
func Mistakes[S interface {
	Close()
	Problems() []error
}, O any](t *testing.T, pkg string, newServer func(testing.TB, ...O) S, start func(...O) (S, error), mistakes map[string]func(S)) {
	t.Helper()
	for name, mistake := range mistakes {
		attempt := func(srv S) (said any) {
			defer func() { said = recover() }()
			mistake(srv)
			return nil
		}
		test := &ended{TB: t}
		srv := newServer(test)
		if said := attempt(srv); said != test {
			t.Errorf("%s: the test went on", name)
		}
		srv.Problems() // is not locked
		program, err := start()
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := attempt(program).(string); !strings.HasPrefix(text, pkg+": ") {
			t.Errorf("%s: panic %q", name, text)
		}
		program.Problems()
		program.Close()
	}
}

// ended is a test that panics with itself when it is to end.
type ended struct{ testing.TB }

func (e *ended) Fatal(...any) { panic(e) }
