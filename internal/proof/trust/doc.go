// Package trust holds tests of what all vendors promise when things go wrong: nothing is done twice, nothing is lost, nothing is
// left over. They run the vendors' clients against the vendors' fakes with package faultnet in between.
//
//	go test ./internal/proof/trust -v -run Ledger -ledger.calls 10000 -ledger.seed 1
package trust
