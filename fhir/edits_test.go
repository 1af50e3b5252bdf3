package fhir_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/caremux/caremux/fhir"
)

// The edits of this file are made twice: to the Go value, and to the JSON as a tree, where what belongs together
// stays together because it is one node. Both must give the same JSON. Before that, fields that R4 does not know and
// siblings of primitive values are put everywhere.

// Types of a user's own: fields added to the package's, fields replaced by own ones, one written from nothing but
// Unnamed.
type (
	wardPatient struct {
		fhir.Patient
		Ward string        `json:"ward,omitzero"`
		Name []wardName    `json:"name,omitzero"`
		Bed  *fhir.Address `json:"bed,omitzero"`
	}
	wardName struct {
		fhir.HumanName
		Nick string `json:"nick,omitzero"`
	}
	wardObservation struct {
		*fhir.Observation
		Component []wardComponent `json:"component,omitzero"`
	}
	wardComponent struct {
		fhir.Unnamed
		ID        string                `json:"id,omitzero"`
		Extension []fhir.Extension      `json:"extension,omitzero"`
		Code      *fhir.CodeableConcept `json:"code,omitzero"`
	}
	wardRequest struct {
		fhir.Unnamed
		ResourceTypeName  string           `json:"resourceType"`
		ID                string           `json:"id,omitzero"`
		Identifier        []wardIdentifier `json:"identifier,omitzero"`
		Note              []*wardNote      `json:"note,omitzero"`
		DosageInstruction []fhir.Dosage    `json:"dosageInstruction,omitzero"`
	}
	wardIdentifier struct {
		fhir.Identifier
	}
	wardNote struct {
		wardNoteBase
		Text string `json:"text,omitzero"`
	}
	wardNoteBase struct{ fhir.Annotation }
)

// ownTypes are the resource types that the user's own types stand for.
var ownTypes = map[string]reflect.Type{
	"Patient":           reflect.TypeFor[wardPatient](),
	"Observation":       reflect.TypeFor[wardObservation](),
	"MedicationRequest": reflect.TypeFor[wardRequest](),
}

// site is a field that can be edited, with the node of the tree that has it.
type site struct {
	class string
	value reflect.Value
	node  map[string]any
	name  string
}

// sitesIn finds the fields of v and the fields of node that belong together.
func sitesIn(v reflect.Value, node map[string]any, found *[]site) {
	for _, f := range fieldsOf(v) {
		inner, present := node[f.name]
		if present == isEmpty(f.value) {
			continue // a value that does not fit, which the tests of misfits are about
		}
		if _, isList := node["_"+f.name].([]any); isList && !present {
			continue // what belongs to a list that was left out comes back with an empty list
		}
		if class := classOf(f.value.Type()); class != "" && (present || !f.choice) {
			*found = append(*found, site{class, f.value, node, f.name})
		}
		into(f.value, inner, found)
	}
}

func into(v reflect.Value, node any, found *[]site) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			into(v.Elem(), node, found)
		}
	case reflect.Struct:
		if m, ok := node.(map[string]any); ok && v.Type() != reflect.TypeFor[fhir.Unknown]() {
			sitesIn(v, m, found)
		}
	case reflect.Slice:
		if list, ok := node.([]any); ok && len(list) == v.Len() {
			for i := range list {
				into(v.Index(i), list[i], found)
			}
		}
	}
}

type fieldOf struct {
	name   string // in JSON
	value  reflect.Value
	choice bool
}

// fieldsOf lists the fields of a struct, those of embedded structs included unless an outer field hides them.
func fieldsOf(v reflect.Value) []fieldOf {
	var all, embedded []fieldOf
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Type == reflect.TypeFor[fhir.Unnamed]():
		case f.Anonymous:
			embedded = append(embedded, fieldsOf(reflect.Indirect(v.Field(i)))...)
		default:
			all = append(all, fieldOf{name, v.Field(i), f.Tag.Get("choice") != ""})
		}
	}
	for _, e := range embedded {
		if !slices.ContainsFunc(all, func(f fieldOf) bool { return f.name == e.name }) {
			all = append(all, e)
		}
	}
	return all
}

func isEmpty(v reflect.Value) bool {
	return v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0
}

