package welkintest

import (
	"time"
)

// handleCarePlans has a care plan for each patient. The name of a goal is that of its template, as the server has no
// templates.
func (s *Server) handleCarePlans() {
	s.handle("CarePlans_Get", func(c *call) (any, error) { return s.carePlan(c) })
	for _, id := range []string{"CarePlans_CreateOverview", "CarePlans_ReplaceOverview"} {
		s.handle(id, func(c *call) (any, error) {
			plan, err := s.carePlan(c)
			if err != nil {
				return nil, err
			}
			now, name := timestamp(time.Now()), s.clientName()
			overview, ok := plan["patientOverview"].(object)
			if !ok {
				overview = object{"createdAt": now, "createdByName": name}
			}
			overview["overview"], overview["updatedAt"], overview["updatedByName"] = c.object()["overview"], now, name
			plan["patientOverview"], plan["updatedAt"], plan["updatedByName"] = overview, now, name
			return overview, nil
		})
	}
	s.handleGoals()
}

func (s *Server) handleGoals() {
	s.handle("CarePlans_CreateGoal", func(c *call) (any, error) {
		if _, err := s.patient(c); err != nil {
			return nil, err
		}
		now, name, template := timestamp(time.Now()), s.clientName(), c.object()["goalTemplateName"]
		goal := s.goals.add(object{
			"id": s.newID(), "patientId": c.Path["patientId"], "name": template, "templateName": template, "status": "ACTIVE",
			"createdAt": now, "createdByName": name, "updatedAt": now, "updatedByName": name,
		})
		return shownGoal(goal), nil
	})
	s.handle("CarePlans_UpdateGoal", func(c *call) (any, error) {
		goal, err := s.goal(c)
		if err != nil {
			return nil, err
		}
		for field, value := range c.object() {
			goal[field] = value
		}
		goal["updatedAt"] = timestamp(time.Now())
		return shownGoal(goal), nil
	})
	s.handle("CarePlans_GetGoal", func(c *call) (any, error) {
		goal, err := s.goal(c)
		if err != nil {
			return nil, err
		}
		return object{"details": shownGoal(goal), "tasks": []any{}, "comments": []any{}}, nil
	})
	s.handle("CarePlans_ListGoals", func(c *call) (any, error) {
		if _, err := s.patient(c); err != nil {
			return nil, err
		}
		status := c.param("status")
		rows := []object{}
		for _, goal := range s.goals.rows {
			if goal["patientId"] == c.Path["patientId"] && (status == "" || goal["status"] == status) {
				rows = append(rows, shownGoal(goal))
			}
		}
		return metaInfo(rows, c.Query), nil
	})
}

// carePlan returns the care plan of the patient, which begins with the first call for it.
func (s *Server) carePlan(c *call) (object, error) {
	patient, err := s.patient(c)
	if err != nil {
		return nil, err
	}
	if plan := s.carePlans.find(object{"patientId": str(patient, "id")}); plan != nil {
		return plan, nil
	}
	now, name := timestamp(time.Now()), s.clientName()
	return s.carePlans.add(object{
		"id": s.newID(), "patientId": str(patient, "id"), "patientOverview": nil,
		"createdAt": now, "createdByName": name, "updatedAt": now, "updatedByName": name,
	}), nil
}

func (s *Server) goal(c *call) (object, error) {
	if goal := s.goals.find(object{"id": c.Path["goalId"], "patientId": c.Path["patientId"]}); goal != nil {
		return goal, nil
	}
	return nil, notFound("Goal")
}

// shownGoal returns a goal as responses have it: without the patient.
func shownGoal(goal object) object {
	shown := object{}
	for field, value := range goal {
		if field != "patientId" {
			shown[field] = value
		}
	}
	return shown
}
