package pace

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// enter lets a call go as the transport does.
func enter(ctx context.Context, p *Pace, c *Place) error {
	if p.Try(c) {
		return nil
	}
	_, err := p.Wait(ctx, c)
	return err
}

func place() *Place { return &Place{MaxWait: 90 * time.Second, Pauses: 4} }

// paused is a pace that a refusal has just paused.
func paused(t *testing.T, wait time.Duration) *Pace {
	t.Helper()
	p, c := &Pace{}, place()
	if !p.Try(c) {
		t.Fatal("the first call waits")
	}
	time.Sleep(time.Millisecond)
	p.Refused(c, refusal(wait))
	return p
}

func TestCallsGoInTheOrderOfTheirBegin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, first := &Pace{}, place()
		p.Try(first)
		second := place()
		p.Try(second)
		time.Sleep(time.Millisecond)
		p.Refused(second, refusal(time.Second))
		var order []int
		var mu sync.Mutex
		var all sync.WaitGroup
		goes := func(n int, c *Place) {
			all.Go(func() {
				if err := enter(t.Context(), p, c); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, n)
				mu.Unlock()
				p.Accepted(c, Figures{})
			})
			synctest.Wait()
		}
		for n := 3; n <= 6; n++ {
			goes(n, place())
		}
		goes(2, second) // goes back to its place, and so before the others
		p.Refused(first, refusal(time.Second))
		goes(1, first)
		all.Wait()
		if !slices.Equal(order, []int{1, 2, 3, 4, 5, 6}) {
			t.Errorf("order %v", order)
		}
	})
}

func TestCallWhoseContextEndsLeavesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := paused(t, time.Minute)
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("enough")
		time.AfterFunc(time.Second, func() { cancel(why) })
		begin := time.Now()
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if err := enter(ctx, p, place()); !errors.Is(err, why) {
					t.Errorf("error %v", err)
				}
			})
		}
		all.Wait()
		if took := time.Since(begin); took != time.Second || len(p.line) != 0 {
			t.Errorf("left after %v, %d wait", took, len(p.line))
		}
	})
}

func TestPauseThatOutlivesTheDeadlineEndsTheCallAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		p := paused(t, time.Minute)
		c := place()
		c.Deadline = time.Now().Add(30 * time.Second)
		var late *Late
		if err := enter(t.Context(), p, c); !errors.As(err, &late) || late.Until.Sub(begin).Round(time.Second) != time.Minute {
			t.Errorf("error %v", err)
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("after %v", took)
		}
	})
}

func TestLongPauseFailsCallsButForOneThatAsks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := paused(t, time.Hour)
		asked := 0
		for range 600 { // ten minutes of a call each second
			c := place()
			if err := enter(t.Context(), p, c); err == nil {
				asked++
				p.Refused(c, refusal(time.Hour))
			} else if late := new(Late); !errors.As(err, &late) {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if asked < 5 || asked > 7 {
			t.Errorf("%d calls have asked in ten minutes, want one in 90 s", asked)
		}
		time.Sleep(90 * time.Second)
		c := place()
		if err := enter(t.Context(), p, c); err != nil {
			t.Fatal(err)
		}
		p.Accepted(c, Figures{})
		if err := enter(t.Context(), p, place()); err != nil {
			t.Errorf("%v, though the vendor accepts calls again", err)
		}
	})
}

func TestRefusalsWithoutEndFailAllCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Pace{}
		requests := 0
		var mu sync.Mutex
		var all sync.WaitGroup
		begin := time.Now()
		for range 2000 {
			all.Go(func() {
				c := place()
				for {
					if enter(t.Context(), p, c) != nil {
						return
					}
					mu.Lock()
					requests++
					mu.Unlock()
					time.Sleep(10 * time.Millisecond)
					if _, _, late := p.Refused(c, refusal(time.Second)); late != nil {
						return
					}
				}
			})
		}
		all.Wait()
		if took := time.Since(begin); requests > 20 || took > time.Minute {
			t.Errorf("%d requests in %v", requests, took)
		}
	})
}

func TestCallThatIsAlwaysRefusedEndsThoughOthersAreAccepted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, c := &Pace{}, place()
		times := 0
		for ; times < 100; times++ {
			if err := enter(t.Context(), p, c); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
			if _, _, late := p.Refused(c, refusal(time.Second)); late != nil {
				break
			}
			other := place()
			if err := enter(t.Context(), p, other); err != nil {
				t.Fatal(err)
			}
			p.Accepted(other, Figures{})
		}
		if times != mostRefused*c.Pauses-1 {
			t.Errorf("refused %d times", times+1)
		}
	})
}

func TestRequestDoesNotLeaveIntoAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, slow, fast := &Pace{}, place(), place()
		p.Try(slow)
		p.Try(fast)
		time.Sleep(time.Millisecond)
		p.Refused(fast, refusal(time.Second))
		if p.Try(slow) {
			t.Error("it leaves")
		}
		if err := enter(t.Context(), p, slow); err != nil || !p.Try(slow) {
			t.Errorf("it does not leave after the pause: %v", err)
		}
		p.Gone(slow)
		p.Gone(slow)
		if p.mirror.in != 0 {
			t.Errorf("%d requests under way", p.mirror.in)
		}
	})
}

func TestIdlePaceAllocatesNothing(t *testing.T) {
	p, c := &Pace{}, place()
	once := func() {
		for range 2 { // a place, and once more just before the request leaves
			if !p.Try(c) {
				t.Fatal("it waits")
			}
		}
		p.Accepted(c, Figures{})
	}
	for range 20_000 {
		once()
	}
	if n := testing.AllocsPerRun(1000, once); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkIdle(b *testing.B) {
	p, c := &Pace{}, place()
	b.ReportAllocs()
	for b.Loop() {
		p.Try(c)
		p.Try(c)
		p.Accepted(c, Figures{})
	}
}
