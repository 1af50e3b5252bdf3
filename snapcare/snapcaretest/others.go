package snapcaretest

import (
	"encoding/json"

	"github.com/caremux/caremux/internal/specserver"
)

// handleOthers answers the operations that have no handler with what the document gives, and the total of that answer.
func (s *Server) handleOthers() {
	for _, op := range s.core.Spec.Operations() {
		if s.handled[op.ID] {
			continue
		}
		s.core.Handle(op.ID, func(c *specserver.Call) specserver.Reply {
			reply := s.core.Generated(c.Operation)
			var value any
			data, ok := reply.Body.([]byte)
			if !ok || json.Unmarshal(data, &value) != nil {
				return reply
			}
			if envelope, ok := value.(object); ok && envelope["total"] != nil {
				if list, ok := envelope["data"].([]any); ok {
					envelope["total"] = len(list)
				}
			}
			if s.references {
				value = withReferences(value)
			}
			reply.Body = value
			return reply
		})
	}
}
