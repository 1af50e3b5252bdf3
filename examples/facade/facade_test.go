package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caremux/caremux/clinik/cliniktest"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/demo"
	"github.com/caremux/caremux/internal/proof/mappingtest"
	"github.com/caremux/caremux/snapcare/snapcaretest"
	"github.com/caremux/caremux/welkin/welkintest"
)

var now = time.Date(2030, time.March, 7, 20, 0, 0, 0, time.UTC)

const token = "secret"

// start serves the fakes, and returns what asks for an address and decodes the response.
func start(t *testing.T) (*demo.Systems, func(address string) (int, map[string]any)) {
	t.Helper()
	systems, source := merged(t)
	server := httptest.NewServer(nil)
	t.Cleanup(server.Close)
	server.Config.Handler = newFacade(t.Context(), source, server.URL, token, time.UTC)
	responses := 0
	return systems, func(address string) (int, map[string]any) {
		t.Helper()
		if !strings.HasPrefix(address, "http") {
			address = server.URL + address
		}
		status, header, body := fetch(t, http.MethodGet, address, token)
		if got := header.Get("Content-Type"); !strings.HasPrefix(got, "application/fhir+json") {
			t.Errorf("content type %q", got)
		}
		if got := header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("cache control %q", got)
		}
		responses++
		mappingtest.Dump(t, "response-"+strconv.Itoa(responses), body)
		var v map[string]any
		if err := json.Unmarshal(body, &v); err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		return status, v
	}
}

