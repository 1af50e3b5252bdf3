// Package env reads a client's settings from variables of the environment. It names all that are missing at once.
package env

import (
	"os"
	"strings"

	"github.com/caremux/caremux"
)

// Reader reads variables.
type Reader struct {
	prefix  string
	missing []string
}

// New returns a reader for the prefix of [caremux.WithEnvPrefix], and the configuration that the options make.
func New(opts []caremux.Option) (*Reader, *caremux.Config, error) {
	config, err := caremux.NewConfig(opts)
	if err != nil {
		return nil, nil, err
	}
	return &Reader{prefix: config.EnvPrefix}, config, nil
}

// Name is the whole name of a variable.
func (r *Reader) Name(name string) string { return r.prefix + name }

// Get returns the value of a variable, "" if it is not set.
func (r *Reader) Get(name string) string { return os.Getenv(r.Name(name)) }

// Need is Get for a variable that must be set; Err reports it otherwise.
func (r *Reader) Need(name string) string {
	value := r.Get(name)
	if value == "" {
		r.missing = append(r.missing, r.Name(name))
	}
	return value
}

// If is Need where needed is true, and Get otherwise.
func (r *Reader) If(needed bool, name string) string {
	if needed {
		return r.Need(name)
	}
	return r.Get(name)
}

// Err returns a [*caremux.ArgumentError] that names all variables that Need has missed, nil if there are none.
func (r *Reader) Err() error {
	if len(r.missing) == 0 {
		return nil
	}
	return &caremux.ArgumentError{
		Field: r.missing[0], Rule: "must be set in the environment", Also: strings.Join(r.missing[1:], ", "),
	}
}

// Invalid returns a [*caremux.ArgumentError] for a variable whose value breaks the rule.
func (r *Reader) Invalid(name, rule string) error {
	return &caremux.ArgumentError{Field: r.Name(name), Rule: rule}
}

// Address puts the address in the variable, if it is set, in front of the options, which win over it.
func (r *Reader) Address(name string, opts []caremux.Option) []caremux.Option {
	if base := r.Get(name); base != "" {
		return append([]caremux.Option{caremux.WithBaseURL(base)}, opts...)
	}
	return opts
}
