// Package damage calls every operation of a vendor's client with responses that are damaged in some fifty ways each, and compares what
// the caller receives with what was sent: an error, or a mismatch that the record reports, or the whole value. A blank that looks like
// a record, a write that is reported and did not happen, a panic, a hang, or data in the text of an error fails the test.
//
//	whole.go   documents in place of the promised one, and the promised one in disguise
//	field.go   one value of the promised document replaced by another
//	kept.go    whether a Go value has all that was sent
//	promise.go whether a response can be a success of an operation
//	run.go     the calls, and the table of what came of them
//
// The tests of the vendors run a short form; the long one is
//
//	go test ./welkin ./clinik ./ekacare ./snapcare -run Damage -v -args -damage.long
package damage
