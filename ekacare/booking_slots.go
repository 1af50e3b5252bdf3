package ekacare

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/caremux/caremux"
)

// IST is India Standard Time, in which clinics keep their hours. It needs no time zone database.
var IST = time.FixedZone("IST", 5*60*60+30*60)

// MaxSlotDays is the longest range of [AppointmentsService.FindSlots], in days.
const MaxSlotDays = 31

// SlotQuery selects the slots to find.
type SlotQuery struct {
	DoctorID string // Eka's id. Required
	ClinicID string // Eka's id. Required

	From caremux.Date // first day, in India. Required
	To   caremux.Date // last day, at most MaxSlotDays in all; default From

	NotBefore time.Time // leaves out slots that start earlier, such as those of today that have passed
	Taken     bool      // wants all slots, those that cannot be booked among them
}

// FoundSlot is a slot of a doctor at a clinic.
type FoundSlot struct {
	Start time.Time // in [IST]; zero if it could not be read, which Slot shows
	End   time.Time // in [IST]

	DoctorID    string       // Eka's id
	ClinicID    string       // Eka's id
	ServiceType string       // kind of the service
	Service     *SlotService // the service that the slot is for, nil if the response does not describe it

	Slot Slot // the slot as sent
}

// Free reports whether the slot can be booked, as far as is known.
func (s FoundSlot) Free() bool {
	return s.Slot.Available != nil && *s.Slot.Available && !s.Start.IsZero()
}

func (q SlotQuery) check() error {
	switch {
	case q.DoctorID == "":
		return invalidArgument("DoctorID", "is required")
	case q.ClinicID == "":
		return invalidArgument("ClinicID", "is required")
	case !q.From.Known() || !q.From.Valid():
		return invalidArgument("From", "must be a day of the calendar")
	case !q.To.Known() || !q.To.Valid():
		return invalidArgument("To", "must be a day of the calendar")
	case q.days() < 1:
		return invalidArgument("To", "must not be before From")
	case q.days() > MaxSlotDays:
		return invalidArgument("To", "must be at most 30 days after From")
	}
	return nil
}

// days counts the days of the range.
func (q SlotQuery) days() int {
	return int(q.To.In(time.UTC).Sub(q.From.In(time.UTC))/(24*time.Hour)) + 1
}

func dayAfter(d caremux.Date, days int) caremux.Date {
	return caremux.DateOf(d.In(time.UTC).AddDate(0, 0, days))
}

// FindSlots returns the free slots of a doctor at a clinic, or all slots, sorted by start. Times are in [IST]; times
// without a zone are decoded in it.
//
// The vendor accepts a day and the day after, and does not document whether the second is included. So FindSlots
// requests each day with the one after it, unless the previous response contained its slots, and omits slots of other
// days. A range takes several sequential calls; the error of one of them is the error of FindSlots.
func (s *AppointmentsService) FindSlots(
	ctx context.Context, query SlotQuery, opts ...caremux.RequestOption,
) ([]FoundSlot, error) {
	return s.findSlots(ctx, query, 0, opts)
}

// findSlots stops after the day in which it has found enough, unless that is 0.
func (s *AppointmentsService) findSlots(
	ctx context.Context, q SlotQuery, enough int, opts []caremux.RequestOption,
) ([]FoundSlot, error) {
	if q.To.IsZero() {
		q.To = q.From
	}
	if err := q.check(); err != nil {
		return nil, inFlow("Appointments.FindSlots", err)
	}
	var found []FoundSlot
	covered := false // by the call for the day before
	for day := 0; day < q.days() && (enough == 0 || len(found) < enough); day++ {
		if covered {
			covered = false
			continue
		}
		first, second := dayAfter(q.From, day), dayAfter(q.From, day+1)
		params := &AppointmentsListSlotsParams{StartDate: first.Text(), EndDate: second.Text()}
		response, err := s.ListSlots(ctx, q.DoctorID, q.ClinicID, params, opts...)
		if err != nil {
			return nil, err
		}
		all := q.slotsOf(response)
		covered = slices.ContainsFunc(all, func(f FoundSlot) bool { return f.duringDay(second) })
		found = append(found, q.keep(all)...)
	}
	return tidy(found), nil
}

// duringDay reports whether a slot shows that the day's slots are there: one of the night may be there because the
// range ends at midnight, in India or elsewhere.
func (s FoundSlot) duringDay(day caremux.Date) bool {
	const dawn = 6
	return !s.Start.IsZero() && s.Start.Hour() >= dawn && caremux.DateOf(s.Start) == day
}

// slotsOf makes one list of a response.
func (q SlotQuery) slotsOf(response *SlotsResponse) []FoundSlot {
	var found []FoundSlot
	if response.Data == nil {
		return nil
	}
	for _, group := range response.Data.Schedule[q.ClinicID] { // and no slot of another clinic
		for _, slot := range group.Slots {
			f := FoundSlot{Start: inIndia(slot.Start), End: inIndia(slot.End), DoctorID: q.DoctorID, ClinicID: q.ClinicID,
				ServiceType: group.ServiceType, Slot: slot}
			if service, ok := response.Data.Services[slot.ConfID]; ok {
				f.Service = &service
			}
			found = append(found, f)
		}
	}
	return found
}

// keep leaves out what the query does not want. A slot whose start could not be read is on no day.
func (q SlotQuery) keep(found []FoundSlot) []FoundSlot {
	first, end := q.From.In(IST), dayAfter(q.To, 1).In(IST)
	return slices.DeleteFunc(found, func(f FoundSlot) bool {
		if f.Start.IsZero() {
			return !q.Taken
		}
		return !q.Taken && !f.Free() || f.Start.Before(first) || !f.Start.Before(end) || f.Start.Before(q.NotBefore)
	})
}

// inIndia reads a time without a zone as the clinic's clock.
func inIndia(t caremux.Time) time.Time {
	switch {
	case !t.Known():
		return time.Time{}
	case t.Zoned():
		return t.In(IST)
	}
	year, month, day := t.Date()
	return time.Date(year, month, day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), IST)
}

// tidy sorts by start, those that could not be read last, and drops what two responses both have.
func tidy(found []FoundSlot) []FoundSlot {
	slices.SortStableFunc(found, func(a, b FoundSlot) int {
		if a.Start.IsZero() != b.Start.IsZero() {
			if a.Start.IsZero() {
				return 1
			}
			return -1
		}
		return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End), cmp.Compare(a.ClinicID, b.ClinicID),
			cmp.Compare(a.ServiceType, b.ServiceType), cmp.Compare(a.Slot.ConfID, b.Slot.ConfID))
	})
	return slices.CompactFunc(found, func(a, b FoundSlot) bool {
		return !a.Start.IsZero() && a.Start.Equal(b.Start) && a.End.Equal(b.End) && a.ClinicID == b.ClinicID &&
			a.ServiceType == b.ServiceType && a.Slot.ConfID == b.Slot.ConfID
	})
}
