package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caremux/caremux/openapi/codegen/fhirdef"
)

// tiny are definitions with one of each kind of element.
func tiny() *fhirdef.Definitions {
	return &fhirdef.Definitions{
		Version: "4.0.1",
		Types: []fhirdef.Type{
			{Name: "Pet", Resource: true, Short: "An animal at home", Elements: []fhirdef.Element{
				{Path: "Pet.id", Short: "Logical id", Types: []string{"id"}},
				{Path: "Pet.status", Short: "in | out", Min: 1, Types: []string{"code"}, ValueSet: "urn:status"},
				{Path: "Pet.weight[x]", Short: "How heavy", Min: 1, Types: []string{"decimal", "Size"}},
				{Path: "Pet.owner", Short: "Who feeds it", List: true, Types: []string{"Reference"},
					Targets: []string{"Patient", "Group"}},
				{Path: "Pet.toy", Short: "What it plays with", List: true, Types: []string{"BackboneElement"}},
				{Path: "Pet.toy.fullUrl", Short: "Where it is", Types: []string{"uri"}},
				{Path: "Pet.toy.part", Short: "What it is made of", List: true, SameAs: "Pet.toy"},
				{Path: "Pet.inside", Short: "What it ate", List: true, Types: []string{"Resource"}},
				{Path: "Pet.alive", Short: "Is it?", Types: []string{"boolean"}},
			}},
			{Name: "Reference", Short: "A way to a resource"},
			{Name: "Size", Short: "A size", Elements: []fhirdef.Element{{Path: "Size.count", Short: "N",
				Types: []string{"integer"}}}},
		},
		ValueSets: map[string]fhirdef.ValueSet{"urn:status": {Name: "Whereabouts", Codes: []fhirdef.Code{
			{Code: "in", Display: "Inside", Definition: "It is inside. It sleeps."}, {Code: "<=",
				Display: "Less or equal"},
		}}},
	}
}

func TestEachKindOfElementBecomesAField(t *testing.T) {
	files, err := generate(tiny())
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, []string{"pet_gen.go", "reference_gen.go",
		"resources_gen.go", "size_gen.go"}) {
		t.Errorf("files %v", got)
	}
	text := strings.Join(strings.Fields(string(files["pet_gen.go"])+string(files["resources_gen.go"])), " ")
	for _, want := range []string{
		"// Pet is a FHIR resource: An animal at home. // // https://hl7.org/fhir/R4/pet.html type Pet struct { Unnamed",
		"// Logical id. (id) ID string `json:\"id,omitzero\"`",
		"// in | out. Required. Status PetStatus `json:\"status,omitzero\"`",
		"// How heavy. One field of weight[x] is required. WeightDecimal json.Number `json:\"weightDecimal,omitzero\" choice:\"weight\"`",
		"WeightSize *Size `json:\"weightSize,omitzero\" choice:\"weight\"`",
		"// Who feeds it. Refers to Patient or Group. Owner []Reference `json:\"owner,omitzero\"`",
		"Toy []PetToy `json:\"toy,omitzero\"`",
		"FullURL string `json:\"fullUrl,omitzero\"`",
		"Part []PetToy `json:\"part,omitzero\"`",
		"Inside []Resource `json:\"inside,omitzero\"`",
		"Alive *bool `json:\"alive,omitzero\"`",
		`func (*Pet) ResourceType() string { return "Pet" }`,
		`func (x *Pet) Weight() any { return choice(x, "weight") }`,
		"func (x PetToy) MarshalJSON() ([]byte, error) { return Marshal(&x) }",
		`// It is inside. PetStatusIn PetStatus = "in"`,
		`// Less or equal. PetStatusLessOrEqual PetStatus = "<="`,
		`case "Pet": return new(Pet)`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestDefinitionsThatMakeNoGoAreRefused(t *testing.T) {
	pet := func(e fhirdef.Element) func(*fhirdef.Definitions) {
		return func(d *fhirdef.Definitions) { d.Types[0].Elements = append(d.Types[0].Elements, e) }
	}
	for name, change := range map[string]func(*fhirdef.Definitions){
		"two fields of one name": pet(fhirdef.Element{Path: "Pet.ID", Types: []string{"string"}}),
		"a field and a choice":   pet(fhirdef.Element{Path: "Pet.weight", Types: []string{"string"}}),
		"a field of Unnamed":     pet(fhirdef.Element{Path: "Pet.kept", Types: []string{"string"}}),
		"a list of choices": pet(fhirdef.Element{Path: "Pet.x[x]", List: true, Types: []string{"string",
			"code"}}),
		"an unknown type": pet(fhirdef.Element{Path: "Pet.x", Types: []string{"Unheard"}}),
		"several types":   pet(fhirdef.Element{Path: "Pet.x", Types: []string{"string", "code"}}),
		"no parent":       pet(fhirdef.Element{Path: "Pet.x.y", Types: []string{"string"}}),
		"two types of one name": func(d *fhirdef.Definitions) {
			d.Types = append(d.Types,
				fhirdef.Type{Name: "PetToy"})
		},
		"a type and a code's name": func(d *fhirdef.Definitions) {
			d.Types = append(d.Types,
				fhirdef.Type{Name: "PetStatusIn"})
		},
		"two codes of one name": func(d *fhirdef.Definitions) { d.ValueSets["urn:status"].Codes[1].Code = "In" },
		"a type and a type of codes": func(d *fhirdef.Definitions) {
			d.Types = append(d.Types,
				fhirdef.Type{Name: "PetStatus"})
		},
	} {
		d := tiny()
		change(d)
		if _, err := generate(d); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestNames(t *testing.T) {
	for wire, want := range map[string]string{
		"fullUrl": "FullURL", "id": "ID", "valueUuid": "ValueUUID", "valueBase64Binary": "ValueBase64Binary",
		"carrierHRF": "CarrierHRF",
		"udiCarrier": "UDICarrier", "in-progress": "InProgress", "truthFN": "TruthFN", "fhirVersion": "FHIRVersion",
		"asNeeded": "AsNeeded",
		"GET":      "GET", "entered-in-error": "EnteredInError", "HumanName": "HumanName", "sms": "SMS",
	} {
		if got := goName(wire); got != want {
			t.Errorf("%s is %s, want %s", wire, got, want)
		}
	}
	if got := codeName("4.0.1"); got != "4_0_1" {
		t.Errorf("got %s", got)
	}
	if got := fileName("MedicationRequest"); got != "medication_request_gen.go" {
		t.Errorf("got %s", got)
	}
}

func TestTheCommittedFilesAreWhatTheDefinitionsGive(t *testing.T) {
	d, err := fhirdef.Read("../../fhir/r4.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	files, err := generate(d)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join("../../../fhir", name)); err != nil || string(got) != string(want) {
			t.Errorf("%s differs (%v): run go generate ./...", name, err)
		}
	}
}
