// Package faultnet is a network that fails on purpose: a proxy on the loopback interface between a client and a server that
// breaks, delays and forges what passes, by a script that a seed decides, and counts what it did.
//
// [Proxy] speaks HTTP/1.1. [HTTP2] relays the frames of HTTP/2 over TLS, for what only that protocol can do.
// [Relay] passes the bytes of any protocol and cuts connections.
//
//	fault.go        what can go wrong with a request
//	script.go       which fault comes next, and how often each came
//	proxy.go        the proxy of HTTP/1.1, and the connections that it has open
//	answer.go       the responses that it forges and spoils
//	http2.go        the relay of frames
//	relay.go        the relay of bytes
//	errno.go        the errors of the system for a connection that was cut
//	errno_plan9.go  the same for Plan 9
package faultnet
