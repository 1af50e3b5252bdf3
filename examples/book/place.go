package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// place is where to book, and for whom.
type place struct {
	client                  *ekacare.Client
	doctor, clinic, patient string // Eka's ids
	write                   bool
	fake                    *ekacaretest.Server // nil with real credentials
}

// open reads the arguments and makes a client, of the real service if there are credentials for it.
func open(args []string, out io.Writer) (*place, error) {
	p := &place{}
	flags := flag.NewFlagSet("book", flag.ContinueOnError)
	flags.StringVar(&p.doctor, "doctor", "", "Eka's `id` of the doctor; default one who practises")
	flags.StringVar(&p.clinic, "clinic", "", "Eka's `id` of the doctor's clinic")
	flags.StringVar(&p.patient, "patient", "", "Eka's `id` of the patient, for -write")
	flags.BoolVar(&p.write, "write", false, "with real credentials: book, not only read")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if (p.doctor == "") != (p.clinic == "") {
		return nil, errors.New("-doctor and -clinic go together")
	}
	var err error
	if os.Getenv("EKA_CLIENT_ID") != "" {
		if p.write && p.patient == "" {
			return nil, errors.New("-write needs -patient, so that nobody is picked by chance")
		}
		fmt.Fprintln(out, "against the real service")
		p.client, err = ekacare.NewFromEnv()
		return p, err
	}
	fmt.Fprintln(out, "offline, against a fake in this process")
	if p.fake, err = ekacaretest.Start(); err != nil {
		return nil, err
	}
	p.doctor, p.clinic, p.patient, p.write = p.fake.Doctor().ID, p.fake.Clinic().ID, p.fake.Patient().ID, true
	p.client, err = p.fake.NewClient()
	return p, err
}

func (p *place) close() {
	if p.fake != nil {
		p.fake.Close()
	}
}

// play books one appointment and, on the fake, lets things go wrong and then books a second one.
func (p *place) play(ctx context.Context, out io.Writer, slots []ekacare.FoundSlot) error {
	if p.fake != nil {
		p.fake.TakeSlot(p.fake.Doctor(), p.fake.Clinic(), slots[0].Start) // another is faster
	}
	if err := p.bookOne(ctx, out, slots[0]); err != nil || p.fake == nil {
		return err
	}
	fmt.Fprintln(out, "now the answer to a booking gets lost")
	p.fake.Fail(ekacaretest.Fault{Operation: "Appointments.Book", Reset: true, AfterWork: true})
	if err := p.bookOne(ctx, out, slots[4]); err != nil {
		return err
	}
	fmt.Fprintf(out, "the service has written %d appointments for 2 wishes\n", len(p.fake.Writes()))
	return nil
}

// bookOne books and says what was booked.
func (p *place) bookOne(ctx context.Context, out io.Writer, slot ekacare.FoundSlot) error {
	a, err := book(ctx, out, p.client, slot, &ekacare.AppointmentBooking{
		PatientID: &p.patient,
		// Your own id of the wish finds the appointment in one call if the answer gets lost. A real one is that of a row of yours.
		PartnerAppointmentID: new(fmt.Sprintf("example-%d", time.Now().UnixNano())),
		AppointmentDetails:   ekacare.AppointmentDetailsInput{Mode: new(ekacare.AppointmentModeInClinic)},
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "booked %s and read back: %s, %s\n", a.StartTime.In(ekacare.IST).Format(layout), a.Status, a.Mode)
	return nil
}
