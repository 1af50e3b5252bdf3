package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestRealServicesAreOnlyReadUnlessToldOtherwise(t *testing.T) {
	for _, s := range services(t) {
		t.Run(s.vendor, func(t *testing.T) {
			t.Setenv(s.booked[0], s.booked[1])
			out := mustTell(t, s.vendor, false, false, `\(the real service, reading only\)$`, "caremux.ErrNotFound")
			if sent := s.sent(); len(sent) > 0 {
				t.Errorf("sent %v\n%s", sent, out)
			}
		})
	}
}

func TestWhatIsWrittenToARealServiceIsRemoved(t *testing.T) {
	for _, s := range services(t) {
		t.Run(s.vendor, func(t *testing.T) {
			for i := 0; i < len(s.booked); i += 2 {
				t.Setenv(s.booked[i], s.booked[i+1])
			}
			mustTell(t, s.vendor, true, false, `\(the real service\)$`, "caremux.ErrNotFound", "clean up~the .* removed$")
			if sent := s.sent(); !slices.Equal(sent, s.whole) {
				t.Errorf("sent %v, want %v", sent, s.whole)
			}
			s.broken()
			out, err := told(t, s.vendor, true, false)
			if err == nil || !strings.Contains(out, "clean up") {
				t.Errorf("a failed step: %v\n%s", err, out)
			}
			if sent := s.sent()[len(s.whole):]; !slices.Equal(sent, s.failed) {
				t.Errorf("with a failed step: sent %v, want %v", sent, s.failed)
			}
		})
	}
}

func TestWhatCannotBeRemovedIsNamedAndTheRestIsRemoved(t *testing.T) {
	var out strings.Builder
	s := &stage{out: &out, live: true}
	s.hasMade("the patient", func(context.Context) error { return nil })
	s.hasMade("the appointment", func(context.Context) error { return errors.New("no answer") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.hasMade("the event", func(ctx context.Context) error { return ctx.Err() })
	err := s.removeMade(ctx)
	if err == nil || err.Error() != "the appointment is still there: no answer" {
		t.Error(err)
	}
	event, patient := strings.Index(out.String(), "the event removed"), strings.Index(out.String(), "the patient removed")
	if event < 0 || patient < event {
		t.Errorf("the latest first, all of them: %s", out.String())
	}
}

func TestAWriteWithoutAnAnswerIsToldAsSuch(t *testing.T) {
	s := services(t)[2]
	t.Setenv(s.booked[0], s.booked[1])
	s.lost()
	_, err := told(t, s.vendor, true, false)
	if err == nil || !strings.Contains(err.Error(), "look before you try again") {
		t.Error(err)
	}
}

func TestARealServiceAmongFakes(t *testing.T) {
	s := services(t)[0]
	t.Setenv(s.booked[0], s.booked[1])
	mustTell(t, "", false, false,
		`^Eka Care: .*\(the real service, reading only\)$`, `^Welkin Health: her care team$`, "enrol her",
		`^Webhook.*reading only\)$`, "left out")
	if sent := s.sent(); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}

func TestWritingAsksWhomToBook(t *testing.T) {
	for _, s := range services(t) {
		if len(s.booked) == 2 {
			continue // makes a patient of its own
		}
		t.Run(s.vendor, func(t *testing.T) {
			t.Setenv(s.booked[0], s.booked[1])
			for i := 2; i < len(s.booked); i += 2 {
				t.Setenv(s.booked[i], "")
			}
			out, err := told(t, s.vendor, true, false)
			if err == nil || !strings.Contains(err.Error(), "-write needs "+s.booked[2]) || len(s.sent()) > 0 {
				t.Errorf("%v, sent %v\n%s", err, s.sent(), out)
			}
		})
	}
}
