package ekacare_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// pass takes up to most records of a pass and returns their ids.
func pass(t *testing.T, changes *ekacare.Changes[ekacare.RecordListItem], most int) []string {
	t.Helper()
	var ids []string
	for r, err := range changes.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if ids = append(ids, r.RecordData.Item.DocumentID); len(ids) == most {
			break
		}
	}
	return ids
}

func TestChangesMissNothingOfTheSameSecond(t *testing.T) {
	srv, service := records(t)
	now := time.Date(2026, 3, 2, 9, 30, 0, 900e6, time.UTC)
	srv.SetNow(now)
	old := srv.AddRecord("oid-1", ekacare.DocumentTypeLabReport, now.Add(-time.Hour))
	srv.AddRecord("oid-2", ekacare.DocumentTypeLabReport, now)
	changes := service.Changes(ekacare.SyncCursor{})
	if ids := pass(t, changes, -1); !slices.Equal(ids, []string{old}) {
		t.Errorf("first pass %v", ids)
	}
	cursor := changes.Cursor()
	if want := (ekacare.SyncCursor{Since: now.Truncate(time.Second)}); cursor != want {
		t.Errorf("cursor %+v, want %+v", cursor, want)
	}
	// In the second in which the first pass was, before it and after it.
	before := srv.AddRecord("oid-1", ekacare.DocumentTypeScan, now.Add(-800*time.Millisecond))
	after := srv.AddRecord("oid-1", ekacare.DocumentTypeScan, now.Add(50*time.Millisecond))
	srv.SetNow(now.Add(time.Hour))
	srv.TouchRecord(old)
	changes = service.Changes(cursor)
	if ids := pass(t, changes, -1); !slices.Equal(ids, []string{before, after, old}) {
		t.Errorf("second pass %v", ids)
	}
	// Long after, nothing is seen twice.
	srv.SetNow(now.Add(3 * time.Hour))
	changes = service.Changes(changes.Cursor())
	pass(t, changes, -1)
	changes = service.Changes(changes.Cursor())
	if ids := pass(t, changes, -1); ids != nil {
		t.Errorf("last pass %v", ids)
	}
}

func TestAPassGoesOnWhereItWasLeft(t *testing.T) {
	srv, service := records(t)
	srv.SetRecordPageSize(3)
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	srv.SetNow(now)
	var all []string
	for i := range 8 {
		all = append(all, srv.AddRecord("oid-1", ekacare.DocumentTypeLabReport, now.Add(time.Duration(i-100)*time.Minute)))
	}
	changes := service.Changes(ekacare.SyncCursor{Since: now.Add(-98 * time.Minute)})
	if ids := pass(t, changes, 4); !slices.Equal(ids, all[2:6]) { // the record of the time itself is seen
		t.Errorf("took %v", ids)
	}
	kept, err := json.Marshal(changes.Cursor())
	if err != nil {
		t.Fatal(err)
	}
	var cursor ekacare.SyncCursor
	if err := json.Unmarshal(kept, &cursor); err != nil || cursor.Page == "" || !cursor.Began.Equal(now) {
		t.Fatalf("kept %s (%v)", kept, err)
	}
	srv.SetNow(now.Add(time.Hour)) // while the program was down
	srv.TouchRecord(all[0])
	changes = service.Changes(cursor)
	if ids := pass(t, changes, -1); !slices.Equal(ids, append(all[5:8:8], all[0])) {
		t.Errorf("then took %v", ids)
	}
	if want := (ekacare.SyncCursor{Since: now}); changes.Cursor() != want { // when the pass began, not when it went on
		t.Errorf("cursor %+v", changes.Cursor())
	}
}

