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

const page = "../../fhir/SOURCES.md"

// what the systems have that FHIR has no list of here, and what they do not have.
const notes = `
What is not in the table: Welkin's assessments, documents, goals and tasks are lists of one patient or data that each tenant
defines, Eka Care's prescriptions and records are read by their ids (package ekafhir decodes those that are FHIR), and
SnapMD's consultations have another list for each kind of user. Read them with the vendors' clients.

Create says that the vendor's package has a function that makes the body of a call from such a resource: welkinfhir's
PatientCreate and AppointmentCreate, ekafhir's and clinikfhir's of the same names, snapfhir's PatientImport and
AppointmentCreate. ClinikAPI's other types are created by clinikfhir.Resources, as FHIR with the vendor's own ids.
`

// TestPageSaysWhatTheSourcesCan compares the page with the capabilities and the tables of codes:
//
//	go test ./internal/four -run Page -update
func TestPageSaysWhatTheSourcesCan(t *testing.T) {
	systems := start(t)
	var b strings.Builder
	b.WriteString("# What each source has\n\nMade by `go test ./internal/four -run Page -update` from the capabilities of the sources.\n\n" +
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
	for _, name := range slices.Sorted(maps.Keys(types)) {
		fmt.Fprintf(&b, "| %s |", name)
		for _, s := range systems.Sources {
			can, ok := s.Capabilities().Resources[name]
			if !ok {
				b.WriteString(" – |")
				continue
			}
			fmt.Fprintf(&b, " %s |", cell(can))
		}
		b.WriteString("\n")
	}
	b.WriteString(notes + "\n# Codes\n\nFHIR's code for each of the vendor's; of several vendor's codes the first one is sent back. A code that is not in\n" +
		"the table has no equivalent: the field stays empty, or has the least that FHIR requires (an appointment is then\n" +
		"*proposed*), and `fhir.Mismatch` names it. ClinikAPI's codes are FHIR's own.\n\n| source | list | vendor | FHIR |\n|---|---|---|---|\n")
	for _, source := range []struct{ name, file string }{
		{"ekacare", "../../ekacare/ekafhir/codes.tsv"}, {"welkin", "../../welkin/welkinfhir/codes.tsv"},
		{"snapcare", "../../snapcare/snapfhir/codes.tsv"},
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
			text += fmt.Sprintf("; *%s*: %s", map[fhir.FilteredBy]string{fhir.ByVendor: "by vendor", fhir.ByReading: "here"}[by], strings.Join(filters, ", "))
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
