package snapcaretest

import (
	"slices"
	"strings"
	"time"
)

// block is a stretch of time in which a clinician can be booked.
type block struct {
	id        string
	clinician *person
	span      span
	row       object // what was sent, but for the times and the clinician
	created   time.Time
}

// is reports a setting of the block that holds unless it is set to false.
func (b *block) is(name string) bool { return b.row[name] != false }

func (b *block) double() bool { return b.row["optimizationTypeCode"] == float64(1) }

// AddBlock adds a block of a clinician in which staff and patients can book one appointment at a time, and returns its id. A
// clinician whom the server does not know ends the test, or panics.
func (s *Server) AddBlock(clinician Person, start, end time.Time) string {
	s.core.T.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.personByID(clinician.ID)
	if p == nil || !p.clinician {
		s.core.Fatal("no such clinician: " + clinician.ID)
	}
	return s.addBlock(p, span{start: start, end: end}, object{}).id
}

func (s *Server) addBlock(clinician *person, sp span, row object) *block {
	b := &block{id: s.newID(), clinician: clinician, span: sp, row: row, created: s.clock.Now()}
	s.blocks, s.blockByID[b.id] = append(s.blocks, b), b
	return b
}

func (s *Server) block(id string) *block { return s.blockByID[strings.ToLower(id)] }

func (s *Server) shownBlock(b *block) object {
	created := instant(b.created)
	row := object{
		"id": b.id, "createdByUserId": b.clinician.Number, "createdDate": created,
		"allowOnDemandAppt": b.is("allowOnDemandAppt"), "allowProviderAppt": b.is("allowProviderAppt"),
		"allowSelfAppt": b.is("allowSelfAppt"), "isAvailable": b.is("isAvailable"), "optimizationTypeCode": 0,
		"clinician": object{"availabilityBlockId": b.id, "clinicianId": b.clinician.Number, "locked": false, "private": false,
			"createdByUserId": b.clinician.Number, "createdDate": created},
	}
	if b.double() {
		row["optimizationTypeCode"] = 1
	}
	s.show(row, b.span)
	return row
}

// readBlock reads the body of a call that makes or changes a block.
func (s *Server) readBlock(c *call, before span, clinician *person) (*person, span, object, error) {
	body := c.object()
	sp, err := s.readSpan(c, body, before, func(_, text string) (time.Time, error) { return time.Parse(time.RFC3339Nano, text) })
	if err != nil {
		return nil, sp, nil, badRequest(err.Error())
	}
	if of, ok := body["clinician"].(object); ok {
		number, _ := of["clinicianId"].(float64)
		clinician = s.personByNumber(int(number), true)
	}
	if clinician == nil {
		return nil, sp, nil, badRequest("The clinician does not exist")
	}
	return clinician, sp, body, nil
}

func (s *Server) handleBlocks() {
	const id = "availabilityBlockId"
	s.handle("AvailabilityBlocks_List", func(c *call) (any, error) {
		clinicians := c.numbers("req.clinicianIds")
		from, to := c.day("req.startDate", s.zone), c.day("req.endDate", s.zone)
		rows := []any{}
		for _, b := range s.blocks {
			if !oneOf(clinicians, b.clinician.Number) || !from.IsZero() && !b.span.end.After(from) ||
				!to.IsZero() && !b.span.start.Before(to.AddDate(0, 0, 1)) {
				continue
			}
			rows = append(rows, s.shownBlock(b))
		}
		return listEnvelope(rows...), nil
	})
	s.handle("AvailabilityBlocks_Create", func(c *call) (any, error) {
		clinician, sp, body, err := s.readBlock(c, span{}, nil)
		if err != nil {
			return nil, err
		}
		return listEnvelope(s.shownBlock(s.addBlock(clinician, sp, body))), nil
	})
	s.handle("AvailabilityBlocks_Get", func(c *call) (any, error) {
		b := s.block(c.Path[id])
		if b == nil {
			return nil, notFound("Availability block")
		}
		return listEnvelope(s.shownBlock(b)), nil
	})
	s.handle("AvailabilityBlocks_Replace", func(c *call) (any, error) {
		b := s.block(c.Path[id])
		if b == nil {
			return nil, notFound("Availability block")
		}
		clinician, sp, body, err := s.readBlock(c, b.span, b.clinician)
		if err != nil {
			return nil, err
		}
		b.clinician, b.span, b.row = clinician, sp, body
		return listEnvelope(s.shownBlock(b)), nil
	})
	s.handle("AvailabilityBlocks_Delete", func(c *call) (any, error) {
		b := s.block(c.Path[id])
		if b == nil {
			return nil, notFound("Availability block")
		}
		s.blocks = slices.DeleteFunc(s.blocks, func(other *block) bool { return other == b })
		delete(s.blockByID, b.id)
		return nil, nil
	})
}

// day returns the begin of the day that a parameter names, the zero time if it is not there.
func (c *call) day(name string, zone *time.Location) time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, c.Query.Get(name), zone)
	return t
}
