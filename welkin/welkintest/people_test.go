package welkintest_test

import (
	"testing"

	"github.com/oapi-codegen/nullable"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

func TestUsers(t *testing.T) {
	_, c := setup(t)
	ctx := t.Context()
	u := must(c.Users.Create(ctx, &welkin.UserCreate{Username: new("johndoe"), FirstName: new("John"), Email: new("j@example.com")}))(t)
	if _, err := c.Users.Create(ctx, &welkin.UserCreate{Username: new("johndoe")}); err == nil {
		t.Error("a second user with the name")
	}
	if _, err := c.Users.Create(ctx, &welkin.UserCreate{}); err == nil {
		t.Error("a user without a name")
	}
	if got := must(c.Users.Get(ctx, "johndoe", nil))(t); got.ID != u.ID {
		t.Error("not found by username")
	}
	if got := must(c.Users.Get(ctx, u.ID, &welkin.UsersGetParams{Type: new(welkin.UserIDTypeID)}))(t); got.Username != "johndoe" {
		t.Error("not found by id")
	}
	if got := must(c.Users.Update(ctx, "johndoe", &welkin.UserUpdate{LastName: new("Doe")}))(t); got.FirstName != "John" ||
		got.LastName != "Doe" {
		t.Errorf("updated %s", got.RawJSON())
	}
	if got := must(c.Users.Replace(ctx, "johndoe", &welkin.UserReplace{FirstName: new("Jane")}))(t); got.FirstName != "Jane" ||
		got.LastName != "" || got.ID != u.ID {
		t.Errorf("replaced %s", got.RawJSON())
	}
	for search, want := range map[string]int{"JANE": 1, "doe": 1, "nobody": 0} {
		page := must(c.Users.List(ctx, &welkin.UsersListParams{Search: &search}))(t)
		if len(page.Items) != want {
			t.Errorf("%s: %d users", search, len(page.Items))
		}
	}
	if page := must(c.Users.ListByRegion(ctx,
		&welkin.UsersListByRegionParams{UserState: new(welkin.UserStateInactive)}))(t); len(page.Items) != 0 {
		t.Error("an inactive user")
	}
	if err := c.Users.Delete(ctx, u.ID, &welkin.UsersDeleteParams{Type: new(welkin.UserIDTypeID)}); err != nil {
		t.Error(err)
	}
	_, err := c.Users.Get(ctx, "johndoe", nil)
	wantCode(t, err, caremux.ErrNotFound, "USER_NOT_FOUND")
}

func TestEncounters(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	patient := srv.AddPatients(1)[0]
	host := must(c.Users.Create(ctx, &welkin.UserCreate{Username: new("host")}))(t)
	visit := must(c.CalendarEvents.Create(ctx, event(1, host.ID, patient)))(t)
	e := must(c.Encounters.Create(ctx, patient, &welkin.EncounterCreate{
		Title: new("Intake"), CalendarEventID: nullable.NewNullableWithValue(visit.ID),
	}))(t)
	must(c.Encounters.Create(ctx, patient, &welkin.EncounterCreate{Title: new("Call")}))(t)
	if e.JSONBody.Title != "Intake" || e.JSONBody.Status != "DRAFT" {
		t.Errorf("created %s", e.RawJSON())
	}
	if got := must(c.Encounters.Update(ctx, patient, e.ID,
		&welkin.EncounterUpdate{Status: new(welkin.EncounterStatusOpen)}))(t); got.JSONBody.Status != "OPEN" || *got.Version != 2 {
		t.Errorf("updated %s", got.RawJSON())
	}
	full := must(c.Encounters.GetFull(ctx, patient, e.ID))(t)
	if full.CalendarEvent == nil || full.CalendarEvent.ID != visit.ID || full.UserRelatedToCalendarEvent.ID != host.ID ||
		full.Disposition != nil {
		t.Errorf("full %s", full.RawJSON())
	}
	lists := map[string]int{}
	list := func(name string, items []welkin.Encounter, err error) {
		if err != nil {
			t.Error(err)
		}
		lists[name] = len(items)
	}
	page, err := c.Encounters.List(ctx, patient, nil)
	list("patient", page.Items, err)
	page, err = c.Encounters.List(ctx, patient, &welkin.EncountersListParams{Statuses: []welkin.EncounterStatus{"OPEN", "ACTIVE"}})
	list("open", page.Items, err)
	page, err = c.Encounters.ListByUser(ctx, host.ID, nil)
	list("user", page.Items, err)
	page, err = c.Encounters.ListInInstance(ctx, nil)
	list("all", page.Items, err)
	for name, want := range map[string]int{"patient": 2, "open": 1, "user": 1, "all": 2} {
		if lists[name] != want {
			t.Errorf("%s: %d encounters, want %d", name, lists[name], want)
		}
	}
	fulls := must(c.Encounters.ListFull(ctx, patient, &welkin.EncountersListFullParams{OnlyWithCalendarEvent: new(true)}))(t)
	if len(fulls.Items) != 1 || fulls.Items[0].Encounter.ID != e.ID {
		t.Errorf("full encounters %s", fulls.RawJSON())
	}
	if err := c.Encounters.Delete(ctx, patient, e.ID); err != nil {
		t.Error(err)
	}
	_, err = c.Encounters.Get(ctx, patient, e.ID)
	wantCode(t, err, caremux.ErrNotFound, "ENCOUNTER_NOT_FOUND")
}

func TestTasks(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	patient := srv.AddPatients(1)[0]
	task := must(c.Tasks.Create(ctx, &welkin.TaskCreate{
		Name: "Call back", Status: welkin.TaskStatusTodo, Priority: welkin.TaskPriorityHigh, Assignee: welkin.IDRef{ID: "u1"},
		Patient: &welkin.IDRef{ID: patient}, DueDate: new(at(1, 0)), Watchers: []welkin.IDRef{{ID: "u2"}},
		Comments: []welkin.TextInput{{Text: "first"}},
	}))(t)
	if task.Patient.Name != "Patient 0001" || task.Author.Name != "API_CLIENT:WELKINTEST" ||
		task.Comments[0].ID == "" || task.Watchers[0].ID != "u2" {
		t.Errorf("created %s", task.RawJSON())
	}
	must(c.Tasks.Create(ctx, &welkin.TaskCreate{Name: "Other", Status: "TODO", Priority: "LOW", Assignee: welkin.IDRef{ID: "u3"}}))(t)
	for name, test := range map[string]struct {
		params welkin.TasksListParams
		want   int
	}{
		"all":      {welkin.TasksListParams{}, 2},
		"assignee": {welkin.TasksListParams{AssigneeID: new("u1")}, 1},
		"patient":  {welkin.TasksListParams{PatientID: &patient}, 1},
		"watcher":  {welkin.TasksListParams{WatcherID: new("u2")}, 1},
		"related":  {welkin.TasksListParams{RelatedUserID: new("u3")}, 1},
		"priority": {welkin.TasksListParams{Priority: []welkin.TaskPriority{"LOW", "HIGH"}, Status: []welkin.TaskStatus{"TODO"}}, 2},
		"due":      {welkin.TasksListParams{DueBefore: new(at(2, 0))}, 1},
		"not due":  {welkin.TasksListParams{DueBefore: new(at(0, 0))}, 0},
		"search":   {welkin.TasksListParams{Search: new("call")}, 1},
	} {
		if page := must(c.Tasks.List(ctx, &test.params))(t); len(page.Items) != test.want {
			t.Errorf("%s: %d tasks, want %d", name, len(page.Items), test.want)
		}
	}
	if got := must(c.Tasks.AddWatcher(ctx, task.ID, &welkin.IDRef{ID: "u4"}))(t); len(got.Watchers) != 2 {
		t.Errorf("watched %s", got.RawJSON())
	}
	if got := must(c.Tasks.RemoveWatcher(ctx, task.ID, "u2"))(t); len(got.Watchers) != 1 || got.Watchers[0].ID != "u4" {
		t.Errorf("no longer watched %s", got.RawJSON())
	}
	if got := must(c.Tasks.AddComment(ctx, task.ID, &welkin.TextInput{Text: "second"}))(t); len(got.Comments) != 2 ||
		got.Comments[1].Text != "second" {
		t.Errorf("commented %s", got.RawJSON())
	}
	if got := must(c.Tasks.RemoveComment(ctx, task.ID, task.Comments[0].ID))(t); len(got) != 1 || len(got[0].Comments) != 1 {
		t.Errorf("comment removed %v", got)
	}
	if got := must(c.Tasks.Update(ctx, task.ID, &welkin.TaskUpdate{Name: new("Call again")}))(t); got.Name != "Call again" ||
		got.Status != "TODO" {
		t.Errorf("updated %s", got.RawJSON())
	}
	must(c.Tasks.UpdateStatusBatch(ctx, &welkin.TaskStatusBatchUpdate{TaskIDs: []string{task.ID}, Status: "COMPLETED"}))(t)
	if got := must(c.Tasks.Get(ctx, task.ID))(t); got.Status != "COMPLETED" {
		t.Errorf("after the batch %s", got.RawJSON())
	}
	_, err := c.Tasks.UpdateStatusBatch(ctx, &welkin.TaskStatusBatchUpdate{TaskIDs: []string{"unknown"}, Status: "COMPLETED"})
	wantCode(t, err, caremux.ErrNotFound, "TASK_NOT_FOUND")
}

func TestAnEncounterMakesItsAppointment(t *testing.T) {
	srv, c := setup(t)
	ctx := t.Context()
	patient := srv.AddPatients(1)[0]
	e := must(c.Encounters.Create(ctx, patient, &welkin.EncounterCreate{CurrentScheduledAppointment: event(1, "host", patient)}))(t)
	made := must(c.CalendarEvents.List(ctx, nil))(t).Items
	if len(made) != 1 || e.JSONBody.CalendarEventID != made[0].ID || e.JSONBody.CalendarEvent.ID != made[0].ID ||
		!e.JSONBody.CalendarEventStartDatetime.Equal(made[0].StartDateTime.Time) {
		t.Errorf("created %s with %d events", e.RawJSON(), len(made))
	}
	if full := must(c.Encounters.GetFull(ctx, patient, e.ID))(t); full.CalendarEvent == nil || full.CalendarEvent.ID != made[0].ID {
		t.Errorf("full %s", full.RawJSON())
	}
	_, err := c.Encounters.Create(ctx, patient, &welkin.EncounterCreate{CurrentScheduledAppointment: func() *welkin.CalendarEventCreate {
		impossible := event(1, "host")
		impossible.HostID = "somebody else"
		return impossible
	}()})
	wantCode(t, err, caremux.ErrInvalid, "HOST_NOT_IN_PARTICIPANTS")
	if page := must(c.Encounters.List(ctx, patient, nil))(t); len(page.Items) != 1 {
		t.Errorf("%d encounters", len(page.Items))
	}
}
