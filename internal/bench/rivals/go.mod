module github.com/caremux/caremux/internal/bench/rivals

go 1.26.0

require (
	github.com/aws/aws-sdk-go-v2 v1.48.0
	github.com/aws/smithy-go v1.28.9
	github.com/caremux/caremux v0.0.0-00010101000000-000000000000
	github.com/samply/golang-fhir-models/fhir-models v0.3.2
)

require (
	github.com/google/go-querystring v1.2.0 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	golang.org/x/text v0.41.0 // indirect
)

replace github.com/caremux/caremux => ../../..
