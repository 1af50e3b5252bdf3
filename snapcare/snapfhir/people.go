package snapfhir

import (
	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
	"github.com/caremux/caremux/snapcare"
)

// Patient returns a patient of the hospital as FHIR.
func (m Mapping) Patient(p *snapcare.PatientPerson) (*fhir.Patient, error) {
	return m.patients().Resource(p)
}

// PatientRecord returns the record that a patient was mapped from, with what was edited since.
func (m Mapping) PatientRecord(p *fhir.Patient) (*snapcare.PatientPerson, error) {
	return m.patients().Record(p)
}

// Practitioner returns a clinician of the hospital as FHIR.
func (m Mapping) Practitioner(c *snapcare.ClinicianPerson) (*fhir.Practitioner, error) {
	return m.practitioners().Resource(c)
}

// PractitionerRecord returns the record that a practitioner was mapped from, with what was edited since.
func (m Mapping) PractitionerRecord(p *fhir.Practitioner) (*snapcare.ClinicianPerson, error) {
	return m.practitioners().Record(p)
}

func (m Mapping) patients() mapping.Pair[snapcare.PatientPerson, *fhir.Patient] {
	return mapping.Pair[snapcare.PatientPerson, *fhir.Patient]{
		Kind: "snapcare/PatientPerson", FHIR: m.toPatient, Vendor: m.fromPatient,
		Extensions: func(p *fhir.Patient) *[]fhir.Extension { return &p.Extension },
	}
}

func (m Mapping) practitioners() mapping.Pair[snapcare.ClinicianPerson, *fhir.Practitioner] {
	return mapping.Pair[snapcare.ClinicianPerson, *fhir.Practitioner]{
		Kind: "snapcare/ClinicianPerson", FHIR: m.toPractitioner, Vendor: m.fromPractitioner,
		Extensions: func(p *fhir.Practitioner) *[]fhir.Extension { return &p.Extension },
	}
}

func (m Mapping) toPatient(p *snapcare.PatientPerson) (*fhir.Patient, []string, error) {
	s := m.space()
	id := numberOf(p.PatientID)
	r := &fhir.Patient{
		ID: s.ID(id), Meta: s.Meta(kindPatient, id, caremux.Time{}), Identifier: m.identifiers(kindPatient, id, p.Person),
		Telecom: telecom(p.Person, p.Email),
	}
	r.Name = name(p.Person)
	unmapped := unmappedPhones(p.Person)
	if p.Gender != "" {
		gender, ok := codes().FHIR("Gender", p.Gender)
		r.Gender = fhir.AdministrativeGender(gender)
		if !ok {
			unmapped = append(unmapped, "gender")
		}
	}
	if a := address(p.Address); a != nil {
		r.Address = []fhir.Address{*a}
	}
	return r, unmapped, nil
}

func (m Mapping) fromPatient(r *fhir.Patient) any {
	s := m.space()
	p := &snapcare.PatientPerson{
		PatientID: number(s.IdentifierOf(r.Identifier, kindPatient)),
		Person:    person(s.IdentifierOf(r.Identifier, kindPerson), r.Name, r.Telecom),
		Email:     mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemEmail, 1),
	}
	p.Gender, _ = codes().Vendor("Gender", string(r.Gender))
	if len(r.Address) > 0 {
		p.Address = fromAddress(&r.Address[0])
	}
	return p
}

func (m Mapping) toPractitioner(c *snapcare.ClinicianPerson) (*fhir.Practitioner, []string, error) {
	s := m.space()
	id := numberOf(c.UserID)
	r := &fhir.Practitioner{
		ID: s.ID(id), Meta: s.Meta(kindClinician, id, caremux.Time{}), Identifier: m.identifiers(kindClinician, id, c.Person),
		Name: name(c.Person), Telecom: telecom(c.Person, c.Email),
	}
	unmapped := unmappedPhones(c.Person)
	if c.Gender != "" {
		gender, ok := codes().FHIR("Gender", c.Gender)
		r.Gender = fhir.AdministrativeGender(gender)
		if !ok {
			unmapped = append(unmapped, "gender")
		}
	}
	if c.Specialty != nil {
		for _, text := range mapping.Texts(c.Specialty.Primary, c.Specialty.Secondary) {
			r.Qualification = append(r.Qualification, fhir.PractitionerQualification{Code: mapping.Concept("", "", text)})
		}
	}
	return r, unmapped, nil
}

