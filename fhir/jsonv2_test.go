//go:build go1.27

package fhir_test

import (
	"encoding/json/v2"
	"testing"

	"github.com/caremux/caremux/fhir"
)

func TestTheSecondVersionOfEncodingJSONCallsOurMethods(t *testing.T) {
	for _, s := range samples(t, "r4")[:200] {
		r := decode[fhir.Bundle](t, `{"resourceType":"Bundle","entry":[{"resource":`+string(s.json)+`}]}`)
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		var again fhir.Bundle
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		sameJSON(t, []byte(encode(t, &again)), []byte(encode(t, r)))
	}
	w := decode[ward](t, wardText)
	text, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	var again ward
	if err := json.Unmarshal(text, &again); err != nil || again.Ward != "A3" {
		t.Errorf("got %v %v", again, err)
	}
	// It is stricter than we are: what it refuses is refused, not changed.
	half := decode[fhir.HumanName](t, `{"family":"a\ud83d"}`)
	if text, err := json.Marshal(half); err == nil {
		sameJSON(t, text, []byte(`{"family":"a\ud83d"}`))
	}
}
