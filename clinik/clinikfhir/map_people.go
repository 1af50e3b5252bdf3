package clinikfhir

import (
	"slices"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

// Patient returns a patient as FHIR.
func (m Mapping) Patient(p *clinik.Patient) (*fhir.Patient, error) { return m.patients().Resource(p) }

// PatientRecord returns the record that a patient was mapped from, with what was edited since.
func (m Mapping) PatientRecord(p *fhir.Patient) (*clinik.Patient, error) {
	return m.patients().Record(p)
}

// PatientCreate returns the body of a call of Patients.Create. It returns a [*caremux.ArgumentError] for an element
// that the call cannot send.
func (m Mapping) PatientCreate(p *fhir.Patient) (*clinik.PatientCreate, error) {
	body := new(clinik.PatientCreate)
	if err := m.patients().Create("Patients.Create", p, body, "id", "fullName"); err != nil {
		return nil, err
	}
	return body, nil
}

// Practitioner returns a practitioner as FHIR.
func (m Mapping) Practitioner(p *clinik.Practitioner) (*fhir.Practitioner, error) {
	return m.practitioners().Resource(p)
}

// PractitionerRecord returns the record that a practitioner was mapped from, with what was edited since.
func (m Mapping) PractitionerRecord(p *fhir.Practitioner) (*clinik.Practitioner, error) {
	return m.practitioners().Record(p)
}

func (m Mapping) patients() mapping.Pair[clinik.Patient, *fhir.Patient] {
	return mapping.Pair[clinik.Patient, *fhir.Patient]{
		Kind: "clinik/Patient", FHIR: m.toPatient, Vendor: m.fromPatient,
		Extensions: func(p *fhir.Patient) *[]fhir.Extension { return &p.Extension },
	}
}

func (m Mapping) practitioners() mapping.Pair[clinik.Practitioner, *fhir.Practitioner] {
	return mapping.Pair[clinik.Practitioner, *fhir.Practitioner]{
		Kind: "clinik/Practitioner", FHIR: m.toPractitioner, Vendor: m.fromPractitioner,
		Extensions: func(p *fhir.Practitioner) *[]fhir.Extension { return &p.Extension },
	}
}

var genders = []fhir.AdministrativeGender{
	fhir.AdministrativeGenderMale, fhir.AdministrativeGenderFemale, fhir.AdministrativeGenderOther, fhir.AdministrativeGenderUnknown,
}

// gender returns a gender, and lists the field if FHIR does not have it.
func gender(g clinik.Gender) (fhir.AdministrativeGender, []string) {
	code := fhir.AdministrativeGender(g)
	if g != "" && !slices.Contains(genders, code) {
		return "", []string{"gender"}
	}
	return code, nil
}

func (m Mapping) toPatient(p *clinik.Patient) (*fhir.Patient, []string, error) {
	s := m.space()
	r := &fhir.Patient{
		ID: s.ID(p.ID), Meta: s.Meta(kindPatient, p.ID, caremux.Time{}), Active: p.Active,
		Name:          name(p.FullName, p.LastName, []string{p.FirstName, p.MiddleName}, []string{p.Prefix}, []string{p.Suffix}),
		BirthDate:     mapping.Date(p.BirthDate),
		Telecom:       mapping.Telecom(mapping.Phone(p.Phone, 0), mapping.Email(p.Email, 0)),
		MaritalStatus: mapping.Concept("", "", p.MaritalStatus),
		Address:       address(p.Address),
	}
	if p.ID != "" {
		r.Identifier = []fhir.Identifier{s.Identifier(kindPatient, p.ID)}
	}
	for _, l := range p.Languages {
		if c := mapping.Concept(s.System("language"), l.Language, ""); c != nil {
			r.Communication = append(r.Communication, fhir.PatientCommunication{Language: c, Preferred: l.Preferred})
		}
	}
	if gp := s.Reference("Practitioner", kindPractitioner, mapping.Text(p.GeneralPractitionerID), ""); gp != nil {
		r.GeneralPractitioner = []fhir.Reference{*gp}
	}
	var unmapped []string
	r.Gender, unmapped = gender(p.Gender)
	return r, unmapped, nil
}

func (m Mapping) fromPatient(r *fhir.Patient) any {
	s := m.space()
	p := &clinik.Patient{
		ID: s.IdentifierOf(r.Identifier, kindPatient), Active: r.Active, Gender: clinik.Gender(r.Gender),
		FirstName: mapping.Given(r.Name, 0), MiddleName: mapping.Given(r.Name, 1), LastName: mapping.Family(r.Name),
		BirthDate:     mapping.Day(r.BirthDate),
		Phone:         mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemPhone, 1),
		Email:         mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemEmail, 1),
		MaritalStatus: mapping.TextOf(r.MaritalStatus), Address: fromAddress(r.Address),
	}
	if len(r.Name) > 0 {
		p.FullName, p.Prefix, p.Suffix = r.Name[0].Text, mapping.At(r.Name[0].Prefix, 0), mapping.At(r.Name[0].Suffix, 0)
	}
	for _, c := range r.Communication {
		code := mapping.CodeOf(c.Language, s.System("language"))
		p.Languages = append(p.Languages, clinik.PatientLanguage{Language: code, Preferred: c.Preferred})
	}
	if len(r.GeneralPractitioner) > 0 {
		p.GeneralPractitionerID, _ = s.Referred(&r.GeneralPractitioner[0], "Practitioner", kindPractitioner)
	}
	return p
}