func TestCasesAreSyncedWithTheirDeletions(t *testing.T) {
	srv, _ := records(t)
	service := srv.Client().For(ekacare.Identity{PatientID: "oid-1"}).Cases
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	srv.SetNow(now)
	for i := range 3 {
		if _, err := service.Create(t.Context(), &ekacare.CaseCreate{ID: fmt.Sprint("case-", i), DisplayName: "x", OccurredAt: ekacare.NewEpochSeconds(now)}); err != nil {
			t.Fatal(err)
		}
	}
	take := func(from ekacare.SyncCursor) (seen []string, next ekacare.SyncCursor) {
		changes := service.Changes(from)
		for c, err := range changes.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, c.ID+string(c.Status))
		}
		return seen, changes.Cursor()
	}
	seen, cursor := take(ekacare.SyncCursor{})
	if !slices.Equal(seen, []string{"case-0A", "case-1A", "case-2A"}) {
		t.Errorf("seen %v", seen)
	}
	srv.Advance(time.Hour)
	if err := service.Delete(t.Context(), "case-1"); err != nil {
		t.Fatal(err)
	}
	if seen, _ = take(cursor); !slices.Equal(seen, []string{"case-0A", "case-2A", "case-1D"}) { // the first two again, by the overlap
		t.Errorf("seen %v", seen)
	}
	srv.Advance(time.Hour)
	if seen, _ = take(ekacare.SyncCursor{Since: srv.Now()}); seen != nil {
		t.Errorf("seen %v", seen)
	}
}

func TestChangesAreAskedForWithTheOverlap(t *testing.T) {
	nw := &network{answer: func(_ *http.Request, n int) (*http.Response, error) {
		switch n {
		case 1:
			return reply(200, `{"items":[{"record":{"item":{"document_id":"a"}}}],"next_token":"t1"}`, "Date", "Mon, 02 Mar 2026 09:30:05 GMT"), nil
		case 2:
			return reply(500, ``), nil
		default:
			return reply(200, `{"items":[],"next_token":""}`, "Date", "Mon, 02 Mar 2026 09:31:05 GMT"), nil
		}
	}}
	service := nw.client(t, caremux.WithRetry(caremux.NoRetry)).For(patient).Records
	var response caremux.Response
	since := time.Unix(1700000000, 999)
	changes := service.Changes(ekacare.SyncCursor{Since: since}, caremux.WithResponse(&response))
	var failures int
	for range 2 { // the second time from where it failed
		for _, err := range changes.All(t.Context()) {
			if err != nil {
				failures++
				if want := (ekacare.SyncCursor{Since: since, Began: time.Date(2026, 3, 2, 9, 30, 5, 0, time.UTC), Page: "t1"}); changes.Cursor() != want {
					t.Errorf("cursor %+v", changes.Cursor())
				}
			}
		}
	}
	if want := (ekacare.SyncCursor{Since: time.Date(2026, 3, 2, 9, 30, 5, 0, time.UTC)}); failures != 1 || changes.Cursor() != want || response.Status != 200 {
		t.Errorf("%d failures, cursor %+v, response %+v", failures, changes.Cursor(), response)
	}
	var queries []string
	for _, r := range nw.requests() {
		queries = append(queries, r.query.Encode())
	}
	if want := "u_at__gt=1699999940 offset=t1&u_at__gt=1699999940 offset=t1&u_at__gt=1699999940"; strings.Join(queries, " ") != want {
		t.Errorf("asked for %v", queries)
	}
}

func TestACursorThatDoesNotMoveEndsThePass(t *testing.T) {
	service := always(200, `{"items":[],"next_token":"t"}`).client(t).For(patient).Records
	var last error
	for _, err := range service.Changes(ekacare.SyncCursor{}).All(t.Context()) {
		last = err
	}
	if !errors.Is(last, caremux.ErrCursorStuck) {
		t.Errorf("got %v", last)
	}
}

func TestChangesEndWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n := 0
	for _, err := range always(200, `{"items":[]}`).client(t).For(patient).Records.Changes(ekacare.SyncCursor{}).All(ctx) {
		if n++; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d yields", n)
	}
}
