package cliniktest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
)

// TestEveryKindOfRecord takes a record of every namespace through its life, by the typed methods of the client.
func TestEveryKindOfRecord(t *testing.T) {
	srv, c := setup(t)
	data, err := openapi.Specs.ReadFile("clinik.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := specserver.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	kinds := 0
	services := reflect.ValueOf(c).Elem()
	for i := range services.NumField() {
		name := services.Type().Field(i).Name
		service := services.Field(i)
		if !services.Type().Field(i).IsExported() || name == "FHIR" || !service.MethodByName("Create").IsValid() {
			continue
		}
		kinds++
		t.Run(name, func(t *testing.T) {
			body := func(method string) reflect.Value {
				in := service.MethodByName(method).Type()
				v := reflect.New(in.In(in.NumIn() - 2).Elem()) // before the options
				media := spec.Operation(name + "_" + method).Op.RequestBody.Value.Content.Get("application/json")
				data, err := json.Marshal(spec.Value(media.Schema, "body"))
				if err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal(data, v.Interface()); err != nil {
					t.Fatal(err)
				}
				return v
			}
			invoke := func(method string, args ...any) (any, error) {
				in := []reflect.Value{reflect.ValueOf(t.Context())}
				for _, a := range args {
					if v, ok := a.(reflect.Value); ok {
						in = append(in, v)
					} else {
						in = append(in, reflect.ValueOf(a))
					}
				}
				m := service.MethodByName(method)
				if m.Type().NumIn() > len(in)+1 { // params of Search and of Patients.Get
					in = append(in, reflect.Zero(m.Type().In(len(in))))
				}
				out := m.Call(in)
				err, _ := out[len(out)-1].Interface().(error)
				if err == nil && len(out) == 2 {
					return must(out[0].Interface(), nil)(t), nil
				}
				return nil, err
			}
			call := func(method string, args ...any) any {
				t.Helper()
				v, err := invoke(method, args...)
				if err != nil {
					t.Fatalf("%s: %v (%v)", method, err, srv.Problems())
				}
				return v
			}
			idOf := func(v any) string { return reflect.ValueOf(v).Elem().FieldByName("ID").String() }
			found := func() int {
				return reflect.ValueOf(call("Search")).Elem().FieldByName("Items").Len()
			}

			created := call("Create", body("Create"))
			id := idOf(created)
			if prefix, number, _ := strings.Cut(id, "_"); prefix == "" || number != "1" {
				t.Errorf("id %q", id)
			}
			if read := call("Get", id); !reflect.DeepEqual(raw(read), raw(created)) {
				t.Errorf("created %s, read %s", raw(created), raw(read))
			}
			if service.MethodByName("Update").IsValid() {
				update := body("Update")
				updated := call("Update", id, update)
				sent, err := json.Marshal(update.Interface())
				if err != nil {
					t.Fatal(err)
				}
				want := merge(t, raw(created), sent)
				if got := merge(t, raw(updated), nil); !reflect.DeepEqual(without(got, "fullName"), without(want, "fullName")) {
					t.Errorf("updated %v, want %v", got, want)
				}
			}
			call("Create", body("Create"))
			if n := found(); n != 2 {
				t.Errorf("found %d, want 2", n)
			}
			call("Delete", id)
			if n := found(); n != 1 {
				t.Errorf("found %d after the delete, want 1", n)
			}
			_, err := invoke("Get", id)
			wantCode(t, err, caremux.ErrNotFound, clinik.CodeNotFound)
			_, err = invoke("Delete", id)
			wantCode(t, err, caremux.ErrNotFound, clinik.CodeNotFound)
		})
	}
	if kinds != 62 {
		t.Errorf("%d kinds of records, want 62", kinds)
	}
}

func raw(v any) json.RawMessage { return v.(interface{ RawJSON() json.RawMessage }).RawJSON() }

func merge(t *testing.T, row, changes json.RawMessage) map[string]any {
	t.Helper()
	m := map[string]any{}
	for _, data := range []json.RawMessage{row, changes} {
		if data == nil {
			continue
		}
		if err := json.Unmarshal(data, &m); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func without(m map[string]any, name string) map[string]any {
	delete(m, name)
	return m
}

func TestUpdateIsPartial(t *testing.T) {
	_, c := setup(t)
	p := must(c.Patients.Create(t.Context(), &clinik.PatientCreate{FirstName: "Ann", LastName: "Lee", Phone: new("1")}))(t)
	p = must(c.Patients.Update(t.Context(), p.ID, &clinik.PatientUpdate{LastName: new("Ray")}))(t)
	if p.FirstName != "Ann" || p.FullName != "Ann Ray" || p.Phone != "1" {
		t.Errorf("patient %s", p.RawJSON())
	}
	for _, contentType := range []string{"application/json", "application/fhir+json", "application/json-patch+json"} {
		err := c.Do(t.Context(), "PATCH", "/v1/patients/"+p.ID, nil, map[string]any{"phone": nil}, nil,
			caremux.WithHeader("Content-Type", contentType))
		if err != nil {
			t.Errorf("%s: %v", contentType, err)
		}
	}
	p = must(c.Patients.Get(t.Context(), p.ID, nil))(t)
	if _, ok := merge(t, p.RawJSON(), nil)["phone"]; ok {
		t.Errorf("null did not clear: %s", p.RawJSON())
	}
	_, err := c.Patients.Update(t.Context(), "pt_99", &clinik.PatientUpdate{LastName: new("Ray")})
	wantCode(t, err, caremux.ErrNotFound, clinik.CodeNotFound)
}

func TestValidation(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		path   string
		body   any
		status int
		code   string
		fields string
	}{
		"missing": {
			"/v1/assessments", map[string]any{"status": "completed"}, 422, clinik.CodeValidationError, "patientId summary",
		},
		"empty": {"/v1/patients", map[string]any{}, 422, clinik.CodeValidationError, "firstName lastName"},
		"unknown value": {"/v1/assessments", map[string]any{"status": "odd", "patientId": "pt_1", "summary": "s"},
			422, clinik.CodeValidationError, "status"},
		"type": {"/v1/patients", map[string]any{"firstName": 1, "lastName": "b"}, 422, clinik.CodeValidationError, "firstName"},
		"nested": {"/v1/patients", map[string]any{"firstName": "a", "lastName": "b", "languages": []any{map[string]any{}}},
			422, clinik.CodeValidationError, "languages[0].language"},
		"date": {"/v1/patients", map[string]any{"firstName": "a", "lastName": "b", "birthDate": "soon"},
			422, clinik.CodeValidationError, "birthDate"},
		"undocumented": {"/v1/patients", map[string]any{"firstName": "a", "lastName": "b", "colour": "red"},
			422, clinik.CodeValidationError, "colour"},
		"not JSON":         {"/v1/patients", []byte(`{`), 400, clinik.CodeInvalidJSON, ""},
		"query of a read":  {"/v1/patients?colour=red", nil, 400, clinik.CodeValidationError, ""},
		"unknown route":    {"/v1/colours", nil, 404, clinik.CodeNotFound, ""},
		"unknown resource": {"/v1/patients/pt_7", nil, 404, clinik.CodeNotFound, ""},
	} {
		t.Run(name, func(t *testing.T) {
			srv, _ := setup(t)
			method := "POST"
			if test.body == nil {
				method = "GET"
			}
			status, answer := send(t, srv, method, test.path, test.body, "X-Api-Key", srv.Key())
			var e struct {
				Error, Code, RequestID string
				Issues                 []struct{ Severity, Code, Diagnostics string }
			}
			if err := json.Unmarshal(answer, &e); err != nil {
				t.Fatal(err)
			}
			var fields []string
			for _, i := range e.Issues {
				field, _, _ := strings.Cut(i.Diagnostics, ":")
				fields = append(fields, field)
				if i.Severity != "error" || i.Code == "" {
					t.Errorf("issue %+v", i)
				}
			}
			if status != test.status || e.Code != test.code || e.RequestID == "" || e.Error == "" ||
				test.fields != "" && strings.Join(fields, " ") != test.fields {
				t.Errorf("%d %s", status, answer)
			}
			if want := 1; name != "unknown resource" && len(srv.Problems()) != want {
				t.Errorf("problems %v", srv.Problems())
			}
		})
	}
}

func TestValidationThroughTheClient(t *testing.T) {
	_, c := setup(t)
	_, err := c.Assessments.Create(t.Context(), &clinik.AssessmentCreate{PatientID: "pt_1", Status: "odd", Summary: "s"})
	wantCode(t, err, caremux.ErrInvalid, clinik.CodeValidationError)
	var issues *clinik.IssuesError
	if !errors.As(err, &issues) || len(issues.Issues) != 1 || issues.Issues[0].Diagnostics[:7] != "status:" ||
		issues.Issues[0].Field != "status" {
		t.Errorf("%v %+v", err, issues)
	}
	err = c.Do(t.Context(), "POST", "/v1/patients", nil, map[string]any{}, nil)
	if !errors.As(err, &issues) || issues.Error() != "2 issues: firstName, lastName" ||
		issues.Issues[0].Diagnostics != "firstName: Required" {
		t.Errorf("%v %+v", err, issues)
	}
}

func TestSearch(t *testing.T) {
	_, c := setup(t)
	for i, p := range []clinik.PatientCreate{
		{FirstName: "Ann", LastName: "Lee", Email: new("ann@example.com"), Gender: new(clinik.GenderFemale)},
		{FirstName: "Bob", LastName: "Annson", Email: new("bob@example.com"), Gender: new(clinik.GenderMale)},
		{FirstName: "Cy", LastName: "Ray", BirthDate: new(caremux.NewDate(1980, time.May, 4))},
	} {
		p := must(c.Patients.Create(t.Context(), &p))(t)
		for day := range 3 {
			must(c.Observations.Create(t.Context(), &clinik.ObservationCreate{
				PatientID: p.ID, Status: clinik.ObservationStatusFinal, Code: clinik.Coded("http://loinc.org", fmt.Sprint("85-", i), ""),
				EffectiveDateTime: new(caremux.NewTime(time.Date(2025, 1, 10*i+day+1, 12, 0, 0, 0, time.UTC))),
			}))(t)
		}
	}
	must(c.Conditions.Create(t.Context(), &clinik.ConditionCreate{
		PatientID: "pt_1", Code: new(clinik.Coded("http://hl7.org/fhir/sid/icd-10", "I10", "")),
	}))(t)
	must(c.Conditions.Create(t.Context(), &clinik.ConditionCreate{PatientID: "pt_1", Code: new(clinik.Text("i10"))}))(t)
	must(c.Conditions.Create(t.Context(), &clinik.ConditionCreate{PatientID: "pt_1", Code: new(clinik.Text("E11.9"))}))(t)
	must(c.Schedules.Create(t.Context(), &clinik.ScheduleCreate{ActorIDs: []string{"prac_1", "prac_2"}}))(t)
	day := func(d int) *caremux.Date { return new(caremux.NewDate(2025, time.January, d)) }
	patients := func(params *clinik.PatientsSearchParams) string {
		return names(t, must(c.Patients.Search(t.Context(), params))(t), func(p clinik.Patient) string { return p.FirstName })
	}
	observations := func(params *clinik.ObservationsSearchParams) string {
		return names(t, must(c.Observations.Search(t.Context(), params))(t), func(o clinik.Observation) string { return o.ID })
	}
	for name, test := range map[string]struct{ got, want string }{
		"all":            {patients(nil), "Ann Bob Cy"},
		"part of a name": {patients(&clinik.PatientsSearchParams{Name: new("ann")}), "Ann Bob"},
		"email":          {patients(&clinik.PatientsSearchParams{Email: new("BOB@example.com")}), "Bob"},
		"part of email":  {patients(&clinik.PatientsSearchParams{Email: new("bob")}), ""},
		"gender":         {patients(&clinik.PatientsSearchParams{Gender: new(clinik.GenderFemale)}), "Ann"},
		"day":            {patients(&clinik.PatientsSearchParams{BirthDate: new(caremux.NewDate(1980, time.May, 4))}), "Cy"},
		"patient":        {observations(&clinik.ObservationsSearchParams{PatientID: new("pt_2")}), "obs_4 obs_5 obs_6"},
		"from":           {observations(&clinik.ObservationsSearchParams{DateFrom: day(22)}), "obs_8 obs_9"},
		"to":             {observations(&clinik.ObservationsSearchParams{DateTo: day(2)}), "obs_1 obs_2"},
		"from and to":    {observations(&clinik.ObservationsSearchParams{DateFrom: day(3), DateTo: day(11)}), "obs_3 obs_4"},
		"status": {observations(&clinik.ObservationsSearchParams{
			Status: new(clinik.ObservationStatusFinal), PatientID: new("pt_1"), Sort: new("-date"),
		}), "obs_3 obs_2 obs_1"},
		"sort": {observations(&clinik.ObservationsSearchParams{Sort: new("-effectiveDateTime"), Count: new(2)}), "obs_9 obs_8"},
		"a code in any form": {names(t, must(c.Conditions.Search(t.Context(), &clinik.ConditionsSearchParams{Code: new("I10")}))(t),
			func(c clinik.Condition) string { return c.ID }), "cond_1 cond_2"},
		"one of a list": {names(t, must(c.Schedules.Search(t.Context(), &clinik.SchedulesSearchParams{ActorID: new("prac_2")}))(t),
			func(s clinik.Schedule) string { return s.ID }), "sched_1"},
		"no such member": {names(t, must(c.Medications.Search(t.Context(), &clinik.MedicationsSearchParams{PatientID: new("pt_1")}))(t),
			func(m clinik.Medication) string { return m.ID }), ""},
	} {
		if test.got != test.want {
			t.Errorf("%s: %q, want %q", name, test.got, test.want)
		}
	}
}

func names[T any](t *testing.T, page *caremux.Page[T], name func(T) string) string {
	t.Helper()
	var all []string
	for _, item := range page.Items {
		all = append(all, name(item))
	}
	return strings.Join(all, " ")
}

func TestCursors(t *testing.T) {
	srv, c := setup(t)
	ids := srv.AddPatients(250)
	var got []string
	for p, err := range c.Patients.SearchAll(t.Context(), &clinik.PatientsSearchParams{Count: new(100)}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p.ID)
	}
	if !reflect.DeepEqual(got, ids) || count(srv, "Patients.Search") != 3 {
		t.Errorf("%d patients with %d requests", len(got), count(srv, "Patients.Search"))
	}
	for name, test := range map[string]struct {
		query map[string]string
		items int
		first string
		next  string
	}{
		"default":           {nil, 20, "pt_1", "20"},
		"too many":          {map[string]string{"count": "1000"}, 100, "pt_1", "100"},
		"none":              {map[string]string{"count": "0"}, 20, "pt_1", "20"},
		"less":              {map[string]string{"count": "-1"}, 20, "pt_1", "20"},
		"no number":         {map[string]string{"count": "many"}, 20, "pt_1", "20"},
		"cursor":            {map[string]string{"cursor": "240"}, 10, "pt_241", ""},
		"the end":           {map[string]string{"cursor": "250"}, 0, "", ""},
		"beyond":            {map[string]string{"cursor": "999"}, 0, "", ""},
		"no cursor at all":  {map[string]string{"cursor": "abc"}, 20, "pt_1", "20"},
		"a negative cursor": {map[string]string{"cursor": "-5"}, 20, "pt_1", "20"},
	} {
		var opts []caremux.RequestOption
		for key, value := range test.query {
			opts = append(opts, caremux.WithQuery(key, value))
		}
		page := must(c.Patients.Search(t.Context(), nil, opts...))(t)
		first := ""
		if len(page.Items) > 0 {
			first = page.Items[0].ID
		}
		if len(page.Items) != test.items || first != test.first || rawCursor(page) != test.next || *page.Total != 250 {
			t.Errorf("%s: %d from %q, next %q", name, len(page.Items), first, rawCursor(page))
		}
	}
}

// rawCursor is the vendor's own, which the envelope of a page has.
func rawCursor(page *caremux.Page[clinik.Patient]) string {
	var body struct {
		Data struct {
			Cursor string `json:"cursor"`
		} `json:"data"`
	}
	_ = json.Unmarshal(page.RawJSON(), &body)
	return body.Data.Cursor
}

func TestSearchInsideRecords(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	send := func(path string, body map[string]any) {
		t.Helper()
		if err := c.Do(ctx, "POST", path, nil, body, nil); err != nil {
			t.Fatal(err, srv.Problems())
		}
	}
	for _, start := range []string{"2025-01-02T09:00:00Z", "", "2025-01-01T09:00:00Z"} {
		body := map[string]any{"status": "planned", "class": "AMB", "patientId": "pt_1"}
		if start != "" {
			body["period"] = map[string]any{"start": start}
		}
		send("/v1/encounters", body)
	}
	send("/v1/immunization-recommendations", map[string]any{"patientId": "pt_1", "date": "2025-01-01T09:00:00Z",
		"recommendation": []any{map[string]any{"vaccineCode": []string{"MMR"}, "targetDisease": "measles", "forecastStatus": "due"}}})
	send("/v1/persons", map[string]any{"firstName": "Ann", "lastName": "Lee", "active": false})
	send("/v1/persons", map[string]any{"firstName": "Bob", "lastName": "Lee"})
	for _, minutes := range []int{5, 30} {
		send("/v1/appointments", map[string]any{"status": "booked", "patientId": "pt_1", "minutesDuration": minutes})
	}
	for query, want := range map[string]string{
		"/v1/encounters?dateFrom=2025-01-01":                       "enc_1 enc_3",
		"/v1/encounters?dateFrom=2025-01-02":                       "enc_1",
		"/v1/encounters?sort=date":                                 "enc_2 enc_3 enc_1",
		"/v1/encounters?sort=-period.start":                        "enc_1 enc_3 enc_2",
		"/v1/immunization-recommendations?vaccineCode=MMR":         "immrec_1",
		"/v1/immunization-recommendations?targetDisease=influenza": "",
		"/v1/persons?name=lee":                                     "person_1 person_2",
		"/v1/appointments?sort=-minutesDuration":                   "appt_2 appt_1",
	} {
		var answer struct {
			Data struct{ Data []struct{ ID string } }
		}
		path, params, _ := strings.Cut(query, "?")
		name, value, _ := strings.Cut(params, "=")
		if err := c.Do(ctx, "GET", path, nil, nil, &answer, caremux.WithQuery(name, value)); err != nil {
			t.Errorf("%s: %v %v", query, err, srv.Problems())
			continue
		}
		var ids []string
		for _, row := range answer.Data.Data {
			ids = append(ids, row.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}
