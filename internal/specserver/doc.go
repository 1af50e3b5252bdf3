// Package specserver answers HTTP requests as an OpenAPI document says, for the in-process fakes of the vendors.
//
// A [Spec] is a document that was loaded once. It finds the operation of a request, checks the request against it more
// strictly than most vendors do, and makes up a complete answer. A [Server] puts that behind http.Handler: operations without
// a handler give the made-up answer, calls are recorded, and faults can be queued.
//
//	spec.go     the document: flatten.go and members.go work out what its schemas say together
//	server.go   takes a request: match.go finds its operation, call.go is what arrived, check.go holds it against the document
//	window.go   a limit of calls; fault.go: what goes wrong on demand
//	answer.go   the made-up response, of value.go and text.go
package specserver
