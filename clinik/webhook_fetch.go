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

// sourceOf returns the way to the records of a slug, nil if it is not known. A switch, unlike a map, costs nothing until it is used.
func sourceOf(c *Client, slug string) source {
	switch slug {
	case "patient":
		return withParams(c.Patients.Get)
	case "encounter":
		return withParams(c.Encounters.Get)
	case "observation":
		return withParams(c.Observations.Get)
	case "condition":
		return getter[Condition](c.Conditions.Get)
	case "allergy":
		return getter[AllergyIntolerance](c.Allergies.Get)
	case "assessment":
		return getter[Assessment](c.Assessments.Get)
	case "care-plan":
		return getter[CarePlan](c.CarePlans.Get)
	case "care-team":
		return getter[CareTeam](c.CareTeams.Get)
	case "goal":
		return getter[Goal](c.Goals.Get)
	case "risk-assessment":
		return getter[RiskAssessment](c.RiskAssessments.Get)
	case "family-member-history":
		return getter[FamilyMemberHistory](c.FamilyHistory.Get)
	case "medication":
		return getter[Medication](c.Medications.Get)
	case "prescription":
		return getter[Prescription](c.Prescriptions.Get)
	case "medication-dispense":
		return getter[MedicationDispense](c.MedicationDispenses.Get)
	case "medication-statement":
		return getter[MedicationStatement](c.MedicationStatements.Get)
	case "medication-knowledge":
		return getter[MedicationKnowledge](c.MedicationKnowledge.Get)
	case "immunization":
		return getter[Immunization](c.Immunizations.Get)
	case "immunization-evaluation":
		return getter[ImmunizationEvaluation](c.ImmunizationEvaluations.Get)
	case "immunization-recommendation":
		return getter[ImmunizationRecommendation](c.ImmunizationRecommendations.Get)
	case "nutrition-order":
		return getter[NutritionOrder](c.NutritionOrders.Get)
	case "appointment":
		return withParams(c.Appointments.Get)
	case "appointment-response":
		return getter[AppointmentResponse](c.AppointmentResponses.Get)
	case "schedule":
		return getter[Schedule](c.Schedules.Get)
	case "slot":
		return getter[Slot](c.Slots.Get)
	case "note":
		return getter[Note](c.Notes.Get)
	case "document":
		return getter[Document](c.Documents.Get)
	case "consent":
		return getter[Consent](c.Consents.Get)
	case "intake":
		return getter[Intake](c.Intakes.Get)
	case "media":
		return getter[Media](c.Media.Get)
	case "lab":
		return withParams(c.Labs.Get)
	case "specimen":
		return getter[Specimen](c.Specimens.Get)
	case "imaging-study":
		return getter[ImagingStudy](c.ImagingStudies.Get)
	case "practitioner":
		return getter[Practitioner](c.Practitioners.Get)
	case "practitioner-role":
		return getter[PractitionerRole](c.PractitionerRoles.Get)
	case "organization":
		return getter[Organization](c.Organizations.Get)
	case "location":
		return getter[Location](c.Locations.Get)
	case "healthcare-service":
		return getter[HealthcareService](c.HealthcareServices.Get)
	case "person":
		return getter[Person](c.Persons.Get)
	case "task":
		return getter[Task](c.Tasks.Get)
	case "service-request":
		return getter[ServiceRequest](c.ServiceRequests.Get)
	case "device-request":
		return getter[DeviceRequest](c.DeviceRequests.Get)
	case "activity-definition":
		return getter[ActivityDefinition](c.ActivityDefinitions.Get)
	case "plan-definition":
		return getter[PlanDefinition](c.PlanDefinitions.Get)
	case "device":
		return getter[Device](c.Devices.Get)
	case "device-use-statement":
		return getter[DeviceUseStatement](c.DeviceUseStatements.Get)
	case "account":
		return getter[Account](c.Accounts.Get)
	case "charge-item":
		return getter[ChargeItem](c.ChargeItems.Get)
	case "claim":
		return getter[Claim](c.Claims.Get)
	case "claim-response":
		return getter[ClaimResponse](c.ClaimResponses.Get)
	case "coverage":
		return getter[Coverage](c.Coverages.Get)
	case "eligibility-request":
		return getter[EligibilityRequest](c.EligibilityRequests.Get)
	case "eligibility-response":
		return getter[EligibilityResponse](c.EligibilityResponses.Get)
	case "explanation-of-benefit":
		return getter[ExplanationOfBenefit](c.ExplanationOfBenefits.Get)
	case "invoice":
		return getter[Invoice](c.Invoices.Get)
	case "payment-notice":
		return getter[PaymentNotice](c.PaymentNotices.Get)
	case "payment-reconciliation":
		return getter[PaymentReconciliation](c.PaymentReconciliations.Get)
	case "enrollment-request":
		return getter[EnrollmentRequest](c.EnrollmentRequests.Get)
	case "enrollment-response":
		return getter[EnrollmentResponse](c.EnrollmentResponses.Get)
	case "vision-prescription":
		return getter[VisionPrescription](c.VisionPrescriptions.Get)
	case "measure":
		return getter[Measure](c.Measures.Get)
	case "measure-report":
		return getter[MeasureReport](c.MeasureReports.Get)
	case "audit-event":
		return getter[AuditEvent](c.AuditEvents.Get)
	}
	return nil
}
