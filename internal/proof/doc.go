// Package proof has no code. Its folders ship with nothing: they test the module, measure it, or help tests, and no package that a
// program can import links them, which the step links of .ci/run checks.
//
//	bench        what the module costs beside plain net/http
//	canary       a person's data and secrets, looked for in all that a program may show
//	conformance  each operation compared with its spec
//	consumer     the module as another module uses it; a module of its own
//	crash        a process that ends at any of its requests
//	damage       damaged responses to each operation
//	faketest     what the tests of the fakes share
//	faultnet     a network that breaks on demand
//	fill         made-up values of any Go type
//	four         the mappings of all four vendors together
//	jsfetch      a program for js/wasm, with the Fetch API
//	mappingtest  what the tests of the mappings share
//	readme       each Go block of the documentation, compiled and run
//	rooms        each doc.go that names the files of its folder, such as this one
//	roundtrip    unexpected responses, decoded and encoded
//	trust        what holds when things go wrong: nothing is done twice, nothing is lost
//	walk         the functions that a call, a page, a token and a delivery come by
package proof
