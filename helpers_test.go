package caremux_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/caremux/caremux"
)

// wantArgument checks that err is an argument error about field.
func wantArgument(t *testing.T, err error, field string) {
	t.Helper()
	var argument *caremux.ArgumentError
	if !errors.As(err, &argument) {
		t.Fatalf("error = %v, want an ArgumentError about %s", err, field)
	}
	if argument.Field != field || argument.Rule == "" || !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("error = %v about %q, want one about %q that matches ErrInvalid", err, argument.Field, field)
	}
}

// verbs are the ways in which a value ends up in a log.
var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%10v"}

// printed gives all the texts that v is printed as.
func printed(v any) []string {
	var texts []string
	for _, verb := range verbs {
		texts = append(texts, fmt.Sprintf(verb, v))
	}
	return append(texts, fmt.Sprint(v), fmt.Sprintln(v))
}
