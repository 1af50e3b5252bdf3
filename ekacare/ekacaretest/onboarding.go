package ekacaretest

import (
	"fmt"
	"net/http"
	"strings"
)

func cdrNotFound(what string) error {
	return &failure{http.StatusNotFound, object{"status": "error", "message": what + " not found"}}
}

func fieldErrors(field, message string) error {
	return &failure{http.StatusBadRequest, object{"field": []string{field}, "message": []string{message}}}
}

// linked resolves the ids of a body that links records by Eka's ids or by the partner's.
func linked[T any](body object, own, partner string, byID, byPartner func(string) *T) ([]*T, error) {
	ids, hasIDs := body[own].([]any)
	partnerIDs, hasPartnerIDs := body[partner].([]any)
	if hasIDs && hasPartnerIDs {
		return nil, fieldErrors(partner, "cannot be given together with "+own)
	}
	field, lookup := own, byID
	if hasPartnerIDs {
		ids, field, lookup = partnerIDs, partner, byPartner
	}
	var list []*T
	for _, id := range ids {
		text, _ := id.(string)
		one := lookup(text)
		if one == nil {
			return nil, fieldErrors(field, "is not known")
		}
		list = append(list, one)
	}
	return list, nil
}

// take copies the fields of a body that are not links or ids.
func take(into, body object) {
	for name, value := range body {
		if !strings.HasSuffix(name, "_ids") && name != "partner_id" {
			into[name] = value
		}
	}
}

func done(id string) object { return object{"status": "success", "ekaid": id} }

func (s *Server) changeDoctor(d *doctor, body object) error {
	clinics, err := linked(body, "clinic_ids", "partner_clinic_ids", s.practice.clinic, s.practice.partnerClinic)
	if err != nil {
		return err
	}
	partner := d.PartnerID
	if id, ok := body["partner_id"].(string); ok {
		if other := s.practice.partnerDoctor(id); other != nil && other != d {
			return fieldErrors("partner_id", "is taken")
		}
		partner = id
	}
	for _, c := range clinics {
		if !d.at(c) {
			d.clinics = append(d.clinics, c)
		}
	}
	d.PartnerID = partner
	take(d.fields, body)
	for name, to := range map[string]*string{"firstname": &d.FirstName, "lastname": &d.LastName} {
		if text, ok := body[name].(string); ok {
			*to = text
		}
	}
	return nil
}

// onboarded returns a doctor as the onboarding shows it.
func (d *doctor) onboarded() object {
	clinics := []any{}
	for _, c := range d.clinics {
		if !c.deleted {
			clinics = append(clinics, object{"id": c.ID, "name": c.Name})
		}
	}
	row := object{"id": d.ID, "firstname": d.FirstName, "lastname": d.LastName, "partner_id": d.PartnerID, "clinics": clinics,
		"specialisation": joined(d.fields["specialisations"]), "profile_image_url": d.fields["profile_image_url"]}
	for _, name := range []string{"mobile", "email", "about"} {
		row[name] = str(d.fields, name)
	}
	return row
}

func joined(list any) string {
	items, _ := list.([]any)
	var texts []string
	for _, item := range items {
		texts = append(texts, fmt.Sprint(item))
	}
	return strings.Join(texts, ", ")
}

func (s *Server) handleDoctors() {
	one := func(act func(c *call, d *doctor) (any, error)) func(c *call) (any, error) {
		return func(c *call) (any, error) {
			d := s.practice.doctor(c.Path["doc_id"])
			if d == nil {
				return nil, cdrNotFound("doctor")
			}
			return act(c, d)
		}
	}
	s.handle("OnboardingDoctors_List", func(*call) (any, error) {
		rows := []any{}
		for _, d := range s.practice.doctors {
			if !d.deleted {
				row := d.onboarded()
				delete(row, "about")
				delete(row, "profile_image_url")
				rows = append(rows, row)
			}
		}
		return object{"status": "success", "doctors": rows}, nil
	})
	s.handle("OnboardingDoctors_Create", func(c *call) (any, error) {
		d := &doctor{fields: object{}}
		if err := s.changeDoctor(d, c.object()); err != nil {
			return nil, err
		}
		d.ID = s.newID("doctor")
		s.practice.doctors = append(s.practice.doctors, d)
		s.wrote(c, d.ID)
		return done(d.ID), nil
	})
	s.handle("OnboardingDoctors_Get", one(func(_ *call, d *doctor) (any, error) {
		return object{"status": "success", "doctor": d.onboarded()}, nil
	}))
	s.handle("OnboardingDoctors_Update", one(func(c *call, d *doctor) (any, error) {
		if err := s.changeDoctor(d, c.object()); err != nil {
			return nil, err
		}
		s.wrote(c, d.ID)
		return done(d.ID), nil
	}))
	s.handle("OnboardingDoctors_Delete", one(func(c *call, d *doctor) (any, error) {
		d.deleted = true
		s.wrote(c, d.ID)
		return object{"status": "success", "message": "Doctor deleted"}, nil
	}))
}

