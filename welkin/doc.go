// Package welkin calls Welkin Health, a care management platform (API v8).
//
// # Quick start
//
//	c, err := welkin.New(welkin.Credentials{Tenant: "gh", Instance: "sb-demo", ClientName: "…", Secret: "…"})
//	if err != nil {
//		return err
//	}
//	p, err := c.Patients.Create(ctx, &welkin.PatientCreate{
//		FirstName: "Charlie",
//		LastName:  "Taylor",
//		Timezone:  new("America/Los_Angeles"),
//	})
//
// [NewFromEnv] reads the credentials from WELKIN_TENANT, WELKIN_INSTANCE, WELKIN_CLIENT_NAME and WELKIN_SECRET.
//
// # Services
//
//   - People: Patients, Contacts, Users, UserAppAccesses, UserPolicies, UserTerritories
//   - Time: CalendarEvents, WorkHours, Schedules
//   - Care: CarePlans, Encounters, PatientPrograms, Tasks, AssessmentRecords
//   - Data of your own: CDTs, with [CDTRecords] for your own Go types; PDTs, with [ProfileRecords]; Dictionaries, Documents
//   - Messages: Chats, Emails, SMS, Communications, Calls, UnrecognizedCalls
//   - Configuration: Formations, Assessments, Programs
//   - Oversight: DataAudit, SecurityAudit, WebhookAudit, Exports
//   - Login: APIClients, which the client calls itself
//
// # Authentication
//
// The secret of an API client (Admin, API Clients) is exchanged for a bearer token when the first call needs one. The
// token lives about an hour; the client reads the expiry from the token, refreshes it a minute before, and exchanges
// the secret again if the vendor responds with 401, at most five times per minute. [caremux.WithTokenStore] shares
// tokens among processes.
//
// The tenant and the instance are filled into every path by the client. Two instances are two clients. All clients of a
// process share one transport unless [caremux.WithTransport] or [caremux.WithHTTPClient] says otherwise.
//
// # Pages
//
// Welkin pages its lists in five different ways, and some not at all. List, All and Pages hide that; parameters named
// Page count from 0.
//
// # What has changed
//
// Patients, Users, CalendarEvents, Tasks, AssessmentRecords, PatientPrograms and Dictionaries have a method Changes,
// which returns the records that were created or changed since the last run:
//
//	changes := c.Patients.Changes(cursor) // a caremux.SyncCursor; the zero value returns everything
//	for p, err := range changes.All(ctx) {
//		…
//	}
//	cursor = changes.Cursor() // save it, as JSON
//
// Welkin has no filter by the time of a change, except for dictionaries. The list is sorted by the newest change first
// and read up to the time of the last run; if Welkin sends it in another order, the whole list is read. A cancelled
// event is returned, other deleted records are not. Records of custom data types have the time of their last change
// too, but Welkin's documents do not say whether they can be sorted by it, so they have no such method.
//
// # Programs
//
// A program is assigned to a patient by an update of the patient's program:
//
//	_, err := c.PatientPrograms.Update(ctx, patientID, "diabetes", &welkin.PatientProgramPatch{Assigned: new(true)})
//
// Assigned false, or Unassign, ends the assignment. Programs defines the programs of the instance and assigns none.
//
// # Identifiers
//
// Patients.Get takes the Welkin UUID, or with [PatientsGetParams] Type the external id (EID), the external GUID (EGUID)
// or the medical record number (MRN). Users.Get takes the username, or with Type ID the UUID. CalendarEvents.Get takes
// the UUID, or with Type EXTERNAL_ID the external id.
//
// # Changing a record
//
// A method named Update changes the fields that are sent and leaves the others. One named Replace overwrites the whole
// record and clears the fields that the body does not contain: read the record, call its method ReplaceBody, and change
// the body. ReplaceBody copies every field that the body has, and returns an error if a value would be lost:
//
//	event, err := c.CalendarEvents.Get(ctx, id, nil)
//	…
//	body, err := event.ReplaceBody()
//	…
//	body.EventTitle = new("Follow-up")
//	event, err = c.CalendarEvents.Replace(ctx, id, body)
//
// Bodies without documented fields (assessment records, document type records) are maps: copy the values to keep from
// the record's RawJSON.
//
// # Clearing a field
//
// A nil pointer leaves a field out, and Update then leaves it as it is. Some fields, such as Phone of [ContactUpdate],
// have the type nullable.Nullable: nullable.NewNullNullable clears them. For any other field, [caremux.WithBodyField]
// with nil sends null:
//
//	p, err := c.Patients.Update(ctx, id, &welkin.PatientUpdate{}, caremux.WithBodyField("middleName", nil))
//
// A body that replaces a record clears the fields that it does not contain.
//
// # Times
//
// Times are sent in UTC with milliseconds. Fields whose names begin with Local are read-only and carry an offset. A
// date of birth is a [caremux.Date], which is sent as midnight UTC.
//
// # Retries
//
// See [caremux.RetryPolicy]. The vendor does not publish its rate limit, only status 429.
//
// A program that may be restarted after a crash or a lost response should search for the record by an external id of
// its own before it creates one. Patients and events have such ids; [TypedCDTs.CreateOnce] does the same with data of
// your own:
//
//	p, err := c.Patients.Get(ctx, crmID, &welkin.PatientsGetParams{Type: new(welkin.PatientIDTypeEID)})
//	if errors.Is(err, caremux.ErrNotFound) {
//		p, err = c.Patients.Create(ctx, &welkin.PatientCreate{ExternalID: &crmID, FirstName: first, LastName: last})
//	}
//
// # Errors
//
// Welkin returns errors as a list. The code and the message of the first entry are in [caremux.Error] Code and Message;
// Details is the whole list as []ErrorItem. A call for a record that does not exist returns an error matching
// [caremux.ErrNotFound].
//
// # Data of your own
//
// Custom data types have the fields that you defined. [CDTRecords] reads and writes them as a Go type:
//
//	type Vitals struct {
//		Systolic  int `json:"systolic,omitzero"`
//		Diastolic int `json:"diastolic,omitzero"`
//	}
//	records := welkin.CDTRecords[Vitals](c, "vitals")
//	v, err := records.Create(ctx, patient, &Vitals{Systolic: 118, Diastolic: 76})
//
// A record can be stored as JSON, in a cache or a queue, without loss of the fields and digits that its Go type does
// not have. In a map[string]any numbers are [encoding/json.Number].
//
// [ProfileRecords] does the same for profile data types.
//
// # Operations of 2026
//
// PDTs, Contacts, Calls, UnrecognizedCalls and Communications are known from documentation of 2026 that contradicts
// itself and the recorded traffic. Their paths are likely and their bodies uncertain, so their methods accept several
// layouts: a record with or without an envelope, and a list under any of the names that Welkin uses. None of their
// responses has been recorded.
//
// # Webhooks
//
// [WebhookVerifier] and [WebhookFormat] configure a handler of package webhook. Events point to a record, which
// [WebhookEvent.Patient], [WebhookEvent.CDTRecord] and [WebhookEvent.CalendarEvent] read; chats arrive as
// [ChatWebhookEvent]. Two headers contain a key and a secret that do not depend on the body, so receive over TLS only;
// [WebhookVerifier] documents how to use the signature header of the newer documents. Welkin sends no delivery id:
// equal events are never de-duplicated, so that no change is lost, and a function may run twice.
//
// # Quirks
//
//   - Live responses contain undocumented fields; those that were seen are typed, otherwise see
//     [caremux.Record.Extra].
//   - Formations (configuration) are read from version "current", "draft" or a number; writes go to the draft.
//   - A calendar event that was deleted can still be read, with status CANCELLED; only future events can be deleted.
//   - Chat archive and restore are not open to API clients.
//   - Users are updated by the username, and read by either id.
//   - An email or a text message that is sent with SendNow is returned with SendNow false.
//   - Some samples of patients have the key of the time zone with a trailing space; it is then in Extra.
//
// # Testing
//
// Package welkintest is a fake Welkin in your own process.
package welkin
