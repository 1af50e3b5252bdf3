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
// The secret of an API client (Admin, API Clients) is exchanged for a bearer token when the first call needs one. The token
// lives about an hour; the client reads the expiry from the token, renews it a minute ahead, and exchanges the secret again
// when the vendor answers 401. It never exchanges more than five times a minute. [caremux.WithTokenStore] shares tokens among
// processes.
//
// The tenant and the instance are filled into every path by the client. Two instances are two clients; give them one
// transport with [caremux.WithTransport] if there are many.
//
// # Pages
//
// Welkin pages its lists in five different ways, and some not at all. List and All hide that; parameters named Page count
// from 0.
//
// # Identifiers
//
// Patients.Get takes the Welkin UUID, or with [PatientsGetParams] Type the external id (EID), the external GUID (EGUID) or
// the medical record number (MRN). Users.Get takes the username, or with Type ID the UUID. CalendarEvents.Get takes the
// UUID, or with Type EXTERNAL_ID the external id.
//
// # Changing a record
//
// A method named Update changes the fields that are sent and leaves the others. One named Replace overwrites the whole record, and what
// the body leaves out is gone: read the record, let it make the body, and change that. ReplaceBody copies every field that the body
// knows, and returns an error where a value would be lost:
//
//	event, err := c.CalendarEvents.Get(ctx, id, nil)
//	…
//	body, err := event.ReplaceBody()
//	…
//	body.EventTitle = new("Follow-up")
//	event, err = c.CalendarEvents.Replace(ctx, id, body)
//
// Bodies without fields of their own (assessment records, document type records) are maps: copy what is to stay from the record's RawJSON.
//
// # Clearing a field
//
// A nil pointer leaves a field out, and Update then leaves it as it is. Some fields, such as Phone of [ContactUpdate], have the type
// nullable.Nullable: nullable.NewNullNullable clears them. For any other field, [caremux.WithBodyField] with nil sends null:
//
//	p, err := c.Patients.Update(ctx, id, &welkin.PatientUpdate{}, caremux.WithBodyField("middleName", nil))
//
// A body that replaces a record clears what it leaves out.
//
// # Times
//
// Times are sent in UTC with milliseconds. Fields whose names begin with Local are read-only and carry an offset. A date of
// birth is a [caremux.Date], which is sent as midnight UTC.
//
// # Retries
//
// As [caremux.RetryPolicy] says. The vendor names no rate, only status 429.
//
// A program that may run again, after a crash or a lost response, looks for the record by an external id of its own
// before it creates one. Patients and events have such ids; [TypedCDTs.CreateOnce] does the same with data of your own:
//
//	p, err := c.Patients.Get(ctx, crmID, &welkin.PatientsGetParams{Type: new(welkin.PatientIDTypeEID)})
//	if errors.Is(err, caremux.ErrNotFound) {
//		p, err = c.Patients.Create(ctx, &welkin.PatientCreate{ExternalID: &crmID, FirstName: first, LastName: last})
//	}
//
// # Errors
//
// Welkin answers errors with a list. The first entry's errorCode and message are in [caremux.Error] Code and Message; Details
// holds the whole list as []ErrorItem.
//
// # Data of your own
//
// Custom data types have the fields that you gave them. [CDTRecords] reads and writes them as a Go type:
//
//	type Vitals struct {
//		Systolic  int `json:"systolic,omitzero"`
//		Diastolic int `json:"diastolic,omitzero"`
//	}
//	records := welkin.CDTRecords[Vitals](c, "vitals")
//	v, err := records.Create(ctx, patient, &Vitals{Systolic: 118, Diastolic: 76})
//
// A record that was read can be kept as JSON, in a cache or a queue, and is the same afterwards, with the fields and
// digits that its Go type has no room for. In a map[string]any numbers are [encoding/json.Number].
//
// [ProfileRecords] does the same for profile data types.
//
// # Operations of 2026
//
// PDTs, Contacts, Calls, UnrecognizedCalls and Communications are known from documentation of 2026 that contradicts itself and recorded
// traffic. Their paths are likely and their bodies doubtful, so their methods read what they can: a record with or without
// an envelope, a list under any of the names that Welkin uses. Nobody is known to have seen a response of theirs.
//
// # Webhooks
//
// [WebhookVerifier] and [WebhookFormat] go into a handler of package webhook. Events point to a record, which
// [WebhookEvent.Patient], [WebhookEvent.CDTRecord] and [WebhookEvent.CalendarEvent] read; chats arrive as [ChatWebhookEvent].
// Two headers carry a key and a secret that are tied to nothing, so receive over TLS only; [WebhookVerifier] says how to plug in the
// signature header of the newer documents. Welkin sends no id of a delivery: of equal events none is taken for a repetition, so
// that no change is lost, and a function may run twice.
//
// # Quirks
//
//   - Live answers carry fields that no document names; where they were seen they are typed, otherwise see
//     [caremux.Record.Extra].
//   - Formations (configuration) are read from version "current", "draft" or a number; writes go to the draft.
//   - A calendar event that was deleted can still be read, with status CANCELLED; only future events can be deleted.
//   - Chat archive and restore are not open to API clients.
//   - Updates of users go by the username, reads by either id.
//   - An email or a text that is sent with SendNow comes back with it false.
//   - Some read samples of patients write the key of the time zone with a trailing space; it then is in Extra.
//
// # Testing
//
// Package welkintest is a Welkin in your own process.
package welkin
