package caremux_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
)

type base struct {
	CreatedAt string `json:"createdAt"`
}

type Audited struct {
	CreatedBy string `json:"createdBy"`
}

type patient struct {
	caremux.Record `json:"-"`
	base
	*Audited
	ID       string `json:"id"`
	Timezone string `json:"timezone,omitempty"`
	Untagged string
	Hidden   string `json:"-"`
	private  string //lint:ignore U1000 an unexported field is no member
}

func TestRecordKeepsItsJSON(t *testing.T) {
	t.Parallel()
	raw := []byte(`{"id":"1","x":{"a":[1, 2]}}`)
	var p patient
	if p.RawJSON() != nil || p.Extra() != nil || p.Mismatch() != nil {
		t.Errorf("a record made by hand has JSON %s, extra %v, mismatch %v", p.RawJSON(), p.Extra(), p.Mismatch())
	}
	caremux.KeepJSON(&p, raw)
	got := p.RawJSON()
	if string(got) != string(raw) {
		t.Errorf("RawJSON = %s, want %s", got, raw)
	}
	for i := range got {
		got[i] = '!'
	}
	if again := p.RawJSON(); string(again) != string(raw) {
		t.Errorf("after a change of the copy RawJSON = %s", again)
	}
	copied := p
	if string(copied.RawJSON()) != string(raw) {
		t.Errorf("a copy's RawJSON = %s", copied.RawJSON())
	}
	if out, err := json.Marshal(p); err != nil || string(out) != `{"createdAt":"","id":"","Untagged":""}` {
		t.Errorf("a record is written as %s (%v); what it keeps must not be in it", out, err)
	}
}

func TestRecordTellsMembersThatItsTypeDoesNotName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, raw string
		want      map[string]json.RawMessage
	}{
		{"all named", `{"id":"1","timezone":"UTC","createdAt":"","createdBy":"","Untagged":""}`, nil},
		{"named in another case", `{"ID":"1","TimeZone":"UTC","CREATEDAT":"","untagged":""}`, nil},
		{"one more", `{"id":"1","nickname":"Cha\u0072lie"}`, map[string]json.RawMessage{"nickname": json.RawMessage(`"Cha\u0072lie"`)}},
		{"a name with a space behind", `{"timezone ":"UTC"}`, map[string]json.RawMessage{"timezone ": json.RawMessage(`"UTC"`)}},
		{"names that JSON does not see", `{"Hidden":1,"private":2,"Record":3,"-":4}`, map[string]json.RawMessage{
			"Hidden": json.RawMessage(`1`), "private": json.RawMessage(`2`), "Record": json.RawMessage(`3`), "-": json.RawMessage(`4`),
		}},
		{"the value as sent", `{"x": {"b" : [ 1,2.50 ]} }`, map[string]json.RawMessage{"x": json.RawMessage(`{"b" : [ 1,2.50 ]}`)}},
		{"empty name", `{"":1}`, map[string]json.RawMessage{"": json.RawMessage(`1`)}},
		{"empty", `{}`, nil},
		{"no object", `[1]`, nil},
		{"null", `null`, nil},
		{"cut off", `{"x":`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var p patient
			caremux.KeepJSON(&p, []byte(tt.raw))
			if diff := cmp.Diff(tt.want, p.Extra()); diff != "" {
				t.Errorf("Extra (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKeepJSONReachesEmbeddedRecords(t *testing.T) {
	t.Parallel()
	type byPointer struct {
		*caremux.Record `json:"-"`
		ID              string `json:"id"`
	}
	type outer struct {
		patient
		Ward string `json:"ward"`
	}
	raw := []byte(`{"id":"1","ward":"2","bed":"3"}`)

	p := byPointer{Record: &caremux.Record{}}
	caremux.KeepJSON(&p, raw)
	if got := p.Extra(); len(got) != 2 || string(p.RawJSON()) != string(raw) {
		t.Errorf("record behind a pointer: Extra %v, RawJSON %s", got, p.RawJSON())
	}
	caremux.KeepJSON(&byPointer{}, raw) // nothing to keep it in, and no panic

	var o outer
	caremux.KeepJSON(&o, raw)
	if diff := cmp.Diff(map[string]json.RawMessage{"bed": json.RawMessage(`"3"`)}, o.Extra()); diff != "" {
		t.Errorf("record in an embedded model: Extra (-want +got):\n%s", diff)
	}
	caremux.KeepJSON(new(string), raw)
	caremux.KeepJSON(nil, raw)
}

func TestPageLeadsToTheNextUntilTheLast(t *testing.T) {
	t.Parallel()
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "mine")
	last := caremux.NewPage[string](nil, nil)
	first := caremux.NewPage([]string{"a"}, func(ctx context.Context) (*caremux.Page[string], error) {
		if ctx.Value(key{}) != "mine" {
			t.Error("Next does not hand on its context")
		}
		return last, nil
	})
	if !first.HasNext() || last.HasNext() {
		t.Errorf("HasNext = %v, %v, want true, false", first.HasNext(), last.HasNext())
	}
	if last.Items == nil {
		t.Error("Items is nil")
	}
	if next, err := first.Next(ctx); err != nil || next != last {
		t.Errorf("Next = %v, %v", next, err)
	}
	if next, err := last.Next(ctx); next != nil || !errors.Is(err, caremux.ErrNoNextPage) {
		t.Errorf("Next of the last page = %v, %v, want ErrNoNextPage", next, err)
	}
	first.KeepJSON([]byte(`["a"]`))
	raw := first.RawJSON()
	raw[0] = '!'
	if string(first.RawJSON()) != `["a"]` || last.RawJSON() != nil {
		t.Errorf("RawJSON = %s and %s", first.RawJSON(), last.RawJSON())
	}
}
