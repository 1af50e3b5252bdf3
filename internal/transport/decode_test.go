package transport

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
)

func TestRecordsKeepTheirJSON(t *testing.T) {
	t.Parallel()
	const body = `{"id":"1","count":2,"at":"2024-05-06T07:08:09.1Z","part":{"name":"p","colour":"red"},
		"parts":[{"name":"a"}, {"name":"b","size": 5}],"Children":[{"id":"c","part":{"name":"cp","x":1}},null],"timezone ":"UTC","more":{"deep":[1, 2]}}`
	s := serve(t, always(200, " "+body+"\n"))
	var r caremux.Response
	got, err := get(t, newClient(t, s.URL), caremux.WithResponse(&r))
	if err != nil {
		t.Fatal(err)
	}
	raws := map[string]string{
		body:                                    string(got.RawJSON()),
		`{"name":"p","colour":"red"}`:           string(got.Part.RawJSON()),
		`{"name":"a"}`:                          string(got.Parts[0].RawJSON()),
		`{"name":"b","size": 5}`:                string(got.Parts[1].RawJSON()),
		`{"name":"cp","x":1}`:                   string(got.Children[0].Part.RawJSON()),
		`{"id":"c","part":{"name":"cp","x":1}}`: string(got.Children[0].RawJSON()),
		" " + body + "\n":                       string(r.Body),
	}
	for want, raw := range raws {
		if raw != want {
			t.Errorf("RawJSON = %s\nwant      %s", raw, want)
		}
	}
	want := map[string]json.RawMessage{"timezone ": json.RawMessage(`"UTC"`), "more": json.RawMessage(`{"deep":[1, 2]}`)}
	if diff := cmp.Diff(want, got.Extra()); diff != "" {
		t.Errorf("Extra (-want +got):\n%s", diff)
	}
	if got.Mismatch() != nil || got.Children[1] != nil || *got.Count != 2 || got.At.Text() != "2024-05-06T07:08:09.1Z" {
		t.Errorf("got %+v, mismatch %v", got, got.Mismatch())
	}
}

func TestMismatchInsideARecordDoesNotCostTheRecord(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body, says string }{
		{"text for a number", `{"count":"S3CRET","id":"1"}`, "field count is a string, which does not fit int"},
		{"number for a text", `{"part":{"name":55501},"id":"1"}`, "field part.name is a number, which does not fit string"},
		{"object for a list", `{"parts":{"S3CRET":1},"id":"1"}`, "field parts is an object, which does not fit a list"},
		{"list for an object", `{"part":[1],"id":"1"}`, "field part is a list, which does not fit transport.piece"},
		{"number out of range", `{"count":55501e99,"id":"1"}`, "field count is a number, which does not fit int"},
		{"in a list", `{"parts":[{"name":true}],"id":"1"}`, "field parts[0].name is a boolean, which does not fit string"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, always(200, tt.body))
			got, err := get(t, newClient(t, s.URL))
			if err != nil || got.ID != "1" || got.Count != nil || string(got.RawJSON()) != tt.body {
				t.Fatalf("got %+v, %v", got, err)
			}
			mismatch := got.Mismatch()
			if mismatch == nil || mismatch.Error() != tt.says {
				t.Errorf("Mismatch = %v, want %q", mismatch, tt.says)
			}
			if text := fmt.Sprintf("%v %+v %#v", mismatch, mismatch, mismatch); strings.Contains(text, "S3CRET") ||
				strings.Contains(text, "55501") {
				t.Errorf("Mismatch %s holds the value", text)
			}
		})
	}
}

