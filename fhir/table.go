package fhir

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// kind is how values of a Go type are read and written.
type kind uint8

const (
	kindText     kind = iota // kinds of string
	kindNumber               // json.Number
	kindBool                 // kinds of bool
	kindInt                  // kinds of int
	kindUint                 // kinds of uint
	kindStruct               // a struct, by its table
	kindPointer              // a pointer to a value
	kindList                 // a slice of values
	kindResource             // the interface Resource
	kindRaw                  // json.RawMessage
	kindOther                // what encoding/json makes of it
)

// codec says how values of a type are read and written.
type codec struct {
	kind  kind
	t     reflect.Type
	elem  *codec // of a pointer or list
	table *table // of a struct
}

// isPrimitive reports whether values of the type are FHIR primitives, which may have siblings: all but objects and lists.
func (c *codec) isPrimitive() bool {
	switch c.kind {
	case kindText, kindNumber, kindBool, kindInt, kindUint, kindOther:
		return true
	case kindPointer:
		return c.elem.isPrimitive()
	}
	return false
}

// isPrimitiveList reports whether values of the type are lists of primitives.
func (c *codec) isPrimitiveList() bool { return c.kind == kindList && c.elem.isPrimitive() }

// field is a field of a struct, its own or one of an embedded struct.
type field struct {
	codec
	name     string // in JSON
	key      []byte // the name in quotes, with the colon
	number   int    // in the table
	index    int    // in the struct, if path is nil
	path     []int  // to a field of an embedded struct
	choice   int    // the number of its choice, 0 for none
	omitZero bool
	omitLen0 bool // omitempty
	hasZero  bool // has a method IsZero
}

// table is what must be known about a struct type. It is made when a value of the type is first met.
type table struct {
	once     sync.Once
	t        reflect.Type
	resource string // the resource type, empty for others and for types that have a field for it
	head     []byte // what an encoded object begins with
	fields   []field
	names    []string // of the fields, close together to be searched
	byName   map[string]*field
	siblings map[string]*field // by _name
	choices  []string
	always   []*field // fields that are written also if they are zero, as encoding/json would
	hidden   []field  // fields that others hide; they must be zero
	unnamed  [][]int  // the paths of Unnamed; the first one keeps what is read
	fault    string   // why the type cannot be used
}

// maxFields is how many fields a struct may have. R4's largest, ElementDefinition, has 200.
const maxFields = 256

var tables sync.Map // reflect.Type → *table

// tableOf returns the table of a struct type. Its fields may be read after ready.
func tableOf(t reflect.Type) *table {
	if known, ok := tables.Load(t); ok {
		return known.(*table)
	}
	known, _ := tables.LoadOrStore(t, &table{t: t})
	return known.(*table)
}

// ready returns the table itself once it is made. It calls the sync.Once every time: a check of a field in its place
// would be a data race.
func (t *table) ready() *table {
	t.once.Do(t.build)
	return t
}

var (
	unnamedType  = reflect.TypeFor[Unnamed]()
	resourceType = reflect.TypeFor[Resource]()
	elementType  = reflect.TypeFor[Element]()
	numberType   = reflect.TypeFor[json.Number]()
	rawType      = reflect.TypeFor[json.RawMessage]()
	zeroType     = reflect.TypeFor[interface{ IsZero() bool }]()
	ownCoding    = []reflect.Type{
		reflect.TypeFor[json.Marshaler](), reflect.TypeFor[json.Unmarshaler](),
		reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[encoding.TextUnmarshaler](),
	}
)

// codecOf returns the codec of a type. Types that are nested too deep, such as lists of themselves, are left to
// encoding/json.
func codecOf(t reflect.Type, depth int) codec {
	c := codec{kind: kindOther, t: t}
	switch {
	case depth > 8:
	case t == numberType:
		c.kind = kindNumber
	case t == rawType:
		c.kind = kindRaw
	case t == resourceType:
		c.kind = kindResource
	case t.Kind() == reflect.Pointer:
		c.of(kindPointer, depth)
	case t.Kind() == reflect.Struct && reflect.PointerTo(t).Implements(elementType):
		c.kind, c.table = kindStruct, tableOf(t)
	case codesItself(t):
	case t.Kind() == reflect.Struct:
		c.kind, c.table = kindStruct, tableOf(t)
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		c.of(kindList, depth)
	default:
		c.kind = plainKind(t.Kind())
	}
	return c
}

