package welkinfhir

import (
	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/env"
	"github.com/caremux/caremux/welkin"
)

// NewSourceFromEnv returns a source for the client and the instance of the environment; see [welkin.NewFromEnv].
func NewSourceFromEnv(opts ...caremux.Option) (*fhir.Source, error) {
	c, err := welkin.NewFromEnv(opts...)
	if err != nil {
		return nil, err
	}
	r, _, err := env.New(opts)
	if err != nil {
		return nil, err
	}
	return NewSource(c, Mapping{Tenant: r.Get("WELKIN_TENANT"), Instance: r.Get("WELKIN_INSTANCE")})
}
