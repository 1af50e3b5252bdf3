// Command selfschedule lets a patient book an appointment of SnapMD Connected Care with a clinician in another time zone.
//
//	go run ./examples/selfschedule
//
// A member of the staff reads when the clinician is free, which patients may not; the patient books. Both local times
// are shown. Run again for the same time, after a crash or a lost response, it finds the appointment instead of making
// another one.
//
// In the night in which clocks are set back the vendor's local times can mean two moments: such a time is sent as that of
// another zone, or not at all.
//
// Without credentials in the environment it runs offline, against a fake in this process, in such a night. With the variables
// of snapcare.NewFromEnv set for a member of the staff, and SNAPCARE_TIME_ZONE for that user's zone, it lists the free times of
// the clinician whose user id is SNAPCARE_CLINICIAN_USER. With -write the patient of SNAPCARE_PATIENT_EMAIL and
// SNAPCARE_PATIENT_PASSWORD books one of them with SNAPCARE_CLINICIAN for SNAPCARE_PATIENT (ids of persons, GUIDs) and
// SNAPCARE_SERVICE_TYPE:
//
//	go run ./examples/selfschedule -zone Europe/Berlin -write -at 2030-11-03T01:00:00-04:00
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
	_ "time/tzdata" // for machines without a database of time zones
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "selfschedule:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("selfschedule", flag.ContinueOnError)
	home := flags.String("zone", "Europe/Berlin", "time `zone` of the patient")
	at := flags.String("at", "", "`time` to book, with its offset; offline the first one")
	days := flags.Int("days", 7, "how many days ahead to look")
	write := flags.Bool("write", false, "with real credentials: book, not only read")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *write && *at == "" {
		return errors.New("-write needs -at, so that no time is picked by chance")
	}
	zone, err := time.LoadLocation(*home)
	if err != nil {
		return err
	}
	v, done, err := connect(out, *write)
	if err != nil {
		return err
	}
	defer done()
	v.patientZone = zone
	return plan(ctx, out, v, *at, *days)
}
