package demo

import (
	"bytes"
	"context"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
	"github.com/caremux/caremux/welkin"
)

// The charts of the patients: a little of whatever a system has.

func (s *Systems) chartEka(asha ekacaretest.Patient, appointment string, at time.Time) {
	coding := func(code, display string) *ekacare.PrescriptionCoding {
		return &ekacare.PrescriptionCoding{Code: code, Display: display}
	}
	s.Eka.AddRecord(asha.ID, ekacare.DocumentTypeLabReport, at)
	s.Eka.AddPrescription(appointment,
		ekacare.PrescriptionDetail{
			ResourceType: ekacare.PrescriptionResourceTypeMedicationRequest,
			MedName:      "Paracetamol 500 mg", Status: "active", Intent: "order",
			Dose:              &ekacare.PrescriptionDose{Value: new(1.0), Unit: "tablet"},
			DosageInstruction: &ekacare.PrescriptionDosage{Frequency: "2", Period: "1", PeriodUnit: "d"},
		},
		ekacare.PrescriptionDetail{
			ResourceType: ekacare.PrescriptionResourceTypeCondition,
			Condition:    coding("c-1", "Fever"), ClinicalStatus: coding("active", "Active"),
		},
		ekacare.PrescriptionDetail{
			ResourceType: ekacare.PrescriptionResourceTypeVitals,
			Observation:  coding("v-1", "Body temperature"), Status: "final",
			ValueQuantity: &ekacare.PrescriptionQuantity{Value: new(38.5), Unit: "°C"},
		},
		ekacare.PrescriptionDetail{ResourceType: ekacare.PrescriptionResourceTypeAdvices, Advices: "Rest"},
	)
}

func chartWelkin(ctx context.Context, c *welkin.Client, patient string) error {
	_, err := c.Encounters.Create(ctx, patient, &welkin.EncounterCreate{Title: new("First visit")})
	if err != nil {
		return err
	}
	summary, err := c.Documents.CreateSummary(ctx, patient, &welkin.DocumentSummaryCreate{Type: new("consent")})
	if err != nil {
		return err
	}
	_, err = c.Documents.UploadFiles(ctx, patient, summary.ID, &welkin.DocumentFilesUpload{
		Files: []caremux.File{{
			Name: "consent.pdf", ContentType: "application/pdf", Content: bytes.NewReader([]byte("%PDF-1.7")),
		}},
	})
	if err != nil {
		return err
	}
	if _, err = c.CarePlans.CreateOverview(ctx, patient, &welkin.CarePlanOverviewCreate{Overview: "Walk more"}); err != nil {
		return err
	}
	_, err = c.CarePlans.CreateGoal(ctx, patient, &welkin.GoalCreate{GoalTemplateName: "Walk half an hour a day"})
	return err
}

func chartClinik(ctx context.Context, c *clinik.Client, patient string) error {
	mei := &fhir.Reference{Reference: "Patient/" + patient}
	penicillin := &fhir.CodeableConcept{Text: "Penicillin"}
	if _, err := clinikfhir.Resources[*fhir.Condition](c).Create(ctx, &fhir.Condition{
		Subject: mei, Code: &fhir.CodeableConcept{Text: "Asthma"},
	}); err != nil {
		return err
	}
	if _, err := clinikfhir.Resources[*fhir.MedicationStatement](c).Create(ctx, &fhir.MedicationStatement{
		Subject: mei, Status: fhir.MedicationStatementStatusActive,
		MedicationCodeableConcept: &fhir.CodeableConcept{Text: "Salbutamol"},
	}); err != nil {
		return err
	}
	_, err := clinikfhir.Resources[*fhir.AllergyIntolerance](c).Create(ctx, &fhir.AllergyIntolerance{Patient: mei, Code: penicillin,
		ClinicalStatus: &fhir.CodeableConcept{Coding: []fhir.Coding{{
			System: "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", Code: "active",
		}}},
	})
	return err
}

func (s *Systems) chartSnapcare(
	ctx context.Context, c *snapcare.Client, patient, clinician snapcaretest.Person, at time.Time,
) error {
	s.Snapcare.AddConsultation(patient, clinician, at, snapcare.ConsultationStatusCodeEnded)
	_, err := c.Patients.CreateMedicalProfile(ctx, &snapcare.MedicalProfileCreate{
		PatientID:         &patient.Number,
		MedicalConditions: []snapcare.CustomCodeInput{{Code: new(11), Description: new("Diabetes")}},
		Medications:       []snapcare.CustomCodeInput{{Code: new(21), Description: new("Metformin")}},
		MedicationAllergies: []snapcare.PatientAllergyInput{{
			Code: new(31), Description: new("Penicillin"), CriticalityID: new(snapcare.AllergyCriticalityCodeHigh),
			CategoryID: new(snapcare.AllergyCategoryCodeMedication), RecordedDate: new(caremux.NewTime(at)),
		}},
	})
	return err
}
