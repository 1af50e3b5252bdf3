package ekacaretest

import (
	"slices"
)

// Write is a change that the server has made for a call, whether or not the caller heard of it.
type Write struct {
	Operation string // "Appointments.Book", as [caremux.Error] names it
	ID        string // of the record that was made or changed
}

// Writes returns all changes in their order, each once. Calls that were refused, or that changed nothing, are not among them.
func (s *Server) Writes() []Write {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ledger)
}

// wrote enters a change into the ledger.
func (s *Server) wrote(c *call, id string) {
	s.ledger = append(s.ledger, Write{c.Operation.Name(), id})
}
