package clinik_test

import (
	"testing"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/proof/canary"
)

func TestTypesWithSecretsPrintAndAreLoggedWithoutThem(t *testing.T) {
	canary.Secrets(t, canary.Types{Client: &clinik.Client{}, Least: 1})
}
