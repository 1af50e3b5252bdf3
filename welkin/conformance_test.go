package welkin_test

import (
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/conformance"
	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
	"github.com/caremux/caremux/welkin"
)

func TestEveryOperationFollowsTheSpec(t *testing.T) {
	data, err := openapi.Specs.ReadFile("welkin.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := specserver.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	conformance.Run(t, conformance.Vendor{
		Spec:             spec,
		CredentialHeader: "Authorization",
		Fixed:            map[string]string{"tenant": "gh", "instance": "sb-demo"},
		Client: func(baseURL string, _ *specserver.Operation) (any, error) {
			return welkin.New(welkin.Credentials{Tenant: "gh", Instance: "sb-demo"},
				caremux.WithBaseURL(baseURL), caremux.WithTokenSource(caremux.StaticToken("ready")))
		},
	})
}
