//go:build race

package fhir_test

// editsToMake is less under the race detector, which is slow and finds nothing in code without goroutines.
const editsToMake = 1_000
