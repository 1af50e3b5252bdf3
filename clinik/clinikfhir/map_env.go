package clinikfhir

import (
	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/env"
)

// NewSourceFromEnv returns a source for the client of the environment; see [clinik.NewFromEnv]. CLINIKAPI_TENANT, if
// set, is the Tenant of the mapping.
func NewSourceFromEnv(opts ...caremux.Option) (*fhir.Source, error) {
	c, err := clinik.NewFromEnv(opts...)
	if err != nil {
		return nil, err
	}
	r, _, err := env.New(opts)
	if err != nil {
		return nil, err
	}
	return NewSource(c, Mapping{Tenant: r.Get("CLINIKAPI_TENANT")})
}
