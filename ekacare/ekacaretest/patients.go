package ekacaretest

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Patient is a patient that the server knows.
type Patient struct {
	ID        string // Eka's id, which is the oid too
	PartnerID string // the partner's, which is yours; may be empty
	FirstName string
	LastName  string
	Mobile    string // with country code
}

// patient is kept once for both APIs.
type patient struct {
	id, partnerID       string
	first, middle, last string
	full                string // if it was given as such
	gender, dob         string
	age                 bool // the date of birth was made from an age
	mobile, email       string
	fields              object // the older API's address, designation and partner_meta; the directory's s, bloodgroup, username, abha
	archived            bool
	created, updated    time.Time
}

func (p *patient) public() Patient { return Patient{p.id, p.partnerID, p.first, p.last, p.mobile} }

func (p *patient) name() string {
	if p.full != "" {
		return p.full
	}
	return strings.Join(strings.Fields(p.first+" "+p.middle+" "+p.last), " ")
}

// Patient returns the one whom the server knows from its start. The patient of the vendor's sample booking is another, whom the
// booking creates.
func (s *Server) Patient() Patient {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.patients[0].public()
}

// AddPatient adds a patient, a woman born in 1990, under the partner's id, if there is one.
func (s *Server) AddPatient(firstName, lastName, partnerID, mobile string) Patient {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addPatient(firstName, lastName, partnerID, mobile).public()
}

func (s *Server) addPatient(first, last, partnerID, mobile string) *patient {
	p := &patient{partnerID: partnerID, first: first, last: last, gender: "F", dob: "1990-01-31", mobile: mobile, fields: object{}}
	s.keep(p)
	return p
}

// keep registers a new patient.
func (s *Server) keep(p *patient) {
	p.id = s.newID("patient")
	p.created, p.updated = s.clock(), s.clock()
	s.patients = append(s.patients, p)
}

func (s *Server) patient(id string) *patient {
	return find(s.patients, func(p *patient) bool { return p.id == id })
}

func (s *Server) partnerPatient(id string) *patient {
	return find(s.patients, func(p *patient) bool { return id != "" && p.partnerID == id })
}

// change takes what a body of the older API says, patient_details of a booking among them.
func (s *Server) change(p *patient, body object) error {
	_, hasDOB := body["dob"]
	age, hasAge := body["age"].(float64)
	switch {
	case hasDOB && hasAge:
		return rejected("dob and age exclude each other")
	case hasAge:
		p.dob, p.age = fmt.Sprintf("%04d-01-01", s.clock().Year()-int(age)), true
	}
	for name, to := range map[string]*string{"first_name": &p.first, "middle_name": &p.middle, "last_name": &p.last, "gender": &p.gender,
		"dob": &p.dob, "mobile": &p.mobile, "partner_patient_id": &p.partnerID} {
		if text, ok := body[name].(string); ok {
			*to = text
		}
	}
	if hasDOB {
		p.age = false
	}
	for _, name := range []string{"designation", "partner_meta"} {
		if value, ok := body[name]; ok {
			p.fields[name] = value
		}
	}
	if address, ok := body["address"].(object); ok {
		address = maps.Clone(address)
		if code, ok := address["pincode"].(float64); ok {
			address["pincode"] = strconv.Itoa(int(code)) // a number in requests, a string in responses
		}
		p.fields["address"] = address
	}
	p.updated = s.clock()
	return nil
}

// create makes a patient from such a body.
func (s *Server) create(body object) (*patient, error) {
	p := &patient{fields: object{}}
	if err := s.change(p, body); err != nil {
		return nil, err
	}
	if p.first == "" || p.gender == "" || p.dob == "" {
		return nil, rejected("first_name, gender and one of dob and age are required")
	}
	if s.partnerPatient(p.partnerID) != nil {
		return nil, failed(http.StatusConflict, "PATIENT_EXISTS", "Patient already exists")
	}
	s.keep(p)
	return p, nil
}

// shown returns a patient as the older API has it.
func (p *patient) shown() object {
	row := object{"patient_id": p.id, "partner_patient_id": p.partnerID, "first_name": p.first,
		"middle_name": p.middle, "last_name": p.last,
		"gender": p.gender, "dob": p.dob, "email": p.email, "mobile": p.mobile, "created_at": p.created.Unix(), "relations": []any{}}
	for _, name := range []string{"address", "partner_meta"} {
		if value, ok := p.fields[name]; ok {
			row[name] = value
		}
	}
	return row
}

// tenDigits returns a mobile number without country code.
func tenDigits(mobile string) string { return mobile[max(0, len(mobile)-10):] }

func (s *Server) handlePatients() {
	s.addPatient("Meera", "Iyer", "6742983", "+919800000001")

	notFound := failed(http.StatusNotFound, "PATIENTS_NOT_FOUND", "Patient not found")
	s.handle("Patients_Create", func(c *call) (any, error) {
		p, err := s.create(c.object())
		if err != nil {
			return nil, err
		}
		s.wrote(c, p.id)
		return object{"patient_id": p.id}, nil
	})
	s.handle("Patients_Get", func(c *call) (any, error) {
		p := s.patient(c.Path["patient_id"])
		if p == nil {
			return nil, notFound
		}
		return p.shown(), nil
	})
	s.handle("Patients_Update", func(c *call) (any, error) {
		lookup := s.patient
		if c.Query.Get("partner_id") == "1" {
			lookup = s.partnerPatient
		}
		p := lookup(c.Path["patient_id"])
		if p == nil {
			return nil, notFound
		}
		next := *p
		next.fields = maps.Clone(p.fields)
		if err := s.change(&next, c.object()); err != nil {
			return nil, err
		}
		*p = next
		s.wrote(c, p.id)
		return object{"patient_id": p.id}, nil
	})
	s.handle("Patients_SearchByMobile", func(c *call) (any, error) {
		mobile := c.Query.Get("mobile")
		if len(mobile) != 10 {
			return nil, rejected("mobile must have 10 digits")
		}
		rows := []any{}
		for _, p := range s.patients {
			if tenDigits(p.mobile) == mobile && !p.archived {
				rows = append(rows, object{"patient_id": p.id, "name": p.name(), "clinic_id": nil,
					"is_recent": false, "patient_profile": object{
						"patient_id": p.id, "first_name": p.first, "middle_name": p.middle, "last_name": p.last,
						"dob": p.dob, "gender": p.gender,
						"mobile": p.mobile, "email": p.email, "created_at": p.created.UTC().Format(time.RFC3339),
					}})
			}
		}
		if len(rows) == 0 {
			return nil, notFound
		}
		return object{"data": object{"profiles": rows}, "status_code": 200, "success": true}, nil
	})
}
