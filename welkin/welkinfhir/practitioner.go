package welkinfhir

import (
	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
	"github.com/caremux/caremux/welkin"
)

// Practitioner returns a user (PSM) as FHIR.
func (m Mapping) Practitioner(u *welkin.User) (*fhir.Practitioner, error) {
	return m.practitioners().Resource(u)
}

// PractitionerRecord returns the record that a practitioner was mapped from, with what was edited since.
func (m Mapping) PractitionerRecord(p *fhir.Practitioner) (*welkin.User, error) {
	return m.practitioners().Record(p)
}

func (m Mapping) practitioners() mapping.Pair[welkin.User, *fhir.Practitioner] {
	return mapping.Pair[welkin.User, *fhir.Practitioner]{
		Kind: "welkin/User", FHIR: m.toPractitioner, Vendor: m.fromPractitioner,
		Extensions: func(p *fhir.Practitioner) *[]fhir.Extension { return &p.Extension },
	}
}

func (m Mapping) toPractitioner(u *welkin.User) (*fhir.Practitioner, []string, error) {
	s := m.space()
	p := &fhir.Practitioner{
		ID: s.ID(u.ID), Meta: s.Meta(kindUser, u.ID, caremux.Time{}),
		Name:    mapping.Name(u.LastName, u.FirstName),
		Telecom: mapping.Telecom(mapping.Phone(u.Phone, 0), mapping.Email(u.Email, 0)),
	}
	if u.ID != "" {
		p.Identifier = append(p.Identifier, s.Identifier(kindUser, u.ID))
	}
	if name := mapping.Text(u.Username); name != "" {
		p.Identifier = append(p.Identifier, s.Identifier(kindUser+"/username", name))
	}
	if c := mapping.Concept("", "", u.Credentials); c != nil {
		p.Qualification = []fhir.PractitionerQualification{{Code: c}}
	}
	return p, nil, nil
}

func (m Mapping) fromPractitioner(p *fhir.Practitioner) any {
	s := m.space()
	u := &welkin.User{
		ID: s.IdentifierOf(p.Identifier, kindUser), Username: s.IdentifierOf(p.Identifier, kindUser+"/username"),
		FirstName: mapping.Given(p.Name, 0), LastName: mapping.Family(p.Name),
		Phone: mapping.TelecomOf(p.Telecom, fhir.ContactPointSystemPhone, 1),
		Email: mapping.TelecomOf(p.Telecom, fhir.ContactPointSystemEmail, 1),
	}
	if len(p.Qualification) > 0 {
		u.Credentials = mapping.TextOf(p.Qualification[0].Code)
	}
	return u
}
