package welkin_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

// stored answers every call with a record of this body.
func stored(t *testing.T, body string) (*welkin.Client, *vendor) {
	v := &vendor{answer: func(*http.Request, int) (int, string) {
		return 200, `{"id":"r1","patientId":"` +
			charlie + `","cdtName":"vitals","version":5,"more":1.50,"jsonBody":` + body + `}`
	}}
	return v.client(t, caremux.WithTokenSource(caremux.StaticToken("ready"))), v
}

func read[T any](t *testing.T, body string) *welkin.TypedCDT[T] {
	t.Helper()
	c, _ := stored(t, body)
	record, err := welkin.CDTRecords[T](c, "vitals").Get(t.Context(), charlie, "r1")
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// kept writes a record to a queue and reads it again.
func kept[T any](t *testing.T, record *welkin.TypedCDT[T]) (*welkin.TypedCDT[T], string) {
	t.Helper()
	data, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	again := new(welkin.TypedCDT[T])
	if err := json.Unmarshal(data, again); err != nil {
		t.Fatal(err)
	}
	return again, string(data)
}

type measured struct {
	Systolic  int      `json:"systolic,omitzero"`
	Dose      *float64 `json:"dose,omitzero"`
	Insurance int64    `json:"insurance_no,omitzero"`
}

// strictly has no omitzero: what does not fit is a zero that would be written.
type strictly struct {
	Systolic int    `json:"systolic"`
	Name     string `json:"name"`
}

// exact reads JSON with numbers as they are written.
func exact(t *testing.T, text string) (v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestTypedRecordIsItsJSON(t *testing.T) {
	const body = `{"id":"r1","created_at":"2026-03-02T10:00:00.123Z","source_type":null,"systolic":118,"dose":0.1000,
		"insurance_no":9007199254740993,"Note":"<b>","score":12345678901234567890.50,"nested":{"n":9007199254740993,"list":[1.0,null]}}`
	full := `{"id":"r1","patientId":"` +
		charlie + `","cdtName":"vitals","version":5,"more":1.50,"jsonBody":` + body + `}`
	same := func(t *testing.T, got string) {
		t.Helper()
		if diff := cmp.Diff(exact(t, full), exact(t, got)); diff != "" {
			t.Errorf("the record changed on its way through JSON (-want +got):\n%s", diff)
		}
	}
	t.Run("struct", func(t *testing.T) {
		record := read[measured](t, body)
		again, text := kept(t, record)
		same(t, text)
		if !reflect.DeepEqual(again.Fields, record.Fields) || again.ID != "r1" || *again.Version != 5 ||
			again.JSONBody.CreatedAt != record.JSONBody.CreatedAt ||
			len(again.JSONBody.Extra()) != len(record.JSONBody.Extra()) || again.Mismatch() != nil {
			t.Errorf("got %+v, want %+v", again, record)
		}
		_, text = kept(t, again)
		same(t, text)
	})
	t.Run("pointer", func(t *testing.T) { _, text := kept(t, read[*measured](t, body)); same(t, text) })
	t.Run("map", func(t *testing.T) { _, text := kept(t, read[map[string]any](t, body)); same(t, text) })
	t.Run("raw", func(t *testing.T) { _, text := kept(t, read[json.RawMessage](t, body)); same(t, text) })
	t.Run("any", func(t *testing.T) { _, text := kept(t, read[any](t, body)); same(t, text) })
	t.Run("empty struct", func(t *testing.T) { _, text := kept(t, read[struct{}](t, body)); same(t, text) })
	t.Run("fields that lose digits", func(t *testing.T) {
		_, text := kept(t, read[struct {
			Insurance float64 `json:"insurance_no"`
			Score     float32 `json:"score"`
		}](t, body))
		same(t, text)
	})
}

func TestFieldThatDidNotFitIsNotErasedByTheRecordsJSON(t *testing.T) {
	record := read[strictly](t, `{"systolic":"118 lying","name":"x"}`)
	again, text := kept(t, record)
	if !strings.Contains(text, `"systolic":"118 lying"`) || again.Mismatch() == nil {
		t.Errorf("%s, mismatch %v", text, again.Mismatch())
	}
	record.Fields.Name = "y"
	if _, text = kept(t, record); !strings.Contains(text, `"systolic":"118 lying"`) || !strings.Contains(text,
		`"name":"y"`) {
		t.Error(text)
	}
	record.Fields.Systolic = 118
	if _, text = kept(t, record); !strings.Contains(text, `"systolic":118`) {
		t.Error(text)
	}
}

func TestChangesOfARecordAreInItsJSON(t *testing.T) {
	record := read[measured](t, `{"Systolic":118,"dose":0.50,"source_name":"a","other":1.0}`)
	record.Fields.Systolic, record.Fields.Dose, record.Fields.Insurance = 120, nil, 7
	record.JSONBody.SourceName, record.PatientID, record.Version = "", "p2", new(6)
	again, text := kept(t, record)
	want := `{"id":"r1","patientId":"p2","cdtName":"vitals","version":6,"more":1.50,` +
		`"jsonBody":{"Systolic":120,"insurance_no":7,"other":1.0}}`
	if diff := cmp.Diff(exact(t, want), exact(t, text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if again.Fields.Systolic != 120 || again.Fields.Dose != nil || again.Fields.Insurance != 7 {
		t.Errorf("got %+v", again.Fields)
	}
	values := read[map[string]any](t, `{"a":1,"b":2.0}`)
	delete(values.Fields, "a")
	values.Fields["c"] = 3
	if _, text := kept(t, values); !strings.Contains(text, `"jsonBody":{"b":2.0,"c":3}`) {
		t.Error(text)
	}
	delete(values.Fields, "b")
	delete(values.Fields, "c")
	if _, text := kept(t, values); !strings.Contains(text, `"jsonBody":{}`) {
		t.Error(text)
	}
}

func TestRecordsOfTheCallersOwnHaveJSONToo(t *testing.T) {
	own := &welkin.TypedCDT[measured]{CDTRecord: welkin.CDTRecord{ID: "r2", PatientID: "p"},
		Fields: measured{Systolic: 118}}
	again, text := kept(t, own)
	if text != `{"id":"r2","jsonBody":{"systolic":118},"patientId":"p"}` || again.Fields.Systolic != 118 ||
		again.ID != "r2" {
		t.Errorf("%s became %+v", text, again)
	}
	if data, err := json.Marshal(welkin.TypedCDT[[]int]{Fields: []int{1}}); err == nil {
		t.Errorf("a list was written as the fields of a record: %s", data)
	}
	for _, body := range []string{`null`, `[1]`, `"x"`} { // which the vendor should not send
		if _, text := kept(t, read[measured](t, body)); !strings.Contains(text, `"jsonBody":`+body) {
			t.Errorf("%s became %s", body, text)
		}
	}
	var record welkin.TypedCDT[measured]
	if err := json.Unmarshal([]byte(`null`), &record); err != nil {
		t.Error(err)
	}
	if err := json.Unmarshal([]byte(`[]`), &record); err == nil {
		t.Errorf("a list is no record: %v", err)
	}
}

func TestOnlyObjectsAreSentAsFields(t *testing.T) {
	c, v := stored(t, `{}`)
	records := welkin.CDTRecords[map[string]any](c, "vitals")
	for name, changes := range map[string]any{
		"nothing": nil, "nil map": map[string]any(nil), "nil pointer": (*measured)(nil), "list": []int{1},
		"number": 5, "text": "x", "raw list": json.RawMessage(` [1]`),
		"raw null": json.RawMessage(`null`), "raw text": json.RawMessage(`"x"`), "no JSON": func() {},
		"broken text": map[string]string{"a": "\xff"},
	} {
		_, err := records.Update(t.Context(), charlie, "r1", changes)
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Operation != "CDTs.Update" || argument.Field != "body" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := welkin.CDTRecords[[]int](c, "vitals").Create(t.Context(), charlie, &[]int{1}); !errors.Is(err,
		caremux.ErrInvalid) {
		t.Errorf("a list was created: %v", err)
	}
	if _, err := records.Create(t.Context(), charlie, nil); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("nothing was created: %v", err)
	}
	if len(v.bodies) > 0 {
		t.Errorf("sent %q", v.bodies)
	}
	for _, changes := range []any{map[string]any{"a": json.Number("9007199254740993")},
		json.RawMessage(" {\"a\":9007199254740993}\n"), struct {
			A int64 `json:"a"`
		}{9007199254740993}} {
		if _, err := records.Update(t.Context(), charlie, "r1", changes); err != nil ||
			v.bodies[len(v.bodies)-1] != `{"a":9007199254740993}` {
			t.Errorf("%v: sent %q", err, v.bodies)
		}
	}
}

// FuzzTypedCDT takes any record through its own JSON: it must come back as it was.
func FuzzTypedCDT(f *testing.F) {
	for _, seed := range []string{`{"id":"r","jsonBody":{"systolic":1,"a":9007199254740993}}`,
		`{"jsonBody":{"Systolic":"x","systolic":2}}`, `{"jsonBody":null,"JSONBODY":{}}`,
		`{"jsonBody":[],"x":1e400}`, `{"jsonBody":{"dose":1.0,"created_at":"x","ID":5}}`, `{"id":7,"version":"x"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var record welkin.TypedCDT[measured]
		if json.Unmarshal(data, &record) != nil || record.RawJSON() == nil || repeats(data) {
			return
		}
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(exact(t, string(data)), exact(t, string(text))); diff != "" {
			t.Errorf("%s became %s", data, text)
		}
	})
}

// repeats reports whether an object of data has a name twice, or in two spellings: which of them counts is no matter
// here.
func repeats(data []byte) bool {
	d := json.NewDecoder(strings.NewReader(string(data)))
	var inside func() bool
	inside = func() bool {
		token, err := d.Token()
		if err != nil {
			return true
		}
		opened, ok := token.(json.Delim)
		if !ok {
			return false
		}
		seen := map[string]bool{}
		for d.More() {
			if opened == '{' {
				name, err := d.Token()
				key, _ := name.(string)
				key = strings.ToLower(key)
				if err != nil || seen[key] {
					return true
				}
				seen[key] = true
			}
			if inside() {
				return true
			}
		}
		_, err = d.Token()
		return err != nil
	}
	return inside()
}
