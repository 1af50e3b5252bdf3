package clinik_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

// What must not get into a log.
const (
	canaryKey  = "clk_live_C4naryOfTheKey"
	canaryName = "Zanzibarra Quixworth"
	canaryFone = "5550100377"
	canaryText = "her canary sings at dawn"
	canaryMail = "zanzi@quixworth.example"
	canaryID   = "pt_quixid77"
)

var canaries = []string{"C4naryOfTheKey", "Zanzibarra", "Quixworth", "quixworth", canaryFone, "sings at dawn", "pt_quixid77", "1931-01"}

// heard is a log that several goroutines may write to.
type heard struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.String()
}

// TestNothingAboutAPersonGetsIntoErrorsOrLogs sends and gets a person's data through a success and every failure.
func TestNothingAboutAPersonGetsIntoErrorsOrLogs(t *testing.T) {
	const person = `{"id":"` + canaryID + `","firstName":"` + canaryName + `","phone":"` + canaryFone +
		`","birthDate":"1931-01-02","note":"` + canaryText + `"}`
	retry := caremux.RetryPolicy{MaxAttempts: 2, MinWait: time.Millisecond, MaxWait: time.Millisecond}
	answers := map[string]func(r *http.Request) (*http.Response, error){}
	answer := func(name string, status int, body string, header ...string) {
		answers[name] = func(*http.Request) (*http.Response, error) { return reply(status, body, header...), nil }
	}
	answer("success", 200, `{"data":`+person+`,"meta":{"requestId":"`+canaryMail+`"}}`)
	answer("page", 200, `{"data":{"data":[`+person+`],"hasMore":false}}`)
	answer("page that leads in a circle", 200, `{"data":{"data":[`+person+`],"cursor":"`+canaryName+`","hasMore":true}}`)
	answer("issues", 422, `{"error":"`+canaryText+`","message":"`+canaryName+
		`","code":"VALIDATION_ERROR","requestId":"`+canaryMail+`","issues":[
		{"severity":"error","code":"`+canaryText+`","diagnostics":"phone: `+canaryFone+` is none"},{"diagnostics":"`+canaryFone+`: none"},
		{"diagnostics":"`+canaryName+`: unknown"},{"location":["`+canaryName+`","`+canaryText+`"],"diagnostics":"`+canaryText+`"}]}`)
	answer("prose for a code", 400, `{"code":"`+canaryName+`","message":"`+canaryText+`"}`)
	answer("unauthorized", 401, `{"code":"INVALID_KEY","message":"`+canaryKey+` is unknown"}`)
	answer("forbidden", 403, `{"error":"`+canaryText+`"}`)
	answer("not found", 404, `{"error":"`+canaryID+`","code":"NOT_FOUND"}`)
	answer("conflict", 409, person)
	answer("rate limit", 429, `{"code":"RATE_LIMITED","message":"`+canaryText+`"}`, "Retry-After", "1")
	answer("quota", 429, `{"code":"MONTHLY_QUOTA_EXCEEDED","message":"`+canaryText+`"}`)
	answer("server error", 500, `{"code":"INTERNAL_ERROR","message":"`+canaryText+`"}`)
	answer("HTML", 502, `<html>`+canaryText+`</html>`)
	answer("FHIR", 200, `{"data":{"resourceType":"Patient","id":"`+canaryID+`","name":[{"text":"`+canaryName+`"}]}}`)
	answer("FHIR of an odd type", 200, `{"data":{"resourceType":"`+canaryName+`"}}`)
	answer("FHIR in a page", 200, `{"data":{"data":[{"resourceType":"Patient","name":"`+canaryName+`"}]}}`)
	answer("no JSON", 200, canaryText)
	answer("cut-off JSON", 200, `{"data":`+person[:len(person)-3])
	answer("JSON with an odd character", 200, `{"data":{"firstName":`+canaryText+`}}`)
	answer("other types", 200, `{"data":{"id":1931,"firstName":["`+canaryName+`"],"active":"`+canaryText+
		`","birthDate":{"a":"`+canaryText+`"}}}`)
	answer("data null", 200, `{"data":null,"meta":{"requestId":"`+canaryMail+`"}}`)
	answer("redirect", 307, ``, "Location", "https://elsewhere.example/"+canaryID+"?name="+canaryFone)
	answers["cut-off body"] = func(*http.Request) (*http.Response, error) {
		resp := reply(200, `{"data":`+person)
		resp.ContentLength += 100
		return resp, nil
	}
	answers["reset"] = func(r *http.Request) (*http.Response, error) {
		return nil, errors.New("read tcp: reset while sending " + r.URL.String() + " " + canaryKey)
	}
	answers["end"] = func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }
	answers["stall"] = func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}

	calls := map[string]func(context.Context, *clinik.Client, ...caremux.RequestOption) error{
		"get": func(ctx context.Context, c *clinik.Client, opts ...caremux.RequestOption) error {
			_, err := c.Patients.Get(ctx, canaryID, &clinik.PatientsGetParams{RevInclude: []string{canaryFone}}, opts...)
			return err
		},
		"search": func(ctx context.Context, c *clinik.Client, opts ...caremux.RequestOption) error {
			for _, err := range c.Patients.SearchAll(ctx,
				&clinik.PatientsSearchParams{Name: new(canaryName), Phone: new(canaryFone), Email: new(canaryMail),
					BirthDate: new(caremux.NewDate(1931, time.January, 2)), Cursor: new(canaryFone)}, opts...) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"create": func(ctx context.Context, c *clinik.Client, opts ...caremux.RequestOption) error {
			_, err := c.Patients.Create(ctx, &clinik.PatientCreate{
				FirstName: canaryName, LastName: canaryText, Phone: new(canaryFone),
			}, opts...)
			return err
		},
		"update": func(ctx context.Context, c *clinik.Client, opts ...caremux.RequestOption) error {
			_, err := c.Patients.Update(ctx, canaryID, &clinik.PatientUpdate{Email: new(canaryMail)}, opts...)
			return err
		},
		"delete": func(ctx context.Context, c *clinik.Client, opts ...caremux.RequestOption) error {
			return c.Patients.Delete(ctx, canaryID, opts...)
		},
		"do": func(ctx context.Context, c *clinik.Client, opts ...caremux.RequestOption) error {
			var out struct{ ID int }
			return c.Do(ctx, "POST", "/v1/patients/"+canaryID, url.Values{"name": {canaryName}},
				map[string]string{"phone": canaryFone}, &out, opts...)
		},
		"input too long": func(ctx context.Context, c *clinik.Client, opts ...caremux.RequestOption) error {
			_, err := c.Patients.Create(ctx, &clinik.PatientCreate{
				FirstName: strings.Repeat(canaryName, 10), LastName: canaryText,
			}, opts...)
			return err
		},
		"id with a slash": func(ctx context.Context, c *clinik.Client, opts ...caremux.RequestOption) error {
			_, err := c.Patients.Get(ctx, canaryID+"/x", nil, opts...)
			return err
		},
	}

	failed := 0
	for what, fate := range answers {
		for name, call := range calls {
			t.Run(name+"/"+what, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					log := &heard{}
					nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) { return fate(r) }}
					c, err := clinik.New(canaryKey, caremux.WithTransport(nw), caremux.WithRetry(retry),
						caremux.WithTimeout(10*time.Second),
						caremux.WithLogger(slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{
							Level: slog.LevelDebug, AddSource: true,
						}))))
					if err != nil {
						t.Fatal(err)
					}
					var r caremux.Response
					err = call(t.Context(), c, caremux.WithResponse(&r))
					text := printed(c) + printed(*c)
					if err != nil {
						failed++
						text += printed(err)
						slog.New(slog.NewTextHandler(log, nil)).Error("as a caller logs it", "error", err)
						slog.New(slog.NewJSONHandler(log, nil)).Error("as a caller logs it", "error", err)
						var issues *clinik.IssuesError
						if errors.As(err, &issues) {
							text += printed(issues)
						}
					}
					refused := name == "input too long" || name == "id with a slash"
					if sent := nw.count() > 0; sent == refused || sent != strings.Contains(log.String(), `"operation"`) {
						t.Errorf("sent %d times; logged %s", nw.count(), log)
					}
					for _, canary := range canaries {
						if strings.Contains(text, canary) {
							t.Errorf("an error holds %q: %v", canary, err)
						}
						if strings.Contains(log.String(), canary) {
							t.Errorf("the log holds %q: %s", canary, log.String())
						}
					}
				})
			})
		}
	}
	if failed < 100 {
		t.Errorf("only %d calls failed: the answers are not what they seem", failed)
	}
}
