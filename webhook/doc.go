// Package webhook receives the webhooks of vendors. A function is called with events that are authentic, recent if the
// vendor signs a timestamp, and decoded into the vendor's type. Retries that can be distinguished from new events run
// once across replicas, and the response makes the vendor retry exactly the events that were not handled.
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
//		return store(ctx, e.Payload.Data.AppointmentID)
//	})
//	http.Handle("/hooks/eka", h)
//
// Most events only point to a record. The vendor's package has methods or a function that return it.
//
// One handler serves one vendor. [On] registers the function for the events of its argument's type: all of them, or
// only the named ones. Events without a function are acknowledged, or go to [Handler.Fallback]. A delivery with several
// events runs the function for each.
//
// # Lambda, fiber, and other places without net/http
//
// [Handler.Receive] accepts the headers and the bytes of the body as received, and returns a [Report] with the status
// to send:
//
//	report := h.Receive(ctx, header, body)
//
// No other code may read, decode or change the body before. An empty body with a signature is [ErrEmptyBody]: usually
// other code has read it.
//
// # Verification
//
// A [Verifier] comes from a vendor's package (ekacare.WebhookVerifier, clinik.WebhookVerifier, welkin.WebhookVerifier,
// snapcare.WebhookVerifier) and also works alone: see [Verifier.Verify]. For other signatures use [NewHMAC], which
// covers the usual schemes, or a [Scheme] of your own with [NewVerifier]; both work with the handler of any vendor. All
// schemes of this module compare in constant time. There is no way to make a verifier without a secret, and none to
// skip it.
//
// To replace a secret, pass both, the new one first: each is tried. Remove the old one when the vendor no longer uses
// it.
//
// A signature's time may lie before or after this host's clock by the vendor's tolerance ([WithTolerance]), so keep the
// clock right. If the vendor signs no timestamp, a recorded delivery can be replayed; then only the record of handled
// deliveries protects, if the vendor's package has one.
//
// # Responses
//
//	200  the function returned nil, or the event is in the queue, or was handled before, or nothing is registered for its type
//	400  authentic, but not readable as what the vendor documents
//	401  not authentic, or too old, or from the future
//	405  not a POST
//	413  larger than [WithLimit]
//	500  the function returned an error or panicked: the vendor retries
//	503  the same delivery is being handled, or the store or the queue failed: the vendor retries after Retry-After
//
// With several events in one delivery, the worst outcome is the status, so that the vendor retries all if one failed;
// those that were handled do not run twice. Responses never say why. The log does, and so does the [Report] that
// [WithReport] has after the response.
//
// # Once, and at least once
//
// Before the function runs, the delivery's key is claimed in a [Store]. After success it is marked as done and
// remembered for [WithKeep]; after an error or a panic it is released, so that the vendor's next attempt runs. If the
// process dies, the claim ends with its lease ([WithLease]). A claim is extended while its function runs, so a lease
// can be short and a function long.
//
// The default [MemoryStore] is for a single process. With more than one replica use the module redisstore, or a [Store]
// of your own on what your replicas share; package storetest checks it. Without a claim no function runs: while the
// store fails, the response is 503.
//
// Two handlers of one vendor on one store, for two accounts or endpoints, each need a name: [WithScope]. A handled
// delivery is remembered for at least twice the tolerance of a signature's time, so that a replay of it does not run.
//
// The key is the vendor's id of the delivery if the body has one, and otherwise a hash of the whole event, unknown
// fields included. If two different changes can have identical bodies, as with Welkin, the vendor's [Format] remembers
// no handled deliveries: an identical event waits while the first one is being handled, and then runs. The
// documentation of the vendor's WebhookFormat describes its key.
//
// An event is lost only if the vendor stops sending it before it was handled, or if a queue loses it. A second run is
// possible, as in every distributed system, if
//
//   - the process dies after the function's last effect and before the store has recorded it
//   - the store cannot be reached at that time; the response is 200 nevertheless, since the work is done
//   - the store has lost or dropped its records
//   - a process is suspended for longer than its lease; the function's context ends as soon as the loss is detected
//   - the vendor retries an event with another key
//
// Functions must tolerate a second run.
//
// # A queue
//
// Vendors give up on a response after some seconds. With [WithQueue] the handler verifies and decodes the event, stores
// it, and responds within milliseconds; functions run later, at least once, with the same de-duplication:
//
//	h, err := webhook.NewHandler(v, ekacare.WebhookFormat(), webhook.WithStore(store), webhook.WithQueue(queue))
//	webhook.On(h, fn)
//	http.Handle("/hooks/eka", h)
//	go h.Work(ctx, webhook.Workers{})
//
// [Handler.Work] takes messages from a [WorkQueue], in the processes that receive or in others with the same functions
// registered. A message whose function fails is due once more after a pause that doubles, and becomes a dead letter
// after the last attempt; [WorkQueue] lists dead letters and revives them. The module redisstore has a WorkQueue on
// Redis streams, [MemoryQueue] is for tests, and package queuetest checks one of your own. For Kafka, SQS or River
// implement [Queue], which is one method, and let the consumer call [Handler.Process]; examples/kafka is a program that
// does so. Order is not kept. Messages contain patients' data.
//
// # The function's context
//
// It has the values of the request's context but does not end with it. A vendor that disconnects early retries the
// event. If the function stopped with the connection, it might never finish; instead, the retry finds the event
// handled. The context ends after [WithTimeout] and when the claim is lost. http.Server.Shutdown waits for running
// functions as for any request. With [Handler.Receive] and [Handler.Process] it also ends with the context of the call.
//
// # Around the handler
//
// Set ReadTimeout and ReadHeaderTimeout of http.Server: the handler bounds the size of a request, the server its time.
// Nothing between the vendor and the handler may change the body. A handler compresses nothing and follows no
// redirects; mount it on the exact path.
//
// # Logs
//
// One line for each request or message, and for each event of several, with outcome, status, vendor, type, duration and
// a hash of the key: Debug when all is well, Warn when refused, Error when failed. Never a body, a header or a key. The
// text of a function's own error is logged as it is, and stored with a dead letter.
//
// # Tests
//
// [Verifier.Sign] makes the headers of an authentic delivery:
//
//	report := h.Receive(ctx, v.Sign(body, time.Now()), body)
package webhook

// The files, in the order in which a delivery goes through them:
//
//	verifier.go      whether a delivery is authentic: hmac.go and mac.go by a scheme of the user's own, plain.go and timestamped.go by
//	                 the common ones, shared.go by a header; option.go and errors.go belong to all
//	handler.go       a vendor's deliveries and the functions for them, as handleroption.go says
//	serve.go         a delivery by HTTP; receive.go: one in hand
//	event.go         it becomes events of a type
//	store.go         which are handled; memory.go: in this process
//	queue.go         they may be handled later: memoryqueue.go in this process, process.go by the user's consumer, work.go by workers
//	run.go           the function runs, once; report.go: what became of it