// of makes c the codec of a pointer or list, unless encoding/json must read what is in it.
func (c *codec) of(k kind, depth int) {
	if elem := codecOf(c.t.Elem(), depth+1); elem.kind != kindOther {
		c.kind, c.elem = k, &elem
	}
}

func plainKind(k reflect.Kind) kind {
	switch {
	case k == reflect.String:
		return kindText
	case k == reflect.Bool:
		return kindBool
	case k >= reflect.Int && k <= reflect.Int64:
		return kindInt
	case k >= reflect.Uint && k <= reflect.Uint64:
		return kindUint
	}
	return kindOther
}

// codesItself reports whether the type has methods that encoding/json would call.
func codesItself(t reflect.Type) bool {
	return slices.ContainsFunc(ownCoding, func(i reflect.Type) bool {
		return t.Implements(i) || reflect.PointerTo(t).Implements(i)
	})
}

// build fills the table.
func (t *table) build() {
	var found []candidate
	t.collect(t.t, nil, nil, &found)
	t.choose(found)
	t.byName, t.siblings = map[string]*field{}, map[string]*field{}
	for i := range t.fields {
		f := &t.fields[i]
		f.number = i
		t.names = append(t.names, f.name)
		if !f.absent(reflect.New(f.t).Elem()) {
			t.always = append(t.always, f)
		}
		t.byName[f.name] = f
	}
	for i := range t.fields {
		f := &t.fields[i]
		if _, own := t.byName["_"+f.name]; !own && (f.isPrimitive() || f.isPrimitiveList()) {
			t.siblings["_"+f.name] = f
		}
	}
	slices.SortStableFunc(t.unnamed, func(a, b []int) int { return len(a) - len(b) })
	t.head = []byte{'{'}
	if t.resource = resourceTypeOf(t.t); t.byName["resourceType"] != nil {
		t.resource = ""
	}
	if t.resource != "" {
		t.head = append(appendText(append(t.head, `"resourceType":`...), t.resource), ',')
	}
	if len(t.choices) > 64 || len(t.fields) > maxFields {
		t.fault = "must not have more than 64 choices and " + strconv.Itoa(maxFields) + " fields"
	}
}

// resourceTypeOf returns the resource type of a new value of a struct type, empty for none.
func resourceTypeOf(t reflect.Type) (name string) {
	r, ok := reflect.New(t).Interface().(Resource)
	if !ok {
		return ""
	}
	defer func() { _ = recover() }() // a type that embeds the interface has no value yet
	return r.ResourceType()
}

// candidate is a field that may be one of the table's.
type candidate struct {
	field
	depth  int
	tagged bool
	choice string
}

// collect finds the fields of a struct and of those it embeds.
func (t *table) collect(of reflect.Type, path []int, within []reflect.Type, found *[]candidate) {
	if slices.Contains(within, of) {
		return // a type that embeds a pointer to itself
	}
	within = append(within[:len(within):len(within)], of)
	for i := range of.NumField() {
		f := of.Field(i)
		at := append(path[:len(path):len(path)], i)
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		embedded := f.Type // if it is
		if embedded.Kind() == reflect.Pointer {
			embedded = embedded.Elem()
		}
		switch {
		case f.Anonymous && f.Type == unnamedType:
			t.unnamed = append(t.unnamed, at)
		case f.Anonymous && embedded == unnamedType:
			t.fault = "must embed fhir.Unnamed and not a pointer to it"
		case f.Tag.Get("json") == "-":
		case f.Anonymous && tag == "" && embedded.Kind() == reflect.Struct:
			if f.Type.Kind() == reflect.Pointer && !f.IsExported() {
				t.fault = "must not embed a pointer to a type that is not exported"
				continue
			}
			t.collect(embedded, at, within, found)
		case f.IsExported():
			*found = append(*found, t.candidate(f, tag, options, at))
		}
	}
}

func (t *table) candidate(f reflect.StructField, tag, options string, path []int) candidate {
	c := candidate{depth: len(path), tagged: tag != "", choice: f.Tag.Get("choice")}
	c.codec = codecOf(f.Type, 0)
	c.name = tag
	if tag == "" {
		c.name = f.Name
	}
	c.key = append(appendText(nil, c.name), ':')
	c.index = path[0]
	if len(path) > 1 {
		c.path = path
	}
	c.hasZero = f.Type.Implements(zeroType) || reflect.PointerTo(f.Type).Implements(zeroType)
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "":
		case "omitzero":
			c.omitZero = true
		case "omitempty":
			c.omitLen0 = true
		default:
			t.fault = "must not use the option " + option + " in a json tag"
		}
	}
	return c
}

