package snapcare

import "github.com/caremux/caremux/internal/wire"

// UnknownCode is what a code of this package becomes, such as [AppointmentStatusCode], where an answer holds a name that this
// package does not know, or no code at all: no other value of a code means that. RawJSON of the record has what came. A number
// that is not known is kept as it is. A call that is given UnknownCode sends nothing.
const UnknownCode = wire.UnknownCode
