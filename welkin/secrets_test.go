package welkin_test

import (
	"testing"

	"github.com/caremux/caremux/internal/proof/canary"
	"github.com/caremux/caremux/welkin"
)

func TestTypesWithSecretsPrintAndAreLoggedWithoutThem(t *testing.T) {
	canary.Secrets(t, canary.Types{Client: &welkin.Client{}, Least: 2})
}
