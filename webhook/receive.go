package webhook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"
)

// Receive is ServeHTTP for a delivery that has been read, as in AWS Lambda, behind fiber, or from a queue that a gateway writes to.
// body is every byte as received; decode base64 first where the platform encodes it so. Header names may be in any case. Send the
// vendor the Status of the report, and its RetryAfter as the header Retry-After:
//
//	report := h.Receive(ctx, header, body)
//	return events.APIGatewayV2HTTPResponse{StatusCode: report.Status}, nil
//
// The function's context ends with ctx. In a server, where the vendor may hang up, pass [context.WithoutCancel] of the request's.
func (h *Handler) Receive(ctx context.Context, header http.Header, body []byte) Report {
	if h == nil || h.verifier == nil {
		return Report{Outcome: OutcomeRefused, Status: http.StatusInternalServerError, Err: errUnmadeHandler}
	}
	start, report := time.Now(), Report{Outcome: OutcomeTooLarge, Status: http.StatusRequestEntityTooLarge}
	if int64(len(body)) <= h.limit {
		report = h.receive(ctx, header, body)
	}
	report.Vendor, report.Duration = h.format.Vendor, time.Since(start)
	h.tell(ctx, report)
	return report
}

var errUnmadeHandler = &ArgumentError{Field: "h", Rule: "is required: a Handler made by NewHandler"}

// receive verifies a delivery and handles it, or stores it in the queue.
func (h *Handler) receive(ctx context.Context, header http.Header, body []byte) (report Report) {
	defer func() { // a scheme, a format, a store or a queue panicked; the function's own panic does not come here
		if p := panicked(recover()); p != nil {
			report = Report{Outcome: OutcomePanicked, Status: http.StatusInternalServerError, Err: p}
		}
	}()
	header = canonical(header)
	if err := verify(h.verifier.scheme, header, body); err != nil {
		return Report{Outcome: OutcomeRefused, Status: http.StatusUnauthorized, Err: err}
	}
	if len(body) == 0 {
		return undecodable(Event{Vendor: h.format.Vendor}, ErrEmptyBody)
	}
	d := delivery{body: bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))} // signed with the rest, but no part of the JSON
	d.header = header.Clone()
	without(d.header, h.unchecked)
	if h.format.Batch == nil {
		event, err := h.format.Describe(d.header, d.body)
		without(d.header, h.checked) // a function has no use for them and might log them
		if err != nil {
			event.Vendor = h.format.Vendor
			return undecodable(event, err)
		}
		return h.one(ctx, d, Part{Event: event, Body: d.body})
	}
	parts, err := h.format.Batch(d.header, d.body)
	without(d.header, h.checked)
	if err != nil {
		return undecodable(Event{Vendor: h.format.Vendor}, err)
	}
	return h.many(ctx, d, parts)
}

// delivery is what all parts of a delivery have in common.
type delivery struct {
	body   []byte
	header http.Header
}

func undecodable(e Event, err error) Report {
	return Report{Event: e, Outcome: OutcomeUndecodable, Status: http.StatusBadRequest, Err: err}
}

// without takes headers out.
func without(header http.Header, names []string) {
	for _, name := range names {
		delete(header, name)
	}
}

// one handles a delivery of one event.
func (h *Handler) one(ctx context.Context, d delivery, p Part) Report {
	report, task := h.prepare(d, p, "")
	switch {
	case task == nil:
		return report
	case h.queue != nil:
		return h.enqueue(ctx, []Report{report}, []Message{h.message(d, task)})[0]
	}
	return h.dispatch(ctx, task, patience)
}

// many handles a delivery of several events. Each is handled, whatever the outcome of those before it, and the vendor retries all
// if one failed. With a queue, all are stored or none.
func (h *Handler) many(ctx context.Context, d delivery, parts []Part) Report {
	reports := make([]Report, len(parts))
	var queued []Report
	var messages []Message
	var places []int
	for i, p := range parts {
		start := time.Now()
		report, task := h.prepare(d, p, "#"+strconv.Itoa(i))
		switch {
		case task == nil:
		case h.queue != nil:
			queued, messages, places = append(queued, report), append(messages, h.message(d, task)), append(places, i)
		default:
			report = h.dispatch(ctx, task, patience)
		}
		report.Duration = time.Since(start)
		reports[i] = report
	}
	for i, report := range h.enqueue(ctx, queued, messages) {
		reports[places[i]] = report
	}
	if len(reports) == 1 {
		return reports[0]
	}
	return worst(h.format.Vendor, reports)
}

// task is an event that was decoded, and the call of its function.
type task struct {
	event Event
	body  []byte
	call  func(context.Context) error
}

// prepare decodes an event. It returns no task if there is nothing to run, and why. place names the event among those of its
// delivery where nothing else does.
func (h *Handler) prepare(d delivery, p Part, place string) (Report, *task) {
	event := p.Event
	event.Vendor = h.format.Vendor
	if p.Err != nil {
		return undecodable(event, p.Err), nil
	}
	if event.Key == "" {
		sum := sha256.Sum256(d.body)
		event.Key = "sha256:" + hex.EncodeToString(sum[:]) + place
	}
	route := h.route(event.Type)
	if route == nil {
		return Report{Event: event, Outcome: OutcomeIgnored, Status: http.StatusOK}, nil
	}
	call, err := route(event, p.Body, d.header)
	if err != nil {
		return undecodable(event, err), nil
	}
	return Report{Event: event}, &task{event, p.Body, call}
}

func (h *Handler) message(d delivery, t *task) Message {
	return Message{Event: t.event, Scope: h.scope, Received: time.Now().UTC(), Body: t.body, Header: d.header}
}

// enqueue stores the messages, and completes the report of each.
func (h *Handler) enqueue(ctx context.Context, reports []Report, messages []Message) []Report {
	if len(messages) == 0 {
		return reports
	}
	err := h.stored(ctx, messages)
	for i := range reports {
		reports[i].Outcome, reports[i].Status = OutcomeQueued, http.StatusOK
		if err != nil {
			reports[i].Outcome, reports[i].Status, reports[i].Err = OutcomeUnqueued, http.StatusServiceUnavailable, err
			reports[i].RetryAfter = h.retryAfter()
		}
	}
	return reports
}

// stored stores the messages in the queue.
func (h *Handler) stored(ctx context.Context, messages []Message) (err error) {
	defer caught(&err)
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return h.queue.Enqueue(ctx, messages...)
}
