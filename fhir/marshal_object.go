package fhir

import (
	"reflect"
	"slices"
	"strconv"
)

// object writes a struct, which must have an address.
func (e *encoder) object(t *table, v reflect.Value) {
	if t.fault != "" {
		e.refuse("", t.fault)
		return
	}
	if e.depth++; e.depth > maxDepth {
		e.refuse("", "must not be nested deeper than "+strconv.Itoa(maxDepth))
		return
	}
	if k := t.kept(v); k == nil {
		e.buf = append(e.buf, t.head...)
		e.fields(t, v)
		e.rest(t, v, nil)
	} else if k.odd == nil {
		e.buf = append(e.buf, t.head...)
		e.keptFields(t, v, k)
		e.rest(t, v, k)
	} else {
		e.odd(t, v, k)
	}
	e.depth--
}

// fields writes the fields of a struct that carries nothing.
func (e *encoder) fields(t *table, v reflect.Value) {
	var chosen uint64
	for i := range t.fields {
		f := &t.fields[i]
		var fv reflect.Value
		if f.path == nil {
			fv = v.Field(f.index)
		} else if at, ok := f.of(v); ok {
			fv = at
		} else {
			continue
		}
		// Most fields are absent: the kinds that R4's types use are checked here, without a call.
		switch f.kind {
		case kindText, kindNumber:
			if fv.String() == "" {
				continue
			}
		case kindList:
			if fv.Len() == 0 {
				continue
			}
		case kindPointer:
			if fv.IsNil() {
				continue
			}
		default:
			if f.absent(fv) {
				continue
			}
		}
		if f.choice != 0 && !e.choose(&chosen, t, f) {
			return
		}
		e.buf = append(e.buf, f.key...)
		if e.value(&f.codec, fv); e.err != nil {
			e.inside(f.name)
			return
		}
		e.buf = append(e.buf, ',')
	}
}

// choose notes that the choice of f has a value, and refuses a second one.
func (e *encoder) choose(chosen *uint64, t *table, f *field) bool {
	bit := uint64(1) << (f.choice - 1)
	if *chosen&bit != 0 {
		e.refuse(t.choices[f.choice-1]+"[x]", "must have one value")
		return false
	}
	*chosen |= bit
	return true
}

// keptFields writes the fields of a struct that carries something.
func (e *encoder) keptFields(t *table, v reflect.Value, k *kept) {
	var chosen uint64
	for i := range t.fields {
		f := &t.fields[i]
		fv, ok := f.of(v)
		absent := !ok || f.absent(fv)
		if f.choice != 0 && (!absent || k.occupies(f.name)) && !e.choose(&chosen, t, f) {
			return
		}
		if e.keptField(k, f, fv, absent); e.err != nil {
			e.inside(f.name)
			return
		}
		s := k.sibling(f.name)
		if s == nil || absent && t.displaced(v, f) {
			continue // another value of the choice came in place of the absent one
		}
		if e.sibling(s, f, fv); e.err != nil {
			e.inside(f.name)
			return
		}
	}
}

// keptField writes a field of a struct that carries something: the field itself or what did not fit it.
func (e *encoder) keptField(k *kept, f *field, v reflect.Value, absent bool) {
	m := k.extra(f.name)
	switch {
	case m != nil && m.lost:
		e.refuse("", "had content that its Go type could not keep; embed fhir.Unnamed in it, or fhir.Drop it")
	case m != nil && m.whole == "" && (absent || v.IsZero()):
		if len(m.json) > 0 {
			e.pair(f.key, m.json)
		}
	case absent:
	case m != nil && m.whole == "" && len(m.json) > 0:
		e.refuse("", "was set, but its old value did not fit and is kept; fhir.Drop that first")
	case m != nil && m.whole != "" && m.whole == f.text(v):
		e.pair(f.key, m.json)
	default:
		e.buf = append(e.buf, f.key...)
		e.value(&f.codec, v)
		e.buf = append(e.buf, ',')
	}
}

