package clinik_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

func TestCodeTravelsInBothForms(t *testing.T) {
	for _, tt := range []struct {
		name string
		json string
		code clinik.Code
		back string // if encoding does not give json
	}{
		{"text", `"8480-6"`, clinik.Text("8480-6"), ""},
		{"empty text", `""`, clinik.Code{}, ""},
		{"text with escapes", `"a\"b\\cé"`, clinik.Text(`a"b\cé`), ""},
		{"text that looks like an object", `"{\"code\":1}"`, clinik.Text(`{"code":1}`), ""},
		{"full object", `{"system":"http://loinc.org","code":"8480-6","display":"Systolic"}`,
			clinik.Coded("http://loinc.org", "8480-6", "Systolic"), ""},
		{"code alone", `{"code":"8480-6"}`, clinik.Code{Code: "8480-6"}, ""},
		{"null", `null`, clinik.Code{}, `""`},
		{"display alone, from the vendor", `{"display":"d"}`, clinik.Code{Display: "d"}, `{"code":"","display":"d"}`},
		{"system alone, from the vendor", `{"system":"s","code":""}`, clinik.Code{System: "s"}, ""},
		{"empty object", `{}`, clinik.Code{}, `""`},
		{"null members", `{"system":null,"code":"x","display":null}`, clinik.Code{Code: "x"}, `{"code":"x"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := clinik.Code{Text: "left", System: "over", Code: "c", Display: "d"}
			if err := json.Unmarshal([]byte(tt.json), &got); err != nil || got != tt.code {
				t.Fatalf("decoded %+v, %v; want %+v", got, err, tt.code)
			}
			want := tt.back
			if want == "" {
				want = tt.json
			}
			if data, err := json.Marshal(tt.code); err != nil || string(data) != want {
				t.Errorf("encoded %s, %v; want %s", data, err, want)
			}
			if got.IsZero() != (tt.code == clinik.Code{}) {
				t.Errorf("IsZero = %v", got.IsZero())
			}
		})
	}
}

// TestConceptsLoseNothing has what the API does not document, and FHIR servers send.
func TestConceptsLoseNothing(t *testing.T) {
	snomed := clinik.ConceptCoding{System: "http://snomed.info/sct", Code: "38341003", Display: "Hypertension"}
	icd := clinik.ConceptCoding{System: "http://hl7.org/fhir/sid/icd-10", Code: "I10"}
	for _, tt := range []struct {
		name, json string
		print      string
		codings    []clinik.ConceptCoding
		text       string
		misread    bool
	}{
		{"two codings and a text", `{"coding":[{"system":"http://snomed.info/sct","code":"38341003","display":"Hypertension"},` +
			`{"system":"http://hl7.org/fhir/sid/icd-10","code":"I10"}],"text":"High blood pressure"}`, "Hypertension",
			[]clinik.ConceptCoding{snomed, icd}, "High blood pressure", false},
		{"the first without a display",
			`{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"I10"},{"system":"http://snomed.info/sct","code":"38341003",` +
				`"display":"Hypertension"}],"text":"High blood pressure"}`, "High blood pressure",
			[]clinik.ConceptCoding{icd, snomed}, "High blood pressure", false},
		{"one coding", `{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"I10"}]}`,
			"I10", []clinik.ConceptCoding{icd}, "", false},
		{"a text alone", `{"text":"High blood pressure"}`, "High blood pressure", nil, "High blood pressure", false},
		{"a version", `{"code":"x","version":"2","display":"d"}`, "d",
			[]clinik.ConceptCoding{{Version: "2", Code: "x", Display: "d"}}, "", false},
		{"an extension", `{"code":"x","extension":[{"url":"u"}]}`, "x", []clinik.ConceptCoding{{Code: "x"}}, "", false},
		{"a list of one", `[{"code":"x"}]`, "x", []clinik.ConceptCoding{{Code: "x"}}, "", false},
		{"a number", `5`, "", nil, "", true},
		{"a list of two", `[{"code":"x"},{"code":"y"}]`, "", nil, "", true},
		{"a code that is an object", `{"code":{"a":1},"display":"d"}`, "d", []clinik.ConceptCoding{{Display: "d"}}, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nw := always(200, `{"data":{"id":"1","code":`+tt.json+`}}`)
			o, err := nw.client(t).Observations.Get(t.Context(), "1", nil)
			if err != nil {
				t.Fatal(err)
			}
			codings, text := o.Code.Concept()
			if !reflect.DeepEqual(codings, tt.codings) || text != tt.text || o.Code.String() != tt.print {
				t.Errorf("codings %+v, text %q, printed %q", codings, text, o.Code)
			}
			if mismatch := o.Mismatch(); (mismatch != nil) != tt.misread || o.Code.Misread() != tt.misread {
				t.Errorf("mismatch %v", mismatch)
			}
			back := tt.json
			switch { // what fits the documented forms is written in those
			case len(tt.codings) == 1 && tt.text == "" && strings.HasPrefix(back, `{"coding"`):
				back = strings.TrimSuffix(strings.TrimPrefix(back, `{"coding":[`), `]}`)
			case len(tt.codings) == 0 && tt.text != "":
				back = strconv.Quote(tt.text)
			}
			if data, err := json.Marshal(o.Code); err != nil || string(data) != back || o.Code.Validate() != nil {
				t.Errorf("written back as %s (%v), validated %v", data, err, o.Code.Validate())
			}
			o.Code.Display = "changed"
			if data, _ := json.Marshal(o.Code); !strings.Contains(string(data), "changed") || strings.Contains(string(data), "coding") {
				t.Errorf("changed, it is written as %s", data)
			}
		})
	}
}

func TestTextsMayBeConcepts(t *testing.T) {
	nw := always(200, `{"data":{"id":"1","reasonCode":[{"coding":[{"code":"I10"},{"code":"E11"}],"text":"Check"},"cough"]}}`)
	e, err := nw.client(t).Encounters.Get(t.Context(), "1", nil)
	if err != nil || e.Mismatch() != nil {
		t.Fatal(err, e.Mismatch())
	}
	codes := e.ReasonCode.Codes()
	if e.ReasonCode.String() != "Check; cough" || len(codes) != 2 || codes[1] != clinik.Text("cough") {
		t.Errorf("got %q, %+v", e.ReasonCode, codes)
	}
	if codings, text := codes[0].Concept(); len(codings) != 2 || codings[1].Code != "E11" || text != "Check" {
		t.Errorf("got %+v, %q", codings, text)
	}
}

func TestCodeIsOneFormOrTheOther(t *testing.T) {
	for _, tt := range []struct {
		name  string
		code  clinik.Code
		field string // "" if all is well
	}{
		{"nothing", clinik.Code{}, ""},
		{"text", clinik.Text("x"), ""},
		{"code", clinik.Coded("", "x", ""), ""},
		{"code with system and display", clinik.Coded("s", "x", "d"), ""},
		{"system alone", clinik.Code{System: "s"}, "code"},
		{"display alone", clinik.Code{Display: "d"}, "code"},
		{"text with a system", clinik.Code{Text: "t", System: "s"}, "code"},
		{"text with a display", clinik.Code{Text: "t", Display: "d"}, "code"},
		{"text with a code", clinik.Code{Text: "t", Code: "c"}, "text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.code.Validate()
			var argument *caremux.ArgumentError
			if (err != nil) != (tt.field != "") || err != nil && (!errors.As(err, &argument) || argument.Field != tt.field) {
				t.Errorf("Validate = %v, want one about %q", err, tt.field)
			}
		})
	}
}

func TestTextsTravelInBothForms(t *testing.T) {
	for _, tt := range []struct {
		name  string
		json  string
		texts clinik.Texts
		back  string // if encoding does not give json
	}{
		{"text", `"cough"`, clinik.Texts{"cough"}, ""},
		{"empty text", `""`, clinik.Texts{""}, ""},
		{"list", `["cough","fever"]`, clinik.Texts{"cough", "fever"}, ""},
		{"list of one", `["cough"]`, clinik.Texts{"cough"}, `"cough"`},
		{"empty list", `[]`, clinik.Texts{}, ""},
		{"null", `null`, nil, `[]`},
		{"number", `5`, clinik.Texts{"5"}, `"5"`},
		{"object", `{"text":"x"}`, clinik.Texts{`{"text":"x"}`}, ""},
		{"list with a number", `["a",5,"b"]`, clinik.Texts{"a", "5", "b"}, `["a","5","b"]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := clinik.Texts{"left", "over"}
			if err := json.Unmarshal([]byte(tt.json), &got); err != nil || !reflect.DeepEqual(got, tt.texts) {
				t.Fatalf("decoded %#v, %v; want %#v", got, err, tt.texts)
			}
			want := tt.back
			if want == "" {
				want = tt.json
			}
			if data, err := json.Marshal(tt.texts); err != nil || string(data) != want {
				t.Errorf("encoded %s, %v; want %s", data, err, want)
			}
		})
	}
}

