package main

import (
	"fmt"
	"io"
	"time"
)

// meter shows on one line how far the export is.
type meter struct {
	out         io.Writer
	start, last time.Time
	before      int // patients of an earlier run
	total       int64
}

func newMeter(out io.Writer, before int) *meter {
	return &meter{out: out, start: time.Now(), last: time.Now(), before: before}
}

// tick shows the line now and then.
func (m *meter) tick(done int) {
	if time.Since(m.last) >= 200*time.Millisecond {
		fmt.Fprint(m.out, m.line(done), "\r")
		m.last = time.Now()
	}
}

func (m *meter) show(done int) { fmt.Fprintln(m.out, m.line(done)) }

func (m *meter) line(done int) string {
	rate := float64(done-m.before) / max(time.Since(m.start).Seconds(), 0.001)
	return fmt.Sprintf("%d of %d patients, %.0f a second ", done, m.total, rate)
}
