package welkin_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

// TestFieldThatItsTypeCannotReadCostsNoOther has members that time.Time refuses, which would end the decoding of the whole record.
func TestFieldThatItsTypeCannotReadCostsNoOther(t *testing.T) {
	type inner struct {
		At *time.Time `json:"at"`
	}
	type visit struct {
		Note  string     `json:"note"`
		Seen  time.Time  `json:"seen"`
		Again *time.Time `json:"again"`
		Inner inner      `json:"inner"`
		Dose  int        `json:"dose"`
		Big   int64      `json:"big"`
	}
	day := time.Date(2021, time.March, 22, 6, 40, 8, 0, time.UTC)
	for _, tt := range []struct {
		name, body string
		want       visit
		mismatch   string // named by Mismatch, "" if there is none
	}{
		{"all read", `{"seen":"2021-03-22T06:40:08Z","note":"n","dose":5,"big":9007199254740993}`,
			visit{Note: "n", Seen: day, Dose: 5, Big: 9007199254740993}, ""},
		{"text that is no time", `{"note":"n","seen":"S3CRET","dose":5,"again":"2021-03-22T06:40:08Z"}`,
			visit{Note: "n", Dose: 5, Again: &day}, "field jsonBody.seen "},
		{"empty text behind a pointer", `{"again":"","dose":5,"note":"n"}`, visit{Note: "n", Dose: 5}, "field jsonBody.again "},
		{"within a part", `{"inner":{"at":"S3CRET"},"dose":5}`, visit{Dose: 5}, "field jsonBody.inner.at "},
		{"behind a member of another type", `{"dose":"S3CRET","seen":"S3CRET","note":"n"}`, visit{Note: "n"}, "field jsonBody.dose "},
	} {
		answer := `{"id":"r1","jsonBody":` + tt.body + `}`
		check := func(t *testing.T, got welkin.TypedCDT[visit]) {
			t.Helper()
			if have, want := asJSON(t, got.Fields), asJSON(t, tt.want); have != want || got.ID != "r1" || string(got.RawJSON()) != answer {
				t.Errorf("got %s of %q, want %s", have, got.ID, want)
			}
			if err := got.Mismatch(); (err != nil) != (tt.mismatch != "") ||
				err != nil && (!strings.HasPrefix(err.Error(), tt.mismatch) || strings.Contains(err.Error(), "S3CRET")) {
				t.Errorf("mismatch %v, want %q", err, tt.mismatch)
			}
		}
		t.Run(tt.name, func(t *testing.T) {
			v := &vendor{answer: func(r *http.Request, _ int) (int, string) {
				if strings.HasSuffix(r.URL.Path, "/r1") {
					return 200, answer
				}
				return 200, `{"name":"visits","data":{"content":[` + answer + `],"last":true}}`
			}}
			records := welkin.CDTRecords[visit](v.client(t, caremux.WithTokenSource(caremux.StaticToken("ready"))), "visits")
			one, err := records.Get(t.Context(), charlie, "r1")
			if err != nil {
				t.Fatal(err)
			}
			check(t, *one)
			n := 0
			for record, err := range records.All(t.Context(), charlie, nil) {
				if n++; err != nil {
					t.Fatal(err)
				}
				check(t, record)
			}
			if n != 1 {
				t.Errorf("%d records in the list", n)
			}
		})
	}
}

// strict reads all members at once, or none.
type strict struct{ Dose int }

func (s *strict) UnmarshalJSON(data []byte) error { return errors.New("refused: " + string(data)) }

func TestMismatchOfOtherTypesTellsNoValueAndNoKey(t *testing.T) {
	v := &vendor{answer: func(*http.Request, int) (int, string) {
		return 200, `{"id":"r1","jsonBody":{"S3CRET":"S3CRET","b":"2021-03-22T06:40:08Z"}}`
	}}
	c := v.client(t, caremux.WithTokenSource(caremux.StaticToken("ready")))
	told := func(err error) {
		t.Helper()
		if err == nil || strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("mismatch %v", err)
		}
	}
	whole, err := welkin.CDTRecords[strict](c, "visits").Get(t.Context(), charlie, "r1")
	if err != nil {
		t.Fatal(err)
	}
	told(whole.Mismatch())
	byKey, err := welkin.CDTRecords[map[string]time.Time](c, "visits").Get(t.Context(), charlie, "r1")
	if err != nil {
		t.Fatal(err)
	}
	told(byKey.Mismatch())
	if len(byKey.Fields) != 2 || byKey.Fields["b"].IsZero() || !byKey.Fields["S3CRET"].IsZero() {
		t.Errorf("got %v", byKey.Fields)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
