package ekacaretest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// changeProfile takes what a body of the directory says. Names and the email address are kept in lower case.
func (s *Server) changeProfile(p *patient, body object) {
	for _, part := range []string{"fn", "mn", "ln", "fln"} {
		if _, ok := body[part]; ok {
			p.first, p.middle, p.last, p.full = "", "", "", "" // the name is replaced as a whole
		}
	}
	for name, to := range map[string]*string{"fn": &p.first, "mn": &p.middle, "ln": &p.last, "fln": &p.full, "email": &p.email} {
		if text, ok := body[name].(string); ok {
			*to = strings.ToLower(text)
		}
	}
	for name, to := range map[string]*string{"gen": &p.gender, "dob": &p.dob, "mobile": &p.mobile} {
		if text, ok := body[name].(string); ok {
			*to = text
		}
	}
	for _, name := range []string{"s", "bloodgroup", "username", "abha", "extras"} {
		if value, ok := body[name]; ok {
			p.fields[name] = value
		}
	}
	p.updated = s.clock()
}

// countryCode gives what stands before the ten digits of a mobile number.
func countryCode(mobile string) string { return mobile[:max(0, len(mobile)-10)] }

const workspace = "workspace-own"

// profile gives a patient as the directory has it.
func (p *patient) profile() object {
	row := object{"oid": p.id, "wid": workspace, "ps": "p", "c_ate": p.created.Unix(), "u_ate": p.updated.Unix(), "gen": p.gender,
		"dob": p.dob, "is_age": p.age, "fn": p.first, "ln": p.last, "fln": p.name(), "mobile": p.mobile, "ccd": countryCode(p.mobile)}
	if p.email != "" {
		row["email"] = p.email
	}
	for from, to := range map[string]string{"s": "s", "bloodgroup": "bg", "username": "username", "abha": "abha"} {
		if value, ok := p.fields[from]; ok {
			row[to] = value
		}
	}
	return row
}

// short gives the members that a list always has, and those that select asks for.
func (p *patient) short(names, selected string) object {
	whole, row := p.profile(), object{}
	whole["arc"] = p.archived
	for name := range strings.SplitSeq(names+","+selected, ",") {
		if value, ok := whole[strings.TrimSpace(name)]; ok {
			row[strings.TrimSpace(name)] = value
		}
	}
	return row
}

func noProfile() error {
	return &failure{http.StatusNotFound, object{"code": "profile_not_found", "message": "The profile does not exist"}}
}

// onProfile handles an operation on one patient, found by the id in the path.
func (s *Server) onProfile(id string, act func(c *call, p *patient) (any, error)) {
	s.handle(id, func(c *call) (any, error) {
		p := s.patient(c.Path["oid"])
		if p == nil {
			return nil, noProfile()
		}
		return act(c, p)
	})
}

func (s *Server) handleDirectory() {
	s.handle("PatientDirectory_Create", s.createProfile)
	s.handle("PatientDirectory_List", s.listProfiles)
	s.handle("PatientDirectory_Search", s.searchProfiles)
	s.onProfile("PatientDirectory_Get", func(_ *call, p *patient) (any, error) { return p.profile(), nil })
	s.onProfile("PatientDirectory_Update", s.updateProfile)
	s.onProfile("PatientDirectory_Archive", s.archiveProfile)
	s.handle("PatientDirectory_ListByMobile", s.listProfilesByMobile)
	s.handle("PatientDirectory_ListByUsername", s.listProfilesByUsername)
}

// createProfile adds a patient.
func (s *Server) createProfile(c *call) (any, error) {
	p := &patient{fields: object{}}
	s.changeProfile(p, c.object())
	if p.name() == "" {
		return nil, failed(http.StatusBadRequest, "BAD_REQUEST", "One of fn and fln is required")
	}
	if name, ok := p.fields["username"]; ok && s.username(name) != nil {
		return nil, failed(http.StatusBadRequest, "BAD_REQUEST", "The user name is taken")
	}
	s.keep(p)
	s.wrote(c, p.id)
	return object{"oid": p.id}, nil
}

// listProfiles returns a page of the patients.
func (s *Server) listProfiles(c *call) (any, error) {
	size, number := min(max(c.number("pageSize", 500), 1), 2000), c.number("pageNo", 1)
	from := int64(c.number("from", 0))
	var found []*patient
	for _, p := range s.patients {
		if (!p.archived || c.Query.Get("arc") == "true") && p.created.Unix() > from {
			found = append(found, p)
		}
	}
	rows, next := []any{}, -1
	start := min((number-1)*size, len(found))
	end := min(start+size, len(found))
	for _, p := range found[start:end] {
		rows = append(rows, p.short("mobile,fln,arc,oid,wid", c.Query.Get("select")))
	}
	if end < len(found) {
		next = number + 1
	}
	return object{"profiles": rows, "currPageMeta": object{"currPageNo": number, "pageSize": size, "nextPage": next}}, nil
}

// searchProfiles returns the patients whose user name, mobile number or name begins with a prefix.
func (s *Server) searchProfiles(c *call) (any, error) {
	prefix, rows := strings.ToLower(c.Query.Get("prefix")), []any{}
	for _, p := range s.patients {
		name, _ := p.fields["username"].(string)
		begins := func(text string) bool { return strings.HasPrefix(strings.ToLower(text), prefix) }
		if !p.archived && slices.ContainsFunc([]string{name, p.mobile, tenDigits(p.mobile), p.name()}, begins) {
			rows = append(rows, p.short("username,mobile,oid,fln", c.Query.Get("select")))
		}
	}
	return rows[:min(len(rows), c.number("limit", 50), 50)], nil
}

// updateProfile changes a patient.
func (s *Server) updateProfile(c *call, p *patient) (any, error) {
	body := c.object()
	if other := s.username(body["username"]); other != nil && other != p {
		return nil, failed(http.StatusBadRequest, "BAD_REQUEST", "The user name is taken")
	}
	next := *p
	next.fields = maps.Clone(p.fields)
	s.changeProfile(&next, body)
	*p = next
	s.wrote(c, p.id)
	return object{"message": "Profile updated"}, nil
}

// archiveProfile takes a patient out of the lists.
func (s *Server) archiveProfile(c *call, p *patient) (any, error) {
	p.archived, p.updated = true, s.clock()
	s.wrote(c, p.id)
	return object{"message": "Profile archived"}, nil
}

// listProfilesByMobile returns the patients with a mobile number.
func (s *Server) listProfilesByMobile(c *call) (any, error) {
	rows := []any{}
	for _, p := range s.patients {
		if p.mobile == c.Query.Get("mob") && !p.archived {
			rows = append(rows, p.short("mobile,fln,dob,gen,oid,username,abha,ccd,ps", ""))
		}
	}
	return rows, nil
}

// listProfilesByUsername returns the patient with a user name, as a list.
func (s *Server) listProfilesByUsername(c *call) (any, error) {
	p := s.username(c.Path["username"])
	if p == nil {
		return nil, noProfile()
	}
	return []any{p.profile()}, nil
}

// username finds the patient with a user name.
func (s *Server) username(name any) *patient {
	return find(s.patients, func(p *patient) bool { return name != nil && p.fields["username"] == name })
}
