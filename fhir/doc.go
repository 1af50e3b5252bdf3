// Package fhir has the types of FHIR R4 (4.0.1), all 146 resources and all data types, generated from HL7's
// definitions. They are plain Go structs that can be read, changed and written back without loss. The package is
// independent of any vendor and sends no requests.
//
// # Read a resource
//
// [Unmarshal] decodes JSON into a type of the package. Reading a field is plain Go:
//
//	var patient fhir.Patient
//	if err := fhir.Unmarshal(data, &patient); err != nil {
//		return err
//	}
//	fmt.Println(patient.Name[0].Family, patient.BirthDate)
//
// If the type is not known in advance, decode into a [Resource] and use a type switch, or [As]:
//
//	var resource fhir.Resource
//	if err := fhir.Unmarshal(data, &resource); err != nil {
//		return err
//	}
//	switch r := resource.(type) {
//	case *fhir.Patient:
//		…
//	case *fhir.Unknown: // a type that R4 does not have
//		fmt.Println(r.Type, len(r.JSON))
//	}
//
// # What the fields look like
//
//   - Strings, codes, dates and decimals are string types; "" is absent. A date may be partial: [DateTime]
//     is a string, and [DateTime.Time] parses it. Decimals are json.Number, since their digits matter.
//   - Booleans, integers and objects are pointers; nil is absent. new(true) makes one.
//   - Lists are slices of values; an empty one is absent.
//   - A choice such as value[x] has a field for each type, ValueQuantity, ValueString and so on, and a method, Value,
//     that returns the one that is set. [Marshal] refuses two.
//   - Codes of R4's closed lists have types with constants, such as [AdministrativeGenderFemale]. Other codes are kept.
//   - An object inside a resource has a struct named for its path: Patient.contact is [PatientContact].
//
// # Change a resource and write it back
//
// [Marshal] encodes a value. Data without a field in R4 (fields of R5, of STU3, of a vendor) is kept with its
// element, see [Unnamed]: it moves with the element in a list or to another resource, and it is removed when the
// element is replaced. [Extra] lists it, [Drop] removes it.
//
//	patient.Telecom[0].Value = "+91 98000 00001"                             // keeps the element's other data
//	patient.Telecom[0] = fhir.ContactPoint{Value: "+91 98000 00001"}         // replaces all of it
//	patient.Telecom = append(patient.Telecom, fhir.ContactPoint{System: fhir.ContactPointSystemEmail, Value: "…"})
//
// A value that does not fit its field, such as an R5 list where R4 has one object, is kept in the same way. The field
// is then empty; [Misfits] lists such values, with their JSON. They are written again as long as the field stays
// empty.
//
// If data cannot be kept, Marshal returns an error that names the field: a field that was set over a value that did
// not fit, two values of a choice, a string that is not UTF-8. No data is lost or changed silently.
//
// # Extensions of primitive values
//
// FHIR's JSON has the extensions of a primitive value, such as the time of a birth, beside it, under the name with an
// underscore. [PrimitiveOf] and [SetPrimitive] reach them by the address of the value:
//
//	x, ok := fhir.PrimitiveOf(&patient, &patient.BirthDate)
//	err := fhir.SetPrimitive(&patient, &patient.BirthDate, fhir.Primitive{Extension: …})
//
// They belong to the value: they move with it in a list, and are removed if it is replaced or cleared. null in a list
// of strings is "".
//
// # Bundles
//
// The entries of a [Bundle] and the resources contained in another have their Go types. [Entries] iterates over those
// of one type, and [Bundle.Resolve] follows a reference inside a bundle or to a contained resource:
//
//	for entry, observation := range fhir.Entries[*fhir.Observation](bundle) {
//		subject, err := bundle.Resolve(observation, observation.Subject)
//		…
//	}
//
// # Types of your own
//
// A type of your own can embed one of the package, add fields, and replace fields by others of the same name. Two
// lines are needed beside it, because otherwise encoding/json would call the methods of the embedded type, which
// ignore your fields:
//
//	type WardPatient struct {
//		fhir.Patient
//		Ward string `json:"ward,omitzero"`
//	}
//
//	func (w WardPatient) MarshalJSON() ([]byte, error)     { return fhir.Marshal(&w) }
//	func (w *WardPatient) UnmarshalJSON(data []byte) error { return fhir.Unmarshal(data, w) }
//
// [Check] in a test reports if they are missing. Marshal and Unmarshal themselves need no methods. A new type embeds
// [Unnamed]; without it, unknown data is not kept, which [Keeps] reports. Fields may also have types that
// encoding/json encodes, such as time.Time. JSON names match exactly, as everywhere in FHIR. An empty string, an
// empty list and a nil pointer are never written, with omitzero or without.
//
// # encoding/json
//
// All types have the methods that encoding/json calls, of its first and second version, so they can be part of other
// structs, and be passed to any library. Marshal and Unmarshal are faster, and do not escape HTML.
//
// # Several systems
//
// A [Source] lists the patients, practitioners, appointments and more of one system as resources of this package. The
// vendors' packages welkinfhir, ekafhir, clinikfhir and snapfhir make one, and [Merge] makes one of several:
//
//	all, err := fhir.Merge(sources...)
//	for a, err := range all.Appointments(ctx, fhir.Query{From: monday, To: monday.AddDate(0, 0, 7)}) {
//		var partial *fhir.Partial
//		if errors.As(err, &partial) {
//			… // some of the systems were not read completely; the others were
//		}
//		…
//	}
//
// [Source.Capabilities] returns what a source supports; other calls return an [*UnsupportedError]. [Mismatch]
// lists the values of a vendor's record that have no FHIR code, and [SamePeople] the records that may be of one
// person.
//
// # Streams
//
// A bulk export has a resource on each line. Decode line by line to keep memory constant:
//
//	lines := bufio.NewScanner(export)
//	lines.Buffer(nil, 16<<20) // the longest line
//	for lines.Scan() {
//		var resource fhir.Resource
//		if err := fhir.Unmarshal(lines.Bytes(), &resource); err != nil {
//			return err
//		}
//		…
//	}
//	return lines.Err()
//
// # Files
//
// JSON passes through them in this order:
//
//	scan.go              the tokens of JSON
//	table.go             which field of a Go type has which name, worked out once for each type; own.go checks types of your own
//	unmarshal.go         values are read by that table, and in unmarshal_object.go objects, with what their fields cannot have
//	unnamed.go           where that is kept; primitive.go has what belongs to primitive values, misfits.go lists what did not fit
//	resource.go          what a program has then: the interface of all resources, and As; bundle.go has entries and references,
//	                     datetime.go dates, appointment_mode.go and mismatch.go what R4 has no field and no code for
//	marshal.go           values are written, and in marshal_object.go objects, with what was kept
//
// The records of a system pass through these:
//
//	query.go             which are wanted; query_fields.go is where resources have what a query filters by
//	source.go            what reads a system; capabilities.go says what it can do
//	merge.go             several sources become one
//	people.go            their records of one person are found
//
// The types are in files of their own names, generated by openapi/codegen/fhirgen: Patient and its parts in
// patient_gen.go, HumanName in human_name_gen.go; codes that several types share are in codes_gen.go, the list of
// resources in resources_gen.go.
package fhir
