package wire

import (
	"cmp"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/fields"
)

// Validator is a request body, params or a part of one with rules beyond its field tags. An *caremux.ArgumentError it
// returns gets the path of the part in front of its field; one without a field is about the part as a whole.
type Validator interface{ Validate() error }

// Check holds v, a body or params, against the check tags of its fields: required, min=, max= (numbers), minlen=, maxlen=
// (characters or elements). Texts must be UTF-8. It returns a *caremux.ArgumentError that names the first field at fault,
// and all that are missing, if one is.
func Check(v any) error {
	rv := reflect.ValueOf(v)
	if !rv.IsValid() {
		return nil
	}
	if rv.Kind() == reflect.Pointer && rv.IsNil() {
		rv = reflect.New(rv.Type().Elem()) // no params are params without a value, which some may need
	}
	return checkValue(rv, planOf(rv.Type()), place{})
}

// plan is what there is to check in values of a type, worked out once.
type plan struct {
	validate bool
	code     bool  // a coded value, see [UnmarshalEnum]
	elem     *plan // of a pointer, slice, array or map
	fields   []fieldPlan
	idle     bool // nothing to check here or below
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
			if fp.required || fp.min != nil || fp.max != nil || fp.minLen > 0 || fp.maxLen > 0 || !fp.plan.idle {
				p.fields = append(p.fields, fp)
			}
		}
		p.idle = !p.validate && len(p.fields) == 0
	default:
		p.idle = !p.validate
	}
	return p
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

// place is the path of a value, by the names that are sent and by those of the Go fields.
type place struct{ wire, golang string }

func (p place) fault(rule string) *caremux.ArgumentError {
	return &caremux.ArgumentError{Field: p.wire, GoField: p.golang, Rule: rule}
}

func (p place) index(i string) place { return place{p.wire + "[" + i + "]", p.golang + "[" + i + "]"} }

func (p place) field(f fieldPlan) place {
	if f.name == "" {
		return p
	}
	if p.wire == "" {
		return place{f.name, f.goName}
	}
	return place{p.wire + "." + f.name, p.golang + "." + f.goName}
}

func checkValue(v reflect.Value, p *plan, at place) error {
	if p.idle {
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) { // encoders replace what is not, and so lose letters of a name
			return at.fault("must be UTF-8")
		}
	case reflect.Int:
		if p.code && v.Int() == UnknownCode { // it only stands for what came in a response
			return at.fault("must be a code that is known")
		}
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return checkValue(v.Elem(), p.elem, at)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := checkValue(v.Index(i), p.elem, at.index(strconv.Itoa(i))); err != nil {
				return err
			}
		}
	case reflect.Map:
		if err := checkMap(v, p, at); err != nil {
			return err
		}
	case reflect.Struct:
		if err := checkFields(v, p, at); err != nil {
			return err
		}
	}
	if p.validate {
		return validate(v, at)
	}
	return nil
}

func checkMap(v reflect.Value, p *plan, at place) error {
	inner := at.index("") // the key may be the caller's data, so it is not named
	if v.Type().Key().Kind() == reflect.Bool {
		inner = at // a field that may be null
	}
	for iter := v.MapRange(); iter.Next(); {
		if key := iter.Key(); key.Kind() == reflect.String && !utf8.ValidString(key.String()) {
			return inner.fault("must have keys in UTF-8")
		}
		if err := checkValue(iter.Value(), p.elem, inner); err != nil {
			return err
		}
	}
	return nil
}

// checkFields reports the first fault of a struct; of a required field that is missing it goes on to the others.
func checkFields(v reflect.Value, p *plan, at place) error {
	var first *caremux.ArgumentError
	for _, fp := range p.fields {
		field, inner := v.Field(fp.index), at.field(fp)
		var err error
		if rule := fieldRule(field, fp); rule != "" {
			err = inner.fault(rule)
		} else {
			err = checkValue(field, fp.plan, inner)
		}
		fault, _ := err.(*caremux.ArgumentError)
		switch {
		case err == nil:
		case fault != nil && fault.Rule == isRequired && first == nil:
			first = fault
		case fault != nil && fault.Rule == isRequired:
			first.Also = listed(first.Also, fault.Field, fault.Also)
		case first == nil:
			return err
		}
	}
	if first == nil {
		return nil
	}
	return first
}

const isRequired = "is required"

// listed joins the names that are not empty.
func listed(names ...string) string {
	return strings.Join(slices.DeleteFunc(names, func(name string) bool { return name == "" }), ", ")
}

// validate asks through a pointer, whose method set contains the methods of both kinds of receiver.
func validate(v reflect.Value, at place) error {
	if !v.CanAddr() {
		addressable := reflect.New(v.Type()).Elem()
		addressable.Set(v)
		v = addressable
	}
	err := v.Addr().Interface().(Validator).Validate()
	var argument *caremux.ArgumentError
	if at.wire != "" && errors.As(err, &argument) {
		prefixed := *argument
		prefixed.Field = strings.TrimSuffix(at.wire+"."+argument.Field, ".")
		if argument.GoField != "" {
			prefixed.GoField = at.golang + "." + argument.GoField
		}
		return &prefixed
	}
	return err
}

// fieldRule names the rule that a field breaks, or is empty.
func fieldRule(v reflect.Value, fp fieldPlan) string {
	if fp.required && missing(v) {
		return isRequired
	}
	if fp.content && v.IsZero() {
		return "must not be empty"
	}
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	if fp.minLen > 0 && v.Kind() == reflect.Slice && !v.IsNil() && v.Len() < fp.minLen {
		return "must have at least " + strconv.Itoa(fp.minLen) + " elements"
	}
	if fp.maxLen > 0 {
		switch v.Kind() {
		case reflect.String:
			if utf8.RuneCountInString(v.String()) > fp.maxLen {
				return "must have at most " + strconv.Itoa(fp.maxLen) + " characters"
			}
		case reflect.Slice, reflect.Map:
			if v.Len() > fp.maxLen {
				return "must have at most " + strconv.Itoa(fp.maxLen) + " elements"
			}
		}
	}
	var number float64
	switch {
	case v.CanInt():
		number = float64(v.Int())
	case v.CanUint():
		number = float64(v.Uint())
	case v.CanFloat():
		number = v.Float()
	default:
		return ""
	}
	if fp.min != nil && !(number >= *fp.min) {
		return "must be at least " + strconv.FormatFloat(*fp.min, 'g', -1, 64)
	}
	if fp.max != nil && !(number <= *fp.max) {
		return "must be at most " + strconv.FormatFloat(*fp.max, 'g', -1, 64)
	}
	return ""
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

func missing(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String, reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface:
		// An empty list is a statement, a nil one is not.
		return v.IsZero()
	case reflect.Struct:
		if file, ok := v.Interface().(caremux.File); ok {
			return file.Content == nil
		}
		if v.Type().Implements(zeroerType) {
			return v.Interface().(interface{ IsZero() bool }).IsZero()
		}
	}
	return false
}
