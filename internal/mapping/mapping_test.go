package mapping_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

var space = mapping.Space{Vendor: "v", URL: "https://v", Prefix: "v-"}

func TestIDsAreFHIRsAndLeadBack(t *testing.T) {
	for id, want := range map[string]string{
		"550e8400-e29b": "v-550e8400-e29b", "pt_1": "v-pt.5F1", "a.b": "v-a.2Eb", "a/b ü": "v-a.2Fb.20.C3.BC", "": "",
	} {
		got := space.ID(id)
		if got != want {
			t.Errorf("%q: got %s", id, got)
		}
		if back, ok := space.Record(got); id != "" && (!ok || back != id) {
			t.Errorf("%s leads to %q, %v", got, back, ok)
		}
	}
	long := space.ID(strings.Repeat("x", 100))
	if _, ok := space.Record(long); len(long) > 64 || ok || long == space.ID(strings.Repeat("x", 101)) {
		t.Errorf("a long id is %s", long)
	}
	for _, other := range []string{"w-1", "v-", "v-a_b", "v-a.5", "v-a.5f", "v-.41"} { // .41 is A, which needs no escape
		if record, ok := space.Record(other); ok {
			t.Errorf("%s leads to %q", other, record)
		}
	}
}

func FuzzIDsLeadBack(f *testing.F) {
	f.Add("pt_1")
	f.Add("v-a.5F")
	f.Fuzz(func(t *testing.T, text string) {
		if record, ok := space.Record(text); ok && space.ID(record) != text {
			t.Errorf("%q leads to %q, whose id is another", text, record)
		}
		id := space.ID(text)
		if strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") != "" || len(id) > 64 {
			t.Errorf("%q is no id of FHIR", id)
		}
		if back, ok := space.Record(id); ok && back != text {
			t.Errorf("%q came back as %q", text, back)
		}
	})
}

func FuzzWhatIsKeptComesBack(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":{"c":"","d":[null,{"e":1.50}]},"x/y":" "}`), []byte(`{"a":2,"b":{"c":"z"},"q":true}`))
	f.Fuzz(func(t *testing.T, raw, shown []byte) {
		var a, b map[string]any
		if json.Unmarshal(raw, &a) != nil || json.Unmarshal(shown, &b) != nil || a == nil || b == nil {
			return
		}
		kind := mapping.Kind("v/Record")
		kept, err := kind.Keep(raw, json.RawMessage(shown))
		if err != nil {
			t.Fatal(err)
		}
		text, err := fhir.Marshal(&fhir.Patient{Extension: kept})
		if err != nil {
			t.Fatal(err)
		}
		var p fhir.Patient
		if err := fhir.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		back, err := kind.RestoreJSON(json.RawMessage(shown), p.Extension)
		if err != nil {
			t.Fatal(err)
		}
		again, err := kind.Keep(raw, json.RawMessage(back))
		if err != nil || len(again) > 0 {
			t.Errorf("%s beside %s came back as %s", raw, shown, back)
		}
	})
}

func TestInputNamesWhatTheCallCannotSend(t *testing.T) {
	type body struct {
		Name string `json:"name,omitzero"`
		List []struct {
			ID string `json:"id,omitzero"`
		} `json:"list,omitzero"`
	}
	record := map[string]any{"id": "1", "name": "x", "list": []any{map[string]any{"id": "2", "seen": true}}}
	var argument *caremux.ArgumentError
	if err := mapping.Input("Op", record, new(body), "id"); !errors.As(err, &argument) || argument.Field != "list[0]" {
		t.Errorf("got %v", err)
	}
	var b body
	if err := mapping.Input("Op", record, &b, "id", "list.seen"); err != nil || b.Name != "x" || b.List[0].ID != "2" {
		t.Errorf("%v, %+v", err, b)
	}
}

func TestWindowsAreInOrderAndNothingIsReadTwice(t *testing.T) {
	from := time.Date(2030, time.March, 1, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 0, 30)
	failed := errors.New("failed")
	hours := mapping.Windows[time.Time]{
		Least: 24 * time.Hour, Most: 72 * time.Hour, Start: func(at *time.Time) caremux.Time { return caremux.NewTime(*at) },
		Resource: func(at *time.Time) (fhir.Resource, error) {
			return &fhir.Appointment{Start: fhir.NewDateTime(*at)}, nil
		},
		List: func(_ context.Context, begin, end time.Time) iter.Seq2[time.Time, error] {
			return func(yield func(time.Time, error) bool) { // a day more on both sides, backwards
				for at := end.AddDate(0, 0, 1); !at.Before(begin.AddDate(0, 0, -1)); at = at.Add(-time.Hour) {
					if !yield(at, nil) {
						return
					}
				}
			}
		},
	}
	for name, w := range map[string]mapping.Windows[time.Time]{"windows": hours, "whole": hours.Whole(from, to)} {
		next := from
		for r, err := range w.All(t.Context(), from, to) {
			if err != nil {
				t.Fatal(err)
			}
			if at, _ := fhir.StartOf(r); !at.Equal(next) {
				t.Fatalf("%s: got %v, want %v", name, at, next)
			}
			next = next.Add(time.Hour)
		}
		if !next.Equal(to) {
			t.Errorf("%s: ended before %v", name, next)
		}
	}
	hours.List = func(context.Context, time.Time, time.Time) iter.Seq2[time.Time, error] {
		return func(yield func(time.Time, error) bool) { yield(time.Time{}, failed) }
	}
	errs := 0
	for _, err := range hours.All(t.Context(), from, to) {
		if errs++; err != failed || errs > 1 {
			t.Errorf("error %d: %v", errs, err)
		}
	}
}
