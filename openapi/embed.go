// Package openapi contains one OpenAPI document for each vendor, written in our own words. The clients are generated from them,
// and the in-process fakes check requests against them.
package openapi

import "embed"

//go:generate go -C codegen run . -spec ../clinik.yaml -out ../../clinik -reference ../../docs/reference/clinik.md
//go:generate go -C codegen run . -spec ../ekacare.yaml -out ../../ekacare -reference ../../docs/reference/ekacare.md
//go:generate go -C codegen run . -spec ../snapcare.yaml -out ../../snapcare -reference ../../docs/reference/snapcare.md
//go:generate go -C codegen run ./zonegen -cldr ../cldr -out ../../internal/zones/windows_gen.go
//go:generate go -C codegen run . -spec ../welkin.yaml -out ../../welkin -reference ../../docs/reference/welkin.md
//go:generate go -C codegen run ./fhirgen -definitions ../fhir/r4.json.gz -out ../../fhir
//go:generate go -C codegen run ./coverage -out ../COVERAGE.md ekacare=../ekacare.yaml welkin=../welkin.yaml clinik=../clinik.yaml snapcare=../snapcare.yaml

// Specs contains the documents by file name, such as "welkin.yaml".
//
//go:embed *.yaml
var Specs embed.FS
