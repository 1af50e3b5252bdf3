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
func pass(t *testing.T, changes *caremux.Changes[ekacare.RecordListItem], most int) []string {
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
	changes := service.Changes(caremux.SyncCursor{})
	if ids := pass(t, changes, -1); !slices.Equal(ids, []string{old}) {
		t.Errorf("first pass %v", ids)
	}
	cursor := changes.Cursor()
	if want := (caremux.SyncCursor{Since: now.Truncate(time.Second), Owner: cursor.Owner}); cursor != want || cursor.Owner == "" {
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
	changes := service.Changes(caremux.SyncCursor{Since: now.Add(caremux.SyncOverlap - 98*time.Minute)})
	if ids := pass(t, changes, 4); !slices.Equal(ids, all[3:7]) { // the selection is by what is later
		t.Errorf("took %v", ids)
	}
	kept, err := json.Marshal(changes.Cursor())
	if err != nil {
		t.Fatal(err)
	}
	var cursor caremux.SyncCursor
	if err := json.Unmarshal(kept, &cursor); err != nil || cursor.Page == "" || !cursor.Began.Equal(now) {
		t.Fatalf("kept %s (%v)", kept, err)
	}
	srv.SetNow(now.Add(30 * time.Minute)) // while the program was down
	srv.TouchRecord(all[0])
	changes = service.Changes(cursor)
	if ids := pass(t, changes, -1); !slices.Equal(ids, append(all[6:8:8], all[0])) {
		t.Errorf("then took %v", ids)
	}
	if want := (caremux.SyncCursor{Since: now, Owner: cursor.Owner}); changes.Cursor() != want { // when the pass began, not when it went on
		t.Errorf("cursor %+v", changes.Cursor())
	}
}

func TestCasesAreSyncedWithTheirDeletions(t *testing.T) {
	srv, _ := records(t)
	service := srv.Client().For(ekacare.Identity{PatientID: "oid-1"}).Cases
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	srv.SetNow(now)
	for i := range 3 {
		if _, err := service.Create(t.Context(), &ekacare.CaseCreate{
			ID: fmt.Sprint("case-", i), DisplayName: "x", OccurredAt: ekacare.NewEpochSeconds(now),
		}); err != nil {
			t.Fatal(err)
		}
	}
	take := func(from caremux.SyncCursor) (seen []string, next caremux.SyncCursor) {
		changes := service.Changes(from)
		for c, err := range changes.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, c.ID+string(c.Status))
		}
		return seen, changes.Cursor()
	}
	seen, cursor := take(caremux.SyncCursor{})
	if !slices.Equal(seen, []string{"case-0A", "case-1A", "case-2A"}) {
		t.Errorf("seen %v", seen)
	}
	srv.Advance(time.Minute)
	if err := service.Delete(t.Context(), "case-1"); err != nil {
		t.Fatal(err)
	}
	if seen, _ = take(cursor); !slices.Equal(seen, []string{"case-0A", "case-2A", "case-1D"}) { // the first two again, by the overlap
		t.Errorf("seen %v", seen)
	}
	srv.Advance(caremux.SyncOverlap)
	if seen, _ = take(caremux.SyncCursor{Since: srv.Now().Add(time.Minute)}); seen != nil {
		t.Errorf("seen %v", seen)
	}
}

func TestChangesAreAskedForWithTheOverlap(t *testing.T) {
	nw := &network{answer: func(_ *http.Request, n int) (*http.Response, error) {
		switch n {
		case 1:
			return reply(200, `{"items":[{"record":{"item":{"document_id":"a"}}}],"next_token":"t1"}`,
				"Date", "Mon, 02 Mar 2026 09:30:05 GMT"), nil
		case 2:
			return reply(500, ``), nil
		default:
			return reply(200, `{"items":[],"next_token":""}`, "Date", "Mon, 02 Mar 2026 09:31:05 GMT"), nil
		}
	}}
	service := nw.client(t, caremux.WithRetry(caremux.NoRetry)).For(patient).Records
	var response caremux.Response
	since := time.Unix(1700000000, 999)
	changes := service.Changes(caremux.SyncCursor{Since: since}, caremux.WithResponse(&response))
	var failures int
	for range 2 { // the second time from where it failed
		for _, err := range changes.All(t.Context()) {
			if err != nil {
				failures++
				if want := (caremux.SyncCursor{Since: since, Began: time.Date(2026, 3, 2, 9, 30, 5, 0, time.UTC),
					Page: keptPage(t, since, "t1"), Owner: changes.Cursor().Owner}); changes.Cursor() != want {
					t.Errorf("cursor %+v", changes.Cursor())
				}
			}
		}
	}
	if want := (caremux.SyncCursor{Since: time.Date(2026, 3, 2, 9, 30, 5, 0, time.UTC), Owner: changes.Cursor().Owner}); failures != 1 ||
		changes.Cursor() != want || response.Status != 200 {
		t.Errorf("%d failures, cursor %+v, response %+v", failures, changes.Cursor(), response)
	}
	var queries []string
	for _, r := range nw.requests() {
		queries = append(queries, r.query.Encode())
	}
	if want := "u_at__gt=1699996400 offset=t1&u_at__gt=1699996400 offset=t1&u_at__gt=1699996400"; strings.Join(queries, " ") != want {
		t.Errorf("asked for %v", queries)
	}
}

