package welkin

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/internal/wire"
)

// members are those of a JSON object; nil is not an object.
type members = map[string]json.RawMessage

// MarshalJSON writes the record as the vendor does, with Fields inside jsonBody.
func (t TypedCDT[T]) MarshalJSON() ([]byte, error) {
	now, err := partsOf(&t)
	if err != nil {
		return nil, err
	}
	raw := t.RawJSON()
	if raw == nil {
		return now.onto(nil, cdtParts{})
	}
	var received CDTRecord
	if err := transport.Decode(raw, &received); err != nil {
		return nil, err
	}
	as := typed[T](received)
	was, err := partsOf(&as)
	if err != nil {
		return nil, err
	}
	return now.onto(objectOf(raw), was)
}

// UnmarshalJSON reads what MarshalJSON wrote, or what the vendor sent. Fields that do not fit are named by Mismatch.
func (t *TypedCDT[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	var record CDTRecord
	if err := transport.Decode(bytes.Clone(data), &record); err != nil {
		return err
	}
	*t = typed[T](record)
	return nil
}

// cdtParts are what the Go values of a record say, apart: names may occur in more than one.
type cdtParts struct{ record, system, fields members }

func partsOf[T any](t *TypedCDT[T]) (p cdtParts, err error) {
	for _, part := range []struct {
		to    *members
		value any
	}{{&p.record, t.CDTRecord}, {&p.system, t.JSONBody}, {&p.fields, t.Fields}} {
		data, err := wire.Marshal(part.value)
		if err != nil {
			return p, err
		}
		if *part.to = objectOf(data); *part.to == nil && string(data) != "null" {
			return p, errors.New("the fields of a custom data record must be a JSON object")
		}
	}
	delete(p.record, "jsonBody") // which consists of the other two
	return p, nil
}

// onto writes the parts on top of the JSON that was received, from which the parts were.
func (p cdtParts) onto(raw members, were cdtParts) ([]byte, error) {
	out := changed(raw, were.record, p.record)
	received := objectOf(raw["jsonBody"])
	body := changed(changed(received, were.system, p.system), were.fields, p.fields)
	if received != nil || len(body) > 0 || raw == nil { // a value that was not an object, or absent, stays so
		data, err := wire.Marshal(body)
		if err != nil {
			return nil, err
		}
		out["jsonBody"] = data
	}
	return wire.Marshal(out)
}

// changed is raw with those fields replaced, added or removed that differ between was and now.
func changed(raw, was, now members) members {
	out := members{}
	named := map[string]string{} // how raw spells a name
	for name, value := range raw {
		out[name] = value
		named[strings.ToLower(name)] = name
	}
	spelled := func(name string) string {
		if _, ok := raw[name]; ok {
			return name
		}
		if other, ok := named[strings.ToLower(name)]; ok {
			return other
		}
		return name
	}
	for name, value := range now {
		if before, ok := was[name]; !ok || !bytes.Equal(before, value) {
			out[spelled(name)] = value
		}
	}
	for name := range was {
		if _, ok := now[name]; !ok {
			delete(out, spelled(name))
		}
	}
	return out
}

// objectOf returns the fields of a JSON object, nil for other JSON.
func objectOf(data []byte) members {
	var m members
	if json.Unmarshal(data, &m) != nil {
		return nil
	}
	return m
}
