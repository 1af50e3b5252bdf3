package clinik_test

import (
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/proof/conformance"
	"github.com/caremux/caremux/internal/proof/damage"
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
		Answer:           askedFor,
		CredentialHeader: "X-Api-Key",
		Client: func(baseURL string, _ *specserver.Operation) (any, error) {
			return clinik.New("clk_test_abc123", caremux.WithBaseURL(baseURL))
		},
	}
}

// askedFor makes the response of a raw FHIR route the resource that was asked for.
func askedFor(op *specserver.Operation, path []string, body map[string]any) {
	if !strings.HasPrefix(op.Path, "/v1/fhir") {
		return
	}
	switch op.ID {
	case "FHIR_Search", "FHIR_History", "FHIR_TypeHistory", "FHIR_Transaction":
		body["resourceType"] = "Bundle"
		return
	}
	body["resourceType"] = path[0]
	if len(path) > 1 {
		body["id"] = path[1]
	}
}
