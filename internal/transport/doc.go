// Package transport is the one way to every vendor. A call goes through its files in one direction:
//
//	client.go      the client of one vendor: its settings, its connections, the user's middleware
//	operation.go   what is called: generated descriptions of operations, and the input of one call
//	call.go        the front door: every way to make a call, and the one function beneath them; clock.go bounds its
//	               time, and alarm.go that of all calls by one timer
//	request.go     input becomes an HTTP request; bad input ends here. address.go: where a vendor's own addresses may lead
//	seal.go        the body is encrypted, for a vendor that does so on top of TLS
//	attempts.go    attempts are made by go-retryablehttp, each of them
//	authorise.go   with its right to be sent, from package login, and
//	lane.go        after its wait in line for the vendor's pace, the retry budget and the caller's limiter,
//	retry.go       and repeated if it may be, by the table of rules.go
//	sends.go       every send beneath an attempt is watched, also behind middleware; sockets.go and sockets_plan9.go: errors of the
//	               system; resend_go126.go and resend_go127.go: what net/http sends again by itself
//	receive.go     the response is read within limits, and charset.go makes it UTF-8
//	accept.go      a response is what was promised, or an error: a status alone is no success; remarks.go sees which object is a record
//	decode.go      JSON becomes records that keep their JSON
//	failure.go     what went wrong becomes an error, which reasons.go explains in fixed words
//	stream.go      a response that the caller reads, and upload.go: bodies to the storage that a vendor names
//	paging.go      pages and iterators: page.go reads a list, next.go finds the next page;
//	               prefetch.go walks them, ahead if wanted, cursor.go is where to go on in another process
//	report.go      the caller's Response and logger hear of it
package transport
