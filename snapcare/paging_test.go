package snapcare_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

// shelf is a server with a number of records, which it gives by skip and take.
type shelf struct {
	skip, take string // names of the parameters
	records    int
	size       int // of a page where the caller names none; 0 for all
	limit      int // the largest page; 0 for none
	answer     func(items []any, all int) any
	deaf       bool // to skip
	asked      []string
}

// own counts what is in this answer, as the vendor does by default.
func own(items []any, _ int) any { return map[string]any{"data": items, "total": len(items)} }

// grand counts what there is.
func grand(items []any, all int) any { return map[string]any{"data": items, "total": all} }

// bare is an answer without an envelope.
func bare(items []any, _ int) any { return items }

// nested is the list of clinicians in the single element of another.
func nested(items []any, all int) any {
	return map[string]any{"data": []any{map[string]any{"clinicians": items, "totals": map[string]any{"all": all}}}, "total": 1}
}

func (s *shelf) client(t *testing.T) *snapcare.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		s.asked = append(s.asked, query.Get(s.skip)+"+"+query.Get(s.take))
		skip, _ := strconv.Atoi(query.Get(s.skip))
		take, err := strconv.Atoi(query.Get(s.take))
		if err != nil {
			take = s.size
		}
		if take == 0 {
			take = s.records
		}
		if s.limit > 0 {
			take = min(take, s.limit)
		}
		if s.deaf {
			skip = 0
		}
		items := []any{}
		for i := skip; i < min(skip+take, s.records); i++ {
			items = append(items, map[string]any{"n": i, "patientId": i, "userId": i})
		}
		if err := json.NewEncoder(w).Encode(s.answer(items, s.records)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return newClient(t, server.URL)
}

// numbers collects what an iterator yields.
func numbers[T any](t *testing.T, all iter.Seq2[T, error]) (got []int, err error) {
	t.Helper()
	for item, err := range all {
		if err != nil {
			return got, err
		}
		var record struct{ N int }
		if err := json.Unmarshal(any(&item).(interface{ RawJSON() json.RawMessage }).RawJSON(), &record); err != nil {
			t.Fatal(err)
		}
		got = append(got, record.N)
		if len(got) > 100 {
			t.Fatal("the iterator does not end")
		}
	}
	return got, nil
}

func upTo(n int) (list []int) {
	for i := range n {
		list = append(list, i)
	}
	return list
}

func TestAllReadsEveryStyleOfList(t *testing.T) {
	authorized := func(take *int) func(*testing.T, *snapcare.Client) ([]int, error) {
		return func(t *testing.T, c *snapcare.Client) ([]int, error) {
			return numbers(t, c.Patients.AllAuthorized(t.Context(), &snapcare.PatientsListAuthorizedParams{Take: take}))
		}
	}
	for _, tt := range []struct {
		name  string
		shelf shelf
		all   func(*testing.T, *snapcare.Client) ([]int, error)
		asked []string
	}{
		{"full pages", shelf{skip: "skip", take: "take", records: 5, answer: own}, authorized(new(2)), []string{"+2", "2+2", "4+2"}},
		{"full last page", shelf{skip: "skip", take: "take", records: 4, answer: own}, authorized(new(2)), []string{"+2", "2+2", "4+2"}},
		{"full last page and a grand total", shelf{skip: "skip", take: "take", records: 4, answer: grand},
			authorized(new(2)), []string{"+2", "2+2", "4+2"}},
		{"pages smaller than asked for", shelf{skip: "skip", take: "take", records: 5, limit: 2, answer: grand}, authorized(new(100)),
			[]string{"+100", "2+100", "4+100"}},
		{"no take", shelf{skip: "skip", take: "take", records: 3, answer: own}, authorized(nil), []string{"+", "3+"}},
		{"nothing", shelf{skip: "skip", take: "take", answer: own}, authorized(nil), []string{"+"}},
		{"ten a page by default", shelf{skip: "skip", take: "take", records: 21, size: 10, answer: own},
			func(t *testing.T, c *snapcare.Client) ([]int, error) {
				return numbers(t, c.Patients.AllForClinician(t.Context(), nil))
			}, []string{"+", "10+", "20+"}},
		{"visits, raw and twenty a page by default", shelf{skip: "skip", take: "take", records: 40, size: 20, answer: bare},
			func(t *testing.T, c *snapcare.Client) ([]int, error) {
				return numbers(t, c.Visits.AdminAll(t.Context(), nil))
			}, []string{"+", "20+", "40+"}},
		{"prefix of appointments", shelf{skip: "req.skip", take: "req.take", records: 3, answer: own},
			func(t *testing.T, c *snapcare.Client) ([]int, error) {
				return numbers(t, c.Appointments.AllForClinician(t.Context(), &snapcare.AppointmentsListForClinicianParams{Take: new(2)}))
			}, []string{"+2", "2+2"}},
		{"nested list", shelf{skip: "searchRequest.skip", take: "searchRequest.take", records: 3, answer: nested},
			func(t *testing.T, c *snapcare.Client) ([]int, error) {
				return numbers(t, c.Appointments.SearchAllSelfSchedulingClinicians(t.Context(),
					&snapcare.AppointmentsSearchSelfSchedulingCliniciansParams{Take: new(2)}))
			}, []string{"+2", "2+2"}},
		{"nested list of nothing", shelf{skip: "searchRequest.skip", take: "searchRequest.take", answer: own},
			func(t *testing.T, c *snapcare.Client) ([]int, error) {
				return numbers(t, c.Appointments.SearchAllSelfSchedulingClinicians(t.Context(), nil))
			}, []string{"+"}},
		{"from the middle", shelf{skip: "skip", take: "take", records: 5, answer: own},
			func(t *testing.T, c *snapcare.Client) ([]int, error) {
				got, err := numbers(t, c.Patients.AllAuthorized(t.Context(), &snapcare.PatientsListAuthorizedParams{
					Skip: new(3), Take: new(1),
				}))
				if !slices.Equal(got, []int{3, 4}) {
					t.Errorf("from the middle: %v", got)
				}
				return upTo(5), err
			}, []string{"3+1", "4+1", "5+1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.all(t, tt.shelf.client(t))
			if err != nil || !slices.Equal(got, upTo(tt.shelf.records)) {
				t.Errorf("got %v, %v", got, err)
			}
			if !slices.Equal(tt.shelf.asked, tt.asked) {
				t.Errorf("asked %q, want %q", tt.shelf.asked, tt.asked)
			}
		})
	}
}

