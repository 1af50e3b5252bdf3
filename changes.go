package caremux

import (
	"context"
	"iter"
	"time"
)

// SyncOverlap is how far a pass of [Changes] reaches back before the Since of its [SyncCursor]. It is longer than
// clocks usually differ.
const SyncOverlap = time.Hour

// SyncCursor is the state from which a sync is resumed. A pass from the zero value returns every record. Save it as
// JSON.
//
// A pass from SyncCursor{Since: t} returns the records that were changed since t, such as the time at which a program
// began to read all records by other means.
type SyncCursor struct {
	// Since is the time up to which changes have been returned, by the vendor's clock.
	Since time.Time `json:"since,omitzero"`
	// Began is the time at which the unfinished pass began, by the vendor's clock. It is zero between passes, and if
	// the time is not known.
	Began time.Time `json:"began,omitzero"`
	// Page is the NextCursor of the page at which that pass is resumed. If it is empty, the pass starts over from
	// Since.
	Page string `json:"page,omitempty"`
	// Owner is a hash of the account, the list and the patient of the sync. A cursor with another owner is refused; an
	// empty one is not checked.
	Owner string `json:"owner,omitempty"`
}

// Changes is one pass over the records that have changed since a time. Range over it once. It is not safe for
// concurrent use.
//
//	changes := c.Patients.Changes(cursor)
//	for p, err := range changes.All(ctx) {
//		…
//	}
//	cursor = changes.Cursor() // save it
//
// # Guarantees
//
// Every record that was changed since the last pass is returned at least once. A change may become visible only after
// its second was read. A pass therefore reaches back to [SyncOverlap] before its Since, and the Since of the next pass
// is the time of this one's first response, by the header Date. Records that changed in that hour are returned by both
// passes: store them by id, so that a second copy does no harm. Within one pass a record that did not change is
// returned once. A record that changes during a pass is returned by this pass or by the next.
//
//   - The clock of the header Date and the clock of the records may differ by an hour, less the time that a change takes
//     to become visible.
//   - Without a header Date the time is not known. The Since of the next pass is then the newest time in the records of
//     the first page, or the Since of this pass, and the next pass returns more records than it needs to.
//   - If the vendor refuses a page token because it is too old, the pass starts over.
//   - Positions in a list, such as page numbers, shift with every change. Such a pass is not resumed at its page but
//     starts over. If it has several pages, they are read until a reading finds nothing new, three times at most. If
//     the third finds something new, the next pass has the Since of this one.
//
// If the vendor has no filter by the time of the change, the list is sorted by the newest change first and read up to a
// record that is older than the pass needs. If the records are not in that order, the whole list is read.
//
// Deleted records are not returned, unless the method says so.
type Changes[T any] struct {
	all    func(context.Context) iter.Seq2[T, error]
	cursor func() SyncCursor
}

// NewChanges returns a pass for tests of your own code; clients create their passes themselves. all ranges over the
// changed records, and cursor returns where to resume.
func NewChanges[T any](all func(context.Context) iter.Seq2[T, error], cursor func() SyncCursor) *Changes[T] {
	return &Changes[T]{all, cursor}
}

// All ranges over the changed records and fetches pages as the loop reaches them. An error is yielded once and ends the
// loop.
func (c *Changes[T]) All(ctx context.Context) iter.Seq2[T, error] { return c.all(ctx) }

// Cursor returns where to resume. After a complete pass that is the start of the next one. Otherwise it is the first
// page whose items were not all taken; all items of that page are then returned once more. Cursor can be called inside
// the loop.
func (c *Changes[T]) Cursor() SyncCursor { return c.cursor() }
