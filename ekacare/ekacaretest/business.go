package ekacaretest

// business returns id and name of the workspace that a call acts on.
func (c *call) business() (id, name string) {
	if c.grant != nil && c.grant.shared {
		return "business-shared", "Shared Practice"
	}
	return "business-own", "Sunshine Practice"
}

// handleBusiness handles the calls that read clinics and doctors.
func (s *Server) handleBusiness() {
	s.handle("Business_GetInfo", s.businessInfo)
	s.handle("Business_ListEntities", s.businessEntities)
	s.handle("Clinics_Get", s.getClinic)
	s.handle("Doctors_Get", s.getDoctor)
	s.handle("Doctors_ListClinics", s.listDoctorClinics)
	s.handle("Doctors_ListServices", s.listDoctorServices)
}

// businessInfo returns the workspace of the caller.
func (s *Server) businessInfo(c *call) (any, error) {
	id, name := c.business()
	return object{"status": "success", "bid": id, "business_name": name}, nil
}

// businessEntities returns the clinics and doctors of the workspace.
func (s *Server) businessEntities(c *call) (any, error) {
	clinics, doctors := []any{}, []any{}
	for _, clinic := range s.practice.clinics {
		ids := []any{}
		for _, d := range s.doctorsAt(clinic) {
			ids = append(ids, d.ID)
		}
		if !clinic.deleted {
			clinics = append(clinics, object{"clinic_id": clinic.ID, "name": clinic.Name, "doctors": ids})
		}
	}
	for _, d := range s.practice.doctors {
		if !d.deleted {
			doctors = append(doctors, object{"doctor_id": d.ID, "name": d.name(), "pic": str(d.fields, "profile_image_url")})
		}
	}
	id, name := c.business()
	return object{"status_code": 200, "success": true, "data": object{
		"clinics": clinics, "doctors": doctors, "business": object{"business_id": id, "name": name},
	}}, nil
}

// getClinic returns a clinic.
func (s *Server) getClinic(c *call) (any, error) {
	found := s.practice.clinic(c.Path["clinic_id"])
	if found == nil {
		return nil, failed(404, "CLINIC_NOT_FOUND", "Clinic not found")
	}
	return object{"success": true, "data": object{"clinic": object{"clinic_id": found.ID, "name": found.Name, "address": object{
		"line1": str(found.fields, "address"), "city": str(found.fields, "city"), "state": str(found.fields, "state"),
		"pincode": str(found.fields, "pincode"), "country": "India",
	}}}}, nil
}

// getDoctor returns the profile of a doctor.
func (s *Server) getDoctor(c *call) (any, error) {
	d := s.practice.doctor(c.Path["doctor_id"])
	if d == nil {
		return nil, unknown("Doctor")
	}
	return s.shownDoctor(d), nil
}

// listDoctorClinics returns the clinics of a doctor.
func (s *Server) listDoctorClinics(c *call) (any, error) {
	d := s.practice.doctor(c.Path["doctor_id"])
	if d == nil {
		return nil, unknown("Doctor")
	}
	return object{"clinics": d.onboarded()["clinics"]}, nil
}

// listDoctorServices returns the services of a doctor: one consultation.
func (s *Server) listDoctorServices(c *call) (any, error) {
	d := s.practice.doctor(c.Path["doctor_id"])
	if d == nil {
		return nil, unknown("Doctor")
	}
	return object{"data": object{"services": []any{object{
		"conf_id": consultation, "service_name": "Consultation", "appointment_type": "REGULAR", "mode": []any{"in-clinic", "tele"},
		"duration": int(slotLength.Minutes()), "price": 500, "currency": "INR", "pre_pay": false, "archive": false, "book_ahead_days": 30,
		"created_at": founded.Unix(),
	}}}}, nil
}

// shownDoctor returns the whole profile. What is not known of the doctor is empty.
func (s *Server) shownDoctor(d *doctor) object {
	standard := ""
	if len(d.clinics) > 0 {
		standard = d.clinics[0].ID
	}
	specialities := []any{}
	list, _ := d.fields["specialisations"].([]any)
	for _, name := range list {
		specialities = append(specialities, object{"name": name})
	}
	degrees := []any{}
	list, _ = d.fields["qualifications"].([]any)
	for _, name := range list {
		degrees = append(degrees, object{"name": name, "branch_name": "", "college_name": "", "start_year": "", "end_year": ""})
	}
	clinics := []any{}
	for _, c := range d.clinics {
		if !c.deleted {
			clinics = append(clinics, object{"id": c.ID, "name": c.Name, "contacts": []any{}, "address": object{}})
		}
	}
	return object{"id": d.ID, "profile": object{
		"personal": object{
			"first_name": d.FirstName, "middle_name": "", "last_name": d.LastName, "dob": str(d.fields, "dob"),
			"gender": str(d.fields, "gender"), "salutation": "Dr.", "pic": str(d.fields, "profile_image_url"),
		},
		"professional": object{
			"active": true, "about": str(d.fields, "about"), "language": []any{}, "degree": degrees,
			"major_speciality": object{"name": "General medicine", "code": "GM"},
			"speciality":       specialities, "clinics": clinics, "default_clinic": standard,
		},
	}}
}
