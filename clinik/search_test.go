package clinik_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

// pages answers each cursor with its page; the first page is that of "".
func pages(answers map[string]string) *network {
	return &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		body, ok := answers[r.URL.Query().Get("cursor")]
		if !ok {
			return reply(404, `{"code":"NOT_FOUND"}`), nil
		}
		return reply(200, body), nil
	}}
}

// rows is a page of patients.
func rows(tail string, ids ...string) string {
	items := make([]string, len(ids))
	for i, id := range ids {
		items[i] = fmt.Sprintf(`{"id":%q}`, id)
	}
	return `{"data":{"data":[` + strings.Join(items, ",") + `]` + tail + `},"meta":{}}`
}

func TestSearchAllFollowsTheCursor(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers map[string]string
		ids     string
		cursors []string // asked for
		err     error
	}{
		{"three pages", map[string]string{"": rows(`,"cursor":"2","hasMore":true`, "a", "b"),
			"2": rows(`,"cursor":"4","hasMore":true`, "c", "d"), "4": rows(`,"hasMore":false`, "e")},
			"abcde", []string{"", "2", "4"}, nil},
		{"one page", map[string]string{"": rows(`,"total":1,"hasMore":false`, "a")}, "a", []string{""}, nil},
		{"no rows", map[string]string{"": rows(`,"total":0,"hasMore":false`)}, "", []string{""}, nil},
		{"hasMore false with a cursor", map[string]string{"": rows(`,"cursor":"2","hasMore":false`, "a")}, "a", []string{""}, nil},
		{"hasMore null with a cursor", map[string]string{
			"": rows(`,"cursor":"2","hasMore":null`, "a"), "2": rows(`,"cursor":null,"hasMore":null`, "b"),
		}, "ab", []string{"", "2"}, nil},
		{"hasMore as text", map[string]string{
			"": rows(`,"cursor":"2","hasMore":"true"`, "a"), "2": rows(`,"cursor":"3","hasMore":"false"`, "b"),
		}, "ab", []string{"", "2"}, nil},
		{"a page that comes again under another cursor", map[string]string{"": rows(`,"cursor":"2","hasMore":true`, "a", "b"),
			"2": rows(`,"cursor":"4","hasMore":true`, "c", "d"), "4": rows(`,"cursor":"6","hasMore":true`, "a", "b")},
			"abcd", []string{"", "2", "4"}, caremux.ErrCursorStuck},
		{"hasMore with an empty cursor", map[string]string{"": rows(`,"cursor":"","hasMore":true`, "a")}, "a", []string{""}, nil},
		{"hasMore with a null cursor", map[string]string{"": rows(`,"cursor":null,"hasMore":true`, "a")}, "a", []string{""}, nil},
		{"hasMore without a cursor", map[string]string{"": rows(`,"hasMore":true`, "a")}, "a", []string{""}, nil},
		{"cursor without hasMore", map[string]string{"": rows(`,"cursor":"2"`, "a"), "2": rows(``, "b")}, "ab", []string{"", "2"}, nil},
		{"cursor as a number", map[string]string{
			"": rows(`,"cursor":20,"hasMore":true`, "a"), "20": rows(`,"hasMore":false`, "b"),
		}, "ab", []string{"", "20"}, nil},
		{"cursor with signs", map[string]string{
			"": rows(`,"cursor":"a+/=&b","hasMore":true`, "a"), "a+/=&b": rows(`,"hasMore":false`, "b"),
		}, "ab", []string{"", "a+/=&b"}, nil},
		{"empty page in the middle", map[string]string{
			"": rows(`,"cursor":"2","hasMore":true`, "a"), "2": rows(`,"cursor":"3","hasMore":true`), "3": rows(`,"hasMore":false`, "b"),
		},
			"ab", []string{"", "2", "3"}, nil},
		{"page of a remark alone in the middle", map[string]string{
			"": `{"data":{"data":[{"resourceType":"OperationOutcome"}],"cursor":"2","hasMore":true}}`, "2": rows(`,"hasMore":false`, "b"),
		},
			"b", []string{"", "2"}, nil},
		{"cursor that does not move", map[string]string{
			"": rows(`,"cursor":"2","hasMore":true`, "a"), "2": rows(`,"cursor":"2","hasMore":true`, "b"),
		},
			"ab", []string{"", "2"}, caremux.ErrCursorStuck},
		{"cursors in a circle", map[string]string{"": rows(`,"cursor":"2","hasMore":true`, "a"),
			"2": rows(`,"cursor":"3","hasMore":true`, "b"), "3": rows(`,"cursor":"2","hasMore":true`, "c")},
			"abc", []string{"", "2", "3"}, caremux.ErrCursorStuck},
		{"error on the second page", map[string]string{"": rows(`,"cursor":"9","hasMore":true`, "a")},
			"a", []string{"", "9"}, caremux.ErrNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, ahead := range []int{0, 1, 3} {
				nw := pages(tt.answers)
				ids := ""
				var failed error
				for p, err := range nw.client(t).Patients.SearchAll(t.Context(), nil, caremux.WithPrefetch(ahead)) {
					if failed != nil {
						t.Error("the loop goes on after an error")
					}
					if failed = err; err == nil {
						ids += p.ID
					} else if p.ID != "" {
						t.Errorf("an error comes with patient %s", p.ID)
					}
				}
				if ids != tt.ids || !errors.Is(failed, tt.err) {
					t.Errorf("%d ahead: got %q, %v; want %q, %v", ahead, ids, failed, tt.ids, tt.err)
				}
				var asked []string
				for _, s := range nw.sent {
					asked = append(asked, s.query.Get("cursor"))
				}
				if diff := cmp.Diff(tt.cursors, asked); diff != "" {
					t.Errorf("%d ahead: cursors asked for (-want +got):\n%s", ahead, diff)
				}
			}
		})
	}
}

