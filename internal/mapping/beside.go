package mapping

import "github.com/caremux/caremux/fhir"

// A code of the vendor stands beside the equivalent that the table has for it, so that both can be read.

// Beside adds the equivalent to the concept of a vendor's code, and reports whether the table has one.
func (c *Codes) Beside(concept *fhir.CodeableConcept, list, system, code string) bool {
	equivalent, ok := c.FHIR(list, code)
	if ok && concept != nil {
		concept.Coding = append(concept.Coding, fhir.Coding{System: system, Code: equivalent})
	}
	return ok
}

// Of returns the vendor's code, given what stands in its place and beside it: where the two disagree, the code of FHIR was
// edited and wins.
func (c *Codes) Of(list, vendor, equivalent string) string {
	if have, ok := c.FHIR(list, vendor); equivalent == "" || ok && have == equivalent {
		return vendor
	}
	if code, ok := c.Vendor(list, equivalent); ok {
		return code
	}
	return vendor
}
