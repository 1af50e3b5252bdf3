package snapcare

import "github.com/caremux/caremux/internal/wire"

// ReplaceBody returns the account for a body of [PatientsService.ReplaceAccounts] with all values of the record, to
// change and send back. ReplaceBody returns a [*caremux.MismatchError] for a value that could not be decoded and would
// be lost, and a [*caremux.ArgumentError] for a missing one that would be sent as 0 or false.
func (r PatientAccount) ReplaceBody() (*PatientAccountInput, error) {
	return wire.ReplaceBody[PatientAccountInput](r)
}