func TestParametersAreKeptOnLaterPages(t *testing.T) {
	nw := pages(map[string]string{
		"": rows(`,"cursor":"2","hasMore":true`, "a"), "2": rows(`,"cursor":"4","hasMore":true`, "b"), "4": rows(`,"hasMore":false`, "c"),
	})
	params := &clinik.AssessmentsSearchParams{
		PatientID: new("pt_abc123"), Status: new(clinik.AssessmentStatusCompleted), Sort: new("-date"), Count: new(2),
		DateFrom: new(caremux.NewDate(2025, time.January, 5)), DateTo: new(caremux.NewDate(2025, time.December, 31)),
	}
	all := nw.client(t).Assessments.SearchAll(t.Context(), params, caremux.WithQuery("_tag", "x|y"), caremux.WithHeader("X-Trace", "1"))
	*params.PatientID, params.Count = "pt_other", nil // the parameters were copied
	for _, err := range all {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := url.Values{"patientId": {"pt_abc123"}, "status": {"completed"}, "sort": {"-date"}, "count": {"2"},
		"dateFrom": {"2025-01-05"}, "dateTo": {"2025-12-31"}, "_tag": {"x|y"}}
	for i, cursor := range []string{"", "2", "4"} {
		if cursor != "" {
			want["cursor"] = []string{cursor}
		}
		if diff := cmp.Diff(want, nw.sent[i].query); diff != "" || nw.sent[i].path != "/v1/assessments" ||
			nw.sent[i].header.Get("X-Trace") != "1" {
			t.Errorf("request %d: %s %q (-want +got):\n%s", i+1, nw.sent[i].path, nw.sent[i].header.Get("X-Trace"), diff)
		}
	}
}

func TestQueriesAreEncodedAsTheVendorTakesThem(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(context.Context, *clinik.Client) error
		want string // as sent
	}{
		{"nothing", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Patients.Search(ctx, nil)
			return err
		}, ""},
		{"text", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Patients.Search(ctx, &clinik.PatientsSearchParams{Name: new("Zoë & Co"), Email: new("a+b@c.d")})
			return err
		}, "email=a%2Bb%40c.d&name=Zo%C3%AB+%26+Co"},
		{"empty text is sent", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Patients.Search(ctx, &clinik.PatientsSearchParams{Name: new("")})
			return err
		}, "name="},
		{"false and zero are sent", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Patients.Search(ctx, &clinik.PatientsSearchParams{Active: new(false), Count: new(0)})
			return err
		}, "active=false&count=0"},
		{"a count that the vendor clamps", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Patients.Search(ctx, &clinik.PatientsSearchParams{Count: new(1000)})
			return err
		}, "count=1000"},
		{"day", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Patients.Search(ctx, &clinik.PatientsSearchParams{
				BirthDate: new(caremux.NewDate(1980, time.March, 2)), Gender: new(clinik.GenderFemale),
			})
			return err
		}, "birthDate=1980-03-02&gender=female"},
		{"cursor kept in another process", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Patients.Search(ctx, &clinik.PatientsSearchParams{Cursor: new("20")})
			return err
		}, "cursor=20"},
		{"repeated parameter", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Encounters.Get(ctx, "enc_1", &clinik.EncountersGetParams{Include: []string{
				"Encounter:subject", "Encounter:practitioner",
			}})
			return err
		}, "_include=Encounter%3Asubject&_include=Encounter%3Apractitioner"},
		{"no values of a repeated parameter", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Encounters.Get(ctx, "enc_1", &clinik.EncountersGetParams{Include: []string{}})
			return err
		}, ""},
		{"a parameter that the client does not know", func(ctx context.Context, c *clinik.Client) error {
			_, err := c.Patients.Search(ctx, nil, caremux.WithQuery("x", "1,2"), caremux.WithQuery("x", "3"))
			return err
		}, "x=1%2C2&x=3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var raw string
			nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
				raw = r.URL.RawQuery
				if strings.Count(r.URL.Path, "/") > 2 {
					return reply(200, `{"data":{"id":"1"}}`), nil
				}
				return reply(200, rows(`,"hasMore":false`)), nil
			}}
			if err := tt.do(t.Context(), nw.client(t)); err != nil {
				t.Fatal(err)
			}
			if raw != tt.want {
				t.Errorf("asked %s, want %s", raw, tt.want)
			}
		})
	}
}

