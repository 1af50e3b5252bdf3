package snapcare

import "github.com/caremux/caremux/internal/wire"

// ReplaceBody returns the account for the body of [PatientsService.ReplaceAccounts] with all that the record has, to
// change and send back. The error is a [*caremux.MismatchError] or a [*caremux.ArgumentError], in place of a body
// that would lose a value that could not be read, or send 0 or false for one that is missing.
func (r PatientAccount) ReplaceBody() (*PatientAccountInput, error) {
	return wire.ReplaceBody[PatientAccountInput](r)
}
