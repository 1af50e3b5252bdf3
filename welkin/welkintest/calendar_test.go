package welkintest_test

import (
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

func event(day int, host string, others ...string) *welkin.CalendarEventCreate {
	e := &welkin.CalendarEventCreate{
		StartDateTime: at(day, 10), EndDateTime: at(day, 11), HostID: host, EventTitle: new("Visit"),
		EventType:    new(welkin.CalendarEventTypeAppointment),
		Participants: []welkin.CalendarParticipantInput{{ParticipantID: host, ParticipantRole: welkin.ParticipantRolePsm}},
	}
	for _, id := range others {
		e.Participants = append(e.Participants, welkin.CalendarParticipantInput{
			ParticipantID: id, ParticipantRole: welkin.ParticipantRolePatient,
		})
	}
	return e
}

func TestEvents(t *testing.T) {
	_, c := setup(t)
	ctx := t.Context()
	input := event(2, "host", "guest")
	input.ExternalID = new("ext")
	e := must(c.CalendarEvents.Create(ctx, input))(t)
	if *e.Duration != 3600 || e.EventStatus != "SCHEDULED" || len(e.Participants) != 2 || e.Participants[1].ID == "" ||
		!e.LocalStartDateTime.Equal(e.StartDateTime.Time) {
		t.Errorf("created %s", e.RawJSON())
	}
	if got := must(c.CalendarEvents.Get(ctx, "ext",
		&welkin.CalendarEventsGetParams{Type: new(welkin.CalendarEventIDTypeExternalID)}))(t); got.ID != e.ID {
		t.Error("not found by the external id")
	}
	_, err := c.CalendarEvents.Create(ctx, input)
	wantCode(t, err, caremux.ErrInvalid, "EXTERNAL_ID_TAKEN")

	if err := c.CalendarEvents.UpdateInvitation(ctx, e.ID, &welkin.InvitationUpdate{
		ParticipantID: "guest", ParticipationStatus: "Yes",
	}); err != nil {
		t.Error(err)
	}
	err = c.CalendarEvents.UpdateInvitation(ctx, e.ID, &welkin.InvitationUpdate{ParticipantID: "stranger", ParticipationStatus: "Yes"})
	wantCode(t, err, caremux.ErrInvalid, "NOT_A_PARTICIPANT")

	changed := must(c.CalendarEvents.Update(ctx, e.ID, &welkin.CalendarEventUpdate{EndDateTime: new(at(2, 12))}))(t)
	if *changed.Duration != 7200 || changed.EventTitle != "Visit" || changed.ExternalID != "ext" ||
		changed.Participants[1].ParticipationStatus != "Yes" {
		t.Errorf("updated %s", changed.RawJSON())
	}
	_, err = c.CalendarEvents.Update(ctx, e.ID, &welkin.CalendarEventUpdate{HostID: new("stranger")})
	wantCode(t, err, caremux.ErrInvalid, "HOST_NOT_IN_PARTICIPANTS")

	input = event(3, "guest", "new")
	input.EventTitle = nil
	replaced := must(c.CalendarEvents.Replace(ctx, e.ID, new(welkin.CalendarEventReplace(*input))))(t)
	if replaced.ID != e.ID || replaced.EventTitle != "" || replaced.ExternalID != "" ||
		replaced.Participants[0].ParticipationStatus != "Yes" ||
		!replaced.CreatedAt.Equal(e.CreatedAt.Time) {
		t.Errorf("replaced %s", replaced.RawJSON())
	}

	if err := c.CalendarEvents.Delete(ctx, e.ID); err != nil {
		t.Error(err)
	}
	if got := must(c.CalendarEvents.Get(ctx, e.ID, nil))(t); got.EventStatus != "CANCELLED" {
		t.Errorf("deleted %s", got.RawJSON())
	}
}

func TestEventThatIsMovedIsListedAtItsNewTimeAlone(t *testing.T) {
	_, c := setup(t)
	e := must(c.CalendarEvents.Create(t.Context(), event(2, "host")))(t)
	move := &welkin.CalendarEventUpdate{StartDateTime: new(at(5, 10)), EndDateTime: new(at(5, 11))}
	must(c.CalendarEvents.Update(t.Context(), e.ID, move))(t)
	for day, want := range map[int]int{2: 0, 5: 1} {
		on := &welkin.CalendarEventsListParams{From: new(at(day, 0)), To: new(at(day, 23))}
		page := must(c.CalendarEvents.List(t.Context(), on))(t)
		if len(page.Items) != want {
			t.Errorf("day %d has %d events, want %d", day, len(page.Items), want)
		}
	}
}

func TestEventRules(t *testing.T) {
	_, c := setup(t)
	ctx := t.Context()
	input := event(1, "host")
	input.HostID = "somebody else"
	_, err := c.CalendarEvents.Create(ctx, input)
	wantCode(t, err, caremux.ErrInvalid, "HOST_NOT_IN_PARTICIPANTS")

	input = event(1, "host")
	input.EndDateTime = at(0, 0)
	_, err = c.CalendarEvents.Create(ctx, input)
	wantCode(t, err, caremux.ErrInvalid, "INVALID_EVENT_TIME")

	past := must(c.CalendarEvents.Create(ctx, event(-1, "host")))(t)
	wantCode(t, c.CalendarEvents.Delete(ctx, past.ID), caremux.ErrInvalid, "EVENT_NOT_IN_FUTURE")
	wantCode(t, c.CalendarEvents.Delete(ctx, "unknown"), caremux.ErrNotFound, "CALENDAR_EVENT_NOT_FOUND")
	_, err = c.CalendarEvents.Replace(ctx, "unknown", new(welkin.CalendarEventReplace(*event(1, "host"))))
	wantCode(t, err, caremux.ErrNotFound, "CALENDAR_EVENT_NOT_FOUND")
}

func TestEventLists(t *testing.T) {
	_, c := setup(t)
	ctx := t.Context()
	for _, input := range []*welkin.CalendarEventCreate{event(1, "a", "p"), event(2, "b"), event(3, "a"), event(4, "b", "p")} {
		must(c.CalendarEvents.Create(ctx, input))(t)
	}
	leave := event(5, "c")
	leave.EventType = new(welkin.CalendarEventTypeLeave)
	gone := must(c.CalendarEvents.Create(ctx, leave))(t)
	if err := c.CalendarEvents.Delete(ctx, gone.ID); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		params welkin.CalendarEventsListParams
		want   int
	}{
		"all":            {welkin.CalendarEventsListParams{}, 4},
		"with cancelled": {welkin.CalendarEventsListParams{IncludeCancelled: new(true)}, 5},
		"leave":          {welkin.CalendarEventsListParams{IncludeCancelled: new(true), EventType: new(welkin.CalendarEventTypeLeave)}, 1},
		"patient":        {welkin.CalendarEventsListParams{ParticipantIDs: []string{"p"}}, 2},
		"either":         {welkin.CalendarEventsListParams{ParticipantIDs: []string{"p", "a"}}, 3},
		"range":          {welkin.CalendarEventsListParams{From: new(at(2, 0)), To: new(at(4, 0))}, 2},
		"running":        {welkin.CalendarEventsListParams{From: new(caremux.NewTime(at(2, 10).Add(time.Minute))), To: new(at(3, 0))}, 1},
	} {
		page := must(c.CalendarEvents.List(ctx, &test.params))(t)
		if len(page.Items) != test.want {
			t.Errorf("%s: %d events, want %d", name, len(page.Items), test.want)
		}
	}
}