func TestACursorThatDoesNotMoveEndsThePass(t *testing.T) {
	service := always(200, `{"items":[],"next_token":"t"}`).client(t).For(patient).Records
	var last error
	for _, err := range service.Changes(caremux.SyncCursor{}).All(t.Context()) {
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
	for _, err := range always(200, `{"items":[]}`).client(t).For(patient).Records.Changes(caremux.SyncCursor{}).All(ctx) {
		if n++; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d yields", n)
	}
}

// pagedVendor answers with pages whose documents and next tokens are given by the token that leads to them.
func pagedVendor(pages map[string]string, header ...string) *network {
	return &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		body, ok := pages[r.URL.Query().Get("offset")]
		if !ok {
			return reply(400, `{"error":"invalid offset","code":"INVALID_OFFSET"}`), nil
		}
		return reply(200, body, header...), nil
	}}
}

func pageOf(next string, ids ...string) string {
	var items []string
	for _, id := range ids {
		items = append(items, fmt.Sprintf(`{"record":{"item":{"document_id":%q}}}`, id))
	}
	return fmt.Sprintf(`{"items":[%s],"next_token":%q}`, strings.Join(items, ","), next)
}

// keptPage is the cursor that a pass from since has kept, at the page of the vendor's token.
func keptPage(t *testing.T, since time.Time, token string) string {
	t.Helper()
	after := ekacare.NewEpochSeconds(since.Add(-caremux.SyncOverlap))
	page, err := always(200, pageOf(token, "x")).client(t).For(patient).Records.List(
		t.Context(), &ekacare.RecordsListParams{UpdatedAfter: &after})
	if err != nil || page.NextCursor == "" {
		t.Fatalf("got %+v, %v", page, err)
	}
	return page.NextCursor
}

const march2 = "Mon, 02 Mar 2026 04:00:00 GMT"

func TestARefusedTokenStartsThePassAgain(t *testing.T) {
	began := time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC)
	nw := pagedVendor(map[string]string{"": pageOf("t1", "a", "b"), "t1": pageOf("", "c")}, "Date", march2)
	since := began.Add(-time.Hour)
	for page, requests := range map[string]int{keptPage(t, since, "old"): 3, "of another version": 2} {
		before := len(nw.requests())
		changes := nw.client(t).For(patient).Records.Changes(caremux.SyncCursor{Since: since, Began: began, Page: page})
		if ids := pass(t, changes, -1); !slices.Equal(ids, []string{"a", "b", "c"}) {
			t.Errorf("took %v", ids)
		}
		if c := changes.Cursor(); c.Page != "" || !c.Since.Equal(began) { // what was seen before counts from when the pass began
			t.Errorf("cursor %+v", c)
		}
		if n := len(nw.requests()) - before; n != requests {
			t.Errorf("%d requests, want %d", n, requests)
		}
	}

	// In the middle of a pass, because its program was slow.
	nw = pagedVendor(map[string]string{"": pageOf("t1", "a", "b")}, "Date", march2)
	answer, refusals := nw.answer, 0
	nw.answer = func(r *http.Request, n int) (*http.Response, error) {
		if r.URL.Query().Get("offset") == "t1" {
			if refusals++; refusals > 1 {
				return reply(200, pageOf("", "c")), nil
			}
		}
		return answer(r, n)
	}
	changes := nw.client(t).For(patient).Records.Changes(caremux.SyncCursor{})
	if ids := pass(t, changes, -1); !slices.Equal(ids, []string{"a", "b", "c"}) { // the first two are not seen twice
		t.Errorf("took %v", ids)
	}
}

