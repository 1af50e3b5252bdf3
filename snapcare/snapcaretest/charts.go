package snapcaretest

import (
	"strconv"
	"time"

	"github.com/caremux/caremux/snapcare"
)

// AddConsultation adds a consultation of a patient with a clinician, and returns its id. People whom the server does not
// know end the test, or panic on a server of [Start].
func (s *Server) AddConsultation(patient, clinician Person, start time.Time, status snapcare.ConsultationStatusCode) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, c := s.personByID(patient.ID), s.personByID(clinician.ID)
	if p == nil || c == nil {
		s.core.Fatal("the patient or the clinician is not known")
	}
	id := s.newNumber()
	s.consultations = append(s.consultations, object{
		"consultationId": id, "patientId": p.Number, "patientName": p.name(),
		"assignedDoctorId": c.Number, "assignedDoctorName": c.name(),
		"consultationTimeInfo": instant(start), "createdDate": instant(s.clock.Now()), "updatedDate": instant(s.clock.Now()),
		"status": int(status), "encounterTypeCode": int(snapcare.EncounterTypeCodeVideo),
	})
	return id
}

func (s *Server) handleCharts() {
	s.profiles = map[int]object{}
	s.handle("Encounters_ListForHospital", func(c *call) (any, error) {
		patient, filtered := c.number("patientId")
		var found []object
		for _, row := range s.consultations {
			if !filtered || row["patientId"] == patient {
				found = append(found, row)
			}
		}
		return page(c, found, "skip", "take", func(row object) object { return row }), nil
	})
	s.handle("Patients_CreateMedicalProfile", func(c *call) (any, error) {
		profile := c.object()
		patient, _ := profile["patientId"].(float64)
		return s.keepProfile(int(patient), profile)
	})
	s.handle("Patients_ReplaceMedicalProfile", func(c *call) (any, error) {
		patient, _ := strconv.Atoi(c.Path["patientId"])
		return s.keepProfile(patient, c.object())
	})
	s.handle("Patients_GetMedicalProfile", func(c *call) (any, error) {
		patient, _ := strconv.Atoi(c.Path["patientId"])
		if s.personByNumber(patient, false) == nil {
			return nil, notFound("Patient")
		}
		profile := s.profiles[patient]
		if profile == nil {
			profile = object{"patientId": patient}
		}
		return listEnvelope(profile), nil
	})
}

func (s *Server) keepProfile(patient int, profile object) (any, error) {
	if s.personByNumber(patient, false) == nil {
		return nil, notFound("Patient")
	}
	profile["patientId"] = patient
	s.profiles[patient] = profile
	return listEnvelope(profile), nil
}
