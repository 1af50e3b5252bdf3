// Package caremux holds the words that the clients of all vendors share: options, request options, pages, errors, retries
// and tokens. The clients are in packages of their own, alike in look and behaviour:
//
//   - clinik: ClinikAPI, clinical records and FHIR
//   - ekacare: Eka Care, appointments, records and ABDM in India
//   - snapcare: SnapMD Connected Care, telehealth
//   - welkin: Welkin Health, care management
//
// # Calls
//
// A client has one field for each service of its vendor, and a service one method for each operation:
//
//	p, err := c.Patients.Get(ctx, id, nil)
//
// Arguments come in one order everywhere: context, ids in the order of the path, query parameters, body, request options.
// Parameters may be nil. Optional fields of requests are pointers, and Go's new("text") fills them. In answers, text, lists
// and times are plain values, while numbers, booleans and nested objects are pointers, nil when the vendor sent none.
//
// Every record keeps the JSON it came from: [Record.RawJSON] returns it, and [Record.Extra] the members that the vendor's
// documents do not name. A member whose JSON type is not the documented one does not cost the caller the answer;
// [Record.Mismatch] names it.
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
// An error is yielded once and ends the loop. Breaking out of it stops the fetching; [Prefetch] fetches ahead.
//
// # Errors
//
// A call that fails returns an [*Error] with status, vendor code and request id, which matches a sentinel such as
// [ErrNotFound] or [ErrRateLimited]. Bad input returns an [*ArgumentError] that names the field, before anything is sent. The
// text of both is one line without bodies, query values, tokens or ids of persons.
//
// # Retries
//
// [RetryPolicy] tells which calls are repeated and when. A POST whose answer got lost is not sent again, since the vendor may
// have acted on it: that is how bookings get doubled. [Error.MaybeApplied] tells such a failure from one that surely had no
// effect.
//
// # Tokens
//
// A client logs in when its first call needs it, shares the token among all goroutines, renews it before it expires, and
// logs in anew once when the vendor refuses it. A [TokenStore] shares tokens among clients and processes.
//
// Clients are safe for concurrent use and do not change after they are made.
package caremux
