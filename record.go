package caremux

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"

	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/scan"
)

// Record is part of every model that a call returns, at any depth. It keeps the JSON that the vendor sent for that record, so that
// no data is lost if the vendor sends more than its documents say, or other data.
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

// Extra returns the fields of the record's JSON object that its Go type does not name, nil if there are none. It is computed on each
// call. Nested records have their own.
func (r Record) Extra() map[string]json.RawMessage {
	if r.json == nil {
		return nil
	}
	var extra map[string]json.RawMessage
	named := fields.Of(r.json.typ)
	scan.Members(r.json.text(), func(name, value []byte) bool {
		if _, ok := named.Named(name); !ok {
			if extra == nil {
				extra = map[string]json.RawMessage{}
			}
			extra[string(name)] = bytes.Clone(value)
		}
		return true
	})
	return extra
}

// Mismatch returns a [*MismatchError] that lists the fields of the record, at any depth, whose JSON does not fit the Go value, or nil if
// all fit. Such a field is left at its zero value, or at the part that could be decoded; RawJSON returns what was sent. It is computed on
// each call.
func (r Record) Mismatch() error {
	if r.json == nil {
		return nil
	}
	misfits := fields.Misfits(r.json.text(), r.json.typ)
	if len(misfits) == 0 {
		return nil
	}
	e := &MismatchError{}
	for _, m := range misfits {
		e.Fields = append(e.Fields, FieldMismatch(m))
	}
	return e
}

// MismatchError lists what of a record's JSON does not fit the record's Go type. It contains no values.
type MismatchError struct{ Fields []FieldMismatch }

// FieldMismatch is one field of a [MismatchError].
type FieldMismatch struct {
	Path    string // in the vendor's names: "participants[1].birthDate"; "[]" stands for the key of a map
	Problem string // such as "is a string, which does not fit int"
}

// Error names the first field, and says how many others there are.
func (e *MismatchError) Error() string {
	if len(e.Fields) == 0 {
		return "no field"
	}
	text := "field " + e.Fields[0].Path + " " + e.Fields[0].Problem
	if more := len(e.Fields) - 1; more > 0 {
		text += " (and " + strconv.Itoa(more) + " more)"
	}
	return text
}

// Identified is a record that has an id, whatever its vendor calls the field: [Identified.RecordID] is the ID of
// most records, the AppointmentID of an appointment of Eka Care or SnapMD, in decimal digits if it is a number, and
// "" if the vendor has sent none. The records that calls return implement it where they have an id of their own.
type Identified interface{ RecordID() string }

// KeepJSON sets the JSON that a model, and the records inside it, were decoded from. Calls do so themselves; use it
// for a model that you decode from stored JSON. model is a pointer; a type without [Record] is left alone. raw must
// not change afterwards.
func KeepJSON(model any, raw []byte) {
	keepJSON(model, kept{raw: scan.TrimBOM(raw)})
}

// KeepJSONFunc is [KeepJSON] for JSON that is encoded on demand: text is called each time.
func KeepJSONFunc(model any, text func() []byte) {
	keepJSON(model, kept{write: text})
}

func keepJSON(model any, whole kept) {
	v := reflect.ValueOf(model)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return
	}
	v = v.Elem()
	n := nestingOf(v.Type())
	if n.none() {
		return
	}
	whole.typ, whole.index = n.typ, -1
	k := &keeper{}
	k.keep(v, n, k.kept(whole))
}
