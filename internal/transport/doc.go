// Package transport is the one way to every vendor. A call goes through its files in one direction:
//
//	operation.go   what is called: generated descriptions of operations, and the input of one call
//	build.go       input becomes an HTTP request; bad input ends here
//	authorise.go   the request gets its right to be sent, from package login
//	lane.go        it waits in line for the vendor's pace, and for the caller's limiter; clock.go stands meanwhile
//	send.go        attempts are made and repeated as retry.go allows
//	receive.go     the answer is read within limits; failure.go turns what went wrong into an error
//	decode.go      JSON becomes records that keep their JSON; read.go records with a codec of their own;
//	               paging.go pages and iterators, link.go where links may lead; stream.go downloads
//	report.go      the caller's Response and logger are told
package transport