func TestUnionsTravelInRecords(t *testing.T) {
	for _, tt := range []struct {
		name string
		code clinik.Code
		want string
	}{
		{"text", clinik.Text("<8480-6>"), `{"status":"final","code":"<8480-6>","patientId":"pt_1"}`},
		{"coded", clinik.Coded("http://loinc.org", "8480-6", "Systolic"),
			`{"status":"final","code":{"system":"http://loinc.org","code":"8480-6","display":"Systolic"},"patientId":"pt_1"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nw := always(201, `{"data":{"id":"obs_1","code":{"code":"8480-6"}}}`)
			got, err := nw.client(t).Observations.Create(t.Context(), &clinik.ObservationCreate{
				Status: clinik.ObservationStatusFinal, Code: tt.code, PatientID: "pt_1",
			})
			if err != nil || got.Code != (clinik.Code{Code: "8480-6"}) {
				t.Fatalf("got %+v, %v", got, err)
			}
			if sent := nw.sent[0].body; !sameJSON(sent, tt.want) {
				t.Errorf("sent %s, want %s", sent, tt.want)
			}
		})
	}
	e, err := always(200, `{"data":{"id":"enc_1","reasonCode":"cough","class":"AMB"}}`).client(t).Encounters.Get(t.Context(), "enc_1", nil)
	if err != nil || !reflect.DeepEqual(e.ReasonCode, clinik.Texts{"cough"}) || e.Class != "AMB" {
		t.Errorf("got %+v, %v", e, err)
	}
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

func FuzzCode(f *testing.F) {
	for _, seed := range []string{`"x"`, `{"system":"s","code":"c","display":"d"}`, `{"display":"d"}`, `null`, `5`, `[]`,
		`{"code":{}}`, `""`, `{"CODE":"x"}`, "\"\\ud800\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { stable[clinik.Code](t, text) })
}

func FuzzTexts(f *testing.F) {
	for _, seed := range []string{`"x"`, `["a","b"]`, `["a"]`, `[]`, `null`, `5`, `{}`, `["a",5]`, `[null]`, `""`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { stable[clinik.Texts](t, text) })
}

// stable checks that what was decoded once is encoded to JSON that decodes to the same.
func stable[T any](t *testing.T, text string) {
	var first, second T
	if err := json.Unmarshal([]byte(text), &first); err != nil {
		if json.Valid([]byte(text)) {
			t.Fatalf("%s was refused: %v", text, err)
		}
		return
	}
	data, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &second); err != nil {
		t.Fatalf("%s cannot be read: %v", data, err)
	}
	again, err := json.Marshal(second)
	if err != nil || string(again) != string(data) {
		t.Errorf("%s became %s, then %s, %v", text, data, again, err)
	}
	if reflect.ValueOf(first).Kind() != reflect.Slice && fmt.Sprint(first) != fmt.Sprint(second) {
		t.Errorf("%s was read as %+v, then as %+v", text, first, second)
	}
}

func TestCodePrintsForPeople(t *testing.T) {
	for want, code := range map[string]clinik.Code{
		"fever":    clinik.Text("fever"),
		"Systolic": clinik.Coded("http://loinc.org", "8480-6", "Systolic"),
		"8480-6":   clinik.Coded("http://loinc.org", "8480-6", ""),
		"":         {},
	} {
		if got := fmt.Sprint(code); got != want {
			t.Errorf("%#v prints as %q, want %q", code, got, want)
		}
	}
}
