package clinik

import (
	"context"

	"github.com/caremux/caremux"
)

// Each of these methods reads the record that an event points to, as it is now; see [Fetch]. An event about another
// kind of record is a [*caremux.ArgumentError].

// Patient reads the patient that the event points to; see [Fetch].
func (e WebhookEvent) Patient(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Patient, error) {
	return Fetch[Patient](ctx, c, e, opts...)
}

// Encounter reads the encounter that the event points to; see [Fetch].
func (e WebhookEvent) Encounter(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Encounter, error) {
	return Fetch[Encounter](ctx, c, e, opts...)
}

// Observation reads the observation that the event points to; see [Fetch].
func (e WebhookEvent) Observation(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Observation, error) {
	return Fetch[Observation](ctx, c, e, opts...)
}

// Condition reads the condition that the event points to; see [Fetch].
func (e WebhookEvent) Condition(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Condition, error) {
	return Fetch[Condition](ctx, c, e, opts...)
}

// AllergyIntolerance reads the allergy that the event points to; see [Fetch].
func (e WebhookEvent) AllergyIntolerance(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*AllergyIntolerance, error) {
	return Fetch[AllergyIntolerance](ctx, c, e, opts...)
}

// Assessment reads the assessment that the event points to; see [Fetch].
func (e WebhookEvent) Assessment(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Assessment, error) {
	return Fetch[Assessment](ctx, c, e, opts...)
}

// CarePlan reads the care plan that the event points to; see [Fetch].
func (e WebhookEvent) CarePlan(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*CarePlan, error) {
	return Fetch[CarePlan](ctx, c, e, opts...)
}

// CareTeam reads the care team that the event points to; see [Fetch].
func (e WebhookEvent) CareTeam(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*CareTeam, error) {
	return Fetch[CareTeam](ctx, c, e, opts...)
}

// Goal reads the goal that the event points to; see [Fetch].
func (e WebhookEvent) Goal(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Goal, error) {
	return Fetch[Goal](ctx, c, e, opts...)
}

// RiskAssessment reads the risk assessment that the event points to; see [Fetch].
func (e WebhookEvent) RiskAssessment(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*RiskAssessment, error) {
	return Fetch[RiskAssessment](ctx, c, e, opts...)
}

// FamilyMemberHistory reads the family member history that the event points to; see [Fetch].
func (e WebhookEvent) FamilyMemberHistory(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*FamilyMemberHistory, error) {
	return Fetch[FamilyMemberHistory](ctx, c, e, opts...)
}

// Medication reads the medication that the event points to; see [Fetch].
func (e WebhookEvent) Medication(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Medication, error) {
	return Fetch[Medication](ctx, c, e, opts...)
}

// Prescription reads the prescription that the event points to; see [Fetch].
func (e WebhookEvent) Prescription(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*Prescription, error) {
	return Fetch[Prescription](ctx, c, e, opts...)
}

// MedicationDispense reads the medication dispense that the event points to; see [Fetch].
func (e WebhookEvent) MedicationDispense(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*MedicationDispense, error) {
	return Fetch[MedicationDispense](ctx, c, e, opts...)
}

// MedicationStatement reads the medication statement that the event points to; see [Fetch].
func (e WebhookEvent) MedicationStatement(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*MedicationStatement, error) {
	return Fetch[MedicationStatement](ctx, c, e, opts...)
}

// MedicationKnowledge reads the medication knowledge that the event points to; see [Fetch].
func (e WebhookEvent) MedicationKnowledge(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*MedicationKnowledge, error) {
	return Fetch[MedicationKnowledge](ctx, c, e, opts...)
}

// Immunization reads the immunization that the event points to; see [Fetch].
func (e WebhookEvent) Immunization(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*Immunization, error) {
	return Fetch[Immunization](ctx, c, e, opts...)
}

// ImmunizationEvaluation reads the immunization evaluation that the event points to; see [Fetch].
func (e WebhookEvent) ImmunizationEvaluation(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*ImmunizationEvaluation, error) {
	return Fetch[ImmunizationEvaluation](ctx, c, e, opts...)
}

// ImmunizationRecommendation reads the immunization recommendation that the event points to; see [Fetch].
func (e WebhookEvent) ImmunizationRecommendation(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*ImmunizationRecommendation, error) {
	return Fetch[ImmunizationRecommendation](ctx, c, e, opts...)
}

// NutritionOrder reads the nutrition order that the event points to; see [Fetch].
func (e WebhookEvent) NutritionOrder(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*NutritionOrder, error) {
	return Fetch[NutritionOrder](ctx, c, e, opts...)
}