func (e *encoder) pair(key, text []byte) {
	e.buf = append(e.buf, key...)
	e.buf = append(e.buf, text...)
	e.buf = append(e.buf, ',')
}

// sibling writes what belongs to the present values of a field.
func (e *encoder) sibling(s *sibling, f *field, v reflect.Value) {
	var now []string
	if v.IsValid() {
		now = f.texts(v)
	}
	if s.whole != nil {
		if slices.Equal(now, s.values) {
			e.pair(append(appendText(nil, "_"+s.name), ':'), s.whole)
		} else if !s.loose {
			e.refuse("", "was changed, but _"+f.name+" does not fit its values; fhir.Drop that first")
		}
		return
	}
	all := s.follow(now)
	some := false
	for i, text := range all {
		if isUnclear(text) {
			const rule = "equals another value; say with fhir.SetPrimitive which extensions belong to it"
			e.refuse("["+strconv.Itoa(i)+"]", rule)
			return
		}
		some = some || text != nil
	}
	if !some {
		return
	}
	e.buf = append(appendText(e.buf, "_"+s.name), ':')
	if f.isPrimitive() {
		e.buf = append(append(e.buf, all[0]...), ',')
		return
	}
	e.buf = append(e.buf, '[')
	for i, text := range all {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		if text == nil {
			text = []byte("null")
		}
		e.buf = append(e.buf, text...)
	}
	e.buf = append(e.buf, ']', ',')
}

// rest writes the JSON fields without a Go field, and ends the object.
func (e *encoder) rest(t *table, v reflect.Value, k *kept) {
	if e.err != nil {
		return
	}
	for i := range t.hidden {
		f := &t.hidden[i]
		if fv, ok := f.of(v); ok && !fv.IsZero() {
			e.refuse(f.name, "must not be set in an embedded struct whose field is hidden by another")
			return
		}
	}
	if k != nil {
		if e.unnamed(t, v, k); e.err != nil {
			return
		}
	}
	if last := len(e.buf) - 1; e.buf[last] == ',' {
		e.buf[last] = '}'
	} else {
		e.buf = append(e.buf, '}')
	}
}

// unnamed writes what k has of JSON fields without a Go field in t.
func (e *encoder) unnamed(t *table, v reflect.Value, k *kept) {
	for i := range k.extras {
		m := &k.extras[i]
		if t.byName[m.name] != nil || m.whole != "" || len(m.json) == 0 && !m.lost {
			continue
		}
		if f := t.siblings[m.name]; f != nil {
			if fv, ok := f.of(v); ok && !f.absent(fv) {
				e.refuse(f.name, "was set, but "+m.name+" belonged to another choice; fhir.Drop that first")
				return
			}
		}
		if len(t.unnamed) > 1 && k.extra(m.name) != m || m.lost {
			e.refuse(m.name, "is kept in two embedded structs, or belongs to a type that could not keep it all")
			return
		}
		e.buf = append(appendText(e.buf, m.name), ':')
		e.buf = append(append(e.buf, m.json...), ',')
	}
	for i := range k.siblings {
		if name := k.siblings[i].name; t.byName[name] == nil {
			e.refuse("_"+name, "belongs to a value that the Go type has no field for; fhir.Drop it first")
			return
		}
	}
}

// odd writes what stood in place of an object.
func (e *encoder) odd(t *table, v reflect.Value, k *kept) {
	const rule = "was set, but what stood in place of the object is kept; replace the whole element"
	for i := range t.fields {
		if fv, ok := t.fields[i].of(v); ok && !fv.IsZero() {
			e.refuse(t.fields[i].name, rule)
			return
		}
	}
	if len(k.extras) > 0 || len(k.siblings) > 0 { // of another embedded struct
		e.refuse("", rule)
		return
	}
	e.buf = append(e.buf, k.odd...)
}
