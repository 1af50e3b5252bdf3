package snapcaretest

import (
	"encoding/json"

	"github.com/caremux/caremux/internal/specserver"
)

// handleOthers answers the operations that have no handler with what the document gives, in the envelope that the vendor
// uses: a single result is a list of one, and the total is that of the answer.
func (s *Server) handleOthers() {
	for _, op := range s.spec.Operations() {
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
			if envelope, ok := value.(object); ok {
				trim(envelope, c.Operation.Op.Extensions["x-envelope-list"] == "one")
			}
			if s.references {
				value = withReferences(value)
			}
			reply.Body = value
			return reply
		})
	}
}

func trim(envelope object, one bool) {
	list, ok := envelope["data"].([]any)
	if !ok {
		return
	}
	if one && len(list) > 1 {
		list = list[:1]
		envelope["data"] = list
	}
	if _, ok := envelope["total"]; ok {
		envelope["total"] = len(list)
	}
}
