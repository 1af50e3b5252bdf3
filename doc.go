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
// Every record keeps the JSON it came from: [Record.RawJSON] returns it, and [Record.Extra] the members that the vendor's
// documents do not name. A member whose JSON type is not the documented one does not cost the caller the answer;
// [Record.Mismatch] names it. [WithResponse] gives status, headers, request id and rate-limit figures of one call.
//
// # Authentication
//
// A client logs in when its first call needs it, shares the token among all goroutines, renews it before it expires, and
// logs in anew once when the vendor refuses it. [WithTokenStore] shares tokens among clients and processes: [NewFileTokenStore]
// for those of one machine, or a [TokenStore] of your own. [WithTokenSource] takes tokens that are got elsewhere.
//
// # Pages
//
// A list operation has two methods. List returns one [Page]; All ranges over all records and fetches pages as it goes:
//
//	for p, err := range c.Patients.All(ctx, nil) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(p.ID)
//	}
//
// An error is yielded once and ends the loop. Breaking out of it stops the fetching; [Prefetch] fetches ahead. Of other
// operations that list, the second method has All in its name too: Search has SearchAll.
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
// [Time], [Date] and [TimeOfDay] read what vendors write, and keep the text of what they cannot read. Check [Time.Known] before
// you reckon with a time of an answer. Their String is for people, Text is what the vendor sent. Vendors with forms of their own have types of their own, such as ekacare.EpochSeconds.
//
// # Testing
//
// Each vendor has a fake for your tests, such as welkin/welkintest: a server in your own process that holds data, checks requests
// against the vendor's documents, and fails on demand.
//
// Clients are safe for concurrent use and do not change after they are made.
package caremux
