package ekacare_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
)

// syncVendor is a vendor whose records change while they are synchronised.
type syncVendor struct {
	now    time.Time
	rows   map[string]time.Time // when a record was changed last
	gone   map[string]bool
	tokens string        // keyset, or offsets into a list with the oldest or the newest change first
	skew   time.Duration // of the clock of Date against that of the rows
	noDate bool
	lag    time.Duration // until a change can be seen
	stale  int           // one token in so many is refused; 0 is none
	pace   time.Duration // between two changes, at most
	rnd    *rand.Rand
}

const syncPage = 3

// answer tells of a record its id, and when it was changed as its title, for the test alone.
func (v *syncVendor) answer(r *http.Request, _ int) (*http.Response, error) {
	q := r.URL.Query()
	since, err := strconv.ParseInt(q.Get("u_at__gt"), 10, 64)
	if err != nil {
		since = -1 << 40
	}
	type row struct {
		id string
		at time.Time
	}
	var rows []row
	for id, at := range v.rows {
		if !v.gone[id] && at.Unix() > since && !v.now.Before(at.Add(v.lag)) {
			rows = append(rows, row{id, at})
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(a.at.Compare(b.at), strings.Compare(a.id, b.id)) })
	if v.tokens == "newest" {
		slices.Reverse(rows)
	}
	start := 0
	if token := q.Get("offset"); token != "" {
		if v.stale > 0 && v.rnd.IntN(v.stale) == 0 {
			return reply(400, `{"error":"invalid offset","code":"INVALID_OFFSET"}`), nil
		}
		if v.tokens == "keyset" {
			nanos, id, _ := strings.Cut(token, "~")
			n, _ := strconv.ParseInt(nanos, 10, 64)
			start = len(rows)
			for i, r := range rows {
				if cmp.Or(r.at.Compare(time.Unix(0, n)), strings.Compare(r.id, id)) > 0 {
					start = i
					break
				}
			}
		} else {
			start, _ = strconv.Atoi(token)
			start = min(start, len(rows))
		}
	}
	end := min(start+syncPage, len(rows))
	var items []string
	for _, r := range rows[start:end] {
		items = append(items, fmt.Sprintf(`{"record":{"item":{"document_id":%q,"metadata":{"title":"%d"}}}}`, r.id, r.at.UnixNano()))
	}
	next := "null"
	if end < len(rows) {
		next = fmt.Sprintf(`"%d"`, end)
		if v.tokens == "keyset" {
			next = fmt.Sprintf(`"%d~%s"`, rows[end-1].at.UnixNano(), rows[end-1].id)
		}
	}
	var header []string
	if !v.noDate {
		header = []string{"Date", v.now.Add(v.skew).UTC().Format(http.TimeFormat)}
	}
	return reply(200, `{"items":[`+strings.Join(items, ",")+`],"next_token":`+next+`}`, header...), nil
}

// step lets some time pass and some records change.
func (v *syncVendor) step(deletes bool) {
	v.now = v.now.Add(time.Duration(v.rnd.Int64N(int64(v.pace))))
	for range v.rnd.IntN(4) {
		id := fmt.Sprint("r", v.rnd.IntN(12))
		switch {
		case deletes && v.rnd.IntN(8) == 0:
			v.gone[id] = true
		case !v.gone[id]:
			v.rows[id] = v.now
		}
	}
}

