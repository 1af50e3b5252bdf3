// Package four holds the mappings of all four vendors against their fakes: what the fakes have is mapped and validated,
// what FHIR resources create is read back, and lists are merged.
package four
