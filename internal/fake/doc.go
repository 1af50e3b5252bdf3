// Package fake contains what the in-process fakes of all vendors do in the same way. A request passes through its files in this order:
//
//	fake.go      a fake is made: with the vendor's spec, and for a test or a program
//	server.go    it listens, has its faults, and keeps the requests
//	clock.go     it has a time of its own
//	compare.go   it sorts the rows of a list
//	ledger.go    it notes what a call has changed
//	webhooks.go  and tells the endpoints of it
package fake