func (m Mapping) toPractitioner(p *clinik.Practitioner) (*fhir.Practitioner, []string, error) {
	s := m.space()
	r := &fhir.Practitioner{
		ID: s.ID(p.ID), Meta: s.Meta(kindPractitioner, p.ID, caremux.Time{}), Active: p.Active,
		Name:      name("", p.LastName, []string{p.FirstName}, p.Prefix, p.Suffix),
		BirthDate: mapping.Date(p.BirthDate),
		Telecom:   mapping.Telecom(mapping.Phone(p.Phone, 0), mapping.Email(p.Email, 0)),
		Address:   address(p.Address),
	}
	if p.ID != "" {
		r.Identifier = append(r.Identifier, s.Identifier(kindPractitioner, p.ID))
	}
	if npi := mapping.Text(p.NPI); npi != "" {
		r.Identifier = append(r.Identifier, fhir.Identifier{System: mapping.SystemNPI, Value: npi})
	}
	for _, language := range p.Languages {
		r.Communication = append(r.Communication, mapping.Concepts(s.System("language"), language, "")...)
	}
	var unmapped []string
	r.Gender, unmapped = gender(p.Gender)
	return r, unmapped, nil
}

func (m Mapping) fromPractitioner(r *fhir.Practitioner) any {
	s := m.space()
	p := &clinik.Practitioner{
		ID: s.IdentifierOf(r.Identifier, kindPractitioner), Active: r.Active, Gender: clinik.Gender(r.Gender),
		FirstName: mapping.Given(r.Name, 0), LastName: mapping.Family(r.Name), BirthDate: mapping.Day(r.BirthDate),
		Phone:   mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemPhone, 1),
		Email:   mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemEmail, 1),
		Address: fromAddress(r.Address),
	}
	for _, i := range r.Identifier {
		if i.System == mapping.SystemNPI {
			p.NPI = i.Value
		}
	}
	if len(r.Name) > 0 {
		p.Prefix, p.Suffix = r.Name[0].Prefix, r.Name[0].Suffix
	}
	for i := range r.Communication {
		p.Languages = append(p.Languages, mapping.CodeOf(&r.Communication[i], s.System("language")))
	}
	return p
}

func name(text, family string, given, prefix, suffix []string) []fhir.HumanName {
	n := fhir.HumanName{
		Text: mapping.Text(text), Family: mapping.Text(family), Given: mapping.Texts(given...),
		Prefix: mapping.Texts(prefix...), Suffix: mapping.Texts(suffix...),
	}
	if n.Text == "" && n.Family == "" && n.Given == nil && n.Prefix == nil && n.Suffix == nil {
		return nil
	}
	return []fhir.HumanName{n}
}

func address(a *clinik.Address) []fhir.Address {
	if a == nil {
		return nil
	}
	r := fhir.Address{
		Line: mapping.Texts(a.Line...), City: mapping.Text(a.City), State: mapping.Text(a.State),
		PostalCode: mapping.Text(a.PostalCode), Country: mapping.Text(a.Country),
	}
	if r.Line == nil && r.City == "" && r.State == "" && r.PostalCode == "" && r.Country == "" {
		return nil
	}
	return []fhir.Address{r}
}

func fromAddress(list []fhir.Address) *clinik.Address {
	if len(list) == 0 {
		return nil
	}
	a := list[0]
	return &clinik.Address{Line: a.Line, City: a.City, State: a.State, PostalCode: a.PostalCode, Country: a.Country}
}