func TestAnswerThatIsNoRecordIsUnreadable(t *testing.T) {
	t.Parallel()
	list := &Operation{Name: "Things.Names", Method: "GET", Path: "/{tenant}/things/names"}
	for _, tt := range []struct {
		name, body string
		call       bool // what Call makes of it: true is an error
		list       bool
		page       bool
		says       string
	}{
		{"nothing", ``, true, true, true, "the response is empty"},
		{"spaces", " \n", true, true, true, "the response is empty"},
		{"null", `null`, true, true, true, "null"},
		{"HTML", `<html><body>Jane Doe</body></html>`, true, true, true, "the response is an HTML page"},
		{"XML", `<?xml version="1.0"?><name>Jane Doe</name>`, true, true, true, "the response is XML or HTML"},
		{"plain text", `Jane Doe is not available`, true, true, true, "the response is not JSON"},
		{"an empty object", `{}`, true, true, true, "the response "},
		{"none of the documented fields", `{"Jane":"Doe"}`, true, true, true, "the response has no"},
		{"an error", `{"error":{"message":"Jane Doe"}}`, true, true, true, "the response says that the call failed"},
		{"errors in another case", `{"Errors":["Jane Doe"],"id":null}`, true, true, true, "the response says that the call failed"},
		{"no success", `{"success":false,"message":"Jane Doe"}`, true, true, true, "the response says that the call failed"},
		{"a status of failure", `{"status":"Failed","message":"Jane Doe"}`, true, true, true, "the response says that the call failed"},
		{"the status of an error", `{"statusCode":502,"message":"Jane Doe"}`, true, true, true, "the response says that the call failed"},
		{"the message of a gateway", `{"message":"Internal server error"}`, true, true, true, "the response says that the call failed"},
		{"a message alone", `{"message":"Jane Doe"}`, true, true, true, "the response has no"},
		{"text", `"Jane Doe"`, true, true, true, "not the documented JSON"},
		{"number", `5`, true, true, true, "not the documented JSON"},
		{"true", `true`, true, true, true, "not the documented JSON"},
		{"cut off object", `{"id":"Jane Doe`, true, true, true, "not the documented JSON"},
		{"cut off list", `[{"id":"1"},{"id":`, true, true, true, "not the documented JSON"},
		{"something behind", `{"content":[],"id":"1"} x`, true, true, true, "not the documented JSON"},
		{"something behind a list", `[{"id":"1"}] [2]`, true, true, true, "not the documented JSON"},
		{"list of nulls", `[null]`, true, true, true, "the response"},
		{"list of blanks", `[{}]`, true, true, true, "the response"},
		{"list of errors", `[{"errorCode":"x","message":"Jane Doe"}]`, true, true, true, "the response"},
		{"list of texts", `["Jane Doe"]`, true, true, true, "not the documented JSON"},
		{"list with a broken element", `[{"id":"1"},{"id":}]`, true, true, true, "not the documented JSON"},
		{"envelope with a broken part", `{"content":[],"id":oops}`, true, true, true, "not the documented JSON"},
		{"envelope whose items are a text", `{"content":"x","id":"1"}`, false, false, true, "not the documented JSON"},
		{"envelope without items", `{"data":[]}`, true, true, true, "the response has no"},
		{"list", `[{"id":"1"}]`, true, false, false, "not the documented JSON"},
		{"object", `{"id":"1","content":[]}`, false, false, false, ""},
		{"a record with fields of these names", `{"id":"1","content":[{"id":"2"}],"error":"e","success":false,"status":"failed"}`,
			false, false, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, always(200, tt.body))
			c := newClient(t, s.URL, caremux.WithRetry(caremux.NoRetry))
			check := func(how string, err error, unreadable bool) {
				t.Helper()
				if !unreadable {
					if err != nil {
						t.Errorf("%s: %v", how, err)
					}
					return
				}
				e := wantError(t, err, 200)
				if !errors.Is(err, caremux.ErrUnreadable) || !strings.Contains(err.Error(), tt.says) ||
					strings.Contains(err.Error(), "Jane") {
					t.Errorf("%s: %v, want %q", how, err, tt.says)
				}
				if string(e.Body()) != tt.body {
					t.Errorf("%s: body = %q", how, e.Body())
				}
			}
			got, err := get(t, c)
			check("Call", err, tt.call)
			if err != nil && got != nil {
				t.Errorf("Call gives %+v with its error", got)
			}
			_, err = List[thing](t.Context(), c, list, Input{}, nil)
			check("List", err, tt.list)
			_, err = Page[thing](t.Context(), c, flagged, Input{}, nil)
			check("Page", err, tt.page)
		})
	}
}

func TestListOfPlainValues(t *testing.T) {
	t.Parallel()
	op := &Operation{Name: "Things.Names", Method: "GET", Path: "/{tenant}/names"}
	for _, tt := range []struct {
		body string
		want []string
	}{
		{`["a", "b"]`, []string{"a", "b"}},
		{`[]`, []string{}},
	} {
		s := serve(t, always(200, tt.body))
		got, err := List[string](t.Context(), newClient(t, s.URL), op, Input{}, nil)
		if err != nil {
			t.Errorf("%s: %v", tt.body, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.body, diff)
		}
	}
}

