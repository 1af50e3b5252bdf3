//go:build !race

package fhir_test

const editsToMake = 20_000
