package caremux

import (
	"context"
	"iter"
	"time"
)

// SyncOverlap is by how much a pass of [Changes] reaches back before its [SyncCursor] Since. It is more than clocks
// differ.
const SyncOverlap = time.Hour

// SyncCursor is where a sync is resumed. The zero value is the beginning: a pass from it sees every record. Keep it as
// JSON.
//
// SyncCursor{Since: t} sees what was changed since t, such as the time at which a program began to read everything by
// other means.
type SyncCursor struct {
	// Since is the time up to which changes have been seen, by the vendor's clock.
	Since time.Time `json:"since,omitzero"`
	// Began is when the pass began that has not come to its end, by the vendor's clock; zero between passes, and if it is
	// not known.
	Began time.Time `json:"began,omitzero"`
	// Page is the NextCursor of the page at which that pass is resumed. Without it the pass starts again, from Since.
	Page string `json:"page,omitempty"`
	// Owner names the account, the list and the patient of the sync, as a hash. A cursor of others is refused; an empty
	// one is not checked.
	Owner string `json:"owner,omitempty"`
}

// Changes is one pass over what has changed since a time. Range over it once; do not use it from several goroutines.
//
//	changes := c.Patients.Changes(cursor)
//	for p, err := range changes.All(ctx) {
//		…
//	}
//	cursor = changes.Cursor() // keep it
//
// # What is seen
//
// Every record that was changed since the last pass is seen at least once. Changes of a second may become visible after
// that second was read. So a pass reaches back by [SyncOverlap] before the time from which it is resumed, and the next
// one is resumed from the time of the response with this one's first page, by the header Date. Records that changed in
// that hour are seen by both passes: store by id, so that seeing a record twice does no harm. In one pass a record that
// did not change meanwhile is seen once. A record that changes while a pass pages is seen in this or in the next.
//
//   - The clock of Date and that of the records may differ by an hour less the time that a change takes to become
//     visible.
//   - Without a header Date the time is not known. The next pass is resumed from the newest time that the records of the
//     first page carry, or from where this one was, and sees more than it needs to.
//   - A page token that the vendor refuses, because it is too old, starts the pass again.
//   - Positions in a list, such as page numbers, shift with every change. Such a pass is not resumed at its page but
//     started again, and one of several pages is repeated until it brings nothing new, three times at most; then the
//     next pass is resumed from where this one was.
//
// Where the vendor has no filter by the time of the change, the list is read with the newest change first, until a
// record that is older than the pass reaches. If the records do not come in that order, the list is read to its end.
//
// Records that were deleted are not seen, unless the method says so.
type Changes[T any] struct {
	all    func(context.Context) iter.Seq2[T, error]
	cursor func() SyncCursor
}

// NewChanges returns a pass. Clients make passes themselves; use it in tests of your own code. all ranges over what has
// changed, and cursor returns where to resume.
func NewChanges[T any](all func(context.Context) iter.Seq2[T, error], cursor func() SyncCursor) *Changes[T] {
	return &Changes[T]{all, cursor}
}

// All ranges over what has changed, and fetches pages as it goes. An error is yielded once and ends the loop.
func (c *Changes[T]) All(ctx context.Context) iter.Seq2[T, error] { return c.all(ctx) }

// Cursor returns where to resume: after a pass that came to its end, at the next one; otherwise at the page whose items
// have not all been taken, which are then seen again. It also serves inside the loop.
func (c *Changes[T]) Cursor() SyncCursor { return c.cursor() }
