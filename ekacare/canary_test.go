package ekacare_test

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
	"github.com/caremux/caremux/ekacare"
)

// What must not get into a log.
const (
	canarySecret = "C4narySecret"
	canaryShare  = "C4naryShare"
	canaryToken  = "C4naryToken"
	canaryName   = "Zanzibarra Quixworth"
	canaryFone   = "5550100377"
	canaryText   = "her canary sings at dawn"
	canaryID     = "oidquixid77"
)

var canaries = []string{"C4nary", "Zanzibarra", "Quixworth", canaryFone, "sings at dawn", canaryID, "1931-01"}

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

// TestNothingAboutAPersonGetsIntoErrorsOrLogs sends and gets a person's data through a success and every failure, of the call
// and of the login before it.
func TestNothingAboutAPersonGetsIntoErrorsOrLogs(t *testing.T) {
	const person = `{"id":"` + canaryID + `","name":"` + canaryName + `","mobile":"` + canaryFone +
		`","dob":"1931-01-02","note":"` + canaryText + `"}`
	answers := map[string]func(r *http.Request) (*http.Response, error){}
	answer := func(name string, status int, body string, header ...string) {
		answers[name] = func(*http.Request) (*http.Response, error) { return reply(status, body, header...), nil }
	}
	answer("success", 200, `{"profile":`+person+`}`)
	answer("fields side by side", 400, `{"field":["`+canaryName+`","mobile"],"message":["`+canaryText+`","`+canaryFone+`"]}`)
	answer("validation", 422, `{"detail":[{"loc":["body","`+canaryName+`","mobile"],"msg":"`+canaryText+`","type":"`+canaryText+`"}]}`)
	answer("prose for a code", 400, `{"error":{"code":"`+canaryName+`","message":"`+canaryText+`","details":{"reason":"`+canaryText+`"}}}`)
	answer("prose", 400, `{"error":"`+canaryText+`","message":"`+canaryName+`"}`)
	answer("gateway", 500, `{"code":500,"error":"`+canaryText+`","source_error":{"code":"`+canaryText+`","message":"`+canaryName+`"}}`)
	answer("unauthorized", 401, `{"message":"`+canaryToken+` is unknown"}`)
	answer("not found", 404, `{"error":"no `+canaryName+`","code":"PATIENTS_NOT_FOUND"}`)
	answer("session", 491, `{"error":"`+canaryText+`"}`)
	answer("rate limit", 429, `{"message":"`+canaryText+`"}`, "Retry-After", "1")
	answer("text", 400, canaryText)
	answer("HTML", 502, `<html>`+canaryText+`</html>`)
	answer("no JSON", 200, canaryText)
	answer("cut-off JSON", 200, person[:len(person)-3])
	answer("other types", 200, `{"profile":"`+canaryText+`","appointment_id":{"a":"`+canaryText+`"}}`)
	answer("redirect", 307, ``, "Location", "https://elsewhere.example/"+canaryID+"?name="+canaryFone)
	answers["reset"] = func(r *http.Request) (*http.Response, error) {
		return nil, errors.New("read tcp: reset while sending " + r.URL.String() + " " + canaryToken)
	}
	answers["end"] = func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }
	answers["stall"] = func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}

	calls := map[string]func(context.Context, *ekacare.Client, ...caremux.RequestOption) error{
		"get": func(ctx context.Context, c *ekacare.Client, opts ...caremux.RequestOption) error {
			_, err := c.ABHAProfile.Get(ctx, nil, append(opts, ekacare.WithPatient(canaryID))...)
			return err
		},
		"book": func(ctx context.Context, c *ekacare.Client, opts ...caremux.RequestOption) error {
			booking := seedBooking()
			booking.PatientDetails.FirstName, booking.PatientDetails.Mobile = new(canaryName), new(canaryFone)
			booking.DisplayMeta = map[string]any{canaryName: canaryText}
			_, err := c.Appointments.Book(ctx, booking, opts...)
			return err
		},
		"list": func(ctx context.Context, c *ekacare.Client, opts ...caremux.RequestOption) error {
			for _, err := range c.Appointments.All(ctx, &ekacare.AppointmentsListParams{PatientID: new(canaryID)}, opts...) {
				if err != nil {
					return err
				}
				break
			}
			return nil
		},
		"do": func(ctx context.Context, c *ekacare.Client, opts ...caremux.RequestOption) error {
			var out struct{ ID int }
			return c.Do(ctx, "POST", "/v1/patients/"+canaryID, url.Values{"name": {canaryName}},
				map[string]string{"phone": canaryFone}, &out, opts...)
		},
		"rule broken": func(ctx context.Context, c *ekacare.Client, opts ...caremux.RequestOption) error {
			booking := seedBooking()
			booking.DisplayMeta = map[string]any{strings.Repeat(canaryName, 3): canaryText}
			_, err := c.Appointments.Book(ctx, booking, opts...)
			return err
		},
		"number broken": func(ctx context.Context, c *ekacare.Client, opts ...caremux.RequestOption) error {
			_, err := c.Patients.SearchByMobile(ctx, &ekacare.PatientsSearchByMobileParams{Mobile: "+" + canaryFone}, opts...)
			return err
		},
	}

	failed := 0
	for what, fate := range answers {
		for name, call := range calls {
			for _, atLogin := range []bool{false, true} {
				if atLogin && what == "success" {
					continue
				}
				t.Run(name+"/"+what+map[bool]string{true: " at login"}[atLogin], func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						log := &heard{}
						nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
							if r.URL.Path == loginPath && !atLogin {
								return reply(200, `{"access_token":"`+canaryToken+`","expires_in":1800}`), nil
							}
							return fate(r)
						}}
						c := nw.login(t, ekacare.Credentials{ClientID: "EC_1", ClientSecret: canarySecret, SharingKey: canaryShare},
							caremux.WithTimeout(10*time.Second), caremux.WithRetry(caremux.RetryPolicy{
								MaxAttempts: 2, MinWait: time.Millisecond, MaxWait: time.Millisecond,
							}),
							caremux.WithLogger(slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{
								Level: slog.LevelDebug, AddSource: true,
							})))).
							For(ekacare.Identity{PatientID: canaryID, PartnerPatientID: canaryName})
						err := call(t.Context(), c)
						text := printed(c) + printed(*c)
						if err != nil {
							failed++
							text += printed(err)
							slog.New(slog.NewTextHandler(log, nil)).Error("as a caller logs it", "error", err)
							slog.New(slog.NewJSONHandler(log, nil)).Error("as a caller logs it", "error", err)
							var fields *ekacare.FieldErrors
							if errors.As(err, &fields) {
								text += printed(fields)
							}
						}
						if sent := len(nw.requests()) > 0; sent == strings.HasSuffix(name, "broken") {
							t.Errorf("sent %d times", len(nw.requests()))
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
	}
	if failed < 150 {
		t.Errorf("only %d calls failed: the answers are not what they seem", failed)
	}
}
