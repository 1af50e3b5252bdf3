package welkintest_test

import (
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

type vitals struct {
	BloodSugar int    `json:"blood_sugar,omitzero"`
	Note       string `json:"note,omitzero"`
}

func TestCDTs(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	patient := srv.AddPatients(1)[0]
	records := welkin.CDTRecords[vitals](c, "vitals")
	r, err := records.Create(ctx, patient, &vitals{BloodSugar: 196, Note: "fasting"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Fields.BloodSugar != 196 || r.CDTName != "vitals" || *r.Version != 1 || r.JSONBody.ID != r.ID ||
		r.JSONBody.CreatedByName != "API_CLIENT:WELKINTEST" || !r.JSONBody.CreatedAt.Known() || r.PatientID != patient {
		t.Errorf("created %s", r.RawJSON())
	}
	if r, err = records.Update(ctx, patient, r.ID, &vitals{BloodSugar: 200}); err != nil ||
		r.Fields != (vitals{200, "fasting"}) || *r.Version != 2 {
		t.Errorf("updated %+v, %v", r, err)
	}
	if r, err = records.Get(ctx, patient, r.ID); err != nil || r.Fields.BloodSugar != 200 {
		t.Errorf("got %+v, %v", r, err)
	}
	if err := records.Delete(ctx, patient, r.ID); err != nil {
		t.Error(err)
	}
	_, err = records.Get(ctx, patient, r.ID)
	wantCode(t, err, caremux.ErrNotFound, "CDT_RECORD_NOT_FOUND")
	_, err = records.Create(ctx, "unknown", &vitals{})
	wantCode(t, err, caremux.ErrNotFound, "PATIENT_NOT_FOUND")
}

func TestCDTLists(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	patient := srv.AddPatients(1)[0]
	for i := range 5 {
		must(c.CDTs.Create(ctx, patient, "vitals", welkin.CDTRecordInput{"blood_sugar": i, "note": "n"}))(t)
		must(c.CDTs.Create(ctx, patient, "other", welkin.CDTRecordInput{"blood_sugar": i}))(t)
	}
	for name, test := range map[string]struct {
		params welkin.CDTsListParams
		want   int
	}{
		"all":       {welkin.CDTsListParams{}, 5},
		"filter":    {welkin.CDTsListParams{Filters: new("blood_sugar=1,3,9")}, 2},
		"from now":  {welkin.CDTsListParams{DateStart: new(at(1, 0))}, 0},
		"until now": {welkin.CDTsListParams{DateStart: new(at(-1, 0)), DateEnd: new(at(1, 0))}, 5},
	} {
		n := 0
		for _, err := range c.CDTs.All(ctx, patient, "vitals", &test.params) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != test.want {
			t.Errorf("%s: %d records, want %d", name, n, test.want)
		}
	}
	page := must(c.CDTs.List(ctx, patient, "vitals", &welkin.CDTsListParams{
		Fields: []string{"blood_sugar"}, Size: new(2), Sort: new("blood_sugar,desc"),
	}))(t)
	if !page.HasNext() || string(page.Items[0].JSONBody.Extra()["blood_sugar"]) != "4" || page.Items[0].JSONBody.Extra()["note"] != nil {
		t.Errorf("page %s", page.RawJSON())
	}
	_, err := c.CDTs.List(ctx, patient, "vitals", &welkin.CDTsListParams{Filters: new("blood_sugar")})
	wantCode(t, err, caremux.ErrInvalid, "INVALID_FILTER")
}

func TestCDTBulkUpdate(t *testing.T) {
	srv, c := setup(t)
	patient := srv.AddPatients(1)[0]
	r := must(c.CDTs.Create(t.Context(), patient, "vitals", welkin.CDTRecordInput{"note": "old"}))(t)
	result := must(c.CDTs.BulkUpdate(t.Context(), patient, "vitals", &welkin.CDTBulkUpdate{
		Rows: []welkin.CDTBulkUpdateRow{
			{ID: r.ID, JSONBody: map[string]any{"note": "new"}},
			{ID: "unknown", JSONBody: map[string]any{"note": "new"}},
		},
	}))(t)
	if result.Rows[0].Result.Status != "OK" || result.Rows[1].Result.Status == "OK" {
		t.Errorf("result %s", result.RawJSON())
	}
	r = must(c.CDTs.Get(t.Context(), patient, "vitals", r.ID))(t)
	if string(r.JSONBody.Extra()["note"]) != `"new"` {
		t.Errorf("record %s", r.RawJSON())
	}
}
