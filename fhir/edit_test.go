package fhir_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux/fhir"
)

func TestAFieldThatWasSetOverAMisfitIsRefused(t *testing.T) {
	e := decode[fhir.Encounter](t, `{"resourceType":"Encounter","status":"finished","class":[{"text":"ambulatory"}],
		"length":5,"statusHistory":[{"period":"2000"}]}`)
	wantPaths(t, e, "statusHistory[0].period", "class", "length")
	e.Class = &fhir.Coding{Code: "AMB"}
	wantRefused(t, e, "class")
	if !fhir.Drop(e, "class") || fhir.Drop(e, "class") {
		t.Error("Drop reports whether there was any")
	}
	wantJSON(t, e, `{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"length":5,
		"statusHistory":[{"period":"2000"}]}`)
	e.StatusHistory[0].Period = &fhir.Period{Start: "2000"}
	wantRefused(t, e, "statusHistory[0].period")
	fhir.Drop(&e.StatusHistory[0], "period")
	wantJSON(t, e, `{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"length":5,
		"statusHistory":[{"period":{"start":"2000"}}]}`)
	fhir.Drop(e, "length")
	wantPaths(t, e)
}

func TestAnElementThatIsNoObjectMustBeReplacedWhole(t *testing.T) {
	p := decode[fhir.Patient](t, `{"resourceType":"Patient","name":["Jane",{"family":"x"}]}`)
	p.Name[0].Family = "Taylor"
	wantRefused(t, p, "name[0].family")
	p.Name[0] = fhir.HumanName{Family: "Taylor"}
	wantJSON(t, p, `{"resourceType":"Patient","name":[{"family":"Taylor"},{"family":"x"}]}`)
}

func TestUnnamedMembersGoWithTheirElement(t *testing.T) {
	p := decode[fhir.Patient](t, `{"resourceType":"Patient","x":1,"telecom":[{"value":"1","doNotCall":true},
		{"value":"2"}]}`)
	p.Telecom[0], p.Telecom[1] = p.Telecom[1], p.Telecom[0]
	p.Telecom = append(p.Telecom, fhir.ContactPoint{Value: "3"})
	wantJSON(t, p, `{"resourceType":"Patient","x":1,"telecom":[{"value":"2"},{"value":"1","doNotCall":true},
		{"value":"3"}]}`)
	moved := fhir.Practitioner{Telecom: p.Telecom[1:2]}
	wantJSON(t, &moved, `{"resourceType":"Practitioner","telecom":[{"value":"1","doNotCall":true}]}`)
	p.Telecom[1] = fhir.ContactPoint{Value: "1"}
	fhir.Drop(p, "x")
	wantJSON(t, p, `{"resourceType":"Patient","telecom":[{"value":"2"},{"value":"1"},{"value":"3"}]}`)
}

func TestExtraListsWhatTheFieldsDoNotShow(t *testing.T) {
	p := decode[fhir.Patient](t, `{"resourceType":"Patient","x":[1, 2],"id":5,"birthDate":"2000",
		"_birthDate":{"id":"a"},"name":["Jane"]}`)
	all := map[string]string{}
	for name, text := range fhir.Extra(p) {
		all[name] = string(text)
	}
	if want := map[string]string{"x": "[1,2]", "id": "5"}; !maps.Equal(all, want) {
		t.Errorf("got %v, want %v", all, want)
	}
	for name, text := range fhir.Extra(&p.Name[0]) {
		if name != "" || string(text) != `"Jane"` {
			t.Errorf("got %q %s", name, text)
		}
	}
	for name := range fhir.Extra(&fhir.Patient{}) {
		t.Errorf("got %q", name)
	}
	for range fhir.Extra(p) {
		break
	}
	if fhir.Drop(&fhir.Patient{}, "x") || fhir.Drop(p, "birthDate") {
		t.Error("there is nothing of that name to drop")
	}
}

func TestChoicesHaveOneValue(t *testing.T) {
	d := fhir.Dosage{AsNeededBoolean: new(true)}
	if got, ok := d.AsNeeded().(*bool); !ok || !*got {
		t.Errorf("got %v", d.AsNeeded())
	}
	wantJSON(t, &d, `{"asNeededBoolean":true}`)
	d.AsNeededCodeableConcept = &fhir.CodeableConcept{Text: "pain"}
	wantRefused(t, &d, "asNeeded[x]")
	wantPaths(t, &d, "asNeeded[x]")
	d.AsNeededBoolean = nil
	if got, ok := d.AsNeeded().(*fhir.CodeableConcept); !ok || got.Text != "pain" {
		t.Errorf("got %v", d.AsNeeded())
	}
	o := fhir.Observation{Component: []fhir.ObservationComponent{{ValueString: "a", ValueDateTime: "2000"}}}
	wantRefused(t, &o, "component[0].value[x]")
	if o.Value() != nil || (*fhir.Observation)(nil).Value() != nil || o.Component[0].Value() != "a" {
		t.Error("Value returns the one that is set")
	}
	x := fhir.Extension{ValueDecimal: "1.50"}
	if got, ok := x.Value().(json.Number); !ok || got != "1.50" {
		t.Errorf("got %v", x.Value())
	}
	e := decode[fhir.Extension](t, `{"url":"a","valueString":"x","valueInteger":1}`)
	wantPaths(t, e, "value[x]")
	wantRefused(t, e, "value[x]")
}

