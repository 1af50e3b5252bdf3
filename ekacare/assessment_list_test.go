package ekacare_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// paged answers the nth request with the nth page, and then with empty ones.
func paged(pages ...string) *network {
	v := &network{}
	v.answer = func(_ *http.Request, n int) (*http.Response, error) {
		if n > len(pages) {
			return reply(200, `{"conversations":{}}`), nil
		}
		return reply(200, `{"conversations":`+pages[n-1]+`}`), nil
	}
	return v
}

func listV1(t *testing.T, v *network, params *ekacare.AssessmentsListV1Params) (ids []string, err error) {
	t.Helper()
	for item, e := range v.client(t, caremux.WithRetry(caremux.NoRetry)).Assessments.AllV1(t.Context(), params) {
		if e != nil {
			return ids, e
		}
		ids = append(ids, item.PatientID+"/"+item.Conversationid)
	}
	return ids, nil
}

func offsets(v *network) (all []string) {
	for _, s := range v.requests() {
		all = append(all, s.query.Get("offset"))
	}
	return all
}

func TestAssessmentsOfAPageComeInAStableOrder(t *testing.T) {
	page := `{"p2":[{"conversationid":"c","created_epoch":300},{"conversationid":"a","created_epoch":100}],
		"p1":[{"conversationid":"b","created_at":"1970-01-01T00:03:20Z"},{"conversationid":"e","created_epoch":300}],
		"p3":[{"conversationid":"y"},{"conversationid":"x"}]}`
	for range 20 { // maps have no order
		got, err := listV1(t, paged(page), nil)
		if want := []string{"p3/y", "p3/x", "p2/a", "p1/b", "p1/e", "p2/c"}; err != nil || !slices.Equal(got, want) {
			t.Fatalf("ascending: %v (%v), want %v", got, err, want)
		}
		got, err = listV1(t, paged(page), &ekacare.AssessmentsListV1Params{Sort: new(ekacare.SortOrderDescending)})
		if want := []string{"p1/e", "p2/c", "p1/b", "p2/a", "p3/y", "p3/x"}; err != nil || !slices.Equal(got, want) {
			t.Fatalf("descending: %v (%v), want %v", got, err, want)
		}
	}
}

func TestAssessmentPagesAreSkippedByTheirLength(t *testing.T) {
	params := &ekacare.AssessmentsListV1Params{Pids: new("p1,p2"), Limit: new(3), Offset: new(10)}
	v := paged(`{"p1":[{"conversationid":"a"},{"conversationid":"b"}],"p2":[{"conversationid":"a"}]}`,
		// one again: the list has moved
		`{"p2":[{"conversationid":"a","share_to_abha":true},{"conversationid":"d","of":"another version"}]}`)
	got, err := listV1(t, v, params)
	if want := []string{"p1/a", "p1/b", "p2/a", "p2/d"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v (%v), want %v", got, err, want)
	}
	if want := []string{"10", "13", "15"}; !slices.Equal(offsets(v), want) || *params.Offset != 10 {
		t.Errorf("offsets %v, want %v", offsets(v), want)
	}
	if q := v.requests()[1].query; q.Get("pids") != "p1,p2" || q.Get("limit") != "3" {
		t.Errorf("query %v", q)
	}
	for item := range paged(`{"p2":[{"conversationid":"d","of":"another version"}]}`).client(t).Assessments.AllV1(t.Context(), nil) {
		if string(item.Extra()["of"]) != `"another version"` || len(item.Extra()) != 1 {
			t.Errorf("kept %s", item.RawJSON())
		}
	}
}

func TestAssessmentIterationEnds(t *testing.T) {
	t.Run("at a break", func(t *testing.T) {
		v := paged(`{"p":[{"conversationid":"a"},{"conversationid":"b"}]}`)
		for range v.client(t).Assessments.AllV1(t.Context(), nil) {
			break
		}
		if len(v.requests()) != 1 {
			t.Errorf("%d requests", len(v.requests()))
		}
	})
	for name, same := range map[string]string{"with ids": `{"p":[{"conversationid":"a"}]}`, "without": `{"p":[{"wfid":1}]}`} {
		t.Run("when the offset is ignored, "+name, func(t *testing.T) {
			got, err := listV1(t, always(200, `{"conversations":`+same+`}`), nil)
			if !errors.Is(err, caremux.ErrCursorStuck) || len(got) != 1 {
				t.Errorf("got %v (%v)", got, err)
			}
		})
	}
	t.Run("at an error", func(t *testing.T) {
		v := paged(`{"p":[{"conversationid":"a"}]}`)
		serve := v.answer
		v.answer = func(r *http.Request, n int) (*http.Response, error) {
			if n == 2 {
				return reply(400, `{"error":{"error_code":"validation_error","message":"m"}}`), nil
			}
			return serve(r, n)
		}
		got, err := listV1(t, v, nil)
		if e := wantError(t, err, 400); len(got) != 1 || e.Code != "validation_error" {
			t.Errorf("got %v (%v)", got, err)
		}
	})
	t.Run("before it begins", func(t *testing.T) {
		v := paged()
		if _, err := listV1(t, v, &ekacare.AssessmentsListV1Params{Limit: new(0)}); !errors.Is(err, caremux.ErrInvalid) ||
			len(v.requests()) != 0 {
			t.Errorf("got %v", err)
		}
	})
}

// FuzzAssessmentListV1: whatever a page holds, each of its assessments comes once.
func FuzzAssessmentListV1(f *testing.F) {
	for _, page := range []string{`{"p":[{"conversationid":"a"}],"q":[]}`, `{"p":{"conversationid":"a"}}`, `{"p":[null,1]}`, `[]`, `null`} {
		f.Add(page)
	}
	f.Fuzz(func(t *testing.T, page string) {
		got, err := listV1(t, paged(page), nil)
		if err != nil && !errors.As(err, new(*caremux.Error)) {
			t.Errorf("got %v", err)
		}
		if again, _ := listV1(t, paged(page), nil); strings.Join(got, " ") != strings.Join(again, " ") {
			t.Errorf("got %v, then %v", got, again)
		}
	})
}
