package welkin

import (
	"context"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/changes"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// The lists whose records carry the time of their last change have a method Changes. Welkin has no filter by that time
// for them, but sorts by any field.

var (
	newestChange = new("updatedAt,desc")
	changesSize  = new(100)
)

// Changes returns a pass over the patients that were created or changed since from; see [caremux.Changes]. The vendor
// documents no call that deletes a patient.
//
// GET /{tenant}/{instance}/patients
func (s *PatientsService) Changes(from caremux.SyncCursor, opts ...caremux.RequestOption) *caremux.Changes[Patient] {
	return pass(s.core, &patientsList, nil, from, PatientsListParams{Sort: newestChange, Size: changesSize}, opts,
		func(p Patient) (string, caremux.Time) { return p.ID, p.UpdatedAt })
}

// Changes returns a pass over the users of the tenant that were created or changed since from; see [caremux.Changes].
//
// GET /{tenant}/admin/users
func (s *UsersService) Changes(from caremux.SyncCursor, opts ...caremux.RequestOption) *caremux.Changes[User] {
	return pass(s.core, &usersList, nil, from, UsersListParams{Sort: newestChange, Size: changesSize}, opts,
		func(u User) (string, caremux.Time) { return u.ID, u.UpdatedAt })
}

// Changes returns a pass over the calendar events that params select and that were created or changed since from; see
// [caremux.Changes]. A deleted event is returned as a cancelled one. Sort and Page of params are ignored.
//
// GET /{tenant}/{instance}/calendar/events
func (s *CalendarEventsService) Changes(
	from caremux.SyncCursor, params *CalendarEventsListParams, opts ...caremux.RequestOption,
) *caremux.Changes[CalendarEvent] {
	p := copied(params)
	p.Sort, p.Page, p.IncludeCancelled = newestChange, nil, new(true)
	if p.Size == nil {
		p.Size = changesSize
	}
	return pass(s.core, &calendarEventsList, nil, from, p, opts,
		func(e CalendarEvent) (string, caremux.Time) { return e.ID, e.UpdatedAt })
}

// Changes returns a pass over the tasks that params select and that were created or changed since from; see
// [caremux.Changes]. Sort and Page of params are ignored. A task that no longer matches params after
// a change, such as one with another status, is not returned.
//
// GET /{tenant}/{instance}/tasks
func (s *TasksService) Changes(
	from caremux.SyncCursor, params *TasksListParams, opts ...caremux.RequestOption,
) *caremux.Changes[Task] {
	p := copied(params)
	p.Sort, p.Page = newestChange, nil
	if p.Size == nil {
		p.Size = changesSize
	}
	return pass(s.core, &tasksList, nil, from, p, opts,
		func(t Task) (string, caremux.Time) { return t.ID, t.UpdatedAt })
}

// Changes returns a pass over the assessment records of a patient that were created or changed since from; see
// [caremux.Changes].
//
// GET /{tenant}/{instance}/patients/{patientId}/assessment-records
func (s *AssessmentRecordsService) Changes(
	patientID string, from caremux.SyncCursor, opts ...caremux.RequestOption,
) *caremux.Changes[AssessmentRecord] {
	params := AssessmentRecordsListParams{Sort: newestChange, Size: changesSize}
	return pass(s.core, &assessmentRecordsList, []string{patientID}, from, params, opts,
		func(r AssessmentRecord) (string, caremux.Time) { return r.ID, r.UpdatedAt })
}

// Changes returns a pass over the programs of a patient that were assigned or changed since from; see
// [caremux.Changes].
//
// GET /{tenant}/{instance}/patients/{patientId}/programs
func (s *PatientProgramsService) Changes(
	patientID string, from caremux.SyncCursor, opts ...caremux.RequestOption,
) *caremux.Changes[PatientProgram] {
	params := PatientProgramsListParams{Sort: newestChange, Size: changesSize}
	return pass(s.core, &patientProgramsList, []string{patientID}, from, params, opts,
		func(p PatientProgram) (string, caremux.Time) { return p.ID, p.UpdatedAt })
}

// Changes returns a pass over the records of a dictionary that were added, changed or deleted since from; see
// [caremux.Changes]. In a deleted record Deleted is true. The vendor filters by the time itself, and sends one page.
//
// GET /{tenant}/{instance}/dictionaries/{dictionaryName}
func (s *DictionariesService) Changes(
	dictionaryName string, from caremux.SyncCursor, opts ...caremux.RequestOption,
) *caremux.Changes[DictionaryRecord] {
	in := transport.Input{Path: []string{dictionaryName}}
	source := sourceOf[DictionaryRecord](s.core, &dictionariesListRecords, in, opts)
	source.ChangedAt = func(r DictionaryRecord) time.Time { return r.UpdatedAt.Time }
	source.ID = func(r DictionaryRecord) string { return r.ID }
	source.List = func(ctx context.Context, since time.Time, opts []caremux.RequestOption) (*caremux.Page[DictionaryRecord], error) {
		params := &DictionariesListRecordsParams{ShowDeleted: new(true)}
		if !since.IsZero() {
			params.DateStart = new(caremux.NewTime(since))
		}
		return s.ListRecords(ctx, dictionaryName, params, opts...)
	}
	return changes.New(from, source)
}

// pass reads a list with the newest change first. what returns the id of a record, and when it was last changed.
func pass[T, P any](core *transport.Client, op *transport.Operation, path []string, from caremux.SyncCursor, params P,
	opts []caremux.RequestOption, what func(T) (string, caremux.Time)) *caremux.Changes[T] {
	in := transport.Input{Path: path, Query: &params}
	source := sourceOf[T](core, op, in, opts)
	source.NewestFirst, source.Sorted = true, isSorted[T]
	source.ID = func(r T) string { id, _ := what(r); return id }
	source.ChangedAt = func(r T) time.Time { _, at := what(r); return at.Time }
	source.List = func(ctx context.Context, _ time.Time, opts []caremux.RequestOption) (*caremux.Page[T], error) {
		return transport.Page[T](ctx, core, op, in, opts)
	}
	return changes.New(from, source)
}

// sourceOf is the list of a pass, but for how it is read. Its owner is the list of the tenant with its params.
func sourceOf[T any](core *transport.Client, op *transport.Operation, in transport.Input, opts []caremux.RequestOption) changes.Source[T] {
	return changes.Source[T]{
		Opts: opts,
		Owner: func(saved string) (string, error) {
			mine, err := transport.ListIdentity(core, op, in, opts)
			if err == nil && saved != "" && saved != mine {
				err = &caremux.ArgumentError{Field: "from", Rule: "must be the cursor of a pass over this list, with the same params"}
			}
			return mine, err
		},
		Fail: func(err error) error { return transport.Named(core, op, err) },
	}
}

// isSorted reports whether a page is sorted, as some lists say. One that says nothing is.
func isSorted[T any](page *caremux.Page[T]) bool {
	sorted, ok := scan.Lookup(page.RawJSON(), "sort.sorted")
	return !ok || string(sorted) != "false"
}

func copied[P any](params *P) (p P) {
	if params != nil {
		p = *params
	}
	return p
}
