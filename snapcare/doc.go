// Package snapcare is a client for SnapMD Connected Care, also called VirtualCare: all 221 operations of its API. The
// vendor archived its own client and documents in 2024.
//
// # Quick start
//
//	c, err := snapcare.New(snapcare.Credentials{
//		Host:        "sandbox.connectedcare.md",
//		DeveloperID: os.Getenv("SNAPCARE_DEVELOPER_ID"),
//		APIKey:      os.Getenv("SNAPCARE_API_KEY"),
//		HospitalID:  126,
//		UserType:    snapcare.UserTypeClinician,
//		Email:       "ann@example.org",
//		Password:    os.Getenv("SNAPCARE_PASSWORD"),
//	})
//	if err != nil {
//		return err
//	}
//	user, err := c.Account.GetUser(ctx)
//
// [NewFromEnv] reads the credentials from SNAPCARE_HOST, SNAPCARE_DEVELOPER_ID, SNAPCARE_API_KEY and more variables;
// see there.
//
// # Services
//
//   - Time: Appointments, AvailabilityBlocks, Visits
//   - Care: Encounters, Reports, Files
//   - People: Patients, FamilyGroups, People, Clinicians, Staff
//   - Hospitals: Hospitals, Tags, CodeSets
//   - Money: Payments, HealthPlans
//   - Access and the rest: Account, Notifications, Utility
//
// The API has versions 1 to 3.1 side by side. A method's comment has its path; its name has the version only if two
// versions of a call exist.
//
// # Authentication
//
// The developer id and the key are sent with every call. A user logs in with email address and password when the first
// call needs it; the client refreshes the session a minute before it expires, with the device id of the login, and logs
// in again if that fails. [Client.Logout] ends the session. Instead of a password, [Credentials] can contain the JWT of
// a partner (SSOJWT) or a token of Ping Identity (PingToken and AgentID); none of them is needed with
// [caremux.WithTokenSource]. UseV2Token logs in with the older version 2.
//
// A session without an expiry is used until it is refused. An expiry without a zone is read as UTC. An expiry that
// cannot be parsed, or is past, is an error.
//
// Participants of a consultation, such as guests, have tokens of another scheme: see [Client.Participant].
//
// # Kinds of users
//
// Patients, staff and the vendor's administrators may make different calls, and a 401 may mean that the call is not for
// this kind of user. A new login does not help then, so the client does not log in again if the token has worked and
// has not expired: the error matches [ErrWrongUser] and [caremux.ErrUnauthorized]. A token that was never accepted, or
// may have expired, is replaced once. A session that was ended elsewhere fails in the same way as the wrong kind of
// user; Logout makes the client log in again.
//
// # Webhooks
//
// [WebhookVerifier] and [WebhookFormat] configure a handler of package webhook: [QueueEvent] for the queue of patients,
// and [AppointmentEvent] and [PatientProfileEvent], whose fields are not documented. The vendor's Help Desk sets the
// callback and its secret. [WebhookVerifier] documents the limits of the vendor's scheme.
//
// # Responses
//
// Version 2 wraps values, also single ones, in a list with a total; methods return the value or a page. If the server
// returns null in place of a record, or an empty envelope, the error matches [caremux.ErrNotFound]; null in place of a
// list is an empty list. The vendor's total is often the number of items of that page: then Page.Total is only set on
// the last page, or if the total is larger.
//
// Codes are numbers with names. They are encoded as numbers, and decoded from numbers and names, with the vendor's
// misspellings (Practicioner) and without. An unknown number is kept; an unknown name becomes [UnknownCode].
//
// # References
//
// The vendor's Json.NET may write an object once with an id ($id), and refer to it in other places ($ref). Such an
// object is decoded once, and every record that refers to it has a copy; lists and pointers inside of the copies are
// shared, so clone them before you change them. RawJSON of a record has the objects in place of the references. If an
// object refers to an object that contains it, the copy has only the fields without references. A reference to an
// object that the response does not contain, or that is nested too deeply, matches [caremux.ErrUnreadable] instead of
// returning an empty record. RawJSON of a page is the response as it was sent.
//
// # Pages
//
// List and All hide that the vendor paginates with skip and take under different names, or not at all. After a full
// page, another one may follow although the vendor's total says otherwise.
//
// # Retries
//
// See [caremux.RetryPolicy]. A program that books lists the patient's appointments first, and once more if the
// response to the booking was lost or the time was refused as taken: an appointment of this patient with this
// clinician at this time, if it is not cancelled, was booked by an earlier run. examples/selfschedule does so, and is
// tested with a crash at every request.
//
// # Booking
//
// A patient takes part of an availability block of a clinician; staff do the same through the methods that begin with
// Admin. These are version 3; CreateForPatient and similar methods are version 2.1:
//
//	a, err := c.Appointments.PatientCreate(ctx, &snapcare.AppointmentCreate{
//		AvailabilityBlockID: block,
//		AppointmentTypeCode: snapcare.AppointmentTypeCodePatientScheduled,
//		EncounterTypeCode:   snapcare.EncounterTypeCodeVideo,
//		ServiceTypeID:       service,
//		StartTime:           snapcare.NewLocalTime(start, zone),
//		EndTime:             snapcare.NewLocalTime(start.Add(15*time.Minute), zone),
//		Participants: []snapcare.AppointmentParticipantInput{
//			snapcare.ClinicianParticipant(clinician), snapcare.PatientParticipant(patient),
//		},
//	})
//
// [AppointmentsService.AdminMove] and [AppointmentsService.PatientMove] move an appointment to another time and keep
// its other values. A second run moves nothing. After a lost response they read the appointment; a [*MoveError] reports
// that it is not known whether the appointment was moved:
//
//	moved, err := c.Appointments.PatientMove(ctx, a.AppointmentID, snapcare.AppointmentMove{
//		Start: snapcare.NewLocalTime(start, zone), End: snapcare.NewLocalTime(start.Add(15*time.Minute), zone),
//	})
//
// # Changing a record
//
// A method named Replace overwrites the whole record and clears the fields that the body does not contain. Read the
// record, call its method ReplaceBody, and change the body. ReplaceBody copies every field that the body has, and
// returns an error if a value would be lost. [Appointment.ReplaceBody] is for version 3, whose times need the zone of
// the user: set StartTime and EndTime, or use AdminMove. [Appointment.V21ReplaceBody] keeps the times.
//
//	block, err := c.AvailabilityBlocks.Get(ctx, id)
//	…
//	body, err := block.ReplaceBody()
//	…
//	body.AllowOnDemandAppt = new(true)
//	block, err = c.AvailabilityBlocks.Replace(ctx, id, body)
//
// Staff and patient profiles have other field names in responses than in requests, so you fill their bodies yourself.
//
// # Clearing a field
//
// A body that replaces a record clears the fields that it does not contain: set the field of the body to nil. If the
// vendor requires the field, [caremux.WithBodyField] with nil sends null:
//
//	block, err = c.AvailabilityBlocks.Replace(ctx, id, body, caremux.WithBodyField("optimizationTypeCode", nil))
//
// # Times
//
// Version 3 accepts times without a zone and reads them in the zone of the user. [LocalTime] therefore requires a
// location. Version 2.1 accepts times with an offset; use [caremux.NewTime]. A time without a known zone is refused
// before a request is sent. [LoadTimeZones] maps the vendor's ids of zones, and [TimeZones.ZonedTime] adds a zone to
// the times of a booking, so that they do not depend on who is logged in. A booking with both, StartTime and a
// ZonedTime, is refused unless they are the same instant. If a local time occurs twice, .NET uses the later one; use a
// ZonedTime of UTC for the earlier one. Times in responses are [caremux.Time], whose Zoned method reports whether the
// vendor sent the zone. A date of birth is a [caremux.Date] and is sent as midnight UTC.
//
// # Errors
//
// The error body of version 3 is an [*ErrorResponse] in [caremux.Error] Details; its ResponseCode is Code. A call for a
// record that does not exist matches [caremux.ErrNotFound]. [CodeNotFound] is sent with status 400, and matches both
// [caremux.ErrNotFound] and [caremux.ErrInvalid]: test for the first before the second. Bodies of version 2 may be a
// JSON string, which becomes Message, or an HTML page. The HTTP reason phrase is not used: the vendor's contradicts its
// own bodies.
//
// Account.ValidateUserToken and similar calls fail with 410 if a link has expired, which matches [caremux.ErrNotFound].
// Status 207 for a new patient means that the patient is stored but has no login; [caremux.WithResponse] returns the
// status.
//
// # Quirks
//
//   - Names that the vendor misspells, such as attendenceCode, are sent in the vendor's spelling.
//   - hospitalId and providerId are the same number. Clinicians are identified by user ids, patients by ids of their profiles,
//     participants of appointments by person ids, which are GUIDs.
//
// # Testing
//
// Package snapcaretest is a fake Connected Care in your own process.
package snapcare
