package webhook

import (
	"container/list"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

// DefaultMemoryMax is how many deliveries a [MemoryStore] remembers, unless it is told otherwise: about 20 MB when full.
const DefaultMemoryMax = 1 << 16

// MemoryStore is a [Store] in this process, for a service of one replica. What it remembers ends with the process. When it is
// full it forgets the delivery that was done longest ago, never one that is being handled; if all are, Claim returns
// [ErrStoreFull]. The zero value is ready. Set the fields before the first use.
type MemoryStore struct {
	Max int              // most deliveries remembered; 0 means DefaultMemoryMax
	Now func() time.Time // nil means time.Now

	mu      sync.Mutex
	entries map[sum]*list.Element // of *memoryEntry, by the hash of the key: keys may be long and may name patients
	claims  list.List
	done    list.List // done longest ago first
}

type memoryEntry struct {
	key   sum
	token string // empty when done
	until time.Time
}

var _ Store = (*MemoryStore)(nil)

// Claim tries to get hold of key; see [Store].
func (m *MemoryStore) Claim(_ context.Context, key string, lease time.Duration) (Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, id := m.now(), sum(sha256.Sum256([]byte(key)))
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
	e := &memoryEntry{key: id, token: rand.Text(), until: now.Add(lease)}
	m.put(&m.claims, e)
	return Claim{Key: key, Token: e.token, State: Claimed}, nil
}

// Extend makes a claim hold for lease from now; see [Store].
func (m *MemoryStore) Extend(_ context.Context, c Claim, lease time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	e := m.live(sha256.Sum256([]byte(c.Key)), now)
	if e == nil || e.token == "" || e.token != c.Token {
		return ErrClaimLost
	}
	e.until = now.Add(lease)
	return nil
}

// Done remembers that the delivery was handled; see [Store].
func (m *MemoryStore) Done(_ context.Context, c Claim, keep time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, id := m.now(), sum(sha256.Sum256([]byte(c.Key)))
	m.drop(id)
	if !m.room(now) {
		return ErrStoreFull
	}
	m.put(&m.done, &memoryEntry{key: id, until: now.Add(keep)})
	return nil
}

// Release gives a claim back; see [Store].
func (m *MemoryStore) Release(_ context.Context, c Claim) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := sum(sha256.Sum256([]byte(c.Key)))
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
func (m *MemoryStore) live(id sum, now time.Time) *memoryEntry {
	el := m.entries[id]
	if el == nil {
		return nil
	}
	e := el.Value.(*memoryEntry)
	if !now.Before(e.until) {
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
	for el := m.done.Front(); el != nil; el = m.done.Front() {
		e := el.Value.(*memoryEntry)
		if now.Before(e.until) && len(m.entries) < most {
			break
		}
		m.drop(e.key)
	}
	if len(m.entries) >= most { // only claims are left; those of functions that overran their time may go
		for el := m.claims.Front(); el != nil; {
			e := el.Value.(*memoryEntry)
			el = el.Next()
			if !now.Before(e.until) {
				m.drop(e.key)
			}
		}
	}
	return len(m.entries) < most
}

func (m *MemoryStore) put(l *list.List, e *memoryEntry) {
	if m.entries == nil {
		m.entries = make(map[sum]*list.Element)
	}
	m.entries[e.key] = l.PushBack(e)
}

func (m *MemoryStore) drop(id sum) {
	el := m.entries[id]
	if el == nil {
		return
	}
	if el.Value.(*memoryEntry).token == "" {
		m.done.Remove(el)
	} else {
		m.claims.Remove(el)
	}
	delete(m.entries, id)
}
