package fhir

// AppointmentModeURL is the URL of the extension that says how the participants of an appointment meet, for which R4
// has no field. Its value is a Coding of HL7's ParticipationMode: PHYSICAL, PHONE, VIDEOCONF, REMOTE, ONLINEWRIT.
const AppointmentModeURL = OriginURL + "appointment-mode"

// AppointmentMode returns the code of the extension, empty if the appointment has none.
func AppointmentMode(a *Appointment) string {
	for i := range a.Extension {
		if x := &a.Extension[i]; x.URL == AppointmentModeURL && x.ValueCoding != nil {
			return x.ValueCoding.Code
		}
	}
	return ""
}
