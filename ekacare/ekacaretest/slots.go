package ekacaretest

import (
	"net/http"
	"time"

	"github.com/caremux/caremux/ekacare"
)

const (
	slotLength   = 15 * time.Minute
	opens        = 9 * time.Hour // in India, every day
	closes       = 18 * time.Hour
	consultation = "consultation" // the one service, as its configuration is called
)

// india is the time zone of all clinics. It has no summer time.
var india = time.FixedZone("IST", 5*3600+1800)

// founded is when what was always there was made.
var founded = time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)

// slot is a quarter of an hour of a doctor at a clinic.
type slot struct {
	doctor, clinic string
	start          int64
}

func slotAt(doctorID, clinicID string, t time.Time) slot {
	return slot{doctorID, clinicID, t.Truncate(slotLength).Unix()} // India's clocks are a multiple of it off UTC
}

// TakeSlot books the slot that contains a time for somebody else: it is not free any more, and a booking of it fails with
// [ekacare.ErrSlotTaken].
func (s *Server) TakeSlot(d Doctor, c Clinic, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.visits.taken[slotAt(d.ID, c.ID, at)] = true
}

// FreeSlot takes [Server.TakeSlot] back.
func (s *Server) FreeSlot(d Doctor, c Clinic, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.visits.taken, slotAt(d.ID, c.ID, at))
}

// booked counts what occupies a slot, but for one appointment.
func (s *Server) booked(at slot, except *appointment) int {
	n := 0
	if s.visits.taken[at] {
		n++
	}
	for _, a := range s.visits.appointments {
		if a != except && a.occupies() && slotAt(a.doctor.ID, a.clinic.ID, a.start) == at {
			n++
		}
	}
	return n
}

// slotTaken is the vendor's response to a booking of a slot that is gone.
func slotTaken() error {
	return &failure{http.StatusBadRequest, object{"data": nil, "error": object{
		"code": ekacare.CodeBookingFailed, "message": "Appointment booking failed",
		"details": object{"reason": ekacare.CodeNoAvailableSlots},
	}}}
}

func (s *Server) handleSlots() {
	s.handle("Appointments_ListSlots", func(c *call) (any, error) {
		d, at := s.practice.doctor(c.Path["doctor_id"]), s.practice.clinic(c.Path["clinic_id"])
		if d == nil || at == nil || !d.at(at) {
			return nil, unknown("Doctor at this clinic")
		}
		first, err := time.ParseInLocation(time.DateOnly, c.Query.Get("start_date"), india)
		last, errLast := time.ParseInLocation(time.DateOnly, c.Query.Get("end_date"), india)
		if err != nil || errLast != nil || last.Before(first) || last.After(first.AddDate(0, 0, 1)) {
			return nil, rejected("start_date and end_date must be days, the second at most the day after the first")
		}
		rows := []any{}
		for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
			for start := day.Add(opens); start.Before(day.Add(closes)); start = start.Add(slotLength) {
				n := s.booked(slotAt(d.ID, at.ID, start), nil)
				rows = append(rows, object{"available": n == 0 && !start.Before(s.clock()), "conf_id": consultation, "slots_booked": n,
					"s": start.Format(time.RFC3339), "e": start.Add(slotLength).Format(time.RFC3339)})
			}
		}
		return object{"success": "true", "status_code": 200, "data": object{
			"schedule": object{at.ID: []any{object{"service_type": "in_clinic", "slots": rows}}},
			"services": object{consultation: object{"conf_id": consultation, "service_name": "Consultation", "appointment_type": "regular",
				"mode": []any{"in_clinic", "tele"}, "allow_patient_booking": true, "pre_pay": false, "post_pay": true, "price": 500,
				"conv_fee": 0, "discount": 0, "currency": "INR", "owner_id": d.ID, "service_id": 1, "c_at": founded.Format(time.RFC3339)}},
		}}, nil
	})
}
