//lint:file-ignore SA1019 the server answers the older calls too

package ekacaretest_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

func TestPatientsOfTheOlderAPI(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	srv.SetNow(time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC))
	body := &ekacare.PatientCreate{FirstName: "Ravi", LastName: new("Nair"), Gender: ekacare.GenderMale, Age: new(40),
		PartnerPatientID: new("55"), Mobile: new("+919811111111")}
	id := must(c.Patients.Create(ctx, body))(t).PatientID
	p := must(c.Patients.Get(ctx, id))(t)
	if p.DateOfBirth != caremux.NewDate(1986, time.January, 1) || p.PartnerPatientID != "55" || !p.CreatedAt.Equal(srv.Now()) {
		t.Errorf("%s", p.RawJSON())
	}
	_, err := c.Patients.Create(ctx, body)
	if refused(t, err, 409, "PATIENT_EXISTS"); !errors.Is(err, caremux.ErrConflict) {
		t.Error(err)
	}
	must(c.Patients.Update(ctx, "55", &ekacare.PatientsUpdateParams{PartnerID: partner}, &ekacare.PatientUpdate{LastName: new("Menon"),
		PartnerMeta: map[string]any{"ward": "3"}}))(t)
	if p := must(c.Patients.Get(ctx, id))(t); p.LastName != "Menon" || p.FirstName != "Ravi" || p.PartnerMeta["ward"] != "3" {
		t.Errorf("%s", p.RawJSON())
	}
	found := must(c.Patients.SearchByMobile(ctx, &ekacare.PatientsSearchByMobileParams{Mobile: "9811111111"}))(t)
	if len(found.Data.Profiles) != 1 || found.Data.Profiles[0].PatientProfile.LastName != "Menon" {
		t.Errorf("%s", found.RawJSON())
	}
	for name, err := range map[string]error{
		"get":    func() error { _, err := c.Patients.Get(ctx, "x"); return err }(),
		"update": func() error { _, err := c.Patients.Update(ctx, "55", nil, nil); return err }(), // ours, said to be Eka's
		"search": func() error {
			_, err := c.Patients.SearchByMobile(ctx, &ekacare.PatientsSearchByMobileParams{Mobile: "9811111112"})
			return err
		}(),
	} {
		if !errors.Is(err, caremux.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := writes(srv); got != "Patients.Create Patients.Update" {
		t.Errorf("ledger %s", got)
	}
}

func TestDirectory(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	oid := must(c.PatientDirectory.Create(ctx,
		&ekacare.DirectoryPatientCreate{FirstName: new("Ravi"), LastName: new("Nair"), Gender: ekacare.GenderMale,
			DateOfBirth: caremux.NewDate(1986, time.May, 2), Mobile: new("+919811111111"),
			Email: new("Ravi@Example.com"), Username: new("ravi7")}))(t).OID
	p := must(c.PatientDirectory.Get(ctx, oid))(t)
	if p.FirstName != "ravi" || p.FullName != "ravi nair" || p.Email != "ravi@example.com" ||
		p.DateOfBirth != caremux.NewDate(1986, time.May, 2) || p.Username != "ravi7" {
		t.Errorf("%s", p.RawJSON())
	}
	if old := must(c.Patients.Get(ctx, oid))(t); old.FirstName != "ravi" {
		t.Errorf("%s", old.RawJSON())
	}
	must(c.PatientDirectory.Update(ctx, oid, &ekacare.DirectoryPatientUpdate{Mobile: new("+919822222222")}))(t)
	if p := must(c.PatientDirectory.Get(ctx, oid))(t); p.FullName != "ravi nair" || p.Mobile != "+919822222222" {
		t.Errorf("%s", p.RawJSON())
	}
	must(c.PatientDirectory.Update(ctx, oid, &ekacare.DirectoryPatientUpdate{FullName: new("Ravi K Nair")}))(t)
	if p := must(c.PatientDirectory.Get(ctx, oid))(t); p.FullName != "ravi k nair" || p.FirstName != "" {
		t.Errorf("%s", p.RawJSON())
	}
	for _, prefix := range []string{"RAVI K", "982222", "+91982", "ravi7"} {
		if page := must(c.PatientDirectory.Search(ctx, &ekacare.PatientDirectorySearchParams{Prefix: prefix}))(t); len(page.Items) != 1 ||
			page.Items[0].OID != oid {
			t.Errorf("%s: %v", prefix, page.Items)
		}
	}
	if page := must(c.PatientDirectory.ListByMobile(ctx,
		&ekacare.PatientDirectoryListByMobileParams{Mobile: "+919822222222"}))(t); len(page.Items) != 1 {
		t.Errorf("%v", page.Items)
	}
	if page := must(c.PatientDirectory.ListByUsername(ctx, "ravi7",
		&ekacare.PatientDirectoryListByUsernameParams{Flatten: true}))(t); len(page.Items) != 1 {
		t.Errorf("%v", page.Items)
	}
	_, err := c.PatientDirectory.Update(ctx, srv.Patient().ID, &ekacare.DirectoryPatientUpdate{Username: new("ravi7")})
	refused(t, err, 400, ekacare.CodeBadRequest)
	must(c.PatientDirectory.Archive(ctx, oid, nil))(t)
	if page := must(c.PatientDirectory.Search(ctx, &ekacare.PatientDirectorySearchParams{Prefix: "ravi"}))(t); len(page.Items) != 0 {
		t.Errorf("%v", page.Items)
	}
	for archived, want := range map[bool]int{true: 2, false: 1} {
		page := must(c.PatientDirectory.List(ctx, &ekacare.PatientDirectoryListParams{
			PageNo: 1, Archived: new(archived), Select: new("dob,gen"),
		}))(t)
		if len(page.Items) != want || !page.Items[0].DateOfBirth.Known() || !page.Items[0].CreatedAt.IsZero() {
			t.Errorf("archived %v: %v", archived, page.Items)
		}
	}
	if _, err := c.PatientDirectory.Get(ctx, "x"); !errors.Is(err, caremux.ErrNotFound) {
		t.Error(err)
	}
	want := "PatientDirectory.Create PatientDirectory.Update PatientDirectory.Update PatientDirectory.Archive"
	if got := writes(srv); got != want {
		t.Errorf("ledger %s", got)
	}
}

func TestPagesOfTheDirectory(t *testing.T) {
	srv, c := setup(t)
	start := time.Date(2025, time.June, 1, 0, 0, 0, 0, time.UTC)
	srv.SetNow(start)
	for i := range 25 {
		srv.Advance(time.Minute)
		srv.AddPatient("Many", fmt.Sprint(i), "", "")
	}
	n := 0
	for _, err := range c.PatientDirectory.All(t.Context(), &ekacare.PatientDirectoryListParams{
		PageNo: 1, PageSize: new(10), CreatedAfter: new(ekacare.NewEpochSeconds(start.Add(5 * time.Minute))),
	}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 21 || count(srv, "PatientDirectory.List") != 3 { // the server's own patient was made today
		t.Errorf("%d patients on %d pages", n, count(srv, "PatientDirectory.List"))
	}
}
