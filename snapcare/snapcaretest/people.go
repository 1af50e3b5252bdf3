package snapcaretest

import (
	"strconv"
	"strings"
)

// Person is a patient or a clinician of the hospital.
type Person struct {
	ID     string // person id, a GUID, as participants have it
	Number int    // patient profile id of a patient, user id of a clinician
}

type person struct {
	Person
	clinician bool
	ofCaller  bool // the patient who logs in, or a dependent
	row       object
}

func (p *person) name() string {
	name := p.row["name"].(object)
	return name["given"].(string) + " " + name["family"].(string)
}

// seed adds the persons of the vendor's sample.
func (s *Server) seed() {
	patient := s.addPerson("Added", "Dependent", false, true)
	patient.ID, patient.Number = "5b4fd4d8-d234-40ee-bd7c-1894411c9b21", 25937
	clinician := s.addPerson("Bob", "Ivonoff", true, false)
	clinician.ID, clinician.Number = "53484dcc-83ea-4e9f-8af7-c93bbeb1445d", 6653
	clear(s.byID)
	for _, p := range s.people {
		p.row["id"], s.byID[strings.ToLower(p.ID)] = p.ID, p
	}
}

func (s *Server) addPerson(given, family string, clinician, ofCaller bool) *person {
	p := &person{Person: Person{ID: s.newID(), Number: s.newNumber()}, clinician: clinician, ofCaller: ofCaller}
	contact := 1
	if clinician {
		contact = 2
	}
	p.row = object{
		"id": p.ID, "name": object{"given": given, "family": family, "prefix": "", "suffix": ""}, "providerId": s.staff.HospitalID,
		"statusCode": 1, "contactTypeCode": contact,
		"phones": []any{object{"id": s.newID(), "use": "mobile", "value": "+1-555" + strconv.Itoa(p.Number)}},
	}
	s.people, s.byID[p.ID] = append(s.people, p), p
	return p
}

func (s *Server) add(given, family string, clinician, ofCaller bool) Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addPerson(given, family, clinician, ofCaller).Person
}

// Patient returns the patient who logs in: the one of the vendor's sample.
func (s *Server) Patient() Person { return s.seeded(0) }

// Clinician returns the clinician of the vendor's sample.
func (s *Server) Clinician() Person { return s.seeded(1) }

func (s *Server) seeded(i int) Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.people[i].Person
}

// AddPatient adds a patient whom [Server.Patient] must not book for.
func (s *Server) AddPatient(given, family string) Person { return s.add(given, family, false, false) }

// AddDependent adds a patient whom [Server.Patient] may book for.
func (s *Server) AddDependent(given, family string) Person { return s.add(given, family, false, true) }

// AddClinician adds a clinician.
func (s *Server) AddClinician(given, family string) Person { return s.add(given, family, true, false) }

func (s *Server) personByID(id string) *person { return s.byID[strings.ToLower(id)] }

func (s *Server) personByNumber(number int, clinician bool) *person {
	for _, p := range s.people {
		if p.Number == number && p.clinician == clinician {
			return p
		}
	}
	return nil
}

// shown returns a person as the lists of the hospital have it.
func (s *Server) shown(p *person) object {
	row := object{"person": p.row, "providerId": s.staff.HospitalID}
	if p.clinician {
		row["userId"], row["canHaveConsultation"] = p.Number, true
	} else {
		row["patientId"], row["isInvisible"] = p.Number, false
	}
	return row
}

func (s *Server) handlePeople() {
	list := func(id string, clinicians bool) {
		s.handle(id, func(c *call) (any, error) {
			if err := s.ownHospital(c); err != nil {
				return nil, err
			}
			var found []*person
			search := strings.ToLower(c.Query.Get("search"))
			for _, p := range s.people {
				if p.clinician == clinicians && (search == "" || strings.Contains(strings.ToLower(p.name()), search)) {
					found = append(found, p)
				}
			}
			return page(c, found, "skip", "take", s.shown), nil
		})
	}
	get := func(id, param string, clinician bool) {
		s.handle(id, func(c *call) (any, error) {
			if err := s.ownHospital(c); err != nil {
				return nil, err
			}
			number, _ := strconv.Atoi(c.Path[param])
			p := s.personByNumber(number, clinician)
			if p == nil {
				return nil, notFound("Person")
			}
			return listEnvelope(s.shown(p)), nil
		})
	}
	list("Hospitals_ListPatients", false)
	list("Hospitals_ListClinicians", true)
	get("Hospitals_GetPatient", "patientId", false)
	get("Hospitals_GetClinicianPerson", "clinicianUserId", true)
}

func (s *Server) ownHospital(c *call) error {
	if c.Path["hospitalId"] != strconv.Itoa(s.staff.HospitalID) {
		return notFound("Hospital")
	}
	return nil
}
