package welkin_test

import (
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/conformance"
	"github.com/caremux/caremux/internal/proof/damage"
	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
	"github.com/caremux/caremux/welkin"
)

func TestEveryOperationFollowsTheSpec(t *testing.T) { conformance.Run(t, conformanceVendor(t)) }

func TestNoOperationTakesADamagedResponseForAWholeOne(t *testing.T) {
	damage.Run(t, conformanceVendor(t))
}

// conformanceVendor is what the tests of all operations need to know.
func conformanceVendor(t *testing.T) conformance.Vendor {
	data, err := openapi.Specs.ReadFile("welkin.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := specserver.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return conformance.Vendor{
		Spec:             spec,
		CredentialHeader: "Authorization",
		Fixed:            map[string]string{"tenant": "gh", "instance": "sb-demo"},
		Client: func(baseURL string, _ *specserver.Operation) (any, error) {
			return welkin.New(welkin.Credentials{Tenant: "gh", Instance: "sb-demo"},
				caremux.WithBaseURL(baseURL), caremux.WithTokenSource(caremux.StaticToken("ready")))
		},
	}
}

func TestABodyThatReplacesARecordHasAllThatTheRecordHas(t *testing.T) {
	if n := conformance.Lossless(t, &welkin.Client{}); n != 17 {
		t.Errorf("saw %d bodies", n)
	}
}
