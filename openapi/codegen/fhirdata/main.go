// Command fhirdata reduces an unpacked npm package of HL7's FHIR definitions and examples to what this repository
// keeps. It is run by hand; nothing that builds or tests the module downloads anything. openapi/fhir/README.md says
// how.
//
//	fhirdata definitions package-folder ../fhir/r4.json.gz
//	fhirdata sample package-folder ../../fhir/testdata/r4.ndjson.gz [largest size of a file [largest number of files]]
package main

import (
	"log"
	"os"
	"strconv"
)

func main() {
	log.SetFlags(0)
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	if len(args) < 3 {
		log.Fatal("fhirdata definitions|sample package-folder file")
	}
	command, folder, out := args[0], args[1], args[2]
	if command == "definitions" {
		return reduce(folder, out)
	}
	limits := [2]int{100_000, 1 << 30}
	for i, arg := range args[3:] {
		n, err := strconv.Atoi(arg)
		if err != nil {
			return err
		}
		limits[i] = n
	}
	return sample(folder, out, int64(limits[0]), limits[1])
}
