// Package login gives the calls of a client their token. A call goes through its files in one direction:
//
//	tokens.go    the door: a call's Session returns a token, and hears what the vendor said to it; a logout cuts it off
//	cache.go     the present token: whether it lasts, and whether it is time to refresh it in the background
//	refusals.go  which 401 asks for another token, and which is the operation's own
//	flight.go    one login at a time, which any number of calls wait for and none of them owns
//	gate.go      when a login may be tried: backoff in an outage, protection of credentials that are refused
//	shared.go    the token store, which can cost time and logins but no calls; key.go names the token in it
//	clock.go     the vendor's time, where this machine's is wrong; jwt.go reads what a token says of itself
package login
