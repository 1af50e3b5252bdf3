package caremux

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// kept is the JSON of a record: as bytes, or as the way to it from the record around it. Few ask for the JSON of a nested record, so
// that way is only gone when somebody does.
type kept struct {
	raw      []byte
	write    func() []byte // in place of raw
	of       *nesting
	mismatch error

	parent *kept // nil: raw or write is all
	name   string
	index  int // in the list that name is, or -1
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
	text := k.parent.text()
	if k.name != "" {
		text = member(text, k.name)
	}
	if k.index < 0 {
		return text
	}
	var elements []json.RawMessage
	if json.Unmarshal(text, &elements) != nil || k.index >= len(elements) {
		return nil
	}
	return elements[k.index]
}

func member(object json.RawMessage, name string) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil {
		return nil
	}
	if raw, ok := members[name]; ok {
		return raw
	}
	for other, raw := range members {
		if strings.EqualFold(other, name) {
			return raw
		}
	}
	return nil
}

// nesting says where records are inside a type.
type nesting struct {
	of     reflect.Type
	record int // the field that is the type's own Record, -1 for none
	fields []nestedField
}

type nestedField struct {
	index int
	name  string
	*nesting
}

func (n *nesting) none() bool { return n.record < 0 && len(n.fields) == 0 }

var nestings sync.Map // reflect.Type → *nesting

var recordType = reflect.TypeFor[Record]()

func nestingOf(t reflect.Type) *nesting {
	if n, ok := nestings.Load(t); ok {
		return n.(*nesting)
	}
	n := buildNesting(t, map[reflect.Type]*nesting{})
	nestings.Store(t, n)
	return n
}

func buildNesting(t reflect.Type, building map[reflect.Type]*nesting) *nesting {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if n, ok := building[t]; ok {
		return n
	}
	n := &nesting{of: t, record: -1}
	building[t] = n
	if t.Kind() != reflect.Struct {
		return n
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type == recordType {
			n.record = i
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || name == "" {
			continue
		}
		if inner := buildNesting(f.Type, building); !inner.none() {
			n.fields = append(n.fields, nestedField{i, name, inner})
		}
	}
	return n
}

// keeper gives the records inside a value what they keep.
type keeper struct {
	spare []kept // made a few at a time
}

func (w *keeper) kept(k kept) *kept {
	if len(w.spare) == 0 {
		w.spare = make([]kept, 4)
	}
	next := &w.spare[0]
	w.spare = w.spare[1:]
	*next = k
	return next
}

// keep follows pointers and lists from a value of the type of n, which is k.
func (w *keeper) keep(v reflect.Value, n *nesting, k *kept) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			w.keep(v.Elem(), n, k)
		}
	case reflect.Slice:
		w.elements(v, n, k, "")
	case reflect.Struct:
		if n.record >= 0 {
			v.Field(n.record).Addr().Interface().(*Record).json = k
		}
		for i := range n.fields {
			f := &n.fields[i]
			switch inner := v.Field(f.index); inner.Kind() {
			case reflect.Slice:
				w.elements(inner, f.nesting, k, f.name)
			case reflect.Pointer:
				if !inner.IsNil() {
					w.keep(inner.Elem(), f.nesting, w.kept(kept{of: f.nesting, parent: k, name: f.name, index: -1}))
				}
			default:
				w.keep(inner, f.nesting, w.kept(kept{of: f.nesting, parent: k, name: f.name, index: -1}))
			}
		}
	}
}

func (w *keeper) elements(list reflect.Value, n *nesting, parent *kept, name string) {
	for i := range list.Len() {
		w.keep(list.Index(i), n, w.kept(kept{of: n, parent: parent, name: name, index: i}))
	}
}