// Appointment reads the appointment that the event points to; see [Fetch].
func (e WebhookEvent) Appointment(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Appointment, error) {
	return Fetch[Appointment](ctx, c, e, opts...)
}

// AppointmentResponse reads the appointment response that the event points to; see [Fetch].
func (e WebhookEvent) AppointmentResponse(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*AppointmentResponse, error) {
	return Fetch[AppointmentResponse](ctx, c, e, opts...)
}

// Schedule reads the schedule that the event points to; see [Fetch].
func (e WebhookEvent) Schedule(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Schedule, error) {
	return Fetch[Schedule](ctx, c, e, opts...)
}

// Slot reads the slot that the event points to; see [Fetch].
func (e WebhookEvent) Slot(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Slot, error) {
	return Fetch[Slot](ctx, c, e, opts...)
}

// Note reads the note that the event points to; see [Fetch].
func (e WebhookEvent) Note(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Note, error) {
	return Fetch[Note](ctx, c, e, opts...)
}

// Document reads the document that the event points to; see [Fetch].
func (e WebhookEvent) Document(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Document, error) {
	return Fetch[Document](ctx, c, e, opts...)
}

// Consent reads the consent that the event points to; see [Fetch].
func (e WebhookEvent) Consent(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Consent, error) {
	return Fetch[Consent](ctx, c, e, opts...)
}

// Intake reads the intake that the event points to; see [Fetch].
func (e WebhookEvent) Intake(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Intake, error) {
	return Fetch[Intake](ctx, c, e, opts...)
}

// Media reads the media that the event points to; see [Fetch].
func (e WebhookEvent) Media(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Media, error) {
	return Fetch[Media](ctx, c, e, opts...)
}

// Lab reads the lab that the event points to; see [Fetch].
func (e WebhookEvent) Lab(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Lab, error) {
	return Fetch[Lab](ctx, c, e, opts...)
}

// Specimen reads the specimen that the event points to; see [Fetch].
func (e WebhookEvent) Specimen(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Specimen, error) {
	return Fetch[Specimen](ctx, c, e, opts...)
}

// ImagingStudy reads the imaging study that the event points to; see [Fetch].
func (e WebhookEvent) ImagingStudy(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*ImagingStudy, error) {
	return Fetch[ImagingStudy](ctx, c, e, opts...)
}

// Practitioner reads the practitioner that the event points to; see [Fetch].
func (e WebhookEvent) Practitioner(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*Practitioner, error) {
	return Fetch[Practitioner](ctx, c, e, opts...)
}

// PractitionerRole reads the practitioner role that the event points to; see [Fetch].
func (e WebhookEvent) PractitionerRole(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*PractitionerRole, error) {
	return Fetch[PractitionerRole](ctx, c, e, opts...)
}

// Organization reads the organization that the event points to; see [Fetch].
func (e WebhookEvent) Organization(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*Organization, error) {
	return Fetch[Organization](ctx, c, e, opts...)
}

// Location reads the location that the event points to; see [Fetch].
func (e WebhookEvent) Location(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Location, error) {
	return Fetch[Location](ctx, c, e, opts...)
}

// HealthcareService reads the healthcare service that the event points to; see [Fetch].
func (e WebhookEvent) HealthcareService(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*HealthcareService, error) {
	return Fetch[HealthcareService](ctx, c, e, opts...)
}

// Person reads the person that the event points to; see [Fetch].
func (e WebhookEvent) Person(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Person, error) {
	return Fetch[Person](ctx, c, e, opts...)
}

// Task reads the task that the event points to; see [Fetch].
func (e WebhookEvent) Task(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Task, error) {
	return Fetch[Task](ctx, c, e, opts...)
}

// ServiceRequest reads the service request that the event points to; see [Fetch].
func (e WebhookEvent) ServiceRequest(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*ServiceRequest, error) {
	return Fetch[ServiceRequest](ctx, c, e, opts...)
}

// DeviceRequest reads the device request that the event points to; see [Fetch].
func (e WebhookEvent) DeviceRequest(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*DeviceRequest, error) {
	return Fetch[DeviceRequest](ctx, c, e, opts...)
}

// ActivityDefinition reads the activity definition that the event points to; see [Fetch].
func (e WebhookEvent) ActivityDefinition(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*ActivityDefinition, error) {
	return Fetch[ActivityDefinition](ctx, c, e, opts...)
}

