package ekacaretest

import (
	"slices"
	"strings"
)

// Doctor is a doctor that the server knows.
type Doctor struct {
	ID        string // Eka's id
	PartnerID string // the partner's, which is yours; may be empty
	FirstName string
	LastName  string
}

// Clinic is a clinic that the server knows.
type Clinic struct {
	ID        string // Eka's id
	PartnerID string // the partner's, which is yours; may be empty
	Name      string
}

type doctor struct {
	Doctor
	fields  object // what the onboarding was sent
	clinics []*clinic
	deleted bool
}

type clinic struct {
	Clinic
	fields  object
	deleted bool
}

// practice is the doctors and clinics of the business.
type practice struct {
	doctors []*doctor
	clinics []*clinic
}

// Doctor returns the doctor of the vendor's sample booking, who practises at [Server.Clinic].
func (s *Server) Doctor() Doctor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.practice.doctors[0].Doctor
}

// Clinic returns the clinic of the vendor's sample booking.
func (s *Server) Clinic() Clinic {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.practice.clinics[0].Clinic
}

// AddDoctor adds a doctor who practises at the given clinics. An unknown clinic ends the test, or panics on a server of [Start].
func (s *Server) AddDoctor(firstName, lastName, partnerID string, clinics ...Clinic) Doctor {
	s.core.T.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	d := &doctor{Doctor: Doctor{s.newID("doctor"), partnerID, firstName, lastName}, fields: object{}}
	for _, c := range clinics {
		found := s.practice.clinic(c.ID)
		if found == nil {
			s.core.Fatal("there is no clinic " + c.ID)
		}
		d.clinics = append(d.clinics, found)
	}
	s.practice.doctors = append(s.practice.doctors, d)
	return d.Doctor
}

// AddClinic adds a clinic, at which no doctor practises yet.
func (s *Server) AddClinic(name, partnerID string) Clinic {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &clinic{Clinic: Clinic{s.newID("clinic"), partnerID, name}, fields: object{}}
	s.practice.clinics = append(s.practice.clinics, c)
	return c.Clinic
}

// doctor finds one who is not deleted, by Eka's id.
func (p *practice) doctor(id string) *doctor {
	return find(p.doctors, func(d *doctor) bool { return d.ID == id && !d.deleted })
}

func (p *practice) partnerDoctor(id string) *doctor {
	return find(p.doctors, func(d *doctor) bool { return id != "" && d.PartnerID == id && !d.deleted })
}

func (p *practice) clinic(id string) *clinic {
	return find(p.clinics, func(c *clinic) bool { return c.ID == id && !c.deleted })
}

func (p *practice) partnerClinic(id string) *clinic {
	return find(p.clinics, func(c *clinic) bool { return id != "" && c.PartnerID == id && !c.deleted })
}

// find gives the first that fits, nil if there is none.
func find[T any](list []*T, fits func(*T) bool) *T {
	if i := slices.IndexFunc(list, fits); i >= 0 {
		return list[i]
	}
	return nil
}

func (d *doctor) at(c *clinic) bool { return slices.Contains(d.clinics, c) }

func (d *doctor) name() string { return strings.TrimSpace(d.FirstName + " " + d.LastName) }

func (s *Server) handlePractice() {
	c := &clinic{Clinic: Clinic{s.newID("clinic"), "642783", "Sunshine Clinic"}, fields: object{
		"address": "12 MG Road", "city": "Bangalore", "state": "Karnataka", "pincode": "560049", "contact": "08012345678",
	}}
	s.practice = practice{
		clinics: []*clinic{c},
		doctors: []*doctor{{Doctor: Doctor{s.newID("doctor"), "8423994", "Asha", "Rao"}, clinics: []*clinic{c}, fields: object{
			"gender": "F", "mobile": "9888888888", "email": "asha.rao@example.com", "about": "General medicine",
			"specialisations": []any{"General Physician"}, "qualifications": []any{"MBBS"}, "dob": "1980-05-17",
		}}},
	}
	s.handleDoctors()
	s.handleClinics()
	s.handleBusiness()
}
