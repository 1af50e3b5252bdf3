package welkinfhir

import (
	_ "embed"
	"net/url"
	"sync"

	"github.com/caremux/caremux/internal/mapping"
	"github.com/caremux/caremux/welkin"
)

//go:embed codes.tsv
var codesTSV string

var codes = sync.OnceValue(func() *mapping.Codes { return mapping.ParseCodes(codesTSV) })

// Mapping maps the records of an instance of Welkin to FHIR. Its methods send nothing, and are safe for concurrent use.
type Mapping struct {
	Tenant   string // as in welkin.Credentials
	Instance string // as in welkin.Credentials
	// IDPrefix begins the ids of resources; welkin- if it is empty. Set it to read several instances at once.
	IDPrefix string
}

// The kinds of records, as the systems of their identifiers end.
const (
	kindPatient   = "patients"
	kindUser      = "users"
	kindEvent     = "calendar/events"
	kindEncounter = "encounters"
	kindDocument  = "document-summary"
	kindCarePlan  = "care-plan"
	kindGoal      = "care-plan/goals"
)

func (m Mapping) space() mapping.Space {
	prefix := m.IDPrefix
	if prefix == "" {
		prefix = "welkin-"
	}
	tenant := welkin.BaseURL + "/" + url.PathEscape(m.Tenant) + "/" + url.PathEscape(m.Instance)
	return mapping.Space{Vendor: "welkin", URL: tenant, Prefix: prefix}
}
