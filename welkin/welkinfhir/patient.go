package welkinfhir

import (
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
	"github.com/caremux/caremux/welkin"
)

// The systems of what identifies a patient elsewhere end so.
const (
	kindMRN          = "mrn"
	kindExternalID   = "externalId"
	kindExternalGUID = "externalGuid"
)

// Patient returns a patient as FHIR.
func (m Mapping) Patient(p *welkin.Patient) (*fhir.Patient, error) { return m.patients().Resource(p) }

// PatientRecord returns the record that a patient was mapped from, with what was edited since.
func (m Mapping) PatientRecord(p *fhir.Patient) (*welkin.Patient, error) {
	return m.patients().Record(p)
}

// PatientCreate returns the body of a call that creates a patient. It returns a [*caremux.ArgumentError] for an element
// that the call cannot send.
func (m Mapping) PatientCreate(p *fhir.Patient) (*welkin.PatientCreate, error) {
	body := new(welkin.PatientCreate)
	err := m.patients().Create("Patients.Create", p, body,
		"id", "createdAt", "updatedAt", "createdBy", "updatedBy", "createdByName", "updatedByName")
	if err != nil {
		return nil, err
	}
	return body, nil
}

func (m Mapping) patients() mapping.Pair[welkin.Patient, *fhir.Patient] {
	return mapping.Pair[welkin.Patient, *fhir.Patient]{
		Kind: "welkin/Patient", FHIR: m.toPatient, Vendor: m.fromPatient,
		Extensions: func(p *fhir.Patient) *[]fhir.Extension { return &p.Extension },
	}
}

func (m Mapping) toPatient(p *welkin.Patient) (*fhir.Patient, []string, error) {
	s := m.space()
	var unmapped []string
	r := &fhir.Patient{
		ID: s.ID(p.ID), Meta: s.Meta(kindPatient, p.ID, p.UpdatedAt),
		Name:      mapping.Name(p.LastName, p.FirstName, p.MiddleName),
		BirthDate: mapping.Date(p.BirthDate),
		Telecom: mapping.Telecom(mapping.Phone(p.Phone, 1), mapping.Phone(p.SecondaryPhone, 2),
			mapping.Email(p.Email, 1), mapping.Email(p.SecondaryEmail, 2)),
	}
	for _, i := range []struct{ kind, value string }{
		{kindPatient, p.ID}, {kindMRN, p.MRN}, {kindExternalID, p.ExternalID}, {kindExternalGUID, p.ExternalGUID},
	} {
		if value := mapping.Text(i.value); value != "" {
			r.Identifier = append(r.Identifier, s.Identifier(i.kind, value))
		}
	}
	if p.Gender != "" {
		gender, ok := codes().FHIR("Gender", p.Gender)
		r.Gender = fhir.AdministrativeGender(gender)
		if !ok {
			unmapped = append(unmapped, "gender")
		}
	}
	r.MaritalStatus = mapping.Concept(s.System("maritalStatus"), p.MaritalStatus, "")
	address := fhir.Address{
		Line: mapping.Texts(p.AddressLine1, p.AddressLine2), City: mapping.Text(p.City), State: mapping.Text(p.State),
		PostalCode: mapping.Text(p.Zip), Country: mapping.Text(p.Country),
	}
	if address.Line != nil || address.City != "" || address.State != "" || address.PostalCode != "" || address.Country != "" {
		r.Address = []fhir.Address{address}
	}
	for i, language := range []string{p.PrimaryLanguage, p.SecondaryLanguage} {
		if c := mapping.Concept(s.System("language"), language, ""); c != nil {
			r.Communication = append(r.Communication, fhir.PatientCommunication{Language: c, Preferred: new(i == 0)})
		}
	}
	return r, unmapped, nil
}

func (m Mapping) fromPatient(r *fhir.Patient) any {
	s := m.space()
	p := &welkin.Patient{
		ID:           s.IdentifierOf(r.Identifier, kindPatient),
		MRN:          s.IdentifierOf(r.Identifier, kindMRN),
		ExternalID:   s.IdentifierOf(r.Identifier, kindExternalID),
		ExternalGUID: s.IdentifierOf(r.Identifier, kindExternalGUID),
		UpdatedAt:    mapping.Changed(r.Meta),
		FirstName:    mapping.Given(r.Name, 0), MiddleName: mapping.Given(r.Name, 1), LastName: mapping.Family(r.Name),
		BirthDate:      mapping.Day(r.BirthDate),
		Phone:          mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemPhone, 1),
		SecondaryPhone: mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemPhone, 2),
		Email:          mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemEmail, 1),
		SecondaryEmail: mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemEmail, 2),
		MaritalStatus:  mapping.CodeOf(r.MaritalStatus, s.System("maritalStatus")),
	}
	p.Gender, _ = codes().Vendor("Gender", string(r.Gender))
	if len(r.Address) > 0 {
		a := r.Address[0]
		p.City, p.State, p.Zip, p.Country = a.City, a.State, a.PostalCode, a.Country
		p.AddressLine1, p.AddressLine2 = mapping.At(a.Line, 0), mapping.At(a.Line, 1)
	}
	for _, c := range r.Communication {
		if c.Preferred != nil && *c.Preferred {
			p.PrimaryLanguage = mapping.CodeOf(c.Language, s.System("language"))
		} else {
			p.SecondaryLanguage = mapping.CodeOf(c.Language, s.System("language"))
		}
	}
	return p
}
