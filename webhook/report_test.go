package webhook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caremux/caremux/webhook"
)

func TestErrorsOfAFormatAreLoggedWithoutTheBody(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"an argument error": {
			&webhook.ArgumentError{Field: "event.id", Rule: "is missing"}, `error="webhook: event.id is missing"`,
		},
		"an argument error, inside": {
			fmt.Errorf("private %w", &webhook.ArgumentError{Field: "id", Rule: "is missing"}), `error="webhook: id is missing"`,
		},
		"any other":         {errors.New("private"), "error=*errors.errorString"},
		"any other, inside": {fmt.Errorf("private: %w", &json.SyntaxError{}), "error=*json.SyntaxError"},
	} {
		t.Run(name, func(t *testing.T) {
			format := acme()
			format.Describe = func(http.Header, []byte) (webhook.Event, error) { return webhook.Event{}, c.err }
			r := newReceiver(t, format)
			a := r.send(t, `{}`)
			a.want(t, 400, webhook.OutcomeUndecodable)
			if got := r.log.String(); !strings.Contains(got, c.want) || strings.Contains(got, "private") {
				t.Errorf("logged %s", got)
			}
			if a.report.Err != c.err {
				t.Errorf("reported %v", a.report.Err)
			}
		})
	}
}
