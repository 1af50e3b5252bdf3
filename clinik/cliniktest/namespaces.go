package cliniktest

// namespace says how the server treats one kind of flat records.
type namespace struct {
	tag      string // of the spec, the name of the service
	fhir     string // FHIR type
	prefix   string // of ids
	date     string // member that dateFrom and dateTo look at, a dotted path
	subject  string // FHIR member that refers to the patient, for records with a patientId
	defaults object // fields that a create may leave out

	filters map[string][]string // by search parameter, the field that it looks at; see memberOf
	isDay   map[string]bool     // search parameters that name a day
}

type nowType struct{}

// now is the default of fields that the server sets to the time of the call.
var now nowType

// namespaces are all kinds of flat records, by tag.
var namespaces = map[string]*namespace{
	"Patients":          {fhir: "Patient", prefix: "pt", date: "birthDate"},
	"Persons":           {fhir: "Person", prefix: "person", date: "birthDate", defaults: object{"active": true}},
	"Practitioners":     {fhir: "Practitioner", prefix: "prac", date: "birthDate"},
	"PractitionerRoles": {fhir: "PractitionerRole", prefix: "role", date: "period.start"},
	"CareTeams":         {fhir: "CareTeam", prefix: "careteam", subject: "subject"},
	"Encounters":        {fhir: "Encounter", prefix: "enc", date: "period.start", subject: "subject"},
	"Assessments": {fhir: "ClinicalImpression", prefix: "assess", date: "effectiveDateTime",
		subject: "subject", defaults: object{"date": now}},
	"Conditions":      {fhir: "Condition", prefix: "cond", date: "onsetDateTime", subject: "subject"},
	"Allergies":       {fhir: "AllergyIntolerance", prefix: "allergy", date: "onsetDateTime", subject: "patient"},
	"Observations":    {fhir: "Observation", prefix: "obs", date: "effectiveDateTime", subject: "subject"},
	"FamilyHistory":   {fhir: "FamilyMemberHistory", prefix: "famhist", date: "date", subject: "patient"},
	"RiskAssessments": {fhir: "RiskAssessment", prefix: "risk", date: "occurrenceDateTime", subject: "subject"},
	"Immunizations": {fhir: "Immunization", prefix: "imm", date: "occurrenceDateTime", subject: "patient",
		defaults: object{"occurrenceDateTime": now}},
	"ImmunizationEvaluations":     {fhir: "ImmunizationEvaluation", prefix: "immeval", date: "date", subject: "patient"},
	"ImmunizationRecommendations": {fhir: "ImmunizationRecommendation", prefix: "immrec", date: "date", subject: "patient"},
	"Medications":                 {fhir: "Medication", prefix: "med"},
	"MedicationKnowledge":         {fhir: "MedicationKnowledge", prefix: "mk"},
	"Prescriptions": {fhir: "MedicationRequest", prefix: "rx", date: "authoredOn", subject: "subject",
		defaults: object{"authoredOn": now, "intent": "order", "status": "active"}},
	"MedicationDispenses":  {fhir: "MedicationDispense", prefix: "disp", date: "whenHandedOver", subject: "subject"},
	"MedicationStatements": {fhir: "MedicationStatement", prefix: "ms", date: "effectiveDateTime", subject: "subject"},
	"Labs":                 {fhir: "DiagnosticReport", prefix: "lab", date: "effectiveDateTime", subject: "subject"},
	"Specimens":            {fhir: "Specimen", prefix: "spec", date: "receivedTime", subject: "subject"},
	"ImagingStudies":       {fhir: "ImagingStudy", prefix: "img", date: "started", subject: "subject"},
	"Media":                {fhir: "Media", prefix: "media", date: "createdDateTime", subject: "subject"},
	"Devices":              {fhir: "Device", prefix: "dev", date: "manufactureDate", subject: "patient"},
	"DeviceUseStatements":  {fhir: "DeviceUseStatement", prefix: "devuse", date: "timingDateTime", subject: "subject"},
	"Appointments": {
		fhir: "Appointment", prefix: "appt", date: "start", subject: "participant[].actor", defaults: object{"created": now},
	},
	"AppointmentResponses": {fhir: "AppointmentResponse", prefix: "apptresp", date: "start"},
	"Schedules":            {fhir: "Schedule", prefix: "sched", date: "planningHorizon.start", defaults: object{"active": true}},
	"Slots":                {fhir: "Slot", prefix: "slot", date: "start"},
	"Notes": {fhir: "DocumentReference", prefix: "note", date: "date", subject: "subject",
		defaults: object{"date": now, "contentType": "text/plain"}},
	"Documents": {fhir: "Composition", prefix: "doc", date: "date", subject: "subject"},
	"Intakes": {
		fhir: "QuestionnaireResponse", prefix: "intake", date: "authored", subject: "subject", defaults: object{"authored": now},
	},
	"Consents":             {fhir: "Consent", prefix: "consent", date: "dateTime", subject: "patient"},
	"Organizations":        {fhir: "Organization", prefix: "org"},
	"Locations":            {fhir: "Location", prefix: "loc"},
	"HealthcareServices":   {fhir: "HealthcareService", prefix: "service"},
	"ServiceRequests":      {fhir: "ServiceRequest", prefix: "sr", date: "occurrenceDateTime", subject: "subject"},
	"DeviceRequests":       {fhir: "DeviceRequest", prefix: "devreq", date: "authoredOn", subject: "subject"},
	"NutritionOrders":      {fhir: "NutritionOrder", prefix: "diet", date: "dateTime", subject: "patient"},
	"VisionPrescriptions":  {fhir: "VisionPrescription", prefix: "vision", date: "dateWritten", subject: "patient"},
	"Tasks":                {fhir: "Task", prefix: "task", date: "authoredOn", subject: "for", defaults: object{"authoredOn": now}},
	"CarePlans":            {fhir: "CarePlan", prefix: "careplan", date: "created", subject: "subject", defaults: object{"created": now}},
	"Goals":                {fhir: "Goal", prefix: "goal", date: "startDate", subject: "subject"},
	"ActivityDefinitions":  {fhir: "ActivityDefinition", prefix: "actdef", date: "date"},
	"PlanDefinitions":      {fhir: "PlanDefinition", prefix: "plandef", date: "date"},
	"Coverages":            {fhir: "Coverage", prefix: "cov", subject: "beneficiary"},
	"EligibilityRequests":  {fhir: "CoverageEligibilityRequest", prefix: "eligreq", date: "created", subject: "patient"},
	"EligibilityResponses": {fhir: "CoverageEligibilityResponse", prefix: "eligresp", date: "created", subject: "patient"},
	"EnrollmentRequests":   {fhir: "EnrollmentRequest", prefix: "enrreq", date: "created"},
	"EnrollmentResponses":  {fhir: "EnrollmentResponse", prefix: "enrresp", date: "created"},
	"Accounts":             {fhir: "Account", prefix: "acct", subject: "subject[]"},
	"ChargeItems":          {fhir: "ChargeItem", prefix: "charge", date: "occurrenceDateTime", subject: "subject"},
	"Invoices":             {fhir: "Invoice", prefix: "inv", date: "date", subject: "subject"},
	"Claims":               {fhir: "Claim", prefix: "claim", date: "created", subject: "patient", defaults: object{"created": now}},
	"ClaimResponses": {
		fhir: "ClaimResponse", prefix: "claimresp", date: "created", subject: "patient", defaults: object{"created": now},
	},
	"ExplanationOfBenefits":  {fhir: "ExplanationOfBenefit", prefix: "eob", date: "created", subject: "patient"},
	"PaymentNotices":         {fhir: "PaymentNotice", prefix: "pmtnotice", date: "created"},
	"PaymentReconciliations": {fhir: "PaymentReconciliation", prefix: "pmtrec", date: "created"},
	"Measures":               {fhir: "Measure", prefix: "measure", date: "date"},
	"MeasureReports":         {fhir: "MeasureReport", prefix: "report", date: "date", subject: "subject"},
	"AuditEvents":            {fhir: "AuditEvent", prefix: "audit", date: "recorded"},
}
