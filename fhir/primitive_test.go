package fhir_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

const siblings = `{"resourceType":"Patient","birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"birthTime",
	"valueDateTime":"1974-12-25T14:35:45-05:00"}]},
	"active":true,"_active":{"id":"act"},"multipleBirthInteger":2,"_multipleBirthInteger":{"id":"mul"},
		"_gender":{"extension":[{"url":"absent","valueCode":"masked"}]},
	"name":[{"given":["Anna","Maria"],"_given":[{"id":"anna"},{"id":"maria"}]}]}`

func TestPrimitiveOfReadsWhatBelongsToAValue(t *testing.T) {
	p := decode[fhir.Patient](t, siblings)
	if x, ok := fhir.PrimitiveOf(p, &p.BirthDate); !ok || len(x.Extension) != 1 ||
		x.Extension[0].ValueDateTime != "1974-12-25T14:35:45-05:00" {
		t.Errorf("got %v %v", x, ok)
	}
	if x, ok := fhir.PrimitiveOf(p, &p.Active); !ok || x.ID != "act" {
		t.Errorf("got %v %v", x, ok)
	}
	if x, ok := fhir.PrimitiveOf(p, &p.MultipleBirthInteger); !ok || x.ID != "mul" {
		t.Errorf("got %v %v", x, ok)
	}
	if x, ok := fhir.PrimitiveOf(p, &p.Gender); !ok || x.Extension[0].ValueCode != "masked" {
		t.Errorf("got %v %v", x, ok)
	}
	if x, ok := fhir.PrimitiveOf(&p.Name[0], &p.Name[0].Given[1]); !ok || x.ID != "maria" {
		t.Errorf("got %v %v", x, ok)
	}
	if x, ok := fhir.PrimitiveOf(p, &p.Language); ok {
		t.Errorf("nothing belongs to the language: %v", x)
	}
	other := "1974-12-25"
	if x, ok := fhir.PrimitiveOf(p, &other); ok {
		t.Errorf("not a field: %v", x)
	}
	p.BirthDate = "1975-01-01"
	if x, ok := fhir.PrimitiveOf(p, &p.BirthDate); ok {
		t.Errorf("it belongs to another date: %v", x)
	}
	p.BirthDate = "1974-12-25"
	if _, ok := fhir.PrimitiveOf(p, &p.BirthDate); !ok {
		t.Error("the value is what it was")
	}
	own := decode[wardPatient](t, siblings)
	if x, ok := fhir.PrimitiveOf(own, &own.BirthDate); !ok || len(x.Extension) != 1 {
		t.Errorf("a user's own type: got %v %v", x, ok)
	}
	if x, ok := fhir.PrimitiveOf(&own.Patient, &own.BirthDate); !ok || len(x.Extension) != 1 {
		t.Errorf("the embedded type: got %v %v", x, ok)
	}
}

