package clinikfhir

import (
	"net/url"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/mapping"
)

// Mapping maps ClinikAPI's records to FHIR. Its methods send no requests and are safe for concurrent use. ClinikAPI's
// codes are those of FHIR.
type Mapping struct {
	// Tenant names the organization whose records these are, in the systems of identifiers. A key does not say it.
	Tenant string
	// IDPrefix begins the ids of resources; clinik- if it is empty. Set it to read several organizations at once.
	IDPrefix string
}

// The kinds of records, as the systems of their identifiers end.
const (
	kindPatient      = "patients"
	kindPractitioner = "practitioners"
	kindAppointment  = "appointments"
	kindRequest      = "service-requests"
)

func (m Mapping) space() mapping.Space {
	prefix := m.IDPrefix
	if prefix == "" {
		prefix = "clinik-"
	}
	address := clinik.BaseURL + "/v1"
	if m.Tenant != "" {
		address += "/" + url.PathEscape(m.Tenant)
	}
	return mapping.Space{Vendor: "clinik", URL: address, Prefix: prefix}
}
