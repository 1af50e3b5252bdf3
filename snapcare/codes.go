package snapcare

import "github.com/caremux/caremux/internal/wire"

// UnknownCode is the value of a code of this package, such as [AppointmentStatusCode], for a response with a name that this
// package does not know, or with no code at all: no other value of a code means that. RawJSON of the record contains the
// original value. A number that is not known is kept as it is. A call with UnknownCode returns an error and sends no
// request.
const UnknownCode = wire.UnknownCode
