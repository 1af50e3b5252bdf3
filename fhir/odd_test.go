package fhir_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

func TestTextThatIsNoResourceIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty":                       ``,
		"cut off":                     `{"resourceType":"Patient","id":"1"`,
		"two values":                  `{"resourceType":"Patient"}{}`,
		"HTML":                        `<html></html>`,
		"a comma too much":            `{"resourceType":"Patient",}`,
		"a comma too much in a list":  `{"resourceType":"Patient","name":[{},]}`,
		"a control character":         "{\"resourceType\":\"Patient\",\"id\":\"a\nb\"}",
		"a number with leading zeros": `{"resourceType":"Patient","x":01}`,
		"a number without digits":     `{"resourceType":"Patient","x":1.}`,
		"a bad escape":                `{"resourceType":"Patient","id":"\x"}`,
		"a bad literal":               `{"resourceType":"Patient","active":truth}`,
		"no quotes":                   `{resourceType:"Patient"}`,
		"NUL":                         "{\"resourceType\":\"Patient\"}\x00",
		"no resourceType":             `{"id":"1"}`,
		"an empty object":             `{}`,
		"resourceType null":           `{"resourceType":null}`,
		"resourceType a number":       `{"resourceType":1}`,
		"resourceType empty":          `{"resourceType":""}`,
		"resourceType half a letter":  `{"resourceType":"Patient\ud83d"}`,
		"resourceType twice":          `{"resourceType":"Patient","resourceType":"Patient"}`,
		"two resourceTypes":           `{"resourceType":"Patient","resourceType":"Group"}`,
		"a list":                      `[{"resourceType":"Patient"}]`,
		"a string":                    `"Patient"`,
		"a name twice":                `{"resourceType":"Patient","id":"1","id":"2"}`,
		"a name twice, escaped":       `{"resourceType":"Patient","id":"1","\u0069d":"2"}`,
		"a name twice, no field":      `{"resourceType":"Patient","x":1,"x":2}`,
		"a sibling twice":             `{"resourceType":"Patient","_id":{},"_id":{}}`,
		"a name of half a character":  `{"resourceType":"Patient","\ud83d":1}`,
		"a name that is not UTF-8":    "{\"resourceType\":\"Patient\",\"\xff\":1}",
	} {
		t.Run(name, func(t *testing.T) {
			var unreadable *fhir.DecodeError
			r := fhir.Resource(&fhir.Group{})
			if err := fhir.Unmarshal([]byte(text), &r); !errors.As(err, &unreadable) || !errors.Is(err,
				caremux.ErrUnreadable) || r != nil {
				t.Errorf("as a resource: got %v (%v), want a DecodeError", r, err)
			}
			p := fhir.Patient{ID: "before"}
			if err := fhir.Unmarshal([]byte(text), &p); !errors.As(err, &unreadable) || p.ID != "" {
				t.Errorf("as a patient: got %v (%v), want a DecodeError", p, err)
			}
		})
	}
}

