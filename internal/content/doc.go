// Package content is what requests carry: a body is checked, laid out and read by one attempt at a time. Data flows through its files
// in this order:
//
//	body.go       what a caller hands in, in one of five kinds, becomes a payload; field.go sets fields that the call's options name
//	multipart.go  a form is laid out around its files; file.go measures a file and rewinds it
//	object.go     a form as one JSON object, for bodies that are encrypted
//	payload.go    the encoded body: type, size, and how often it can be read
//	turns.go      one attempt at a time reads a file; leaving.go lets a read that hangs end with its context
//	idle.go       the clock that ends an upload or a download in which nothing moves
package content