func TestServerThatDoesNotHearSkipIsNoticed(t *testing.T) {
	s := shelf{skip: "skip", take: "take", records: 4, deaf: true, answer: own}
	got, err := numbers(t, s.client(t).Patients.AllAuthorized(t.Context(), &snapcare.PatientsListAuthorizedParams{Take: new(2)}))
	if !errors.Is(err, caremux.ErrCursorStuck) || !slices.Equal(got, upTo(2)) {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestTotalOfAPageIsTheTruth has servers that count what is in the answer, and servers that count what there is.
func TestTotalOfAPageIsTheTruth(t *testing.T) {
	for _, tt := range []struct {
		name       string
		answer     func([]any, int) any
		limit      int
		skip, take int
		want       string // total and whether there is a next page
	}{
		{"own count, first page", own, 0, 0, 2, "unknown true"},
		{"own count, middle", own, 0, 2, 2, "unknown true"},
		{"own count, last page", own, 0, 4, 2, "5 false"},
		{"own count, one page", own, 0, 0, 10, "5 false"},
		{"own count, beyond the end", own, 0, 50, 2, "unknown false"},
		{"grand total, first page", grand, 0, 0, 2, "5 true"},
		{"grand total, last page", grand, 0, 4, 2, "5 false"},
		{"grand total, beyond the end", grand, 0, 50, 2, "5 false"},
		{"grand total, smaller page than asked for", grand, 2, 0, 100, "5 true"},
		{"no total", bare, 0, 0, 2, "unknown true"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := shelf{skip: "skip", take: "take", records: 5, limit: tt.limit, answer: tt.answer}
			page, err := s.client(t).Visits.AdminList(t.Context(), &snapcare.VisitsAdminListParams{Skip: &tt.skip, Take: &tt.take})
			if err != nil {
				t.Fatal(err)
			}
			total := "unknown"
			if page.Total != nil {
				total = fmt.Sprint(*page.Total)
			}
			if got := fmt.Sprint(total, " ", page.HasNext()); got != tt.want {
				t.Errorf("total and next page: %s, want %s", got, tt.want)
			}
		})
	}
}

// TestListsThatAreNoneAreErrors has what must not look like a list without records.
func TestListsThatAreNoneAreErrors(t *testing.T) {
	for _, body := range []string{`{"message":"failed"}`, `{"data":"x"}`, `{"data":7}`, `"x"`, `<html>maintenance</html>`,
		``, `{"data":[{"id":1}`, `{"data":[1,2]}`} {
		page, err := ready(t, 200, body).Utility.ListTimeZones(t.Context())
		if !errors.Is(err, caremux.ErrUnreadable) || page != nil {
			t.Errorf("%s: got %v, %v", body, page, err)
		}
		if err != nil && (strings.Contains(err.Error(), "maintenance") || strings.Contains(err.Error(), "failed ")) {
			t.Errorf("the error holds the answer: %v", err)
		}
	}
	for body, want := range map[string]int{`{"data":[{"id":1},{"id":2}],"total":3}`: 2, `[{"id":1}]`: 1, `{"data":{"id":1}}`: 1,
		`{"$id":"1","data":{"$id":"2","$values":[{"$id":"3","id":1},{"$ref":"3"}]},"total":2}`: 2} {
		page, err := ready(t, 200, body).Utility.ListTimeZones(t.Context())
		if err != nil || len(page.Items) != want || page.Items[want-1].ID == nil {
			t.Errorf("%s: got %+v, %v", body, page, err)
		}
	}
}
