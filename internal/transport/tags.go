package transport

import (
	"strconv"
	"sync"
)

// tags are the attempts under way whose context middleware may replace, by a number that travels in a header as far as the guard.
type tags struct {
	mu     sync.Mutex
	last   uint64
	active map[string]*sends
}

var tagged = tags{active: map[string]*sends{}}

// add returns the tag of an attempt, which the caller removes when the call has ended.
func (t *tags) add(s *sends) (tag string, remove func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last++
	tag = strconv.FormatUint(t.last, 36)
	t.active[tag] = s
	return tag, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.active, tag)
	}
}

func (t *tags) find(tag string) *sends {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.active[tag]
}
