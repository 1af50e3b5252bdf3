package caremux_test

import (
	"fmt"
	"testing"

	"github.com/caremux/caremux"
)

func TestValueOfNothingIsZero(t *testing.T) {
	t.Parallel()
	if caremux.Value[int](nil) != 0 || caremux.Value(new("a")) != "a" {
		t.Error("Value is not what the pointer points to")
	}
}

func ExampleValue() {
	var patient struct{ Phone *string }
	fmt.Printf("%q\n", caremux.Value(patient.Phone))
	// Output: ""
}
