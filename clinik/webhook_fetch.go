package clinik

import (
	"context"

	"github.com/caremux/caremux"
)

// FetchRecord returns the current state of the record that e points to. The result is a pointer to the record's type, such as
// *[Patient] for the slug patient; [Fetch] returns it typed.
//
// If the record has been deleted meanwhile, as after every event with the action deleted, the error matches [caremux.ErrNotFound].
// FetchRecord returns a [*caremux.ArgumentError] without sending a request for an event without a record, for a slug that this
// version does not know (read it with [Client.Do]), and for an event from another environment than that of the client's key.
func FetchRecord(ctx context.Context, c *Client, e WebhookEvent, opts ...caremux.RequestOption) (any, error) {
	id, err := e.recordID(c)
	if err != nil {
		return nil, err
	}
	source := sourceOf(c, e.Data.ResourceType)
	if source == nil {
		return nil, &caremux.ArgumentError{Field: "data.resourceType", Rule: "is not known"}
	}
	return source.fetch(ctx, id, opts)
}

// Fetch is [FetchRecord] for a handler of one kind of record:
//
//	p, err := clinik.Fetch[clinik.Patient](ctx, c, e.Payload)
//
// An event about another kind of record is a [*caremux.ArgumentError].
func Fetch[T any](ctx context.Context, c *Client, e WebhookEvent, opts ...caremux.RequestOption) (*T, error) {
	id, err := e.recordID(c)
	if err != nil {
		return nil, err
	}
	get, ok := sourceOf(c, e.Data.ResourceType).(getter[T])
	if !ok {
		return nil, &caremux.ArgumentError{Field: "data.resourceType", Rule: "is of another kind of record"}
	}
	return get(ctx, id, opts...)
}

func (e WebhookEvent) recordID(c *Client) (string, error) {
	switch {
	case e.Data == nil || e.Data.ResourceID == "":
		return "", &caremux.ArgumentError{Field: "data.resourceId", Rule: "is missing in the event"}
	case e.Data.Environment != "" && e.Data.Environment != c.Environment():
		return "", &caremux.ArgumentError{Field: "data.environment", Rule: "is not the environment of the client's key"}
	}
	return e.Data.ResourceID, nil
}

// source reads records of one kind by their ids.
type source interface {
	fetch(ctx context.Context, id string, opts []caremux.RequestOption) (any, error)
}

type getter[T any] func(ctx context.Context, id string, opts ...caremux.RequestOption) (*T, error)

func (get getter[T]) fetch(ctx context.Context, id string, opts []caremux.RequestOption) (any, error) {
	record, err := get(ctx, id, opts...)
	if err != nil {
		return nil, err // and no typed nil
	}
	return record, nil
}

// withParams leaves out the parameters of a Get that has some.
func withParams[T, P any](get func(context.Context, string, *P, ...caremux.RequestOption) (*T, error)) getter[T] {
	return func(ctx context.Context, id string, opts ...caremux.RequestOption) (*T, error) {
		return get(ctx, id, nil, opts...)
	}
}

// sourceOf returns the source of the records of a slug, nil if the slug is not known.
func sourceOf(c *Client, slug string) source {
	for _, s := range sources {
		if s.slug == slug {
			return s.of(c)
		}
	}
	return nil
}

