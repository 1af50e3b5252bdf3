package damage

import (
	"reflect"
	"slices"
	"strings"

	"github.com/caremux/caremux/internal/fields"
)

// promised is the type of the record, or of the items of a list.
func promised(t reflect.Type) (of reflect.Type, isList bool) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct {
		if _, ok := t.FieldByName("NextCursor"); ok {
			items, _ := t.FieldByName("Items")
			t = items.Type
		}
	}
	if t.Kind() == reflect.Slice {
		return t.Elem(), true
	}
	return t, false
}

// promise is what an operation says of its success.
type promise struct {
	of         reflect.Type // the record, or the items of the list
	isList     bool
	hasFields  bool // of is a struct with fields
	mayBeEmpty bool // as far as the operation says
	nullLists  bool // a null is an empty list
	reads      bool // and may not be said to have been applied
}

func (c *trial) promiseOf(result reflect.Type) promise {
	of, isList := promised(result)
	return promise{
		of: of, isList: isList, hasFields: of.Kind() == reflect.Struct && len(fields.Of(of).Fields) > 0,
		mayBeEmpty: c.op.Op.Responses.Value("204") != nil || c.extension("x-may-be-empty"),
		nullLists:  c.extension("x-null-lists"),
		reads:      c.reads,
	}
}

// wrong tells of each class of responses whether one cannot be a success of an operation with a promise. One of a class that is not
// here cannot.
var wrong = map[class]func(p promise, r response) bool{
	disguised:    func(promise, response) bool { return false },
	fieldChanged: func(promise, response) bool { return false },
	scalar: func(p promise, _ response) bool {
		return p.isList || p.of.Kind() == reflect.Struct || p.of.Kind() == reflect.Map
	},
	nothing:   func(p promise, _ response) bool { return !p.mayBeEmpty },
	null:      func(p promise, _ response) bool { return !p.mayBeEmpty && !(p.isList && p.nullLists) },
	empty:     func(p promise, _ response) bool { return p.hasFields && !p.mayBeEmpty },
	emptyList: func(p promise, _ response) bool { return !p.isList && (p.hasFields || p.of.Kind() == reflect.Map) },
	emptyWrap: func(p promise, _ response) bool { return p.hasFields && !p.isList && !knows(p.of, "data") },
	noFields: func(p promise, r response) bool {
		return p.hasFields && !(strings.Contains(r.name, "envelope") && knows(p.of, "data"))
	},
	message: func(p promise, _ response) bool { return p.hasFields && tells(p.of) },
	failed: func(p promise, r response) bool {
		if r.name == "list of errors" && p.isList && !p.hasFields {
			return false // rows of any kind
		}
		saysSo := func(name string) bool { return knows(p.of, name) }
		return !p.reads || !slices.ContainsFunc([]string{"status", "statuscode", "error", "errors", "message"}, saysSo)
	},
}

// cannotBe reports whether a response cannot be a success of an operation with a promise.
func (p promise) cannotBe(r response) bool {
	rule, ok := wrong[r.class]
	return !ok || rule(p, r)
}

func knows(t reflect.Type, name string) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	_, ok := fields.Of(t).Named([]byte(name))
	return ok
}

// tells reports whether a type has fields that say more than how the call went.
func tells(t reflect.Type) bool {
	return slices.ContainsFunc(fields.Of(t).Fields, func(f fields.Field) bool {
		return !slices.Contains([]string{"status", "message", "msg", "success", "error", "errors", "code", "status_code"}, f.Name)
	})
}
