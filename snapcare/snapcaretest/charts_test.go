package snapcaretest_test

import (
	"testing"
	"time"

	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
)

func TestMedicalProfileIsKeptForItsPatient(t *testing.T) {
	srv := snapcaretest.NewServer(t)
	c := srv.Client()
	ann, bob := srv.AddPatient("Ann", "A"), srv.AddPatient("Bob", "B")
	if _, err := c.Patients.CreateMedicalProfile(t.Context(), &snapcare.MedicalProfileCreate{
		PatientID: &ann.Number, Medications: []snapcare.CustomCodeInput{{Code: new(7), Description: new("Aspirin")}},
	}); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[int]int{ann.Number: 1, bob.Number: 0} {
		p, err := c.Patients.GetMedicalProfile(t.Context(), who)
		if err != nil || len(p.Medications) != want || p.PatientID == nil || *p.PatientID != who {
			t.Errorf("%+v, %v", p, err)
		}
	}
}

func TestConsultationsAreListedByPatient(t *testing.T) {
	srv := snapcaretest.NewServer(t)
	ann, bob := srv.AddPatient("Ann", "A"), srv.AddPatient("Bob", "B")
	id := srv.AddConsultation(ann, srv.Clinician(), time.Now(), snapcare.ConsultationStatusCodeEnded)
	srv.AddConsultation(bob, srv.Clinician(), time.Now(), snapcare.ConsultationStatusCodeEnded)
	page, err := srv.Client().Encounters.ListForHospital(t.Context(), &snapcare.EncountersListForHospitalParams{PatientID: &ann.Number})
	if err != nil || len(page.Items) != 1 || *page.Items[0].ConsultationID != id {
		t.Errorf("%+v, %v", page, err)
	}
}
