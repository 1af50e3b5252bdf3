package welkintest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

func TestPatients(t *testing.T) {
	_, c := setup(t)
	ctx := t.Context()
	p := must(c.Patients.Create(ctx, &welkin.PatientCreate{
		FirstName: "Charlie", LastName: "Taylor", BirthDate: new(caremux.NewDate(2012, time.March, 12)), Email: new("c@example.com"),
		ExternalID: new("ext"), ExternalGUID: new("guid"), MRN: new("mrn"), CareTeam: []welkin.CareTeamMemberInput{{ID: "u1"}, {ID: "u2"}},
	}))(t)
	if p.ID == "" || p.BirthDate.Text() != "2012-03-12T00:00:00.000Z" || !p.CreatedAt.Known() {
		t.Errorf("created %+v", p)
	}
	if contact := p.CareTeam[0].PointOfContact; contact == nil || !*contact {
		t.Error("the first of the care team is not the point of contact")
	}
	if !bytes.Contains(p.RawJSON(), []byte(`"middleName":null`)) {
		t.Errorf("unset fields are not null: %s", p.RawJSON())
	}
	for kind, key := range map[welkin.PatientIDType]string{"": p.ID, "EID": "ext", "EGUID": "guid", "MRN": "mrn"} {
		params := &welkin.PatientsGetParams{}
		if kind != "" {
			params.Type = &kind
		}
		if got := must(c.Patients.Get(ctx, key, params))(t); got.ID != p.ID {
			t.Errorf("%s %s gives %s", kind, key, got.ID)
		}
	}
	changed := must(c.Patients.Update(ctx, p.ID, &welkin.PatientUpdate{LastName: new("Chaplin")}))(t)
	if changed.FirstName != "Charlie" || changed.LastName != "Chaplin" {
		t.Errorf("changed %+v", changed)
	}
	for name, filter := range map[string]welkin.PatientFilter{"one": {"lastName": "Chaplin"}, "none": {"lastName": "Taylor"}} {
		page, err := c.Patients.Search(ctx, nil, filter)
		if err != nil || (len(page.Items) == 1) != (name == "one") {
			t.Errorf("search for %s: %v, %v", name, page, err)
		}
	}
	if err := c.Patients.Delete(ctx, p.ID); err != nil {
		t.Error(err)
	}
	_, err := c.Patients.Get(ctx, p.ID, nil)
	wantCode(t, err, caremux.ErrNotFound, "PATIENT_NOT_FOUND")
	_, err = c.Patients.Update(ctx, p.ID, &welkin.PatientUpdate{})
	wantCode(t, err, caremux.ErrNotFound, "PATIENT_NOT_FOUND")
	wantCode(t, c.Patients.Delete(ctx, p.ID), caremux.ErrNotFound, "PATIENT_NOT_FOUND")
}

func TestPatientPages(t *testing.T) {
	srv, c := setup(t)
	ids := srv.AddPatients(45)
	seen := 0
	for p, err := range c.Patients.All(t.Context(), &welkin.PatientsListParams{Size: new(20)}) {
		if err != nil {
			t.Fatal(err)
		}
		if p.ID != ids[seen] || p.LastName != fmt.Sprintf("%04d", seen+1) {
			t.Errorf("patient %d is %s %s", seen, p.FirstName, p.LastName)
		}
		seen++
	}
	if seen != 45 || count(srv, "Patients.List") != 3 {
		t.Errorf("%d patients on %d pages", seen, count(srv, "Patients.List"))
	}
	page := must(c.Patients.List(t.Context(), &welkin.PatientsListParams{Page: new(2), Sort: new("lastName,desc")}))(t)
	if len(page.Items) != 5 || page.Items[0].LastName != "0005" || page.HasNext() || *page.Total != 45 {
		t.Errorf("last page backwards: %d items, first %s", len(page.Items), page.Items[0].LastName)
	}
	var envelope map[string]any
	if err := json.Unmarshal(page.RawJSON(), &envelope); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"content", "pageable", "first", "last", "totalPages", "totalElements", "size",
		"number", "sort", "numberOfElements", "empty"} {
		if _, ok := envelope[name]; !ok {
			t.Errorf("the envelope lacks %s", name)
		}
	}
}

func TestPatientFilters(t *testing.T) {
	srv, c := setup(t)
	srv.AddPatients(3)
	must(c.Patients.Create(t.Context(), &welkin.PatientCreate{FirstName: "No", LastName: "Zone"}))(t)
	for name, test := range map[string]struct {
		params welkin.PatientsListParams
		want   int
	}{
		"email":      {welkin.PatientsListParams{Email: new("PATIENT.0002@example.com")}, 1},
		"query":      {welkin.PatientsListParams{Query: new("patient")}, 3},
		"phone":      {welkin.PatientsListParams{Query: new("5550003")}, 1},
		"no zone":    {welkin.PatientsListParams{Timezone: new("")}, 1},
		"a zone":     {welkin.PatientsListParams{Timezone: new("America/Los_Angeles")}, 3},
		"other zone": {welkin.PatientsListParams{Timezone: new("Asia/Tokyo")}, 0},
	} {
		page := must(c.Patients.List(t.Context(), &test.params))(t)
		if len(page.Items) != test.want {
			t.Errorf("%s: %d patients, want %d", name, len(page.Items), test.want)
		}
	}
}