func TestExecNeedsNoBody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int
		body   string
	}{{200, ""}, {204, ""}, {202, "queued"}, {200, `{"message":"deleted"}`}, {201, "{}"}, {200, "true"}, {200, "null"}, {200, "[]"}} {
		s := serve(t, always(tt.status, tt.body))
		var r caremux.Response
		err := Exec(t.Context(), newClient(t, s.URL), deleteThing, Input{Path: []string{"1"}},
			[]caremux.RequestOption{caremux.WithResponse(&r)})
		if err != nil || r.Status != tt.status || string(r.Body) != tt.body {
			t.Errorf("%d %q: %v, Response %+v", tt.status, tt.body, err, r)
		}
		if seen := s.requests(); len(seen) != 1 || seen[0].method != "DELETE" || seen[0].body != "" {
			t.Errorf("requests = %+v", seen)
		}
	}
}

func TestRecordInAnEnvelope(t *testing.T) {
	t.Parallel()
	op := *getThing
	op.Envelope = "data"
	for _, tt := range []struct{ name, body, raw string }{
		{"wrapped", `{"data":{"id":"1","x":2},"message":"ok"}`, `{"id":"1","x":2}`},
		{"not wrapped", `{"id":"1"}`, `{"id":"1"}`},
		{"broken around", `{"data":{"id":"1"},"message":oops}`, ""},
		{"null", `{"data":null}`, ""},
		{"a text", `{"data":"x"}`, ""},
		{"white space around", " \n{\"data\":{\"id\":\"1\"}}\r\n", `{"id":"1"}`},
		{"white space that JSON has not, for the record", "{\"data\":\f", ""},
		{"white space that JSON has not, behind", "{\"data\":{\"id\":\"1\"}}\v", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, always(200, tt.body))
			got, err := Call[thing](t.Context(), newClient(t, s.URL, caremux.WithRetry(caremux.NoRetry)),
				&op, Input{Path: []string{"1"}}, nil)
			if tt.raw == "" {
				if wantError(t, err, 200); !errors.Is(err, caremux.ErrUnreadable) {
					t.Errorf("error = %v", err)
				}
				return
			}
			if err != nil || got.ID != "1" || string(got.RawJSON()) != tt.raw {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestResponsesOfTooManyValuesAreRefused(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	many := func(element string, n int) string { return "[" + element + strings.Repeat(","+element, n-1) + "]" }
	for _, tt := range []struct {
		name, body string
		ok         bool
	}{
		{"items within the limit", many(`{"id":"1"}`, maxItems), true},
		{"too many items", many(`{"id":"1"}`, maxItems+1), false},
		{"too many objects in an item", `[{"id":"1","more":` + many(`{}`, maxObjects) + `}]`, false},
		{"too many objects in an envelope", `{"data":[{"id":"1"}],"more":` + many(`{}`, maxObjects) + `}`, false},
		{"too many values", `[{"id":"1","more":` + many(`0`, maxValues+2) + `}]`, false},
	} {
		s := serve(t, always(200, tt.body))
		c := newClient(t, s.URL)
		items, err := List[thing](t.Context(), c, &Operation{
			Name: "Things.List", Method: "GET", Path: "/things", Envelope: "data",
		}, Input{}, nil)
		if tt.ok {
			if err != nil || len(items) != maxItems {
				t.Errorf("%s: %d items, %v", tt.name, len(items), err)
			}
			continue
		}
		if e := wantError(t, err, 200); !errors.Is(err, caremux.ErrUnreadable) ||
			!strings.Contains(e.Error(), "more values") || s.count() != 1 {
			t.Errorf("%s: %v after %d requests", tt.name, err, s.count())
		}
	}
}

func TestMemoryGrowsWithWhatHasComeNotWithWhatWasAnnounced(t *testing.T) {
	c := newClient(t, "https://acme.invalid", caremux.WithRetry(caremux.NoRetry),
		caremux.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{")), ContentLength: maxAnswer,
			}, nil
		})))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := get(t, c)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, caremux.ErrUnreadable) {
		t.Errorf("error = %v", err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 2*believed {
		t.Errorf("a byte of an announced %d took %d", maxAnswer, took)
	}
	// What has come is whole, however often the room for it had to grow.
	id := strings.Repeat("x", 20*believed)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Length", strconv.Itoa(len(`{"id":""}`)+len(id)))
		answer(w, 200, `{"id":"`+id+`"}`)
	})
	if got, err := get(t, newClient(t, s.URL)); err != nil || got.ID != id {
		t.Errorf("%v", err)
	}
}

