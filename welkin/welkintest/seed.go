package welkintest

import "fmt"

// AddPatients adds n patients, named "Patient 0001" and so on, and returns their ids.
func (s *Server) AddPatients(n int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, n)
	for i := range ids {
		number := fmt.Sprintf("%04d", len(s.patients.rows)+1)
		row := s.patients.add(s.newPatient(object{
			"firstName": "Patient", "lastName": number, "email": "patient." + number + "@example.com", "phone": "+1555555" + number,
			"birthDate": "1980-01-01T00:00:00.000Z", "timezone": "America/Los_Angeles",
		}))
		ids[i] = str(row, "id")
	}
	return ids
}

// AddChatMessages adds n messages from a patient to the patient's chat, "Message 0001" and so on.
func (s *Server) AddChatMessages(patientID string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := len(s.messages.where(func(m object) bool { return m["patientId"] == patientID }))
	for i := range n {
		s.addMessage(patientID, fmt.Sprintf("Message %04d", count+i+1))
	}
}
