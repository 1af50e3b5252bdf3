package welkin_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

// changing is a vendor whose patients change and go while they are synchronised. Its lists are sorted by the last
// change, the newest first, as they are asked for.
type changing struct {
	now      time.Time
	rows     map[string]time.Time // when a patient was changed last
	gone     map[string]bool
	skew     time.Duration // of the clock of Date against that of the rows
	noDate   bool
	lag      time.Duration // until a change can be seen
	pace     time.Duration // between two changes, at most
	unsorted bool          // the list ignores the order, and says so
	rnd      *rand.Rand
	asked    []string
}

const changesPage = 3

func (v *changing) RoundTrip(r *http.Request) (*http.Response, error) {
	q := r.URL.Query()
	v.asked = append(v.asked, q.Encode())
	type row struct {
		id string
		at time.Time
	}
	var rows []row
	for id, at := range v.rows {
		if !v.gone[id] && !v.now.Before(at.Add(v.lag)) {
			rows = append(rows, row{id, at})
		}
	}
	slices.SortFunc(rows, func(a, b row) int {
		if order := b.at.Compare(a.at); order != 0 && !v.unsorted {
			return order
		}
		return strings.Compare(a.id, b.id)
	})
	number, _ := strconv.Atoi(q.Get("page"))
	start := min(number*changesPage, len(rows))
	end := min(start+changesPage, len(rows))
	items := []string{}
	for _, r := range rows[start:end] {
		items = append(items, fmt.Sprintf(`{"id":%q,"updatedAt":%q}`, r.id, r.at.UTC().Format("2006-01-02T15:04:05.000Z")))
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if !v.noDate {
		header.Set("Date", v.now.Add(v.skew).UTC().Format(http.TimeFormat))
	}
	body := fmt.Sprintf(`{"content":[%s],"number":%d,"last":%v,"totalElements":%d,"sort":{"sorted":%v}}`,
		strings.Join(items, ","), number, end >= len(rows), len(rows), !v.unsorted)
	return &http.Response{StatusCode: 200, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// step lets some time pass, and some patients change or go.
func (v *changing) step() {
	v.now = v.now.Add(time.Duration(v.rnd.Int64N(int64(v.pace)))).Truncate(time.Millisecond)
	for range v.rnd.IntN(4) {
		id := fmt.Sprint("p", v.rnd.IntN(12))
		switch {
		case v.rnd.IntN(8) == 0:
			v.gone[id] = true
		case !v.gone[id]:
			v.rows[id] = v.now
		}
	}
}

func (v *changing) client(t *testing.T) *welkin.Client {
	t.Helper()
	c, err := welkin.New(welkin.Credentials{Tenant: "gh", Instance: "sb-demo"}, caremux.WithTransport(v),
		caremux.WithTokenSource(caremux.StaticToken("ready")))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// interleave runs passes with changes in between and within, of which some are left in the middle, and then three in
// peace. It returns how many patients are there at the end whose last change no pass saw.
func (v *changing) interleave(t *testing.T, seed uint64) (missed, repeated int) {
	v.rnd = rand.New(rand.NewPCG(seed, 1))
	v.now = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	v.rows, v.gone = map[string]time.Time{}, map[string]bool{}
	for i := range 8 {
		v.rows[fmt.Sprint("p", i)] = v.now.Add(-time.Duration(i) * 24 * time.Hour)
	}
	c := v.client(t)
	saw := map[string]int{}
	var kept []byte
	for pass := range 11 {
		quiet := pass >= 8
		for range v.rnd.IntN(3) {
			if !quiet {
				v.step()
			}
		}
		if v.rnd.IntN(4) == 0 || quiet {
			v.now = v.now.Add(time.Duration(v.rnd.Int64N(int64(100 * v.pace)))).Truncate(time.Millisecond)
		}
		if quiet {
			v.now = v.now.Add(2 * time.Minute)
		}
		var cursor caremux.SyncCursor
		if kept != nil {
			if err := json.Unmarshal(kept, &cursor); err != nil {
				t.Fatal(err)
			}
		}
		changes := c.Patients.Changes(cursor)
		for p, err := range changes.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			saw[fmt.Sprintf("%s@%d", p.ID, p.UpdatedAt.UnixMilli())]++
			if !quiet && v.rnd.IntN(3) == 0 {
				v.step()
			}
			if !quiet && v.rnd.IntN(10) == 0 {
				break // the process is killed; the patient was handled, and the cursor kept
			}
		}
		kept, _ = json.Marshal(changes.Cursor())
	}
	for id, at := range v.rows {
		if n := saw[fmt.Sprintf("%s@%d", id, at.UnixMilli())]; !v.gone[id] && n == 0 {
			missed++
		}
	}
	for _, n := range saw {
		repeated += n - 1
	}
	return missed, repeated
}

// TestNoChangeIsMissed runs random interleavings; CAREMUX_INTERLEAVINGS says how many of each kind. The documentation
// of internal/changes has the figures for 2,000.
func TestNoChangeIsMissed(t *testing.T) {
	t.Parallel()
	n := 100
	if testing.Short() {
		n = 10
	}
	if given, err := strconv.Atoi(os.Getenv("CAREMUX_INTERLEAVINGS")); err == nil {
		n = given
	}
	const seconds, hours = 2500 * time.Millisecond, 3 * time.Hour
	for name, vendor := range map[string]changing{
		"changes seconds apart":       {pace: seconds},
		"changes hours apart":         {pace: hours},
		"seen 20 s late":              {pace: seconds, lag: 20 * time.Second},
		"Date 50 min ahead":           {pace: hours, skew: 50 * time.Minute},
		"Date 50 min behind":          {pace: hours, skew: -50 * time.Minute},
		"no Date":                     {pace: seconds, noDate: true},
		"no Date, hours apart":        {pace: hours, noDate: true},
		"a list that is not in order": {pace: hours, unsorted: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad, missed, repeated := 0, 0, 0
			for seed := range n {
				v := vendor
				m, r := v.interleave(t, uint64(seed))
				if m > 0 {
					bad++
				}
				missed, repeated = missed+m, repeated+r
			}
			report := t.Logf
			if missed > 0 {
				report = t.Errorf
			}
			report("%d of %d interleavings missed a change, %d changes in all; %.1f repetitions each",
				bad, n, missed, float64(repeated)/float64(n))
		})
	}
}

func TestAPassStopsAtWhatWasSeen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	v := &changing{now: now, rows: map[string]time.Time{}, gone: map[string]bool{}}
	for i := range 30 {
		v.rows[fmt.Sprintf("p%02d", i)] = now.Add(-time.Duration(i) * time.Hour)
	}
	c := v.client(t)
	changes := c.Patients.Changes(caremux.SyncCursor{Since: now.Add(-30 * time.Minute)})
	var ids []string
	for p, err := range changes.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	if strings.Join(ids, " ") != "p00 p01" || len(v.asked) != 1 || v.asked[0] != "size=100&sort=updatedAt%2Cdesc" {
		t.Errorf("took %v with the requests %q", ids, v.asked)
	}
	cursor := changes.Cursor()
	if !cursor.Since.Equal(now) || cursor.Owner == "" || cursor.Page != "" || !cursor.Began.IsZero() {
		t.Errorf("cursor %+v", cursor)
	}
	for name, err := range map[string]error{
		"another list":    first(c.Users.Changes(cursor), t),
		"other params":    first(c.Tasks.Changes(cursor, &welkin.TasksListParams{PatientID: new("1")}), t),
		"another patient": first(c.PatientPrograms.Changes("1", cursor), t),
		"an option":       first(c.Patients.Changes(cursor, caremux.StartAt("")), t),
	} {
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Vendor != "welkin" || argument.Operation == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := first(c.Patients.Changes(cursor, caremux.WithQuery("size", "50")), t); err != nil {
		t.Errorf("another size of pages: %v", err)
	}
}

// first ranges over one record of a pass and returns its error.
func first[T any](changes *caremux.Changes[T], t *testing.T) error {
	for _, err := range changes.All(t.Context()) {
		return err
	}
	return nil
}

func TestEveryListWithATimeOfChangeIsSynchronised(t *testing.T) {
	t.Parallel()
	srv := welkintest.NewServer(t)
	now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	srv.SetNow(now)
	c := srv.Client()
	ctx := t.Context()
	patient := srv.AddPatients(3)[1]
	user, err := c.Users.Create(ctx, &welkin.UserCreate{Username: new("ada")})
	if err != nil {
		t.Fatal(err)
	}
	start := caremux.NewTime(now.Add(24 * time.Hour))
	event, err := c.CalendarEvents.Create(ctx,
		&welkin.CalendarEventCreate{StartDateTime: start, EndDateTime: caremux.NewTime(now.Add(25 * time.Hour)),
			HostID: user.ID, Participants: []welkin.CalendarParticipantInput{{
				ParticipantID: user.ID, ParticipantRole: welkin.ParticipantRolePsm,
			}}})
	if err != nil {
		t.Fatal(err)
	}
	var patients, users, events caremux.SyncCursor
	sync := func() string {
		var seen []string
		p := c.Patients.Changes(patients)
		for r, err := range p.All(ctx) {
			seen = append(seen, fmt.Sprint("patient ", r.LastName, err))
		}
		u := c.Users.Changes(users)
		for r, err := range u.All(ctx) {
			seen = append(seen, fmt.Sprint("user ", r.Username, err))
		}
		e := c.CalendarEvents.Changes(events, nil)
		for r, err := range e.All(ctx) {
			seen = append(seen, fmt.Sprint("event ", r.EventStatus, err))
		}
		patients, users, events = p.Cursor(), u.Cursor(), e.Cursor()
		return strings.Join(seen, ", ")
	}
	srv.Advance(2 * time.Hour)
	if got, want := sync(),
		"patient 0001<nil>, patient 0002<nil>, patient 0003<nil>, user ada<nil>, event SCHEDULED<nil>"; !strings.EqualFold(got, want) {
		t.Errorf("first pass: %s", got)
	}
	srv.Advance(3 * time.Hour)
	if _, err := c.Patients.Update(ctx, patient, &welkin.PatientUpdate{LastName: new("Other")}); err != nil {
		t.Fatal(err)
	}
	if err := c.CalendarEvents.Delete(ctx, event.ID); err != nil {
		t.Fatal(err)
	}
	if got, want := sync(), "patient Other<nil>, event CANCELLED<nil>"; !strings.EqualFold(got, want) {
		t.Errorf("second pass: %s", got)
	}
	srv.Advance(3 * time.Hour)
	sync() // sees the changes once more, since it reaches back by an hour
	if got := sync(); got != "" {
		t.Errorf("third pass: %s", got)
	}
	var writes []string
	for _, w := range srv.Writes() {
		writes = append(writes, w.Operation+" "+w.ID)
	}
	want := []string{"Users.Create " + user.ID, "CalendarEvents.Create " + event.ID, "Patients.Update " + patient,
		"CalendarEvents.Delete " + event.ID}
	if !slices.Equal(writes, want) {
		t.Errorf("writes %q, want %q", writes, want)
	}
}
