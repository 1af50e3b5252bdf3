package ekacaretest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/internal/proof/faketest"
	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
)

func TestEveryOperationResponds(t *testing.T) {
	srv, _ := setup(t)
	data, err := openapi.Specs.ReadFile("ekacare.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := specserver.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(spec.Operations()); n != 239 {
		t.Errorf("%d operations", n)
	}
	for _, op := range spec.Operations() {
		path, query, header := op.Path, url.Values{}, []string{}
		for _, p := range op.Parameters {
			value := "1"
			switch example := spec.Value(p.Value.Schema, p.Value.Name).(type) {
			case string:
				value = example
			case []any:
				value = fmt.Sprint(example[0])
			}
			if p.Value.Schema.Value.Type.Is(openapi3.TypeBoolean) {
				value = "true"
			}
			switch {
			case p.Value.In == "path":
				path = strings.ReplaceAll(path, "{"+p.Value.Name+"}", url.PathEscape(value))
			case p.Value.In == "query" && p.Value.Required:
				query.Set(p.Value.Name, value)
			case p.Value.In == "header" && p.Value.Required:
				header = append(header, p.Value.Name, value)
			}
		}
		if len(query) > 0 {
			path += "?" + query.Encode()
		}
		header = append(header, "Authorization", "Bearer "+srv.LongLivedToken(), "X-Agent-Id", srv.Credentials().AgentID)
		var body any
		if b := op.Op.RequestBody; b != nil {
			for kind, media := range b.Value.Content {
				switch header = append(header, "Content-Type", kind); kind {
				case "application/json":
					body = spec.Value(media.Schema, "")
				case "multipart/form-data":
					form, boundary := multipartOf(t, spec, media.Schema)
					header, body = append(header, "Content-Type", boundary), []byte(form)
				case "application/x-www-form-urlencoded":
					form := url.Values{}
					fields, _ := spec.Value(media.Schema, "").(map[string]any)
					for name, value := range fields {
						form.Set(name, fmt.Sprint(value))
					}
					body = []byte(form.Encode())
				default:
					body = []byte("content")
				}
			}
		}
		status, text := send(t, srv, op.Method, path, body, header...)
		if status >= 500 || status >= 300 && status < 400 { // what does not exist may be refused
			t.Errorf("%s: %d %s", op.ID, status, text)
		}
		if n := count(srv, op.Name()); n != 1 {
			t.Errorf("%s: %d requests", op.ID, n)
		}
	}
}

