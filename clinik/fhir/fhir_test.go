package fhir_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/fhir"
)

// vendor records what it is sent and answers from a table of "METHOD path?query".
type vendor struct {
	t       *testing.T
	answers map[string]string // "404 {…}" or "{…}"
	sent    []string
	bodies  []string
	types   []string // content types and what was accepted
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	key := r.Method + " " + r.URL.RequestURI()
	v.sent = append(v.sent, key)
	v.bodies = append(v.bodies, string(body))
	v.types = append(v.types, r.Header.Get("Content-Type")+" for "+r.Header.Get("Accept"))
	answer, ok := v.answers[key]
	if !ok {
		v.t.Errorf("unexpected request %s", key)
	}
	status := http.StatusOK
	if !strings.HasPrefix(answer, "{") {
		_, _ = fmt.Sscanf(answer, "%d", &status)
		_, answer, _ = strings.Cut(answer, " ")
	}
	w.Header().Set("Content-Type", "application/fhir+json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
}

func start(t *testing.T, answers map[string]string) (*vendor, *clinik.Client) {
	t.Helper()
	v := &vendor{t: t, answers: answers}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	c, err := clinik.New("clk_test_abc123", caremux.WithBaseURL(server.URL), caremux.WithRetry(caremux.NoRetry))
	if err != nil {
		t.Fatal(err)
	}
	return v, c
}

const taylor = `{"resourceType":"Patient","id":"pt_1","active":true,"name":[{"family":"Taylor","given":["Charlie"]}],"birthDate":"2012-03"}`

func TestTypedCallsSpeakFHIR(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name string
		call func(*fhir.ResourceService[fhir.Patient]) (*fhir.Patient, error)
		sent string
		body string
		mime string
	}{
		{"get", func(p *fhir.ResourceService[fhir.Patient]) (*fhir.Patient, error) { return p.Get(ctx, "pt_1") },
			"GET /v1/fhir/Patient/pt_1", ``, " for application/fhir+json"},
		{"create", func(p *fhir.ResourceService[fhir.Patient]) (*fhir.Patient, error) {
			return p.Create(ctx, &fhir.Patient{Active: new(false), Name: []fhir.HumanName{{Family: "Taylor"}}})
		}, "POST /v1/fhir/Patient", `{"active":false,"name":[{"family":"Taylor"}],"resourceType":"Patient"}`, "application/fhir+json for application/fhir+json"},
		{"update", func(p *fhir.ResourceService[fhir.Patient]) (*fhir.Patient, error) {
			return p.Update(ctx, "pt_1", &fhir.Patient{ID: "pt_1", BirthDate: fhir.NewDate(2012, time.March, 12)})
		}, "PUT /v1/fhir/Patient/pt_1", `{"birthDate":"2012-03-12","id":"pt_1","resourceType":"Patient"}`, "application/fhir+json for application/fhir+json"},
		{"patch", func(p *fhir.ResourceService[fhir.Patient]) (*fhir.Patient, error) {
			return p.Patch(ctx, "pt_1", clinik.JSONPatch{fhir.Test("/active", true), fhir.Replace("/birthDate", nil), fhir.Remove("/gender"), fhir.Add("/name/0/given/-", "Lee")})
		}, "PATCH /v1/fhir/Patient/pt_1", `[{"op":"test","path":"/active","value":true},{"op":"replace","path":"/birthDate","value":null},{"op":"remove","path":"/gender"},{"op":"add","path":"/name/0/given/-","value":"Lee"}]`,
			"application/json-patch+json for application/fhir+json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, c := start(t, map[string]string{tt.sent: taylor})
			got, err := tt.call(fhir.Resources[fhir.Patient](c, "Patient"))
			if err != nil {
				t.Fatal(err)
			}
			if len(v.sent) != 1 || v.bodies[0] != tt.body || v.types[0] != tt.mime {
				t.Errorf("sent %q with %q (%s), want %q (%s)", v.sent, v.bodies, v.types, tt.body, tt.mime)
			}
			if got.ID != "pt_1" || got.Name[0].Given[0] != "Charlie" || !got.BirthDate.Partial() || string(got.RawJSON()) != taylor {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestUpdateSendsBackWhatTheTypeDoesNotName(t *testing.T) {
	read := `{"resourceType":"Patient","id":"pt_1","_birthDate":{"extension":[{"url":"u"}]},"birthDate":"2012","futureMember":1.50,
		"gender":"male","name":[{"family":"Taylor","_family":{"id":"x"},"use":"official"}],
		"contact":[{"gender":"female","odd":true}],"telecom":[{"value":"1","odd":1},{"value":"2","odd":2}]}`
	v, c := start(t, map[string]string{"GET /v1/fhir/Patient/pt_1": read, "PUT /v1/fhir/Patient/pt_1": taylor})
	patients := fhir.Resources[fhir.Patient](c, "Patient")
	p, err := patients.Get(t.Context(), "pt_1")
	if err != nil {
		t.Fatal(err)
	}
	p.Name[0].Family = "Tailor"
	p.Gender = ""             // the caller's word counts for what the type names
	p.Telecom = p.Telecom[:1] // a list of another length is the caller's alone
	if _, err := patients.Update(t.Context(), "pt_1", p); err != nil {
		t.Fatal(err)
	}
	want := `{"resourceType":"Patient","id":"pt_1","_birthDate":{"extension":[{"url":"u"}]},"birthDate":"2012","futureMember":1.50,
		"name":[{"family":"Tailor","_family":{"id":"x"},"use":"official"}],
		"contact":[{"gender":"female","odd":true}],"telecom":[{"value":"1"}]}`
	if diff := cmp.Diff(exact(t, want), exact(t, v.bodies[1])); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func exact(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSearchFollowsNextLinksToItsOwnAddressOnly(t *testing.T) {
	v, c := start(t, map[string]string{
		"GET /v1/fhir/Patient?_count=2&family=Taylor": `{"resourceType":"Bundle","total":3,
			"link":[{"relation":"self","url":"x"},{"relation":"next","url":"https://elsewhere.example/steal?_cursor=2&family=Taylor"}],
			"entry":[{"resource":{"resourceType":"Patient","id":"1"}},{"resource":{"resourceType":"OperationOutcome"}},
			{"resource":{"resourceType":"Patient","id":"2"},"search":{"mode":"match"}}]}`,
		"GET /v1/fhir/Patient?_cursor=2&family=Taylor": `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"3"}}]}`,
	})
	patients := fhir.Resources[fhir.Patient](c, "Patient")
	query := url.Values{"family": {"Taylor"}, "_count": {"2"}}
	var ids []string
	for p, err := range patients.SearchAll(t.Context(), query) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	if strings.Join(ids, " ") != "1 2 3" || len(v.sent) != 2 {
		t.Errorf("got %v after %v", ids, v.sent)
	}
	page, err := patients.Search(t.Context(), query)
	if err != nil || *page.Total != 3 || page.NextCursor != "_cursor=2&family=Taylor" || !strings.Contains(string(page.RawJSON()), "OperationOutcome") {
		t.Errorf("page %+v (%v)", page, err)
	}
}

func TestSearchEndsOnALinkThatLeadsNowhere(t *testing.T) {
	_, c := start(t, map[string]string{
		"GET /v1/fhir/Patient?_cursor=1": `{"resourceType":"Bundle","link":[{"relation":"next","url":"/v1/fhir/Patient?_cursor=1"}],"entry":[]}`,
	})
	var last error
	for _, err := range fhir.Resources[fhir.Patient](c, "Patient").SearchAll(t.Context(), url.Values{"_cursor": {"1"}}) {
		last = err
	}
	if !errors.Is(last, caremux.ErrCursorStuck) {
		t.Errorf("got %v, want ErrCursorStuck", last)
	}
}

func TestAnyTypeOfTheUserWorks(t *testing.T) {
	type mine struct {
		ID   string `json:"id"`
		Mood string `json:"mood,omitzero"`
	}
	v, c := start(t, map[string]string{
		"GET /v1/fhir/Mood/m1": `{"resourceType":"Mood","id":"m1","mood":"good"}`,
		"POST /v1/fhir/Mood":   `201 {"resourceType":"Mood","id":"m2"}`,
	})
	moods := fhir.Resources[mine](c, "Mood")
	got, err := moods.Get(t.Context(), "m1")
	if err != nil || got.Mood != "good" {
		t.Errorf("got %+v (%v)", got, err)
	}
	if _, err := moods.Create(t.Context(), &mine{Mood: "better"}); err != nil || v.bodies[1] != `{"id":"","mood":"better","resourceType":"Mood"}` {
		t.Errorf("sent %s (%v)", v.bodies[1], err)
	}
}

func TestOperationsAndDelete(t *testing.T) {
	v, c := start(t, map[string]string{
		"GET /v1/fhir/Patient/pt_1/$everything": `{"resourceType":"Bundle","entry":[{"resource":` + taylor + `},{"resource":{"resourceType":"Encounter","id":"e"}}]}`,
		"POST /v1/fhir/Patient/$validate":       `{"resourceType":"OperationOutcome","id":"o"}`,
		"POST /v1/fhir/Patient/pt_1/$graph":     `{"resourceType":"Parameters"}`,
		"DELETE /v1/fhir/Patient/pt_1":          `204 `,
	})
	patients := fhir.Resources[fhir.Patient](c, "Patient")
	bundle, err := patients.Everything(t.Context(), "pt_1")
	if err != nil {
		t.Fatal(err)
	}
	var encounters []string
	for e, err := range fhir.Entries[fhir.Encounter](bundle, "Encounter") {
		if err != nil {
			t.Fatal(err)
		}
		encounters = append(encounters, e.ID)
	}
	if len(encounters) != 1 || encounters[0] != "e" {
		t.Errorf("encounters %v", encounters)
	}
	var outcome struct{ ID string }
	if err := patients.Operation(t.Context(), "", "$validate", &fhir.Patient{Active: new(true)}, &outcome); err != nil || outcome.ID != "o" {
		t.Errorf("$validate: %+v (%v)", outcome, err)
	}
	if err := patients.Operation(t.Context(), "pt_1", "$graph", nil, nil); err != nil || v.bodies[2] != "" {
		t.Errorf("$graph: %v, sent %q", err, v.bodies[2])
	}
	if err := patients.Delete(t.Context(), "pt_1"); err != nil {
		t.Error(err)
	}
}

func TestBadResourcesAreRefusedBeforeSending(t *testing.T) {
	v, c := start(t, nil)
	patients := fhir.Resources[fhir.Patient](c, "Patient")
	patch := func(change clinik.JSONPatchOperation) func() error {
		return func() error {
			_, err := patients.Patch(t.Context(), "1", clinik.JSONPatch{change})
			return err
		}
	}
	for name, call := range map[string]func() error{
		"none": func() error { _, err := patients.Create(t.Context(), nil); return err },
		"another type": func() error {
			_, err := patients.Update(t.Context(), "1", &fhir.Patient{ResourceType: "Group"})
			return err
		},
		"empty id":    func() error { _, err := patients.Get(t.Context(), ""); return err },
		"slash in id": func() error { _, err := patients.Get(t.Context(), "a/b"); return err },
		"bad type":    func() error { _, err := fhir.Resources[fhir.Patient](c, "../x").Get(t.Context(), "1"); return err },
		"no change":   func() error { _, err := patients.Patch(t.Context(), "1", nil); return err },
		"no JSON":     patch(fhir.Replace("/birthDate", make(chan int))),
		"no value":    patch(clinik.JSONPatchOperation{Op: clinik.JSONPatchOpAdd, Path: "/birthDate"}),
		"chart type":  func() error { _, err := fhir.PatientChart(t.Context(), c, "1", []string{"a:b"}); return err },
	} {
		if err := call(); !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
	if len(v.sent) > 0 {
		t.Errorf("sent %v", v.sent)
	}
}

func TestChartIsFoldedFromTheBundle(t *testing.T) {
	flat := `{"data":{"id":"pt_1","firstName":"Charlie"},"meta":{}}`
	include := "_revinclude=Encounter%3Asubject&_revinclude=Encounter%3Apatient&_revinclude=Goal%3Asubject&_revinclude=Goal%3Apatient"
	types := []string{"Encounter", "Goal"}
	for _, tt := range []struct {
		name    string
		bundle  string
		indexed bool
	}{
		{"indexed", `{"data":{"resourceType":"Bundle","entry":[{"resource":` + taylor + `},{"resource":{"resourceType":"Encounter","id":"e1"}},{"resource":{"resourceType":"Goal","id":"g1"}}]},"meta":{}}`, true},
		{"bare bundle", `{"resourceType":"Bundle","entry":[{"resource":` + taylor + `},{"resource":{"resourceType":"Encounter","id":"e1"}},{"resource":{"resourceType":"Goal","id":"g1"}}]}`, true},
		{"index behind", `{"data":{"resourceType":"Bundle","entry":[]},"meta":{}}`, false},
		{"index does not know the patient", `404 {"code":"NOT_FOUND"}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, c := start(t, map[string]string{"GET /v1/patients/pt_1": flat, "GET /v1/patients/pt_1?" + include: tt.bundle})
			chart, err := fhir.PatientChart(t.Context(), c, "pt_1", types)
			if err != nil {
				t.Fatal(err)
			}
			if chart.Record.FirstName != "Charlie" || chart.Indexed() != tt.indexed || chart.Encounters == nil || chart.Documents == nil || chart.Others == nil {
				t.Errorf("chart %+v", chart)
			}
			if tt.indexed && (chart.Patient.ID != "pt_1" || len(chart.Encounters) != 1 || len(chart.Others) != 1) {
				t.Errorf("chart %+v", chart)
			}
		})
	}
	t.Run("no such patient", func(t *testing.T) {
		_, c := start(t, map[string]string{"GET /v1/patients/pt_1": `404 {"code":"NOT_FOUND"}`})
		if _, err := fhir.PatientChart(t.Context(), c, "pt_1", types); !errors.Is(err, caremux.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestDateTimeIsRead(t *testing.T) {
	for text, want := range map[fhir.DateTime]string{
		"2024": "2024-01-01T00:00:00Z", "2024-05": "2024-05-01T00:00:00Z", "2024-05-17": "2024-05-17T00:00:00Z",
		"2024-05-17T10:30:00+02:00": "2024-05-17T10:30:00+02:00", "2024-05-17T10:30:00.125Z": "2024-05-17T10:30:00.125Z",
	} {
		got, err := text.Time()
		if err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s: %v (%v)", text, got, err)
		}
	}
	if _, err := fhir.DateTime("yesterday").Time(); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("got %v", err)
	}
	if d := fhir.NewDateTime(time.Date(2024, 5, 17, 10, 0, 0, 0, time.UTC)); d != "2024-05-17T10:00:00Z" {
		t.Errorf("got %s", d)
	}
}

// FuzzResource holds that what is read and written back unchanged stays what it was.
func FuzzResource(f *testing.F) {
	f.Add(taylor)
	f.Add(`{"resourceType":"Patient","name":[{"given":["a",null]}],"multipleBirthInteger":2,"x":{"y":[1.50]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var p fhir.Patient
		if json.Unmarshal([]byte(text), &p) != nil {
			return
		}
		data, err := json.Marshal(&p)
		if err != nil {
			t.Fatal(err)
		}
		var again fhir.Patient
		if err := json.Unmarshal(data, &again); err != nil {
			t.Fatal(err)
		}
		twice, err := json.Marshal(&again)
		if err != nil || string(twice) != string(data) {
			t.Errorf("encoded %s, then %s (%v)", data, twice, err)
		}
	})
}
