// Command onecall makes one call with the client, for the size of its binary.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/caremux/caremux/welkin"
)

func main() {
	c, err := welkin.NewFromEnv()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	p, err := c.Patients.Get(context.Background(), os.Args[1], nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(p.ID)
}
