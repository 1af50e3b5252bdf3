// Package webhook receives what vendors send on their own account. What reaches your function is authentic, fresh, decoded into
// the vendor's own type, and handled once across replicas; what the vendor is answered makes it send again exactly when it
// should.
//
// # Quick start
//
//	v, err := ekacare.WebhookVerifier([]string{os.Getenv("EKA_WEBHOOK_SECRET")})
//	if err != nil {
//		return err
//	}
//	h, err := webhook.NewHandler(v, ekacare.WebhookFormat())
//	if err != nil {
//		return err
//	}
//	webhook.On(h, func(ctx context.Context, e webhook.Delivery[ekacare.AppointmentAssessmentsTakenEvent]) error {
//		return queue.Add(ctx, e.Payload.Data.AppointmentID)
//	})
//	http.Handle("/hooks/eka", h)
//
// Most events only point to a record. The vendor's package has methods or a function to read it.
//
// One handler serves one vendor. [On] takes the type of the function's argument for the events to register: all that arrive in
// that form, or the named ones. Events without a function are acknowledged, or go to [Handler.Fallback].
//
// # Verification
//
// A [Verifier] comes from a vendor's package (ekacare.WebhookVerifier, clinik.WebhookVerifier, welkin.WebhookVerifier) and also
// works alone, in front of another framework: [Verifier.Verify] takes the headers and the bytes of the body as they came. Three
// schemes stand behind it: [NewTimestampedHMAC], [NewPlainHMAC] and [NewSharedHeaders]. All compare in constant time. There is
// no way to make a verifier without a secret, and none to skip it.
//
// To replace a secret, give both, the new one first: each is tried. Remove the old one when the vendor no longer uses it.
//
// A signature's time may lie before or after this host's clock by the vendor's tolerance ([WithTolerance]), so keep the clock
// right.
//
// # What the vendor is answered
//
//	200  the function returned nil, or the delivery was handled before, or nothing is registered for its type
//	400  authentic, but not readable as what the vendor documents
//	401  not authentic, or too old, or from the future
//	405  not a POST
//	413  larger than [WithLimit]
//	500  the function returned an error or panicked: send it again
//	503  the same delivery is being handled, or the store failed: send it again after Retry-After
//
// Answers never say why. The log does, and so does the [Report] that [WithReport] hands on, after the vendor was answered.
//
// # Once, and at least once
//
// Before the function runs, the delivery's key is claimed in a [Store]. After success it is marked as done and remembered for
// [WithKeep]; after an error or a panic it is released, so that the vendor's next try runs. If the process dies, the claim ends
// with its lease ([WithLease]). A claim is extended while its function runs, so a lease can be short and a function long.
//
// The default [MemoryStore] knows this process only. With more than one replica use the module redisstore, or a [Store]
// of your own on what your replicas share. Without a claim nothing runs: while the store fails, the vendor is answered 503.
//
// Two handlers of one vendor on one store, for two accounts or endpoints, each need a name: [WithScope]. What was handled is
// remembered for at least twice the tolerance of a signature's time, so that a delivery that somebody recorded cannot run again.
//
// No delivery is lost: what was not done is sent again, as far as the vendor does so. A second run is rare but possible, as in
// every system with two parts: the process dies after the function's last effect and before the store knows; the store cannot be
// reached at that moment (the vendor is answered 200 all the same, since the work is done); or a process stands still for longer
// than its lease. In the last case the function's context ends as soon as the loss is noticed. Functions should bear a second
// run.
//
// # The function's context
//
// It keeps the values of the request's context and not its end. A vendor that hangs up early sends the event again; had the work
// been stopped, it would never be finished, and now the second delivery finds it done. The context ends after [WithTimeout] and
// when the claim is lost. http.Server.Shutdown waits for running functions as for any request.
//
// A function that takes longer than the vendor waits should put the event into a queue and return.
//
// # Around the handler
//
// Set ReadTimeout and ReadHeaderTimeout of http.Server: the handler bounds the size of a request, the server its time. Nothing
// between the vendor and the handler may change the body. A handler compresses nothing and follows no redirects; mount it on the
// exact path.
//
// # Logs
//
// One line for each request with outcome, status, vendor, type, duration and a hash of the key: Debug when all is well, Warn
// when refused, Error when failed. Never a body, a header or a key. The text of a function's own error is logged as it is.
//
// # Tests
//
// [Verifier.Sign] makes the headers of an authentic delivery:
//
//	r := httptest.NewRequest("POST", "/hooks/eka", bytes.NewReader(body))
//	r.Header = v.Sign(body, time.Now())
//	h.ServeHTTP(recorder, r)
package webhook
