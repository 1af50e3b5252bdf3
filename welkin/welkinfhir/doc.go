// Package welkinfhir maps Welkin's records to FHIR R4 and back, and reads a Welkin instance as a [fhir.Source].
//
//	m := welkinfhir.Mapping{Tenant: "gh", Instance: "sb-demo"}
//	source, err := welkinfhir.NewSource(client, m)
//	if err != nil {
//		return err
//	}
//	for a, err := range source.Appointments(ctx, fhir.Query{From: monday, To: monday.AddDate(0, 0, 7)}) {
//		…
//	}
//
// # What becomes what
//
// A patient becomes a Patient, a user (PSM) a Practitioner, a calendar event an Appointment unless it is a leave, an
// encounter an Encounter, a document summary a DocumentReference, and a care plan with its goals a CarePlan. Codes are translated by the tables in codes.tsv; see fhir/SOURCES.md.
//
// Ids of resources are the vendor's, with a prefix, as FHIR's ids have no other characters than letters, digits, dashes
// and dots. Identifier has the vendor's id as it is, with a system that names tenant and instance, and Meta.Source the
// record.
//
// # Nothing is lost
//
// What FHIR has no place for is in extensions whose URLs end in the vendor's field, and the functions that lead back to
// a record return the vendor's JSON with all its fields, absent ones and null apart, which FHIR cannot tell from each
// other. If a field of the resource was edited in between, the edit wins. A code without an equivalent in FHIR is
// listed by [fhir.Mismatch].
//
// The functions that make the body of a call refuse a resource with an element that the call cannot send, and name it.
package welkinfhir
