package four

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

var update = flag.Bool("update", false, "write fhir/SOURCES.md")

const page = "../../../fhir/SOURCES.md"

// nothing says why a source does not have a type of resource that another has.
var nothing = map[string]string{
	"ekacare AllergyIntolerance":  "the API has no allergies",
	"ekacare CarePlan":            "the API has no care plans",
	"ekacare Encounter":           "admissions can only be read by their ids (IPD.GetAdmission), and are nowhere listed",
	"ekacare MedicationStatement": "the API has what doctors prescribe, not what patients take",
	"snapcare CarePlan":           "the API has no care plans",
	"snapcare DocumentReference":  "the API lists no files of a patient, only public documents of the hospital",
	"snapcare MedicationRequest":  "the API has what patients take, not what doctors prescribe",
	"snapcare Observation":        "the API has no measurements",
	"welkin AllergyIntolerance":   customData,
	"welkin Condition":            customData,
	"welkin MedicationRequest":    customData,
	"welkin MedicationStatement":  customData,
	"welkin Observation":          customData,
}

const customData = "each tenant defines data types of its own (CDTs) for them, whose meaning the API does not say"

const notes = `
A list that needs Patients is read patient by patient. Eka Care's MedicationRequest, Condition and Observation are the
entries of the prescriptions that the patient's appointments name: each prescription costs a call. Welkin's care plan
contains its goals. SnapMD's Condition, MedicationStatement and AllergyIntolerance are the entries of the patient's medical
profile, which have no ids of their own: their number in the profile is part of the resource's id.

Not mapped: Welkin's assessments and tasks, Eka Care's other entries of prescriptions (advice, orders of tests, sections of
the doctor's own) and the values that it reads from lab reports, and the surgeries of SnapMD's medical profile. Read them
with the vendors' clients; package ekafhir decodes the documents that Eka Care has as FHIR.

Create says that the vendor's package has a function that makes the body of a call from such a resource: welkinfhir's
PatientCreate and AppointmentCreate, ekafhir's and clinikfhir's of the same names, snapfhir's PatientImport and
AppointmentCreate. ClinikAPI's other types are created by clinikfhir.Resources, as FHIR with the vendor's own ids.
`

// TestPageSaysWhatTheSourcesCan compares the page with the capabilities and the tables of codes:
//
//	go test ./internal/proof/four -run Page -update
func TestPageSaysWhatTheSourcesCan(t *testing.T) {
	systems := start(t)
	var b strings.Builder
	b.WriteString(
		"# What each source has\n\nMade by `go test ./internal/proof/four -run Page -update` from the capabilities of the sources.\n\n" +
			"*by vendor* says that the vendor filters, *here* that all is read and filtered in your process. A list that needs a\n" +
			"filter does not exist without it. All else is an UnsupportedError.\n\n| resource |")
	types := map[string]bool{}
	for _, s := range systems.Sources {
		fmt.Fprintf(&b, " %s |", s.Name())
		for _, name := range s.Capabilities().Types() {
			types[name] = true
		}
	}
	b.WriteString("\n|---|---|---|---|---|\n")
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(types)) {
		fmt.Fprintf(&b, "| %s |", name)
		for _, s := range systems.Sources {
			can, ok := s.Capabilities().Resources[name]
			if !ok {
				b.WriteString(" – |")
				missing = append(missing, s.Name()+" "+name)
				continue
			}
			fmt.Fprintf(&b, " %s |", cell(can))
		}
		b.WriteString("\n")
	}
	b.WriteString("\nWhat a system does not have:\n\n| source | resource | why |\n|---|---|---|\n")
	for _, name := range slices.Sorted(slices.Values(missing)) {
		if nothing[name] == "" {
			t.Errorf("say why %s is missing", name)
		}
		source, resource, _ := strings.Cut(name, " ")
		fmt.Fprintf(&b, "| %s | %s | %s |\n", source, resource, nothing[name])
	}
	if len(missing) != len(nothing) {
		t.Errorf("%d reasons for what is missing, want %d", len(nothing), len(missing))
	}
	b.WriteString(notes +
		"\n# Codes\n\nFHIR's code for each of the vendor's; of several vendor's codes the first one is sent back. A code that is not in\n" +
		"the table has no equivalent: the field stays empty, or has the least that FHIR requires (an appointment is then\n" +
		"*proposed*), and `fhir.Mismatch` names it. ClinikAPI's codes are FHIR's own.\n\n| source | list | vendor | FHIR |\n|---|---|---|---|\n")
	for _, source := range []struct{ name, file string }{
		{"ekacare", "../../../ekacare/ekafhir/codes.tsv"}, {"welkin", "../../../welkin/welkinfhir/codes.tsv"},
		{"snapcare", "../../../snapcare/snapfhir/codes.tsv"},
	} {
		text, err := os.ReadFile(source.file)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range mapping.ParseCodes(string(text)).Rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", source.name, r.List, r.Vendor, r.FHIR)
		}
	}
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(page)
	if err != nil || string(have) != b.String() {
		t.Errorf("fhir/SOURCES.md is not what the sources say (%v): run this test with -update", err)
	}
}

func cell(can fhir.Capability) string {
	var parts []string
	for _, p := range []struct {
		can  bool
		name string
	}{{can.Read, "read"}, {can.Search, "list"}, {can.Create, "create"}} {
		if p.can {
			parts = append(parts, p.name)
		}
	}
	text := strings.Join(parts, ", ")
	for _, by := range []fhir.FilteredBy{fhir.ByVendor, fhir.ByReading} {
		var filters []string
		for _, f := range slices.Sorted(maps.Keys(can.Filters)) {
			if can.Filters[f] == by {
				filters = append(filters, string(f))
			}
		}
		if len(filters) > 0 {
			text += fmt.Sprintf("; *%s*: %s", map[fhir.FilteredBy]string{
				fhir.ByVendor: "by vendor", fhir.ByReading: "here",
			}[by], strings.Join(filters, ", "))
		}
	}
	if len(can.Requires) > 0 {
		var needs []string
		for _, f := range can.Requires {
			needs = append(needs, string(f))
		}
		text += "; needs " + strings.Join(needs, ", ")
	}
	return text
}
