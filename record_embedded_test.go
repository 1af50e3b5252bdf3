package caremux_test

import (
	"testing"

	"github.com/caremux/caremux"
)

type embeddedModel struct {
	caremux.Record `json:"-"`
	ID             string `json:"id"`
}

// TestKeepJSONOfAModelEmbeddedByPointer has a caller's own type around a model, which decoding leaves out if the JSON has nothing
// of it.
func TestKeepJSONOfAModelEmbeddedByPointer(t *testing.T) {
	type own struct {
		*embeddedModel
		Note string `json:"note"`
	}
	caremux.KeepJSON(&own{}, []byte(`{}`)) // must not panic
	full := own{embeddedModel: &embeddedModel{ID: "1"}}
	caremux.KeepJSON(&full, []byte(`{"id":"1","note":"x"}`))
	if got := string(full.RawJSON()); got != `{"id":"1","note":"x"}` {
		t.Errorf("RawJSON = %s", got)
	}
}