// PlanDefinition reads the plan definition that the event points to; see [Fetch].
func (e WebhookEvent) PlanDefinition(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*PlanDefinition, error) {
	return Fetch[PlanDefinition](ctx, c, e, opts...)
}

// Device reads the device that the event points to; see [Fetch].
func (e WebhookEvent) Device(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Device, error) {
	return Fetch[Device](ctx, c, e, opts...)
}

// DeviceUseStatement reads the device use statement that the event points to; see [Fetch].
func (e WebhookEvent) DeviceUseStatement(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*DeviceUseStatement, error) {
	return Fetch[DeviceUseStatement](ctx, c, e, opts...)
}

// Account reads the account that the event points to; see [Fetch].
func (e WebhookEvent) Account(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Account, error) {
	return Fetch[Account](ctx, c, e, opts...)
}

// ChargeItem reads the charge item that the event points to; see [Fetch].
func (e WebhookEvent) ChargeItem(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*ChargeItem, error) {
	return Fetch[ChargeItem](ctx, c, e, opts...)
}

// Claim reads the claim that the event points to; see [Fetch].
func (e WebhookEvent) Claim(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Claim, error) {
	return Fetch[Claim](ctx, c, e, opts...)
}

// ClaimResponse reads the claim response that the event points to; see [Fetch].
func (e WebhookEvent) ClaimResponse(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*ClaimResponse, error) {
	return Fetch[ClaimResponse](ctx, c, e, opts...)
}

// Coverage reads the coverage that the event points to; see [Fetch].
func (e WebhookEvent) Coverage(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Coverage, error) {
	return Fetch[Coverage](ctx, c, e, opts...)
}

// EligibilityRequest reads the eligibility request that the event points to; see [Fetch].
func (e WebhookEvent) EligibilityRequest(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*EligibilityRequest, error) {
	return Fetch[EligibilityRequest](ctx, c, e, opts...)
}

// EligibilityResponse reads the eligibility response that the event points to; see [Fetch].
func (e WebhookEvent) EligibilityResponse(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*EligibilityResponse, error) {
	return Fetch[EligibilityResponse](ctx, c, e, opts...)
}

// ExplanationOfBenefit reads the explanation of benefit that the event points to; see [Fetch].
func (e WebhookEvent) ExplanationOfBenefit(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*ExplanationOfBenefit, error) {
	return Fetch[ExplanationOfBenefit](ctx, c, e, opts...)
}

// Invoice reads the invoice that the event points to; see [Fetch].
func (e WebhookEvent) Invoice(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Invoice, error) {
	return Fetch[Invoice](ctx, c, e, opts...)
}

// PaymentNotice reads the payment notice that the event points to; see [Fetch].
func (e WebhookEvent) PaymentNotice(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*PaymentNotice, error) {
	return Fetch[PaymentNotice](ctx, c, e, opts...)
}

// PaymentReconciliation reads the payment reconciliation that the event points to; see [Fetch].
func (e WebhookEvent) PaymentReconciliation(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*PaymentReconciliation, error) {
	return Fetch[PaymentReconciliation](ctx, c, e, opts...)
}

// EnrollmentRequest reads the enrollment request that the event points to; see [Fetch].
func (e WebhookEvent) EnrollmentRequest(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*EnrollmentRequest, error) {
	return Fetch[EnrollmentRequest](ctx, c, e, opts...)
}

// EnrollmentResponse reads the enrollment response that the event points to; see [Fetch].
func (e WebhookEvent) EnrollmentResponse(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*EnrollmentResponse, error) {
	return Fetch[EnrollmentResponse](ctx, c, e, opts...)
}

// VisionPrescription reads the vision prescription that the event points to; see [Fetch].
func (e WebhookEvent) VisionPrescription(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*VisionPrescription, error) {
	return Fetch[VisionPrescription](ctx, c, e, opts...)
}

// Measure reads the measure that the event points to; see [Fetch].
func (e WebhookEvent) Measure(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*Measure, error) {
	return Fetch[Measure](ctx, c, e, opts...)
}

// MeasureReport reads the measure report that the event points to; see [Fetch].
func (e WebhookEvent) MeasureReport(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*MeasureReport, error) {
	return Fetch[MeasureReport](ctx, c, e, opts...)
}

// AuditEvent reads the audit event that the event points to; see [Fetch].
func (e WebhookEvent) AuditEvent(ctx context.Context, c *Client, opts ...caremux.RequestOption) (*AuditEvent, error) {
	return Fetch[AuditEvent](ctx, c, e, opts...)
}
