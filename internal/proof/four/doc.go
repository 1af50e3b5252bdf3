// Package four tests the mappings of all four vendors with their fakes: what the fakes have is mapped and validated,
// what FHIR resources create is read back, and lists are merged.
package four
