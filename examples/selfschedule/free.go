package main

import (
	"context"
	"slices"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

// length is how long an appointment lasts.
const length = 30 * time.Minute

// opening is a time that can be booked.
type opening struct {
	start, end time.Time
	block      string // id of the block that it is in
}

// freeTimes reads the blocks that patients may book in, and leaves out what is taken. The staff does it: they see the
// appointments of everybody.
func freeTimes(ctx context.Context, v *visit, until time.Time) ([]opening, error) {
	var taken []opening
	appointments := &snapcare.AppointmentsAdminListParams{
		StartDate:    snapcare.NewLocalTime(v.now.AddDate(0, 0, -1), v.clinicZone),
		EndDate:      snapcare.NewLocalTime(until.AddDate(0, 0, 1), v.clinicZone),
		ClinicianIDs: []int{v.clinicianUser},
	}
	for a, err := range v.staff.Appointments.AdminAll(ctx, appointments) {
		if err != nil {
			return nil, err
		}
		if !cancelled(&a) {
			taken = append(taken, opening{a.StartTime.Time, a.EndTime.Time, a.AvailabilityBlockID})
		}
	}
	var free []opening
	blocks := &snapcare.AvailabilityBlocksListParams{
		ClinicianIDs: []int{v.clinicianUser},
		StartDate:    new(caremux.DateOf(v.now.In(v.clinicZone))),
		EndDate:      new(caremux.DateOf(until.In(v.clinicZone))),
	}
	for block, err := range v.staff.AvailabilityBlocks.All(ctx, blocks) {
		if err != nil {
			return nil, err
		}
		if no(block.AllowSelfAppt) || no(block.IsAvailable) {
			continue
		}
		for start := block.StartTime.Time; !start.Add(length).After(block.EndTime.Time); start = start.Add(length) {
			f := opening{start, start.Add(length), block.ID}
			if start.After(v.now) && start.Before(until) && !slices.ContainsFunc(taken, f.overlaps) {
				free = append(free, f)
			}
		}
	}
	slices.SortFunc(free, func(a, b opening) int { return a.start.Compare(b.start) })
	return free, nil
}

func no(b *bool) bool { return b != nil && !*b }

func (o opening) overlaps(other opening) bool {
	return o.start.Before(other.end) && other.start.Before(o.end)
}
