// Package mappingtest checks that mappings lose nothing, with records that are made up from the vendors' Go types.
package mappingtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"
)

// Generator makes up records as a vendor could send them: most fields as they should be, some absent, null, empty or of
// another type, and some that the Go type does not have.
type Generator struct {
	Rand *rand.Rand
	// Values are what fields of a JSON name usually have, such as the codes of a table.
	Values map[string][]any
}

// JSON returns the JSON of a record of the type.
func (g *Generator) JSON(t reflect.Type) []byte {
	text, err := json.Marshal(g.object(t, 0))
	if err != nil {
		panic(err) // of maps, lists, strings and numbers only
	}
	return text
}

func (g *Generator) object(t reflect.Type, depth int) map[string]any {
	o := map[string]any{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" || g.Rand.IntN(4) == 0 {
			continue
		}
		o[name] = g.field(name, f.Type, depth)
	}
	if g.Rand.IntN(3) == 0 {
		o["x_unknown"] = g.odd()
	}
	return o
}

func (g *Generator) field(name string, t reflect.Type, depth int) any {
	if g.Rand.IntN(20) == 0 {
		return g.odd()
	}
	if values := g.Values[name]; len(values) > 0 && g.Rand.IntN(10) > 0 {
		return values[g.Rand.IntN(len(values))]
	}
	return g.value(t, depth)
}

func (g *Generator) value(t reflect.Type, depth int) any {
	if t.Kind() == reflect.Pointer {
		return g.value(t.Elem(), depth)
	}
	switch {
	case strings.HasSuffix(t.Name(), "Date"):
		day := time.Date(1900+g.Rand.IntN(130), time.Month(1+g.Rand.IntN(12)), 1+g.Rand.IntN(28), 0, 0, 0, 0, time.UTC)
		return day.Format(pick(g, "2006-01-02", "2006-01-02", "2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05Z", "2006-01"))
	case t.Name() == "EpochSeconds":
		return json.Number(fmt.Sprint(1_600_000_000 + g.Rand.IntN(400_000_000)))
	case strings.HasSuffix(t.Name(), "Time"):
		at := time.Unix(1_600_000_000+g.Rand.Int64N(400_000_000), 0).In(time.FixedZone("", 1800*(g.Rand.IntN(50)-24)))
		if g.Rand.IntN(2) == 0 {
			at = at.UTC()
		}
		return at.Format(pick(g, time.RFC3339, "2006-01-02T15:04:05.000Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04:05.0000000Z07:00"))
	}
	switch t.Kind() {
	case reflect.Struct:
		if depth > 3 {
			return map[string]any{}
		}
		return g.object(t, depth+1)
	case reflect.Slice:
		list := []any{}
		for range g.Rand.IntN(3) {
			list = append(list, g.value(t.Elem(), depth+1))
		}
		return list
	case reflect.Map:
		return map[string]any{"a": g.odd(), "b/c.d": g.odd()}
	case reflect.Bool:
		return g.Rand.IntN(2) == 0
	case reflect.Int, reflect.Int32, reflect.Int64:
		return json.Number(fmt.Sprint(g.Rand.IntN(2000) * g.Rand.IntN(2000)))
	case reflect.Float64:
		return json.Number(fmt.Sprintf("%.2f", g.Rand.Float64()*100))
	case reflect.String:
		return pick(g, "Asha", "Müller-Lüdenscheidt", "visit", fmt.Sprint("id_", g.Rand.IntN(1e6)), "李 小龙",
			"550e8400-e29b-41d4-a716-446655440000")
	}
	return g.odd()
}

// odd returns what no document promises.
func (g *Generator) odd() any {
	return pick[any](g, nil, "", " ", " padded ", "two\nlines", "a  b", "\t", json.Number("12"), json.Number("1.50"),
		json.Number("123456789012345678901"), json.Number("1E+2"), true, []any{}, map[string]any{},
		map[string]any{"k": []any{json.Number("1"), nil, "x"}}, strings.Repeat("long ", 40), "<b>&amp;", "\u2028", "null")
}

func pick[T any](g *Generator, all ...T) T { return all[g.Rand.IntN(len(all))] }