// TestAnswersAreReadWithinALimit lowers package variables, so it is not parallel.
func TestAnswersAreReadWithinALimit(t *testing.T) {
	answerLimit, errorLimit := maxAnswer, maxError
	maxAnswer, maxError = 1000, 100
	defer func() { maxAnswer, maxError = answerLimit, errorLimit }()
	record := func(size int) string { return `{"id":"` + strings.Repeat("x", size-9) + `"}` }
	for _, tt := range []struct {
		name   string
		size   int
		chunks bool
		ok     bool
	}{
		{"at the limit", 1000, false, true},
		{"beyond the limit", 1001, false, false},
		{"at the limit, length not told", 1000, true, true},
		{"beyond the limit, length not told", 1001, true, false},
		{"far beyond the limit, length not told", 1 << 20, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				if tt.chunks {
					w.(http.Flusher).Flush()
				}
				_, _ = io.WriteString(w, record(tt.size))
			})
			c := newClient(t, s.URL)
			got, err := get(t, c)
			if tt.ok {
				if err != nil || len(got.ID) != tt.size-9 {
					t.Errorf("error = %v", err)
				}
				return
			}
			e := wantError(t, err, 200)
			if !errors.Is(err, caremux.ErrUnreadable) || !strings.Contains(err.Error(), "larger than") ||
				s.count() != 1 || e.MaybeApplied() {
				t.Errorf("error = %v after %d requests", err, s.count())
			}
			if _, err := create(t, c); !wantError(t, err, 200).MaybeApplied() {
				t.Error("a create whose answer was too large has surely been applied")
			}
		})
	}
	t.Run("error", func(t *testing.T) {
		s := serve(t, always(400, strings.Repeat("y", 5000)))
		_, err := get(t, newClient(t, s.URL))
		if e := wantError(t, err, 400); len(e.Body()) != 100 {
			t.Errorf("%d bytes of the error's body, want 100", len(e.Body()))
		}
	})
}

func TestScalarAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body, accept, want string
		fails                    bool
	}{
		{"text", `"a\u0062c"`, "", "abc", false},
		{"text that is no JSON", `plain <text>`, "text/plain", "plain <text>", false},
		{"null", `null`, "", "", true},
		{"an error for a text", `{"error":"x"}`, "text/plain", "", true},
		{"half a surrogate pair", `"\ud800"`, "", "\ufffd", true},
		{"number for a text", `5`, "", "", true},
		{"nothing", ``, "", "", true},
		{"HTML", `<html>`, "", "", true},
	} {
		s := serve(t, always(200, tt.body))
		op := *getThing
		op.Accept = tt.accept
		got, err := Scalar[string](t.Context(), newClient(t, s.URL), &op, Input{Path: []string{"1"}}, nil)
		if got != tt.want || (err != nil) != tt.fails {
			t.Errorf("%s: got %q, %v; want %q", tt.name, got, err, tt.want)
		}
		if tt.fails && !errors.Is(err, caremux.ErrUnreadable) {
			t.Errorf("%s: error = %v", tt.name, err)
		}
	}
	s := serve(t, always(200, ` 42 `))
	if got, err := Scalar[int](t.Context(), newClient(t, s.URL), getThing, Input{Path: []string{"1"}}, nil); got != 42 || err != nil {
		t.Errorf("number = %d, %v", got, err)
	}
}

func TestVetRefusesARecordOfAnotherShape(t *testing.T) {
	t.Parallel()
	s := settings()
	s.Vet = func(op *Operation, _ []string, raw []byte) error {
		if strings.Contains(string(raw), `"failed"`) {
			return &ShapeError{Reason: "a refusal in place of a record", Kind: caremux.ErrNotFound, Details: "x"}
		}
		return nil
	}
	server := serve(t, always(200, `{"failed":"Jane"}`))
	c := newClientOf(t, s, server.URL)
	_, err := create(t, c)
	e := wantError(t, err, 200)
	if !errors.Is(err, caremux.ErrNotFound) || e.Details != "x" || !e.MaybeApplied() || server.count() != 1 ||
		!strings.Contains(err.Error(), "a refusal in place of a record") {
		t.Errorf("error = %v", err)
	}
}

func TestVetIsToldWhoseRecordWasAskedFor(t *testing.T) {
	t.Parallel()
	s := settings()
	s.Vet = func(_ *Operation, path []string, raw []byte) error {
		if !strings.Contains(string(raw), `"id":"`+path[0]+`"`) {
			return &ShapeError{Reason: "another thing", Kind: caremux.ErrUnreadable}
		}
		return nil
	}
	c := newClientOf(t, s, serve(t, always(200, `{"id":"1"}`)).URL)
	for id, fails := range map[string]bool{"1": false, "2": true} {
		_, err := Call[thing](t.Context(), c, getThing, Input{Path: []string{id}}, nil)
		if errors.Is(err, caremux.ErrUnreadable) != fails {
			t.Errorf("thing %s: %v", id, err)
		}
	}
}
