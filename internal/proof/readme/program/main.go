// Command program is the program of docs/pages.md.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/caremux/caremux/welkin"
)

func main() {
	ctx := context.Background()
	c, err := welkin.NewFromEnv() // WELKIN_TENANT, WELKIN_INSTANCE, WELKIN_CLIENT_NAME, WELKIN_SECRET
	if err != nil {
		log.Fatal(err)
	}
	for p, err := range c.Patients.All(ctx, &welkin.PatientsListParams{Sort: new("lastName,asc")}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(p.ID, p.Timezone)
	}
}