// classOf says how fields of a type are edited.
func classOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Pointer:
		switch t.Elem().Kind() {
		case reflect.Bool:
			return "boolean"
		case reflect.Int:
			return "integer"
		case reflect.Struct:
			return "element"
		}
	case reflect.Interface:
		return "resource"
	case reflect.Slice:
		switch classOf(t.Elem()) {
		case "text":
			return "list of texts"
		case "resource":
			return "list of resources"
		case "element":
			return "list of elements"
		}
		switch t.Elem().Kind() {
		case reflect.Struct:
			return "list of elements"
		case reflect.Int:
			return "list of integers"
		}
	}
	return ""
}

// editor makes edits, the same ones for the same seed.
type editor struct {
	*rand.Rand
	made int
}

// fresh is a value that occurs nowhere else.
func (e *editor) fresh() int { e.made++; return 10_000 + e.made }

// inject puts unknown fields and siblings into a tree.
func (e *editor) inject(node any) {
	switch node := node.(type) {
	case []any:
		for _, element := range node {
			e.inject(element)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(node)) {
			if name == "resourceType" {
				continue
			}
			if sibling := e.sibling(node[name]); sibling != nil && node["_"+name] == nil {
				node["_"+name] = sibling
			}
			e.inject(node[name])
		}
		if e.IntN(2) == 0 {
			n := e.fresh()
			node[fmt.Sprintf("unnamed%d", n%7)] = map[string]any{"of": json.Number(fmt.Sprint(n)),
				"list": []any{nil, "x", json.Number("1.50")}}
		}
	}
}

// sibling makes what belongs to a primitive value, or to a list of them, nil for others. One value of a list of texts
// may become null.
func (e *editor) sibling(value any) any {
	one := func() any {
		return map[string]any{"id": fmt.Sprint("s", e.fresh()),
			"extension": []any{map[string]any{"url": "http://example.org/x", "valueCode": fmt.Sprint(e.fresh())}}}
	}
	switch value := value.(type) {
	case map[string]any, nil:
		return nil
	case []any:
		seen, siblings := map[any]bool{}, make([]any, len(value))
		for i, v := range value {
			switch v.(type) {
			case map[string]any, []any, nil:
				return nil
			}
			if seen[v] {
				return nil
			}
			seen[v] = true
			if i == 0 || e.IntN(2) == 0 {
				siblings[i] = one()
			}
		}
		if _, isText := value[0].(string); isText && e.IntN(3) == 0 {
			value[0] = nil
		}
		return siblings
	}
	if e.IntN(3) == 0 {
		return one()
	}
	return nil
}

// edit makes one edit of a site on both sides.
func (e *editor) edit(s site) {
	switch s.class {
	case "text", "boolean", "integer":
		e.editPrimitive(s)
	case "list of texts", "list of integers":
		e.editPrimitives(s)
	case "element", "resource":
		e.editElement(s)
	default:
		e.editElements(s)
	}
}

func (e *editor) editPrimitive(s site) {
	switch e.IntN(3) {
	case 0: // cleared
		if s.node[s.name] == nil {
			return // was absent, and its sibling stays
		}
		s.value.SetZero()
		delete(s.node, s.name)
	case 1: // set to an equal value
		equal := reflect.New(s.value.Type()).Elem()
		equal.Set(s.value)
		if s.value.Kind() == reflect.Pointer && !s.value.IsNil() {
			equal.Set(reflect.New(s.value.Type().Elem()))
			equal.Elem().Set(s.value.Elem())
		}
		s.value.Set(equal)
		return
	default:
		s.node[s.name] = e.set(s.value)
	}
	delete(s.node, "_"+s.name)
}

// set gives v another value and returns it as a tree has it.
func (e *editor) set(v reflect.Value) any {
	switch {
	case v.Type() == reflect.TypeFor[json.Number]():
		v.SetString(fmt.Sprintf("%d.50", e.fresh()))
		return json.Number(v.String())
	case v.Kind() == reflect.String:
		v.SetString(fmt.Sprintf("edit \"%d\"\n<é>", e.fresh()))
		return v.String()
	case v.Kind() == reflect.Int:
		v.SetInt(int64(e.fresh()))
		return json.Number(fmt.Sprint(v.Int()))
	case v.Kind() == reflect.Bool:
		v.SetBool(!v.Bool())
		return v.Bool()
	}
	p := reflect.New(v.Type().Elem())
	if !v.IsNil() {
		p.Elem().Set(v.Elem())
	}
	v.Set(p)
	return e.set(v.Elem())
}

