package wire

import (
	"cmp"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/fields"
)

// plan is what there is to check in values of a type, worked out once.
type plan struct {
	validate bool
	code     bool  // a coded value, see [UnmarshalEnum]
	elem     *plan // of a pointer, slice, array or map
	fields   []fieldPlan
	idle     bool // nothing to check here or below

	optional atomic.Bool // of a pointer: what it points to has been found to need no value
}

type fieldPlan struct {
	index    int
	name     string
	goName   string
	required bool
	content  bool // a required object that would travel as {} if nothing in it is set
	min, max *float64
	minLen   int
	maxLen   int
	plan     *plan
}

var plans sync.Map // reflect.Type → *plan

var (
	validatorType   = reflect.TypeFor[Validator]()
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()
	zeroerType      = reflect.TypeFor[interface{ IsZero() bool }]()
)

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	building := map[reflect.Type]*plan{}
	p := buildPlan(t, building)
	// A type that contains itself is only known to be idle when all of it has been seen, so nothing in a cycle is idle.
	for t, built := range building {
		plans.Store(t, built)
	}
	return p
}

func buildPlan(t reflect.Type, building map[reflect.Type]*plan) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	if p, ok := building[t]; ok {
		return p
	}
	p := &plan{validate: t.Kind() != reflect.Interface && t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(validatorType)}
	building[t] = p
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		p.elem = buildPlan(t.Elem(), building)
		p.idle = !p.validate && p.elem.idle
	case reflect.Map:
		p.elem = buildPlan(t.Elem(), building)
		p.idle = !p.validate && p.elem.idle && t.Key().Kind() != reflect.String
	case reflect.String:
	case reflect.Int:
		p.code = reflect.PointerTo(t).Implements(unmarshalerType)
		p.idle = !p.validate && !p.code
	case reflect.Struct:
		p.fields = buildFields(t, building)
		p.idle = !p.validate && len(p.fields) == 0
	default:
		p.idle = !p.validate
	}
	return p
}

// buildFields are the fields of a struct in which there is something to check.
func buildFields(t reflect.Type, building map[reflect.Type]*plan) (list []fieldPlan) {
	names := map[int]string{}
	for _, f := range fields.Of(t).Fields {
		names[f.Index[0]] = f.Name // of what is embedded it is not used
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		fp := parseField(f, i, names[i])
		fp.plan = buildPlan(f.Type, building)
		if fp.hasRule() || !fp.plan.idle {
			list = append(list, fp)
		}
	}
	return list
}

func (fp *fieldPlan) hasRule() bool {
	return fp.required || fp.min != nil || fp.max != nil || fp.minLen > 0 || fp.maxLen > 0
}

// parseField works out what there is to check in a field. name is its JSON name; params have others.
func parseField(f reflect.StructField, index int, name string) fieldPlan {
	fp := fieldPlan{index: index, name: cmp.Or(name, f.Name), goName: f.Name}
	if f.Anonymous && f.Tag.Get("json") == "" {
		fp.name, fp.goName = "", "" // its fields are those of the type around it
	}
	for _, key := range [...]string{"url", "header"} {
		if name, _, _ := strings.Cut(f.Tag.Get(key), ","); name != "" && name != "-" {
			fp.name = name
			break
		}
	}
	for rule := range strings.SplitSeq(f.Tag.Get("check"), ",") {
		name, value, _ := strings.Cut(rule, "=")
		number, _ := strconv.ParseFloat(value, 64)
		switch name {
		case "required":
			fp.required, fp.content = true, mayBeBare(f.Type)
		case "min":
			fp.min = &number
		case "max":
			fp.max = &number
		case "minlen":
			fp.minLen = int(number)
		case "maxlen":
			fp.maxLen = int(number)
		}
	}
	return fp
}

// mayBeBare reports whether t is an object of which every field may be left out. A required one is there to say something.
func mayBeBare(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[caremux.File]() || t.Implements(zeroerType) {
		return false
	}
	for _, f := range fields.Of(t).Fields {
		if options := f.Tag.Get("json"); !strings.Contains(options, ",omitzero") && !strings.Contains(options, ",omitempty") {
			return false
		}
	}
	return true
}
