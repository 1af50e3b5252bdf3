package snapcare

// PatientParticipant returns the patient of an appointment, who must come.
func PatientParticipant(personID string) AppointmentParticipantInput {
	return participant(personID, ParticipantTypeCodePatient)
}

// ClinicianParticipant returns the clinician of an appointment, who must come.
func ClinicianParticipant(personID string) AppointmentParticipantInput {
	return participant(personID, ParticipantTypeCodePractitioner)
}

func participant(personID string, code ParticipantTypeCode) AppointmentParticipantInput {
	return AppointmentParticipantInput{
		PersonID:            personID,
		AttendanceCode:      new(AttendanceCodeRequired),
		ParticipantTypeCode: new(code),
	}
}