// interleave runs some passes with changes in between and within, of which some are left in the middle and gone on with
// from the cursor that was kept, and then three in peace. It returns how many records are current at the end whose last
// change no pass saw.
func (v *syncVendor) interleave(t *testing.T, seed uint64, deletes bool) (missed, repeated int) {
	v.rnd = rand.New(rand.NewPCG(seed, 1))
	v.now = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	v.rows, v.gone = map[string]time.Time{}, map[string]bool{}
	nw := &network{answer: v.answer}
	service := nw.client(t).For(patient).Records
	saw := map[string]int{}
	var kept []byte
	for pass := range 11 {
		quiet := pass >= 8
		for range v.rnd.IntN(3) {
			if !quiet {
				v.step(deletes)
			}
		}
		if v.rnd.IntN(4) == 0 || quiet {
			v.now = v.now.Add(time.Duration(v.rnd.Int64N(int64(100 * v.pace))))
		}
		if quiet {
			v.now, v.stale = v.now.Add(2*time.Minute), 0
		}
		var cursor caremux.SyncCursor
		if kept != nil {
			if err := json.Unmarshal(kept, &cursor); err != nil {
				t.Fatal(err)
			}
		}
		changes := service.Changes(cursor)
		for item, err := range changes.All(t.Context()) {
			if err != nil {
				break // the job fails, and runs again later
			}
			saw[item.RecordData.Item.DocumentID+"@"+item.RecordData.Item.Metadata.Title]++
			if !quiet && v.rnd.IntN(3) == 0 {
				v.step(deletes)
			}
			if !quiet && v.rnd.IntN(10) == 0 {
				break // the process is killed; the item was handled, and the cursor kept
			}
		}
		kept, _ = json.Marshal(changes.Cursor())
	}
	for id, at := range v.rows {
		if n := saw[fmt.Sprintf("%s@%d", id, at.UnixNano())]; !v.gone[id] && n == 0 {
			missed++
		}
	}
	for _, n := range saw {
		repeated += n - 1
	}
	return missed, repeated
}

// TestNoChangeIsMissed runs random interleavings; CAREMUX_INTERLEAVINGS says how many of each kind. The documentation
// of Changes has the figures for 10,000.
func TestNoChangeIsMissed(t *testing.T) {
	n := 100
	if testing.Short() {
		n = 10
	}
	if given, err := strconv.Atoi(os.Getenv("CAREMUX_INTERLEAVINGS")); err == nil {
		n = given
	}
	const seconds, hours = 2500 * time.Millisecond, 3 * time.Hour
	for _, tt := range []struct {
		name    string
		vendor  syncVendor
		deletes bool
		figure  bool // missing some is expected
	}{
		{"keyset tokens", syncVendor{tokens: "keyset", pace: seconds}, true, false},
		{"keyset tokens, changes hours apart", syncVendor{tokens: "keyset", pace: hours}, true, false},
		{"keyset tokens, some refused", syncVendor{tokens: "keyset", pace: hours, stale: 5}, true, false},
		{"keyset tokens, seen 20 s late", syncVendor{tokens: "keyset", pace: seconds, lag: 20 * time.Second}, true, false},
		{"newest first", syncVendor{tokens: "newest", pace: seconds}, true, false},
		{"newest first, changes hours apart", syncVendor{tokens: "newest", pace: hours}, true, false},
		{"oldest first", syncVendor{tokens: "oldest", pace: seconds}, false, false},
		{"oldest first, changes hours apart", syncVendor{tokens: "oldest", pace: hours}, false, false},
		{"oldest first, deletions, changes hours apart", syncVendor{tokens: "oldest", pace: hours}, true, false},
		{"Date 3 min ahead", syncVendor{tokens: "keyset", pace: seconds, skew: 3 * time.Minute}, true, false},
		{"Date 50 min ahead, changes hours apart", syncVendor{tokens: "keyset", pace: hours, skew: 50 * time.Minute}, true, false},
		{"Date 50 min behind", syncVendor{tokens: "keyset", pace: hours, skew: -50 * time.Minute}, true, false},
		{"Date 2 h ahead, changes hours apart", syncVendor{tokens: "keyset", pace: hours, skew: 2 * time.Hour}, true, true},
		{"no Date", syncVendor{tokens: "keyset", pace: seconds, noDate: true}, true, false},
		{"no Date, oldest first, changes hours apart", syncVendor{tokens: "oldest", pace: hours, noDate: true}, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bad, missed, repeated := 0, 0, 0
			for seed := range n {
				v := tt.vendor
				m, r := v.interleave(t, uint64(seed), tt.deletes)
				if m > 0 {
					bad++
				}
				missed, repeated = missed+m, repeated+r
			}
			report := t.Logf
			if missed > 0 && !tt.figure {
				report = t.Errorf
			}
			report(
				"%d of %d interleavings missed a change, %d changes in all; %.1f repetitions each",
				bad,
				n,
				missed,
				float64(repeated)/float64(n),
			)
		})
	}
}