// pairs joins a list of primitives with its siblings, and splits them again.
func pairs(s site) [][2]any {
	values, _ := s.node[s.name].([]any)
	siblings, _ := s.node["_"+s.name].([]any)
	all := make([][2]any, len(values))
	for i := range values {
		all[i][0] = values[i]
		if len(siblings) == len(values) {
			all[i][1] = siblings[i]
		}
	}
	return all
}

func putPairs(s site, all [][2]any) {
	delete(s.node, s.name)
	delete(s.node, "_"+s.name)
	values, siblings, some := []any{}, []any{}, false
	for _, p := range all {
		values, siblings, some = append(values, p[0]), append(siblings, p[1]), some || p[1] != nil
	}
	if len(values) > 0 {
		s.node[s.name] = values
	}
	if some {
		s.node["_"+s.name] = siblings
	}
}

func (e *editor) editPrimitives(s site) {
	all, v := pairs(s), s.value
	fresh := func() (reflect.Value, any) {
		one := reflect.New(v.Type().Elem()).Elem()
		return one, e.set(one)
	}
	i, j := 0, 0
	if len(all) > 0 {
		i, j = e.IntN(len(all)), e.IntN(len(all))
	}
	switch op := e.IntN(6); {
	case op == 0 || len(all) == 0:
		one, node := fresh()
		v.Set(reflect.Append(v, one))
		all = append(all, [2]any{node})
	case op == 1:
		v.Set(reflect.AppendSlice(v.Slice(0, i), v.Slice(i+1, v.Len())))
		all = slices.Delete(all, i, i+1)
	case op == 2:
		reflect.Swapper(v.Interface())(i, j)
		all[i], all[j] = all[j], all[i]
	case op == 3:
		one, node := fresh()
		v.Index(i).Set(one)
		all[i] = [2]any{node}
	case op == 4:
		one, node := fresh()
		list := reflect.Append(reflect.MakeSlice(v.Type(), 0, v.Len()+1), one)
		v.Set(reflect.AppendSlice(list, v))
		all = slices.Insert(all, 0, [2]any{node})
	default:
		v.SetZero()
		all = nil
	}
	putPairs(s, all)
}

// newElement is an element with nothing but an id.
func (e *editor) newElement(t reflect.Type) (reflect.Value, any) {
	id := fmt.Sprint("new-", e.fresh())
	node := map[string]any{"id": id}
	if t.Kind() == reflect.Interface {
		node["resourceType"] = "Group"
		return reflect.ValueOf(&fhir.Group{ID: id}), node
	}
	v := reflect.New(t).Elem()
	element := v
	if t.Kind() == reflect.Pointer {
		v.Set(reflect.New(t.Elem()))
		element = v.Elem()
	}
	for _, f := range fieldsOf(element) {
		if f.name == "id" {
			f.value.SetString(id)
		}
	}
	return v, node
}

func (e *editor) editElement(s site) {
	if e.IntN(3) == 0 {
		s.value.SetZero()
		delete(s.node, s.name)
		return
	}
	v, node := e.newElement(s.value.Type())
	s.value.Set(v)
	s.node[s.name] = node
}

func (e *editor) editElements(s site) {
	all, _ := s.node[s.name].([]any)
	all = slices.Clone(all)
	v := s.value
	i, j := 0, 0
	if len(all) > 0 {
		i, j = e.IntN(len(all)), e.IntN(len(all))
	}
	switch op := e.IntN(7); {
	case op == 0 || len(all) == 0:
		one, node := e.newElement(v.Type().Elem())
		v.Set(reflect.Append(v, one))
		all = append(all, node)
	case op == 1:
		v.Set(reflect.AppendSlice(v.Slice(0, i), v.Slice(i+1, v.Len())))
		all = slices.Delete(all, i, i+1)
	case op == 2:
		reflect.Swapper(v.Interface())(i, j)
		all[i], all[j] = all[j], all[i]
	case op == 3:
		one, node := e.newElement(v.Type().Elem())
		v.Index(i).Set(one)
		all[i] = node
	case op == 4:
		v.Set(reflect.Append(v, v.Index(i))) // a copy takes along what the element carries
		all = append(all, all[i])
	case op == 5:
		one, node := e.newElement(v.Type().Elem())
		list := reflect.Append(reflect.MakeSlice(v.Type(), 0, v.Len()+1), one)
		v.Set(reflect.AppendSlice(list, v))
		all = slices.Insert(all, 0, node)
	default:
		v.SetZero()
		all = nil
	}
	if delete(s.node, s.name); len(all) > 0 {
		s.node[s.name] = all
	}
}