// A week of work hours from Monday 2024-01-01, with one event on its Tuesday.
func week() *welkin.WorkHoursCreate {
	day := func(d time.Time) caremux.Time { return caremux.NewTime(d) }
	monday := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	return &welkin.WorkHoursCreate{
		PsmID: "psm", StartDateTime: day(monday), EndDateTime: day(monday.AddDate(0, 0, 7).Add(-time.Second)),
		DaysInfo: []welkin.DayInfoInput{
			{Day: 1, StartTime: caremux.NewTimeOfDay(9, 0, 0), EndTime: caremux.NewTimeOfDay(18, 0, 0)},
			{Day: 2, StartTime: caremux.NewTimeOfDay(9, 0, 0), EndTime: caremux.NewTimeOfDay(10, 0, 0)},
		},
	}
}

func TestWorkHours(t *testing.T) {
	_, c := setup(t)
	ctx := t.Context()
	created := must(c.WorkHours.Create(ctx, week()))(t)
	entry := created.Details[0]
	if created.PsmID != "psm" || entry.WorkHoursID == "" || entry.DaysInfo[1].DaysInfoID == "" ||
		entry.DaysInfo[0].StartTime.Text() != "09:00:00" {
		t.Errorf("created %s", created.RawJSON())
	}
	second := week()
	second.PsmID = "other"
	must(c.WorkHours.Create(ctx, second))(t)
	for name, test := range map[string]struct {
		params welkin.WorkHoursListParams
		want   int
	}{
		"all":   {welkin.WorkHoursListParams{}, 2},
		"user":  {welkin.WorkHoursListParams{PsmIDs: []string{"psm", "nobody"}}, 1},
		"later": {welkin.WorkHoursListParams{From: new(at(0, 0))}, 0},
	} {
		page := must(c.WorkHours.List(ctx, &test.params))(t)
		if len(page.Items) != test.want {
			t.Errorf("%s: %d users, want %d", name, len(page.Items), test.want)
		}
	}
	change := week()
	change.DaysInfo = change.DaysInfo[:1]
	flat := must(c.WorkHours.Replace(ctx, entry.WorkHoursID, new(welkin.WorkHoursReplace(*change))))(t)
	if len(flat.DaysInfo) != 1 || flat.PsmID != "psm" {
		t.Errorf("updated %s", flat.RawJSON())
	}
	_, err := c.WorkHours.Replace(ctx, "unknown", new(welkin.WorkHoursReplace(*change)))
	wantCode(t, err, caremux.ErrNotFound, "WORK_HOURS_NOT_FOUND")
}

