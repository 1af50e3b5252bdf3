package fhir_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

// ward is a type of a user's own as the guide says.
type ward struct {
	fhir.Patient
	Ward    string         `json:"ward,omitzero"`
	Beds    *int           `json:"beds,omitzero"`
	Since   time.Time      `json:"since,omitzero"`
	Notes   map[string]any `json:"notes,omitzero"`
	Private bool           `json:"private,omitzero"`
	Weight  float64        `json:"weight,omitempty"`
	Next    *ward          `json:"next,omitzero"`
	Raw     json.RawMessage
}

func (w ward) MarshalJSON() ([]byte, error)     { return fhir.Marshal(&w) }
func (w *ward) UnmarshalJSON(data []byte) error { return fhir.Unmarshal(data, w) }

// inheriting has the methods of Patient and not its own.
type inheriting struct {
	fhir.Patient
	Ward string `json:"ward,omitzero"`
}

// halfOwn has one of the two methods.
type halfOwn struct {
	fhir.Patient
	Ward string `json:"ward,omitzero"`
}

func (w halfOwn) MarshalJSON() ([]byte, error) { return fhir.Marshal(&w) }

// bare keeps nothing.
type bare struct {
	ID        string `json:"id,omitempty"`
	BirthDate string `json:"birthDate,omitempty"`
}

// nested keeps, but for a struct inside.
type nested struct {
	fhir.Patient
	Beds []bed `json:"beds,omitzero"`
}

type bed struct {
	Number int              `json:"number"`
	Inner  *bed             `json:"inner,omitzero"`
	Names  []fhir.HumanName `json:"names,omitzero"`
}

const wardText = `{"resourceType":"Patient","id":"1","ward":"A3","beds":2,"since":"2026-01-02T03:04:05+00:00",
	"notes":{"a":[1.50,null]},"private":true,
	"weight":1.50,"next":{"resourceType":"Patient","ward":"B1","y":1},"Raw":[1, 2],"x":"unnamed",
		"name":[{"family":"Taylor","z":[]}]}`

func TestOwnTypesAreReadAndWritten(t *testing.T) {
	check := func(t *testing.T, w *ward) {
		t.Helper()
		if w.ID != "1" || w.Ward != "A3" || *w.Beds != 2 || w.Since.Year() != 2026 || !w.Private ||
			w.Weight != 1.5 || w.Next.Ward != "B1" || w.Name[0].Family != "Taylor" {
			t.Errorf("got %+v", w)
		}
		if got := w.Notes["a"].([]any)[0]; got != json.Number("1.50") {
			t.Errorf("a decimal in a map became %v", got)
		}
	}
	w := decode[ward](t, wardText)
	check(t, w)
	wantJSON(t, w, wardText)
	wantPaths(t, w)
	var byJSON ward
	if err := json.Unmarshal([]byte(wardText), &byJSON); err != nil {
		t.Fatal(err)
	}
	check(t, &byJSON)
	text, err := json.Marshal(byJSON)
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, text, []byte(wardText))

	w.Ward, w.Beds, w.Private, w.Weight, w.Since, w.Notes, w.Raw = "C2", nil, false, 2, time.Time{}, nil, nil
	w.Next.Ward = ""
	wantJSON(t, w, `{"resourceType":"Patient","id":"1","ward":"C2","weight":2,"next":{"resourceType":"Patient",
		"y":1},"x":"unnamed","name":[{"family":"Taylor","z":[]}]}`)
}

func TestOwnTypesInABundle(t *testing.T) {
	b := fhir.Bundle{Entry: []fhir.BundleEntry{{Resource: decode[ward](t, wardText)}}}
	want := `{"resourceType":"Bundle","entry":[{"resource":` + wardText + `}]}`
	wantJSON(t, &b, want)
	again := decode[fhir.Bundle](t, want)
	w, err := fhir.As[*ward](again.Entry[0].Resource)
	if err != nil || w.Ward != "A3" {
		t.Fatalf("got %v %v", w, err)
	}
	wantJSON(t, w, wardText)
	own := decode[struct {
		fhir.Bundle
		Entry []struct {
			fhir.BundleEntry
			Resource *ward `json:"resource,omitzero"`
		} `json:"entry,omitzero"`
	}](t, want)
	if own.Entry[0].Resource.Ward != "A3" {
		t.Error("the entries are not of the user's own type")
	}
	wantJSON(t, own, want)
	other := `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Group","id":"1"}}]}`
	if err := fhir.Unmarshal([]byte(other), own); err != nil {
		t.Fatal(err)
	}
	wantPaths(t, own, "entry[0].resource")
	wantJSON(t, own, other)
}

