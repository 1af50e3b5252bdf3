package snapcare

import (
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/argument"
)

// Version 2.1 accepts times with an offset. A [caremux.Time] made by [caremux.NewTime] has one; one that came from a response
// without a zone would be sent back without, and be read in whichever zone the server is in.

// Validate refuses a start or end that does not name its zone or is another instant than that of ZonedTime, and an end
// before the start.
func (a AppointmentV21Create) Validate() error {
	return validateBoth(a.StartTime, a.EndTime, a.ZonedTime)
}

// Validate refuses a start or end that does not name its zone or is another instant than that of ZonedTime, and an end
// before the start.
func (b AvailabilityBlockCreate) Validate() error {
	return validateBoth(b.StartTime, b.EndTime, b.ZonedTime)
}

// Validate is [AppointmentV21Create.Validate].
func (a AppointmentV21Replace) Validate() error { return AppointmentV21Create(a).Validate() }

// Validate is [AvailabilityBlockCreate.Validate].
func (b AvailabilityBlockReplace) Validate() error { return AvailabilityBlockCreate(b).Validate() }

// validateBoth holds a start and an end against themselves and those of a ZonedTime, which may be missing.
func validateBoth(start, end *caremux.Time, zoned *ZonedTimeInput) error {
	if err := validateMoments("startTime", start, "endTime", end); err != nil || zoned == nil {
		return err
	}
	if err := argument.At(zoned.Validate(), "zonedTime"); err != nil {
		return err
	}
	instant := func(t *caremux.Time) time.Time {
		if t == nil {
			return time.Time{}
		}
		return t.Time
	}
	return validateAgreement(instant(start), instant(end), zoned)
}

// Validate refuses a first or last day that does not name its zone, or a last day before the first.
func (r AvailabilityBlockRuleInput) Validate() error {
	return validateMoments("fromDate", r.FromDate, "toDate", r.ToDate)
}

// Validate refuses a time that does not name its zone.
func (p AppointmentsListForClinicianParams) Validate() error {
	return validateZoned("req.startDate", p.StartDate, "req.endDate", p.EndDate)
}

// Validate refuses a time that does not name its zone.
func (p AppointmentsSearchForPatientParams) Validate() error {
	return validateZoned("req.startDate", p.StartDate, "req.endDate", p.EndDate)
}

// Validate refuses a time that does not name its zone.
func (p AppointmentsGetOnDemandAvailabilityParams) Validate() error {
	return validateZoned("onDemandAvailabilityRequest.startTime", p.StartTime, "onDemandAvailabilityRequest.endTime", p.EndTime)
}

// Validate refuses a time that does not name its zone.
func (p AvailabilityBlocksListByRuleParams) Validate() error {
	return validateZoned("from", p.From, "to", p.To)
}

// Validate refuses a time that does not name its zone.
func (p AvailabilityBlocksListCoverageParams) Validate() error {
	return validateZoned("from", &p.From, "to", &p.To)
}

// validateMoments checks the zone and the order of two times, which may be missing.
func validateMoments(startField string, start *caremux.Time, endField string, end *caremux.Time) error {
	if err := validateZoned(startField, start, endField, end); err != nil {
		return err
	}
	if start != nil && end != nil && start.Known() && end.Known() && end.Before(start.Time) {
		return &caremux.ArgumentError{Field: endField, Rule: "must not be before " + startField}
	}
	return nil
}

func validateZoned(startField string, start *caremux.Time, endField string, end *caremux.Time) error {
	for _, m := range [...]struct {
		field string
		at    *caremux.Time
	}{{startField, start}, {endField, end}} {
		switch {
		case m.at == nil || m.at.IsZero():
		case !m.at.Known():
			return &caremux.ArgumentError{Field: m.field, Rule: "must be a date and time such as 2006-01-02T15:04:05-05:00"}
		case !m.at.Zoned():
			return &caremux.ArgumentError{Field: m.field, Rule: "must name its time zone: make it with caremux.NewTime"}
		}
	}
	return nil
}