func (m Mapping) fromPractitioner(r *fhir.Practitioner) any {
	s := m.space()
	c := &snapcare.ClinicianPerson{
		UserID: number(s.IdentifierOf(r.Identifier, kindClinician)),
		Person: person(s.IdentifierOf(r.Identifier, kindPerson), r.Name, r.Telecom),
		Email:  mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemEmail, 1),
	}
	c.Gender, _ = codes().Vendor("Gender", string(r.Gender))
	if len(r.Qualification) > 0 {
		c.Specialty = &snapcare.ClinicianSpecialty{Primary: mapping.TextOf(r.Qualification[0].Code)}
		if len(r.Qualification) > 1 {
			c.Specialty.Secondary = mapping.TextOf(r.Qualification[1].Code)
		}
	}
	return c
}

// identifiers are the number of a patient or clinician, and the GUID of the person.
func (m Mapping) identifiers(kind, id string, p *snapcare.Person) []fhir.Identifier {
	var list []fhir.Identifier
	if id != "" {
		list = append(list, m.space().Identifier(kind, id))
	}
	if p != nil && mapping.Text(p.ID) != "" {
		list = append(list, m.space().Identifier(kindPerson, p.ID))
	}
	return list
}

func name(p *snapcare.Person) []fhir.HumanName {
	if p == nil || p.Name == nil {
		return nil
	}
	n := fhir.HumanName{
		Text: mapping.Text(p.Name.Text), Family: mapping.Text(p.Name.Family), Given: mapping.Texts(p.Name.Given),
		Prefix: mapping.Texts(p.Name.Prefix), Suffix: mapping.Texts(p.Name.Suffix),
	}
	if n.Text == "" && n.Family == "" && n.Given == nil && n.Prefix == nil && n.Suffix == nil {
		return nil
	}
	return []fhir.HumanName{n}
}

func telecom(p *snapcare.Person, email string) []fhir.ContactPoint {
	var list []fhir.ContactPoint
	if p != nil {
		for _, phone := range p.Phones {
			use, _ := codes().FHIR("PhoneUse", string(phone.Use))
			list = append(list, fhir.ContactPoint{
				System: fhir.ContactPointSystemPhone, Use: fhir.ContactPointUse(use), Value: phone.Value, ID: phoneID(phone.ID),
			})
		}
	}
	return mapping.Telecom(append(list, mapping.Email(email, 0))...)
}

// unmappedPhones lists the phone numbers of a person if FHIR has no equivalent for the use of one.
func unmappedPhones(p *snapcare.Person) []string {
	if p == nil {
		return nil
	}
	for _, phone := range p.Phones {
		if _, ok := codes().FHIR("PhoneUse", string(phone.Use)); !ok && phone.Use != "" {
			return []string{"person/phones"}
		}
	}
	return nil
}

// phoneID is the id of a phone number as the id of an element: any text without blanks.
func phoneID(id string) string {
	if mapping.IsID(id) {
		return id
	}
	return ""
}

func person(id string, names []fhir.HumanName, telecom []fhir.ContactPoint) *snapcare.Person {
	p := &snapcare.Person{ID: id}
	if len(names) > 0 {
		n := names[0]
		p.Name = &snapcare.PersonName{
			Text: n.Text, Family: n.Family, Given: mapping.At(n.Given, 0), Prefix: mapping.At(n.Prefix, 0), Suffix: mapping.At(n.Suffix, 0),
		}
	}
	for _, t := range telecom {
		if t.System == fhir.ContactPointSystemPhone {
			use, _ := codes().Vendor("PhoneUse", string(t.Use))
			p.Phones = append(p.Phones, snapcare.Phone{ID: t.ID, Use: snapcare.PhoneUse(use), Value: t.Value})
		}
	}
	if p.ID == "" && p.Name == nil && p.Phones == nil {
		return nil
	}
	return p
}

func address(a *snapcare.Address) *fhir.Address {
	if a == nil {
		return nil
	}
	r := &fhir.Address{
		Text: mapping.Text(a.AddressText), Line: mapping.Texts(a.Line1, a.Line2), City: mapping.Text(a.City),
		State: mapping.Text(a.State), PostalCode: mapping.Text(a.PostalCode), Country: mapping.Text(a.Country),
	}
	if r.Text == "" && r.Line == nil && r.City == "" && r.State == "" && r.PostalCode == "" && r.Country == "" {
		return nil
	}
	return r
}

func fromAddress(a *fhir.Address) *snapcare.Address {
	return &snapcare.Address{
		AddressText: a.Text, Line1: mapping.At(a.Line, 0), Line2: mapping.At(a.Line, 1), City: a.City, State: a.State,
		PostalCode: a.PostalCode, Country: a.Country,
	}
}
