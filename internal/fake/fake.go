// Package fake holds what the in-process fakes of all vendors do in the same way.
package fake

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/caremux/caremux/internal/specserver"
)

// Name gives the name of an operation as caremux.Error has it, "Patients.Create", from its id in the document.
func Name(operationID string) string { return strings.Replace(operationID, "_", ".", 1) }

// OperationID gives the id of the operation with a name. A name that the document does not have is a mistake in the test: see
// [Stop]. vendor is the name that the message uses, and pkg the package that speaks.
func OperationID(t testing.TB, spec *specserver.Spec, pkg, vendor, name string) string {
	id := strings.Replace(name, ".", "_", 1)
	if spec.Operation(id) == nil {
		if t != nil {
			t.Helper()
		}
		Stop(t, pkg+": "+vendor+" has no operation "+name)
	}
	return id
}

// Stop ends the test, or panics for a server that was started without one.
func Stop(t testing.TB, text string) {
	if t == nil {
		panic(text)
	}
	t.Helper()
	t.Fatal(text)
}

// Request is a request that reached a fake. The fakes have the same type under their own name.
type Request struct {
	Operation string
	Method    string
	Path      string
	Query     url.Values
	Header    http.Header
	Body      []byte
}

// Requests gives the calls of a server in the order of their arrival.
func Requests(calls []*specserver.Call) []Request {
	requests := make([]Request, len(calls))
	for i, c := range calls {
		requests[i] = Request{Method: c.Method, Path: c.RawPath, Query: c.Query, Header: c.Header, Body: c.Body}
		if c.Operation != nil {
			requests[i].Operation = Name(c.Operation.ID)
		}
	}
	return requests
}
