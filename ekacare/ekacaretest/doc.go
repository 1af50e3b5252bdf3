// Package ekacaretest is an Eka Care to test against: a server in your own process that stores its data in memory.
//
//	func TestBooking(t *testing.T) {
//		srv := ekacaretest.NewServer(t)
//		c := srv.Client()
//		slots, err := c.Appointments.FindSlots(t.Context(), ekacare.SlotQuery{
//			DoctorID: srv.Doctor().ID, ClinicID: srv.Clinic().ID, From: caremux.NewDate(2030, time.May, 2),
//		})
//		if err != nil {
//			t.Fatal(err)
//		}
//		srv.TakeSlot(srv.Doctor(), srv.Clinic(), slots[0].Start) // another was faster
//		booking := &ekacare.AppointmentBooking{PatientID: new(srv.Patient().ID)}
//		_, err = c.Appointments.BookSlot(t.Context(), slots[0], booking)
//		if !errors.Is(err, ekacare.ErrSlotTaken) {
//			t.Errorf("error %v, want a taken slot", err)
//		}
//	}
//
// # What it does
//
// Every request is checked against the vendor's documents, more strictly than the vendor does: a query parameter or a
// field of a body that is not documented is refused with status 400, and [Server.Problems] returns the reasons. Calls
// need a token that the server issued, in either header; those of MedAssist need the id of the agent.
//
// The server has a doctor and a clinic, [Server.Doctor] and [Server.Clinic], under the partner ids of the vendor's
// sample booking, and a patient, [Server.Patient]. [Server.AddDoctor], [Server.AddClinic], [Server.AddPatient] and
// [Server.AddAppointment] add more, as do the calls for it. Both APIs for patients show the same patients.
//
// Every doctor is at each of his clinics every day from 9 to 18 o'clock in India, in slots of a quarter of an hour. A
// booking takes the slot that its start lies in, and need not begin with it, since the one of the vendor's sample does
// not. Slots that begin before the clock of the server ([Server.SetNow]) are not free, and bookings of them are
// refused. Appointments are booked, read, listed, moved, parked, completed, confirmed and cancelled; cancelling again
// changes nothing, and any other change of one that is over is refused.
//
// All other operations respond with a made-up record in which every documented field has a value, and forget what they
// are sent.
//
// [Server.Writes] is a ledger of what calls have changed, for tests that nothing is done twice. What is not documented
// is a guess: the statuses of refused logins (401, 403 for a disabled client), that a refresh token serves once, the
// opening hours, that a second booking under one partner_appointment_id is refused, the statuses CMNP and PA of
// completed and parked appointments, and that a subscription without event names gets all events.
//
// # Jobs and flows
//
// Uploads of records go to a storage with an address of its own, as at the vendor's; [Server.StoredFiles] has what
// arrived, and [Server.FailStorage] breaks it. Jobs go one state further with each look, and how is up to the test:
// [Server.SetParsing], [Server.SetScribe]. The questions of assessments are set with [Server.SetAssessment]. The ABHA
// flows take each step in its order only, and for the patient for whom the flow was begun; the one-time password that
// a person would read on the phone is [Server.OTP]. Passwords expire after ten minutes, upload forms after
// [Server.SetFormLifetime], and links to files and recordings after an hour.
//
// # Health data of ABDM
//
// The server is the other side of an exchange. [Server.RequestData] sends the event that requests health data from a
// provider, and [Server.ReceivedData] has what the provider's pages contained. [Server.PushData] seals documents for the keys
// that a health information user has published and sends them as an event, and [Server.PushStatuses] has what the user
// reported. Whether the service numbers pages from 1 is a guess.
//
// [WithEncryption] makes the server take and send bodies that are encrypted end to end.
//
// # Webhooks
//
// Endpoints subscribe with [ekacare.WebhooksService.Register] or [Server.Subscribe]. The server sends no
// deliveries by itself:
//
//	srv.Subscribe(endpoint.URL, "signing key", ekacare.EventAppointmentCreated)
//	err := srv.Send(ctx, ekacare.EventAppointmentCreated, nil) // a sample; or a payload of your own
//
// # When things go wrong
//
// [Server.Fail] makes calls fail: with a status, late, never, with a connection that breaks before or after the work
// was done. [Server.ExpireAccessTokens], [Server.ExpireTokens] and [Server.DisableClient] play the troubles of
// authentication. Configure the client with a short wait between attempts:
//
//	srv.Fail(ekacaretest.Fault{Operation: "Doctors.Get", Status: 503, Times: 2})
//	c := srv.Client(caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}))
//
// Programs use [Start] and [Server.NewClient], which need no test.
package ekacaretest
