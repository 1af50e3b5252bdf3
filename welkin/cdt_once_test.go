package welkin_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

type visitNote struct {
	VisitID string `json:"visit_id,omitzero"`
}

func noteOf(id string) func(welkin.TypedCDT[visitNote]) bool {
	return func(r welkin.TypedCDT[visitNote]) bool { return r.Fields.VisitID == id }
}

const (
	noRecords  = `{"name":"notes","data":{"content":[],"last":true}}`
	noteRecord = `{"id":"r1","jsonBody":{"visit_id":"v1"}}`
	oneRecord  = `{"name":"notes","data":{"content":[{"id":"r0","jsonBody":{"visit_id":"v0"}},` +
		noteRecord + `],"last":true}}`
)

func TestCreateOnceCreatesWhatIsNotThere(t *testing.T) {
	for name, tt := range map[string]struct {
		list    []string // the responses to the looks for the record, the last for all further ones
		created int      // status of the creation; 0 if none is to be sent, -1 for a lost response
		id      string   // "" for an error
		applied bool
		took    time.Duration
	}{
		"not there":     {list: []string{noRecords}, created: 201, id: "r1"},
		"there":         {list: []string{oneRecord}, id: "r1"},
		"lost and made": {list: []string{noRecords, oneRecord}, created: -1, id: "r1"},
		"lost and found later": {list: []string{noRecords, noRecords, oneRecord}, created: -1, id: "r1",
			took: time.Second / 2},
		"lost and not made": {list: []string{noRecords}, created: -1, applied: true,
			took: 5 * time.Second / 2},
		"refused": {list: []string{noRecords}, created: 400},
		"look fails after the loss": {list: []string{noRecords, "<html>"}, created: -1, applied: true,
			took: 5 * time.Second / 2},
		"look fails before anything": {list: []string{"<html>"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				looks, posts := 0, 0
				v := &vendor{answer: func(r *http.Request, _ int) (int, string) {
					if r.Method == "GET" {
						looks++
						return 200, tt.list[min(looks, len(tt.list))-1]
					}
					if posts++; tt.created < 0 {
						return 502, ""
					}
					return tt.created, noteRecord
				}}
				c := v.client(t, caremux.WithTokenSource(caremux.StaticToken("ready")),
					caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 1}))
				start := time.Now()
				record, err := welkin.CDTRecords[visitNote](c, "notes").CreateOnce(t.Context(), charlie,
					&visitNote{"v1"}, noteOf("v1"))
				var e *caremux.Error
				if (err == nil) != (tt.id != "") || err == nil && record.ID != tt.id || errors.As(err, &e) &&
					e.MaybeApplied() != tt.applied {
					t.Errorf("got %v, %v", record, err)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if want := min(1, max(tt.created, -tt.created)); posts != want {
					t.Errorf("created %d times, want %d", posts, want)
				}
			})
		})
	}
}

func TestCreateOnceRefusesWhatCouldMakeTwo(t *testing.T) {
	v := &vendor{answer: func(*http.Request, int) (int, string) { return 200, noRecords }}
	records := welkin.CDTRecords[visitNote](v.client(t, caremux.WithTokenSource(caremux.StaticToken("ready"))), "notes")
	for field, try := range map[string]func(context.Context) (*welkin.TypedCDT[visitNote], error){
		"WithIdempotent": func(ctx context.Context) (*welkin.TypedCDT[visitNote], error) {
			return records.CreateOnce(ctx, charlie, &visitNote{"v1"}, noteOf("v1"), caremux.WithIdempotent())
		},
		"same": func(ctx context.Context) (*welkin.TypedCDT[visitNote], error) {
			return records.CreateOnce(ctx, charlie, &visitNote{"v1"}, nil)
		},
		"body": func(ctx context.Context) (*welkin.TypedCDT[visitNote], error) {
			return records.CreateOnce(ctx, charlie, nil, noteOf("v1"))
		},
	} {
		_, err := try(t.Context())
		if argument := new(caremux.ArgumentError); !errors.As(err, &argument) || argument.Field != field ||
			argument.Operation != "CDTs.Create" {
			t.Errorf("%s: got %v", field, err)
		}
	}
	if len(v.sent) > 0 {
		t.Errorf("sent %s", strings.Join(v.sent, ", "))
	}
}
