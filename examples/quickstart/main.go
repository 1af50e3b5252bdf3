// Command quickstart shows the main job of each vendor's client, step by step.
//
//	go run ./examples/quickstart
//
// Without credentials in the environment it runs offline, against fakes in this process. With a vendor's variables set
// (CLINIKAPI_SECRET_KEY; WELKIN_TENANT, WELKIN_INSTANCE, WELKIN_CLIENT_NAME and WELKIN_SECRET; SNAPCARE_HOST and the other
// variables of snapcare.NewFromEnv, for a user of the staff; EKA_CLIENT_ID, EKA_CLIENT_SECRET and EKA_ENVIRONMENT) it talks to
// that vendor, and only reads unless -write is given.
// SNAPCARE_TIME_ZONE names the zone of the hospital, America/New_York if it is not set. With -write the snapcare tour books, moves
// and calls off the appointment that SNAPCARE_BLOCK, SNAPCARE_PATIENT, SNAPCARE_CLINICIAN, SNAPCARE_SERVICE_TYPE and
// SNAPCARE_START describe, and the Eka tour books and calls off the one that EKA_PARTNER_CLINIC, EKA_PARTNER_DOCTOR,
// EKA_PARTNER_PATIENT and EKA_START describe.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"

	"github.com/caremux/caremux"
)

// tour shows one vendor.
type tour struct {
	name  string // as -vendor takes it
	title string
	env   string // the variable that says there are credentials
	run   func(context.Context, *stage) error
}

var tours = []tour{
	{"welkin", "Welkin Health", "WELKIN_TENANT", welkinTour},
	{"clinik", "ClinikAPI", "CLINIKAPI_SECRET_KEY", clinikTour},
	{"snapcare", "SnapMD Connected Care", "SNAPCARE_HOST", snapcareTour},
	{"ekacare", "Eka Care", "EKA_CLIENT_ID", ekacareTour},
}

func main() {
	vendor := flag.String("vendor", "", "run the tour of one vendor: "+names())
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

func names() string {
	var list []string
	for _, t := range tours {
		list = append(list, t.name)
	}
	return strings.Join(list, ", ")
}

func run(ctx context.Context, out io.Writer, vendor string, write, verbose bool) error {
	found := false
	for _, t := range tours {
		if vendor != "" && vendor != t.name {
			continue
		}
		found = true
		s := &stage{out: out, live: os.Getenv(t.env) != ""}
		s.write = !s.live || write
		if verbose {
			s.options = append(s.options, caremux.WithLogger(slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{
				Level: slog.LevelDebug, ReplaceAttr: withoutTime,
			}))))
		}
		place := "offline, against a fake in this process"
		if s.live {
			place = "against the real service"
		}
		fmt.Fprintf(out, "%s (%s)\n", t.title, place)
		if err := t.run(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		fmt.Fprintln(out)
	}
	if !found {
		return fmt.Errorf("there is no vendor %q; there are %s", vendor, names())
	}
	return nil
}

func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// stage is where a tour plays.
type stage struct {
	out     io.Writer
	live    bool // real credentials
	write   bool // may write
	options []caremux.Option
	steps   int
}

// step prints what was done and what came of it.
func (s *stage) step(what, result string, args ...any) {
	s.steps++
	fmt.Fprintf(s.out, "  %2d  %-34s %s\n", s.steps, what, fmt.Sprintf(result, args...))
}
