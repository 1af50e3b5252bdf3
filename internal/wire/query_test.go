package wire_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

type listParams struct {
	Page     *int               `url:"page,omitempty"`
	Name     *string            `url:"name,omitempty"`
	IDs      []string           `url:"ids,omitempty,comma"`
	Tags     []string           `url:"tag,omitempty"`
	Active   *bool              `url:"active,omitempty"`
	Since    *caremux.Time      `url:"since,omitempty"`
	Until    caremux.Time       `url:"until,omitempty"`
	Born     *caremux.Date      `url:"born,omitempty"`
	From     *caremux.TimeOfDay `url:"from,omitempty"`
	Required string             `url:"required"`
	Trace    *string            `url:"-" header:"x-trace"`
	Kind     kind               `url:"-" header:"X-Kind"`
}

type kind string

func TestQueryEncodesParams(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.FixedZone("IST", 5*3600+1800))
	var nilParams *listParams
	for _, tt := range []struct {
		name   string
		params any
		want   url.Values
	}{
		{"nothing", nil, url.Values{}},
		{"nil pointer", nilParams, url.Values{}},
		{"nil values", url.Values(nil), url.Values{}},
		{"zero", &listParams{}, url.Values{"required": {""}}},
		{"by value", listParams{Required: "x"}, url.Values{"required": {"x"}}},
		{"numbers and an empty text", &listParams{Page: new(0), Name: new("")}, url.Values{"page": {"0"}, "name": {""}, "required": {""}}},
		{"reserved characters", &listParams{Name: new("a&b=c d+é")}, url.Values{"name": {"a&b=c d+é"}, "required": {""}}},
		{"comma list", &listParams{IDs: []string{"1", "2"}}, url.Values{"ids": {"1,2"}, "required": {""}}},
		{"repeated", &listParams{Tags: []string{"a", "b"}}, url.Values{"tag": {"a", "b"}, "required": {""}}},
		{"empty lists", &listParams{IDs: []string{}, Tags: []string{}}, url.Values{"required": {""}}},
		{"false", &listParams{Active: new(false)}, url.Values{"active": {"false"}, "required": {""}}},
		{"true", &listParams{Active: new(true)}, url.Values{"active": {"true"}, "required": {""}}},
		{"times", &listParams{
			Since: new(caremux.NewTime(at)), Until: caremux.NewTime(at), Born: new(caremux.NewDate(1987, 6, 5)),
			From: new(caremux.NewTimeOfDay(0, 0, 0)),
		}, url.Values{"since": {"2024-05-06T01:38:09.000Z"}, "until": {"2024-05-06T01:38:09.000Z"}, "born": {"1987-06-05"},
			"from": {"00:00:00"}, "required": {""}}},
		{"values", url.Values{"a": {"1", "2"}}, url.Values{"a": {"1", "2"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.Query(tt.params)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("query (-want +got):\n%s", diff)
			}
			if round, err := url.ParseQuery(got.Encode()); err != nil || !cmp.Equal(round, tt.want) {
				t.Errorf("arrives as %v (%v), want %v", round, err, tt.want)
			}
		})
	}
}

func TestQueryCopiesValues(t *testing.T) {
	t.Parallel()
	values := url.Values{"a": {"1"}}
	got, err := wire.Query(values)
	if err != nil {
		t.Fatal(err)
	}
	got.Set("b", "2")
	got["a"][0] = "changed"
	if diff := cmp.Diff(url.Values{"a": {"1"}}, values); diff != "" {
		t.Errorf("the caller's values changed (-want +got):\n%s", diff)
	}
}

func TestQueryRefusesWhatIsNoParams(t *testing.T) {
	t.Parallel()
	for _, params := range []any{"S3CRET=1", map[string]string{"S3CRET": "1"}, 5} {
		_, err := wire.Query(params)
		wantArgument(t, err, "query", "must be url.Values or a struct")
	}
}

func TestHeaderSetsTaggedFields(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		params any
		want   http.Header
	}{
		{"nothing", nil, http.Header{}},
		{"nil pointer", (*listParams)(nil), http.Header{}},
		{"values", url.Values{"X-Trace": {"1"}}, http.Header{}},
		{"zero", &listParams{}, http.Header{}},
		{"empty text", &listParams{Trace: new("")}, http.Header{}},
		{"pointer and named type", &listParams{Trace: new("t-1"), Kind: "k"}, http.Header{"X-Trace": {"t-1"}, "X-Kind": {"k"}}},
		{"by value", listParams{Kind: "k"}, http.Header{"X-Kind": {"k"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			if err := wire.Header(tt.params, h); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, h); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHeaderRefusesInjection(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"a\r\nAuthorization: b", "a\nb", "\x00", "\x7f"} {
		h := http.Header{}
		err := wire.Header(&listParams{Trace: &value}, h)
		wantArgument(t, err, "x-trace", "control characters")
		if len(h) != 0 {
			t.Errorf("header = %v", h)
		}
	}
}

func TestIsNil(t *testing.T) {
	t.Parallel()
	for _, v := range []any{nil, (*int)(nil), []string(nil), map[string]int(nil), (*listParams)(nil)} {
		if !wire.IsNil(v) {
			t.Errorf("IsNil(%T) = false", v)
		}
	}
	for _, v := range []any{0, "", []string{}, map[string]int{}, new(int), struct{}{}} {
		if wire.IsNil(v) {
			t.Errorf("IsNil(%T) = true", v)
		}
	}
}
