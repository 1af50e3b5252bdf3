package wire

import (
	"encoding/json"
	"reflect"
	"strings"
)

// withoutBadNumbers gives data with null in place of texts that are to become a json.Number and are none, such as "" and "12 mg": for
// these the older codec gives up the whole value. first is the path of the first of them, empty if there is none.
func withoutBadNumbers(data []byte, v any) (better []byte, first string) {
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() != reflect.Pointer || !json.Valid(data) {
		return nil, ""
	}
	from := 0
	badNumbers(data, t, "", func(value []byte, path string) {
		at := Offset(data, value)
		better = append(append(better, data[from:at]...), "null"...)
		if from = at + len(value); first == "" {
			first = path
		}
	})
	return append(better, data[from:]...), first
}

var numberType = reflect.TypeFor[json.Number]()

// badNumbers tells of each such text, in their order.
func badNumbers(data []byte, t reflect.Type, path string, tell func(value []byte, path string)) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == numberType:
		var text string
		if len(data) > 0 && data[0] == '"' && json.Unmarshal(data, &text) == nil && json.Unmarshal(data, new(json.Number)) != nil {
			tell(data, path)
		}
	case reflect.PointerTo(t).Implements(unmarshalerType):
	case t.Kind() == reflect.Slice:
		elements, _ := Elements(data)
		for _, element := range elements {
			badNumbers(element, t.Elem(), path, tell)
		}
	case t.Kind() == reflect.Struct:
		Members(data, func(key, value []byte) bool {
			for _, f := range reflect.VisibleFields(t) {
				own, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if own == "-" || !f.IsExported() || f.Anonymous && own == "" || !strings.EqualFold(own, string(key)) {
					continue
				}
				badNumbers(value, f.Type, strings.TrimLeft(path+"."+own, "."), tell)
				break
			}
			return true
		})
	}
}