func merged(t *testing.T) (*demo.Systems, *fhir.Source) {
	t.Helper()
	systems, err := demo.Start(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(systems.Close)
	source, err := fhir.Merge(systems.Sources...)
	if err != nil {
		t.Fatal(err)
	}
	return systems, source
}

func fetch(t *testing.T, method, address, token string) (int, http.Header, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, body
}

// entries are the ids of the matches of a bundle, or the type of what is no match.
func entries(bundle map[string]any) (ids []string) {
	list, _ := bundle["entry"].([]any)
	for _, e := range list {
		resource := e.(map[string]any)["resource"].(map[string]any)
		if id, ok := resource["id"].(string); ok {
			ids = append(ids, id)
		} else {
			ids = append(ids, resource["resourceType"].(string))
		}
	}
	return ids
}

// link is the address of a link of a bundle, empty for none.
func link(bundle map[string]any, relation string) string {
	list, _ := bundle["link"].([]any)
	for _, l := range list {
		if l.(map[string]any)["relation"] == relation {
			return l.(map[string]any)["url"].(string)
		}
	}
	return ""
}

func TestSearchPagesThroughFourSystemsByTime(t *testing.T) {
	_, get := start(t)
	status, bundle := get("/Appointment?date=ge2030-03-07&date=lt2030-03-15&_count=3")
	var systems []string
	for pages := 1; ; pages++ {
		if status != http.StatusOK || pages > 9 {
			t.Fatalf("status %d, page %d: %v", status, pages, bundle)
		}
		for _, id := range entries(bundle) {
			system, _, _ := strings.Cut(id, "-")
			systems = append(systems, system)
		}
		next := link(bundle, "next")
		if next == "" {
			break
		}
		_, once := get(next)
		if status, bundle = get(next); strings.Join(entries(once), " ") != strings.Join(entries(bundle), " ") {
			t.Errorf("read again, the page is another: %v, %v", entries(once), entries(bundle))
		}
	}
	if got := strings.Join(systems, " "); got != "ekacare clinik clinik welkin snapcare ekacare clinik" {
		t.Errorf("got %s", got)
	}
}

func TestSearchesAndReads(t *testing.T) {
	systems, get := start(t)
	_, bundle := get("/Patient?name=mei")
	mei := entries(bundle)
	if len(mei) != 1 || !strings.HasPrefix(mei[0], "clinik-") {
		t.Fatalf("got %v", bundle)
	}
	if status, patient := get("/Patient/" + mei[0]); status != http.StatusOK || patient["id"] != mei[0] {
		t.Errorf("%d, %v", status, patient)
	}
	if _, bundle := get("/Patient?_id=" + mei[0]); len(entries(bundle)) != 1 {
		t.Errorf("by _id: %v", bundle)
	}
	if _, bundle := get("/Appointment?date=2030-03-08&patient=Patient/" + mei[0]); len(entries(bundle)) != 2 {
		t.Errorf("by patient: %v", bundle)
	}
	clinician := strings.Join(systems.Clinician, ",Practitioner/")
	if _, bundle := get("/Appointment?date=2030-03-08&practitioner=Practitioner/" + clinician); len(entries(bundle)) != 4 {
		t.Errorf("by practitioner: %v", bundle)
	}
	if _, bundle := get("/Patient?identifier=" + url.QueryEscape("https://api.clinikapi.com/v1/patients|nobody")); entries(bundle) != nil {
		t.Errorf("by identifier: %v", bundle)
	}
	if status, v := get("/metadata"); status != http.StatusOK || v["fhirVersion"] != "4.0.1" {
		t.Errorf("%d, %v", status, v)
	}
}

func TestChartsOfPatientsAreServed(t *testing.T) {
	_, get := start(t)
	for name, want := range map[string]string{
		"asha": "Condition DocumentReference MedicationRequest Observation", "charlie": "CarePlan DocumentReference Encounter",
		"mei": "AllergyIntolerance Condition MedicationStatement", "bobby": "AllergyIntolerance Condition Encounter MedicationStatement",
	} {
		_, people := get("/Patient?name=" + name)
		var has []string
		for _, resourceType := range []string{"AllergyIntolerance", "CarePlan", "Condition", "DocumentReference", "Encounter",
			"MedicationRequest", "MedicationStatement", "Observation"} {
			status, bundle := get("/" + resourceType + "?patient=" + entries(people)[0])
			if status != http.StatusOK {
				t.Errorf("%s: %d, %v", resourceType, status, bundle)
			}
			if entries(bundle) != nil {
				has = append(has, resourceType)
			}
		}
		if got := strings.Join(has, " "); got != want {
			t.Errorf("%s has %s, want %s", name, got, want)
		}
	}
	if status, v := get("/CarePlan/welkin-1"); status != http.StatusNotFound { // which the vendor cannot read by an id
		t.Errorf("%d, %v", status, v)
	}
}

func TestWhatCannotBeServedIsRefused(t *testing.T) {
	_, get := start(t)
	for address, want := range map[string]int{
		"/Patient/nobody":                http.StatusNotFound,
		"/Patient/clinik-nobody":         http.StatusNotFound,
		"/Claim":                         http.StatusNotFound,
		"/":                              http.StatusNotFound,
		"/Appointment":                   http.StatusBadRequest, // without a date
		"/Appointment?date=soon":         http.StatusBadRequest,
		"/Appointment?date=ap2030-03-08": http.StatusBadRequest,
		"/Appointment?date=2030-03-08&colour=blue": http.StatusBadRequest,
		"/Patient?name=a&name=b":                   http.StatusBadRequest,
		"/Patient?_count=0":                        http.StatusBadRequest,
		"/Patient?_page=made.2":                    http.StatusNotFound,
		"/Practitioner?birthdate=1980-01-01":       http.StatusBadRequest,
	} {
		if status, v := get(address); status != want || v["resourceType"] != "OperationOutcome" {
			t.Errorf("%s: %d, %v", address, status, v)
		}
	}
}

func TestFailingSystemIsNamedAndHidesNoOther(t *testing.T) {
	systems, get := start(t)
	systems.Welkin.Fail(welkintest.Fault{Operation: "CalendarEvents.List", Status: 403})
	status, bundle := get("/Appointment?date=2030-03-08")
	got := entries(bundle)
	if status != http.StatusOK || len(got) != 5 || got[4] != "OperationOutcome" || strings.Contains(strings.Join(got, " "), "welkin-") {
		t.Fatalf("%d, %v", status, bundle)
	}
	text, err := json.Marshal(bundle["entry"].([]any)[4])
	if err != nil || !strings.Contains(string(text), "welkin: CalendarEvents.List") || !strings.Contains(string(text), `"mode":"outcome"`) {
		t.Errorf("%v, %s", err, text)
	}
}

// failing makes each system of the demo fail at the start of a list of appointments.
func failing(systems *demo.Systems) {
	systems.Eka.DisableClient()
	systems.Welkin.Fail(welkintest.Fault{Operation: "CalendarEvents.List", Status: 403})
	systems.Clinik.Fail(cliniktest.Fault{Operation: "Appointments.Search", Status: 403})
	systems.Snapcare.Fail(snapcaretest.Fault{Operation: "Appointments.AdminList", Status: 403})
}

func TestNoSystemThatCanBeReadIsAnError(t *testing.T) {
	systems, get := start(t)
	failing(systems)
	status, v := get("/Appointment?date=2030-03-08")
	text, err := json.Marshal(v)
	if err != nil || status != http.StatusBadGateway || v["resourceType"] != "OperationOutcome" {
		t.Fatalf("%d, %v", status, v)
	}
	for _, system := range []string{"ekacare", "welkin", "clinik", "snapcare"} {
		if !strings.Contains(string(text), system+": ") {
			t.Errorf("%s is not named: %s", system, text)
		}
	}
}

func TestNoMatchInSystemsThatCanBeReadIsAnEmptyResult(t *testing.T) {
	_, get := start(t)
	status, bundle := get("/Patient?birthdate=1901-01-01") // the lists of SnapMD have no birth date
	if got := entries(bundle); status != http.StatusOK || len(got) != 1 || got[0] != "OperationOutcome" {
		t.Errorf("%d, %v", status, bundle)
	}
}

func TestOnlyTheTokenOpens(t *testing.T) {
	_, source := merged(t)
	server := httptest.NewServer(newFacade(t.Context(), source, "http://facade", token, time.UTC))
	t.Cleanup(server.Close)
	for _, wrong := range []string{"", "secre", "secret2"} {
		status, header, _ := fetch(t, http.MethodGet, server.URL+"/Patient", wrong)
		if status != http.StatusUnauthorized || header.Get("WWW-Authenticate") == "" {
			t.Errorf("token %q: %d", wrong, status)
		}
	}
	if status, _, _ := fetch(t, http.MethodGet, server.URL+"/metadata", ""); status != http.StatusOK {
		t.Errorf("metadata: %d", status)
	}
	if status, _, _ := fetch(t, http.MethodPost, server.URL+"/Patient", token); status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", status)
	}
}

