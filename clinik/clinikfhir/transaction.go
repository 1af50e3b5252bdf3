package clinikfhir

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/reach"
	"github.com/caremux/caremux/internal/transport"
)

// Transaction sends a Bundle of requests and returns a Bundle with the outcome of each, in the same order. The type
// of the bundle is transaction, which succeeds or fails as a whole, or batch, whose entries are processed one by
// one. The vendor's documents do not show the call.
//
// If entries of a batch fail, the bundle is returned with a [*BatchError] that names them. A response that does not
// report the success of every entry of a transaction is an error matching [caremux.ErrUnreadable], after which the
// transaction may have been applied.
//
// POST /v1/fhir
func Transaction(
	ctx context.Context, c *clinik.Client, bundle *fhir.Bundle, opts ...caremux.RequestOption,
) (*fhir.Bundle, error) {
	op := &opTransaction
	data, err := marshal(op, "bundle", bundle)
	if err != nil {
		return nil, err
	}
	if field, rule := unfit(bundle); rule != "" {
		return nil, refuse(op, "bundle."+field, rule)
	}
	var out *fhir.Bundle
	var failures []BatchFailure
	err = transport.Read(ctx, reach.Clinik(c), op, transport.Input{Body: bodyOf(data)}, func(raw []byte) (err error) {
		if out, err = decode[*fhir.Bundle](raw); err != nil {
			return err
		}
		failures, err = outcomes(bundle, out)
		return err
	}, opts)
	switch {
	case err != nil:
		return nil, err
	case len(failures) > 0:
		return out, &BatchError{Failures: failures, entries: len(out.Entry)}
	}
	return out, nil
}

// unfit returns what is wrong with a bundle to send, and with which field.
func unfit(b *fhir.Bundle) (field, rule string) {
	switch {
	case b.Type != fhir.BundleTypeTransaction && b.Type != fhir.BundleTypeBatch:
		return "type", "must be transaction or batch"
	case len(b.Entry) == 0:
		return "entry", "is required"
	}
	for i := range b.Entry {
		if field, rule := unfitEntry(&b.Entry[i]); rule != "" {
			return "entry[" + strconv.Itoa(i) + "]." + field, rule
		}
	}
	return "", ""
}

func unfitEntry(e *fhir.BundleEntry) (field, rule string) {
	switch {
	case e.Request == nil:
		return "request", "is required"
	case e.Request.Method == "":
		return "request.method", "is required"
	case e.Request.URL == "":
		return "request.url", "is required"
	}
	switch e.Request.Method {
	case fhir.BundleEntryRequestMethodPOST:
		if e.Resource == nil {
			return "resource", "is required"
		}
	case fhir.BundleEntryRequestMethodPUT:
		if e.Resource == nil {
			return "resource", "is required"
		}
		resourceType, id, plain := strings.Cut(e.Request.URL, "/")
		data, err := fhir.Marshal(e.Resource)
		if !plain || err != nil || strings.ContainsAny(e.Request.URL, "?:") {
			return "", "" // by a search, or an address of another form, which the server checks
		}
		if e.Resource.ResourceType() != resourceType || textAt(data, "id") != id {
			return "resource", "must have the type and the id of request.url"
		}
	}
	return "", ""
}

// outcomes compares a response with the requests. It returns the entries of a batch that failed.
func outcomes(sent, got *fhir.Bundle) (failures []BatchFailure, err error) {
	switch got.Type {
	case fhir.BundleTypeTransactionResponse, fhir.BundleTypeBatchResponse:
	default:
		return nil, errors.New("the response is not the outcome of a transaction or a batch")
	}
	if len(got.Entry) != len(sent.Entry) {
		return nil, errors.New("the response does not have an outcome of each entry")
	}
	for i, e := range got.Entry {
		if status := statusOf(e.Response); !succeeded(status, sent.Entry[i].Request.Method) {
			failures = append(failures, BatchFailure{Index: i, Status: status})
		}
	}
	if len(failures) > 0 && sent.Type == fhir.BundleTypeTransaction {
		return nil, errors.New("the response does not report the success of every entry")
	}
	return failures, nil
}

// statusOf reads a status such as "201 Created", 0 if there is none.
func statusOf(r *fhir.BundleEntryResponse) int {
	if r == nil {
		return 0
	}
	code, _, _ := strings.Cut(strings.TrimSpace(r.Status), " ")
	status, err := strconv.Atoi(code)
	if err != nil {
		return 0
	}
	return status
}

func succeeded(status int, method fhir.BundleEntryRequestMethod) bool {
	reads := []fhir.BundleEntryRequestMethod{fhir.BundleEntryRequestMethodGET, fhir.BundleEntryRequestMethodHEAD}
	return status >= 200 && status < 300 || status == http.StatusNotModified && slices.Contains(reads, method)
}

// BatchError lists the entries of a batch that failed. The others have been applied. It matches the sentinels of
// package caremux that fit the status of any of its failures, such as [caremux.ErrNotFound].
type BatchError struct {
	Failures []BatchFailure
	entries  int
}

// BatchFailure is an entry of a batch that failed. Response.Outcome of the entry with the same index says why.
type BatchFailure struct {
	Index  int // of the entry, from 0
	Status int // the HTTP status, 0 if the response has none; such an entry may have been applied
}

// shownFailures is how many failures the text of an error lists.
const shownFailures = 10

// Error returns the numbers and the statuses of the entries.
func (e *BatchError) Error() string {
	var all []string
	for i, f := range e.Failures {
		if i == shownFailures {
			all = append(all, "…")
			break
		}
		all = append(all, "entry["+strconv.Itoa(f.Index)+"] with status "+strconv.Itoa(f.Status))
	}
	return fmt.Sprintf("clinik %s: %d of %d entries failed: %s", opTransaction.Name, len(e.Failures), e.entries, strings.Join(all, ", "))
}

// Is reports whether target fits the status of a failure.
func (e *BatchError) Is(target error) bool {
	return slices.ContainsFunc(e.Failures, func(f BatchFailure) bool {
		return (&caremux.Error{Status: f.Status}).Is(target)
	})
}