func TestAnotherTypeIsRefused(t *testing.T) {
	text := []byte(`{"resourceType":"Group","id":"1"}`)
	if err := fhir.Unmarshal(text, new(fhir.Patient)); !errors.Is(err, caremux.ErrUnreadable) ||
		!strings.Contains(err.Error(), "Patient") {
		t.Errorf("got %v", err)
	}
	if err := json.Unmarshal(text, new(fhir.Patient)); !errors.Is(err, caremux.ErrUnreadable) {
		t.Errorf("encoding/json: got %v", err)
	}
	for name, v := range map[string]any{"no pointer": fhir.Patient{}, "nil": nil,
		"a nil pointer": (*fhir.Patient)(nil)} {
		if err := fhir.Unmarshal(text, v); !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestErrorsContainNoText(t *testing.T) {
	for _, text := range []string{
		`{"resourceType":"Patient","Taylor":1,"Taylor":2}`, `{"resourceType":"Taylor"`, `{"resourceType":"Patient",
			"id":Taylor}`, `{"id":"Taylor"}`,
	} {
		if err := fhir.Unmarshal([]byte(text), new(fhir.Patient)); err == nil || strings.Contains(err.Error(),
			"Taylor") {
			t.Errorf("%s: %v", text, err)
		}
	}
	p := decode[fhir.Patient](t, `{"resourceType":"Patient","birthDate":["Taylor"],"name":["Taylor"],
		"gender":"\ud83dTaylor","contained":["Taylor"]}`)
	for _, m := range fhir.Misfits(p) {
		if strings.Contains(m.Error(), "Taylor") || !errors.Is(m, caremux.ErrUnreadable) {
			t.Errorf("%v", m)
		}
	}
	p.BirthDate = "2000"
	if _, err := fhir.Marshal(p); err == nil || strings.Contains(err.Error(), "Taylor") {
		t.Errorf("%v", err)
	}
}

// oddPatients have values that do not fit their field, with the paths of those.
var oddPatients = []struct {
	name, text string
	misfits    []string
}{
	{"a list for an object", `{"maritalStatus":[{"text":"x"}]}`, []string{"maritalStatus"}},
	{"an object for a list", `{"name":{"family":"x"}}`, []string{"name"}},
	{"a string for a list", `{"name":[{"given":"x"}]}`, []string{"name[0].given"}},
	{"a number for a string", `{"id":5}`, []string{"id"}},
	{"a string for a boolean", `{"active":"true"}`, []string{"active"}},
	{"a boolean for an integer", `{"multipleBirthInteger":true}`, []string{"multipleBirthInteger"}},
	{"an integer with a point", `{"multipleBirthInteger":1.0}`, []string{"multipleBirthInteger"}},
	{"an integer with an exponent", `{"multipleBirthInteger":1e0}`, []string{"multipleBirthInteger"}},
	{"an integer that is too large", `{"multipleBirthInteger":99999999999999999999}`, []string{"multipleBirthInteger"}},
	{"minus zero", `{"multipleBirthInteger":-0}`, []string{"multipleBirthInteger"}},
	{"an empty string", `{"birthDate":""}`, []string{"birthDate"}},
	{"an empty string in a list", `{"name":[{"given":["a",""]}]}`, []string{"name[0].given"}},
	{"a number in a list of strings", `{"name":[{"given":["a",5]}]}`, []string{"name[0].given"}},
	{"an empty list", `{"name":[]}`, []string{"name"}},
	{"null", `{"name":null,"id":null,"active":null,"maritalStatus":null,"contained":null}`, []string{"id",
		"contained", "active", "name", "maritalStatus"}},
	{"half a character", `{"name":[{"family":"a\ud83d"}]}`, []string{"name[0].family"}},
	{"the other half", `{"name":[{"family":"\udc00a"}]}`, []string{"name[0].family"}},
	{"two halves in the wrong order", `{"name":[{"family":"\udc00\ud83d"}]}`, []string{"name[0].family"}},
	{"an element that is no object", `{"name":["Jane",{"family":"x"},null,5,[]]}`, []string{"name[0]", "name[2]",
		"name[3]", "name[4]"}},
	{"an element with a name twice", `{"name":[{"family":"x"},{"use":"old","use":"usual"}]}`, []string{"name[1]"}},
	{"an object with a name twice", `{"maritalStatus":{"text":"a","text":"b"}}`, []string{"maritalStatus"}},
	{"an object with an unknown field twice", `{"maritalStatus":{"x":"a","x":"b"}}`, []string{"maritalStatus"}},
	{"a contained resource without a type", `{"contained":[{"id":"1"},{"resourceType":"Group"}]}`,
		[]string{"contained[0]"}},
	{"a contained resource with a name twice", `{"contained":[{"resourceType":"Group","id":"1","id":"2"}]}`,
		[]string{"contained[0]"}},
	{"a contained resource that is none", `{"contained":["x",null,[]]}`, []string{"contained[0]", "contained[1]",
		"contained[2]"}},
	{"a sibling that is no object", `{"birthDate":"2000","_birthDate":5}`, []string{"_birthDate"}},
	{"siblings that are no list", `{"name":[{"given":["a"],"_given":{"id":"x"}}]}`, []string{"name[0]._given"}},
	{"siblings that are too few", `{"name":[{"given":["a","b"],"_given":[{"id":"x"}]}]}`, []string{"name[0]._given"}},
	{"siblings that are no objects", `{"name":[{"given":["a","b"],"_given":["x",null]}]}`,
		[]string{"name[0]._given[0]"}},
	{"a sibling that is null", `{"birthDate":"2000","_birthDate":null}`, []string{"_birthDate"}},
}

func TestValuesThatDoNotFitAreKeptAndListed(t *testing.T) {
	for _, tt := range oddPatients {
		t.Run(tt.name, func(t *testing.T) {
			text := `{"resourceType":"Patient","language":"en",` + tt.text[1:]
			p := decode[fhir.Patient](t, text)
			if p.Language != "en" {
				t.Error("what fits is not read")
			}
			wantJSON(t, p, text)
			wantPaths(t, p, tt.misfits...)
			own := decode[wardPatient](t, text)
			wantJSON(t, own, text)
			b := decode[fhir.Bundle](t, `{"resourceType":"Bundle","entry":[{"resource":`+text+`}]}`)
			wantJSON(t, b, `{"resourceType":"Bundle","entry":[{"resource":`+text+`}]}`)
			var again fhir.Patient
			if err := json.Unmarshal([]byte(text), &again); err != nil {
				t.Fatal(err)
			}
			written, err := json.Marshal(again)
			if err != nil {
				t.Fatal(err)
			}
			sameJSON(t, written, []byte(text))
			for _, m := range fhir.Misfits(p) {
				if !json.Valid(m.JSON) {
					t.Errorf("%s: %s", m.Path, m.JSON)
				}
			}
		})
	}
}

func TestWhatIsNoMisfitIsWrittenToo(t *testing.T) {
	for _, text := range []string{
		`{"resourceType":"Patient","name":[{"given":[null,"Jane"],"_given":[{"id":"a"},null]}]}`,
		`{"resourceType":"Patient","name":[{"given":[null,null]}]}`,
		`{"resourceType":"Patient","name":[{"given":["a"],"_given":[null]}]}`,
		`{"resourceType":"Patient","name":[{"_given":[{"id":"a"}]}]}`,
		`{"resourceType":"Patient","_birthDate":{"extension":[{"url":"x","valueCode":"unknown"}]}}`,
		`{"resourceType":"Patient","name":[{}],"maritalStatus":{}}`,
		`{"resourceType":"Patient","Name":[{"family":"x"}],"ID":5,"BIRTHDATE":"2000"}`,
		`{"resourceType":"Patient","name":[{"resourceType":"HumanName"}],"_name":5,"__birthDate":{},"":0,"_":null}`,
		`{"resourceType":"Patient","x":{"a":1,"a":2,"\ud83d":"\udc00"},"y":[1.50,1E400,-0.0,[[]]]}`,
		`{"resourceType":"Patient","name":[{"family":"<&>\u2028\u0000\"\\\/\b\f\n\r\t é😀"}]}`,
		`{"resourceType":"Observation","valueQuantity":{"value":1.2E+2},"referenceRange":[{"low":{"value":0.700}}]}`,
		`{"resourceType":"Claim","item":[{"sequence":1,"careTeamSequence":[1,2],"_careTeamSequence":[null,
			{"id":"a"}]}]}`,
		`{"resourceType":"ExampleScenario","instance":[{"resourceId":"a","resourceType":"Patient"}]}`,
		`{"resourceType":"NutritionProduct","id":"r5","x":[1.0]}`,
		`{"resourceType":"Parameters","parameter":[{"name":"a","resource":{"resourceType":"NutritionProduct"}}]}`,
	} {
		r := decode[fhir.Resource](t, text)
		wantJSON(t, r, text)
		wantPaths(t, r)
	}
}

func TestEscapesAreRead(t *testing.T) {
	n := decode[fhir.HumanName](t, `{"family":"\u00e9\u00C9\u00eF\ud83d\uDE00\/\b\f\n\r\t\"\\\u0000x"}`)
	if n.Family != "éÉï😀/\b\f\n\r\t\"\\\x00x" {
		t.Errorf("got %q", n.Family)
	}
	for _, bad := range []string{`\u00g0`, `\u00`, `\`, `\U0041`, `\u 041`} {
		if err := fhir.Unmarshal([]byte(`{"family":"`+bad+`"}`), new(fhir.HumanName)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestAByteOrderMarkIsPassedOver(t *testing.T) {
	if p := decode[fhir.Patient](t, "\xef\xbb\xbf{\"resourceType\":\"Patient\",\"id\":\"1\"}"); p.ID != "1" {
		t.Errorf("got %v", p)
	}
}

func TestBytesThatAreNotUTF8AreNeverWritten(t *testing.T) {
	for field, text := range map[string]string{
		"name[0].family":   "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"M\xfcller\"}]}",
		"name[1].given[0]": "{\"resourceType\":\"Patient\",\"name\":[{},{\"given\":[\"M\xfcller\"]}]}",
		"x.y[1]":           "{\"resourceType\":\"Patient\",\"x\":{\"y\":[1,\"M\xfcller\"]}}",
		"contained[0].id":  "{\"resourceType\":\"Patient\",\"contained\":[{\"resourceType\":\"Group\",\"id\":\"\xfc\"}]}",
		"_birthDate.id":    "{\"resourceType\":\"Patient\",\"birthDate\":\"2000\",\"_birthDate\":{\"id\":\"\xfc\"}}",
		"name[0].use":      "{\"resourceType\":\"Patient\",\"name\":[{\"use\":\"a\xc3\",\"family\":\"x\"}]}",
		"contained[0].entry.name": "{\"resourceType\":\"Patient\"," +
			"\"contained\":[{\"resourceType\":\"X\",\"entry\":{\"name\":\"\xed\xa0\x80\"}}]}",
	} {
		p := decode[fhir.Patient](t, text)
		wantRefused(t, p, field)
	}
	wantRefused(t, &fhir.Patient{Name: []fhir.HumanName{{Family: "M\xfcller"}}}, "name[0].family")
	wantRefused(t, &fhir.HumanName{Given: []string{"a", "\xff"}}, "given[1]")
	p := decode[fhir.Patient](t, "{\"resourceType\":\"Patient\",\"birthDate\":\"\xff\"}")
	if !fhir.Drop(p, "birthDate") {
		t.Error("nothing to drop")
	}
	wantJSON(t, p, `{"resourceType":"Patient"}`)
}

func TestDepthIsLimited(t *testing.T) {
	nested := func(n int, open, close string) string {
		return strings.Repeat(open, n) + "1" + strings.Repeat(close, n)
	}
	for _, tt := range []struct {
		name    string
		text    string
		refused bool
	}{
		{"lists", `{"resourceType":"Patient","x":` + nested(499, "[", "]") + `}`, false},
		{"too many lists", `{"resourceType":"Patient","x":` + nested(500, "[", "]") + `}`, true},
		{"objects", `{"resourceType":"Patient","x":` + nested(499, `{"a":`, "}") + `}`, false},
		{"too many objects", `{"resourceType":"Patient","x":` + nested(500, `{"a":`, "}") + `}`, true},
		{"extensions", `{"resourceType":"Patient","extension":[` + strings.Repeat(`{"extension":[`,
			248) + `{}` + strings.Repeat("]}", 248) + `]}`, false},
		{"too many extensions", `{"resourceType":"Patient","extension":[` + strings.Repeat(`{"extension":[`,
			249) + `{}` + strings.Repeat("]}", 249) + `]}`, true},
		{"a hundred thousand lists", `{"resourceType":"Patient","name":` + nested(100_000, "[", "]") + `}`, true},
	} {
		p := new(fhir.Patient)
		err := fhir.Unmarshal([]byte(tt.text), p)
		if (err != nil) != tt.refused {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err == nil {
			wantJSON(t, p, tt.text)
		}
	}
	loop := &fhir.Bundle{Entry: make([]fhir.BundleEntry, 1)}
	loop.Entry[0].Resource = loop
	if _, err := fhir.Marshal(loop); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("a bundle in itself: %v", err)
	}
	fhir.Misfits(loop) // ends
}

func TestManyElementsThatAreNoObjectsAreWritten(t *testing.T) {
	text := `{"resourceType":"Patient","name":[` + strings.Repeat(`"x",`, 2*500) + `{"family":"a"}]}`
	wantJSON(t, decode[fhir.Patient](t, text), text)
}

func TestManyMembersWithoutAFieldAreRead(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Patient"`)
	for i := range 50_000 {
		fmt.Fprintf(&b, `,"x%d":%d`, i, i)
	}
	text := b.String() + `}`
	wantJSON(t, decode[fhir.Patient](t, text), text)
	if err := fhir.Unmarshal([]byte(b.String()+`,"x40000":1}`), new(fhir.Patient)); err == nil {
		t.Error("a name twice among many is not found")
	}
}

func TestDecodingReplacesWhatWasThere(t *testing.T) {
	p := decode[fhir.Patient](t, `{"resourceType":"Patient","id":"1","gender":"female","x":1,
		"name":[{"family":"Taylor","y":2}],"_birthDate":{"id":"a"}}`)
	for name, unmarshal := range map[string]func([]byte, any) error{"fhir": fhir.Unmarshal,
		"encoding/json": json.Unmarshal} {
		again := *p
		if err := unmarshal([]byte(`{"resourceType":"Patient","name":[{"given":["A"]}]}`), &again); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { wantJSON(t, again, `{"resourceType":"Patient","name":[{"given":["A"]}]}`) })
	}
}

func TestNullFromEncodingJSONStaysNull(t *testing.T) {
	var names []fhir.HumanName
	if err := json.Unmarshal([]byte(`[{"family":"a"},null]`), &names); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(names)
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, text, []byte(`[{"family":"a"},null]`))
}

func TestTypesAreFirstUsedByManyGoroutines(t *testing.T) {
	type first struct {
		fhir.MedicinalProduct
		Note string `json:"note,omitzero"`
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			var r first
			text := `{"resourceType":"MedicinalProduct","note":"a","name":[{"productName":"b"}]}`
			if err := fhir.Unmarshal([]byte(text), &r); err != nil {
				t.Error(err)
				return
			}
			if got, err := fhir.Marshal(&r); err != nil || len(got) != len(text) {
				t.Errorf("%s %v", got, err)
			}
		})
	}
	all.Wait()
}

func TestDecodedValuesShareNothing(t *testing.T) {
	text := []byte(`{"resourceType":"Patient","id":"1","x":"kept","contained":[{"resourceType":"Other","a":"kept"}],
		"name":[{"family":"Taylor","_family":{"id":"kept"}},{},{}]}`)
	want := string(text)
	p := decode[fhir.Patient](t, want)
	if err := fhir.Unmarshal(text, p); err != nil {
		t.Fatal(err)
	}
	for i := range text {
		text[i] = 'X'
	}
	wantJSON(t, p, want)
	first, second := *p, *p
	first.Name = append(first.Name, fhir.HumanName{Family: "First"})
	second.Name = append(second.Name, fhir.HumanName{Family: "Second"})
	if first.Name[3].Family != "First" {
		t.Error("appending to a copy writes into the other")
	}
}
