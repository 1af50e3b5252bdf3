package transport

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/wire"
)

// content takes the record, the list or the scalar out of the envelope of a body that is accepted.
func (a *attempts) content(body []byte) ([]byte, error) {
	body, err := a.accept(body)
	if err != nil {
		return nil, err
	}
	raw, err := a.unwrap(scan.TrimSpace(body))
	if err != nil {
		return nil, err
	}
	return raw, a.vet(raw)
}

// vet asks the vendor package whether a record can be the one that was requested.
func (a *attempts) vet(raw []byte) error {
	if vet := a.client.settings.Vet; vet != nil {
		return vet(a.op, a.path, raw)
	}
	return nil
}

// decodeRecord checks and decodes the record of the operation into out, which is known to be zero or not.
func (a *attempts) decodeRecord(raw []byte, out any, zero bool) error {
	switch {
	case a.op.MayBeEmpty && (len(raw) == 0 || string(raw) == "null"):
		return nil
	case len(raw) == 0:
		return errEmptyAnswer
	}
	if err := a.op.record(raw, reflect.TypeOf(out).Elem()); err != nil {
		return err
	}
	return a.decode(raw, out, zero)
}

// value returns the JSON of what raw, a part of the body, stands for.
func (a *attempts) value(raw []byte) []byte {
	if a.names == nil {
		return raw
	}
	return a.names.Value(raw)
}

// decode decodes a part of the body into out, which keeps it.
func (a *attempts) decode(raw []byte, out any, zero bool) error {
	if a.names == nil {
		return decode(raw, out, zero)
	}
	return a.names.Decode(raw, out)
}

// unwrap takes the record out of its envelope. A body without the envelope is the record itself.
func (a *attempts) unwrap(body []byte) ([]byte, error) {
	op := a.op
	if op.Envelope == "" {
		return body, nil
	}
	inner, ok := scan.Lookup(body, op.Envelope)
	if !ok {
		if !op.OneOfList || len(body) == 0 || body[0] != '[' || !json.Valid(body) {
			return body, nil
		}
		inner = body // the list without its envelope
	} else {
		frame := frameOf(body, inner)
		if !json.Valid(frame) {
			return nil, errNotJSON
		}
		if err := op.envelope(frame); err != nil {
			return nil, err
		}
	}
	inner = a.value(inner)
	if !op.OneOfList {
		return inner, nil
	}
	switch elements, list := scan.Elements(inner); {
	case !list:
		return inner, nil
	case len(elements) == 0:
		return []byte("null"), nil
	default:
		return a.value(elements[0]), nil
	}
}

// decodeScalar decodes a single value into out, a pointer. The text of a response that was not to be JSON is taken as it is.
func (op *Operation) decodeScalar(raw []byte, out any) error {
	switch {
	case len(raw) == 0:
		return errEmptyAnswer
	case string(raw) == "null":
		return refused("the response is null")
	}
	if text, ok := out.(*string); ok && op.Accept != "" && raw[0] != '{' {
		*text = string(raw)
		return nil
	}
	if raw[0] == '{' {
		if err := op.record(raw, reflect.TypeFor[struct{}]()); err != nil {
			return err
		}
	}
	return Decode(raw, out)
}

// decodeRaw hands on the JSON of a response as it is, with what its names stand for.
func (a *attempts) decodeRaw(body []byte, raw *json.RawMessage) error {
	if *raw = body; a.names != nil {
		if err := a.names.Decode(body, raw); err != nil {
			return err
		}
	}
	return a.op.acknowledgement(body, true)
}

// Decode decodes one JSON value into out, a pointer, and hands it the JSON to keep. What does not fit is reported by the Mismatch
// method of out; for a type that has none, it fails the whole.
func Decode(raw []byte, out any) error { return decode(raw, out, false) }

func decode(raw []byte, out any, zero bool) error {
	raw = scan.TrimSpace(scan.TrimBOM(raw))
	if len(raw) == 0 {
		return errEmptyAnswer
	}
	whole, err := wire.UnmarshalWhole(raw, out, zero)
	if err != nil {
		return errors.Join(errNotJSON, err)
	}
	t := reflect.TypeOf(out).Elem()
	if raw[0] == 'n' && t.Kind() == reflect.Struct {
		return refused("the response is null")
	}
	caremux.KeepJSON(out, raw)
	if whole {
		return nil
	}
	return Unreported(raw, t)
}

// Unreported refuses JSON of which a value of type t would lose something without a way to report it.
func Unreported(raw []byte, t reflect.Type) error {
	if Reports(t) {
		return nil
	}
	if lost := fields.Misfits(raw, t); len(lost) > 0 {
		return refused(strings.TrimSpace("the response has a field that does not fit: " + lost[0].Path + " " + lost[0].Problem))
	}
	return nil
}

// Reports reports whether the values of a type, or what it lists, say by themselves what of their JSON does not fit.
func Reports(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t.Implements(mismatcher) || reflect.PointerTo(t).Implements(mismatcher)
}

var mismatcher = reflect.TypeFor[interface{ Mismatch() error }]()

// Mismatch adds to a record's mismatch what of the JSON at a path inside it a value of type t does not hold.
func Mismatch(of error, raw []byte, t reflect.Type, at string) error {
	all := &caremux.MismatchError{}
	var own *caremux.MismatchError
	if errors.As(of, &own) {
		all.Fields = append(all.Fields, own.Fields...)
	}
	for _, m := range fields.Misfits(raw, t) {
		path := at
		switch {
		case strings.HasPrefix(m.Path, "["):
			path += m.Path
		case m.Path != "":
			path += "." + m.Path
		}
		all.Fields = append(all.Fields, caremux.FieldMismatch{Path: path, Problem: m.Problem})
	}
	if len(all.Fields) == 0 {
		return nil
	}
	return all
}

// complete reports whether a response that could not be decoded is all there, so that asking again would not help. One that
// begins like JSON and is none may have been cut off.
func complete(err error, body []byte) bool {
	if errors.Is(err, errEmptyAnswer) {
		return true
	}
	body = scan.TrimSpace(body)
	return errors.Is(err, errNotJSON) && (len(body) == 0 || body[0] != '{' && body[0] != '[' || json.Valid(body))
}

// unread is the error of a response of which a part could not be read.
func unread(raw []byte, err error) error {
	switch {
	case err == nil:
		return nil
	case !json.Valid(raw):
		return errors.Join(errNotJSON, err) // it may have been cut off
	case errors.As(err, new(*ShapeError)):
		return err
	}
	return errors.Join(refused("the response cannot be read: "+err.Error()), err)
}
