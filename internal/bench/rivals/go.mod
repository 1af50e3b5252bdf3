module github.com/caremux/caremux/internal/bench/rivals

go 1.26.0

require (
	github.com/caremux/caremux v0.0.0-00010101000000-000000000000
	github.com/samply/golang-fhir-models/fhir-models v0.3.2
)

replace github.com/caremux/caremux => ../../..