func TestATokenIsKeptWhileTheVendorIsDown(t *testing.T) {
	for name, status := range map[string]int{"down": 503, "the login is refused": 401, "not allowed": 403, "too fast": 429} {
		since := time.Unix(1700000000, 0)
		cursor := caremux.SyncCursor{Since: since, Began: time.Unix(1700000100, 0), Page: keptPage(t, since, "good")}
		nw := always(status, `{}`)
		changes := nw.client(t, caremux.WithRetry(caremux.NoRetry)).For(patient).Records.Changes(cursor)
		var failed error
		for _, err := range changes.All(t.Context()) {
			failed = err
		}
		if c := changes.Cursor(); failed == nil || c.Page != cursor.Page || !c.Began.Equal(cursor.Began) {
			t.Errorf("%s: cursor %+v (%v)", name, c, failed)
		}
	}
}

func TestAPassByOffsetsIsRepeatedUntilItBringsNothingNew(t *testing.T) {
	shifted := false // a record before the second page is changed while the first is worked on
	nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		switch offset := r.URL.Query().Get("offset"); {
		case offset == "" && !shifted:
			return reply(200, pageOf("2", "a", "b"), "Date", march2), nil
		case offset == "":
			return reply(200, pageOf("2", "b", "c"), "Date", march2), nil
		}
		return reply(200, pageOf("", "d", "a")), nil
	}}
	changes := nw.client(t).For(patient).Records.Changes(caremux.SyncCursor{})
	var ids []string
	for r, err := range changes.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if ids = append(ids, r.RecordData.Item.DocumentID); len(ids) == 3 && changes.Cursor().Page != "" {
			t.Errorf("cursor %+v leads to an offset", changes.Cursor())
		}
		shifted = true
	}
	if !slices.Equal(ids, []string{"a", "b", "d", "c"}) || len(nw.requests()) != 6 {
		t.Errorf("took %v with %d requests", ids, len(nw.requests()))
	}
	if c := changes.Cursor(); c.Since.IsZero() || !c.Began.IsZero() {
		t.Errorf("cursor %+v", c)
	}
}

func TestAPassByOffsetsThatNeverRestsIsSeenAgain(t *testing.T) {
	n := 0
	nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		n++
		if r.URL.Query().Get("offset") == "" {
			return reply(200, pageOf("1", fmt.Sprint("r", n)), "Date", march2), nil
		}
		return reply(200, pageOf("", fmt.Sprint("r", n))), nil
	}}
	since := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	changes := nw.client(t).For(patient).Records.Changes(caremux.SyncCursor{Since: since})
	if ids := pass(t, changes, -1); len(ids) != 6 || !changes.Cursor().Since.Equal(since) {
		t.Errorf("took %v, cursor %+v", ids, changes.Cursor())
	}
}

func TestWithoutADateAPassGoesOnFromWhatItsRecordsCarry(t *testing.T) {
	since := time.Unix(1700000000, 0).UTC()
	for name, tt := range map[string]struct {
		page string
		want time.Time
	}{
		"their times": {
			`{"items":[{"record":{"item":{"document_id":"a","upload_date":1770000000}}},{"record":{"item":{"document_id":"b","upload_date":1760000000}}}]}`,
			time.Unix(1770000000, 0),
		},
		"no times": {pageOf("", "a"), since},
		"nothing":  {pageOf(""), since},
	} {
		changes := always(200, tt.page).client(t).For(patient).Records.Changes(caremux.SyncCursor{Since: since})
		pass(t, changes, -1)
		if c := changes.Cursor(); !c.Since.Equal(tt.want) {
			t.Errorf("%s: cursor %+v", name, c)
		}
	}
}

func TestACursorOfAnotherPatientIsRefused(t *testing.T) {
	nw := always(200, pageOf("", "a"), "Date", march2)
	changes := nw.client(t).For(patient).Records.Changes(caremux.SyncCursor{})
	pass(t, changes, -1)
	other := nw.client(t).For(ekacare.Identity{PatientID: "oid-2"})
	for name, all := range map[string]func() error{
		"records": func() (failed error) {
			for _, err := range other.Records.Changes(changes.Cursor()).All(t.Context()) {
				failed = err
			}
			return failed
		},
		"cases": func() (failed error) {
			for _, err := range other.Cases.Changes(changes.Cursor()).All(t.Context()) {
				failed = err
			}
			return failed
		},
	} {
		if err := all(); !errors.Is(err, ekacare.ErrOtherOwner) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(nw.requests()) != 1 {
		t.Errorf("%d requests", len(nw.requests()))
	}
}
