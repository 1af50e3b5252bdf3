package snapfhir

import (
	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
	"github.com/caremux/caremux/snapcare"
)

// OnboardPatient returns the record of a patient whose account is being opened as FHIR. Unlike the lists of the
// hospital it has a birth date.
func (m Mapping) OnboardPatient(p *snapcare.OnboardPatient) (*fhir.Patient, error) {
	return m.onboardPatients().Resource(p)
}

// OnboardPatientRecord returns the record that a patient was mapped from, with what was edited since.
func (m Mapping) OnboardPatientRecord(p *fhir.Patient) (*snapcare.OnboardPatient, error) {
	return m.onboardPatients().Record(p)
}

// PatientImport returns the body of a call of Patients.Import, which opens the account of a patient. It returns a
// [*caremux.ArgumentError] for an element that the call cannot send. Address.Text is the address as one text, which the
// call requires; the country must be an ISO code of two letters.
func (m Mapping) PatientImport(p *fhir.Patient) (*snapcare.OnboardPatientInput, error) {
	body := new(snapcare.OnboardPatientInput)
	if err := m.onboardPatients().Create("Patients.Import", p, body, "patientId"); err != nil {
		return nil, err
	}
	return body, nil
}

func (m Mapping) onboardPatients() mapping.Pair[snapcare.OnboardPatient, *fhir.Patient] {
	return mapping.Pair[snapcare.OnboardPatient, *fhir.Patient]{
		Kind: "snapcare/OnboardPatient", FHIR: m.toOnboardPatient, Vendor: m.fromOnboardPatient,
		Extensions: func(p *fhir.Patient) *[]fhir.Extension { return &p.Extension },
	}
}

func (m Mapping) toOnboardPatient(p *snapcare.OnboardPatient) (*fhir.Patient, []string, error) {
	s := m.space()
	id := numberOf(p.PatientID)
	r := &fhir.Patient{
		ID: s.ID(id), Meta: s.Meta(kindPatient, id, caremux.Time{}), Identifier: m.identifiers(kindPatient, id, nil),
		Name:    mapping.Name(p.LastName, p.FirstName),
		Telecom: mapping.Telecom(mapping.Phone(p.MobileNumberWithCountryCode, 0), mapping.Email(p.Email, 0)),
	}
	if p.DOB.Known() { // a day, whatever its time of day says
		r.BirthDate = mapping.Date(p.DOB)
	}
	var unmapped []string
	if p.Gender != "" {
		gender, ok := codes().FHIR("Gender", p.Gender)
		r.Gender = fhir.AdministrativeGender(gender)
		if !ok {
			unmapped = append(unmapped, "gender")
		}
	}
	a := address(p.AddressObject)
	if a == nil {
		a = &fhir.Address{}
	} else if p.AddressObject.CountryCode != "" {
		a.Country = mapping.Text(p.AddressObject.CountryCode)
	}
	if a.Text == "" {
		a.Text = mapping.Text(p.Address)
	}
	if text, err := fhir.Marshal(a); err == nil && string(text) != "{}" {
		r.Address = []fhir.Address{*a}
	}
	return r, unmapped, nil
}

func (m Mapping) fromOnboardPatient(r *fhir.Patient) any {
	s := m.space()
	p := &snapcare.OnboardPatient{
		PatientID: number(s.IdentifierOf(r.Identifier, kindPatient)),
		FirstName: mapping.Given(r.Name, 0), LastName: mapping.Family(r.Name),
		MobileNumberWithCountryCode: mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemPhone, 1),
		Email:                       mapping.TelecomOf(r.Telecom, fhir.ContactPointSystemEmail, 1),
	}
	if day := mapping.Day(r.BirthDate); !day.IsZero() {
		p.DOB = day
	}
	p.Gender, _ = codes().Vendor("Gender", string(r.Gender))
	if len(r.Address) == 0 {
		return p
	}
	p.Address = r.Address[0].Text
	if a := fromAddress(&r.Address[0]); a.Line1 != "" || a.City != "" {
		a.AddressText = ""
		a.CountryCode, a.Country = a.Country, ""
		p.AddressObject = a
	}
	return p
}
