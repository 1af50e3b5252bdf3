package transport

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

// typed responds with a content type.
func typed(status int, contentType, body string) handler {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header()["Content-Type"] = nil
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestACreatedRecordHasItsID(t *testing.T) {
	t.Parallel()
	op := &Operation{Name: "Things.Create", Method: "POST", Path: "/{tenant}/things", CreatedID: "id"}
	for _, tt := range []struct {
		name, body, reason string
	}{
		{"an id", `{"id":"1"}`, ""},
		{"an id in another case", `{"ID":"1"}`, ""},
		{"a number", `{"id":7}`, ""},
		{"an id beside an error", `{"id":"1","error":"x"}`, ""},
		{"none", `{"count":1}`, "the response has no id, so that the record may not have been created"},
		{"null", `{"id":null,"count":1}`, "the response has no id"},
		{"empty", `{"id":"","count":1}`, "the response has no id"},
		{"zero", `{"id":0,"count":1}`, "the response has no id"},
		{"a message", `{"message":"queued"}`, "the response has none of the documented fields"},
		{"an error", `{"error":"x","count":1}`, "the response says that the call failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, always(201, tt.body))
			_, err := Call[thing](t.Context(), newClient(t, s.URL), op, Input{Body: content.JSON(&thingInput{Name: "n"})}, nil)
			if tt.reason == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e := wantError(t, err, 201)
			if !errors.Is(err, caremux.ErrUnreadable) || !strings.Contains(err.Error(), tt.reason) || !e.MaybeApplied() || s.count() != 1 {
				t.Errorf("%v, may be applied %v, %d requests", err, e.MaybeApplied(), s.count())
			}
			if string(e.Body()) != tt.body {
				t.Errorf("body %q", e.Body())
			}
		})
	}
}

func TestWhatMayBeEmptyIsSaidByTheOperation(t *testing.T) {
	t.Parallel()
	for _, body := range []string{``, ` `, `null`, `{}`} {
		s := serve(t, always(200, body))
		op := &Operation{Name: "Things.Update", Method: "PUT", Path: "/{tenant}/things"}
		c := newClient(t, s.URL, caremux.WithRetry(caremux.NoRetry))
		if _, err := Call[thing](t.Context(), c, op, Input{Body: content.JSON(&thingInput{Name: "n"})},
			nil); !errors.Is(err, caremux.ErrUnreadable) {
			t.Errorf("%q passes for a record: %v", body, err)
		}
		op.MayBeEmpty = true
		got, err := Call[thing](t.Context(), c, op, Input{Body: content.JSON(&thingInput{Name: "n"})}, nil)
		if err != nil || got == nil || got.ID != "" {
			t.Errorf("%q: %+v, %v", body, got, err)
		}
	}
}

