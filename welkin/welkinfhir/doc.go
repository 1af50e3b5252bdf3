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
// # Resources
//
// A patient becomes a Patient, a user (PSM) a Practitioner, a calendar event an Appointment unless it is a leave, an
// encounter an Encounter, a document summary a DocumentReference, and a care plan with its goals a CarePlan. Codes are
// translated by the tables in codes.tsv; see fhir/SOURCES.md.
//
// Ids of resources are the vendor's, with a prefix, as FHIR's ids have no other characters than letters, digits, dashes
// and dots. Identifier has the vendor's id as it is, with a system that names tenant and instance, and Meta.Source the
// record.
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
package welkinfhir
