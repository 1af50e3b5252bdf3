package readme_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

func resume(ctx context.Context, c *welkin.Client, params *welkin.PatientsListParams, saved string,
	store func(list []welkin.Patient, next string) error) error {
	// snippet: resuming
	for page, err := range c.Patients.Pages(ctx, params, caremux.StartAt(saved)) {
		if err != nil {
			return err
		}
		if err := store(page.Items, page.NextCursor); err != nil { // in one transaction
			return err
		}
	}
	// end
	return nil
}

func TestAListIsResumedWhereItStopped(t *testing.T) {
	srv := welkintest.NewServer(t)
	want := srv.AddPatients(45)
	params := &welkin.PatientsListParams{Sort: new("createdAt,asc")}
	var got []string
	saved, full := "", errors.New("the disk is full")
	store := func(list []welkin.Patient, next string) error {
		if len(got) == 20 && saved != "" && next != "" && len(srv.Requests()) == 3 {
			return full
		}
		for _, p := range list {
			got = append(got, p.ID)
		}
		saved = next
		return nil
	}
	if err := resume(t.Context(), srv.Client(), params, saved, store); !errors.Is(err, full) || len(got) != 20 {
		t.Fatalf("%d patients, %v", len(got), err)
	}
	if err := resume(t.Context(), srv.Client(), params, saved, store); err != nil || !slices.Equal(got, want) || saved != "" {
		t.Errorf("%d patients, cursor %q, %v", len(got), saved, err)
	}
}

func changed(ctx context.Context, c *welkin.Client, cursor caremux.SyncCursor,
	save func(welkin.Patient) error) (caremux.SyncCursor, error) {
	// snippet: changes
	changes := c.Patients.Changes(cursor) // the zero caremux.SyncCursor returns everything
	for p, err := range changes.All(ctx) {
		if err != nil {
			return cursor, err
		}
		if err := save(p); err != nil { // by id: a patient may be returned twice
			return cursor, err
		}
	}
	return changes.Cursor(), nil // save it, as JSON
	// end
}

func TestChangesAreSeen(t *testing.T) {
	srv := welkintest.NewServer(t)
	ids := srv.AddPatients(3)
	srv.Advance(2 * time.Hour)
	seen := 0
	count := func(welkin.Patient) error { seen++; return nil }
	cursor, err := changed(t.Context(), srv.Client(), caremux.SyncCursor{}, count)
	if err != nil || seen != 3 {
		t.Fatalf("%d patients, %v", seen, err)
	}
	if _, err := srv.Client().Patients.Update(t.Context(), ids[1], &welkin.PatientUpdate{LastName: new("Other")}); err != nil {
		t.Fatal(err)
	}
	if _, err := changed(t.Context(), srv.Client(), cursor, count); err != nil || seen != 4 {
		t.Errorf("%d patients, %v", seen, err)
	}
	full := errors.New("the disk is full")
	if next, err := changed(t.Context(), srv.Client(), cursor, func(welkin.Patient) error {
		return full
	}); !errors.Is(err, full) || next != cursor {
		t.Errorf("cursor %+v, %v", next, err)
	}
}
