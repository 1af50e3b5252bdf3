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
	all, err := fhir.MergeFromEnv(ekafhir.NewSourceFromEnv, welkinfhir.NewSourceFromEnv,
		clinikfhir.NewSourceFromEnv, snapfhir.NewSourceFromEnv)
	if err != nil {
		log.Fatal(err)
	}
	for a, err := range all.Appointments(context.Background(), fhir.OnDay(time.Now().AddDate(0, 0, 1))) {
		if err != nil {
			log.Fatal(err) // names the systems that failed; the others have been printed
		}
		fmt.Println(a.Start, a.Status, a.Description, a.Meta.Source)
	}
}
