package wire

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/caremux/caremux"
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
	p := planOf(rv.Type())
	if rv.Kind() != reflect.Pointer || !rv.IsNil() {
		return checkValue(rv, p, place{})
	}
	if p.optional.Load() {
		return nil
	}
	err := checkValue(reflect.New(rv.Type().Elem()), p, place{}) // no params are params without a value, which some may need
	p.optional.Store(err == nil)
	return err
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
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		return checkValue(v.Elem(), p.elem, at)
	}
	if err := checkKind(v, p, at); err != nil || !p.validate {
		return err
	}
	return validate(v, at)
}

func checkKind(v reflect.Value, p *plan, at place) error {
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) { // encoders replace what is not, and so lose letters of a name
			return at.fault("must be UTF-8")
		}
	case reflect.Int:
		if p.code && v.Int() == UnknownCode { // it only stands for what came in a response
			return at.fault("must be a code that is known")
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := checkValue(v.Index(i), p.elem, at.index(strconv.Itoa(i))); err != nil {
				return err
			}
		}
	case reflect.Map:
		return checkMap(v, p, at)
	case reflect.Struct:
		return checkFields(v, p, at)
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
	if rule := countRule(v, fp); rule != "" {
		return rule
	}
	return numberRule(v, fp)
}

// countRule is the rule of a number of characters or elements that v breaks, or is empty.
func countRule(v reflect.Value, fp fieldPlan) string {
	switch v.Kind() {
	case reflect.String:
		if fp.maxLen > 0 && utf8.RuneCountInString(v.String()) > fp.maxLen {
			return "must have at most " + strconv.Itoa(fp.maxLen) + " characters"
		}
	case reflect.Slice, reflect.Map:
		if fp.minLen > 0 && v.Kind() == reflect.Slice && !v.IsNil() && v.Len() < fp.minLen {
			return "must have at least " + strconv.Itoa(fp.minLen) + " elements"
		}
		if fp.maxLen > 0 && v.Len() > fp.maxLen {
			return "must have at most " + strconv.Itoa(fp.maxLen) + " elements"
		}
	}
	return ""
}

// numberRule is the bound that v exceeds, or is empty.
func numberRule(v reflect.Value, fp fieldPlan) string {
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
