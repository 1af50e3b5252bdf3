package clinik_test

import (
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/conformance"
	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
)

func TestEveryOperationFollowsTheSpec(t *testing.T) {
	data, err := openapi.Specs.ReadFile("clinik.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := specserver.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	conformance.Run(t, conformance.Vendor{
		Spec:             spec,
		CredentialHeader: "X-Api-Key",
		Client: func(baseURL string, _ *specserver.Operation) (any, error) {
			return clinik.New("clk_test_abc123", caremux.WithBaseURL(baseURL))
		},
	})
}
