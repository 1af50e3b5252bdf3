package clinik

import "github.com/caremux/caremux"

// Validate refuses a change that lacks its value: a server might read a missing value as null, and clear the field.
func (o JSONPatchOperation) Validate() error {
	switch o.Op {
	case JSONPatchOpAdd, JSONPatchOpReplace, JSONPatchOpTest:
		if o.Value == nil || len(*o.Value) == 0 {
			return &caremux.ArgumentError{Field: "value", Rule: "is required, as JSON in UTF-8"}
		}
	}
	return nil
}
