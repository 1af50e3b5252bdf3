package fake

import (
	"fmt"
	"sync"
	"testing"

	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
)

// Program stands in for the test of a fake that was started without one: what would end the test panics.
type Program struct{ testing.TB }

// Helper does nothing.
func (Program) Helper() {}

// Fatal panics.
func (Program) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// Spec returns a function that reads the document of a vendor, once.
func Spec(vendor string) func() (*specserver.Spec, error) {
	return sync.OnceValues(func() (*specserver.Spec, error) {
		data, err := openapi.Specs.ReadFile(vendor + ".yaml")
		if err != nil {
			return nil, err
		}
		return specserver.Load(data)
	})
}
