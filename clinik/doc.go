// Package clinik calls ClinikAPI, a clinical data service backed by FHIR.
//
// # Quick start
//
//	c, err := clinik.NewFromEnv() // CLINIKAPI_SECRET_KEY; or clinik.New(key)
//	if err != nil {
//		return err
//	}
//	a, err := c.Assessments.Create(ctx, &clinik.AssessmentCreate{
//		PatientID: "pt_abc123",
//		Status:    clinik.AssessmentStatusCompleted,
//		Summary:   "Well-controlled hypertension.",
//	})
//
// # Services
//
// One for each of 62 kinds of record, all with Create, Get, Update, Delete and Search (some without Update):
//
//   - People: Patients, Persons, Practitioners, PractitionerRoles, CareTeams
//   - Care: Encounters, Assessments, Conditions, Allergies, Observations, FamilyHistory, RiskAssessments, Goals, CarePlans
//   - Medication: Medications, MedicationKnowledge, Prescriptions, MedicationDispenses, MedicationStatements, NutritionOrders
//   - Vaccination: Immunizations, ImmunizationEvaluations, ImmunizationRecommendations
//   - Diagnostics: Labs, Specimens, ImagingStudies, Media
//   - Devices: Devices, DeviceRequests, DeviceUseStatements, VisionPrescriptions
//   - Time: Appointments, AppointmentResponses, Schedules, Slots
//   - Papers: Notes, Documents, Consents, Intakes
//   - Places: Organizations, Locations, HealthcareServices
//   - Requests: Tasks, ServiceRequests, PlanDefinitions, ActivityDefinitions
//   - Insurance: Coverages, Claims, ClaimResponses, ExplanationOfBenefits, EligibilityRequests, EligibilityResponses,
//     EnrollmentRequests, EnrollmentResponses
//   - Money: Accounts, ChargeItems, Invoices, PaymentNotices, PaymentReconciliations
//   - Reporting: Measures, MeasureReports, AuditEvents
//   - Whole stores: Bulk (export and import), FHIR (the raw routes; typed in package clinikfhir), System
//
// # Authentication
//
// The key is sent in a header of every call. Keys that begin with clk_live_ work on live data, those with clk_test_ on
// test data; [Client.Environment] returns which. [New] refuses a key with the wrong format, and no error or log
// contains the key.
//
// # Responses
//
// Methods return the record itself. [caremux.WithResponse] returns the data of the envelope around it: rate-limit
// figures in Response.RateLimit, and a [*Meta] with request id, time and quotas in Response.Meta.
//
//	var r caremux.Response
//	p, err := c.Patients.Get(ctx, id, nil, caremux.WithResponse(&r))
//	meta := r.Meta.(*clinik.Meta)
//
// The vendor has two layouts of records: flat ones, which are the types of this package, and FHIR resources, which have
// a resourceType. If a FHIR resource is returned in place of a flat record, the call fails with [ErrFHIRShape] instead
// of returning an empty record; the error's Body is the resource. An OperationOutcome in a search result is a remark of
// the index, not a record: it is left out of Items and stays in the page's RawJSON.
//
// # Updates
//
// An update is a partial object: fields left out keep their values. It is sent as application/json. The vendor's own
// SDK sends the same object as application/json-patch+json, the media type of a different format, an array of
// operations; a server that checks the media type would have to refuse it. If your server requires that media type,
// pass caremux.WithHeader("Content-Type", "application/json-patch+json").
//
// # Clearing a field
//
// A nil pointer leaves a field out, and Update then leaves it as it is. [caremux.WithBodyField] with nil sends null.
// The vendor does not document whether null clears each field, so check the record that Update returns:
//
//	p, err := c.Patients.Update(ctx, id, &clinik.PatientUpdate{}, caremux.WithBodyField("email", nil))
//
// FHIR.Patch with the operation remove clears an element of a FHIR resource. FHIR.Replace overwrites the whole
// resource.
//
// # Searching
//
// Search returns one page, SearchAll iterates over all records. The vendor accepts a Count from 1 to 100 and silently
// uses 20 or 100 for other values, so a page may have fewer records than requested. Searches lag writes by about ten
// seconds; Get does not.
//
// # Errors
//
// A call for a record that does not exist, or that belongs to another organisation, returns an error matching
// [caremux.ErrNotFound]. The vendor's code is in [caremux.Error] Code, and errors.As finds an [*IssuesError] with the
// invalid fields. Calls wait for a rate limit (429 RATE_LIMITED), but not for an exhausted quota, which matches
// [caremux.ErrQuotaExceeded].
//
// # Retries
//
// See [caremux.RetryPolicy]. There is no idempotency key: if the response to a create is lost, search for the record
// before you retry, and remember that searches lag. The limit of calls per minute applies to all keys of an
// organisation together: share one [caremux.Pace] among its clients with [caremux.WithPace].
//
// # Bulk
//
// Start with Bulk.Export or [BulkService.ImportFrom], wait with [BulkService.Wait], and read an export with
// [BulkRecords]. The vendor allows five an hour, and the link of an export works for an hour.
//
//	started, err := c.Bulk.Export(ctx, &clinik.BulkExportRequest{ResourceTypes: []string{"Patient"}})
//	if err != nil {
//		return err
//	}
//	job, err := c.Bulk.Wait(ctx, started.JobID, nil)
//	if err != nil {
//		return err
//	}
//	for p, err := range clinik.BulkRecords[fhir.Patient](ctx, c, job) {
//		if err != nil {
//			return err
//		}
//		use(p)
//	}
//
// An export is compared with its job: a file with fewer or more records than the job reports, or with records of
// another type than T, ends in an error. An export of several types is read as [FHIRResource].
//
// Store the job's id as soon as it is known: Wait and BulkRecords can continue with it in another process. An export
// that is started twice uses two of the five. An import that is started twice can store every record twice, and the
// vendor neither lists jobs nor accepts a key that would prevent it. So store a note before you call ImportFrom, and
// the job's id afterwards. A program that finds the note without the id waits for the index and searches for one of
// the records before a second import:
//
//	if note.JobID == "" && (!note.Begun || !arrived(ctx)) {
//		if err := note.Begin(); err != nil {
//			return err
//		}
//		started, err := c.Bulk.ImportFrom(ctx, "Patient", file)
//		if err != nil {
//			return err
//		}
//		if err := note.Started(started.JobID); err != nil {
//			return err
//		}
//	}
//
// # Webhooks
//
// [WebhookVerifier] and [WebhookFormat] configure a handler of package webhook. All events are decoded into a
// [WebhookEvent], which names a record. [WebhookEvent.Patient] and similar methods read the record, and [FetchRecord]
// reads a record of any kind. [OnlyIn] separates live and test events. The vendor retries a delivery for some hours,
// with the same id.
//
//	webhook.On(hooks, func(ctx context.Context, e webhook.Delivery[clinik.WebhookEvent]) error {
//		p, err := e.Payload.Patient(ctx, c)
//		if err != nil {
//			return err // the vendor retries the delivery
//		}
//		return store(ctx, p)
//	}, clinik.EventPatientCreated, clinik.EventPatientUpdated)
//
// # Times
//
// Timestamps are [caremux.Time] and days [caremux.Date]. FHIR's partial dates are in package fhir.
//
// # Quirks
//
//   - Ids are opaque strings. A record of another organisation is reported as one that does not
//     exist.
//   - Deleting a patient leaves the records that refer to it. Deleted records may be found by searches for some seconds.
//   - A revoked key may work for another minute.
//   - The webhook types list updates of kinds that cannot be updated, as audit events.
//   - A code is a string or a coded value: [Text] and [Coded] return one.
//
// # Testing
//
// Package cliniktest is a fake ClinikAPI in your own process.
package clinik
