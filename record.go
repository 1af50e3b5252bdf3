package caremux

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
)

// Record is part of every model that a call returns. It keeps the JSON that the vendor sent for that record, so that
// nothing is lost when the vendor sends more than its documents say.
type Record struct {
	json *kept // one pointer away so that a model copied by value or printed stays small
}

// RawJSON returns a copy of the JSON that the record was decoded from, nil for a record made by the caller.
func (r Record) RawJSON() json.RawMessage {
	if r.json == nil {
		return nil
	}
	return bytes.Clone(r.json.text())
}

// Extra returns the members of the record's JSON object that its Go type does not name, nil if there are none. It is worked
// out on each call. Members of nested objects are reached through [Record.RawJSON].
func (r Record) Extra() map[string]json.RawMessage {
	if r.json == nil {
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(r.json.text(), &members) != nil {
		return nil
	}
	named := memberNames(r.json.of.of, nil)
	for name := range members {
		for _, known := range named {
			if strings.EqualFold(known, name) {
				delete(members, name)
				break
			}
		}
	}
	if len(members) == 0 {
		return nil
	}
	return members
}

// Mismatch tells which member of the record had a JSON type that does not fit its Go type, nil if all did. The first such
// member is named, not its value; it was left at its zero value, and RawJSON holds what was sent.
func (r Record) Mismatch() error {
	if r.json == nil {
		return nil
	}
	return r.json.mismatch
}

func (r *Record) keep(k *kept) {
	if r == nil {
		return // a model that embeds a *Record and has none
	}
	r.json = k
}

// KeepJSONFunc is [KeepJSON] for JSON that is written when somebody asks for it: text is called each time.
func KeepJSONFunc(model any, text func() []byte, mismatch error) {
	keepJSON(model, kept{write: text, mismatch: mismatch})
}

// KeepJSON gives a model, and the records inside it, the JSON that it was decoded from, and the mismatch found on the way if any.
// Calls do so themselves; use it for a model that you decode from stored JSON. model is a pointer; a type without [Record] is left
// alone. raw must not change afterwards.
func KeepJSON(model any, raw []byte, mismatch error) {
	keepJSON(model, kept{raw: raw, mismatch: mismatch})
}

func keepJSON(model any, own kept) {
	v := reflect.ValueOf(model)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return
	}
	v = v.Elem()
	r, isRecord := model.(interface{ keep(*kept) })
	n := nestingOf(v.Type())
	if !isRecord && n.none() {
		return
	}
	var w keeper
	own.of = n
	k := w.kept(own)
	w.keep(v, n, k)
	if isRecord && (n.record >= 0 || holdsRecord(v)) {
		r.keep(k)
	}
}

// holdsRecord reports whether the Record of a type that embeds a pointer to a model is there: of `{}` the decoder makes none.
func holdsRecord(v reflect.Value) bool {
	f, ok := v.Type().FieldByName("Record")
	if !ok {
		return false
	}
	_, err := v.FieldByIndexErr(f.Index)
	return err == nil
}

// memberNames lists the JSON names of a struct's fields, those of embedded structs included.
func memberNames(t reflect.Type, names []string) []string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return names
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case f.Anonymous && name == "":
			names = memberNames(f.Type, names)
		case !f.IsExported():
		case name == "":
			names = append(names, f.Name)
		default:
			names = append(names, name)
		}
	}
	return names
}
