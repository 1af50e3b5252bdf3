// Command initcost links all vendors and does nothing, for the cost of their initialisation (GODEBUG=inittrace=1).
package main

import (
	_ "github.com/caremux/caremux/clinik"
	_ "github.com/caremux/caremux/clinik/clinikfhir"
	_ "github.com/caremux/caremux/ekacare"
	_ "github.com/caremux/caremux/ekacare/ekafhir"
	_ "github.com/caremux/caremux/fhir"
	_ "github.com/caremux/caremux/snapcare"
	_ "github.com/caremux/caremux/welkin"
)

func main() {}