func TestWhatIsPutIntoAnOwnTypeKeepsWhatItCarries(t *testing.T) {
	p := decode[fhir.Patient](t, `{"resourceType":"Patient","id":"1","ward":"A3","x":1,"_birthDate":{"id":"a"}}`)
	w := ward{Patient: *p}
	wantJSON(t, &w, `{"resourceType":"Patient","id":"1","ward":"A3","x":1,"_birthDate":{"id":"a"}}`)
	w.Ward = "B1"
	wantRefused(t, &w, "ward")
	fhir.Drop(&w, "ward")
	wantJSON(t, &w, `{"resourceType":"Patient","id":"1","ward":"B1","x":1,"_birthDate":{"id":"a"}}`)
}

func TestHiddenFieldsMustNotBeSet(t *testing.T) {
	w := wardPatient{Name: []wardName{{Nick: "T"}}}
	w.Patient.Name = []fhir.HumanName{{Family: "Taylor"}}
	wantJSON(t, &fhir.Patient{Name: w.Patient.Name}, `{"resourceType":"Patient","name":[{"family":"Taylor"}]}`)
	if _, err := fhir.Marshal(&w); !errors.Is(err, caremux.ErrInvalid) || !strings.Contains(err.Error(), "name") {
		t.Errorf("got %v: the name of the embedded patient would be lost", err)
	}
}

func TestWhatAStructCouldNotKeepIsRefused(t *testing.T) {
	n := decode[nested](t, `{"resourceType":"Patient","beds":[{"number":1,"names":[{"family":"a","x":1}]}]}`)
	wantJSON(t, n, `{"resourceType":"Patient","beds":[{"number":1,"names":[{"family":"a","x":1}]}]}`)
	for _, text := range []string{
		`{"resourceType":"Patient","beds":[{"number":1,"color":"red"}]}`,
		`{"resourceType":"Patient","beds":[{"number":1,"inner":{"number":2,"_number":{"id":"a"}}}]}`,
		`{"resourceType":"Patient","beds":[{"number":1},{"number":"two"}]}`,
	} {
		n := decode[nested](t, text)
		if n.Beds[0].Number != 1 {
			t.Errorf("what fits is not read: %+v", n)
		}
		if len(n.Beds) < 2 || n.Beds[1].Number == 0 {
			wantPaths(t, n, "beds")
		}
		if _, err := fhir.Marshal(n); !errors.Is(err, caremux.ErrInvalid) || !strings.Contains(err.Error(), "beds") {
			t.Errorf("%s: got %v", text, err)
		}
		fhir.Drop(n, "beds")
		if _, err := fhir.Marshal(n); err != nil {
			t.Error(err)
		}
	}
	text := `{"resourceType":"Patient","beds":[{"number":1},"two"]}`
	n = decode[nested](t, text)
	wantJSON(t, n, text)
	wantPaths(t, n, "beds")
}