// multipartOf makes a form with a value for every field.
func multipartOf(t *testing.T, spec *specserver.Spec, schema *openapi3.SchemaRef) (form, contentType string) {
	t.Helper()
	var b strings.Builder
	w := multipart.NewWriter(&b)
	fields, _ := spec.Value(schema, "").(map[string]any)
	for name, value := range fields {
		if list, ok := value.([]any); ok {
			value = list[0]
		}
		if err := w.WriteField(name, fmt.Sprint(value)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

func TestFaults(t *testing.T) {
	srv, c := setup(t)
	srv.Fail(ekacaretest.Fault{Status: 503}) // spares the login
	srv.Fail(ekacaretest.Fault{Operation: "Doctors.Get", Status: 503})
	if err := read(t, srv, c); err != nil || count(srv, "Doctors.Get") != 3 || count(srv, "Auth.Login") != 1 {
		t.Errorf("%v after %d requests and %d logins", err, count(srv, "Doctors.Get"), count(srv, "Auth.Login"))
	}
	srv.Fail(ekacaretest.Fault{Operation: "Doctors.Get", Reset: true})
	srv.Fail(ekacaretest.Fault{Operation: "Doctors.Get", CutBody: true})
	if err := read(t, srv, c); err != nil {
		t.Error(err)
	}
	srv.Fail(ekacaretest.Fault{Status: 400, Times: -1})
	refused(t, read(t, srv, c), 400, "FAULT")
	srv.ClearFaults()
	if err := read(t, srv, c); err != nil {
		t.Error(err)
	}
	srv.Fail(ekacaretest.Fault{Operation: "Doctors.Get", Stall: true})
	if _, err := c.Doctors.Get(t.Context(), srv.Doctor().ID, caremux.WithCallTimeout(50*time.Millisecond),
		caremux.WithCallRetry(caremux.RetryPolicy{MaxAttempts: 1})); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// The ledger tells what the caller cannot know.
func TestABookingWhoseAnswerGetsLostIsMadeOnce(t *testing.T) {
	for name, fault := range map[string]ekacaretest.Fault{
		"status": {Status: 503}, "reset": {Reset: true}, "half an answer": {CutBody: true},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := before(t)
			fault.Operation, fault.AfterWork, fault.Times = "Appointments.Book", true, -1
			srv.Fail(fault)
			_, err := c.Appointments.Book(t.Context(), booking(srv, seedTime))
			var e *caremux.Error
			if !errors.As(err, &e) || !e.MaybeApplied() {
				t.Errorf("error %v", err)
			}
			if got := writes(srv); got != "Appointments.Book" || count(srv, "Appointments.Book") != 1 {
				t.Errorf("ledger %s, %d requests", got, count(srv, "Appointments.Book"))
			}
		})
	}
}

func TestInvalidRequestsHaveTheShapeOfTheirArea(t *testing.T) {
	srv, _ := setup(t)
	auth := []string{"Authorization", "Bearer " + srv.LongLivedToken()}
	for path, want := range map[string]string{
		"/dr/v1/appointment?colour=red":                   "error error.code error.message",
		"/cdr/v1/doctor/?colour=red":                      "message status",
		"/abdm/v1/profile?colour=red":                     "code error",
		"/assessment/api/v1/component_list/?colour=red":   "error error.display_message error.error_code error.message",
		"/notification/v1/connect/webhook/subscriptions/": "error error.code error.message",
	} {
		status, text := send(t, srv, "GET", path, nil, auth...)
		var body map[string]any
		if err := json.Unmarshal([]byte(text), &body); err != nil || status < 400 {
			t.Errorf("%s: %d %s", path, status, text)
		}
		var names []string
		for name, value := range body {
			names = append(names, name)
			inner, _ := value.(map[string]any)
			for below := range inner {
				names = append(names, name+"."+below)
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if n := len(srv.Problems()); n != 5 {
		t.Errorf("%d problems: %v", n, srv.Problems())
	}
}

func TestConcurrentUse(t *testing.T) {
	srv, c := before(t)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			_, err := c.Appointments.Book(t.Context(), booking(srv, seedTime.Add(time.Duration(i/2)*15*time.Minute)))
			if err != nil && !errors.Is(err, ekacare.ErrSlotTaken) {
				t.Error(err)
			}
			srv.Requests()
			srv.Sample(ekacare.EventAppointmentCreated)
		})
	}
	wg.Wait()
	if n := len(srv.Writes()); n != 10 || srv.Logins() != 1 {
		t.Errorf("%d bookings of 10 slots, %d logins", n, srv.Logins())
	}
}

func TestMistakesEndTheTest(t *testing.T) {
	t.Parallel()
	faketest.Mistakes(t, "ekacaretest", ekacaretest.NewServer, ekacaretest.Start, map[string]func(srv *ekacaretest.Server){
		"option":      func(srv *ekacaretest.Server) { srv.Client(caremux.WithTimeout(-1)) },
		"operation":   func(srv *ekacaretest.Server) { srv.Fail(ekacaretest.Fault{Operation: "Doctors.Colour"}) },
		"event":       func(srv *ekacaretest.Server) { srv.Sample("colour.changed") },
		"clinic":      func(srv *ekacaretest.Server) { srv.AddDoctor("A", "B", "", ekacaretest.Clinic{ID: "x"}) },
		"appointment": func(srv *ekacaretest.Server) { srv.SetStatus("x", ekacare.AppointmentStatusIN) },
		"doctor": func(srv *ekacaretest.Server) {
			srv.AddAppointment(ekacaretest.Doctor{}, srv.Clinic(), srv.Patient(), seedTime)
		},
	})
}
