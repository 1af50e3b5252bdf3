// Package argument adds to a [*caremux.ArgumentError] what only the caller of a check knows: the operation, and where in the
// argument the value is. An error that is or wraps no such error is returned as it is, and errors are changed as copies, since some
// are variables.
package argument

import (
	"errors"
	"strings"

	"github.com/caremux/caremux"
)

// In names the vendor and the operation in an error that names no operation yet.
func In(err error, vendor, operation string) error {
	e, ok := errors.AsType[*caremux.ArgumentError](err)
	if !ok || e.Operation != "" {
		return err
	}
	named := *e
	named.Vendor, named.Operation = vendor, operation
	return &named
}

// At puts the field that contains the value in front of the field that the error names.
func At(err error, field string) error {
	e, ok := errors.AsType[*caremux.ArgumentError](err)
	if !ok {
		return err
	}
	inner := *e
	inner.Field, inner.GoField = Path(field, e.Field), "" // the outer name is not that of Go
	return &inner
}

// Path is the path of a field within another. Either may be empty.
func Path(outer, inner string) string {
	if outer == "" || inner == "" || strings.HasPrefix(inner, "[") {
		return outer + inner
	}
	return outer + "." + inner
}
