package clinik_test

import (
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/conformance"
	"github.com/caremux/caremux/internal/damage"
	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
)

func TestEveryOperationFollowsTheSpec(t *testing.T) { conformance.Run(t, conformanceVendor(t)) }

func TestNoOperationTakesADamagedResponseForAWholeOne(t *testing.T) {
	damage.Run(t, conformanceVendor(t))
}

// conformanceVendor is what the tests of all operations need to know.
func conformanceVendor(t *testing.T) conformance.Vendor {
	data, err := openapi.Specs.ReadFile("clinik.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := specserver.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return conformance.Vendor{
		Spec:             spec,
		CredentialHeader: "X-Api-Key",
		Client: func(baseURL string, _ *specserver.Operation) (any, error) {
			return clinik.New("clk_test_abc123", caremux.WithBaseURL(baseURL))
		},
	}
}
