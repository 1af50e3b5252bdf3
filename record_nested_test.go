package caremux_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
)

type house struct {
	caremux.Record `json:"-"`
	Name           string    `json:"name"`
	Owner          *person   `json:"owner"`
	Address        address   `json:"address"`
	Guests         []person  `json:"guests"`
	Rooms          [][]room  `json:"rooms"`
	Past           []*person `json:"past"`
}

type person struct {
	caremux.Record `json:"-"`
	Name           string   `json:"name"`
	Friends        []person `json:"friends"`
}

// address has no record of its own, but one in it.
type address struct {
	Keeper person `json:"keeper"`
}

type room struct {
	caremux.Record `json:"-"`
	Door           int `json:"door"`
}

const houseJSON = `{"name":"h","owner":{"name":"o", "x":1, "friends":[{"name":"f1"},{"name":"f2","y":[2 ]}]},
	"address":{"keeper":{"name":"k","z":3}},"GUESTS":[{"name":"g1"},null,{"name":"g3","w":4}],"rooms":[[{"door":1}],[],[{"door":2},{"door":3,"v":5}]],
	"past":[null,{"name":"p2"}]}`

func TestNestedRecordsKeepTheirJSON(t *testing.T) {
	t.Parallel()
	var h house
	if err := json.Unmarshal([]byte(houseJSON), &h); err != nil {
		t.Fatal(err)
	}
	caremux.KeepJSON(&h, []byte(houseJSON))
	copied := h // what a copy holds must not depend on the original
	h = house{}
	for _, tt := range []struct {
		name   string
		record caremux.Record
		want   string
		extra  string
	}{
		{"itself", copied.Record, houseJSON, ""},
		{"through a pointer", copied.Owner.Record, `{"name":"o", "x":1, "friends":[{"name":"f1"},{"name":"f2","y":[2 ]}]}`, "x"},
		{"in a list inside", copied.Owner.Friends[1].Record, `{"name":"f2","y":[2 ]}`, "y"},
		{"in a struct that is no record", copied.Address.Keeper.Record, `{"name":"k","z":3}`, "z"},
		{"in a list whose name is written otherwise", copied.Guests[2].Record, `{"name":"g3","w":4}`, "w"},
		{"a null in a list", copied.Guests[1].Record, `null`, ""},
		{"in a list of lists", copied.Rooms[2][1].Record, `{"door":3,"v":5}`, "v"},
		{"a pointer in a list", copied.Past[1].Record, `{"name":"p2"}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := string(tt.record.RawJSON()); got != tt.want {
				t.Errorf("RawJSON = %s, want %s", got, tt.want)
			}
			var names []string
			for name := range tt.record.Extra() {
				names = append(names, name)
			}
			var want []string
			if tt.extra != "" {
				want = []string{tt.extra}
			}
			if diff := cmp.Diff(want, names); diff != "" {
				t.Errorf("Extra (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNestedRecordThatWasNotSentKeepsNothing(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`{}`, `{"address":null}`, `{"address":{}}`, `{"address":[1]}`, `null`, `[]`, `x`} {
		var h house
		caremux.KeepJSON(&h, []byte(raw))
		if got := h.Address.Keeper.RawJSON(); got != nil {
			t.Errorf("in %s: RawJSON = %s, want none", raw, got)
		}
		if got := h.Address.Keeper.Extra(); got != nil {
			t.Errorf("in %s: Extra = %v, want none", raw, got)
		}
	}
	houses := []house{{}, {}}
	caremux.KeepJSON(&houses, []byte(`[{"name":"a"},{"name":"b"}]`))
	if got := string(houses[1].RawJSON()); got != `{"name":"b"}` {
		t.Errorf("the second of a list has %s", got)
	}
	caremux.KeepJSON(houses[0], nil)     // no pointer
	caremux.KeepJSON((*house)(nil), nil) // nothing to keep it
}