func TestSiblingsFollowTheirValues(t *testing.T) {
	const anna, maria = `{"given":["Anna","Maria"],"_given":[{"id":"anna"},{"id":"maria"}]}`, `{"given":["Maria"],
		"_given":[{"id":"maria"}]}`
	for _, tt := range []struct {
		name, before string
		edit         func([]string) []string
		after        string // empty if it is unclear what belongs to what
	}{
		{"nothing", anna, func(l []string) []string { return l }, anna},
		{"equal values", anna, func([]string) []string { return []string{"Anna", "Maria"} }, anna},
		{"swapped", anna, func([]string) []string { return []string{"Maria", "Anna"} }, `{"given":["Maria","Anna"],
			"_given":[{"id":"maria"},{"id":"anna"}]}`},
		{"removed", anna, func(l []string) []string { return l[1:] }, maria},
		{"appended", anna, func(l []string) []string { return append(l, "X") }, `{"given":["Anna","Maria","X"],
			"_given":[{"id":"anna"},{"id":"maria"},null]}`},
		{"replaced", anna, func(l []string) []string { l[0] = "X"; return l }, `{"given":["X","Maria"],
			"_given":[null,{"id":"maria"}]}`},
		{"all replaced", anna, func([]string) []string { return []string{"X", "Y"} }, `{"given":["X","Y"]}`},
		{"cleared", anna, func([]string) []string { return nil }, `{}`},
		{"emptied", anna, func(l []string) []string { return l[:0] }, `{}`},
		{"sorted", anna, func(l []string) []string { slices.Sort(l); slices.Reverse(l); return l },
			`{"given":["Maria","Anna"],"_given":[{"id":"maria"},{"id":"anna"}]}`},
		{"a value doubled", anna, func(l []string) []string { return append(l, "Anna") }, ``},
		{"equal values, unchanged", `{"given":["A","A"],"_given":[{"id":"1"},{"id":"2"}]}`,
			func(l []string) []string { return l }, `{"given":["A","A"],"_given":[{"id":"1"},{"id":"2"}]}`},
		{"equal values, one removed", `{"given":["A","A"],"_given":[{"id":"1"},{"id":"2"}]}`,
			func(l []string) []string { return l[1:] }, ``},
		{"equal values, both removed", `{"given":["A","A","B"],"_given":[{"id":"1"},{"id":"2"},{"id":"3"}]}`,
			func(l []string) []string { return l[2:] }, `{"given":["B"],"_given":[{"id":"3"}]}`},
		{"equal values, another appended", `{"given":["A","A"],"_given":[{"id":"1"},null]}`,
			func(l []string) []string { return append(l, "B") }, ``},
		{"equal values with equal siblings", `{"given":["A","A"],"_given":[{"id":"1"},{"id":"1"}]}`,
			func(l []string) []string { return append(l[1:], "B") }, `{"given":["A","B"],"_given":[{"id":"1"},null]}`},
		{"equal values with nothing", `{"given":["A","A","B"],"_given":[null,null,{"id":"1"}]}`,
			func(l []string) []string { return append(l, "A") }, `{"given":["A","A","B","A"],"_given":[null,null,
			{"id":"1"},null]}`},
		{"null moved", `{"given":[null,"B"],"_given":[{"id":"1"},null]}`,
			func([]string) []string { return []string{"B", ""} }, `{"given":["B",null],"_given":[null,{"id":"1"}]}`},
		{"null replaced", `{"given":[null,"B"],"_given":[{"id":"1"},null]}`,
			func(l []string) []string { l[0] = "A"; return l }, `{"given":["A","B"]}`},
		{"nulls, one appended", `{"given":[null,"B"],"_given":[{"id":"1"},null]}`,
			func(l []string) []string { return append(l, "") }, ``},
		{"a list left out, then set", `{"_given":[{"id":"1"}]}`, func([]string) []string { return []string{"A"} },
			`{"given":["A"]}`},
		{"siblings that are too few, unchanged", `{"given":["A","B"],"_given":[{"id":"1"}]}`,
			func(l []string) []string { return l }, `{"given":["A","B"],"_given":[{"id":"1"}]}`},
		{"siblings that are too few, changed", `{"given":["A","B"],"_given":[{"id":"1"}]}`,
			func(l []string) []string { return l[:1] }, ``},
		{"siblings that are all null, changed", `{"given":["A","B"],"_given":[null,null]}`,
			func(l []string) []string { return l[:1] }, `{"given":["A"]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := decode[fhir.HumanName](t, tt.before)
			n.Given = tt.edit(n.Given)
			if tt.after != "" {
				wantJSON(t, n, tt.after)
				return
			}
			if _, err := fhir.Marshal(n); !errors.Is(err, caremux.ErrInvalid) {
				t.Errorf("got %v, want ErrInvalid", err)
			}
		})
	}
}

func TestSiblingsOfSingleValuesEndWithThem(t *testing.T) {
	p := decode[fhir.Patient](t, siblings)
	p.BirthDate = "1975-01-01"
	p.Active = new(false)
	p.MultipleBirthInteger = nil
	p.Gender = fhir.AdministrativeGenderFemale
	p.Name = nil
	wantJSON(t, p, `{"resourceType":"Patient","birthDate":"1975-01-01","active":false,"gender":"female"}`)
}

func TestSetPrimitive(t *testing.T) {
	p := decode[fhir.Patient](t, siblings)
	absent := fhir.Primitive{Extension: []fhir.Extension{{URL: "absent", ValueCode: "unknown"}}}
	set := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	p.BirthDate = ""
	set(fhir.SetPrimitive(p, &p.BirthDate, absent))
	set(fhir.SetPrimitive(p, &p.Active, fhir.Primitive{}))
	p.MultipleBirthInteger = new(3)
	set(fhir.SetPrimitive(p, &p.MultipleBirthInteger, fhir.Primitive{ID: "three"}))
	n := &p.Name[0]
	n.Given = append(n.Given, "Eva")
	set(fhir.SetPrimitive(n, &n.Given[2], fhir.Primitive{ID: "eva"}))
	set(fhir.SetPrimitive(n, &n.Given[0], fhir.Primitive{}))
	set(fhir.SetPrimitive(n, &n.Family, fhir.Primitive{ID: "family"}))
	absent.Extension[0].ValueCode = "changed later"
	wantJSON(t, p, `{"resourceType":"Patient","_birthDate":{"extension":[{"url":"absent","valueCode":"unknown"}]},
		"active":true,
		"multipleBirthInteger":3,"_multipleBirthInteger":{"id":"three"},"_gender":{"extension":[{"url":"absent",
			"valueCode":"masked"}]},
		"name":[{"_family":{"id":"family"},"given":["Anna","Maria","Eva"],"_given":[null,{"id":"maria"},
			{"id":"eva"}]}]}`)
	if x, ok := fhir.PrimitiveOf(n, &n.Given[2]); !ok || x.ID != "eva" {
		t.Errorf("got %v %v", x, ok)
	}
	wantJSON(t, decode[fhir.Patient](t, siblings), siblings)
}

func TestSetPrimitiveLeavesCopiesAlone(t *testing.T) {
	p := decode[fhir.Patient](t, siblings)
	copied := *p
	if err := fhir.SetPrimitive(p, &p.BirthDate, fhir.Primitive{ID: "x"}); err != nil {
		t.Fatal(err)
	}
	fhir.Drop(p, "_active")
	wantJSON(t, &copied, siblings)
}

func TestSetPrimitiveMakesClearWhatWasUnclear(t *testing.T) {
	n := decode[fhir.HumanName](t, `{"given":["A","B"],"_given":[{"id":"1"},{"id":"2"}]}`)
	n.Given = append(n.Given, "A")
	wantRefused(t, n, "given[0]")
	if err := fhir.SetPrimitive(n, &n.Given[0], fhir.Primitive{ID: "3"}); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, n, "given[2]")
	if _, ok := fhir.PrimitiveOf(n, &n.Given[2]); ok {
		t.Error("it is unclear what belongs to it")
	}
	if err := fhir.SetPrimitive(n, &n.Given[2], fhir.Primitive{}); err != nil {
		t.Fatal(err)
	}
	wantJSON(t, n, `{"given":["A","B","A"],"_given":[{"id":"3"},{"id":"2"},null]}`)
}

func TestSetPrimitiveRefuses(t *testing.T) {
	p := decode[fhir.Patient](t, `{"resourceType":"Patient","name":[{"given":["A","B"],"_given":[{"id":"1"}]}]}`)
	o := fhir.Observation{ValueQuantity: &fhir.Quantity{}}
	given := p.Name[0].Given[:1:1]
	given = append(given, "C")
	other := "x"
	n := &p.Name[0]
	var empty wardObservation // the observation that it embeds is nil
	for name, err := range map[string]error{
		"nil":                  fhir.SetPrimitive((*fhir.Patient)(nil), &other, fhir.Primitive{}),
		"nothing embedded":     fhir.SetPrimitive(&empty, &other, fhir.Primitive{}),
		"a variable":           fhir.SetPrimitive(p, &other, fhir.Primitive{}),
		"another element":      fhir.SetPrimitive(p, &n.Family, fhir.Primitive{}),
		"not the value chosen": fhir.SetPrimitive(&o, &o.ValueString, fhir.Primitive{ID: "x"}),
		"an object":            fhir.SetPrimitive(p, &p.MaritalStatus, fhir.Primitive{}),
		"the list":             fhir.SetPrimitive(n, &n.Given, fhir.Primitive{}),
		"a list that was left": fhir.SetPrimitive(n, &given[1], fhir.Primitive{}),
		"an extension": fhir.SetPrimitive(p, &p.BirthDate,
			fhir.Primitive{Extension: []fhir.Extension{{ValueDecimal: "x"}}}),
		"one of an odd list": fhir.SetPrimitive(n, &n.Given[0], fhir.Primitive{ID: "x"}),
	} {
		if !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	if _, ok := fhir.PrimitiveOf(&empty, &other); ok || fhir.Drop(&empty, "x") || fhir.Drop((*fhir.Patient)(nil), "x") {
		t.Error("nothing has nothing")
	}
	for range fhir.Extra(&empty) {
		t.Error("nothing has nothing")
	}
	fhir.Drop(n, "_given")
	if err := fhir.SetPrimitive(n, &n.Given[0], fhir.Primitive{ID: "x"}); err != nil {
		t.Error(err)
	}
	wantJSON(t, n, `{"given":["A","B"],"_given":[{"id":"x"},null]}`)
}
