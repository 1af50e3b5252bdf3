// Command tomorrow is the first program of README.md.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/ekacare/ekafhir"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/snapcare/snapfhir"
	"github.com/caremux/caremux/welkin/welkinfhir"
)

func main() {
	all, err := fhir.MergeFromEnv(ekafhir.NewSourceFromEnv, welkinfhir.NewSourceFromEnv, clinikfhir.NewSourceFromEnv, snapfhir.NewSourceFromEnv)
	if err != nil {
		log.Fatal(err)
	}
	y, m, d := time.Now().Date()
	tomorrow := fhir.Query{From: time.Date(y, m, d+1, 0, 0, 0, 0, time.Local), To: time.Date(y, m, d+2, 0, 0, 0, 0, time.Local)}
	for a, err := range all.Appointments(context.Background(), tomorrow) {
		if err != nil {
			log.Fatal(err) // names the systems that failed; the others have been printed
		}
		fmt.Println(a.Start, a.Status, a.Description, a.Meta.Source)
	}
}
