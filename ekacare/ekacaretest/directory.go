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

// countryCode returns what precedes the ten digits of a mobile number.
func countryCode(mobile string) string { return mobile[:max(0, len(mobile)-10)] }

const workspace = "workspace-own"

// profile returns a patient as the directory has it.
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

// short returns the fields that a list always has, and those that select requests.
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

func (s *Server) handleDirectory() {
	notFound := &failure{http.StatusNotFound, object{"code": "profile_not_found", "message": "The profile does not exist"}}
	one := func(act func(c *call, p *patient) (any, error)) func(c *call) (any, error) {
		return func(c *call) (any, error) {
			p := s.patient(c.Path["oid"])
			if p == nil {
				return nil, notFound
			}
			return act(c, p)
		}
	}
	s.handle("PatientDirectory_Create", func(c *call) (any, error) {
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
	})
	s.handle("PatientDirectory_List", func(c *call) (any, error) {
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
	})
	s.handle("PatientDirectory_Search", func(c *call) (any, error) {
		prefix, rows := strings.ToLower(c.Query.Get("prefix")), []any{}
		for _, p := range s.patients {
			name, _ := p.fields["username"].(string)
			begins := func(text string) bool { return strings.HasPrefix(strings.ToLower(text), prefix) }
			if !p.archived && slices.ContainsFunc([]string{name, p.mobile, tenDigits(p.mobile), p.name()}, begins) {
				rows = append(rows, p.short("username,mobile,oid,fln", c.Query.Get("select")))
			}
		}
		return rows[:min(len(rows), c.number("limit", 50), 50)], nil
	})
	s.handle("PatientDirectory_Get", one(func(_ *call, p *patient) (any, error) { return p.profile(), nil }))
	s.handle("PatientDirectory_Update", one(func(c *call, p *patient) (any, error) {
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
	}))
	s.handle("PatientDirectory_Archive", one(func(c *call, p *patient) (any, error) {
		p.archived, p.updated = true, s.clock()
		s.wrote(c, p.id)
		return object{"message": "Profile archived"}, nil
	}))
	s.handle("PatientDirectory_ListByMobile", func(c *call) (any, error) {
		rows := []any{}
		for _, p := range s.patients {
			if p.mobile == c.Query.Get("mob") && !p.archived {
				rows = append(rows, p.short("mobile,fln,dob,gen,oid,username,abha,ccd,ps", ""))
			}
		}
		return rows, nil
	})
	s.handle("PatientDirectory_ListByUsername", func(c *call) (any, error) {
		p := s.username(c.Path["username"])
		if p == nil {
			return nil, notFound
		}
		return []any{p.profile()}, nil
	})
}

// username finds the patient with a user name.
func (s *Server) username(name any) *patient {
	return find(s.patients, func(p *patient) bool { return name != nil && p.fields["username"] == name })
}
