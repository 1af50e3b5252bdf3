package welkintest

import (
	"maps"
	"slices"
	"time"
)

func (s *Server) handleWorkHours() {
	s.handle("WorkHours_Create", func(c *call) (any, error) {
		row, err := s.makeWorkHours(object{"workHoursId": s.newID()}, c.object())
		if err != nil {
			return nil, err
		}
		s.workHours.add(row)
		return groupedWorkHours([]object{row})[0], nil
	})
	s.handle("WorkHours_Replace", func(c *call) (any, error) {
		row := s.workHours.find(object{"workHoursId": c.Path["workHoursId"]})
		if row == nil {
			return nil, notFound("Work hours")
		}
		next, err := s.makeWorkHours(row, c.object())
		if err != nil {
			return nil, err
		}
		maps.Copy(row, next)
		flat := maps.Clone(row) // in this response the entry has no id of its own and no times of change
		maps.DeleteFunc(flat, func(name string, _ any) bool {
			return name == "workHoursId" || name == "createdAt" || name == "updatedAt"
		})
		return flat, nil
	})
	s.handle("WorkHours_List", func(c *call) (any, error) {
		ids := append(c.list("psm-ids"), c.list("psmIds")...) // it is not known which one Welkin reads
		span := c.span()
		return groupedWorkHours(s.workHours.where(func(row object) bool {
			return spanOf(row).overlaps(span) && (len(ids) == 0 || slices.Contains(ids, str(row, "psmId")))
		})), nil
	})
}

func (s *Server) makeWorkHours(before, fields object) (object, error) {
	row := merged(before, fields)
	if timeOf(row, "endDateTime").Before(timeOf(row, "startDateTime")) {
		return nil, badRequest("CALENDAR", "INVALID_WORK_HOURS", "the work hours end before they start")
	}
	now := timestamp(s.clock.Now())
	if before["createdAt"] == nil {
		row["createdAt"] = now
	}
	row["updatedAt"] = now
	for _, name := range []string{"createdBy", "updatedBy"} {
		if row[name] == nil {
			row[name] = s.clientID
		}
	}
	setTimes(row)
	for _, day := range days(row) {
		day["daysInfoId"] = s.newID()
	}
	return row, nil
}

func days(row object) []object {
	list, _ := row["daysInfo"].([]any)
	var found []object
	for _, day := range list {
		if day, ok := day.(object); ok {
			found = append(found, day)
		}
	}
	return found
}

// groupedWorkHours groups the entries of each user, as the responses do.
func groupedWorkHours(rows []object) []object {
	groups := []object{}
	for _, row := range rows {
		detail := maps.Clone(row)
		delete(detail, "psmId")
		i := slices.IndexFunc(groups, func(g object) bool { return g["psmId"] == row["psmId"] })
		if i < 0 {
			i = len(groups)
			groups = append(groups, object{"psmId": row["psmId"], "details": []object{}})
		}
		groups[i]["details"] = append(groups[i]["details"].([]object), detail)
	}
	return groups
}

// workHoursOf returns the entries of a user that fall into the range of a call.
func (s *Server) workHoursOf(c *call, psmID string) []object {
	span := c.span()
	return s.workHours.where(func(row object) bool { return row["psmId"] == psmID && spanOf(row).overlaps(span) })
}

// workingTime adds up the hours of an entry within a range, days taken as UTC.
func workingTime(row object, from, to time.Time) time.Duration {
	if start := timeOf(row, "startDateTime"); start.After(from) {
		from = start
	}
	if end := timeOf(row, "endDateTime"); end.Before(to) {
		to = end
	}
	var sum time.Duration
	for midnight := from.UTC().Truncate(24 * time.Hour); midnight.Before(to); midnight = midnight.AddDate(0, 0, 1) {
		weekday := (int(midnight.Weekday())+6)%7 + 1 // 1 is Monday
		for _, day := range days(row) {
			if n, _ := day["day"].(float64); int(n) != weekday {
				continue
			}
			start, end := later(at(midnight, str(day, "startTime")), from), earlier(at(midnight, str(day, "endTime")), to)
			sum += max(0, end.Sub(start))
		}
	}
	return sum
}

// at returns a time of day on the day that begins at midnight.
func at(midnight time.Time, clock string) time.Time {
	t, _ := time.Parse(time.TimeOnly, clock)
	return midnight.Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
