package ekafhir_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/ekacare/ekafhir"
	"github.com/caremux/caremux/fhir"
)

func Example() {
	srv, err := ekacaretest.Start() // outside of examples: ekacare.New with your credentials
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	srv.SetParsing(ekacare.ProcessingStatusCompleted)
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	patient := c.For(ekacare.Identity{PatientID: "oid-1"})

	report := caremux.File{Name: "report.pdf", Content: strings.NewReader("%PDF-1.7 …")} // usually an *os.File
	document, err := patient.Records.Parse(context.Background(),
		&ekacare.RecordsUploadParams{Task: []ekacare.ParsingTask{ekacare.ParsingTaskSmart}}, report, nil)
	if err != nil {
		log.Fatal(err)
	}
	bundle, err := ekafhir.Bundle(document.Result)
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range fhir.Entries[*fhir.Observation](bundle) {
		fmt.Println(o.Code.Text, o.ValueQuantity.Value, o.ValueQuantity.Unit)
	}
	// Output: Haemoglobin 13.5 g/dL
}
