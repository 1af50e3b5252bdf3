package ekafhir

import (
	"os"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/fhir"
)

// NewSourceFromEnv returns a source for the client of the environment; see [ekacare.NewFromEnv]. EKA_TENANT, if set, is
// the Tenant of the mapping.
func NewSourceFromEnv(opts ...caremux.Option) (*fhir.Source, error) {
	c, err := ekacare.NewFromEnv(opts...)
	if err != nil {
		return nil, err
	}
	return NewSource(c, Mapping{Tenant: os.Getenv("EKA_TENANT"), Environment: ekacare.Environment(os.Getenv("EKA_ENVIRONMENT"))})
}
