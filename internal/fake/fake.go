// Package fake contains what the in-process fakes of all vendors do in the same way.
package fake

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
)

// Program stands in for the test of a fake that was started without one: what would end the test panics.
type Program struct{ testing.TB }

// Helper does nothing.
func (Program) Helper() {}

// Fatal panics.
func (Program) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// Spec returns a function that reads the document of a vendor, once.
func Spec(vendor string) func() (*specserver.Spec, error) {
	return sync.OnceValues(func() (*specserver.Spec, error) {
		data, err := openapi.Specs.ReadFile(vendor + ".yaml")
		if err != nil {
			return nil, err
		}
		return specserver.Load(data)
	})
}

// Name returns the name of an operation as caremux.Error has it, "Patients.Create", from its id in the document.
func Name(operationID string) string { return strings.Replace(operationID, "_", ".", 1) }

// OperationID returns the id of the operation with a name. A name that the document does not have is a mistake in the test, and
// ends it. pkg is the package that speaks.
func OperationID(t testing.TB, spec *specserver.Spec, pkg, name string) string {
	t.Helper()
	id := strings.Replace(name, ".", "_", 1)
	if spec.Operation(id) == nil {
		t.Fatal(pkg + ": the vendor has no operation " + name)
	}
	return id
}

// Fault is f, whose operation goes by its name, for the server: see [OperationID].
func Fault(t testing.TB, spec *specserver.Spec, pkg string, f specserver.Fault) specserver.Fault {
	t.Helper()
	if f.Operation != "" {
		f.Operation = OperationID(t, spec, pkg, f.Operation)
	}
	return f
}

// Request is a request that reached a fake. Each fake has the type under a name of its own.
type Request = struct {
	Operation string
	Method    string
	Path      string
	Query     url.Values
	Header    http.Header
	Body      []byte
}

// Requests returns the calls of a server in the order of their arrival.
func Requests[R ~Request](calls []*specserver.Call) []R {
	requests := make([]R, len(calls))
	for i, c := range calls {
		r := Request{Method: c.Method, Path: c.RawPath, Query: c.Query, Header: c.Header, Body: c.Body}
		if c.Operation != nil {
			r.Operation = Name(c.Operation.ID)
		}
		requests[i] = R(r)
	}
	return requests
}
