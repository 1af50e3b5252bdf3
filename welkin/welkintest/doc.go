// Package welkintest is a Welkin to test against: a server in your own process that holds its data in memory.
//
//	func TestVisit(t *testing.T) {
//		srv := welkintest.NewServer(t)
//		c := srv.Client()
//		p, err := c.Patients.Create(t.Context(), &welkin.PatientCreate{FirstName: "Charlie", LastName: "Taylor"})
//		if err != nil {
//			t.Fatal(err)
//		}
//		visit(t, c, p.ID) // your own code
//		for _, problem := range srv.Problems() {
//			t.Error(problem) // a request that no document allows
//		}
//	}
//
// # What it does
//
// Every request is checked against the vendor's documents, more strictly than the vendor does: a query parameter or a
// member of a body that no document names is refused with status 400, and [Server.Problems] tells why. Calls need a
// token that the server gave out, and the tenant and the instance of [Server.Credentials]. After a hundred logins in
// five minutes no other is let in for five minutes.
//
// Patients, records of custom data types, calendar events, work hours, schedules, users, encounters, tasks, chats,
// documents with their files, contacts, profile records and communications are stored and behave like Welkin's: lists page,
// filter and sort, an event needs its host among the participants, only future events can be deleted, and a communication
// stays queued until [Server.SetCommunicationStatus]. The server starts empty; [Server.AddPatients] and
// [Server.AddChatMessages] fill it. All other operations answer with a made-up record in which every documented field has a
// value, and forget what they are sent. Parameters whose effect no document tells are accepted and have none.
//
// # Webhooks
//
// Endpoints subscribe with [Server.Subscribe]. The server sends nothing by itself:
//
//	srv.Subscribe(endpoint.URL, "key", "secret", welkin.EventPatient)
//	err := srv.Send(ctx, welkin.EventPatient, nil) // a sample; or a payload of your own
//
// # When things go wrong
//
// [Server.Fail] makes calls fail: with a status, late, never, with a connection that breaks before or after the work was
// done. [Server.ExpireTokens], [Server.SetTokenLifetime] and [Server.DisableClient] play the troubles of authentication. Give the
// client a short wait between attempts:
//
//	srv.Fail(welkintest.Fault{Operation: "Patients.List", Status: 503, Times: 2})
//	c := srv.Client(caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}))
//
// Programs use [Start] and [Server.NewClient], which need no test.
package welkintest
