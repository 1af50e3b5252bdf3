package ekacaretest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

func TestOnboarding(t *testing.T) {
	srv, c := before(t)
	ctx := t.Context()
	clinicID := must(c.OnboardingClinics.Create(ctx,
		&ekacare.OnboardingClinicCreate{Name: "Lake View", Address: "1 Lake Road", City: new("Pune"),
			PartnerID: new("c9"), Pincode: new("411001"), PartnerDoctorIDs: []string{"8423994"}}))(t).EkaID
	doctorID := must(c.OnboardingDoctors.Create(ctx,
		&ekacare.OnboardingDoctorCreate{Firstname: "Vikram", Lastname: "Sen", Gender: ekacare.GenderMale,
			Specialisations: []string{"Cardiology", "Medicine"}, PartnerID: new("d9"), ClinicIDs: []string{clinicID}}))(t).EkaID

	d := must(c.OnboardingDoctors.Get(ctx, doctorID))(t).Doctor
	if d.Firstname != "Vikram" || d.Specialisation != "Cardiology, Medicine" || len(d.Clinics) != 1 ||
		d.Clinics[0].Name != "Lake View" || d.PartnerID != "d9" {
		t.Errorf("%+v", d)
	}
	must(c.OnboardingDoctors.Update(ctx, doctorID, &ekacare.OnboardingDoctorUpdate{
		PartnerClinicIDs: []string{"642783", "c9"}, Lastname: new("Das"),
	}))(t)
	if d := must(c.OnboardingDoctors.Get(ctx, doctorID))(t).Doctor; len(d.Clinics) != 2 || d.Lastname != "Das" || d.Firstname != "Vikram" {
		t.Errorf("%+v", d)
	}
	if k := must(c.OnboardingClinics.Get(ctx, clinicID))(t).Clinic; len(k.Doctors) != 2 || k.Pincode != "411001" {
		t.Errorf("%+v", k)
	}
	must(c.OnboardingClinics.Update(ctx, clinicID, &ekacare.OnboardingClinicUpdate{Name: new("Lake Side")}))(t)
	if k := must(c.Clinics.Get(ctx, clinicID))(t).Data.Clinic; k.Name != "Lake Side" || k.Address.City != "Pune" {
		t.Errorf("%+v", k)
	}
	if page := must(c.OnboardingDoctors.List(ctx))(t); len(page.Items) != 2 {
		t.Errorf("%v", page.Items)
	}
	if page := must(c.OnboardingClinics.List(ctx))(t); len(page.Items) != 2 {
		t.Errorf("%v", page.Items)
	}
	// The new doctor can be booked at once.
	at := seedBooking()
	at.PartnerDoctorID, at.PartnerClinicID = new("d9"), new("c9")
	must(c.Appointments.Book(ctx, at))(t)

	must(c.OnboardingDoctors.Delete(ctx, doctorID))(t)
	must(c.OnboardingClinics.Delete(ctx, clinicID))(t)
	for name, err := range map[string]error{
		"doctor": func() error { _, err := c.OnboardingDoctors.Get(ctx, doctorID); return err }(),
		"clinic": func() error { _, err := c.OnboardingClinics.Get(ctx, clinicID); return err }(),
		"again":  func() error { _, err := c.OnboardingDoctors.Delete(ctx, doctorID); return err }(),
		"read":   func() error { _, err := c.Doctors.Get(ctx, doctorID); return err }(),
	} {
		if !errors.Is(err, caremux.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	entities := must(c.Business.ListEntities(ctx))(t).Data
	if len(entities.Doctors) != 1 || len(entities.Clinics) != 1 || entities.Clinics[0].Doctors[0] != srv.Doctor().ID {
		t.Errorf("%+v", entities)
	}
	if n := len(srv.Writes()); n != 8 { // the booking made a patient too
		t.Errorf("%d writes: %s", n, writes(srv))
	}
}

func TestOnboardingThatIsRefusedNamesTheField(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	for field, create := range map[string]*ekacare.OnboardingDoctorCreate{
		"clinic_ids":         {ClinicIDs: []string{"x"}},
		"partner_clinic_ids": {PartnerClinicIDs: []string{""}},
		"partner_id":         {PartnerID: new("8423994")},
	} {
		create.Firstname, create.Lastname, create.Gender = "A", "B", ekacare.GenderFemale
		_, err := c.OnboardingDoctors.Create(ctx, create)
		var fields *ekacare.FieldErrors
		if !errors.As(err, &fields) || len(fields.Fields) != 1 || fields.Fields[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	both := object{"firstname": "A", "lastname": "B", "gender": "F", "clinic_ids": []string{srv.Clinic().ID},
		"partner_clinic_ids": []string{"642783"}}
	if status, text := send(t, srv, "POST", "/cdr/v1/doctor/", both, "Auth", srv.LongLivedToken()); status != 400 ||
		!strings.Contains(text, `"field":["partner_clinic_ids"]`) {
		t.Errorf("%d %s", status, text)
	}
	_, err := c.OnboardingClinics.Update(ctx, srv.Clinic().ID, &ekacare.OnboardingClinicUpdate{
		DoctorIDs: []string{"x"}, Name: new("Other"),
	})
	if !errors.Is(err, caremux.ErrInvalid) || srv.Clinic().Name == "Other" || len(srv.Writes()) > 0 {
		t.Errorf("%v, %+v, %v", err, srv.Clinic(), srv.Writes())
	}
}

func TestProfileOfADoctor(t *testing.T) {
	srv, c := setup(t)
	d := must(c.Doctors.Get(t.Context(), srv.Doctor().ID))(t)
	if d.Profile.Personal.FirstName != "Asha" || d.Profile.Professional.DefaultClinic != srv.Clinic().ID ||
		len(d.Profile.Professional.Clinics) != 1 {
		t.Errorf("%s", d.RawJSON())
	}
	if page := must(c.Doctors.ListServices(t.Context(), srv.Doctor().ID))(t); len(page.Items) != 1 {
		t.Errorf("%v", page.Items)
	}
	// the form is not documented
	if list, err := c.Doctors.ListClinics(t.Context(), srv.Doctor().ID); err != nil || len(list.Extra()) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}
