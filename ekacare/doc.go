// Package ekacare calls Eka Care: appointments, patients, health records, assessments, scribe, and the Indian health
// network ABDM with its ABHA accounts.
//
// # Quick start
//
//	c, err := ekacare.NewFromEnv() // EKA_CLIENT_ID, EKA_CLIENT_SECRET, EKA_ENVIRONMENT
//	if err != nil {
//		return err
//	}
//	slots, err := c.Appointments.FindSlots(ctx, ekacare.SlotQuery{
//		DoctorID: doctor, ClinicID: clinic, From: caremux.DateOf(time.Now().In(ekacare.IST)), NotBefore: time.Now(),
//	})
//	if err != nil || len(slots) == 0 {
//		return err
//	}
//	booked, err := c.Appointments.BookSlot(ctx, slots[0], &ekacare.AppointmentBooking{
//		PatientID: &patient, PartnerAppointmentID: &visit, // your id of the visit, so that a job may run twice
//	})
//
// # Services
//
//   - Practice: PatientDirectory, Appointments, Doctors, Clinics, Business, Payments, Prescriptions, IPD, Vitals
//   - Setting up: OnboardingDoctors, OnboardingClinics, OnboardingUsers, EMRUsers, Webhooks, Notifications, Network,
//     Privacy
//   - Records: Records, Cases, Codification, MedicalDB, KnowledgeBase
//   - Speech: ScribeSessions, with ScribeTemplates, ScribeDocuments and ScribeProtocol; older: ScribeTranscription
//   - Questions and chat: Assessments, MedAssist
//   - ABHA accounts: ABHALogin, ABHARegistration, ABHAProfile, ABHASession, ABHAFaceAuth, ABHARequests
//   - ABDM: CareContexts, Consents, ConsentPIN, DataExchange, ECDH, ScanAndShare, ScanAndPay, Providers, HIPFacilities,
//     HIPUsers, HFR, HPR
//   - UHI: PhysicalConsultation, BloodBank
//   - Login: Auth, which the client calls itself
//   - Deprecated: Patients (use PatientDirectory), ScribeTransactions and ScribeVoice (use ScribeSessions)
//
// # Authentication
//
// The client logs in with id and secret when the first call needs it, refreshes the token, and logs in again if that
// is refused. [Credentials] SharingKey makes it act on the workspace of another. [Environment] chooses production or
// sandbox. A long-lived token from the vendor's console needs no secret:
//
//	c, err := ekacare.New(ekacare.Credentials{ClientID: id}, caremux.WithTokenSource(caremux.StaticToken(token)))
//
// [NewOIDCTokenSource] gets the tokens of a user whom your own identity provider has verified.
//
// Older operations take the token in the header auth, newer ones in Authorization. The client follows the documents
// operation by operation; [Credentials] TokenHeader forces one way for all. The operations of MedAssist take the id of
// an agent instead, Credentials.AgentID.
//
// # For whom
//
// Calls to ABDM, to records and to assessments say in headers for whom they are made. [Client.For] makes a client for
// one patient, facility or application, which costs next to nothing and shares connections and tokens; [WithPatient],
// [WithHIP] and their like do it for one call. Where the vendor requires such a header, as for most calls to records, a
// call without it is a [*caremux.ArgumentError] that names the header, and no request is sent. Middleware would add it
// too late.
//
//	patient := c.For(ekacare.Identity{PatientID: oid})
//	record, err := patient.Records.Get(ctx, id)
//
// # Pages
//
// List returns one page and All iterates over all records, whichever of the vendor's kinds of pagination a list
// has. Appointments.List pages by a number from 0, PatientDirectory.List by one from 1, Records.List and Cases.List
// by a token. Most other lists are not paginated.
//
// # Errors
//
// The vendor has some twenty shapes of errors. [caremux.Error] Code and Message contain the code and the message, for
// an error of the ABDM gateway the gateway's code, and Details is an [ErrorDetails]. A call for a record that does not
// exist returns an error matching [caremux.ErrNotFound]. errors.As finds a [*FieldErrors] where the vendor names
// fields. Beside the sentinels of package caremux there are [ErrSlotTaken], [ErrABHASessionExpired] and
// [ErrAssessmentExpired], and those of the flows below. The rate limits of the gateway match [caremux.ErrRateLimited],
// whatever their status.
//
// # Retries
//
// See [caremux.RetryPolicy]. A booking is never sent twice; instead, [AppointmentsService.BookSlot] searches for
// the appointment.
//
// # Flows and failures
//
// The flows below can be run a second time, by a job that was killed or for a form that is submitted twice. While they
// run they return the state that this requires: store it, and the next process continues. A stored state belongs to the
// account and the patient that it was made for, and is refused for others ([ErrOtherOwner]). Flows that create records
// refuse caremux.WithIdempotent.
//
// # Booking
//
// [AppointmentsService.FindSlots] lists the free slots of some days, [AppointmentsService.BookSlot] books one and reads
// the appointment back. If the patient has the appointment already, that is returned. The error for a taken slot is a
// [*SlotTakenError] with the next free ones. If the response is lost, BookSlot searches for the appointment. A
// [*BookingError] means that it is not known whether the slot was booked: run BookSlot a second time, or call
// [AppointmentsService.FindBooking], before you book another slot.
//
//	booked, err := c.Appointments.BookSlot(ctx, slot, booking)
//	var taken *ekacare.SlotTakenError
//	if errors.As(err, &taken) && len(taken.Next) > 0 {
//		booked, err = c.Appointments.BookSlot(ctx, taken.Next[0], booking)
//	}
//
// This may be run a second time too: if the patient has an appointment among the offers, it is in Held and Next is
// empty. A job that lists the slots a second time finds others, since its own is taken now. Set an id of your own for
// each visit (PartnerAppointmentID): BookSlot then finds the visit in any slot, and for another slot returns a
// [*BookingError] of the stage [BookingStageDiffers] with that appointment.
//
// Appointments.Book is the single call.
//
// [AppointmentsService.MoveToSlot] moves an appointment to another slot of its doctor at its clinic with the same
// guarantees: a second run moves nothing, and the error for a slot that is taken is a [*SlotTakenError]. It returns the
// vendor's new appointment. Save the new id: the old appointment remains, with the status of one that was moved.
//
//	moved, err := c.Appointments.MoveToSlot(ctx, booked.AppointmentID, slot)
//
// # Clearing a field
//
// A nil pointer leaves a field out, and Update then leaves it as it is. A field of the type nullable.Nullable, such as
// DocumentDate of [RecordUpdate], is cleared with nullable.NewNullNullable. For any other field,
// [caremux.WithBodyField] with nil sends null; the vendor does not document which fields it clears, so read the record
// back:
//
//	_, err := c.PatientDirectory.Update(ctx, oid, &ekacare.DirectoryPatientUpdate{}, caremux.WithBodyField("email", nil))
//
// # Records
//
// [RecordsService.UploadDocuments] sends up to five documents of ten files each, streamed, to the storage that the
// vendor names. An [*UploadError] reports file by file what is missing, and [RecordsService.ResumeUpload] sends just
// that, also in another process: store the outcome that Progress receives. [RecordsService.Parse] uploads a document,
// waits and returns the FHIR bundle that the vendor has created from it, which package ekafhir decodes.
//
//	file, err := ekacare.DocumentFileAt("blood-count.pdf")
//	if err != nil {
//		return err
//	}
//	outcome, err := patient.Records.UploadDocuments(ctx, []ekacare.DocumentUpload{{
//		DocumentType: ekacare.DocumentTypeLabReport,
//		Files:        []ekacare.DocumentFile{file},
//	}}, nil)
//
// [RecordsService.Changes] and [CasesService.Changes] return what has changed since a [caremux.SyncCursor] that you
// save. A record may be returned several times: store it by its id. [caremux.Changes] describes the guarantees.
//
// # Scribe
//
// [ScribeSessionsService.Process] turns a finished recording into notes. For one in progress,
// [ScribeSessionsService.Open] returns a [ScribeRecording]: Upload piece by piece, End, Wait. With a session id of your
// own both may be run again. A recording continues in another process with [ScribeSessionsService.ResumeState], or by
// the session's id alone with [ScribeSessionsService.Resume]; send what comes after the first Uploaded() pieces.
//
//	recording, err := c.ScribeSessions.Open(ctx, &ekacare.ScribeSessionCreate{
//		UploadType: ekacare.ScribeUploadTypeChunked, Templates: []string{template},
//		SessionID: &visit, // of 16 to 32 characters
//	})
//
// # Assessments
//
// [AssessmentsService.Begin] returns an [Assessment], a loop of questions. Its [Assessment.State] can be stored between
// two requests of a web service:
//
//	for !a.Done() {
//		if err := a.Answer(ctx, answerOf(a.Question())); err != nil {
//			return err
//		}
//	}
//	result, err := a.Submit(ctx)
//
// [Choose], [Qualify], [Text], [Number] and [Skip] return answers to a question, and [Assessment.Suggest] finds choices
// for what a user types.
//
// # ABHA
//
// Logins and registrations are steps that cannot be taken out of order: [ABHALoginService.Begin],
// [ABHARegistrationService.BeginAadhaar] and [ABHARegistrationService.BeginMobile] send a one-time password and return
// the step that waits for it. Each step returns what comes next; a wrong password matches [ErrWrongOTP] and can be
// followed by another. Save returns an [ABHASavedStep], to store between two requests of the same patient.
//
//	step, err := c.ABHALogin.Begin(ctx, &ekacare.ABHALoginInit{
//		Method: new(ekacare.ABHALoginMethodMobile), Identifier: new(mobile),
//	})
//	if err != nil {
//		return err
//	}
//	next, err := step.Verify(ctx, otp) // next.Done, next.Select or next.CreateByMobile
//
// A patient's session with the gateway expires (status 491). [ABHASessionService.Keep] opens a new session and
// retries the call. It sends no other password while the patient types one.
//
// # Webhooks
//
// [WebhookVerifier] and [WebhookFormat] configure a handler of package webhook. Each type whose name ends in Event is
// a payload, and methods such as [AppointmentCreatedEvent.Appointment] read what an event points to.
//
//	webhook.On(hooks, func(ctx context.Context, e webhook.Delivery[ekacare.AppointmentCreatedEvent]) error {
//		a, err := e.Payload.Appointment(ctx, c)
//		if err != nil {
//			return err // the vendor retries the delivery
//		}
//		return store(ctx, a)
//	})
//
// Register the address with [WebhooksService.Register] and set a signing key: without one, deliveries are not signed.
// ABDM webhooks are registered by the vendor's support.
//
// # Health data of ABDM
//
// The network sends requests as events, and your service responds by a call. A provider (HIP) responds to discovery,
// links and shared profiles with the Respond or Refuse method of the event, such as
// [ABHACareContextDiscoverEvent.Respond], and to a request for data with the FHIR documents of the care contexts that
// it names. Each document is sealed for the requester, with keys that are made for it:
//
//	webhook.On(hooks, func(ctx context.Context, e webhook.Delivery[ekacare.ABHAHIPDataFetchEvent]) error {
//		return e.Payload.Respond(ctx, c, documentsOf(e.Payload))
//	})
//
// A user (HIU) publishes keys with [DataExchangeService.NewKeySet] and keeps them in a store, and opens what arrives:
//
//	webhook.On(hooks, func(ctx context.Context, e webhook.Delivery[ekacare.ABHAHIUDataPushEvent]) error {
//		received, err := e.Payload.Open(ctx, keySets)
//		if err != nil {
//			return err
//		}
//		for i := range received.Records {
//			if r := &received.Records[i]; r.Err == nil {
//				r.Err = save(ctx, r.CareContextID, r.Bundle)
//			}
//		}
//		return received.Respond(ctx, c)
//	})
//
// The cryptography is that of package abdm: neither private keys nor documents leave your process in the clear. An
// event with documents is larger than the default limit of a webhook handler: raise it with WithLimit of package
// webhook.
//
// # Encrypted bodies and tokens of users
//
// [WithEncryption] encrypts JSON bodies end to end (X-Encryption). It follows the vendor's pages and has not been
// verified against the service. [NewUserToken] returns a token for a user of your own service, for MedAssist's
// conversations.
//
// # Times
//
// The types of fields follow their format on the wire: [EpochSeconds], [EpochMillis], [SlashDate], [caremux.Time],
// [caremux.Date]. All of them decode any of these formats. Slots and days of a clinic are those of India, [IST].
//
// # Alternatives
//
// Some requests require one of several sets of fields: partner ids (yours) or Eka's, date of birth or age. They are
// flat structs, checked before a request is sent; a violation is a [*caremux.ArgumentError] that names the field.
//
// # Quirks
//
//   - The vendor lists few of the statuses of appointments in one place and many in another; [AppointmentStatus] has
//     them all, and an unknown one is kept.
//   - A visit at the clinic is INCLINIC in requests and in_clinic or in-clinic in responses.
//   - Identifiers are numbers in some messages and strings in others: [LooseID] decodes both.
//   - Rate limits are not published, and Retry-After is not documented; 429 and the gateway's codes are respected
//     nevertheless.
//   - Uploads of documents go to a storage with another address. The client's token is not sent there.
//   - Bodies that the documents place under a status without content, as those of Consents.List, are decoded if
//     they are sent.
//   - The operations of ECDH send private keys and the plain text of health records to the vendor. Package abdm does
//     the same in your process.
//
// # Testing
//
// Package ekacaretest is a fake Eka Care in your own process, with slots, storage, jobs, ABHA and signed webhooks.
package ekacare
