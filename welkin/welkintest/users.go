package welkintest

import (
	"maps"

	"github.com/caremux/caremux/welkin"
)

func (s *Server) handleUsers() {
	s.handle("Users_Create", func(c *call) (any, error) {
		fields := c.object()
		username := str(fields, "username")
		if username == "" {
			return nil, badRequest("USER", "USERNAME_REQUIRED", "a user needs a username")
		}
		if s.users.find(object{"username": username}) != nil {
			return nil, badRequest("USER", "USER_EXISTS", "this username is taken")
		}
		return s.users.add(merged(fields, object{"id": s.newID(), "roles": []any{}, "updatedAt": timestamp(s.clock.Now())})), nil
	})
	s.handle("Users_Get", func(c *call) (any, error) { return s.user(c) })
	s.handle("Users_Update", func(c *call) (any, error) {
		row, err := s.user(c)
		if err != nil {
			return nil, err
		}
		maps.Copy(row, c.object())
		row["updatedAt"] = timestamp(s.clock.Now())
		return row, nil
	})
	s.handle("Users_Replace", func(c *call) (any, error) {
		row, err := s.user(c)
		if err != nil {
			return nil, err
		}
		kept := object{"username": row["username"], "id": row["id"], "roles": row["roles"], "updatedAt": timestamp(s.clock.Now())}
		clear(row)
		maps.Copy(row, merged(kept, c.object()))
		return row, nil
	})
	s.handle("Users_Delete", func(c *call) (any, error) {
		row, err := s.user(c)
		if err != nil {
			return nil, err
		}
		s.users.remove(object{"id": row["id"]})
		return nil, nil
	})
	s.handle("Users_List", s.listUsers)
	s.handle("Users_ListByRegion", s.listUsers)
}

// user finds the user of the path by username, or by id if the call says so.
func (s *Server) user(c *call) (object, error) {
	key := "username"
	if c.param("type") == string(welkin.UserIDTypeID) {
		key = "id"
	}
	if row := s.users.find(object{key: c.Path["username"]}); row != nil {
		return row, nil
	}
	return nil, notFound("User")
}

// listUsers knows no regions. All users are active and have a seat.
func (s *Server) listUsers(c *call) (any, error) {
	state, seat := c.param("userState"), c.param("seatAssigned")
	return metaInfo(s.users.where(func(row object) bool {
		return (state == "" || state == string(welkin.UserStateActive)) && seat != "false" &&
			contains(row, c.param("search"), "username", "email", "firstName", "lastName")
	}), c.Query), nil
}

// nameOf gives the name of a user or a patient, "" if the server does not know the person.
func (s *Server) nameOf(id string) string {
	for _, t := range []table{s.users, s.patients} {
		if row := t.find(object{"id": id}); row != nil {
			return str(row, "firstName") + " " + str(row, "lastName")
		}
	}
	return ""
}
