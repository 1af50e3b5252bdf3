package ekacaretest

import (
	"slices"

	"github.com/caremux/caremux/caremuxtest"
)

// Write is a change that the server has made for a call, whether or not the caller learned of it: see [caremuxtest.Write].
type Write = caremuxtest.Write

// Writes returns all changes in their order, each once. Calls that were refused, or that had no effect, are not among
// them.
func (s *Server) Writes() []Write {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ledger)
}

// wrote enters a change into the ledger.
func (s *Server) wrote(c *call, id string) {
	s.ledger = append(s.ledger, Write{Operation: c.Operation.Name(), ID: id})
}
