package caremux_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
)

type ward struct {
	caremux.Record `json:"-"`
	Beds           int                 `json:"beds"`
	Opened         caremux.Date        `json:"opened"`
	Head           *person             `json:"head"`
	ByRoom         map[string][]person `json:"byRoom"`
	ByName         map[string]person   `json:"byName"`
	Base
}

// Base is embedded, so that its fields are those of the type around it.
type Base struct {
	caremux.Record `json:"-"`
	N              int `json:"n"`
}

func TestMismatchListsEveryFieldThatDoesNotFit(t *testing.T) {
	t.Parallel()
	raw := []byte(
		`{"beds":"many","opened":"soon","head":{"name":1,"friends":[{"name":"f"},{"name":true}]},"n":"x","byName":{"Asha Rao":{"name":2}},"more":"\ud800"}`)
	w := ward{Head: &person{Friends: []person{{}, {}}}, ByName: map[string]person{"Asha Rao": {}}}
	caremux.KeepJSON(&w, raw)
	var e *caremux.MismatchError
	if !errors.As(w.Mismatch(), &e) {
		t.Fatalf("Mismatch = %v", w.Mismatch())
	}
	want := []caremux.FieldMismatch{
		{Path: "beds", Problem: "is a string, which does not fit int"},
		{Path: "opened", Problem: "could not be read as caremux.Date"},
		{Path: "head.name", Problem: "is a number, which does not fit string"},
		{Path: "head.friends[1].name", Problem: "is a boolean, which does not fit string"},
		{Path: "n", Problem: "is a string, which does not fit int"},
		{Path: "byName[].name", Problem: "is a number, which does not fit string"},
	}
	if diff := cmp.Diff(want, e.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if got := e.Error(); got != "field beds is a string, which does not fit int (and 5 more)" {
		t.Errorf("text %q", got)
	}
	for name, tt := range map[string]struct {
		record caremux.Record
		want   string
	}{
		"nested": {w.Head.Record, "field name is a number, which does not fit string (and 1 more)"},
		"deeper": {w.Head.Friends[1].Record, "field name is a boolean, which does not fit string"},
		"in map": {w.ByName["Asha Rao"].Record, "field name is a number, which does not fit string"},
		"fits":   {w.Head.Friends[0].Record, ""},
	} {
		got := ""
		if err := tt.record.Mismatch(); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	if (&caremux.MismatchError{}).Error() == "" {
		t.Error("a mismatch without fields has no text")
	}
}

func TestRecordsInMapsAndInEmbeddedStructsKeepTheirJSON(t *testing.T) {
	t.Parallel()
	raw := []byte(`{"byRoom":{"a":[{"name":"1"},{"name":"2","x":3}],"b":null},"byName":{"k":{"name":"n","y":4}},"n":5,"z":6}`)
	var w ward
	if err := json.Unmarshal(raw, &w); err != nil {
		t.Fatal(err)
	}
	caremux.KeepJSON(&w, raw)
	for want, got := range map[string]json.RawMessage{
		`{"name":"2","x":3}`: w.ByRoom["a"][1].RawJSON(), `{"name":"n","y":4}`: w.ByName["k"].RawJSON(), string(raw): w.Base.RawJSON(),
	} {
		if string(got) != want {
			t.Errorf("RawJSON = %s, want %s", got, want)
		}
	}
	if diff := cmp.Diff(map[string]json.RawMessage{"z": json.RawMessage("6")}, w.Extra()); diff != "" {
		t.Errorf("Extra (-want +got):\n%s", diff)
	}
	caremux.KeepJSON(&w.ByName, []byte(`{"k":{"name":"n","y":5}}`))
	if got := string(w.ByName["k"].RawJSON()); got != `{"name":"n","y":5}` {
		t.Errorf("a map of records keeps %s", got)
	}
	caremux.KeepJSON(&map[int]person{1: {}}, []byte(`{"1":{}}`)) // its keys are not known as they were sent
}

func TestAByteOrderMarkIsNoPartOfWhatIsKept(t *testing.T) {
	t.Parallel()
	var p person
	caremux.KeepJSON(&p, []byte("\xef\xbb\xbf"+`{"name":"n","x":1}`))
	if string(p.RawJSON()) != `{"name":"n","x":1}` || len(p.Extra()) != 1 || p.Mismatch() != nil {
		t.Errorf("kept %q, extra %v, mismatch %v", p.RawJSON(), p.Extra(), p.Mismatch())
	}
}
