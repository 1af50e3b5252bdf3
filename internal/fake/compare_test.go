package fake_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/caremux/caremux/internal/fake"
)

func TestRowsAreSortedByOneValueAndElseKeepTheirOrder(t *testing.T) {
	type row struct {
		name  string
		value any
	}
	for _, tt := range []struct {
		rows []row
		down bool
		want string
	}{
		{[]row{{"a", 10.0}, {"b", 9}, {"c", nil}, {"d", 9.0}}, false, "[c b d a]"},
		{[]row{{"a", 10.0}, {"b", 9}, {"c", nil}, {"d", 9.0}}, true, "[a b d c]"},
		{[]row{{"a", "x"}, {"b", "w"}, {"c", "x"}, {"d", nil}}, false, "[d b a c]"},
		{[]row{{"a", "x"}, {"b", "w"}, {"c", "x"}, {"d", nil}}, true, "[a c b d]"},
		{[]row{{"a", true}, {"b", "false"}, {"c", false}}, false, "[b c a]"}, // by the text
	} {
		rows, looked := slices.Clone(tt.rows), 0
		fake.SortBy(rows, tt.down, func(r row) any { looked++; return r.value })
		var got []string
		for _, r := range rows {
			got = append(got, r.name)
		}
		if fmt.Sprint(got) != tt.want || looked != len(rows) {
			t.Errorf("%v down=%t: %v after %d values, want %s", tt.rows, tt.down, got, looked, tt.want)
		}
	}
}
