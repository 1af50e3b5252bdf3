package ekacare

import (
	"context"
	"iter"
	"net/http"
	"time"

	"github.com/caremux/caremux"
)

// SyncOverlap is by how much a pass of [Changes] reaches back before its [SyncCursor] Since.
const SyncOverlap = time.Minute

// SyncCursor is where a sync goes on. The zero value is the beginning of all. Keep it as JSON.
type SyncCursor struct {
	// Since is the time up to which changes have been seen.
	Since time.Time `json:"since,omitzero"`
	// Began is when the pass began that has not come to its end, by the vendor's clock; zero between passes.
	Began time.Time `json:"began,omitzero"`
	// Page is the token of the page at which that pass goes on. Without it the pass starts anew, from Since.
	Page string `json:"page,omitempty"`
}

// Changes is one pass over what has changed since a time. Range over it once; do not use it from several goroutines.
//
// # What is seen
//
// Every record that was changed since the last pass is seen at least once. The vendor selects by "changed after", in whole
// seconds, and changes of a second may become visible after that second was read. So a pass reaches back by [SyncOverlap] before
// the time from which it goes on, and goes on from the time at which its first page was answered, by the vendor's clock. Records
// that changed in that minute are seen by both passes: store by id, so that seeing a record twice does no harm. A record that
// changes while a pass pages is seen in this or in the next.
type Changes[T any] struct {
	cursor SyncCursor
	list   func(ctx context.Context, since *EpochSeconds, offset *string, opts ...caremux.RequestOption) (*caremux.Page[T], error)
	opts   []caremux.RequestOption
}

// Changes is a pass over the records of the patient that were changed since from. Records that were deleted are not told of.
//
//	changes := patient.Records.Changes(cursor)
//	for record, err := range changes.All(ctx) {
//		…
//	}
//	cursor = changes.Cursor() // keep it
//
// GET /mr/api/v1/docs (Eka Care API document, records)
func (s *RecordsService) Changes(from SyncCursor, opts ...caremux.RequestOption) *Changes[RecordListItem] {
	return &Changes[RecordListItem]{cursor: from, opts: opts,
		list: func(ctx context.Context, since *EpochSeconds, offset *string, opts ...caremux.RequestOption) (*caremux.Page[RecordListItem], error) {
			return s.List(ctx, &RecordsListParams{UpdatedAfter: since, Offset: offset}, opts...)
		}}
}

// Changes is a pass over the cases of the patient that were changed since from. Deleted ones come with [CaseStatusDeleted] and
// without their content.
//
// GET /mr/api/v1/cases (Eka Care API document, records)
func (s *CasesService) Changes(from SyncCursor, opts ...caremux.RequestOption) *Changes[Case] {
	return &Changes[Case]{cursor: from, opts: opts,
		list: func(ctx context.Context, since *EpochSeconds, offset *string, opts ...caremux.RequestOption) (*caremux.Page[Case], error) {
			return s.List(ctx, &CasesListParams{UpdatedAfter: since, Offset: offset}, opts...)
		}}
}

// Cursor returns where to go on: after a pass that came to its end, at the next one; otherwise at the page whose items have not
// all been taken, which are then seen again. It also serves inside the loop.
func (c *Changes[T]) Cursor() SyncCursor { return c.cursor }

// All ranges over what has changed, and fetches pages as it goes. An error is yielded once and ends the loop.
func (c *Changes[T]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		cfg, err := caremux.NewCallConfig(c.opts)
		if err != nil {
			yield(*new(T), err)
			return
		}
		own := cfg.Response
		if own == nil {
			own = &caremux.Response{}
		}
		opts := append(c.opts[:len(c.opts):len(c.opts)], caremux.WithResponse(own))
		page, err := c.begin(ctx, own, opts)
		for {
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if !page.HasNext() {
				c.cursor = SyncCursor{Since: c.cursor.Began}
				return
			}
			if page.NextCursor != "" { // else it does not move, which Next tells
				c.cursor.Page = page.NextCursor
			}
			page, err = page.Next(ctx)
		}
	}
}

// begin gets the page that the cursor is at.
func (c *Changes[T]) begin(ctx context.Context, response *caremux.Response, opts []caremux.RequestOption) (*caremux.Page[T], error) {
	var since *EpochSeconds
	if !c.cursor.Since.IsZero() {
		since = new(NewEpochSeconds(c.cursor.Since.Add(-SyncOverlap)))
	}
	var offset *string
	if c.cursor.Page != "" {
		offset = new(c.cursor.Page)
	}
	asked := time.Now()
	page, err := c.list(ctx, since, offset, opts...)
	switch {
	case err != nil:
	case offset == nil:
		c.cursor.Began = answeredAt(response.Header, asked)
	case c.cursor.Began.IsZero():
		c.cursor.Began = c.cursor.Since // nobody knows when this pass began
	}
	return page, err
}

// answeredAt is when an answer was made, by the clock of who made it, or else when it was asked for.
func answeredAt(h http.Header, asked time.Time) time.Time {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return date.UTC()
	}
	return asked.UTC().Truncate(time.Second)
}
