// Package clinik calls ClinikAPI, a clinical data service backed by FHIR.
//
// # Quick start
//
//	c, err := clinik.New(os.Getenv("CLINIKAPI_SECRET_KEY"))
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
//   - Medication: Medications, Prescriptions, MedicationDispenses, MedicationStatements, Immunizations, NutritionOrders and more
//   - Diagnostics: Labs, Specimens, ImagingStudies, Media
//   - Time: Appointments, AppointmentResponses, Schedules, Slots
//   - Papers: Notes, Documents, Consents, Intakes
//   - Places: Organizations, Locations, HealthcareServices, Devices
//   - Requests: Tasks, ServiceRequests, DeviceRequests, PlanDefinitions, ActivityDefinitions
//   - Money: Coverages, Claims, ClaimResponses, Invoices, ExplanationOfBenefits, PaymentNotices and more
//   - Whole stores: Bulk (export and import), FHIR (the raw routes; typed in package clinik/fhir), System
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
// The vendor has two shapes of records: flat ones, which these types name, and FHIR resources, which carry a resourceType. Where a
// flat record was promised and a FHIR resource came, the call fails with [ErrFHIRShape] rather than with a record full of
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
// # Bulk
//
// Start with Bulk.Export or [BulkService.ImportFrom], wait with [BulkService.Wait], and read an export with [BulkRecords].
package clinik