func TestKeeps(t *testing.T) {
	for name, err := range map[string]error{
		"a type of the package": fhir.Keeps[fhir.Patient](), "a pointer": fhir.Keeps[*fhir.Patient](),
		"an embedding type": fhir.Keeps[ward](),
		"a pointer to one":  fhir.Keeps[*wardRequest](), "the interface": fhir.Keeps[fhir.Resource](),
		"inherited methods": fhir.Keeps[inheriting](),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for field, err := range map[string]error{"": fhir.Keeps[bare](), "beds": fhir.Keeps[*nested]()} {
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Field != field || !strings.Contains(argument.Rule, "fhir.Unnamed") {
			t.Errorf("%q: got %v", field, err)
		}
	}
}

func TestCheckFindsMissingMethods(t *testing.T) {
	for name, err := range map[string]error{"own methods": fhir.Check[ward](), "a pointer": fhir.Check[*ward](),
		"a type of the package": fhir.Check[fhir.Claim]()} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for method, err := range map[string]error{
		"MarshalJSON": fhir.Check[inheriting](), "UnmarshalJSON": fhir.Check[halfOwn](),
		"fhir.Unnamed": fhir.Check[bare](),
	} {
		if !errors.Is(err, caremux.ErrInvalid) || !strings.Contains(err.Error(), method) {
			t.Errorf("%s: got %v", method, err)
		}
	}
	// What Check warns of: encoding/json sees the embedded type's methods.
	text, err := json.Marshal(inheriting{Ward: "A3"})
	if err != nil || strings.Contains(string(text), "A3") {
		t.Errorf("got %s %v: there is nothing to warn of any more", text, err)
	}
	wantJSON(t, inheriting{Ward: "A3"}, `{"resourceType":"Patient","ward":"A3"}`)
}

func TestTypesThatCannotBeUsedAreRefused(t *testing.T) {
	type option struct {
		fhir.Unnamed
		N int `json:"n,string"`
	}
	type base struct{ fhir.Unnamed }
	type pointer struct{ *base }
	type unnamed struct{ *fhir.Unnamed }
	for name, v := range map[string]any{
		"an option": &option{}, "an embedded pointer": &pointer{}, "a pointer to Unnamed": &unnamed{},
	} {
		if _, err := fhir.Marshal(v); !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%s: encoding: %v", name, err)
		}
		if err := fhir.Unmarshal([]byte(`{"n":"1"}`), v); err == nil {
			t.Errorf("%s: decoded", name)
		}
	}
	if fhir.Keeps[option]() == nil {
		t.Error("Keeps says nothing")
	}
}

func TestOneOfSeveralEmbeddedStructsKeeps(t *testing.T) {
	type both struct {
		fhir.Patient
		Extra struct {
			fhir.Coding
			fhir.Unnamed
		} `json:"extra,omitzero"`
	}
	text := `{"resourceType":"Patient","x":1,"extra":{"code":"a","y":2}}`
	b := decode[both](t, text)
	wantJSON(t, b, text)
	b.Extra.Coding = *decode[fhir.Coding](t, `{"code":"b","z":3}`)
	wantJSON(t, b, `{"resourceType":"Patient","x":1,"extra":{"code":"b","y":2,"z":3}}`)
	b.Extra.Coding = *decode[fhir.Coding](t, `{"code":"b","y":3}`)
	if _, err := fhir.Marshal(b); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("got %v: two fields have one name", err)
	}
}

func TestFieldsFollowTheRulesOfEncodingJSON(t *testing.T) {
	type inner struct {
		A string `json:"a"`
		B string `json:"b"`
		C string
	}
	type outer struct {
		fhir.Unnamed
		inner
		B       string            `json:"b"`
		Plain   bool              `json:"plain"`
		Omit    bool              `json:"omit,omitempty"`
		Skip    string            `json:"-"`
		Count   uint8             `json:"count,omitzero"`
		Map     map[string]string `json:"map,omitempty"`
		Texts   []*string         `json:"texts,omitzero"`
		hidden  string            //nolint:unused // must be passed over
		Numbers [][]int           `json:"numbers,omitzero"`
	}
	for _, text := range []string{
		`{"a":"1","b":"2","C":"3","plain":false,"omit":true,"-":"x","count":255,"map":{"a":"b"},"texts":["x",null],
			"hidden":"y","numbers":[[1],[2,3]],"c":"4"}`,
		`{"plain":true,"omit":false,"count":256,"map":{}}`,
		`{"plain":null,"count":-1,"map":{"a":1},"texts":[5],"numbers":[[]]}`,
		`{"plain":true,"count":0,"map":{"a":"1","a":"2"}}`,
	} {
		o := decode[outer](t, text)
		wantJSON(t, o, text)
		if o.hidden != "" || o.Skip != "" {
			t.Error("fields without a name were read")
		}
	}
	wantJSON(t, &outer{Map: map[string]string{}}, `{"plain":false}`)
	// What was absent stays absent, also where a zero value is written.
	o := decode[outer](t, `{"a":"1"}`)
	wantJSON(t, o, `{"a":"1"}`)
	wantPaths(t, o)
	for name := range fhir.Extra(o) {
		t.Errorf("%s is no extra field", name)
	}
	o.Plain = true
	wantJSON(t, o, `{"a":"1","plain":true}`)
}

