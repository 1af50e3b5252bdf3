package mapping

import (
	"encoding/json"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// Compose returns a record that has other records in its fields, each with all that the vendor sent.
func Compose[T any](fields map[string]any) (*T, error) {
	text, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	record := new(T)
	if err := wire.Unmarshal(text, record); err != nil {
		return nil, err
	}
	caremux.KeepJSON(record, text)
	return record, nil
}

// Entries returns the entries of a list inside a record, each as a record of its own: in the field "entry", beside its
// "number", from 1, and the "record" around it without its lists.
func Entries[T, V any](record *V, list string, lists ...string) ([]T, error) {
	raw, err := Raw(record)
	if err != nil {
		return nil, err
	}
	around := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &around); err != nil {
		return nil, err
	}
	var entries []json.RawMessage
	_ = json.Unmarshal(around[list], &entries) // the vendor's Mismatch reports what is no list
	delete(around, list)
	for _, other := range lists {
		delete(around, other)
	}
	var all []T
	for i, entry := range entries {
		one, err := Compose[T](map[string]any{"record": around, "number": i + 1, "entry": entry})
		if err != nil {
			return nil, err
		}
		all = append(all, *one)
	}
	return all, nil
}