func TestListensElsewhereOnlyWithAToken(t *testing.T) {
	err := run(t.Context(), io.Discard, options{addr: "0.0.0.0:0", zone: "UTC"})
	if err == nil || !strings.Contains(err.Error(), "FACADE_TOKEN") {
		t.Errorf("got %v", err)
	}
}

func TestSearchesThatWaitTooLongMakeRoom(t *testing.T) {
	_, source := merged(t)
	p := newPages(t.Context())
	q := fhir.Query{From: now, To: now.AddDate(0, 0, 7)}
	var cursors []string
	for range mostOpen + 1 {
		bundle, err := p.first(source, "Appointment", q, 1, "http://facade/Appointment", "")
		if err != nil {
			t.Fatal(err)
		}
		_, cursor, _ := strings.Cut(bundle.Link[1].URL, "_page=")
		cursors = append(cursors, cursor)
	}
	if _, err := p.next(cursors[0], "Appointment"); !errors.As(err, new(*fhir.NotFoundError)) {
		t.Errorf("the oldest is still there: %v", err)
	}
	if _, err := p.next(cursors[1], "Appointment"); err != nil {
		t.Error(err)
	}
	if len(p.open) != mostOpen {
		t.Errorf("%d are open", len(p.open))
	}
}

// long returns a source with n appointments, one a minute, and counts those that were read of it.
func long(t *testing.T, name string, n int, read *atomic.Int64) *fhir.Source {
	t.Helper()
	source, err := fhir.NewSource(fhir.Backend{
		Capabilities: fhir.Capabilities{Name: name, Resources: map[string]fhir.Capability{
			"Appointment": {Search: true, Filters: map[fhir.Filter]fhir.FilteredBy{fhir.FilterTime: fhir.ByVendor}},
		}},
		Search: func(context.Context, string, fhir.Query) iter.Seq2[fhir.Resource, error] {
			return func(yield func(fhir.Resource, error) bool) {
				for i := range n {
					read.Add(1)
					at := fhir.NewDateTime(now.Add(time.Duration(i) * time.Minute))
					if !yield(&fhir.Appointment{ID: name + "-" + strconv.Itoa(i), Start: at}, nil) {
						return
					}
				}
			}
		},
		Read: func(context.Context, string, string) (fhir.Resource, error) {
			return nil, &fhir.NotFoundError{Source: name, Resource: "Appointment"}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func TestLongSearchIsReadAsItsPagesAreAskedFor(t *testing.T) {
	const each, count, ahead = 2500, 100, 4 * 100 // a merge reads some dozens of each source ahead
	var read atomic.Int64
	var sources []*fhir.Source
	for i := range 4 {
		sources = append(sources, long(t, "s"+strconv.Itoa(i), each, &read))
	}
	source, err := fhir.Merge(sources...)
	if err != nil {
		t.Fatal(err)
	}
	p := newPages(t.Context())
	q := fhir.Query{From: now, To: now.AddDate(0, 0, 7)}
	bundle, err := p.first(source, "Appointment", q, count, "http://facade/Appointment", "")
	shown := 0
	for pages := 1; ; pages++ {
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range bundle.Entry {
			if want := fmt.Sprintf("s%d-%d", shown%4, shown/4); e.Resource.(*fhir.Appointment).ID != want {
				t.Fatalf("appointment %d is %s, want %s", shown, e.Resource.(*fhir.Appointment).ID, want)
			}
			shown++
		}
		if got := int(read.Load()); got > shown+ahead {
			t.Fatalf("%d were read for %d in %d pages", got, shown, pages)
		}
		if len(bundle.Link) < 2 {
			break
		}
		_, cursor, _ := strings.Cut(bundle.Link[1].URL, "_page=")
		bundle, err = p.next(cursor, "Appointment")
	}
	if shown != 4*each {
		t.Errorf("%d appointments, want %d", shown, 4*each)
	}
}

func FuzzSearchParameters(f *testing.F) {
	f.Add("date=ge2030-03-08&date=lt2030-03-09T10:00:00+01:00&_count=2&identifier=a|b&patient=Patient/x,y")
	f.Add("date=ge&_lastUpdated=gt2030&name=")
	facade := newFacade(f.Context(), nil, "http://facade", token, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		params, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		if _, count, err := facade.query(params); err == nil && (count < 1 || count > mostCount) {
			t.Errorf("%d entries a page", count)
		}
	})
}
