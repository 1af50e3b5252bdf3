package ekacaretest

import (
	"github.com/caremux/caremux/ekacare"
)

// AddPrescription adds the prescription of an appointment, which then names it, and returns its id. An appointment that
// the server does not know ends the test, or panics on a server of [Start].
func (s *Server) AddPrescription(appointmentID string, entries ...ekacare.PrescriptionDetail) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.visits.find(appointmentID, false)
	if a == nil {
		s.core.Fatal("there is no appointment " + appointmentID)
	}
	a.prescription, a.entries = s.newID("prescription"), entries
	return a.prescription
}

func (s *Server) handlePrescriptions() {
	s.handle("Prescriptions_Get", func(c *call) (any, error) {
		for _, a := range s.visits.appointments {
			if id := c.Path["prescription_id"]; id != "" && a.prescription == id {
				return object{
					"prescription_id": id, "appointment_id": a.id, "partner_appointment_id": a.partnerID,
					"doctor_id": a.doctor.ID, "partner_doctor_id": a.doctor.PartnerID,
					"clinic_id": a.clinic.ID, "partner_clinic_id": a.clinic.PartnerID,
					"patient_id": a.patient.id, "partner_patient_id": a.patient.partnerID,
					"prescription_details": a.entries,
				}, nil
			}
		}
		return nil, unknown("Prescription")
	})
}
