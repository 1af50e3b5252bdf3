package tokentest_test

import (
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/tokentest"
)

func TestStoresOfThisModuleKeepTheirPromises(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		s := caremux.NewMemoryTokenStore()
		tokentest.Run(t, s, s)
	})
	t.Run("files", func(t *testing.T) {
		dir := t.TempDir()
		one, err := caremux.NewFileTokenStore(dir)
		if err != nil {
			t.Fatal(err)
		}
		two, err := caremux.NewFileTokenStore(dir)
		if err != nil {
			t.Fatal(err)
		}
		tokentest.Run(t, one, two)
	})
}