// choose takes one field for each name, as encoding/json does: the one of the outermost struct, or the one with a tag.
func (t *table) choose(found []candidate) {
	best := map[string]int{}
	tie := map[string]bool{}
	choice := map[string]string{}
	for i, c := range found {
		if c.choice != "" {
			choice[c.name] = c.choice // also of a field that one without the tag hides
		}
		other, ok := best[c.name]
		switch {
		case !ok || c.depth < found[other].depth || c.depth == found[other].depth && c.tagged && !found[other].tagged:
			best[c.name], tie[c.name] = i, false
		case c.depth == found[other].depth && c.tagged == found[other].tagged:
			tie[c.name] = true
		}
	}
	for i, c := range found {
		if best[c.name] != i || tie[c.name] {
			t.hidden = append(t.hidden, c.field)
			continue
		}
		if name := choice[c.name]; name != "" {
			if !slices.Contains(t.choices, name) {
				t.choices = append(t.choices, name)
			}
			c.field.choice = slices.Index(t.choices, name) + 1
		}
		t.fields = append(t.fields, c.field)
	}
}

// of returns the field in v; ok is false if it is in an embedded struct that is not there.
func (f *field) of(v reflect.Value) (fv reflect.Value, ok bool) {
	if f.path == nil {
		return v.Field(f.index), true
	}
	return along(v, f.path, false)
}

// along follows a path of fields through embedded structs, and makes those that are not there if it may.
func along(v reflect.Value, path []int, make bool) (reflect.Value, bool) {
	for i, x := range path {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				if !make {
					return reflect.Value{}, false
				}
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(x)
	}
	return v, true
}

// keeper returns the Unnamed that keeps what is read into v, nil if the type has none.
func (t *table) keeper(v reflect.Value) *Unnamed {
	if len(t.unnamed) == 0 {
		return nil
	}
	u, _ := along(v, t.unnamed[0], true)
	return u.Addr().Interface().(*Unnamed)
}

// kept returns what v carries, nil for nothing. Several embedded structs may each carry something.
func (t *table) kept(v reflect.Value) *kept {
	if len(t.unnamed) == 1 && len(t.unnamed[0]) == 1 {
		u := v.Field(t.unnamed[0][0])
		if u.Field(0).IsNil() {
			return nil // most carry nothing, and this costs less than the address
		}
		return u.Addr().Interface().(*Unnamed).Kept
	}
	var all *kept
	for _, path := range t.unnamed {
		u, ok := along(v, path, false)
		if !ok {
			continue
		}
		k := u.Addr().Interface().(*Unnamed).Kept
		switch {
		case k == nil:
		case all == nil:
			all = k
		default:
			all = both(all, k)
		}
	}
	return all
}

// both joins what two embedded structs carry.
func both(a, b *kept) *kept {
	k := &kept{odd: a.odd, extras: slices.Concat(a.extras, b.extras), siblings: slices.Concat(a.siblings, b.siblings)}
	if k.odd == nil {
		k.odd = b.odd
	} else if b.odd != nil {
		k.extras = append(k.extras, extra{json: b.odd}) // which makes Marshal refuse
	}
	return k
}

// absent reports whether the field is not written with this value: an empty string, an empty list, nothing, or what its
// tag says.
func (f *field) absent(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return v.Len() == 0
	case reflect.Pointer, reflect.Interface:
		return v.IsNil()
	case reflect.Slice:
		return v.Len() == 0
	case reflect.Map:
		return v.IsNil() || f.omitLen0 && v.Len() == 0
	}
	if f.omitZero && f.hasZero {
		return v.Addr().Interface().(interface{ IsZero() bool }).IsZero()
	}
	return f.omitZero && v.IsZero() || f.omitLen0 && v.Kind() != reflect.Struct && v.IsZero()
}

// choice returns the one field of a choice that is set, nil if none is. Of two, which cannot be written, it is the
// first.
func choice(element any, name string) any {
	v := reflect.ValueOf(element)
	if v.IsNil() {
		return nil
	}
	t := tableOf(v.Type().Elem()).ready()
	number := slices.Index(t.choices, name) + 1
	if number == 0 {
		return nil
	}
	for i := range t.fields {
		f := &t.fields[i]
		if f.choice != number {
			continue
		}
		if fv, ok := f.of(v.Elem()); ok && !f.absent(fv) {
			return fv.Interface()
		}
	}
	return nil
}
