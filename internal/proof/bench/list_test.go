package bench

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

func BenchmarkPage(b *testing.B) {
	s := newServer(b, 1, 0)
	p, c := s.plain(b), s.client(b)
	compare(b, func() error {
		if page, err := p.page(b.Context(), 0); err != nil || len(page.Content) != 100 {
			return errors.Join(errOther, err)
		}
		return nil
	}, func() error {
		if page, err := c.Patients.List(b.Context(), &welkin.PatientsListParams{Size: new(100)}); err != nil || len(page.Items) != 100 {
			return errors.Join(errOther, err)
		}
		return nil
	})
}

// plainLoop ranges over all records by hand over plain net/http.
func plainLoop(b *testing.B, p *plain) (n int, err error) {
	for number, last := 0, false; !last; number++ {
		page, err := p.page(b.Context(), number)
		if err != nil {
			return n, err
		}
		n, last = n+len(page.Content), page.Last
	}
	return n, nil
}

// all ranges over all records by All.
func all(b *testing.B, c *welkin.Client, opts ...caremux.RequestOption) (n int, err error) {
	for _, err := range c.Patients.All(b.Context(), &welkin.PatientsListParams{Size: new(100)}, opts...) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// BenchmarkAll ranges over 10,000 records.
func BenchmarkAll(b *testing.B) {
	const pages = 100
	s := newServer(b, pages, 0)
	p, c := s.plain(b), s.client(b)
	check := func(n int, err error) error {
		if n != pages*100 {
			return errors.Join(errOther, err)
		}
		return err
	}
	ours := func() error { return check(all(b, c)) }
	b.Run("plain", func(b *testing.B) {
		compare(b, func() error { return check(plainLoop(b, p)) }, ours)
	})
	b.Run("loop", func(b *testing.B) {
		compare(b, func() error {
			n := 0
			for number := range pages {
				page, err := c.Patients.List(b.Context(), &welkin.PatientsListParams{Size: new(100), Page: new(number)})
				if err != nil {
					return err
				}
				for range page.Items {
					n++
				}
			}
			return check(n, nil)
		}, ours)
	})
}

// BenchmarkPrefetch ranges over ten pages that take the server 20 ms each, and the caller 20 ms too. Its plain side is All
// without WithPrefetch.
func BenchmarkPrefetch(b *testing.B) {
	const pages = 10
	s := newServer(b, pages, 20*time.Millisecond)
	c := s.client(b)
	work := func(opts ...caremux.RequestOption) error {
		n := 0
		for _, err := range c.Patients.All(b.Context(), &welkin.PatientsListParams{Size: new(100)}, opts...) {
			if err != nil {
				return err
			}
			if n++; n%100 == 0 {
				time.Sleep(20 * time.Millisecond)
			}
		}
		if n != pages*100 {
			return errOther
		}
		return nil
	}
	compare(b, func() error { return work() }, func() error { return work(caremux.WithPrefetch(1)) })
}

// BenchmarkMillion ranges over a million records that never exist at once, and reports the highest heap use on the way beside that
// of a tenth of them.
func BenchmarkMillion(b *testing.B) {
	for b.Loop() {
		tenth, whole := peak(b, 100), peak(b, 1000)
		b.ReportMetric(tenth, "tenth-MiB")
		b.ReportMetric(whole, "peak-MiB")
	}
}

// peak is the highest heap use in MiB over a number of pages of a thousand records.
func peak(b *testing.B, pages int) float64 {
	c := memoryClient(b, pages, 1000)
	runtime.GC()
	var most uint64
	var m runtime.MemStats
	n := 0
	for _, err := range c.Patients.All(b.Context(), &welkin.PatientsListParams{Size: new(1000)}) {
		if err != nil {
			b.Fatal(err)
		}
		if n++; n%10_000 == 0 {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
		}
	}
	if n != pages*1000 {
		b.Fatal(n)
	}
	return float64(most) / (1 << 20)
}
