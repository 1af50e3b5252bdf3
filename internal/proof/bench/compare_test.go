package bench

import (
	"slices"
	"testing"
	"time"
)

// compare does the same work in two ways in turn, so that whatever else the machine does meets both, and reports the medians, their
// ratio, how many more allocations ours makes, and how many it makes with those of the server.
func compare(b *testing.B, plain, ours func() error) {
	b.Helper()
	comparePrepared(b, func() {}, plain, ours)
}

// comparePrepared is compare with what prepares each work and does not count.
func comparePrepared(b *testing.B, prepare func(), plain, ours func() error) {
	b.Helper()
	run := func(work func() error) float64 {
		prepare()
		start := time.Now()
		if err := work(); err != nil {
			b.Fatal(err)
		}
		return float64(time.Since(start).Nanoseconds())
	}
	for range 2 {
		run(plain)
		run(ours)
	}
	var other, own []float64
	for b.Loop() {
		if len(own)%2 == 0 {
			other, own = append(other, run(plain)), append(own, run(ours))
		} else {
			own, other = append(own, run(ours)), append(other, run(plain))
		}
	}
	rounds := 100
	if slices.Min(own) > 1e7 {
		rounds = 1
	}
	allocations := func(work func() error) float64 { return testing.AllocsPerRun(rounds, func() { run(work) }) }
	none, fewer, more := allocations(func() error { return nil }), allocations(plain), allocations(ours)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(other), "plain-ns")
	b.ReportMetric(median(own), "caremux-ns")
	b.ReportMetric(median(own)/median(other), "ratio")
	b.ReportMetric(more-fewer, "more-allocs")
	b.ReportMetric(more-none, "own-allocs")
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
