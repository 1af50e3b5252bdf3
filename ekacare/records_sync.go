package ekacare

import (
	"context"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/changes"
)

// Changes returns a pass over the records of the patient that were changed since from; see [caremux.Changes]. Deleted
// records are not returned.
//
//	changes := patient.Records.Changes(cursor)
//	for record, err := range changes.All(ctx) {
//		…
//	}
//	cursor = changes.Cursor() // save it
//
// GET /mr/api/v1/docs (Eka Care API document, records)
func (s *RecordsService) Changes(from caremux.SyncCursor, opts ...caremux.RequestOption) *caremux.Changes[RecordListItem] {
	const operation = "Records.Changes"
	return changes.New(from, changes.Source[RecordListItem]{
		List: func(ctx context.Context, since time.Time, opts []caremux.RequestOption) (*caremux.Page[RecordListItem], error) {
			return s.List(ctx, &RecordsListParams{UpdatedAfter: updatedAfter(since)}, opts...)
		},
		ChangedAt: func(r RecordListItem) time.Time { return deref(deref(r.RecordData).Item).UploadDate.Time.Time },
		ID:        func(r RecordListItem) string { return deref(deref(r.RecordData).Item).DocumentID },
		Owner:     func(saved string) (string, error) { return sameOwner(s.state, operation, saved, opts) },
		Fail:      func(err error) error { return inFlow(operation, err) },
		Opts:      opts,
	})
}

// Changes returns a pass over the cases of the patient that were changed since from; see [caremux.Changes]. A deleted
// case has the status [CaseStatusDeleted] and no content.
//
// GET /mr/api/v1/cases (Eka Care API document, records)
func (s *CasesService) Changes(from caremux.SyncCursor, opts ...caremux.RequestOption) *caremux.Changes[Case] {
	const operation = "Cases.Changes"
	return changes.New(from, changes.Source[Case]{
		List: func(ctx context.Context, since time.Time, opts []caremux.RequestOption) (*caremux.Page[Case], error) {
			return s.List(ctx, &CasesListParams{UpdatedAfter: updatedAfter(since)}, opts...)
		},
		ChangedAt: func(c Case) time.Time { return c.UpdatedAt.Time.Time },
		ID:        func(c Case) string { return c.ID },
		Owner:     func(saved string) (string, error) { return sameOwner(s.state, operation, saved, opts) },
		Fail:      func(err error) error { return inFlow(operation, err) },
		Opts:      opts,
	})
}

func updatedAfter(since time.Time) *EpochSeconds {
	if since.IsZero() {
		return nil
	}
	return new(NewEpochSeconds(since))
}
