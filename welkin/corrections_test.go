package welkin_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

// The corrections to the facts about Welkin, a test for each. Each test quotes the line that it holds.

// recorded is a server that answers every call with one body and keeps the last request.
type recorded struct {
	method, path string
	query        map[string][]string
	body         []byte
}

func record(t *testing.T, answer string) (*welkin.Client, *recorded) {
	t.Helper()
	last := &recorded{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		*last = recorded{method: r.Method, path: r.URL.Path, query: r.URL.Query(), body: body}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	c, err := welkin.New(welkin.Credentials{Tenant: "gh", Instance: "sb-demo"}, caremux.WithBaseURL(server.URL),
		caremux.WithTokenSource(caremux.StaticToken("ready")))
	if err != nil {
		t.Fatal(err)
	}
	return c, last
}

// "A live client creates an encounter and its appointment in one call: the body of Encounters.Create takes
// currentScheduledAppointment, a calendar event to be made."
func TestAnEncounterIsCreatedWithItsAppointment(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	c, last := record(t,
		`{"id": "e1", "jsonBody": {"calendarEvent": {"id": "v1", "additionalInfo": null, "participants": [{"id": "p1", "enabled": null}]},
		"currentScheduledAppointment": {"id": "v1", "startDateTime": "2026-11-30T09:00:00.000Z"}}}`)
	appointment := &welkin.CalendarEventCreate{
		StartDateTime: caremux.NewTime(start), EndDateTime: caremux.NewTime(start.Add(time.Hour)), HostID: psm,
		Participants: []welkin.CalendarParticipantInput{{ParticipantID: psm, ParticipantRole: welkin.ParticipantRolePsm}},
	}
	e, err := c.Encounters.Create(t.Context(), charlie, &welkin.EncounterCreate{
		Title: new("Intake"), CurrentScheduledAppointment: appointment,
	})
	if err != nil {
		t.Fatal(err)
	}
	var sent map[string]any
	if err := json.Unmarshal(last.body, &sent); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"title": "Intake", "currentScheduledAppointment": map[string]any{
		"startDateTime": "2026-11-30T09:00:00.000Z", "endDateTime": "2026-11-30T10:00:00.000Z", "hostId": psm,
		"participants": []any{map[string]any{"participantId": psm, "participantRole": "psm"}},
	}}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("the body (-want +got):\n%s", diff)
	}
	if e.JSONBody.CalendarEvent.ID != "v1" || !e.JSONBody.CurrentScheduledAppointment.StartDateTime.Equal(start) {
		t.Errorf("got %s", e.RawJSON())
	}
}

// "WorkHours.List: the documents name the filter psm-ids, live clients send psmIds … send both."
func TestWorkHoursAreFilteredWhicheverNameTheVendorKnows(t *testing.T) {
	t.Parallel()
	c, last := record(t, `[]`)
	if _, err := c.WorkHours.List(t.Context(), &welkin.WorkHoursListParams{PsmIDs: []string{psm, other}}); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"psm-ids": {psm + "," + other}, "psmIds": {psm + "," + other}}
	if diff := cmp.Diff(want, last.query); diff != "" {
		t.Errorf("the query (-want +got):\n%s", diff)
	}
	if _, err := c.WorkHours.List(t.Context(), nil); err != nil || len(last.query) != 0 {
		t.Errorf("without a filter the query is %v (%v)", last.query, err)
	}
}

// "Chats.Archive and Restore: the page says /patient/…, all other chat calls and the live traffic /patients/…."
func TestChatsAreArchivedAndRestoredUnderPatients(t *testing.T) {
	t.Parallel()
	c, last := record(t, "")
	day := caremux.NewTime(time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC))
	if err := c.Chats.Archive(t.Context(), charlie, &welkin.ChatsArchiveParams{ArchiveDate: day}); err != nil {
		t.Fatal(err)
	}
	if want := "/gh/sb-demo/patients/" + charlie + "/chat/archive"; last.path != want {
		t.Errorf("archived at %s", last.path)
	}
	if err := c.Chats.Restore(t.Context(), charlie); err != nil {
		t.Fatal(err)
	}
	if want := "/gh/sb-demo/patients/" + charlie + "/chat/restore"; last.path != want {
		t.Errorf("restored at %s", last.path)
	}
}

// "last and other flags of a page may be null, as unset values are elsewhere."
func TestAPageWhoseFlagsAreNullIsReadByItsTotal(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer string
		more   bool
	}{
		"the total announces more": {
			`{"content": [{"id": "a"}], "last": null, "first": null, "empty": null, "number": null, "totalElements": 3}`, true,
		},
		"the total is reached": {`{"content": [{"id": "a"}], "last": null, "number": 0, "totalElements": 1}`, false},
		"nothing is said": {
			`{"content": [{"id": "a"}], "last": null, "number": null, "totalElements": null, "pageable": null}`, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := record(t, tt.answer)
			page, err := c.Patients.List(t.Context(), &welkin.PatientsListParams{Size: new(2)})
			if tt.more {
				page, err = c.Patients.List(t.Context(), &welkin.PatientsListParams{Size: new(1)})
			}
			if err != nil || len(page.Items) != 1 {
				t.Fatalf("%v, %v", page, err)
			}
			if page.HasNext() != tt.more {
				t.Errorf("HasNext is %v", page.HasNext())
			}
		})
	}
}

// "Live users … carry what it lists." The fields themselves are held by openapi/typed; this is that they arrive as the right values.
func TestALiveUserArrivesWithStatePoliciesAndAccess(t *testing.T) {
	t.Parallel()
	c, _ := record(t, `{"id": "u1", "userState": "ACTIVE", "enabled": true, "mfaEnabled": false, "_root_user": false, "seats": ["CARE"],
		"statusType": null, "policies": [{"permissionName": "p", "type": "SECURITY_POLICY", "effectiveDate": "2026-01-02T03:04:05.000Z"}],
		"territories": [{"name": "west", "territories": ["Reno"]}], "customUserAttributes": {"desk": 4},
		"roles": [{"permissionName": "r", "primaryRole": true, "type": "SECURITY_ROLE"}],
		"applicationAccess": {"adminAccessEnabled": false, "instanceAccesses": [{"instanceName": "i", "userEmailWithInstanceDomain": null}]}}`)
	u, err := c.Users.Get(t.Context(), "u", nil)
	if err != nil {
		t.Fatal(err)
	}
	if u.UserState != welkin.UserStateActive || !*u.Enabled || *u.MfaEnabled || *u.RootUser || u.Seats[0] != "CARE" ||
		u.Policies[0].Type != welkin.PermissionTypeSecurityPolicy || u.Policies[0].EffectiveDate.Year() != 2026 ||
		u.Territories[0].Territories[0] != "Reno" || u.CustomUserAttributes["desk"] != json.Number("4") || !*u.Roles[0].PrimaryRole ||
		*u.ApplicationAccess.AdminAccessEnabled || u.ApplicationAccess.InstanceAccesses[0].InstanceName != "i" {
		t.Errorf("got %+v", u)
	}
	if err := u.Mismatch(); err != nil || u.Extra() != nil {
		t.Errorf("mismatch %v, extra %v", err, u.Extra())
	}
}
