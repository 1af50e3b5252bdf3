package welkintest_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

// What is read, sent back unchanged and read again is the same.
func TestARecordThatIsReplacedByItselfStaysTheSame(t *testing.T) {
	srv := welkintest.NewServer(t)
	ctx, c := t.Context(), srv.Client()
	t.Run("calendar event", func(t *testing.T) {
		e := must(c.CalendarEvents.Create(ctx, event(3, "host", "guest")))(t)
		before := must(c.CalendarEvents.Get(ctx, e.ID, nil))(t)
		must(c.CalendarEvents.Replace(ctx, e.ID, must(before.ReplaceBody())(t)))(t)
		same(t, before, must(c.CalendarEvents.Get(ctx, e.ID, nil))(t), "updatedAt", "updatedBy")
	})
	t.Run("user", func(t *testing.T) {
		u := must(c.Users.Create(ctx, &welkin.UserCreate{Username: new("ada"), Email: new("ada@example.com"), FirstName: new("Ada"),
			LastName: new("Lovelace"), Timezone: new("Europe/London"), Phone: new("+441234")}))(t)
		before := must(c.Users.Get(ctx, u.Username, nil))(t)
		must(c.Users.Replace(ctx, u.Username, must(before.ReplaceBody())(t)))(t)
		same(t, before, must(c.Users.Get(ctx, u.Username, nil))(t), "updatedAt", "updatedByName")
	})
}

// same compares two records without what the vendor itself writes.
func same(t *testing.T, before, after any, written ...string) {
	t.Helper()
	var objects [2]map[string]any
	for i, v := range []any{before, after} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &objects[i]); err != nil {
			t.Fatal(err)
		}
		for _, name := range written {
			delete(objects[i], name)
		}
	}
	if diff := cmp.Diff(objects[0], objects[1]); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}
