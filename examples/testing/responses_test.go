package visits

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

// A fake has records, and checks every request. Where a test needs a response or two and no more, httpmock is enough: it stands
// in for the network below the client of production, whose checks, retries and errors are those of every day.

// events is the address of this clinic's events at Welkin.
const events = welkin.BaseURL + "/clinic/live/calendar/events"

// mocked returns a client whose requests go where the option says. It has a token, so that no login needs a response.
func mocked(t *testing.T, network caremux.Option) *welkin.Client {
	t.Helper()
	c, err := welkin.New(welkin.Credentials{Tenant: "clinic", Instance: "live"}, network,
		caremux.WithTokenSource(caremux.StaticToken("a-token-of-tests")),
		caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestRemindersOfAResponse mocks the transport of an http.Client, such as one that has a cookie jar or a timeout of its own.
func TestRemindersOfAResponse(t *testing.T) {
	mock := httpmock.NewMockTransport() // one for each test; httpmock.Activate would change all clients of the process
	c := mocked(t, caremux.WithHTTPClient(&http.Client{Transport: mock}))

	morning := time.Date(2030, 5, 6, 8, 0, 0, 0, time.UTC)
	list := httpmock.NewStringResponder(http.StatusOK, `{"last": true, "content": [
		{"id": "event-1", "eventTitle": "Has begun", "startDateTime": "2030-05-06T07:45:00.000Z"},
		{"id": "event-2", "eventTitle": "Blood pressure", "startDateTime": "2030-05-06T09:00:00.000Z", "participants": [
			{"participantId": "doctor-1", "participantRole": "psm"},
			{"participantId": "patient-1", "participantRole": "patient"}
		]}
	]}`)
	mock.RegisterMatcherResponder("GET", events,
		httpmock.NewMatcher("the range of the call", func(r *http.Request) bool {
			q := r.URL.Query()
			return q.Get("from") == "2030-05-06T08:00:00.000Z" && q.Get("to") == "2030-05-06T18:00:00.000Z"
		}),
		httpmock.NewStringResponder(http.StatusServiceUnavailable, "").Then(list)) // the client retries

	got, err := Reminders(t.Context(), c, morning, morning.Add(10*time.Hour))
	if err != nil || len(got) != 1 || got[0] != (Reminder{"patient-1", "Blood pressure", morning.Add(time.Hour)}) {
		t.Errorf("got %v, %v", got, err)
	}
	if n := mock.GetTotalCallCount(); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

// TestScheduleReportsARefusal mocks the transport alone, which leaves the http.Client to caremux.
func TestScheduleReportsARefusal(t *testing.T) {
	mock := httpmock.NewMockTransport() // a request without a responder fails
	c := mocked(t, caremux.WithTransport(mock))

	mock.RegisterResponder("GET", events+"/visit-7", httpmock.NewStringResponder(http.StatusNotFound, ""))
	var sent struct {
		ExternalID    string `json:"externalId"`
		EventTitle    string `json:"eventTitle"`
		StartDateTime string `json:"startDateTime"`
		EndDateTime   string `json:"endDateTime"`
	}
	mock.RegisterResponder("POST", events, func(r *http.Request) (*http.Response, error) {
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			return nil, err
		}
		return httpmock.NewStringResponse(http.StatusBadRequest, `{"code": "HOST_ON_LEAVE", "message": "not on that day"}`), nil
	})

	_, err := Schedule(t.Context(), c, Visit{
		ID: "visit-7", Title: "Blood pressure", Patient: "patient-1", Clinician: "doctor-1",
		Start: time.Date(2030, 5, 6, 9, 0, 0, 0, time.UTC), Length: 20 * time.Minute,
	})
	var refused *caremux.Error
	if !errors.As(err, &refused) || !errors.Is(err, caremux.ErrInvalid) || refused.MaybeApplied() {
		t.Errorf("got %v", err)
	}
	if sent.ExternalID != "visit-7" || sent.EventTitle != "Blood pressure" ||
		sent.StartDateTime != "2030-05-06T09:00:00.000Z" || sent.EndDateTime != "2030-05-06T09:20:00.000Z" {
		t.Errorf("sent %+v", sent)
	}
	if calls := mock.GetCallCountInfo(); calls["GET "+events+"/visit-7"] != 1 || calls["POST "+events] != 1 {
		t.Errorf("requests: %v, want one look and one create", calls)
	}
}
