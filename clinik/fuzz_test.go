package clinik_test

import (
	"net/http"
	"reflect"
	"regexp"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/proof/roundtrip"
)

// models are all that calls and events are decoded into.
func models(t testing.TB) []reflect.Type {
	t.Helper()
	found := roundtrip.Models(always(200, "").client(t), clinik.WebhookEvent{})
	if len(found) < 60 {
		t.Errorf("only %d models were found", len(found))
	}
	return found
}

func FuzzModels(f *testing.F) { roundtrip.Fuzz(f, models(f)) }

func TestModelsComeBackAsTheyWere(t *testing.T) { roundtrip.Run(t, models(t)) }

func FuzzMeta(f *testing.F) {
	f.Add(`{"data":{"id":"1"},"meta":{"requestId":"r","timestamp":"2024-10-29T08:13:06Z","rateLimitRemaining":5,"rateLimitReset":60}}`,
		"12", "2024-10-29T08:13:06Z")
	f.Add(`{"meta":{"rateLimitReset":1e300,"rateLimitTotal":"x"}}`, "unlimited", "")
	f.Add(`{"meta":[]}`, "-9223372036854775809", "0")
	f.Add(`<html>`, "", "yesterday")
	f.Fuzz(func(t *testing.T, body, figure, moment string) {
		var r caremux.Response
		header := http.Header{"X-Quota-Limit": {figure}, "X-Sandbox-Used": {figure}, "X-Ratelimit-Reset": {figure},
			"X-Quota-Reset": {moment}, "X-Timestamp": {moment}}
		nw := &network{answer: func(*http.Request, int) (*http.Response, error) {
			resp := reply(200, body)
			resp.Header = header
			return resp, nil
		}}
		got, err := nw.client(t, caremux.WithRetry(caremux.NoRetry)).Patients.Get(t.Context(), "1", nil, caremux.WithResponse(&r))
		if (got == nil) == (err == nil) {
			t.Errorf("got %v and %v", got, err)
		}
		meta, ok := r.Meta.(*clinik.Meta)
		if !ok {
			t.Fatalf("Meta is %T", r.Meta)
		}
		if (meta.Quota == nil) != (figure == "" && moment == "") {
			t.Errorf("limit %q and reset %q give %+v", figure, moment, meta.Quota)
		}
	})
}

// errorText is all that the text of an error may be, whatever the vendor says.
var errorText = regexp.MustCompile(
	`^clinik: Patients\.Get: GET /v1/patients/\{id\}: \d{3}( [\w.:/-]{1,64})?( \(request [\w.:/-]{1,64}\))?$`)

func FuzzErrorText(f *testing.F) {
	for _, body := range []string{
		`{"code":"A B","message":"Jane","requestId":"r 1"}`, `{"code":"X","requestId":"r-1"}`, `"Jane\nDoe"`, `<html>`, ``,
	} {
		f.Add(400, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 400 || status > 599 {
			status = 400
		}

		_, err := always(status, body).client(t, caremux.WithRetry(caremux.NoRetry)).Patients.Get(t.Context(), "1", nil)
		if err == nil || !errorText.MatchString(err.Error()) {
			t.Errorf("%d %q gives %v", status, body, err)
		}
	})
}
