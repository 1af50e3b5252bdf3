// Package fhir holds the FHIR R4 types behind ClinikAPI and generic calls on its raw FHIR routes.
//
//	patients := fhir.Resources[fhir.Patient](c, "Patient") // c is a *clinik.Client
//	p, err := patients.Get(ctx, id)
//	for p, err := range patients.SearchAll(ctx, url.Values{"family": {"Taylor"}}) { … }
//
// Any Go type serves: [Resources] takes a type of your own as well as those of this package.
//
// # Nothing is lost on the way back
//
// A resource that was read keeps its JSON. Update sends the members that the Go type does not name as they were read, at any
// depth, beside what the Go value says; [Typed.Patch] changes single members without sending the rest.
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
