package ekafhir

import (
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

// Patient returns a patient of the older API, which knows patients by your ids too, as FHIR.
func (m Mapping) Patient(p *ekacare.Patient) (*fhir.Patient, error) { return m.patients().Resource(p) }

// PatientRecord returns the record that a patient was mapped from, with what was edited since.
func (m Mapping) PatientRecord(p *fhir.Patient) (*ekacare.Patient, error) {
	return m.patients().Record(p)
}

// PatientCreate returns the body of a call of PatientDirectory.Create. It returns a [*caremux.ArgumentError] for an
// element that the call cannot send.
func (m Mapping) PatientCreate(p *fhir.Patient) (*ekacare.DirectoryPatientCreate, error) {
	body := new(ekacare.DirectoryPatientCreate)
	err := m.directoryPatients().Create("PatientDirectory.Create", p, body, "oid", "wid", "ps", "c_ate", "u_ate", "ccd")
	if err != nil {
		return nil, err
	}
	return body, nil
}

// DirectoryPatient returns a patient of the directory as FHIR.
func (m Mapping) DirectoryPatient(p *ekacare.DirectoryPatient) (*fhir.Patient, error) {
	return m.directoryPatients().Resource(p)
}

// DirectoryPatientRecord returns the record that a patient was mapped from, with what was edited since.
func (m Mapping) DirectoryPatientRecord(p *fhir.Patient) (*ekacare.DirectoryPatient, error) {
	return m.directoryPatients().Record(p)
}

func (m Mapping) patients() mapping.Pair[ekacare.Patient, *fhir.Patient] {
	return mapping.Pair[ekacare.Patient, *fhir.Patient]{
		Kind: "ekacare/Patient", FHIR: m.toPatient, Vendor: m.fromPatient,
		Extensions: func(p *fhir.Patient) *[]fhir.Extension { return &p.Extension },
	}
}

func (m Mapping) directoryPatients() mapping.Pair[ekacare.DirectoryPatient, *fhir.Patient] {
	return mapping.Pair[ekacare.DirectoryPatient, *fhir.Patient]{
		Kind: "ekacare/DirectoryPatient", FHIR: m.toDirectoryPatient, Vendor: m.fromDirectoryPatient,
		Extensions: func(p *fhir.Patient) *[]fhir.Extension { return &p.Extension },
	}
}

func (m Mapping) toPatient(p *ekacare.Patient) (*fhir.Patient, []string, error) {
	s := m.space()
	r := &fhir.Patient{
		ID: s.ID(p.PatientID), Meta: s.Meta(kindPatient, p.PatientID, caremux.Time{}),
		Identifier: m.identifiers(kindPatient, p.PatientID, p.PartnerPatientID),
		Name:       mapping.Name(p.LastName, p.FirstName, p.MiddleName),
		BirthDate:  mapping.Date(p.DateOfBirth),
		Telecom:    mapping.Telecom(mapping.Phone(p.Mobile, 0), mapping.Email(p.Email, 0)),
	}
	unmapped := gender(r, p.Gender, "gender")
	if a := p.Address; a != nil {
		address := fhir.Address{Line: mapping.Texts(a.Line1), City: mapping.Text(a.City), PostalCode: mapping.Text(a.Pincode)}
		if address.Line != nil || address.City != "" || address.PostalCode != "" {
			r.Address = []fhir.Address{address}
		}
	}
	return r, unmapped, nil
}

// identifiers are Eka's id of a record and yours.
func (m Mapping) identifiers(kind, id, yours string) []fhir.Identifier {
	var list []fhir.Identifier
	if id != "" {
		list = append(list, m.space().Identifier(kind, id))
	}
	if yours = mapping.Text(yours); yours != "" {
		list = append(list, m.space().Identifier(partner+kind, yours))
	}
	return list
}

// gender sets the gender, and lists the field if FHIR has no equivalent for its code.
func gender(r *fhir.Patient, code ekacare.Gender, field string) []string {
	if code == "" {
		return nil
	}
	mapped, ok := codes().FHIR("Gender", string(code))
	r.Gender = fhir.AdministrativeGender(mapped)
	if !ok {
		return []string{field}
	}
	return nil
}

func (m Mapping) fromPatient(r *fhir.Patient) any {
	s := m.space()
	p := &ekacare.Patient{
		PatientID: s.IdentifierOf(r.Identifier, kindPatient), PartnerPatientID: s.IdentifierOf(r.Identifier, partner+kindPatient),
		FirstName: mapping.Given(r.Name, 0), MiddleName: mapping.Given(r.Name, 1), LastName: mapping.Family(r.Name),
		DateOfBirth: mapping.Day(r.BirthDate),
		Mobile:      mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemPhone, 1),
		Email:       mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemEmail, 1),
		Gender:      genderOf(r),
	}
	if len(r.Address) > 0 {
		a := r.Address[0]
		p.Address = &ekacare.PatientAddress{Line1: mapping.At(a.Line, 0), City: a.City, Pincode: a.PostalCode}
	}
	return p
}

func genderOf(r *fhir.Patient) ekacare.Gender {
	code, _ := codes().Vendor("Gender", string(r.Gender))
	return ekacare.Gender(code)
}

func (m Mapping) toDirectoryPatient(p *ekacare.DirectoryPatient) (*fhir.Patient, []string, error) {
	s := m.space()
	r := &fhir.Patient{
		ID: s.ID(p.OID), Meta: s.Meta(kindPatient, p.OID, caremux.Time{}),
		Identifier: m.identifiers(kindPatient, p.OID, ""),
		BirthDate:  mapping.Date(p.DateOfBirth),
		Telecom:    mapping.Telecom(mapping.Phone(p.Mobile, 0), mapping.Email(p.Email, 0)),
	}
	r.Meta.LastUpdated = mapping.Instant(p.UpdatedAt.Time)
	if abha := mapping.Text(p.ABHA); abha != "" {
		r.Identifier = append(r.Identifier, s.Identifier(kindABHA, abha))
	}
	n := fhir.HumanName{
		Text: mapping.Text(p.FullName), Family: mapping.Text(p.LastName), Given: mapping.Texts(p.FirstName),
		Prefix: mapping.Texts(p.Salutation),
	}
	if n.Text != "" || n.Family != "" || n.Given != nil || n.Prefix != nil {
		r.Name = []fhir.HumanName{n}
	}
	return r, gender(r, p.Gender, "gen"), nil
}

func (m Mapping) fromDirectoryPatient(r *fhir.Patient) any {
	s := m.space()
	p := &ekacare.DirectoryPatient{
		OID: s.IdentifierOf(r.Identifier, kindPatient), ABHA: s.IdentifierOf(r.Identifier, kindABHA),
		FirstName: mapping.Given(r.Name, 0), LastName: mapping.Family(r.Name),
		DateOfBirth: mapping.Day(r.BirthDate),
		Mobile:      mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemPhone, 1),
		Email:       mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemEmail, 1),
		Gender:      genderOf(r),
	}
	if changed := mapping.Changed(r.Meta); changed.Known() {
		p.UpdatedAt = ekacare.NewEpochSeconds(changed.Time)
	}
	if len(r.Name) > 0 {
		p.FullName = r.Name[0].Text
		p.Salutation = strings.Join(r.Name[0].Prefix, " ")
	}
	return p
}
