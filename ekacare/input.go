package ekacare

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/argument"
)

// Checks of what callers pass in.

func invalidArgument(field, rule string) error {
	return &caremux.ArgumentError{Field: field, Rule: rule}
}

// firstError is the first rule that is violated.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// inFlow names the method, or the step, in an argument error that has no name yet.
func inFlow(operation string, err error) error { return argument.In(err, "ekacare", operation) }

// inArgument adds the operation and the argument to an error of an argument's field.
func inArgument(operation, name string, err error) error {
	return inFlow(operation, argument.At(err, name))
}

// misuse is a step that is out of turn.
func misuse(operation string, err error) error { return fmt.Errorf("ekacare: %s: %w", operation, err) }

// refuseIdempotent refuses an option that would let a call be sent twice that makes something each time.
func refuseIdempotent(opts []caremux.RequestOption) error {
	config, err := caremux.NewCallConfig(opts)
	if err == nil && config.Idempotent {
		return invalidArgument("WithIdempotent", "is not for calls that make something: it would let them be sent twice")
	}
	return err
}

func digits(field, value string, counts ...int) error {
	plain := !strings.ContainsFunc(value, func(r rune) bool { return r < '0' || r > '9' })
	var allowed []string
	for _, n := range counts {
		if plain && len(value) == n {
			return nil
		}
		allowed = append(allowed, strconv.Itoa(n))
	}
	return invalidArgument(field, "must have "+strings.Join(allowed, " or ")+" digits and nothing else")
}

// headerValue reports whether a value can be sent in a header.
func headerValue(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// isWord reports whether s looks like a code rather than like a sentence.
func isWord(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !wordRune(r) && r != '-' && r != '.' })
}

func wordRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
}

// deref returns what p points to, or the zero value.
func deref[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

// fill sets a string that is empty.
func fill(into *string, value string) {
	if *into == "" {
		*into = value
	}
}