func TestPagesCanBeTurnedByHand(t *testing.T) {
	nw := pages(map[string]string{
		"": rows(`,"total":3,"cursor":"2","hasMore":true`, "a", "b"), "2": rows(`,"total":3,"hasMore":false`, "c"),
	})
	page, err := nw.client(t).Patients.Search(t.Context(), &clinik.PatientsSearchParams{Name: new("D")})
	if err != nil || !page.HasNext() || page.NextCursor == "" || page.Total == nil || *page.Total != 3 {
		t.Fatalf("got %+v, %v", page, err)
	}
	next, err := page.Next(t.Context())
	if err != nil || next.HasNext() || next.NextCursor != "" || next.Items[0].ID != "c" || nw.sent[1].query.Get("name") != "D" {
		t.Fatalf("got %+v, %v", next, err)
	}
	if _, err := next.Next(t.Context()); !errors.Is(err, caremux.ErrNoNextPage) {
		t.Errorf("behind the last page: %v", err)
	}
}

func TestBreakingOutOfALoopStopsTheFetching(t *testing.T) {
	for ahead, most := range map[int]int{0: 1, 1: 2, 4: 5} {
		t.Run(fmt.Sprintf("%d pages ahead", ahead), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := &network{answer: func(_ *http.Request, n int) (*http.Response, error) {
					return reply(200, rows(fmt.Sprintf(`,"cursor":"%d","hasMore":true`, n), string(rune('a'+n-1)), "z")), nil
				}}
				for p, err := range nw.client(t).Patients.SearchAll(t.Context(), nil, caremux.WithPrefetch(ahead)) {
					if err != nil || p.ID != "a" {
						t.Fatal(p, err)
					}
					time.Sleep(time.Minute) // as many pages as allowed are fetched meanwhile
					break
				}
				if n := nw.count(); n != most {
					t.Errorf("%d pages were fetched, want %d", n, most)
				}
				time.Sleep(time.Hour)
				if n := nw.count(); n != most {
					t.Errorf("%d pages after the loop", n)
				}
			})
		})
	}
}

func TestPrefetchHidesTheLatencyOfPages(t *testing.T) {
	for ahead, want := range map[int]time.Duration{0: 3*time.Second + 3*2*time.Second, 1: time.Second + 3*2*time.Second} {
		t.Run(fmt.Sprintf("%d pages ahead", ahead), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nw := &network{answer: func(_ *http.Request, n int) (*http.Response, error) {
					time.Sleep(time.Second)
					return reply(200, rows(fmt.Sprintf(`,"cursor":"%d","hasMore":%v`, n, n < 3), strconv.Itoa(n))), nil
				}}
				start := time.Now()
				n := 0
				for _, err := range nw.client(t).Patients.SearchAll(t.Context(), nil, caremux.WithPrefetch(ahead)) {
					if err != nil {
						t.Fatal(err)
					}
					n++
					time.Sleep(2 * time.Second)
				}
				if took := time.Since(start); n != 3 || took != want {
					t.Errorf("%d rows in %v, want %v", n, took, want)
				}
			})
		})
	}
}
