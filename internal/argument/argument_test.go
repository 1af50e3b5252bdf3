package argument_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/argument"
)

func TestAnErrorIsNamedOnceAndPlacedFromInsideOut(t *testing.T) {
	rule := &caremux.ArgumentError{Field: "Content", GoField: "Content", Rule: "is required", Also: "Name"}
	err := argument.At(argument.At(rule, "audio[1]"), "job")
	err = argument.In(argument.In(err, "ekacare", "ScribeSessions.Process"), "ekacare", "ScribeSessions.Upload")
	want := caremux.ArgumentError{
		Vendor: "ekacare", Operation: "ScribeSessions.Process", Field: "job.audio[1].Content", Rule: "is required", Also: "Name",
	}
	if got, ok := errors.AsType[*caremux.ArgumentError](err); !ok || *got != want {
		t.Errorf("got %#v, want %#v", err, want)
	}
	if rule.Operation != "" || rule.Field != "Content" {
		t.Errorf("the rule itself was changed: %#v", rule)
	}
}

func TestAWrappedErrorIsFound(t *testing.T) {
	wrapped := fmt.Errorf("checking: %w", &caremux.ArgumentError{Rule: "must be a day"})
	if got := argument.In(argument.At(wrapped, "start"), "snapcare",
		"Visits.List").Error(); got != "snapcare: Visits.List: start must be a day" {
		t.Errorf("got %q", got)
	}
}

func TestOtherErrorsAreLeftAlone(t *testing.T) {
	for _, err := range []error{nil, io.EOF} {
		if got := argument.At(argument.In(err, "ekacare", "Auth.Login"), "field"); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
}

func TestPathsAreJoined(t *testing.T) {
	for _, c := range [][3]string{
		{"", "", ""}, {"a", "", "a"}, {"", "b", "b"}, {"a", "b", "a.b"}, {"a", "[0].b", "a[0].b"}, {"a[1]", "b", "a[1].b"},
	} {
		if got := argument.Path(c[0], c[1]); got != c[2] {
			t.Errorf("%q in %q is %q, want %q", c[1], c[0], got, c[2])
		}
	}
}
