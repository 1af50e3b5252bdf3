package wire

import (
	"errors"
	"testing"

	"github.com/caremux/caremux"
)

type replacedPart struct {
	caremux.Record `json:"-"`

	Name  string `json:"name,omitzero"`
	Count *int   `json:"count,omitzero"`
}

type replacedRecord struct {
	caremux.Record `json:"-"`

	ID     string         `json:"id,omitzero"`
	Title  string         `json:"title,omitzero"`
	Code   string         `json:"code,omitzero"`
	Weight *float64       `json:"weight,omitzero"`
	Parts  []replacedPart `json:"parts,omitzero"`
	Made   caremux.Time   `json:"made,omitzero"`
}

type replacingPart struct {
	Name  *string `json:"name,omitzero"`
	Count int     `json:"count"`
}

type replacingBody struct {
	Title  *string         `json:"title,omitzero"`
	Code   *int            `json:"code,omitzero"`
	Weight *float64        `json:"weight,omitzero"`
	Parts  []replacingPart `json:"parts,omitzero"`

	Additional map[string]any `json:"-"`
}

func (b replacingBody) MarshalJSON() ([]byte, error) {
	type plain replacingBody
	return MarshalOpen(plain(b), b.Additional)
}

func TestABodyThatReplacesARecordLosesAndInventsNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, record, body string
		field              string // of the error
	}{
		{"all of it", `{"id":"1","title":"a","code":"7","weight":1.5,"parts":[{"name":"b","count":0}],"made":"2030-01-02T03:04:05Z"}`,
			`{"title":"a","code":7,"weight":1.5,"parts":[{"name":"b","count":0}]}`, ""},
		{"an empty list stays one", `{"parts":[]}`, `{"parts":[]}`, ""},
		{"null is none", `{"parts":null,"title":null}`, `{}`, ""},
		{"fields of the tenant's own, unrounded", `{"id":"1","own":12345678901234567890}`, `{"own":12345678901234567890}`, ""},
		{"a value that could not be read", `{"title":"a","weight":"heavy"}`, "", "weight"},
		{"a value inside that could not be read", `{"parts":[{"name":"b","count":"many"}]}`, "", "parts[0].count"},
		{"one that the body does not have", `{"title":"a","made":"some time"}`, `{"title":"a"}`, ""},
		{"a number that must be there", `{"parts":[{"name":"b"}]}`, "", "parts[0].count"},
		{"a text that is no number", `{"code":"x7"}`, "", "code"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var record replacedRecord
			raw := []byte(tt.record)
			_ = Unmarshal(raw, &record) // what does not fit is what the test is about
			if caremux.KeepJSON(&record, raw); record.RawJSON() == nil {
				t.Fatal("nothing is kept")
			}
			body, err := ReplaceBody[replacingBody](record)
			if tt.field != "" {
				var mismatch *caremux.MismatchError
				var argument *caremux.ArgumentError
				switch {
				case errors.As(err, &mismatch) && mismatch.Fields[0].Path == tt.field && len(mismatch.Fields) == 1:
				case errors.As(err, &argument) && argument.Field == tt.field:
				default:
					t.Errorf("error %v, want one of %s", err, tt.field)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if text, err := Marshal(body); err != nil || string(text) != tt.body {
				t.Errorf("body %s, %v, want %s", text, err, tt.body)
			}
		})
	}
}

func TestABodyThatReplacesARecordIsACopy(t *testing.T) {
	t.Parallel()
	record := replacedRecord{Title: "a", Parts: []replacedPart{{Name: "b", Count: new(1)}}}
	body, err := ReplaceBody[replacingBody](record)
	if err != nil {
		t.Fatal(err)
	}
	*body.Title, *body.Parts[0].Name, body.Parts[0].Count = "changed", "changed", 9
	if record.Title != "a" || record.Parts[0].Name != "b" || *record.Parts[0].Count != 1 {
		t.Errorf("the record is %+v", record)
	}
}
