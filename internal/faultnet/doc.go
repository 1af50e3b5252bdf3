// Package faultnet is a network that fails on purpose: a proxy on the loopback interface between a client and a server that
// breaks, delays and forges what passes, by a script that a seed decides, and counts what it did.
//
// [Proxy] speaks HTTP/1.1. [HTTP2] relays the frames of HTTP/2 over TLS, for what only that protocol can do.
package faultnet