func TestAnOutcomeOfErrorsAcknowledgesNothing(t *testing.T) {
	t.Parallel()
	for body, fails := range map[string]bool{
		`{"resourceType":"OperationOutcome","issue":[{"severity":"information"},{"severity":"warning"}]}`: false,
		`{"resourceType":"OperationOutcome"}`:                                                       false,
		`{"resourceType":"Patient","issue":[{"severity":"error"}]}`:                                 false,
		`{"resourceType":"OperationOutcome","issue":[{"severity":"warning"},{"severity":"error"}]}`: true,
		`{"issue":[{"severity":"Fatal"}],"resourceType":"OperationOutcome"}`:                        true,
	} {
		s := serve(t, always(200, body))
		err := Exec(t.Context(), newClient(t, s.URL), deleteThing, Input{Path: []string{"1"}}, nil)
		var e *caremux.Error
		if errors.Is(err, caremux.ErrUnreadable) != fails || fails && (!errors.As(err, &e) || !e.MaybeApplied()) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestTheVendorsCodeAndMessageAreFilledInFromASuccess(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"error":true,"code":"DB_DOWN","message":"Jane Doe"}`))
	c := newClient(t, s.URL)
	for name, err := range map[string]error{
		"Call": func() error { _, err := create(t, c); return err }(),
		"Exec": Exec(t.Context(), c, deleteThing, Input{Path: []string{"1"}}, nil),
		"Do":   c.Do(t.Context(), "POST", "/x", nil, nil, nil),
		"Raw":  c.Do(t.Context(), "POST", "/x", nil, nil, new(json.RawMessage)),
		"Map":  c.Do(t.Context(), "POST", "/x", nil, nil, &map[string]any{}),
	} {
		e := wantError(t, err, 200)
		if e.Code != "DB_DOWN" || e.Message != "Jane Doe" || !errors.Is(err, caremux.ErrUnreadable) || !e.MaybeApplied() {
			t.Errorf("%s: %v, code %q, message %q", name, err, e.Code, e.Message)
		}
		if strings.Contains(err.Error(), "Jane") || !strings.Contains(err.Error(), "DB_DOWN") {
			t.Errorf("%s: text %q", name, err)
		}
	}
	quota := serve(t, always(200, `{"error":true,"code":"QUOTA"}`))
	if _, err := get(t, newClient(t, quota.URL)); !errors.Is(err, caremux.ErrUnreadable) ||
		!errors.Is(err, caremux.ErrQuotaExceeded) || quota.count() != 1 {
		t.Errorf("what the vendor means by its code is lost: %v", err)
	}
}

func TestBodiesAreReadInTheirCharsetAndCoding(t *testing.T) {
	t.Parallel()
	utf16le := func(text string) string {
		var b strings.Builder
		for _, unit := range utf16.Encode([]rune(text)) {
			b.WriteByte(byte(unit))
			b.WriteByte(byte(unit >> 8))
		}
		return b.String()
	}
	gzipped := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		return b.String()
	}
	const record = `{"id":"René"}`
	for _, tt := range []struct {
		name, contentType, coding, body string
		want                            string // id; "" is an error
		says                            string // of the error, or of the mismatch
	}{
		{"UTF-8", "application/json", "", record, "René", ""},
		{"no content type", "", "", record, "René", ""},
		{"a byte order mark", "application/json", "", "\xef\xbb\xbf" + record, "René", ""},
		{"Latin-1 by its header", "application/json; charset=ISO-8859-1", "", "{\"id\":\"Ren\xe9\"}", "René", ""},
		{"Windows by its header", `application/json; charset="windows-1252"`, "", "{\"id\":\"Ren\xe9 \x80\"}", "René €", ""},
		{"Cyrillic by its header", "application/json; charset=KOI8-R", "", "{\"id\":\"\xcd\"}", "м", ""},
		{"UTF-8 under a header that says Latin-1", "application/json; charset=iso-8859-1", "", record, "René", ""},
		{"UTF-16 by its header", "application/json; charset=utf-16le", "", utf16le(record), "René", ""},
		{"UTF-16 by its header, the order to be seen", "application/json; charset=utf-16", "", utf16le(record), "René", ""},
		{"UTF-16 by its mark", "application/json", "", utf16le("\ufeff" + record), "René", ""},
		{"bytes without a charset", "application/json", "", "{\"id\":\"Ren\xe9\"}", "Ren\ufffd", "field id is not valid UTF-8"},
		{"a charset that is not known", "application/json; charset=x-jane", "", "{\"id\":\"Ren\xe9\"}", "",
			"in a charset that the client does not know"},
		{"gzip that nobody asked for", "application/json", "gzip", gzipped(record), "René", ""},
		{"a mark inside gzip", "application/json", "x-gzip", gzipped("\xef\xbb\xbf" + record), "René", ""},
		{"gzip that is none", "application/json", "gzip", record, "", "not compressed as it says"},
		{"gzip that is cut off", "application/json", "gzip", gzipped(record)[:20], "", "connection closed in the middle"},
		{"another coding", "application/json", "br", record, "", "compressed with an encoding that was not requested"},
		{"no coding", "application/json", "identity", record, "René", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				if tt.coding != "" {
					w.Header().Set("Content-Encoding", tt.coding)
				}
				w.Header().Set("Content-Type", tt.contentType)
				_, _ = io.WriteString(w, tt.body)
			})
			transport := caremux.NewTransport()
			transport.DisableCompression = true
			t.Cleanup(transport.CloseIdleConnections)
			var r caremux.Response
			got, err := Call[thing](t.Context(),
				newClient(t, s.URL, caremux.WithTransport(transport), caremux.WithRetry(caremux.NoRetry)), getThing,
				Input{Path: []string{"1"}}, []caremux.RequestOption{caremux.WithResponse(&r)})
			if tt.want == "" {
				if wantError(t, err, 200); !errors.Is(err, caremux.ErrUnreadable) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error %v, want %q", err, tt.says)
				}
				return
			}
			if err != nil || got.ID != tt.want {
				t.Fatalf("got %+v, %v", got, err)
			}
			said := ""
			if m := got.Mismatch(); m != nil {
				said = m.Error()
			}
			if said != tt.says {
				t.Errorf("mismatch %q, want %q", said, tt.says)
			}
			if tt.coding == "" && string(r.Body) != tt.body {
				t.Errorf("the body of the Response is %q, not as it came", r.Body)
			}
		})
	}
}

func TestAnErrorsBodyMayBeCompressed(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(409)
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, "\xef\xbb\xbf"+`{"code":"TAKEN"}`)
		_ = z.Close()
	})
	transport := caremux.NewTransport()
	transport.DisableCompression = true
	t.Cleanup(transport.CloseIdleConnections)
	if _, err := get(t, newClient(t, s.URL, caremux.WithTransport(transport))); wantError(t, err, 409).Code != "TAKEN" {
		t.Errorf("error %v", err)
	}
}

func TestADownloadIsTheKindOfFileThatWasPromised(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, accept, contentType, disposition, body string
		says                                         string // of the error; "" is a download
	}{
		{"what was promised", "image/png", "image/png", "", "png", ""},
		{"another image", "image/png", "image/jpeg", "", "jpeg", ""},
		{"a type that says nothing", "image/png", "application/octet-stream", "", "png", ""},
		{"a page", "image/png", "text/html", "", "<html>", "the response is an HTML page"},
		{"a page for any file", "", "text/html; charset=utf-8", "", "<html>", "the response is an HTML page"},
		{"a page labelled as JSON", "", "application/json", "", "<html>", "the response is an HTML page"},
		{"a file that is a page", "", "text/html", `attachment; filename="letter.html"`, "<html>", ""},
		{"an error for an image", "image/png", "application/json", "", `{"code":"NONE","error":"x"}`,
			"the response is JSON in place of a file"},
		{"an error for any file", "", "application/json", "", `{"code":"NONE","error":"x"}`, "the response is JSON in place of a file"},
		{"a problem", "", "application/problem+json", "", `{"code":"NONE","status":500}`, "the response says that the call failed"},
		{"a file of JSON", "", "application/json", "", `{"id":"1","name":"Jane"}`, ""},
		{"a file of JSON lines", "application/x-ndjson", "application/json", "", `{"id":"1"}` + "\n" + `{"id":"2"}`, ""},
		{"a text for an image", "image/png", "text/plain", "", "no such image", "the response is text/plain, not image/png"},
		{"any text for any file", "", "text/plain", "", "a note", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				if tt.disposition != "" {
					w.Header().Set("Content-Disposition", tt.disposition)
				}
				w.Header().Set("Content-Type", tt.contentType)
				_, _ = io.WriteString(w, tt.body)
			})
			op := &Operation{Name: "Things.File", Method: "GET", Path: "/{tenant}/file", Accept: tt.accept}
			d, err := Stream(t.Context(), newClient(t, s.URL), op, Input{}, nil)
			if tt.says != "" {
				e := wantError(t, err, 200)
				if !errors.Is(err, caremux.ErrUnreadable) || !strings.Contains(err.Error(), tt.says) || s.count() != 1 {
					t.Errorf("error %v, want %q", err, tt.says)
				}
				if strings.Contains(tt.body, "NONE") && (e.Code != "NONE" || string(e.Body()) != tt.body) {
					t.Errorf("code %q, body %q", e.Code, e.Body())
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if got, err := io.ReadAll(d); err != nil || string(got) != tt.body {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestAWriteThatARedirectTurnedIntoAnotherMethodIsNoSuccess(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"POST", "PUT", "PATCH"} {
		for _, status := range []int{301, 302, 303} {
			s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.URL.Path != "/gh/things/" {
					http.Redirect(w, r, "/gh/things/", status)
					return
				}
				answer(w, 200, `{"id":"1","count":2,"content":[{"id":"2"}]}`)
			})
			op := &Operation{Name: "Things.Write", Method: method, Path: "/{tenant}/things"}
			c := newClient(t, s.URL)
			in := Input{Body: content.JSON(&thingInput{Name: "n"})}
			list := *op
			list.Paging = &byFlag
			_, called := Call[thing](t.Context(), c, op, in, nil)
			_, listed := List[thing](t.Context(), c, op, in, nil)
			_, paged := Page[thing](t.Context(), c, &list, in, nil)
			_, scalar := Scalar[string](t.Context(), c, op, in, nil)
			_, streamed := Stream(t.Context(), c, op, in, nil)
			var out thing
			for name, err := range map[string]error{
				"Call": called, "List": listed, "Page": paged, "Scalar": scalar, "Stream": streamed,
				"Exec": Exec(t.Context(), c, op, in, nil), "Do": c.Do(t.Context(), method, "/things", nil, nil, &out),
			} {
				if e := wantError(t, err, 200); !errors.Is(err, caremux.ErrUnreadable) || !e.MaybeApplied() || e.Attempts != 1 {
					t.Errorf("%s, %s, %d: %v, may be applied %v after %d attempts", name, method, status, err, e.MaybeApplied(), e.Attempts)
				}
			}
		}
	}
}

func TestPlainTextAcknowledges(t *testing.T) {
	t.Parallel()
	for body, ok := range map[string]bool{"OK": true, " accepted.\n": true, `"Deleted"`: true, "Forbidden": false,
		"upstream connect error": false, `{"message":"Bad Gateway"}`: false, "false": false} {
		s := serve(t, typed(200, "text/plain", body))
		err := Exec(t.Context(), newClient(t, s.URL), deleteThing, Input{Path: []string{"1"}}, nil)
		if (err == nil) != ok {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestDoKeepsTheDigitsOfNumbers(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"n":9007199254740993,"list":[1.10]}`))
	var anything any
	if err := newClient(t, s.URL).Do(t.Context(), "GET", "/x", nil, nil, &anything); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"n": json.Number("9007199254740993"), "list": []any{json.Number("1.10")}}
	if diff := cmp.Diff(want, anything); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var own struct {
		N    float64 `json:"n"`
		List []float64
	}
	if err := newClient(t, s.URL).Do(t.Context(), "GET", "/x", nil, nil, &own); !errors.Is(err, caremux.ErrUnreadable) ||
		!strings.Contains(err.Error(), "n has more digits than float64 can represent") {
		t.Errorf("a number that was rounded in silence: %v, %v", own, err)
	}
}
