package ekafhir

import (
	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/env"
)

// NewSourceFromEnv returns a source for the client of the environment; see [ekacare.NewFromEnv]. EKA_TENANT, if set, is
// the Tenant of the mapping.
func NewSourceFromEnv(opts ...caremux.Option) (*fhir.Source, error) {
	c, err := ekacare.NewFromEnv(opts...)
	if err != nil {
		return nil, err
	}
	r, _, err := env.New(opts)
	if err != nil {
		return nil, err
	}
	return NewSource(c, Mapping{Tenant: r.Get("EKA_TENANT"), Environment: ekacare.Environment(r.Get("EKA_ENVIRONMENT"))})
}