func (s *Server) changeClinic(c *clinic, body object) error {
	doctors, err := linked(body, "doctor_ids", "partner_doctor_ids", s.practice.doctor, s.practice.partnerDoctor)
	if err != nil {
		return err
	}
	partner := c.PartnerID
	if id, ok := body["partner_id"].(string); ok {
		if other := s.practice.partnerClinic(id); other != nil && other != c {
			return fieldErrors("partner_id", "is taken")
		}
		partner = id
	}
	for _, d := range doctors {
		if !d.at(c) {
			d.clinics = append(d.clinics, c)
		}
	}
	c.PartnerID = partner
	take(c.fields, body)
	if name, ok := body["name"].(string); ok {
		c.Name = name
	}
	return nil
}

// doctorsAt returns those who practise at a clinic.
func (s *Server) doctorsAt(c *clinic) []*doctor {
	var list []*doctor
	for _, d := range s.practice.doctors {
		if d.at(c) && !d.deleted {
			list = append(list, d)
		}
	}
	return list
}

func (s *Server) onboardedClinic(c *clinic) object {
	doctors := []any{}
	for _, d := range s.doctorsAt(c) {
		doctors = append(doctors, object{"id": d.ID, "firstname": d.FirstName, "lastname": d.LastName})
	}
	row := object{"id": c.ID, "name": c.Name, "partner_id": c.PartnerID, "doctors": doctors}
	for _, name := range []string{"pincode", "contact", "mobile", "address"} {
		row[name] = str(c.fields, name)
	}
	return row
}

func (s *Server) handleClinics() {
	one := func(act func(c *call, found *clinic) (any, error)) func(c *call) (any, error) {
		return func(c *call) (any, error) {
			found := s.practice.clinic(c.Path["clinic_id"])
			if found == nil {
				return nil, cdrNotFound("clinic")
			}
			return act(c, found)
		}
	}
	s.handle("OnboardingClinics_List", func(*call) (any, error) {
		rows := []any{}
		for _, c := range s.practice.clinics {
			if !c.deleted {
				row := s.onboardedClinic(c)
				delete(row, "contact")
				delete(row, "mobile")
				rows = append(rows, row)
			}
		}
		return object{"status": "success", "clinics": rows}, nil
	})
	s.handle("OnboardingClinics_Create", func(c *call) (any, error) {
		made := &clinic{fields: object{}}
		if err := s.changeClinic(made, c.object()); err != nil {
			return nil, err
		}
		made.ID = s.newID("clinic")
		s.practice.clinics = append(s.practice.clinics, made)
		s.wrote(c, made.ID)
		return done(made.ID), nil
	})
	s.handle("OnboardingClinics_Get", one(func(_ *call, found *clinic) (any, error) {
		return object{"status": "success", "clinic": s.onboardedClinic(found)}, nil
	}))
	s.handle("OnboardingClinics_Update", one(func(c *call, found *clinic) (any, error) {
		if err := s.changeClinic(found, c.object()); err != nil {
			return nil, err
		}
		s.wrote(c, found.ID)
		return done(found.ID), nil
	}))
	s.handle("OnboardingClinics_Delete", one(func(c *call, found *clinic) (any, error) {
		found.deleted = true
		s.wrote(c, found.ID)
		return object{"status": "success", "message": "Clinic deleted"}, nil
	}))
}
