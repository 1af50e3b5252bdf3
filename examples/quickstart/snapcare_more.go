package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

// snapcareMore reads, and shows how mistakes look.
func snapcareMore(ctx context.Context, s *stage, c *snapcare.Client, zones *snapcare.TimeZones, v videoVisit) error {
	if !s.write {
		if err := snapcareList(ctx, s, c, v); err != nil {
			return err
		}
	}
	if !s.live {
		past, err := v.order(zones, v.start.AddDate(-1, 0, 0))
		if err != nil {
			return err
		}
		_, err = c.Appointments.AdminCreate(ctx, past)
		var e *caremux.Error
		if !errors.As(err, &e) || e.Status != 400 {
			return errors.Join(errors.New("a booking in the past was not refused"), err)
		}
		s.step("book a year ago", "refused: %d %s, %q", e.Status, e.Code, e.Message)
	}
	_, err := zones.ByID(-1)
	var argument *caremux.ArgumentError
	if !errors.As(err, &argument) {
		return fmt.Errorf("a time zone that does not exist was found: %w", err)
	}
	s.step("ask for time zone -1", "not sent, since %s is wrong", argument.Field)

	_, err = c.AvailabilityBlocks.Get(ctx, noID)
	return s.notThere(err)
}
