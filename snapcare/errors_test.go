package snapcare_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

// ready is a client with a ready token that always gets one answer.
func ready(t testing.TB, status int, body string) *snapcare.Client {
	t.Helper()
	s := &site{answer: func(*http.Request, int) (int, string) { return status, body }}
	return s.client(t, snapcare.Credentials{Host: "clinic.example", DeveloperID: "dev-1", APIKey: testKey},
		caremux.WithTokenSource(caremux.StaticToken("ready")), caremux.WithRetry(caremux.NoRetry))
}

func TestErrorBodiesAreRead(t *testing.T) {
	const details = `"spCallResult":{"DbName":"ConnectedCareTest","Result":"[]","Duration":260.5497,"ErrorCode":1000404,"Error":"Bob is gone","ExErrorCode":0,"ExError":""}`
	for _, tt := range []struct {
		name    string
		status  int
		body    string
		code    string
		message string
		details bool
		is      []error
	}{
		{"validation", 400, `{"responseCode":1000400,"message":"Bob is late"}`, "1000400",
			"Bob is late", true, []error{caremux.ErrInvalid}},
		{"not found inside a 400", 400, `{"responseCode":1000404,"message":"Bob is gone",` + details + `}`, "1000404", "Bob is gone", true,
			[]error{caremux.ErrNotFound, caremux.ErrInvalid}},
		{"database's words alone", 400, `{` + details + `}`, "1000404", "Bob is gone", true, []error{caremux.ErrNotFound}},
		{"Web API's message", 500, `{"Message":"Bob failed"}`, "", "Bob failed", true, []error{caremux.ErrServer}},
		{"wrong types", 400, `{"responseCode":"x","message":"Bob","spCallResult":[]}`, "", "Bob", true, []error{caremux.ErrInvalid}},
		{"other object", 409, `{"error":"Bob"}`, "", "", false, []error{caremux.ErrConflict}},
		{"JSON text", 404, `"Bob was not found"`, "", "Bob was not found", false, []error{caremux.ErrNotFound}},
		{"expired link", 410, `"expired"`, "", "expired", false, []error{caremux.ErrNotFound}},
		{"HTML", 502, `<html>Bob</html>`, "", "", false, []error{caremux.ErrServer}},
		{"list", 400, `["Bob"]`, "", "", false, []error{caremux.ErrInvalid}},
		{"number", 400, `17`, "", "", false, []error{caremux.ErrInvalid}},
		{"null", 403, `null`, "", "", false, []error{caremux.ErrForbidden}},
		{"nothing", 401, ``, "", "", false, []error{caremux.ErrUnauthorized}},
		{"cut off", 500, `{"message":"Bob`, "", "", false, []error{caremux.ErrServer}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ready(t, tt.status, tt.body).Account.GetUser(t.Context())
			var e *caremux.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			for _, is := range tt.is {
				if !errors.Is(err, is) {
					t.Errorf("%v does not match %v", err, is)
				}
			}
			if e.Status != tt.status || e.Code != tt.code || e.Message != tt.message || string(e.Body()) != tt.body {
				t.Errorf("got %d %q %q %q", e.Status, e.Code, e.Message, e.Body())
			}
			answer, ok := e.Details.(*snapcare.ErrorResponse)
			if ok != tt.details {
				t.Errorf("Details = %#v", e.Details)
			}
			if strings.Contains(tt.body, details) {
				if r := answer.SPCallResult; r == nil || r.DBName != "ConnectedCareTest" || r.Result != "[]" ||
					*r.Duration != 260.5497 || *r.ExErrorCode != 0 {
					t.Errorf("spCallResult is %+v", r)
				}
			}
			if strings.Contains(err.Error(), "Bob") || strings.Contains(err.Error(), "html") {
				t.Errorf("the text holds the vendor's words: %v", err)
			}
		})
	}
}

func TestNullInPlaceOfARecordIsNotFound(t *testing.T) {
	for _, body := range []string{`null`, ` null `, `{"data":null}`, `{"data":[]}`, `{"data":[null],"total":1}`} {
		user, err := ready(t, 200, body).Account.GetUser(t.Context())
		if !errors.Is(err, caremux.ErrNotFound) || user != nil {
			t.Errorf("%s: got %v, %v", body, user, err)
		}
	}
	if _, err := ready(t, 200, `null`).Encounters.RenewGuestToken(t.Context()); !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("scalar: %v", err)
	}
	for _, body := range []string{`{"data":[]}`, `[]`} {
		page, err := listParticipants(t, ready(t, 200, body))
		if err != nil || len(page) != 0 {
			t.Errorf("list %s: got %v, %v", body, page, err)
		}
	}
}

// TestNullInPlaceOfAListOrOfWhatWasMadeIsUnreadable has what says nothing of whether there is something.
func TestNullInPlaceOfAListOrOfWhatWasMadeIsUnreadable(t *testing.T) {
	for _, body := range []string{`{"data":null}`, `null`, `{"data":[null]}`} {
		if page, err := listParticipants(t, ready(t, 200, body)); !errors.Is(err, caremux.ErrUnreadable) {
			t.Errorf("list %s: got %v, %v", body, page, err)
		}
	}
	for _, body := range []string{`null`, `{"data":null}`, `{"data":[]}`, `{"message":"no such user","total":0}`} {
		_, err := ready(t, 200, body).Encounters.MarkFulfilledByPatient(t.Context(), 7)
		var e *caremux.Error
		if !errors.As(err, &e) || (!errors.Is(err, caremux.ErrUnreadable) || errors.Is(err, caremux.ErrNotFound) || !e.MaybeApplied()) {
			t.Errorf("write %s: %v", body, err)
		}
	}
}

func FuzzErrorBody(f *testing.F) {
	f.Add(`{"responseCode":1000404,"message":"m","spCallResult":{"Duration":1.5}}`)
	f.Add(`"text"`)
	f.Add(`<html>`)
	f.Fuzz(func(t *testing.T, body string) {
		_, err := ready(t, 400, body).Account.GetUser(t.Context())
		var e *caremux.Error
		if !errors.As(err, &e) || e.Status != 400 || string(e.Body()) != body {
			t.Errorf("got %v", err)
		}
	})
}

func listParticipants(t *testing.T, c *snapcare.Client) ([]snapcare.ConsultationParticipant, error) {
	t.Helper()
	page, err := c.Participant("p").Encounters.ListParticipantsByJWT(t.Context())
	if err != nil {
		return nil, err
	}
	return page.Items, nil
}
