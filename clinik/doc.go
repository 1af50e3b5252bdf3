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
// The key goes into the header of every call. Keys that begin with clk_live_ work on live data, those with clk_test_ on test
// data; [Client.Environment] tells. A key with the wrong shape is refused by [New], and no error or log holds the key.
//
// # Answers
//
// Methods return the record itself. What the vendor wraps around it comes through [caremux.WithResponse]: rate-limit figures in
// Response.RateLimit, and a [*Meta] with request id, time and quotas in Response.Meta.
//
//	var r caremux.Response
//	p, err := c.Patients.Get(ctx, id, nil, caremux.WithResponse(&r))
//	meta := r.Meta.(*clinik.Meta)
//
// The vendor has two shapes of records: flat ones, which these types name, and FHIR resources, which carry a resourceType. Where
// a flat record was promised and a FHIR resource came, the call fails with [ErrFHIRShape] rather than with a record full of
// blanks; the error's Body holds the resource. An OperationOutcome among the rows of a search is the index's remark, not a
// record: it is left out of Items and stays in the page's RawJSON.
//
// # Updates
//
// An update is a partial object: members left out keep their values. It is sent as application/json. The vendor's own SDK labels
// the same object application/json-patch+json, which is the name of another format, an array of operations; a server that
// takes the label at its word must refuse it. If yours insists, pass
// caremux.WithHeader("Content-Type", "application/json-patch+json").
//
// # Clearing a field
//
// A nil pointer leaves a field out, and Update then leaves it as it is. [caremux.WithBodyField] with nil sends null. The vendor does
// not document whether null clears each field, so look at the record that Update returns:
//
//	p, err := c.Patients.Update(ctx, id, &clinik.PatientUpdate{}, caremux.WithBodyField("email", nil))
//
// FHIR.Patch with the operation remove clears an element of a resource of FHIR. FHIR.Replace overwrites the whole resource.
//
// # Searching
//
// Search returns one page, SearchAll ranges over everything. The vendor takes count from 1 to 100 and sets what is outside
// silently to 20 or 100, so that a page may hold fewer than asked for. Searches lag writes by about ten seconds; Get does not.
//
// # Errors
//
// The vendor's code is in [caremux.Error] Code, and errors.As finds an [*IssuesError] with the fields at fault. A rate limit
// (429 RATE_LIMITED) is waited for; a quota that is used up is not, and matches [caremux.ErrQuotaExceeded].
//
// # Retries
//
// As [caremux.RetryPolicy] says. There is no idempotency key: after a create whose answer got lost, search for the record before
// you try again, and mind that searches lag. The limit of calls a minute holds for all keys of an organisation together:
// give its clients one [caremux.Pace] by [caremux.WithPace].
//
// # Bulk
//
// Start with Bulk.Export or [BulkService.ImportFrom], wait with [BulkService.Wait], and read an export with [BulkRecords]. The
// vendor allows five an hour, and the link of an export works for an hour.
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
// An export is held against its job: a file with fewer or more records than the job says, or with records of another
// type than those that are ranged over, ends in an error. An export of several types is read as [FHIRResource].
//
// Store the job's id as soon as it is known: Wait and BulkRecords go on with it in another process. An export that was
// started twice costs one of the five. An import that was started twice can store every record twice, and the vendor
// neither lists jobs nor takes a key that would prevent it. So note that an import begins before you call ImportFrom,
// and its job's id afterwards. Where a program finds the first note without the second, it searches for one of the
// records, some time later, before it imports again:
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
// [WebhookVerifier] and [WebhookFormat] go into a handler of package webhook. All events arrive as a [WebhookEvent], which names
// a record. [WebhookEvent.Patient] and its like read it, and [FetchRecord] where the kind is not known before. [OnlyIn] keeps live and
// test apart. An event is sent again for some hours, and carries the same id then.
//
//	webhook.On(hooks, func(ctx context.Context, e webhook.Delivery[clinik.WebhookEvent]) error {
//		p, err := e.Payload.Patient(ctx, c)
//		if err != nil {
//			return err // the vendor sends the event again
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
//   - Ids are opaque text. Another organisation's record answers as one that does not exist.
//   - Deleting a patient leaves the records that refer to it. Deleted records may be found by searches for some seconds.
//   - A revoked key may work for another minute.
//   - The webhook types list updates of kinds that cannot be updated, as audit events.
//   - A code is a text or a coded value: [Text] and [Coded] make either.
//
// # Testing
//
// Package cliniktest is a ClinikAPI in your own process.
package clinik
