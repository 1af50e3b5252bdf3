package clinikfhir_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/url"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/clinik/cliniktest"
	"github.com/caremux/caremux/fhir"
)

func Example() {
	srv, c := fakeServer() // outside of examples: clinik.New with your key
	defer srv.Close()
	ctx, patients := context.Background(), clinikfhir.Resources[*fhir.Patient](c)

	p, err := patients.Create(ctx, &fhir.Patient{
		Name:    []fhir.HumanName{{Family: "Taylor", Given: []string{"Charlie"}}},
		Telecom: []fhir.ContactPoint{{System: fhir.ContactPointSystemPhone, Value: "+1 555 010 0100"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	p.Telecom[0].Value = "+1 555 010 0199" // what else the element carries stays with it
	if p, err = patients.Replace(ctx, p.ID, p, clinikfhir.IfVersion(p.Meta.VersionID)); err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Name[0].Family, p.Telecom[0].Value, p.Meta.VersionID)

	_, err = patients.Replace(ctx, p.ID, p, clinikfhir.IfVersion("1"))
	fmt.Println("changed meanwhile:", errors.Is(err, caremux.ErrConflict))
	// Output:
	// Taylor +1 555 010 0199 2
	// changed meanwhile: true
}

func ExampleService_SearchAll() {
	srv, c := fakeServer()
	defer srv.Close()
	srv.AddPatients(3)
	patients := clinikfhir.Resources[*fhir.Patient](c)
	for p, err := range patients.SearchAll(context.Background(), url.Values{"_count": {"2"}}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(p.ID)
	}
	// Output:
	// pt_1
	// pt_2
	// pt_3
}

func ExampleTransaction() {
	srv, c := fakeServer()
	defer srv.Close()
	patient := fhir.BundleEntry{
		FullURL:  "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a",
		Resource: &fhir.Patient{Active: new(true)},
		Request:  &fhir.BundleEntryRequest{Method: fhir.BundleEntryRequestMethodPOST, URL: "Patient"},
	}
	visit := fhir.BundleEntry{
		Resource: &fhir.Encounter{Status: fhir.EncounterStatusPlanned, Subject: &fhir.Reference{Reference: patient.FullURL}},
		Request:  &fhir.BundleEntryRequest{Method: fhir.BundleEntryRequestMethodPOST, URL: "Encounter"},
	}
	out, err := clinikfhir.Transaction(context.Background(), c, &fhir.Bundle{
		Type: fhir.BundleTypeTransaction, Entry: []fhir.BundleEntry{patient, visit},
	})
	if err != nil {
		log.Fatal(err)
	}
	for entry, visit := range fhir.Entries[*fhir.Encounter](out) {
		fmt.Println(entry.Response.Status, visit.Subject.Reference)
	}
	// Output: 201 Patient/pt_1
}

func fakeServer() (*cliniktest.Server, *clinik.Client) {
	srv, err := cliniktest.Start()
	if err != nil {
		log.Fatal(err)
	}
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	return srv, c
}
