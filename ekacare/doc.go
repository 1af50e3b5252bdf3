// Package ekacare calls Eka Care: appointments, patients, health records, assessments, scribe, and the Indian health network
// ABDM with its ABHA accounts.
//
// # Quick start
//
//	c, err := ekacare.NewFromEnv() // EKA_CLIENT_ID, EKA_CLIENT_SECRET, EKA_ENVIRONMENT
//	if err != nil {
//		return err
//	}
//	booked, err := c.Appointments.Book(ctx, &ekacare.AppointmentBooking{
//		ClinicID: new(clinic), DoctorID: new(doctor), PatientID: new(patient),
//		AppointmentDetails: ekacare.AppointmentDetailsInput{StartTime: ekacare.NewEpochSeconds(start)},
//	})
//	if errors.Is(err, ekacare.ErrSlotTaken) {
//		// another was faster: list the slots again
//	}
//
// # Services
//
//   - Practice: Appointments, Patients, PatientDirectory, Doctors, Clinics, Business, Payments, Prescriptions, IPD, Vitals
//   - Setting up: OnboardingDoctors, OnboardingClinics, OnboardingUsers, EMRUsers, Webhooks, Notifications, Network
//   - Records: Records, Cases, Codification, MedicalDB, KnowledgeBase
//   - Speech and chat: ScribeSessions with ScribeTemplates, ScribeDocuments and ScribeProtocol; MedAssist; Assessments
//   - ABHA accounts: ABHALogin, ABHARegistration, ABHAProfile, ABHASession, ABHAFaceAuth, ABHARequests
//   - ABDM: CareContexts, Consents, ConsentPIN, DataExchange, ECDH, ScanAndShare, ScanAndPay, Providers, HIPFacilities, HFR, HPR
//   - UHI: PhysicalConsultation, BloodBank
//
// # Authentication
//
// The client logs in with id and secret when the first call needs it, renews the token by its refresh token, and logs in anew when
// that is refused. [Credentials] SharingKey makes it act on the workspace of another. [Environment] chooses production or
// sandbox. A long-lived token from the vendor's console needs no secret:
//
//	c, err := ekacare.New(ekacare.Credentials{ClientID: id}, caremux.WithTokenSource(caremux.StaticToken(token)))
//
// [NewOIDCTokenSource] gets the tokens of a user whom your own identity provider has verified.
//
// Older operations take the token in the header auth, newer ones in Authorization. The client follows the documents operation by
// operation; [Credentials] TokenHeader forces one way for all. The operations of MedAssist take the id of an agent instead,
// Credentials.AgentID.
//
// # For whom
//
// Calls to ABDM, to records and to assessments say in headers for whom they are made. [Client.For] makes a client for one
// patient, facility or application, which costs next to nothing and shares connections and tokens; [WithPatient], [WithHIP] and their like
// do it for one call:
//
//	patient := c.For(ekacare.Identity{PatientID: oid})
//	record, err := patient.Records.Get(ctx, id)
//
// # Alternatives
//
// Some requests want one of several sets of members: partner ids (yours) or Eka's, dob or age. They are flat structs, checked before
// anything is sent; what breaks a rule is a [*caremux.ArgumentError] that names the member as it is called on the wire.
//
// # Times
//
// Fields are typed by how they travel: [EpochSeconds], [EpochMillis], [SlashDate], [caremux.Time], [caremux.Date]. All of them
// read any of these forms.
//
// # Errors
//
// The vendor has some twenty shapes of errors. [caremux.Error] Code and Message hold what they say, an error of the ABDM gateway by the
// gateway's code, and Details an [ErrorDetails]. errors.As finds a [*FieldErrors] where the vendor names members. Beside the
// sentinels of package caremux there are [ErrSlotTaken], [ErrABHASessionExpired] and [ErrAssessmentExpired]. The rate limits of the
// gateway match [caremux.ErrRateLimited], whatever their status.
package ekacare
