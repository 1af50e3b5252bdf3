// Package snapfhir maps the records of SnapMD's Connected Care to FHIR R4 and back, and reads a hospital as a
// [fhir.Source].
//
//	m := snapfhir.Mapping{Host: snapcare.SandboxHost, HospitalID: 126, Zone: newYork}
//	source, err := snapfhir.NewSource(client, m)
//	if err != nil {
//		return err
//	}
//	for a, err := range source.Appointments(ctx, fhir.Query{From: monday, To: monday.AddDate(0, 0, 7)}) {
//		…
//	}
//
// # Resources
//
// A patient of the hospital becomes a Patient, a clinician a Practitioner, an appointment an Appointment, and a
// consultation an Encounter. The conditions, medications and allergies of a medical profile become Conditions,
// MedicationStatements and AllergyIntolerances. Lists of patients have no birth date. Codes are translated by the
// tables in codes.tsv; see fhir/SOURCES.md.
//
// People have two ids: a number, which the lists filter by and which is in the ids of resources, and the GUID of the
// person, which bookings need. Resources have both as identifiers; a reference to a person has the number in Reference
// and the GUID in Identifier, see [Mapping.PatientReference].
//
// # Mapping without loss
//
// Data that FHIR has no field for is in extensions whose URLs end in the vendor's field. The functions that return a
// record return the vendor's JSON with all its fields, except that FHIR cannot distinguish an absent field from null. A
// field of the resource that was edited in between overrides the vendor's. A code without an equivalent in FHIR is
// listed by [fhir.Mismatch].
//
// The functions that return the body of a call return a *caremux.ArgumentError for an element that the call cannot
// send.
package snapfhir
