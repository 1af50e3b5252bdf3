package caremux

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/scan"
)

// kept is the JSON of a record: as bytes, or as the way to it from the record around it. Few callers want the JSON of a nested record,
// so that way is walked only for those who do.
type kept struct {
	raw   []byte
	write func() []byte // in place of raw
	typ   reflect.Type  // of the record

	parent *kept  // nil: raw or write is all
	name   string // of a field of the parent, "" if the parent is itself a list or a map
	key    string // in the map that name is, if inMap
	index  int32  // in the list that name is, or -1
	inMap  bool
}

// text returns the JSON, nil if there is none.
func (k *kept) text() json.RawMessage {
	switch {
	case k.parent != nil:
	case k.write != nil:
		return k.write()
	default:
		return k.raw
	}
	text := []byte(k.parent.text())
	if k.name != "" {
		text = member(text, k.name, strings.EqualFold)
	}
	if k.inMap {
		text = member(text, k.key, func(a, b string) bool { return a == b })
	}
	if k.index < 0 {
		return text
	}
	elements, _ := scan.Elements(text)
	if int(k.index) >= len(elements) {
		return nil
	}
	return elements[k.index]
}

// member returns the value that a decoder ends up with for a name: the last of that very name, or otherwise the last that is like it.
func member(object []byte, name string, like func(a, b string) bool) (found []byte) {
	exact := false
	scan.Members(object, func(key, value []byte) bool {
		switch {
		case string(key) == name:
			found, exact = value, true
		case !exact && like(string(key), name):
			found = value
		}
		return true
	})
	return found
}

// nesting says where records are inside a type.
type nesting struct {
	typ     reflect.Type
	records [][]int // the type's own Record, and those of the structs that it embeds
	fields  []nestedField
}

type nestedField struct {
	*fields.Field
	*nesting
}

func (n *nesting) none() bool { return len(n.records) == 0 && len(n.fields) == 0 }

var nestings sync.Map // reflect.Type → *nesting

var recordType = reflect.TypeFor[Record]()

func nestingOf(t reflect.Type) *nesting {
	if n, ok := nestings.Load(t); ok {
		return n.(*nesting)
	}
	building := map[reflect.Type]*nesting{}
	n := buildNesting(t, building)
	reaching := map[*nesting]bool{}
	for _, inner := range building {
		reaching[inner] = inner.reaches(map[*nesting]bool{})
	}
	for _, inner := range building {
		inner.fields = slices.DeleteFunc(inner.fields, func(f nestedField) bool { return !reaching[f.nesting] })
	}
	nestings.Store(t, n)
	return n
}

// reaches reports whether there is a record in the type, at any depth.
func (n *nesting) reaches(seen map[*nesting]bool) bool {
	if seen[n] {
		return false
	}
	seen[n] = true
	return len(n.records) > 0 || slices.ContainsFunc(n.fields, func(f nestedField) bool { return f.nesting.reaches(seen) })
}

func buildNesting(t reflect.Type, building map[reflect.Type]*nesting) *nesting {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if n, ok := building[t]; ok {
		return n
	}
	n := &nesting{typ: t}
	building[t] = n
	if t.Kind() != reflect.Struct {
		return n
	}
	n.records = embeddedRecords(t, nil, nil)
	table := fields.Of(t)
	for i := range table.Fields {
		f := &table.Fields[i]
		n.fields = append(n.fields, nestedField{f, buildNesting(f.Type, building)})
	}
	return n
}

// embeddedRecords lists the ways to the Records that t embeds, directly or in what it embeds. outer are the types around t.
func embeddedRecords(t reflect.Type, index []int, outer []reflect.Type) (found [][]int) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || slices.Contains(outer, t) {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(slices.Clone(index), i)
		switch {
		case !f.Anonymous:
		case f.Type == recordType || f.Type == reflect.PointerTo(recordType):
			found = append(found, at)
		default:
			found = append(found, embeddedRecords(f.Type, at, append(outer, t))...)
		}
	}
	return found
}

// keeper hands the records inside a value what they keep.
type keeper struct {
	spare []kept // made several at a time
	made  int    // lately
}

func (w *keeper) kept(k kept) *kept {
	if len(w.spare) == 0 {
		w.made = min(max(1, 2*w.made), 16) // most records contain few others, or none
		w.spare = make([]kept, w.made)
	}
	next := &w.spare[0]
	w.spare = w.spare[1:]
	*next = k
	return next
}

// keep follows pointers, lists and maps from a value of the type of n, whose JSON is k.
func (w *keeper) keep(v reflect.Value, n *nesting, k *kept) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			w.keep(v.Elem(), n, k)
		}
	case reflect.Slice:
		w.elements(v, n, kept{typ: n.typ, parent: k})
	case reflect.Map:
		w.values(v, n, kept{typ: n.typ, parent: k})
	case reflect.Struct:
		w.records(v, n, k)
		for i := range n.fields {
			f := &n.fields[i]
			inner := f.In(v)
			place := kept{typ: f.typ, parent: k, name: f.Name, index: -1}
			switch inner.Kind() {
			case reflect.Invalid:
			case reflect.Slice:
				w.elements(inner, f.nesting, place)
			case reflect.Map:
				w.values(inner, f.nesting, place)
			case reflect.Pointer:
				if !inner.IsNil() {
					w.keep(inner.Elem(), f.nesting, w.kept(place))
				}
			default:
				w.keep(inner, f.nesting, w.kept(place))
			}
		}
	}
}

func (w *keeper) records(v reflect.Value, n *nesting, k *kept) {
	for _, index := range n.records {
		r, err := v.FieldByIndexErr(index)
		if err != nil {
			continue // an embedded pointer is nil
		}
		if r.Kind() != reflect.Pointer {
			r = r.Addr()
		}
		if r := r.Interface().(*Record); r != nil {
			r.json = k
		}
	}
}

func (w *keeper) elements(list reflect.Value, n *nesting, place kept) {
	for i := range list.Len() {
		place.index = int32(i)
		w.keep(list.Index(i), n, w.kept(place))
	}
}

// values are not addressable in their map, so each is replaced by a copy.
func (w *keeper) values(m reflect.Value, n *nesting, place kept) {
	if m.Type().Key().Kind() != reflect.String {
		return // the key as it was sent is not known
	}
	place.index, place.inMap = -1, true
	for iter := m.MapRange(); iter.Next(); {
		place.key = iter.Key().String()
		if v := iter.Value(); v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice {
			w.keep(v, n, w.kept(place))
			continue
		}
		changed := reflect.New(m.Type().Elem()).Elem()
		changed.Set(iter.Value())
		w.keep(changed, n, w.kept(place))
		m.SetMapIndex(iter.Key(), changed)
	}
}
