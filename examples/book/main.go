// Command book books an appointment with Eka Care: it offers the next slot if the one it wants is taken, and looks for a booking
// whose response got lost instead of booking again.
//
//	go run ./examples/book
//
// Without credentials in the environment it runs offline, against a fake in this process. With EKA_CLIENT_ID, EKA_CLIENT_SECRET
// and EKA_ENVIRONMENT set it lists the free slots of a doctor there, and books the first of them only if it is told to, for a
// patient whom you name by Eka's id:
//
//	go run ./examples/book -write -patient 176…
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

const layout = "Mon 2 Jan 15:04"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "book:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	p, err := open(args, out)
	if err != nil {
		return err
	}
	defer p.close()
	if p.doctor == "" || p.clinic == "" {
		if p.doctor, p.clinic, err = practising(ctx, p.client); err != nil {
			return err
		}
	}
	now := time.Now()
	slots, err := p.client.Appointments.FindSlots(ctx, ekacare.SlotQuery{
		DoctorID:  p.doctor,
		ClinicID:  p.clinic,
		From:      caremux.DateOf(now.AddDate(0, 0, 1).In(ekacare.IST)),
		To:        caremux.DateOf(now.AddDate(0, 0, 7).In(ekacare.IST)),
		NotBefore: now,
	})
	if err != nil {
		return err
	}
	if len(slots) == 0 {
		return errors.New("no slot is free in the next seven days")
	}
	fmt.Fprintf(out, "%d slots are free, the first on %s in India\n", len(slots), slots[0].Start.Format(layout))
	if !p.write {
		fmt.Fprintln(out, "nothing is booked without -write")
		return nil
	}
	return p.play(ctx, out, slots)
}

// book books the slot, or one that is offered in its place. It never books twice for one wish, also if the program is killed in the
// middle and runs again: a booking that exists is returned, and offers end where the patient has an appointment among them.
func book(
	ctx context.Context,
	out io.Writer,
	c *ekacare.Client,
	slot ekacare.FoundSlot,
	booking *ekacare.AppointmentBooking,
) (*ekacare.Appointment, error) {
	const offers = 3 // a person would be asked for each
	for try := 0; ; try++ {
		a, err := c.Appointments.BookSlot(ctx, slot, booking)
		var taken *ekacare.SlotTakenError
		if errors.As(err, &taken) && len(taken.Next) > 0 && try < offers { // matches ekacare.ErrSlotTaken
			fmt.Fprintf(out, "%s is taken, next is %s\n", slot.Start.Format(layout), taken.Next[0].Start.Format(layout))
			slot = taken.Next[0]
			continue
		}
		if errors.As(err, &taken) && taken.Held != nil {
			return nil, fmt.Errorf(
				"the patient has an appointment on %s already: %w",
				taken.Held.StartTime.In(ekacare.IST).Format(layout),
				err,
			)
		}
		var unsure *ekacare.BookingError
		if errors.As(err, &unsure) && unsure.Stage != ekacare.BookingStageDiffers {
			fmt.Fprintf(out, "the appointment is %s: looking for it\n", unsure.Stage)
			a, err = c.Appointments.FindBooking(ctx, slot, booking)
			if err != nil {
				return nil, fmt.Errorf("look for the appointment again before you book: %w", errors.Join(unsure, err))
			}
		}
		return a, err
	}
}

// practising gives Eka's ids of a doctor and of a clinic where he practises.
func practising(ctx context.Context, c *ekacare.Client) (doctor, clinic string, err error) {
	answer, err := c.Business.ListEntities(ctx)
	if err != nil {
		return "", "", err
	}
	if answer.Data != nil {
		for _, clinic := range answer.Data.Clinics {
			if len(clinic.Doctors) > 0 {
				return clinic.Doctors[0], clinic.ClinicID, nil
			}
		}
	}
	return "", "", errors.New("no doctor practises at any of the clinics")
}