// copyTree copies a tree, so that a node is in one place only.
func copyTree(node any) any {
	switch node := node.(type) {
	case map[string]any:
		c := make(map[string]any, len(node))
		for name, v := range node {
			c[name] = copyTree(v)
		}
		return c
	case []any:
		c := make([]any, len(node))
		for i, v := range node {
			c[i] = copyTree(v)
		}
		return c
	}
	return node
}

// subject is a resource as a tree and as a Go value.
type subject struct {
	tree  map[string]any
	value reflect.Value // a pointer
}

// read makes the subject of a tree, as a type of the package or as a user's own.
func read(t testing.TB, node map[string]any, own bool) subject {
	t.Helper()
	text, err := json.Marshal(node)
	if err != nil {
		t.Fatal(err)
	}
	var r fhir.Resource
	if of := ownTypes[fmt.Sprint(node["resourceType"])]; own && of != nil {
		v := reflect.New(of)
		if err := fhir.Unmarshal(text, v.Interface()); err != nil {
			t.Fatal(err)
		}
		return subject{node, v}
	}
	if err := fhir.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return subject{node, reflect.ValueOf(r)}
}

// byClass sorts samples by the classes of fields that they have, so that the rare classes are edited as often as the
// others.
func byClass(t testing.TB, all []sample, own bool) map[string][]map[string]any {
	classes := map[string][]map[string]any{}
	for _, s := range all {
		node := tree(t, s.json).(map[string]any)
		if own && ownTypes[fmt.Sprint(node["resourceType"])] == nil {
			continue
		}
		var sites []site
		sitesIn(read(t, node, own).value.Elem(), node, &sites)
		seen := map[string]bool{}
		for _, s := range sites {
			if !seen[s.class] {
				seen[s.class] = true
				classes[s.class] = append(classes[s.class], node)
			}
		}
	}
	return classes
}

// outcome is what came of a number of edits.
type outcome struct {
	made  map[string]int // edits of each class
	wrong int            // resources that were written wrongly
	first string         // the first of them
}

// edit makes edits of samples. write gets the edited Go value and the tree as it was before the edits.
func edit(t testing.TB, all []sample, own bool, edits int, write func(v any, before map[string]any) ([]byte,
	error)) outcome {
	t.Helper()
	samples := byClass(t, all, own)
	classes := slices.Sorted(maps.Keys(samples))
	e := &editor{Rand: rand.New(rand.NewPCG(1, uint64(edits)))}
	o := outcome{made: map[string]int{}}
	for n := 0; n < edits; {
		class := classes[e.IntN(len(classes))]
		node := copyTree(samples[class][e.IntN(len(samples[class]))]).(map[string]any)
		e.inject(node)
		s := read(t, node, own)
		before := copyTree(node).(map[string]any)
		several := e.IntN(3)
		if class == "boolean" {
			several = 0 // a value that is changed back gets its sibling back
		}
		for range 1 + several {
			var sites []site
			sitesIn(s.value.Elem(), s.tree, &sites)
			sites = slices.DeleteFunc(sites, func(s site) bool { return s.class != class })
			if len(sites) == 0 {
				break
			}
			e.edit(sites[e.IntN(len(sites))])
			o.made[class]++
			n++
			// An element that was copied is one node of the tree, and its lists are one list of the Go value.
			s = subject{copyTree(s.tree).(map[string]any), clone(s.value)}
		}
		written, err := write(s.value.Interface(), before)
		if err == nil {
			err = differs("", tree(t, written), s.tree)
		}
		if err != nil {
			if o.wrong++; o.wrong == 1 {
				o.first = fmt.Sprintf("%s of %v/%v: %v", class, before["resourceType"], before["id"], err)
			}
		}
	}
	return o
}

// differs returns an error that names the first difference of two trees, nil if there is none.
func differs(path string, got, want any) error {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			for _, name := range slices.Sorted(maps.Keys(w)) {
				if err := differs(path+"."+name, g[name], w[name]); err != nil {
					return err
				}
			}
			for name := range g {
				if _, ok := w[name]; !ok {
					return fmt.Errorf("%s.%s is too much: %v", path, name, g[name])
				}
			}
			return nil
		}
	case []any:
		if g, ok := got.([]any); ok && len(g) == len(w) {
			for i := range w {
				if err := differs(fmt.Sprintf("%s[%d]", path, i), g[i], w[i]); err != nil {
					return err
				}
			}
			return nil
		}
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("%s is %v, want %v", path, got, want)
	}
	return nil
}

