// Package reach lets the packages beside a vendor's, such as clinikfhir, send calls through the vendor's client. The
// client keeps its transport to itself, because no signature may show an internal type.
package reach

import "github.com/caremux/caremux/internal/transport"

// Clinik returns the transport of a *clinik.Client. Package clinik sets it when it is initialised.
var Clinik func(client any) *transport.Client
