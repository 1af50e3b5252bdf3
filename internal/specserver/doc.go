// Package specserver answers HTTP requests as an OpenAPI document says, for the in-process fakes of the vendors.
//
// A [Spec] is a document that was loaded once. It finds the operation of a request, checks the request against it more
// strictly than most vendors do, and makes up a complete answer. A [Server] puts that behind http.Handler: operations without
// a handler give the made-up answer, calls are recorded, and faults can be queued.
package specserver
