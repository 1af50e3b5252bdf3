package ekafhir

import (
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

// reference refers to somebody by Eka's id, or by yours if there is no other; nil without both and without a name.
func (m Mapping) reference(resourceType, kind, id, yours, display string) *fhir.Reference {
	s := m.space()
	id, yours, display = mapping.Text(id), mapping.Text(yours), mapping.Text(display)
	if id != "" || yours == "" {
		return s.Reference(resourceType, kind, id, display)
	}
	i := s.Identifier(partner+kind, yours)
	return &fhir.Reference{Type: resourceType, Identifier: &i, Display: display}
}

// referred returns Eka's id of whom a reference leads to, or yours.
func (m Mapping) referred(r *fhir.Reference, resourceType, kind string) (id, yours string) {
	s := m.space()
	if id, ok := s.Referred(r, resourceType, kind); ok {
		return id, ""
	}
	if r != nil && r.Identifier != nil && r.Identifier.System == s.System(partner+kind) {
		return "", r.Identifier.Value
	}
	return "", ""
}
