package wire

import (
	"bytes"
	"maps"
	"slices"

	"github.com/caremux/caremux/internal/scan"
)

// MarshalOpen encodes the struct v as a JSON object with additional fields behind its own. A field that v has itself wins.
func MarshalOpen(v any, additional map[string]any) ([]byte, error) {
	data, err := Marshal(v)
	if err != nil || len(additional) == 0 {
		return data, err
	}
	own := map[string]bool{}
	scan.Members(data, func(name, _ []byte) bool {
		own[string(name)] = true
		return true
	})
	b := bytes.NewBuffer(bytes.TrimSuffix(data, []byte{'}'}))
	for _, name := range slices.Sorted(maps.Keys(additional)) {
		if own[name] {
			continue
		}
		value, err := Marshal(additional[name])
		if err != nil {
			return nil, err
		}
		key, err := Marshal(name)
		if err != nil {
			return nil, err
		}
		if b.Len() > len("{") {
			b.WriteByte(',')
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
