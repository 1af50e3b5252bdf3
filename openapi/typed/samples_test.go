package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Documents of which every field has a Go field, one a line with its vendor and operation.
var (
	// The vendors' own samples, with their values.
	//
	//go:embed testdata/samples.ndjson
	samples []byte
	// What the vendors' documents name, with null for each value.
	//
	//go:embed testdata/facts.ndjson.gz
	documented []byte
)

// other names responses that a document shows beside the one that the method returns, and the fields that only they have.
var other = map[string]struct {
	fields []string
	reason string
}{
	"clinik Patients_Get": {[]string{"data.entry", "data.link", "data.meta", "data.resourceType", "data.total", "data.type"},
		"the Bundle of a patient with everything that includes it, which RawJSON has"},
	"ekacare PatientDirectory_ListByMobile": {[]string{"abha", "ccd", "dob", "fln", "gen", "mobile", "oid", "ps", "username"},
		"a single profile without its list, which is read as a list of one"},
	"ekacare Prescriptions_Get": {[]string{"prescription_details[].severity.code", "prescription_details[].severity.display"},
		"the severity as an object in place of the text"},
	"welkin Patients_Get": {
		[]string{"timezone "}, "a slip of the sample, which writes the key without the space elsewhere",
	},
	"welkin CDTs_Create":                  {vitals, vitalsReason},
	"welkin CDTs_Get":                     {vitals, vitalsReason},
	"welkin CDTs_Update":                  {vitals, vitalsReason},
	"ekacare Records_RetrieveFHIRV1":      {bundle, bundleReason},
	"snapcare Clinicians_GetProfileImage": {imageList, imageReason},
	"snapcare Files_GetImage":             {imageList, imageReason},
	"snapcare Hospitals_GetProfileImage":  {imageList, imageReason},
	"snapcare Patients_GetProfileImage":   {imageList, imageReason},
	"welkin Documents_ListSummaries": {[]string{
		"empty", "first", "last", "number", "numberOfElements", "pageable", "size", "sort", "totalElements", "totalPages",
	},
		"the page without its outer object; its items are read, its figures are in RawJSON"},
}

var vitals = []string{"jsonBody.diastolic", "jsonBody.systolic", "jsonBody.blood_sugar"}

const vitalsReason = "the fields of a custom data type, which welkin.CDTRecords reads into a Go type of the caller's"

var bundle = []string{"resourceType", "id", "type", "meta", "timestamp", "identifier", "entry", "link", "total"}

const bundleReason = "a FHIR Bundle, which ekacare.FHIRDocument keeps as JSON; package fhir has its types"

var imageList = []string{"data", "message", "total"}

const imageReason = "a list of addresses in place of the image, which the method streams"

func TestEveryFieldOfTheSamplesHasAGoField(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		data func() (io.Reader, error)
		docs int
	}{
		{"samples", func() (io.Reader, error) { return bytes.NewReader(samples), nil }, 21},
		{"documents", func() (io.Reader, error) { return gzip.NewReader(bytes.NewReader(documented)) }, 777},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := tt.data()
			if err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(r)
			lines.Buffer(nil, 1<<20)
			counts := map[string]map[kind]int{}
			docs := 0
			for ; lines.Scan(); docs++ {
				var d struct {
					Vendor, Op string
					Doc        json.RawMessage
				}
				if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
					t.Fatal(err)
				}
				if counts[d.Vendor] == nil {
					counts[d.Vendor] = map[kind]int{}
				}
				checkDocument(t, d.Vendor, d.Op, d.Doc, counts[d.Vendor])
			}
			if err := lines.Err(); err != nil || docs != tt.docs {
				t.Errorf("%d documents, want %d (%v)", docs, tt.docs, err)
			}
			for _, vendor := range slices.Sorted(maps.Keys(counts)) {
				t.Logf("%s: %d of %d fields typed, %d keys of maps", vendor, counts[vendor][typed],
					counts[vendor][typed]+counts[vendor][misfit]+counts[vendor][untyped], counts[vendor][open])
			}
		})
	}
}

func checkDocument(t *testing.T, vendor, op string, doc []byte, counts map[kind]int) {
	t.Helper()
	found, err := documentFields(vendor, op, doc)
	if err != nil {
		t.Error(err)
		return
	}
	if len(found) == 0 && len(doc) > len("[{}]") {
		t.Errorf("%s %s: no field was found in %s", vendor, op, doc)
	}
	for path, k := range found {
		if k > open && slices.ContainsFunc(other[vendor+" "+op].fields, func(f string) bool {
			return path == f || strings.HasPrefix(path, f+".") || strings.HasPrefix(path, f+"[")
		}) {
			continue
		}
		if counts[k]++; k > open {
			t.Errorf("%s %s: %s has no Go field that holds it", vendor, op, path)
		}
	}
}

func TestTheReportNamesWhatHasNoGoField(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		vendor, op, doc, want string
	}{
		"a field of a record": {"welkin", "Patients_Get", `{"id": "p", "shoeSize": {"eu": 42}}`,
			"1 of 3 fields have a Go field\nuntyped  shoeSize\nuntyped  shoeSize.eu\n"},
		"a field of a page": {"welkin", "Patients_List", `{"content": [{"id": "p"}, {"hat": 1}], "last": true, "weather": "rain"}`,
			"3 of 5 fields have a Go field\nuntyped  content[].hat\nuntyped  weather\n"},
		"a value that does not fit": {"welkin", "CalendarEvents_Get", `{"id": "e", "duration": "long"}`,
			"1 of 2 fields have a Go field\nmisfit   duration\n"},
		"keys of a map": {"welkin", "Users_Get", `{"customUserAttributes": {"desk": {"floor": 2}}}`,
			"1 of 1 fields have a Go field, and 2 are keys of maps\n"},
		"an event": {"ekacare", "event:appointment.assessments.taken", `{"event": "e", "data": {"action": "created", "mood": "good"}}`,
			"3 of 4 fields have a Go field\nuntyped  data.mood\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := documentFields(tt.vendor, tt.op, []byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			if lost := report(&b, found, false); b.String() != tt.want || (lost > 0) != strings.Contains(tt.want, "  ") {
				t.Errorf("reported %d:\n%s", lost, b.String())
			}
		})
	}
	for _, unknown := range [][2]string{{"acme", "Patients_Get"}, {"welkin", "Patients_Sing"}, {"ekacare", "event:rain"}} {
		if _, err := documentFields(unknown[0], unknown[1], []byte("{}")); err == nil {
			t.Errorf("%v is taken", unknown)
		}
	}
}
