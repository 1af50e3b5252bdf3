package ekafhir

import (
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

// Practitioner returns a doctor as FHIR.
func (m Mapping) Practitioner(d *ekacare.Doctor) (*fhir.Practitioner, error) {
	return m.doctors().Resource(d)
}

// PractitionerRecord returns the record that a practitioner was mapped from, with what was edited since.
func (m Mapping) PractitionerRecord(p *fhir.Practitioner) (*ekacare.Doctor, error) {
	return m.doctors().Record(p)
}

// EntityDoctor returns a doctor of the list of a business as FHIR: an id, a name and a picture.
func (m Mapping) EntityDoctor(d *ekacare.EntityDoctor) (*fhir.Practitioner, error) {
	return m.entityDoctors().Resource(d)
}

// EntityDoctorRecord returns the record that a practitioner was mapped from, with what was edited since.
func (m Mapping) EntityDoctorRecord(p *fhir.Practitioner) (*ekacare.EntityDoctor, error) {
	return m.entityDoctors().Record(p)
}

func (m Mapping) doctors() mapping.Pair[ekacare.Doctor, *fhir.Practitioner] {
	return mapping.Pair[ekacare.Doctor, *fhir.Practitioner]{
		Kind: "ekacare/Doctor", FHIR: m.toDoctor, Vendor: m.fromDoctor,
		Extensions: func(p *fhir.Practitioner) *[]fhir.Extension { return &p.Extension },
	}
}

func (m Mapping) entityDoctors() mapping.Pair[ekacare.EntityDoctor, *fhir.Practitioner] {
	return mapping.Pair[ekacare.EntityDoctor, *fhir.Practitioner]{
		Kind: "ekacare/EntityDoctor", FHIR: m.toEntityDoctor, Vendor: m.fromEntityDoctor,
		Extensions: func(p *fhir.Practitioner) *[]fhir.Extension { return &p.Extension },
	}
}

func (m Mapping) toDoctor(d *ekacare.Doctor) (*fhir.Practitioner, []string, error) {
	s := m.space()
	r := &fhir.Practitioner{
		ID: s.ID(d.ID), Meta: s.Meta(kindDoctor, d.ID, caremux.Time{}), Identifier: m.identifiers(kindDoctor, d.ID, ""),
	}
	if d.Profile == nil || d.Profile.Personal == nil {
		return r, nil, nil
	}
	p := d.Profile.Personal
	n := fhir.HumanName{
		Family: mapping.Text(p.LastName), Given: mapping.Texts(p.FirstName, p.MiddleName), Prefix: mapping.Texts(p.Salutation),
	}
	if n.Family != "" || n.Given != nil || n.Prefix != nil {
		r.Name = []fhir.HumanName{n}
	}
	if day := fhir.DateTime(p.DateOfBirth); mapping.Date(mapping.Day(day)) == day {
		r.BirthDate = day
	}
	if p.Gender == "" {
		return r, nil, nil
	}
	code, ok := codes().FHIR("Gender", p.Gender)
	r.Gender = fhir.AdministrativeGender(code)
	if !ok {
		return r, []string{"profile/personal/gender"}, nil
	}
	return r, nil, nil
}

func (m Mapping) fromDoctor(r *fhir.Practitioner) any {
	d := &ekacare.Doctor{ID: m.space().IdentifierOf(r.Identifier, kindDoctor)}
	p := &ekacare.DoctorPersonal{
		FirstName: mapping.Given(r.Name, 0), MiddleName: mapping.Given(r.Name, 1), LastName: mapping.Family(r.Name),
		DateOfBirth: string(r.BirthDate),
	}
	if len(r.Name) > 0 {
		p.Salutation = strings.Join(r.Name[0].Prefix, " ")
	}
	p.Gender, _ = codes().Vendor("Gender", string(r.Gender))
	if len(r.Name) > 0 || p.DateOfBirth != "" || p.Gender != "" {
		d.Profile = &ekacare.DoctorProfile{Personal: p}
	}
	return d
}

func (m Mapping) toEntityDoctor(d *ekacare.EntityDoctor) (*fhir.Practitioner, []string, error) {
	s := m.space()
	r := &fhir.Practitioner{
		ID: s.ID(d.DoctorID), Meta: s.Meta(kindDoctor, d.DoctorID, caremux.Time{}),
		Identifier: m.identifiers(kindDoctor, d.DoctorID, ""),
	}
	if name := mapping.Text(d.Name); name != "" {
		r.Name = []fhir.HumanName{{Text: name}}
	}
	return r, nil, nil
}

func (m Mapping) fromEntityDoctor(r *fhir.Practitioner) any {
	d := &ekacare.EntityDoctor{DoctorID: m.space().IdentifierOf(r.Identifier, kindDoctor)}
	if len(r.Name) > 0 {
		d.Name = r.Name[0].Text
	}
	return d
}
