package ekacaretest

import (
	"slices"

	"github.com/caremux/caremux/internal/fake"
)

// Write is a change that the server has made for a call, whether or not the caller heard of it.
type Write struct {
	Operation string // "Appointments.Book", as [caremux.Error] names it
	ID        string // of the record that was made or changed
}

// Writes returns all changes in their order, each once. Calls that were refused, or that had no effect, are not among
// them.
func (s *Server) Writes() []Write {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ledger)
}

// wrote enters a change into the ledger.
func (s *Server) wrote(c *call, id string) {
	s.ledger = append(s.ledger, Write{fake.Name(c.Operation.ID), id})
}