// sources has the slugs of events. A list, unlike a map, costs nothing until it is used.
var sources = [...]struct {
	slug string
	of   func(c *Client) source
}{
	{"patient", func(c *Client) source { return withParams(c.Patients.Get) }},
	{"encounter", func(c *Client) source { return withParams(c.Encounters.Get) }},
	{"observation", func(c *Client) source { return withParams(c.Observations.Get) }},
	{"condition", func(c *Client) source { return getter[Condition](c.Conditions.Get) }},
	{"allergy", func(c *Client) source { return getter[AllergyIntolerance](c.Allergies.Get) }},
	{"assessment", func(c *Client) source { return getter[Assessment](c.Assessments.Get) }},
	{"care-plan", func(c *Client) source { return getter[CarePlan](c.CarePlans.Get) }},
	{"care-team", func(c *Client) source { return getter[CareTeam](c.CareTeams.Get) }},
	{"goal", func(c *Client) source { return getter[Goal](c.Goals.Get) }},
	{"risk-assessment", func(c *Client) source { return getter[RiskAssessment](c.RiskAssessments.Get) }},
	{"family-member-history", func(c *Client) source { return getter[FamilyMemberHistory](c.FamilyHistory.Get) }},
	{"medication", func(c *Client) source { return getter[Medication](c.Medications.Get) }},
	{"prescription", func(c *Client) source { return getter[Prescription](c.Prescriptions.Get) }},
	{"medication-dispense", func(c *Client) source { return getter[MedicationDispense](c.MedicationDispenses.Get) }},
	{"medication-statement", func(c *Client) source { return getter[MedicationStatement](c.MedicationStatements.Get) }},
	{"medication-knowledge", func(c *Client) source { return getter[MedicationKnowledge](c.MedicationKnowledge.Get) }},
	{"immunization", func(c *Client) source { return getter[Immunization](c.Immunizations.Get) }},
	{"immunization-evaluation", func(c *Client) source { return getter[ImmunizationEvaluation](c.ImmunizationEvaluations.Get) }},
	{"immunization-recommendation", func(c *Client) source {
		return getter[ImmunizationRecommendation](c.ImmunizationRecommendations.Get)
	}},
	{"nutrition-order", func(c *Client) source { return getter[NutritionOrder](c.NutritionOrders.Get) }},
	{"appointment", func(c *Client) source { return withParams(c.Appointments.Get) }},
	{"appointment-response", func(c *Client) source { return getter[AppointmentResponse](c.AppointmentResponses.Get) }},
	{"schedule", func(c *Client) source { return getter[Schedule](c.Schedules.Get) }},
	{"slot", func(c *Client) source { return getter[Slot](c.Slots.Get) }},
	{"note", func(c *Client) source { return getter[Note](c.Notes.Get) }},
	{"document", func(c *Client) source { return getter[Document](c.Documents.Get) }},
	{"consent", func(c *Client) source { return getter[Consent](c.Consents.Get) }},
	{"intake", func(c *Client) source { return getter[Intake](c.Intakes.Get) }},
	{"media", func(c *Client) source { return getter[Media](c.Media.Get) }},
	{"lab", func(c *Client) source { return withParams(c.Labs.Get) }},
	{"specimen", func(c *Client) source { return getter[Specimen](c.Specimens.Get) }},
	{"imaging-study", func(c *Client) source { return getter[ImagingStudy](c.ImagingStudies.Get) }},
	{"practitioner", func(c *Client) source { return getter[Practitioner](c.Practitioners.Get) }},
	{"practitioner-role", func(c *Client) source { return getter[PractitionerRole](c.PractitionerRoles.Get) }},
	{"organization", func(c *Client) source { return getter[Organization](c.Organizations.Get) }},
	{"location", func(c *Client) source { return getter[Location](c.Locations.Get) }},
	{"healthcare-service", func(c *Client) source { return getter[HealthcareService](c.HealthcareServices.Get) }},
	{"person", func(c *Client) source { return getter[Person](c.Persons.Get) }},
	{"task", func(c *Client) source { return getter[Task](c.Tasks.Get) }},
	{"service-request", func(c *Client) source { return getter[ServiceRequest](c.ServiceRequests.Get) }},
	{"device-request", func(c *Client) source { return getter[DeviceRequest](c.DeviceRequests.Get) }},
	{"activity-definition", func(c *Client) source { return getter[ActivityDefinition](c.ActivityDefinitions.Get) }},
	{"plan-definition", func(c *Client) source { return getter[PlanDefinition](c.PlanDefinitions.Get) }},
	{"device", func(c *Client) source { return getter[Device](c.Devices.Get) }},
	{"device-use-statement", func(c *Client) source { return getter[DeviceUseStatement](c.DeviceUseStatements.Get) }},
	{"account", func(c *Client) source { return getter[Account](c.Accounts.Get) }},
	{"charge-item", func(c *Client) source { return getter[ChargeItem](c.ChargeItems.Get) }},
	{"claim", func(c *Client) source { return getter[Claim](c.Claims.Get) }},
	{"claim-response", func(c *Client) source { return getter[ClaimResponse](c.ClaimResponses.Get) }},
	{"coverage", func(c *Client) source { return getter[Coverage](c.Coverages.Get) }},
	{"eligibility-request", func(c *Client) source { return getter[EligibilityRequest](c.EligibilityRequests.Get) }},
	{"eligibility-response", func(c *Client) source { return getter[EligibilityResponse](c.EligibilityResponses.Get) }},
	{"explanation-of-benefit", func(c *Client) source { return getter[ExplanationOfBenefit](c.ExplanationOfBenefits.Get) }},
	{"invoice", func(c *Client) source { return getter[Invoice](c.Invoices.Get) }},
	{"payment-notice", func(c *Client) source { return getter[PaymentNotice](c.PaymentNotices.Get) }},
	{"payment-reconciliation", func(c *Client) source { return getter[PaymentReconciliation](c.PaymentReconciliations.Get) }},
	{"enrollment-request", func(c *Client) source { return getter[EnrollmentRequest](c.EnrollmentRequests.Get) }},
	{"enrollment-response", func(c *Client) source { return getter[EnrollmentResponse](c.EnrollmentResponses.Get) }},
	{"vision-prescription", func(c *Client) source { return getter[VisionPrescription](c.VisionPrescriptions.Get) }},
	{"measure", func(c *Client) source { return getter[Measure](c.Measures.Get) }},
	{"measure-report", func(c *Client) source { return getter[MeasureReport](c.MeasureReports.Get) }},
	{"audit-event", func(c *Client) source { return getter[AuditEvent](c.AuditEvents.Get) }},
}
