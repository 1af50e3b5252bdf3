// Package clinikfhir reads and writes the FHIR R4 resources behind ClinikAPI as the types of package fhir.
//
// # Quick start
//
//	patients := clinikfhir.Resources[*fhir.Patient](c) // c is a *clinik.Client
//	p, err := patients.Get(ctx, id)
//	if err != nil {
//		return err
//	}
//	p.Telecom[0].Value = "+1 555 010 0199"
//	p, err = patients.Replace(ctx, id, p, clinikfhir.IfVersion(p.Meta.VersionID))
//
// Login, retries and errors are those of the client; see package clinik. A type of your own that has a resource type
// works as well, see "Types of your own" in package fhir. [ResourcesOf] is for types that are named at run time.
//
// # Updates without loss
//
// Data that a server sent and R4 does not define is kept with its element, and sent back by [Service.Replace], also
// after lists were sorted, cut or extended. If that is impossible, Replace sends no request and returns an error that
// names the field. [Service.Patch] changes single values without sending the rest:
//
//	p, err = patients.Patch(ctx, id, clinik.JSONPatch{
//		clinikfhir.Test("/active", false), clinikfhir.Replace("/active", true),
//	})
//
// A response must be the requested resource: another one, an OperationOutcome or an empty object with status 200 is
// an error matching [caremux.ErrUnreadable], after which a write may have been applied.
//
// # Searches
//
// [Service.SearchAll] iterates over the matches of a search, [Service.Search] returns one page of them:
//
//	for p, err := range patients.SearchAll(ctx, url.Values{"family": {"Taylor"}}) {
//		if err != nil {
//			return err
//		}
//		use(p)
//	}
//
// Resources that _include adds, of the same type or another, are not matches. [PageBundle] returns them with the page:
//
//	page, err := observations.Search(ctx, url.Values{"_include": {"Observation:subject"}})
//	bundle, err := clinikfhir.PageBundle(page)
//	patient, err := bundle.Resolve(page.Items[0], page.Items[0].Subject)
//
// The link to the next page is followed as the server sent it, but never to another address than the client's, since
// the key is sent with it. A link to another address or a circular link is an error.
//
// # More calls
//
// [Service.Everything] returns a resource with everything that refers to it, [Service.History] its versions,
// [Service.Run] runs operations such as $validate, and [Transaction] sends a bundle of requests. [PatientChart] reads
// a patient with the resources of the vendor's index, folded by type.
//
// # One of four systems
//
// [NewSource] reads the organization as a [fhir.Source], with the same methods as the other vendors'. [Mapping] maps
// patients, practitioners and appointments, as the vendor's flat API has them, to FHIR and back without loss: data that
// FHIR has no field for is in extensions whose URLs end in the vendor's field.
package clinikfhir
