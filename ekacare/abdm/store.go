package abdm

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Store keeps the key sets of a health information user. Data may arrive for a key set that has been replaced, and
// after a restart, so that one in a database serves better than memory: [KeySet.ExportPrivateKey] says what to keep,
// and how. Every method may be called from several goroutines.
type Store interface {
	// Add keeps a key set as the newest one.
	Add(ctx context.Context, k *KeySet) error
	// KeySets returns the key sets that data may still arrive for, the newest first.
	KeySets(ctx context.Context) ([]*KeySet, error)
}

// NewMemoryStore returns a store that keeps the newest key sets in memory, at most keep of them. They are gone when
// the process ends: data that was sealed for them can then never be opened.
func NewMemoryStore(keep int) Store { return &memoryStore{keep: max(keep, 1)} }

type memoryStore struct {
	keep int
	mu   sync.Mutex
	sets []*KeySet
}

func (s *memoryStore) Add(_ context.Context, k *KeySet) error {
	if k == nil || k.keys == nil {
		return noKeySet()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sets = slices.Insert(s.sets, 0, k)
	s.sets = slices.Clone(s.sets[:min(len(s.sets), s.keep)]) // without the rest of the array, which still has a key
	return nil
}

func (s *memoryStore) KeySets(context.Context) ([]*KeySet, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sets), nil
}

// OpenContent decrypts content as it travels, in base64, with the first of several key sets that opens it; see
// [KeySet.OpenContent]. Without any key set the error matches [ErrCannotOpen].
func OpenContent(keySets []*KeySet, peer *Peer, content string) ([]byte, error) {
	err := cannotOpen()
	for _, k := range keySets {
		var plaintext []byte
		if plaintext, err = k.OpenContent(peer, content); !errors.Is(err, ErrCannotOpen) {
			return plaintext, err
		}
	}
	return nil, err
}
