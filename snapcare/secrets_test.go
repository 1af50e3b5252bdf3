package snapcare_test

import (
	"testing"

	"github.com/caremux/caremux/internal/proof/canary"
	"github.com/caremux/caremux/snapcare"
)

func TestTypesWithSecretsPrintAndAreLoggedWithoutThem(t *testing.T) {
	canary.Secrets(t, canary.Types{Client: &snapcare.Client{}, Least: 25})
}
