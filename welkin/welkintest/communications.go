package welkintest

// handleCommunications plays messages from templates. They stay queued until [Server.SetCommunicationStatus].
func (s *Server) handleCommunications() {
	s.handle("Communications_Create", func(c *call) (any, error) {
		fields := c.object()
		if s.patients.find(object{"id": fields["patientId"]}) == nil {
			return nil, notFound("Patient")
		}
		row := s.blank("Communication")
		for name := range row {
			row[name] = fields[name]
		}
		row["communicationId"], row["status"], row["scheduledAt"] = s.newID(), "QUEUED", timestamp(s.clock.Now())
		return object{"data": s.communications.add(row)}, nil
	})
	s.handle("Communications_Get", func(c *call) (any, error) {
		row := s.communications.find(object{"communicationId": c.Path["communicationId"]})
		if row == nil {
			return nil, notFound("Communication")
		}
		return object{"data": row}, nil
	})
	s.handle("Communications_List", func(c *call) (any, error) {
		wanted := object{}
		for _, name := range []string{"patientId", "channel", "status"} {
			if value := c.param(name); value != "" {
				wanted[name] = value
			}
		}
		return metaInfo(s.communications.where(func(row object) bool { return has(row, wanted) }), c.Query), nil
	})
}
