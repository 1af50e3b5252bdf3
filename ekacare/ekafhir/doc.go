// Package ekafhir decodes the FHIR documents of Eka Care into the types of package fhir: reports that were parsed,
// scribe notes, the bundles of care contexts, and the health records that ABDM exchanges.
//
//	document, err := c.Records.Parse(ctx, params, report, nil) // c is an *ekacare.Client
//	if err != nil {
//		return err
//	}
//	bundle, err := ekafhir.Bundle(document.Result)
//	if err != nil {
//		return err
//	}
//	for _, o := range fhir.Entries[*fhir.Observation](bundle) {
//		fmt.Println(o.Code.Text, o.Value())
//	}
//
// Each entry has the Go type of its resource. What R4 does not have is kept; see package fhir. Package ekacare itself
// has these documents as JSON, so that a program without FHIR does not link the types.
//
// # Health records of ABDM
//
// A health record that was opened is JSON: [Decode] decodes it. One to send is encoded by [fhir.Marshal] before it is
// sealed; [Encode] returns it as the Data of an [ekacare.CareContextLinkItem], with which Eka Care serves it.
//
// # One of four systems
//
// [NewSource] reads the workspace as a [fhir.Source], with the same methods as the other vendors'. [Mapping] maps
// patients, doctors, appointments, health records and the entries of prescriptions to FHIR and back without loss:
// data that FHIR has no field for is in extensions whose URLs end in the vendor's field. Codes are translated by the
// tables in codes.tsv; see fhir/SOURCES.md.
package ekafhir
