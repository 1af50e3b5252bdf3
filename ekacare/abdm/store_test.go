package abdm

import (
	"errors"
	"sync"
	"testing"
)

func TestMemoryStoreKeepsTheNewestKeySetsInTheirOrder(t *testing.T) {
	store := NewMemoryStore(2)
	sets := []*KeySet{mustKeySet(t), mustKeySet(t), mustKeySet(t)}
	for i, k := range sets {
		if err := store.Add(t.Context(), k); err != nil {
			t.Fatal(err)
		}
		kept, err := store.KeySets(t.Context())
		if err != nil || len(kept) != min(i+1, 2) || kept[0] != k {
			t.Fatalf("after %d: %d key sets, %v", i+1, len(kept), err)
		}
		kept[0] = nil // the caller's own list
	}
	kept, _ := store.KeySets(t.Context())
	if kept[0] != sets[2] || kept[1] != sets[1] {
		t.Error("other key sets than the newest")
	}
	for _, k := range []*KeySet{nil, {}} {
		if err := store.Add(t.Context(), k); !errors.Is(err, ErrInvalidKey) {
			t.Errorf("a key set that was not made: %v", err)
		}
	}
	if kept, _ := NewMemoryStore(-1).KeySets(t.Context()); len(kept) != 0 {
		t.Error("a new store is not empty")
	}
}

func TestMemoryStoreServesSeveralGoroutines(t *testing.T) {
	store := NewMemoryStore(3)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5 {
				if err := store.Add(t.Context(), mustKeySet(t)); err != nil {
					t.Error(err)
				}
				if kept, err := store.KeySets(t.Context()); err != nil || len(kept) == 0 || len(kept) > 3 {
					t.Errorf("%d key sets, %v", len(kept), err)
				}
			}
		})
	}
	wg.Wait()
}

func TestContentOpensWithTheKeySetThatItWasSealedFor(t *testing.T) {
	sets := []*KeySet{mustKeySet(t), mustKeySet(t), mustKeySet(t)}
	for i, k := range sets {
		sealed, err := Seal(mustPeer(t, k.KeyMaterial(EncodingX509)), []byte("made up"))
		if err != nil {
			t.Fatal(err)
		}
		sender := mustPeer(t, sealed.KeyMaterial)
		opened, err := OpenContent(sets, sender, sealed.Content())
		if err != nil || string(opened) != "made up" {
			t.Errorf("key set %d: %q, %v", i, opened, err)
		}
		others := append(append([]*KeySet{}, sets[:i]...), sets[i+1:]...)
		for _, sets := range [][]*KeySet{others, nil} {
			if opened, err := OpenContent(sets, sender, sealed.Content()); !errors.Is(err, ErrCannotOpen) || opened != nil {
				t.Errorf("%d other key sets: %q, %v", len(sets), opened, err)
			}
		}
		for _, content := range []string{"?", "AAAA"} {
			if _, err := OpenContent(sets, sender, content); !errors.Is(err, ErrInvalidContent) {
				t.Errorf("%q: %v", content, err)
			}
		}
		if _, err := OpenContent(sets, nil, sealed.Content()); !errors.Is(err, ErrInvalidKey) {
			t.Errorf("no peer: %v", err)
		}
	}
}