func TestAnotherValueOfAChoiceEndsWhatBelongedToTheOld(t *testing.T) {
	o := decode[fhir.Observation](t, `{"resourceType":"Observation","_valueString":{"extension":[{"url":"absent",
		"valueCode":"unknown"}]}}`)
	o.ValueQuantity = &fhir.Quantity{Value: "5"}
	wantJSON(t, o, `{"resourceType":"Observation","valueQuantity":{"value":5}}`)
	if x, ok := fhir.PrimitiveOf(o, &o.ValueString); ok {
		t.Errorf("got %v, which is not written", x)
	}
	both := `{"resourceType":"Observation","valueQuantity":{"value":5},"_valueString":{"id":"a"}}`
	o = decode[fhir.Observation](t, both)
	wantJSON(t, o, both)
	o.ValueQuantity, o.ValueString = nil, "x"
	wantRefused(t, o, "valueString")
	o = decode[fhir.Observation](t, `{"resourceType":"Observation","valueString":5}`)
	o.ValueQuantity = &fhir.Quantity{Value: "5"}
	wantRefused(t, o, "value[x]")
	o = decode[fhir.Observation](t, `{"resourceType":"Observation","valueString":null,"valueQuantity":{"value":5}}`)
	wantJSON(t, o, `{"resourceType":"Observation","valueString":null,"valueQuantity":{"value":5}}`)
}

func TestDecimalsKeepTheirDigits(t *testing.T) {
	for _, value := range []string{"0.700", "6", "6.0", "1.2E+2", "185.0000000000000000001", "-0.0",
		"12345678901234567890", "1e-7"} {
		text := `{"value":` + value + `}`
		q := decode[fhir.Quantity](t, text)
		if string(q.Value) != value || encode(t, q) != text {
			t.Errorf("%s became %s and is written as %s", value, q.Value, encode(t, q))
		}
	}
	for _, value := range []json.Number{"x", "1.", ".5", "01", "1 ", "NaN", "+1", "0x1", "1e"} {
		wantRefused(t, &fhir.Quantity{Value: value}, "value")
	}
}

func TestWhatGoValuesAreWrittenAs(t *testing.T) {
	p := &fhir.Patient{Name: []fhir.HumanName{{Given: []string{"", "A"}, Prefix: []string{}}},
		Telecom: []fhir.ContactPoint{}, MaritalStatus: &fhir.CodeableConcept{}}
	want := `{"resourceType":"Patient","name":[{"given":[null,"A"]}],"maritalStatus":{}}`
	wantJSON(t, p, want)
	wantJSON(t, *p, want)
	wantJSON(t, fhir.Resource(p), want)
	r := fhir.Resource(p)
	wantJSON(t, &r, want)
	wantJSON(t, []fhir.Resource{p, p}, "["+want+","+want+"]")
	for name, v := range map[string]any{"nil": nil, "a nil pointer": (*fhir.Patient)(nil),
		"a nil resource": new(fhir.Resource), "a nil Unknown": (*fhir.Unknown)(nil)} {
		if text, err := fhir.Marshal(v); err == nil {
			t.Errorf("%s: got %s", name, text)
		}
	}
	wantRefused(t, &fhir.Patient{Contained: []fhir.Resource{p, nil}}, "contained[1]")
	wantRefused(t, &fhir.Patient{Contained: []fhir.Resource{(*fhir.Group)(nil)}}, "contained[0]")
	wantRefused(t, &fhir.Bundle{Entry: []fhir.BundleEntry{{}, {Resource: &fhir.Unknown{Type: "A",
		JSON: []byte(`{"resourceType":"B"}`)}}}}, "entry[1].resource")
	wantRefused(t, &fhir.Bundle{Entry: []fhir.BundleEntry{{Resource: &fhir.Unknown{Type: "A",
		JSON: []byte(`{"resourceType":"A"`)}}}}, "entry[0].resource")
}

func TestOutputIsOneLine(t *testing.T) {
	text := "{\n\t\"resourceType\": \"Patient\",\r\n\t\"x\": [ 1 , {\n\"a b\" : \" \\\" \" } ],\n " +
		"\"contained\": [ { \"resourceType\": \"Other\", \"a\": [ ] } ] }"
	p := decode[fhir.Patient](t, text)
	want := `{"resourceType":"Patient","contained":[{"resourceType":"Other","a":[]}],"x":[1,{"a b":" \" "}]}`
	if got := encode(t, p); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestElementsCanBeCompared(t *testing.T) {
	text := `{"resourceType":"Patient","x":1,"id":5,"name":[{"given":["A"],"_given":[{"id":"a"}]},"odd"]}`
	a, b := decode[fhir.Patient](t, text), decode[fhir.Patient](t, text)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
	for _, other := range []string{
		`{"resourceType":"Patient","x":2,"id":5,"name":[{"given":["A"],"_given":[{"id":"a"}]},"odd"]}`,
		`{"resourceType":"Patient","x":1,"id":5,"name":[{"given":["A"],"_given":[{"id":"b"}]},"odd"]}`,
		`{"resourceType":"Patient","x":1,"id":5,"name":[{"given":["A"],"_given":[{"id":"a"}]},"even"]}`,
		`{"resourceType":"Patient","name":[{"given":["A"]},{}]}`,
	} {
		if cmp.Equal(a, decode[fhir.Patient](t, other)) {
			t.Errorf("%s is equal", other)
		}
	}
}

func TestCodesThatR4LacksAreKept(t *testing.T) {
	p := decode[fhir.Patient](t, `{"resourceType":"Patient","gender":"nonbinary"}`)
	if p.Gender != "nonbinary" || slices.Contains([]fhir.AdministrativeGender{fhir.AdministrativeGenderMale,
		fhir.AdministrativeGenderFemale}, p.Gender) {
		t.Errorf("got %s", p.Gender)
	}
	wantPaths(t, p)
}
