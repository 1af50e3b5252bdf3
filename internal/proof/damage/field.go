package damage

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// odd are the values that take the place of one.
var odd = []string{
	`"` + marker + `"`, `""`, `"5"`, `5`, `0`, `-1`, `5.5`, `9007199254740993`, `123456789012345678901234567890`,
	`1e400`, `0.10000000000000000555111512312578`,
	`true`, `null`, `{}`, `{"zzUnknown":1}`, `[]`, `["x"]`, `[null]`, `[{"zzUnknown":1},5]`, `"2015"`, `"20261128"`,
	`"\ud800"`, "\"Ren\xe9\"", `{"a":1,"a":2}`,
	strings.Repeat("[", 1500) + strings.Repeat("]", 1500), strings.Repeat(`{"a":`, 1500) + "1" + strings.Repeat("}", 1500),
}

// node is a value of a document with what is known of its place.
type node struct {
	parent any    // map[string]any or []any; nil is the whole
	name   string // in an object
	index  int    // in a list
}

// nodes lists all values inside of a document, in a fixed order.
func nodes(value any, list *[]node) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			*list = append(*list, node{parent: v, name: name})
			nodes(v[name], list)
		}
	case []any:
		for i := range v {
			*list = append(*list, node{parent: v, index: i})
			nodes(v[i], list)
		}
	}
}

// changedFields makes n documents, each with one value of body replaced, at any depth.
func changedFields(contentType string, body []byte, n int, random *rand.Rand) []response {
	var all []response
	for i := range n {
		value := decode(body)
		var places []node
		nodes(value, &places)
		if len(places) == 0 {
			return nil
		}
		place := places[random.IntN(len(places))]
		name := change(place, i, random)
		all = append(all, response{
			name: name, class: fieldChanged, header: http.Header{"Content-Type": {contentType}}, body: render(value),
		})
	}
	return all
}

// twice is an object's field that is there two times.
type twice struct {
	other string // the second name
	value any
	raw   json.RawMessage
}

// change replaces one value, and returns what was done.
func change(n node, i int, random *rand.Rand) string {
	object, isObject := n.parent.(map[string]any)
	kind := i % (len(odd) + 4)
	if !isObject && kind >= len(odd) {
		kind = random.IntN(len(odd))
	}
	if kind < len(odd) {
		raw := json.RawMessage(odd[kind])
		if isObject {
			object[n.name] = raw
		} else {
			n.parent.([]any)[n.index] = raw
		}
		return "value " + strconv.Itoa(kind)
	}
	old := object[n.name]
	switch kind - len(odd) {
	case 0:
		delete(object, n.name)
		return "field left out"
	case 1:
		delete(object, n.name)
		object[strings.ToUpper(n.name)] = old
		return "name in another case"
	case 2:
		object[n.name] = twice{n.name, old, json.RawMessage(`"` + marker + `"`)}
		return "name twice"
	default:
		object[n.name] = twice{strings.ToUpper(n.name), old, json.RawMessage(`"` + marker + `"`)}
		return "name twice, in another case"
	}
}

func decode(body []byte) any {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil {
		return nil
	}
	return value
}

// render writes a document as it is: encoding/json would mend some of the damage.
func render(value any) []byte {
	switch v := value.(type) {
	case json.RawMessage:
		return v
	case map[string]any:
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if t, ok := v[name].(twice); ok {
				fields = append(fields, quote(name)+":"+string(render(t.value)), quote(t.other)+":"+string(t.raw))
				continue
			}
			fields = append(fields, quote(name)+":"+string(render(v[name])))
		}
		return []byte("{" + strings.Join(fields, ",") + "}")
	case []any:
		var elements []string
		for _, e := range v {
			elements = append(elements, string(render(e)))
		}
		return []byte("[" + strings.Join(elements, ",") + "]")
	}
	data, err := json.Marshal(value)
	if err != nil {
		panic(err) // made of what the decoder returns
	}
	return data
}

func quote(name string) string {
	data, _ := json.Marshal(name) // a string
	return string(data)
}
