package ekafhir

import (
	_ "embed"
	"net/url"
	"sync"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/mapping"
)

//go:embed codes.tsv
var codesTSV string

var codes = sync.OnceValue(func() *mapping.Codes { return mapping.ParseCodes(codesTSV) })

// Mapping maps Eka Care's records to FHIR. Its methods send nothing, and are safe for concurrent use.
type Mapping struct {
	// Tenant names the workspace or client whose records these are, in the systems of identifiers. Eka's own ids are
	// unique without it, yours (partner ids) are not.
	Tenant string
	// Environment is as in ekacare.Credentials.
	Environment ekacare.Environment
	// IDPrefix begins the ids of resources; ekacare- if it is empty. Set it to read several tenants at once.
	IDPrefix string
}

// The kinds of records, as the systems of their identifiers end. The partner's are yours.
const (
	kindPatient      = "patients"
	kindDoctor       = "doctors"
	kindClinic       = "clinics"
	kindAppointment  = "appointments"
	kindABHA         = "abha"
	kindRecord       = "records"
	kindPrescription = "prescriptions"
	kindEntry        = "prescriptions/entries"
	partner          = "partner/"
)

func (m Mapping) space() mapping.Space {
	prefix := m.IDPrefix
	if prefix == "" {
		prefix = "ekacare-"
	}
	address := m.Environment.BaseURL()
	if m.Tenant != "" {
		address += "/" + url.PathEscape(m.Tenant)
	}
	return mapping.Space{Vendor: "ekacare", URL: address, Prefix: prefix}
}
