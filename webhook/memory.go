package webhook

import (
	"container/heap"
	"context"
	"crypto/sha256"
	"strconv"
	"sync"
	"time"
)

// DefaultMemoryMax is the default number of deliveries that a [MemoryStore] remembers: about 20 MB when full.
const DefaultMemoryMax = 1 << 16

// MemoryStore is a [Store] in this process, for a service of one replica. What it remembers ends with the process. When it is
// full it forgets the delivery that was done and whose time is over first, never one that is being handled; if all are, Claim
// returns [ErrStoreFull]. The zero value is ready. Set the fields before the first use.
type MemoryStore struct {
	Max int              // most deliveries remembered; 0 means DefaultMemoryMax
	Now func() time.Time // nil means time.Now

	mu      sync.Mutex
	entries map[hashed]*memoryEntry // by the hash of the key: keys may be long and may name patients
	done    memoryHeap
	count   uint64 // of what was claimed and what was done
}

type memoryEntry struct {
	key   hashed
	token string // empty when done
	until time.Time
	order uint64 // among what was done
	index int    // in the heap, when done
}

// memoryHeap has what is to be forgotten first at its top. Handlers with memories of different length may share a store.
type memoryHeap []*memoryEntry

func (h memoryHeap) Len() int { return len(h) }

func (h memoryHeap) Less(i, j int) bool {
	if c := h[i].until.Compare(h[j].until); c != 0 {
		return c < 0
	}
	return h[i].order < h[j].order
}

func (h memoryHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push is for package heap.
func (h *memoryHeap) Push(x any) {
	e := x.(*memoryEntry)
	e.index = len(*h)
	*h = append(*h, e)
}

// Pop is for package heap.
func (h *memoryHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return e
}

var _ Store = (*MemoryStore)(nil)

// hashOf hashes a key; those of usual length are not copied to the heap for it.
func hashOf(key string) hashed {
	var space [256]byte
	return sha256.Sum256(append(space[:0], key...))
}

// Claim tries to claim key for the duration of lease; see [Store].
func (m *MemoryStore) Claim(_ context.Context, key string, lease time.Duration) (Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, id := m.now(), hashOf(key)
	if e := m.live(id, now); e != nil {
		state := Held
		if e.token == "" {
			state = Handled
		}
		return Claim{Key: key, State: state}, nil
	}
	if !m.room(now) {
		return Claim{}, ErrStoreFull
	}
	m.count++
	e := &memoryEntry{key: id, token: strconv.FormatUint(m.count, 36), until: now.Add(lease)}
	m.put(e)
	return Claim{Key: key, Token: e.token, State: Claimed}, nil
}

// Extend extends a claim to lease from now; see [Store].
func (m *MemoryStore) Extend(_ context.Context, c Claim, lease time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	e := m.live(hashOf(c.Key), now)
	if e == nil || e.token == "" || e.token != c.Token {
		return ErrClaimLost
	}
	e.until = now.Add(lease)
	return nil
}

// Done records that the delivery was handled; see [Store].
func (m *MemoryStore) Done(_ context.Context, c Claim, keep time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, id := m.now(), hashOf(c.Key)
	e := m.entries[id]
	switch {
	case e != nil && e.token == "":
		heap.Remove(&m.done, e.index)
	case e == nil && !m.room(now):
		return ErrStoreFull
	case e == nil:
		e = &memoryEntry{key: id}
		m.put(e)
	}
	m.count++
	e.token, e.until, e.order = "", now.Add(keep), m.count
	heap.Push(&m.done, e)
	return nil
}

// Release ends a claim; see [Store].
func (m *MemoryStore) Release(_ context.Context, c Claim) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := hashOf(c.Key)
	if e := m.live(id, m.now()); e != nil && e.token != "" && e.token == c.Token {
		m.drop(id)
	}
	return nil
}

// Len returns how many deliveries are remembered, those included whose time is over and that were not yet swept out.
func (m *MemoryStore) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.entries)
}

func (m *MemoryStore) now() time.Time {
	if m.Now != nil {
		return m.Now()
	}
	return time.Now()
}

// live returns the entry of a key unless its time is over.
func (m *MemoryStore) live(id hashed, now time.Time) *memoryEntry {
	e := m.entries[id]
	if e != nil && !now.Before(e.until) {
		m.drop(id)
		return nil
	}
	return e
}

// room makes place for one more entry, and reports whether it could.
func (m *MemoryStore) room(now time.Time) bool {
	most := m.Max
	if most <= 0 {
		most = DefaultMemoryMax
	}
	for len(m.done) > 0 && (len(m.entries) >= most || !now.Before(m.done[0].until)) {
		m.drop(m.done[0].key)
	}
	if len(m.entries) >= most { // only claims are left; those of functions that overran their time may go
		for id, e := range m.entries {
			if !now.Before(e.until) {
				m.drop(id)
			}
		}
	}
	return len(m.entries) < most
}

func (m *MemoryStore) put(e *memoryEntry) {
	if m.entries == nil {
		m.entries = make(map[hashed]*memoryEntry)
	}
	m.entries[e.key] = e
}

func (m *MemoryStore) drop(id hashed) {
	e := m.entries[id]
	if e == nil {
		return
	}
	if e.token == "" {
		heap.Remove(&m.done, e.index)
	}
	delete(m.entries, id)
}