func TestAsConverts(t *testing.T) {
	p := &fhir.Patient{ID: "1"}
	if same, err := fhir.As[*fhir.Patient](p); err != nil || same != p {
		t.Errorf("got %v %v", same, err)
	}
	if r, err := fhir.As[fhir.Resource](p); err != nil || r != fhir.Resource(p) {
		t.Errorf("got %v %v", r, err)
	}
	w, err := fhir.As[*ward](p)
	if err != nil || w.ID != "1" {
		t.Errorf("got %v %v", w, err)
	}
	if back, err := fhir.As[*fhir.Patient](w); err != nil || back.ID != "1" {
		t.Errorf("got %v %v", back, err)
	}
	odd := decode[fhir.Bundle](t, `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"1",
		"id":"2"}}]}`).Entry[0].Resource
	for name, err := range map[string]error{
		"another type": second(fhir.As[*fhir.Group](p)), "nil": second(fhir.As[*fhir.Patient](nil)),
		"what did not fit": second(fhir.As[*fhir.Patient](odd)),
		"what cannot be written": second(fhir.As[*ward](&fhir.Patient{DeceasedBoolean: new(true),
			DeceasedDateTime: "2000"})),
	} {
		if !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestUnknownAndPrimitiveAreReadByEncodingJSON(t *testing.T) {
	type own struct {
		Resource fhir.Unknown   `json:"resource"`
		Value    fhir.Primitive `json:"_value"`
	}
	text := `{"resource":{"resourceType":"NutritionProduct","x":[1.0,2]},"_value":{"id":"a","extension":[{"url":"b"}],"y":1}}`
	var o own
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	if o.Resource.Type != "NutritionProduct" || o.Value.ID != "a" {
		t.Errorf("got %+v", o)
	}
	written, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, written, []byte(text))
	wantJSON(t, o.Resource, `{"resourceType":"NutritionProduct","x":[1.0,2]}`)
	odd := decode[fhir.Unknown](t, `{"id":1}`)
	wantJSON(t, odd, `{"id":1}`)
	wantPaths(t, odd, "")
	if fhir.Misfits(odd)[0].Error() == "" || (*fhir.Unknown)(nil).ResourceType() != "" {
		t.Error("an Unknown without a type is a misfit")
	}
}

func TestTypesThatContainThemselves(t *testing.T) {
	type list []list
	type tree struct {
		fhir.Unnamed
		*fhir.Group
		Lists  list    `json:"lists,omitzero"`
		Tree   *tree   `json:"tree,omitzero"`
		Trees  []*tree `json:"trees,omitzero"`
		Stated any     `json:"stated,omitzero"`
	}
	text := `{"resourceType":"Group","name":"a","lists":[[],[[]]],"tree":{"resourceType":"Group","x":1},
		"trees":[{"resourceType":"Group"},null,"odd"],"stated":{"a":[1.0]}}`
	v := decode[tree](t, text)
	if v.Name != "a" || v.Tree == nil || len(v.Trees) != 3 {
		t.Errorf("got %+v", v)
	}
	wantJSON(t, v, text)
	wantPaths(t, v, "trees[2]")
	if err := fhir.Keeps[tree](); err != nil {
		t.Error(err)
	}
}

func TestWhatTwoEmbeddedStructsCarryIsNeverMixed(t *testing.T) {
	type both struct {
		fhir.Coding
		fhir.Unnamed
	}
	odd := decode[both](t, `null`)
	wantJSON(t, odd, `null`)
	odd.Coding = *decode[fhir.Coding](t, `null`)
	for _, coding := range []fhir.Coding{odd.Coding, *decode[fhir.Coding](t, `{"x":1}`), {Code: "a"}} {
		odd.Coding = coding
		if text, err := fhir.Marshal(odd); !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%s %v", text, err)
		}
	}
	other := decode[both](t, `{"code":"a","_code":{"id":"1"}}`)
	type renamed struct {
		fhir.Unnamed
		Text string `json:"text"`
	}
	if text, err := fhir.Marshal(&renamed{Unnamed: other.Unnamed}); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("%s %v: what belongs to the code is lost", text, err)
	}
}
