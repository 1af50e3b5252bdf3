package mapping

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func FuzzParseIsEncodingJSON(f *testing.F) {
	for _, text := range []string{
		`{"a":1,"a":2,"b":null,"c":[null,{"d":null}],"e":"\u00e9\n","f":{},"":true}`, `" x "`, ` [1.50, 1E+2, false ] `,
		`null`, `{"A":1,"a":2}`,
		"\"\xff\"", "{\"\x8e\":0}", `"<b>"`, strings.Repeat(`{"a":[`, 40) + "1" + strings.Repeat("]}", 40),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !json.Valid(text) {
			return
		}
		if got, want := parseAny(text), decodeAny(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", text, got, want)
		}
		if !sameJSON(text, text) {
			t.Errorf("%s is not what it is", text)
		}
	})
}

func TestInstantsOfFHIRAreKeptAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]bool{
		"2030-03-04T09:00:00Z": true, "2030-03-04T09:00:00.5+05:30": true, "2030-03-04T09:00:00-00:00": true,
		"2030-03-04T09:00:00": false, "2030-03-04T24:00:00Z": false, "2030-03-04T09:00:00.Z": false, "2030-03-04 09:00:00Z": false,
		"2030-03-04T09:00:00+0530": false, "2030-03-04T09:00:00z": false, "2030-03-04T09:00Z": false,
		"2030-03-04T09:00:00Z ": false, "": false,
	} {
		if got := isInstant(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestCodesThatFHIRLacksAreLost(t *testing.T) {
	for code, want := range map[string]struct {
		code string
		lost bool
	}{"active": {"active", false}, "unknown": {"unknown", false}, "": {"unknown", false}, "BK": {"unknown", true}} {
		if got, lost := Or(code, "unknown", "active", "draft"); got != want.code || lost != want.lost {
			t.Errorf("%q: %s, %v", code, got, lost)
		}
	}
}
