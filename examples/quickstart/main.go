// Command quickstart tells one patient's day across the four systems, in a line for each step.
//
//	go run ./examples/quickstart                    # the whole day
//	go run ./examples/quickstart -vendor welkin     # one system, with more of what its client does
//	go run ./examples/quickstart -v                 # with each call: method, path template, status, attempts, time
//
// Without credentials in the environment it runs offline, against fakes in this process. With a vendor's variables set it talks to
// that vendor, and only reads unless -write is given; then it removes what it made, also after a failed step:
//
//   - Eka Care: EKA_CLIENT_ID, EKA_CLIENT_SECRET and EKA_ENVIRONMENT; to write EKA_CLINIC, EKA_DOCTOR and EKA_PATIENT (Eka's ids)
//     and EKA_START, the start of a free slot.
//   - Welkin: WELKIN_TENANT, WELKIN_INSTANCE, WELKIN_CLIENT_NAME and WELKIN_SECRET. It writes a patient and a calendar event.
//   - ClinikAPI: CLINIKAPI_SECRET_KEY. It writes a patient and an assessment.
//   - snapcare: SNAPCARE_HOST and the other variables of snapcare.NewFromEnv, for a user of the staff, and SNAPCARE_TIME_ZONE, the
//     zone of the hospital if it is not America/New_York; to write SNAPCARE_BLOCK, SNAPCARE_PATIENT, SNAPCARE_CLINICIAN,
//     SNAPCARE_SERVICE_TYPE and SNAPCARE_START.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/caremux/caremux"
)

// chapter is the part of the day that one system has.
type chapter struct {
	vendor string // as -vendor takes it
	title  string
	env    string // the variable that says there are credentials
	run    func(context.Context, *stage) error
}

var chapters = []chapter{
	{"ekacare", "Eka Care: the clinic in Bengaluru", "EKA_CLIENT_ID", ekacareChapter},
	{"welkin", "Welkin Health: her care team", "WELKIN_TENANT", welkinChapter},
	{"clinik", "ClinikAPI: the clinical record", "CLINIKAPI_SECRET_KEY", clinikChapter},
	{"snapcare", "SnapMD Connected Care: a specialist in New York", "SNAPCARE_HOST", snapcareChapter},
	{"ekacare", "Webhook: Eka Care tells of the booking", "EKA_CLIENT_ID", webhookChapter},
}

func main() {
	vendor := flag.String("vendor", "", "only this `vendor`, and more of it: "+vendors())
	write := flag.Bool("write", false, "with real credentials: write too, not only read")
	verbose := flag.Bool("v", false, "show each call: method, path template, status, attempts, time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *vendor, *write, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func vendors() string {
	var names []string
	for _, c := range chapters {
		if !slices.Contains(names, c.vendor) {
			names = append(names, c.vendor)
		}
	}
	return strings.Join(names, ", ")
}

func run(ctx context.Context, out io.Writer, vendor string, write, verbose bool) error {
	if vendor != "" && !slices.ContainsFunc(chapters, func(c chapter) bool { return c.vendor == vendor }) {
		return fmt.Errorf("there is no vendor %q; there are %s", vendor, vendors())
	}
	s := &stage{out: out, verbose: verbose, long: vendor != ""}
	defer s.close()
	fmt.Fprintf(out, "A day of %s %s, born %s: %s\n", firstName, lastName, birthDate, at(9, 0).Format("Monday, 2 January 2006"))
	fmt.Fprintln(out, "Offline, against fakes in this process, unless a heading names the real service.")
	for _, c := range chapters {
		if vendor != "" && vendor != c.vendor {
			continue
		}
		if err := s.play(ctx, c, write); err != nil {
			return fmt.Errorf("%w%s", err, caution(err))
		}
	}
	fmt.Fprintf(out, "\n-v shows each call. -vendor shows more of one: %s.\n", vendors())
	return nil
}

// caution is for a write without an answer.
func caution(err error) string {
	var e *caremux.Error
	if errors.As(err, &e) && e.MaybeApplied() {
		return " (it may have been done all the same: look before you try again)"
	}
	return ""
}
