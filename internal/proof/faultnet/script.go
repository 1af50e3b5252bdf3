package faultnet

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
)

// Script says what happens to a request, of which it sees the header only; r is nil for a request of [HTTP2]. It is called in
// the order of arrival, by one goroutine at a time.
type Script func(r *http.Request) Fault

// Fixed returns faults in their order, and then None.
func Fixed(faults ...Fault) Script {
	n := 0
	return func(*http.Request) Fault {
		if n == len(faults) {
			return None
		}
		n++
		return faults[n-1]
	}
}

// Deck deals the cards in an order that the seed decides, again and again: each fault comes as often as the deck has it, and
// clean cards without a fault are among them.
func Deck(seed uint64, clean int, faults ...Fault) Script {
	random := rand.New(rand.NewPCG(seed, 0))
	cards := append(make([]Fault, clean, clean+len(faults)), faults...)
	n := 0
	return func(*http.Request) Fault {
		if n == 0 {
			random.Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
		}
		card := cards[n]
		n = (n + 1) % len(cards)
		return card
	}
}

// counts is how often each fault was injected.
type counts struct {
	mu     sync.Mutex
	script Script
	seen   map[Fault]int
}

// next asks the script. Faults are counted when they happen: see done.
func (c *counts) next(r *http.Request) Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.script(r)
}

func (c *counts) done(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[Fault]int{}
	}
	c.seen[f]++
}

// Counts returns how often each fault was injected; [None] is the number of requests that met none.
func (c *counts) Counts() map[Fault]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.seen)
}

// Injected are the faults that happened, in their order.
func (c *counts) Injected() []Fault {
	return slices.Sorted(maps.Keys(c.Counts()))
}
