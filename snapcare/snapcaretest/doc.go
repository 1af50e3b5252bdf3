// Package snapcaretest is a SnapMD Connected Care to test against: a server in your own process that stores its data in
// memory.
//
//	func TestVisit(t *testing.T) {
//		srv := snapcaretest.NewServer(t)
//		start := time.Date(2030, time.May, 2, 9, 0, 0, 0, srv.Zone())
//		c := srv.PatientClient()
//		_, err := c.Appointments.PatientCreate(t.Context(), &snapcare.AppointmentCreate{
//			AvailabilityBlockID: srv.AddBlock(srv.Clinician(), start, start.Add(time.Hour)),
//			AppointmentTypeCode: snapcare.AppointmentTypeCodePatientScheduled,
//			EncounterTypeCode:   snapcare.EncounterTypeCodeVideo,
//			ServiceTypeID:       307,
//			StartTime:           snapcare.NewLocalTime(start, srv.Zone()),
//			EndTime:             snapcare.NewLocalTime(start.Add(15*time.Minute), srv.Zone()),
//			Participants: []snapcare.AppointmentParticipantInput{
//				snapcare.ClinicianParticipant(srv.Clinician().ID), snapcare.PatientParticipant(srv.Patient().ID),
//			},
//		})
//		if err != nil {
//			t.Fatal(err)
//		}
//	}
//
// # What it does
//
// Every request is checked against the vendor's documents, more strictly than the vendor does: a query parameter or a field of a
// body that is not documented is refused with status 400, and [Server.Problems] returns the reasons. Calls need the developer id
// and the key, and a token that the server issued for the right kind of user: [Server.Client] is one of the staff,
// [Server.PatientClient] a patient. Appointments, availability blocks, visits and /v2/admin know the kinds apart; other calls
// take either.
//
// The server knows the two persons of the vendor's sample, [Server.Patient] and [Server.Clinician]; [Server.AddPatient],
// [Server.AddDependent], [Server.AddClinician] and [Server.AddBlock] add more. Patients book for themselves and their dependents.
//
// Appointments are booked, moved, cancelled, listed and read, in version 3 and, but for the lists of ListForPatient and
// ListScheduledForPatient, in version 2.1; availability blocks are kept too. A booking must lie in the future, which
// [Server.SetNow] can move, with one patient and one clinician, in an available block of that clinician that covers it
// and takes bookings by the caller; unless the block is for double booking, the clinician must be free, in other blocks
// too. Local times are those of [Server.SetZone]. One that clocks skip is refused; if a local time occurs twice, the
// server uses the later one, as .NET does. A local time with an offset is refused, and is a problem.
//
// All other operations respond with a made-up record in which every documented field has a value, and forget what they are sent.
// What is not documented is a guess: the status of a failed version 3 login (401), the messages of errors, that moving a
// cancelled appointment is refused, and the names of the time zones.
//
// # When things go wrong
//
// [Server.Fail] makes calls fail: with a status, late, never, with a connection that breaks before or after the work was done.
// [Server.ExpireSessions] and [Server.SetSessionLifetime] simulate failures of authentication, and [WithReferences] adds the
// reference keys of Json.NET to responses. Configure the client with a short wait between attempts:
//
//	srv.Fail(snapcaretest.Fault{Operation: "Utility.ListTimeZones", Status: 503, Times: 2})
//	c := srv.Client(caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}))
//
// Programs use [Start] and [Server.NewClient], which need no test.
package snapcaretest