// clone copies a value with all its lists and pointers; what elements carry goes along.
func clone(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		p := reflect.New(v.Type().Elem())
		p.Elem().Set(clone(v.Elem()))
		return p
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		return clone(v.Elem())
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			c.Index(i).Set(clone(v.Index(i)))
		}
		return c
	case reflect.Struct:
		c := reflect.New(v.Type()).Elem()
		c.Set(v)
		if v.Type() == reflect.TypeFor[fhir.Unnamed]() {
			return c
		}
		for i := range v.NumField() {
			if f := c.Field(i); f.CanSet() {
				f.Set(clone(v.Field(i)))
			} else if f.Kind() == reflect.Struct { // an embedded type that is not exported
				for j := range f.NumField() {
					if f.Field(j).CanSet() {
						f.Field(j).Set(clone(v.Field(i).Field(j)))
					}
				}
			}
		}
		return c
	}
	return v
}

func marshal(v any, _ map[string]any) ([]byte, error) { return fhir.Marshal(v) }

// editable are the samples that are edited: not the large ones, so that there is time for many edits.
func editable(t testing.TB) []sample {
	var all []sample
	for _, version := range []string{"r4", "r5", "stu3"} {
		for _, s := range samples(t, version) {
			if len(s.json) < 6_000 {
				all = append(all, s)
			}
		}
	}
	return all
}

func TestEditsHurtNothingThatWasNotTouched(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	for _, tt := range []struct {
		name  string
		own   bool
		edits int
	}{{"types of the package", false, editsToMake}, {"types of the user's own", true, editsToMake / 4}} {
		t.Run(tt.name, func(t *testing.T) {
			o := edit(t, editable(t), tt.own, tt.edits, marshal)
			t.Logf("%d resources wrong, edits: %v", o.wrong, o.made)
			if o.wrong > 0 {
				t.Error(o.first)
			}
			if len(o.made) < 7 {
				t.Errorf("only fields of %d kinds were edited", len(o.made))
			}
		})
	}
}

// byPosition writes what the fields say and puts what they do not say where it was before the edit: what Go programs
// did that matched elements by their place in a list.
func byPosition(v any, before map[string]any) ([]byte, error) {
	plain := clone(reflect.ValueOf(v))
	strip(plain)
	return withFieldsOf(before, plain.Interface(), "_", "unnamed")
}

// outliving writes siblings although the edit should have ended them.
func outliving(v any, before map[string]any) ([]byte, error) {
	return withFieldsOf(before, v, "_")
}

// withFieldsOf encodes v and puts fields back, those whose names have one of the prefixes, where they were before.
func withFieldsOf(before map[string]any, v any, prefixes ...string) ([]byte, error) {
	text, err := fhir.Marshal(v)
	if err != nil {
		return nil, err
	}
	var node any
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&node); err != nil {
		return nil, err
	}
	putBack(node, before, prefixes)
	return json.Marshal(node)
}

// strip takes away what elements carry.
func strip(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			strip(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			strip(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[fhir.Unnamed]() {
			v.SetZero()
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				strip(v.Field(i))
			}
		}
	}
}

func putBack(node, before any, prefixes []string) {
	switch node := node.(type) {
	case map[string]any:
		before, _ := before.(map[string]any)
		for name, was := range before {
			now, ok := node[name]
			if ok {
				putBack(now, was, prefixes)
			} else if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
				node[name] = was
			}
		}
	case []any:
		if before, _ := before.([]any); len(before) == len(node) {
			for i := range node {
				putBack(node[i], before[i], prefixes)
			}
		}
	}
}

func TestTheEditsFindWhatOtherWaysOfKeepingGetWrong(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	const edits = 1_000
	for _, tt := range []struct {
		name  string
		write func(v any, before map[string]any) ([]byte, error)
	}{{"elements matched by position", byPosition}, {"siblings that outlive their value", outliving}} {
		t.Run(tt.name, func(t *testing.T) {
			o := edit(t, editable(t), false, edits, tt.write)
			t.Logf("%d resources wrong: %s", o.wrong, o.first)
			if o.wrong < edits/20 {
				t.Errorf("%d of %d edits are found to be wrong: that is too few", o.wrong, edits)
			}
		})
	}
}
