// Package cliniktest is a ClinikAPI to test against: a server in your own process that holds its data in memory.
//
//	func TestVisit(t *testing.T) {
//		srv := cliniktest.NewServer(t)
//		c := srv.Client()
//		p, err := c.Patients.Create(t.Context(), &clinik.PatientCreate{FirstName: "Charlie", LastName: "Taylor"})
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
// Every request is checked against the vendor's documents, more strictly than the vendor does: a query parameter that no document
// names is refused with status 400 and a member of a body with 422, and [Server.Problems] tells why. Calls need the key of
// [Server.Key].
//
// All 62 kinds of records are stored: created, read, updated, deleted, and searched by what the documents name, sorted and paged
// by cursor. A search parameter for which the records have no member is accepted and has no effect. References are not looked
// up: a record may name a patient that does not exist. The server starts empty; [Server.AddPatients] fills it.
//
// Searches can lag behind as ClinikAPI's do: see [Server.SetLag].
//
// The raw FHIR routes store resources of any type. They show flat records too, as resources with little more than type, id,
// status and patient. A PUT or a patch of such a resource is kept beside the flat record and does not change it, and resources
// made there are no flat records. Each has its history, If-Match is heeded, and transactions and batches may create, read,
// update and delete. Operations give back what they were sent, but for $everything.
//
// Bulk exports and imports do their work at once and let it be found out over some looks: see [Server.SetJobPolls].
// There are five an hour, and the link of an export works for an hour after it was found to be completed;
// [Server.Advance] moves the clock on. The link refuses requests that carry a key, to show when one leaks. A limit of
// calls that was set by [Server.SetRateLimit] is kept.
//
// # Webhooks
//
// Endpoints subscribe with [Server.Subscribe]. The server sends nothing by itself:
//
//	srv.Subscribe(endpoint.URL, "signing secret", clinik.EventPatientCreated)
//	err := srv.Send(ctx, clinik.EventPatientCreated, nil) // a sample; or a payload of your own
//
// # When things go wrong
//
// [Server.Fail] makes calls fail: with a status, late, never, with a connection that breaks before or after the work was done.
// [Server.RateLimit], [Server.ExhaustQuota] and [Server.RevokeKey] refuse calls as ClinikAPI does, [Server.FailJobs] lets bulk
// jobs fail, and [Server.AnswerFHIR] and [Server.MixOutcome] let answers come in the shape that nobody expects. Give the client
// a short wait between attempts:
//
//	srv.Fail(cliniktest.Fault{Operation: "Patients.Search", Status: 503, Times: 2})
//	c := srv.Client(caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}))
//
// Programs use [Start] and [Server.NewClient], which need no test.
package cliniktest
