package trust

import (
	"context"
	"encoding/json"
	"iter"
	"net"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/caremuxtest"
)

func TestMain(m *testing.M) {
	// The first socket of a process opens files that stay, which are no leak.
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		_ = l.Close()
	}
	goleak.VerifyTestMain(m)
}

// subject is a vendor's fake and what the tests do with it.
type subject struct {
	url    string
	stop   func()
	logins func() int // nil for a vendor without logins
	// isLogin tells the path of a login.
	isLogin func(path string) bool
	// connect makes a client of the address.
	connect func(opts ...caremux.Option) (calls, error)
	// records are what the server holds that calls.create made, by marker.
	records func(ctx context.Context) (map[string][]record, error)
	// arrived are the bodies of all requests that came whole, by method.
	arrived  func() []arrival
	problems func() []error
	// body is what create sends.
	body func(marker string) any
}

type record struct{ id, note string }

type arrival struct {
	method string
	body   []byte
}

// calls are what the tests do with one client.
type calls struct {
	create func(ctx context.Context, marker string, opts ...caremux.RequestOption) (id string, err error)
	// change puts a marker into one of the records that were there from the start.
	change func(ctx context.Context, i int, marker string, opts ...caremux.RequestOption) error
	read   func(ctx context.Context, i int, opts ...caremux.RequestOption) error
	list   func(ctx context.Context, opts ...caremux.RequestOption) error
}

// seeded is the number of records that are there from the start.
const seeded = 40

// subjects start the vendors' fakes.
var subjects = []struct {
	vendor string
	start  func(t *testing.T) *subject
}{
	{"welkin", startWelkin},
	{"clinik", startClinik},
	{"snapcare", startSnapcare},
	{"ekacare", startEkacare},
}

// collect sorts the records of a list by their marker.
func collect[T any](list iter.Seq2[T, error], of func(T) (marker string, r record)) (map[string][]record, error) {
	found := map[string][]record{}
	for item, err := range list {
		if err != nil {
			return nil, err
		}
		marker, r := of(item)
		found[marker] = append(found[marker], r)
	}
	return found, nil
}

// arrivals are the requests that reached a fake.
func arrivals(requests []caremuxtest.Request) []arrival {
	all := make([]arrival, len(requests))
	for i, r := range requests {
		all[i] = arrival{r.Method, r.Body}
	}
	return all
}

// markerOf finds the marker in a body.
func markerOf(body []byte) string {
	_, rest, ok := strings.Cut(string(body), markerPrefix)
	if !ok {
		return ""
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	return markerPrefix + rest[:end]
}

const markerPrefix = "marker-"

// sameJSON compares a body with the value that it was made from.
func sameJSON(body []byte, value any) bool {
	want, err := json.Marshal(value)
	if err != nil {
		return false
	}
	var a, b any
	return json.Unmarshal(body, &a) == nil && json.Unmarshal(want, &b) == nil && reflect.DeepEqual(a, b)
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
