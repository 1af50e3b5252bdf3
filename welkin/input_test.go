package welkin_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/oapi-codegen/nullable"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

func TestBadInputIsNamedAndNothingIsSent(t *testing.T) {
	for _, tt := range []struct {
		name  string
		call  func(context.Context, *welkin.Client) error
		field string
	}{
		{"empty id", func(ctx context.Context, c *welkin.Client) error {
			_, err := c.Patients.Get(ctx, "", nil)
			return err
		}, "patientId"},
		{"way up in an id", func(ctx context.Context, c *welkin.Client) error {
			_, err := c.Patients.Get(ctx, "../admin", nil)
			return err
		}, "patientId"},
		{"dots as an id", func(ctx context.Context, c *welkin.Client) error {
			return c.Patients.Delete(ctx, "..")
		}, "patientId"},
		{"query in an id", func(ctx context.Context, c *welkin.Client) error {
			_, err := c.Tasks.Get(ctx, "1?status=TODO")
			return err
		}, "taskId"},
		{"escaped slash in an id", func(ctx context.Context, c *welkin.Client) error {
			_, err := c.Tasks.Get(ctx, "a%2Fb")
			return err
		}, "taskId"},
		{"second id empty", func(ctx context.Context, c *welkin.Client) error {
			_, err := c.Encounters.Get(ctx, charlie, "")
			return err
		}, "encounterId"},
		{"no body", func(ctx context.Context, c *welkin.Client) error {
			_, err := c.Patients.Create(ctx, nil)
			return err
		}, "body"},
		{"no filter", func(ctx context.Context, c *welkin.Client) error {
			_, err := c.Patients.Search(ctx, nil, nil)
			return err
		}, "body"},
		{"no fields for a custom data record", func(ctx context.Context, c *welkin.Client) error {
			_, err := welkin.CDTRecords[vitals](c, "vitals").Create(ctx, charlie, nil)
			return err
		}, "body"},
		{"required text missing", func(ctx context.Context, c *welkin.Client) error {
			_, err := c.Patients.Create(ctx, &welkin.PatientCreate{FirstName: "Charlie"})
			return err
		}, "lastName"},
		{"required time missing", func(ctx context.Context, c *welkin.Client) error {
			e := event()
			e.EndDateTime = caremux.Time{}
			_, err := c.CalendarEvents.Create(ctx, e)
			return err
		}, "endDateTime"},
		{"required list missing", func(ctx context.Context, c *welkin.Client) error {
			e := event()
			e.Participants = nil
			_, err := c.CalendarEvents.Create(ctx, e)
			return err
		}, "participants"},
		{"required member of a list's element missing", func(ctx context.Context, c *welkin.Client) error {
			e := event()
			e.Participants[1].ParticipantID = ""
			_, err := c.CalendarEvents.Create(ctx, e)
			return err
		}, "participants[1].participantId"},
		{"number out of bounds", func(ctx context.Context, c *welkin.Client) error {
			days := weekDays(9, 18)
			days[0].Day = 8
			_, err := c.WorkHours.Create(ctx, &welkin.WorkHoursCreate{
				PsmID: psm, StartDateTime: year2020, EndDateTime: january, DaysInfo: days,
			})
			return err
		}, "daysInfo[0].day"},
		{"negative page", func(ctx context.Context, c *welkin.Client) error {
			_, err := c.Patients.List(ctx, &welkin.PatientsListParams{Page: new(-1)})
			return err
		}, "page"},
		{"required parameter missing", func(ctx context.Context, c *welkin.Client) error {
			return c.Chats.Archive(ctx, charlie, &welkin.ChatsArchiveParams{})
		}, "archiveDate"},
		{"required params missing", func(ctx context.Context, c *welkin.Client) error {
			return c.Chats.Archive(ctx, charlie, nil)
		}, "archiveDate"},
		{"iterator over a bad id", func(ctx context.Context, c *welkin.Client) error {
			for _, err := range c.Encounters.All(ctx, "", nil) {
				return err
			}
			return nil
		}, "patientId"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := &vendor{answer: func(*http.Request, int) (int, string) { return 200, `{"id":"1"}` }}
			c := v.client(t)
			err := tt.call(t.Context(), c)
			var argument *caremux.ArgumentError
			if !errors.As(err, &argument) || argument.Field != tt.field || !errors.Is(err, caremux.ErrInvalid) {
				t.Errorf("got %v, want an ArgumentError that names %s", err, tt.field)
			} else if argument.Operation == "" {
				t.Error("the error does not name the operation")
			}
			if len(v.sent) > 0 {
				t.Errorf("sent %q", v.sent)
			}
		})
	}
}

func TestUpdateTellsAbsentNullAndZeroApart(t *testing.T) {
	for _, tt := range []struct {
		name string
		body *welkin.EncounterUpdate
		want string
	}{
		{"absent", &welkin.EncounterUpdate{}, `{}`},
		{"null", &welkin.EncounterUpdate{CalendarEventID: nullable.NewNullNullable[string]()}, `{"calendarEventId":null}`},
		{"value", &welkin.EncounterUpdate{CalendarEventID: nullable.NewNullableWithValue(eventID)},
			`{"calendarEventId":"` + eventID + `"}`},
		{"empty text", &welkin.EncounterUpdate{Notes: new("")}, `{"notes":""}`},
		{"enum", &welkin.EncounterUpdate{Status: new(welkin.EncounterStatusFinalized)}, `{"status":"FINALIZED"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := &vendor{answer: func(*http.Request, int) (int, string) { return 200, `{"id":"1"}` }}
			c := v.client(t, caremux.WithTokenSource(caremux.StaticToken("ready")))
			if _, err := c.Encounters.Update(t.Context(), charlie, "1", tt.body); err != nil {
				t.Fatal(err)
			}
			if v.bodies[0] != tt.want {
				t.Errorf("sent %s, want %s", v.bodies[0], tt.want)
			}
		})
	}
	t.Run("empty list", func(t *testing.T) {
		v := &vendor{answer: func(*http.Request, int) (int, string) { return 200, `{"id":"1"}` }}
		c := v.client(t, caremux.WithTokenSource(caremux.StaticToken("ready")))
		if _, err := c.Patients.Update(t.Context(), charlie, &welkin.PatientUpdate{CareTeam: []welkin.CareTeamMemberInput{}}); err != nil {
			t.Fatal(err)
		}
		if v.bodies[0] != `{"careTeam":[]}` {
			t.Errorf("sent %s", v.bodies[0])
		}
	})
}

func TestAdditionalMembersOfOpenObjectsAreSent(t *testing.T) {
	v := &vendor{answer: func(*http.Request, int) (int, string) { return 200, `{"id":"1"}` }}
	c := v.client(t, caremux.WithTokenSource(caremux.StaticToken("ready")))
	e := &welkin.CalendarEventUpdate{AdditionalInfo: &welkin.CalendarAdditionalInfoInput{
		Remarks: new("mask"), Additional: map[string]any{"room": 1408, "remarks": "must not win"}}}
	if _, err := c.CalendarEvents.Update(t.Context(), eventID, e); err != nil {
		t.Fatal(err)
	}
	if want := `{"additionalInfo":{"remarks":"mask","room":1408}}`; v.bodies[0] != want {
		t.Errorf("sent %s, want %s", v.bodies[0], want)
	}
}