func TestSchedulesAndSummary(t *testing.T) {
	_, c := setup(t)
	ctx := t.Context()
	must(c.WorkHours.Create(ctx, week()))(t)
	input := event(0, "psm")
	input.StartDateTime = caremux.NewTime(time.Date(2024, 1, 2, 9, 0, 0, 0, time.UTC))
	input.EndDateTime = caremux.NewTime(time.Date(2024, 1, 2, 11, 30, 0, 0, time.UTC))
	must(c.CalendarEvents.Create(ctx, input))(t)
	must(c.CalendarEvents.Create(ctx, event(1, "idle")))(t)

	all := must(c.Schedules.List(ctx, nil))(t).Items
	if len(all) != 2 || len(all[0].WorkHours) != 1 || len(all[0].Events) != 1 ||
		all[0].Events[0].EventTitle != "Visit" || len(all[1].WorkHours) != 0 {
		t.Errorf("schedules %+v", all)
	}
	if full := must(c.Schedules.ListFull(ctx, nil))(t).Items; len(full) != 2 {
		t.Errorf("%d full schedules", len(full))
	}
	available := must(c.Schedules.ListAvailable(ctx, &welkin.SchedulesListAvailableParams{PsmIDs: []string{"psm", "idle"}}))(t).Items
	if len(available) != 1 || available[0].PsmID != "psm" {
		t.Errorf("available %+v", available)
	}

	summary := must(c.CalendarEvents.GetSummary(ctx, &welkin.CalendarEventsGetSummaryParams{
		PsmIDs: []string{"psm"}, From: new(caremux.NewTime(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))),
		To: new(caremux.NewTime(time.Date(2024, 1, 8, 0, 0, 0, 0, time.UTC))),
	}))(t)
	if got := summary.Summary[0]; *got.TotalCreatedEvents != 1 || *got.TotalOccurredEvents != 1 || *got.TotalFutureEvents != 0 ||
		got.TotalWorkingHours != "10.0 hours" || got.TotalEventHours != "2.5 hours" || got.Occupancy != "25.0%" ||
		got.EventStatusCount["SCHEDULED"] != 1 {
		t.Errorf("summary %s", summary.RawJSON())
	}
}
