package pace

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func testExplore(t *testing.T) {
	steady := func(l load) load { l.low, l.high = 20*time.Millisecond, 60*time.Millisecond; return l }
	wide := func(l load) load { l.low, l.high = 5*time.Millisecond, 300*time.Millisecond; return l }
	exact := func(d time.Duration) time.Duration { return d }
	none := func(d time.Duration) time.Duration { return -1 }
	quarter := func(d time.Duration) time.Duration { return d / 4 }
	zero := func(d time.Duration) time.Duration { return 0 }
	sec, min := time.Second, time.Minute
	for _, tt := range []struct {
		name string
		v    vendor
		l    load
	}{
		{"50x10", vendor{limit: 10, window: sec}, steady(load{callers: 50, calls: 10})},
		{"50x10 headers", vendor{limit: 10, window: sec, shows: true}, steady(load{callers: 50, calls: 10})},
		{"50x10 wide", vendor{limit: 10, window: sec}, wide(load{callers: 50, calls: 10})},
		{"50x10 exact", vendor{limit: 10, window: sec, after: exact}, steady(load{callers: 50, calls: 10})},
		{"50x10 none", vendor{limit: 10, window: sec, after: none}, steady(load{callers: 50, calls: 10})},
		{"50x10 zero", vendor{limit: 10, window: sec, after: zero}, steady(load{callers: 50, calls: 10})},
		{"50x10 quarter", vendor{limit: 10, window: sec, after: quarter}, steady(load{callers: 50, calls: 10})},
		{"50x1", vendor{limit: 10, window: sec}, steady(load{callers: 50, calls: 1})},
		{"6x5 3/s", vendor{limit: 3, window: sec}, steady(load{callers: 6, calls: 5})},
		{"100/min 50x4", vendor{limit: 100, window: min}, steady(load{callers: 50, calls: 4})},
		{"100/min 50x4 h", vendor{limit: 100, window: min, shows: true}, steady(load{callers: 50, calls: 4})},
		{"100/min 50x10", vendor{limit: 100, window: min}, steady(load{callers: 50, calls: 10})},
		{"100/min 20x20 h", vendor{limit: 100, window: min, shows: true}, steady(load{callers: 20, calls: 20})},
		{"30/15s 50x10", vendor{limit: 30, window: 15 * sec}, steady(load{callers: 50, calls: 10})},
		{"2x 25x10", vendor{limit: 10, window: sec}, steady(load{processes: 2, callers: 25, calls: 10})},
		{"2x 25x10 h", vendor{limit: 10, window: sec, shows: true}, steady(load{processes: 2, callers: 25, calls: 10})},
		{"2x 25x8 100/min", vendor{limit: 100, window: min}, steady(load{processes: 2, callers: 25, calls: 8})},
		{"2x 25x8 100/min h", vendor{limit: 100, window: min, shows: true}, steady(load{processes: 2, callers: 25, calls: 8})},
		{"doubles 50x20", vendor{limit: 10, window: sec, change: map[time.Duration]int{20 * sec: 20}}, steady(load{callers: 50, calls: 20})},
		{"halves 50x10", vendor{limit: 10, window: sec, change: map[time.Duration]int{20 * sec: 5}}, steady(load{callers: 50, calls: 10})},
		{"200x25 100/s", vendor{limit: 100, window: sec}, steady(load{callers: 200, calls: 25})},
		{"100/min 50x50", vendor{limit: 100, window: min}, steady(load{callers: 50, calls: 50})},
		{"5000/min 50x300", vendor{limit: 5000, window: min}, steady(load{callers: 50, calls: 300})},
	} {
		for _, model := range []string{"fixed", "first", "rolling"} {
			var took, share []float64
			var ratio float64
			most := 0
			for seed := range uint64(200) {
				v := tt.v
				v.model = model
				o := simulate(v, tt.l, seed)
				took = append(took, o.took.Seconds()/o.ideal.Seconds())
				share = append(share, 100*o.share())
				most = max(most, o.most)
				slices.Sort(o.waits)
				ratio = max(ratio, o.waits[len(o.waits)-1].Seconds()/o.waits[len(o.waits)/2].Seconds())
			}
			slices.Sort(took)
			slices.Sort(share)
			fmt.Printf("%-20s %-8s time %.2f (%.2f)  refused %.1f (%.1f)  longest %.1f most %d\n", tt.name, model, took[100], took[199], share[100], share[199], ratio, most)
		}
	}
}
