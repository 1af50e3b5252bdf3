// Package fhir holds the FHIR R4 types behind ClinikAPI and generic calls on its raw FHIR routes.
//
// # Quick start
//
//	patients := fhir.Resources[fhir.Patient](c, "Patient") // c is a *clinik.Client
//	p, err := patients.Get(ctx, id)
//	if err != nil {
//		return err
//	}
//	for p, err := range patients.SearchAll(ctx, url.Values{"family": {"Taylor"}}) {
//		if err != nil {
//			return err
//		}
//		use(p)
//	}
//
// Login, retries and errors are those of the client; see package clinik.
//
// Any Go type serves: [Resources] takes a type of your own as well as those of this package. These serve both ways, so optional text
// is a plain string here, and an empty one is not sent.
//
// # Nothing is lost on the way back
//
// A resource that was read keeps its JSON. Update sends the members that the Go type does not name as they were read, at any
// depth, beside what the Go value says; [ResourceService.Patch] changes single members without sending the rest:
//
//	p, err = patients.Patch(ctx, id, clinik.JSONPatch{fhir.Test("/active", false), fhir.Replace("/active", true)})
//
// # Times and numbers
//
// FHIR dates may be partial: [DateTime] is their text, with [DateTime.Time] to read it. Decimals are json.Number, since their
// digits matter.
//
// # The chart of a patient
//
// [PatientChart] reads a patient with everything that refers to it, folded by type.
package fhir
