// Package caremux contains what the clients of all vendors share: options, request options, pages, errors, retries,
// observers and tokens. Each vendor has its own package with the same structure:
//
//   - [github.com/caremux/caremux/clinik]: ClinikAPI, clinical records and FHIR
//   - [github.com/caremux/caremux/ekacare]: Eka Care, appointments, records and ABDM in India
//   - [github.com/caremux/caremux/snapcare]: SnapMD Connected Care, telehealth
//   - [github.com/caremux/caremux/welkin]: Welkin Health, care management
//
// Package [github.com/caremux/caremux/webhook] receives their webhooks.
//
// # Quick start
//
//	c, err := welkin.NewFromEnv() // or welkin.New, clinik.New, ekacare.New, snapcare.New
//	if err != nil {
//		return err
//	}
//	p, err := c.Patients.Get(ctx, id, nil)
//	if errors.Is(err, caremux.ErrNotFound) {
//		return nil
//	}
//
// # Calls
//
// A client has one field for each service of its vendor, and a service one method for each operation. The arguments
// always have the same order: context, ids in the order of the path, query parameters, body, request options.
// Parameters may be nil. The client's Do calls an operation that has no method yet, with the same login, retries and
// errors.
//
// Optional fields of requests are pointers; new("value") makes one. In responses, strings, lists and times are plain
// values, while numbers, booleans and nested objects are pointers, which are nil if the vendor sent none. Unknown codes
// are kept unchanged.
//
// Every record of a response, at any depth, keeps the JSON it came from: [Record.RawJSON] returns it, and
// [Record.Extra] the fields that its Go type does not name. A value that does not fit its Go type does not fail the
// call: its field is left at zero, or at the part that could be decoded, and [Record.Mismatch] lists it. Integers sent
// as strings are decoded into integer fields. Numbers in values of type any are [encoding/json.Number] and keep their
// digits. [WithResponse] returns status, headers, request id and rate-limit figures of one call.
//
// # Success
//
// A 2xx status alone does not count as success. A 2xx response that is not what the operation documents returns an
// [*Error] matching [ErrUnreadable]:
//
//   - a different document, such as the HTML page of a firewall, or a different media type
//   - an object that reports a failure (error, errors, success: false, status: "error"), unless it is a record with an id and fields of
//     these names; Code and Message are then the vendor's
//   - an object without any documented field, only a message, {} or null in place of a record
//   - a created record without its id
//   - null in place of a list or of a list item, if the vendor's documents do not allow it
//   - a response behind a redirect that changed the method of the request
//
// For a call that changes something, [Error.MaybeApplied] is then true. The same is true of Do. The specs mark the
// responses that may be empty: {} after some updates, and 204.
//
// # Authentication
//
// A client logs in when its first call needs it, shares the token among all goroutines, refreshes it before it expires,
// and logs in again once if the vendor refuses it. [WithTokenStore] shares tokens among clients and processes:
// [NewFileTokenStore] for the processes of one machine, or a [TokenStore] of your own. [WithTokenSource] uses tokens
// obtained elsewhere.
//
// # Pages
//
// A list operation has three methods. List returns one [Page]; All ranges over all records and fetches pages as it
// goes; Pages ranges over the pages:
//
//	for p, err := range c.Patients.All(ctx, nil) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(p.ID)
//	}
//
// An error is yielded once and ends the loop. Breaking out of it stops the fetching; [WithPrefetch] fetches ahead. Other
// operations that list have such methods too: Search has SearchAll and SearchPages.
//
// [StartAt] resumes a list in another process, at the NextCursor of a page that was stored with its items.
// docs/pages.md describes what a cursor guarantees. [Changes] returns what has changed in a list since the last run.
//
// # Errors
//
// A call that fails returns an [*Error] with status, vendor code and request id, which matches a sentinel such as
// [ErrNotFound] or [ErrRateLimited]. Bad input returns an [*ArgumentError] that names the field, before a request is
// sent. The messages of both are one line without bodies, query values, tokens or ids of persons.
//
//	var e *caremux.Error
//	if errors.As(err, &e) {
//		log.Warn("vendor call failed", "status", e.Status, "code", e.Code, "request", e.RequestID)
//	}
//
// # Retries
//
// [RetryPolicy] describes which calls are retried and when. A POST or PATCH whose response was lost is not retried,
// since the vendor may have applied it: a retry could book twice. [Error.MaybeApplied] distinguishes such a failure
// from a request that the server did not process. If a second request does no harm, [WithIdempotent] allows retries of
// one call. Every wait ends with the context.
//
// # Watching
//
// [WithLogger] logs calls with slog. [WithObserver] calls a function for each call, with vendor, operation, path
// template, status, attempts, waits and duration. [WithMiddleware] wraps the round tripper, for example for tracing,
// and [CallOf] returns the call that a request belongs to. Loggers and observers receive no ids, query values, headers
// or bodies; middleware sees whole requests.
//
// # Times
//
// [Time], [Date] and [TimeOfDay] decode what vendors send, and keep the original string if they cannot. Check
// [Time.Known] before you use a time of a response. String is for people; Text returns what the vendor sent. Vendors
// with other formats have their own types, such as ekacare.EpochSeconds.
//
// # Testing
//
// Each vendor has a fake for your tests, such as welkin/welkintest: a server in your own process that stores data,
// checks requests against the vendor's documents, and fails on demand. Package caremuxtest has what they share.
//
// Clients are immutable and safe for concurrent use.
package caremux
