// Package caremux holds the words that the clients of all vendors share: options, request options, pages, errors, retries,
// observers and tokens. The clients are in packages of their own, alike in look and behaviour:
//
//   - [github.com/caremux/caremux/clinik]: ClinikAPI, clinical records and FHIR
//   - [github.com/caremux/caremux/ekacare]: Eka Care, appointments, records and ABDM in India
//   - [github.com/caremux/caremux/snapcare]: SnapMD Connected Care, telehealth
//   - [github.com/caremux/caremux/welkin]: Welkin Health, care management
//
// Their webhooks are received by [github.com/caremux/caremux/webhook].
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
// A client has one field for each service of its vendor, and a service one method for each operation. Arguments come in one order
// everywhere: context, ids in the order of the path, query parameters, body, request options. Parameters may be nil. What has no
// method yet is reached by the client's Do, with the same login, retries and errors.
//
// Optional fields of requests are pointers, and Go's new("text") fills them. In answers, text, lists and times are plain values,
// while numbers, booleans and nested objects are pointers, nil when the vendor sent none. A code that is not known is kept as it
// came.
//
// Every record of a response, at any depth, keeps the JSON it came from: [Record.RawJSON] returns it, and [Record.Extra] the fields
// that its Go type does not name. A value that does not fit its Go type does not cost the caller the response: its field is left at
// zero, or at what could be read of it, and [Record.Mismatch] lists it. Whole numbers that came as strings fit integers. Numbers in
// values of any type are [encoding/json.Number], so that they keep their digits. [WithResponse] returns status, headers, request id
// and rate-limit figures of one call.
//
// # Success
//
// A status of success is not taken for one. A 2xx that is not what the operation promises is an [*Error] matching [ErrUnreadable]:
//
//   - another document, such as an HTML page of a firewall, or another media type than promised
//   - an object that says that the call failed, however it spells that (error, errors, success: false, status: "error"), unless it is a
//     record with its id and fields of these names; Code and Message are then the vendor's
//   - an object without any documented field, a message alone, {} or null where a record was promised
//   - a created record without its id
//   - null in place of a list or of an element, where the vendor's documents do not allow it
//   - a response behind a redirect that changed the method of the request
//
// For a call that changes something, [Error.MaybeApplied] is then true. The same holds for Do. What may be empty is marked in the
// specs: {} after some updates, and 204.
//
// # Authentication
//
// A client logs in when its first call needs it, shares the token among all goroutines, renews it before it expires, and
// logs in anew once when the vendor refuses it. [WithTokenStore] shares tokens among clients and processes: [NewFileTokenStore]
// for those of one machine, or a [TokenStore] of your own. [WithTokenSource] takes tokens that are got elsewhere.
//
// # Pages
//
// A list operation has three methods. List returns one [Page]; All ranges over all records and fetches pages as it goes;
// Pages ranges over the pages:
//
//	for p, err := range c.Patients.All(ctx, nil) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(p.ID)
//	}
//
// An error is yielded once and ends the loop. Breaking out of it stops the fetching; [Prefetch] fetches ahead. Other
// operations that list have such methods too: Search has SearchAll and SearchPages.
//
// [StartAt] resumes a list in another process, at the NextCursor of a page that was stored with its items. docs/pages.md
// says what a cursor promises. [Changes] are what has changed in a list since the last run.
//
// # Errors
//
// A call that fails returns an [*Error] with status, vendor code and request id, which matches a sentinel such as
// [ErrNotFound] or [ErrRateLimited]. Bad input returns an [*ArgumentError] that names the field, before anything is sent. The
// text of both is one line without bodies, query values, tokens or ids of persons.
//
//	var e *caremux.Error
//	if errors.As(err, &e) {
//		log.Warn("vendor call failed", "status", e.Status, "code", e.Code, "request", e.RequestID)
//	}
//
// # Retries
//
// [RetryPolicy] tells which calls are repeated and when. A POST or PATCH whose answer got lost is not sent again, since the
// vendor may have acted on it: that is how bookings get doubled. [Error.MaybeApplied] tells such a failure from one that surely
// had no effect. Where a second time does no harm, [WithIdempotent] says so for one call. Every wait ends with the context.
//
// # Watching
//
// [WithLogger] writes calls to slog. [WithObserver] tells a function of each call: vendor, operation, path template, status,
// attempts, waits and duration. [WithMiddleware] wraps the round tripper, as tracing needs it, and [CallOf] says there which call
// a request belongs to. None of them is given ids, query values, headers or bodies, but for middleware, which sees requests
// complete.
//
// # Times
//
// [Time], [Date] and [TimeOfDay] read what vendors write, and keep the text of what they cannot read. Check [Time.Known]
// before you use a time of a response. Their String is for people, Text is what the vendor sent. Vendors with forms of
// their own have types of their own, such as ekacare.EpochSeconds.
//
// # Testing
//
// Each vendor has a fake for your tests, such as welkin/welkintest: a server in your own process that holds data, checks requests
// against the vendor's documents, and fails on demand. Package caremuxtest has what they share.
//
// Clients are safe for concurrent use and do not change after they are made.
package caremux
