// Package snapcare is a client for SnapMD Connected Care, also called VirtualCare: all 221 operations of its API. The vendor
// archived its own client and documents in 2024.
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
// [NewFromEnv] reads the same from SNAPCARE_HOST, SNAPCARE_DEVELOPER_ID, SNAPCARE_API_KEY and its like.
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
// The API has versions 1 to 3.1 side by side. A method's comment gives its path, and its name tells the version only where two
// versions of a call exist.
//
// # Authentication
//
// The developer id and the key go with every call. A user logs in by email address and password when the first call needs it;
// the client renews the session a minute before it expires, with the device id of the login, and logs in anew where that fails.
// [Client.Logout] ends the session. Instead of a password, [Credentials] take the JWT of a partner (SSOJWT), a token of Ping
// Identity (PingToken and AgentID), or none at all beside [caremux.WithTokenSource] with a ready token. UseV2Token logs in by
// the older version 2.
//
// A session without an expiry is used until it is refused. An expiry without a zone is read as UTC. One that is no time, or is
// past, is an error.
//
// Participants of a consultation, such as guests, have tokens of another scheme: see [Client.Participant].
//
// # Kinds of users
//
// Patients, staff and the vendor's administrators may make different calls, and a 401 may mean that the call is not for this
// kind of user. No login helps against that, so none is made for a token that has worked and has not expired: the error matches
// [ErrWrongUser] beside [caremux.ErrUnauthorized]. A token that was never accepted, or may have expired, is replaced once.
// A session that somebody else ended looks like the wrong kind of user; Logout makes the client log in anew.
//
// # Webhooks
//
// [WebhookVerifier] and [WebhookFormat] go into a handler of package webhook: [QueueEvent] for the queue of patients, and
// [AppointmentEvent] and [PatientProfileEvent], whose fields no document names. The callback and its secret are set by the
// vendor's Help Desk. [WebhookVerifier] says what the vendor's scheme cannot promise.
//
// # Answers
//
// Version 2 wraps values, also single ones, in a list with a total; methods return the value or a page. Where the server says
// null in place of a record, or sends the wrapping alone, the error matches [caremux.ErrNotFound]; null in place of a list is an
// empty one. The vendor's total often counts only the items of that page: it is left out then, and Page.Total
// is set on the last page, or where the total says more.
//
// Codes are numbers with names. They are sent as numbers and read as either, with the vendor's misspellings (Practicioner) and
// without. A number that is not known is kept; a name that is not known becomes [UnknownCode].
//
// # References
//
// The vendor's Json.NET may write an object once with an id ($id), and name it where it occurs again ($ref). Such an
// object is decoded once, and every record that names it has a copy; lists and pointers inside of the copies are
// shared, so clone them before you change them. RawJSON of a record has the objects in place of their names. Where an
// object names one that it is in itself, the copy has no more than the values that name no other. A reference to an
// object that the response does not contain, or that leads too deep, matches [caremux.ErrUnreadable]: there would be a
// blank in place of a record. RawJSON of a page is the response as it was sent.
//
// # Pages
//
// List and All hide that the vendor pages by skip and take under different names, or not at all. Where a page is full, another
// one may follow although the vendor's total says otherwise.
//
// # Retries
//
// As [caremux.RetryPolicy] says. A program that books looks among the patient's appointments first, and again if the
// response to the booking got lost or the time was refused as taken: one of this patient, with this clinician, at this
// time, that is not cancelled, is the one that an earlier run has made. examples/selfschedule does so, and is tested
// with a crash at every request.
//
// # Booking
//
// A patient takes part of an availability block of a clinician; staff do the same through the methods that begin with Admin.
// These are version 3; CreateForPatient and its like are version 2.1:
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
// [AppointmentsService.AdminMove] and [AppointmentsService.PatientMove] move an appointment to another time, with all that it has.
// Run twice they move it once; a lost response is looked for; [*MoveError] says that it is not certain:
//
//	moved, err := c.Appointments.PatientMove(ctx, a.AppointmentID, snapcare.AppointmentMove{
//		Start: snapcare.NewLocalTime(start, zone), End: snapcare.NewLocalTime(start.Add(15*time.Minute), zone),
//	})
//
// # Changing a record
//
// The vendor's changes are whole records: a method named Replace overwrites all of it, and what the body leaves out is gone. Read the
// record, let it make the body, and change that. ReplaceBody copies every field that the body knows, and returns an error
// where a value would be lost. [Appointment.ReplaceBody] is for version 3, whose times need the zone of the user: set StartTime and
// EndTime, or use AdminMove. [Appointment.V21ReplaceBody] keeps the times.
//
//	block, err := c.AvailabilityBlocks.Get(ctx, id)
//	…
//	body, err := block.ReplaceBody()
//	…
//	body.AllowOnDemandAppt = new(true)
//	block, err = c.AvailabilityBlocks.Replace(ctx, id, body)
//
// Staff and patient profiles are read under other names than they are written, so their bodies are made by hand.
//
// # Clearing a field
//
// A body that replaces a record clears what it leaves out: set the field of the body to nil. [caremux.WithBodyField] with nil sends null
// where the vendor wants to see the field:
//
//	block, err = c.AvailabilityBlocks.Replace(ctx, id, body, caremux.WithBodyField("optimizationTypeCode", nil))
//
// # Times
//
// Version 3 takes times without a zone and reads them in that of the user. [LocalTime] therefore comes only with a
// location; see there. Version 2.1 takes moments with an offset, as [caremux.NewTime] makes them. A time whose zone is
// not known is refused before anything is sent. [LoadTimeZones] maps the vendor's ids of zones, and
// [TimeZones.ZonedTime] lets a zone go with the times of a booking, so that they do not depend on who is logged in. A
// booking with both, StartTime and a ZonedTime, is refused unless they are the same instant. Of the two moments of a
// time that clocks show twice, .NET takes the later; a ZonedTime of UTC names the earlier. Times in answers are
// [caremux.Time], whose Zoned method tells whether the vendor named the zone. A date of birth is a
// [caremux.Date], and is sent as midnight UTC.
//
// # Errors
//
// Version 3 says what is wrong in a body that is kept whole, as [*ErrorAnswer] in [caremux.Error] Details; its responseCode is
// Code. [CodeNotFound] comes with status 400, and matches both [caremux.ErrNotFound] and [caremux.ErrInvalid]: ask for the first
// before the second. Bodies of version 2 may be a JSON text, which becomes Message, or an HTML page. The HTTP reason phrase is
// not used: the vendor's contradicts its own bodies.
//
// Account.ValidateUserToken and its like answer 410 for a link that has expired, which matches [caremux.ErrNotFound]. Status
// 207 of a new patient means that the patient is stored but has no login; [caremux.WithResponse] gives the status.
//
// # Quirks
//
//   - Wire names that the vendor misspells, such as attendenceCode, are sent as it spells them.
//   - hospitalId and providerId are the same number. Clinicians go by user ids, patients by ids of their profiles, participants
//     of appointments by person ids, which are GUIDs.
//   - The vendor sends no webhooks.
//
// # Testing
//
// Package snapcaretest is a Connected Care in your own process.
package snapcare
