package clinik_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

func TestErrorBodiesAreRead(t *testing.T) {
	type issue = clinik.Issue
	for _, tt := range []struct {
		name    string
		status  int
		header  []string
		body    string
		code    string
		message string
		request string
		issues  []issue
		is      error
	}{
		{"issues", 422, nil, `{"error":"Unprocessable","code":"VALIDATION_ERROR","requestId":"req_1","issues":[
			{"severity":"error","code":"required","diagnostics":"firstName: Required"},
			{"severity":"warning","code":"invalid","diagnostics":"address.city: Too long","location":["address.city","x"]}]}`,
			clinik.CodeValidationError, "Unprocessable", "req_1", []issue{
				{Field: "firstName", Severity: "error", Code: "required", Diagnostics: "firstName: Required"},
				{Field: "address.city", Severity: "warning", Code: "invalid", Diagnostics: "address.city: Too long"}}, caremux.ErrInvalid},
		{"issue", 400, nil, `{"message":"Bad","error":"Bad Request","code":"VALIDATION_ERROR","issue":[{"severity":"fatal","code":"x"}]}`,
			clinik.CodeValidationError, "Bad", "", []issue{{Severity: "fatal", Code: "x"}}, caremux.ErrInvalid},
		{"the same under both names", 422, nil,
			`{"code":"VALIDATION_ERROR","issues":[{"code":"a","diagnostics":"phone: b"}],"issue":[{"code":"a","diagnostics":"phone: b"}]}`,
			clinik.CodeValidationError, "", "", []issue{{Field: "phone", Code: "a", Diagnostics: "phone: b"}}, caremux.ErrInvalid},
		{"different ones under both names", 422, nil, `{"issues":[{"code":"a"}],"issue":[{"code":"b"}]}`,
			"", "", "", []issue{{Code: "a"}, {Code: "b"}}, caremux.ErrInvalid},
		{"OperationOutcome", 422, nil,
			`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","location":["Patient.name[0].family"]}]}`,
			"", "", "", []issue{{Field: "Patient.name[0].family", Severity: "error", Code: "invalid"}}, caremux.ErrInvalid},
		{"JSON pointer", 422, nil, `{"issues":[{"location":["/name/0/family"]}]}`, "", "", "",
			[]issue{{Field: "name.0.family"}}, caremux.ErrInvalid},
		{"list element", 422, nil, `{"issues":[{"diagnostics":"findings[1].code: Too long"}]}`, "", "", "",
			[]issue{{Field: "findings[1].code", Diagnostics: "findings[1].code: Too long"}}, caremux.ErrInvalid},
		{"prose names no field", 422, nil,
			`{"issues":[{"diagnostics":"Jane Doe: unknown"},{"diagnostics":"5550100199: no phone"},{"diagnostics":"Doe: unknown"},{"diagnostics":"no colon"},{"diagnostics":": x"},{"diagnostics":"` +
				strings.Repeat("a", 65) + `: x"},{"location":["Patient/pt_9","a"]},{"location":[""]}]}`,
			"", "", "", []issue{{Diagnostics: "Jane Doe: unknown"}, {Diagnostics: "5550100199: no phone"}, {Diagnostics: "Doe: unknown"},
				{Diagnostics: "no colon"}, {Diagnostics: ": x"}, {Diagnostics: strings.Repeat("a", 65) + ": x"}, {}}, caremux.ErrInvalid},
		{"no issues", 422, nil, `{"error":"x","code":"VALIDATION_ERROR","issues":[],"issue":null}`,
			clinik.CodeValidationError, "x", "", nil, caremux.ErrInvalid},

		{"no key", 401, nil, `{"error":"Unauthorized","message":"Missing","code":"UNAUTHORIZED"}`, clinik.CodeUnauthorized,
			"Missing", "", nil, caremux.ErrUnauthorized},
		{"revoked key", 401, nil, `{"error":"Unauthorized","code":"KEY_REVOKED"}`, clinik.CodeKeyRevoked,
			"Unauthorized", "", nil, caremux.ErrUnauthorized},
		{"scope", 403, nil, `{"error":"Forbidden"}`, "", "Forbidden", "", nil, caremux.ErrForbidden},
		{"not found", 404, nil, `{"error":"Not Found","code":"NOT_FOUND"}`, clinik.CodeNotFound, "Not Found", "", nil, caremux.ErrNotFound},
		{"not found under another status", 400, nil, `{"code":"NOT_FOUND"}`, clinik.CodeNotFound, "", "", nil, caremux.ErrNotFound},
		{"not found with a code of its own", 404, nil, `{"code":"PATIENT_GONE"}`, "PATIENT_GONE", "", "", nil, caremux.ErrNotFound},
		{"conflict", 409, nil, `{"error":"Conflict","message":""}`, "", "Conflict", "", nil, caremux.ErrConflict},
		{"unknown code", 418, nil, `{"code":"NEW_CODE","message":"m"}`, "NEW_CODE", "m", "", nil, nil},
		{"validation code under 500", 500, nil, `{"code":"VALIDATION_ERROR"}`, clinik.CodeValidationError, "", "", nil, caremux.ErrServer},

		{"request id of the header wins", 404, []string{"X-Request-Id", "req_h"}, `{"code":"NOT_FOUND","requestId":"req_b"}`,
			clinik.CodeNotFound, "", "req_h", nil, caremux.ErrNotFound},
		{"request id of the header alone", 502, []string{"X-Request-Id", "req_h"}, `<html>`, "", "", "req_h", nil, caremux.ErrServer},

		{"HTML", 502, nil, `<html>Jane Doe</html>`, "", "", "", nil, caremux.ErrServer},
		{"empty", 404, nil, ``, "", "", "", nil, caremux.ErrNotFound},
		{"cut off", 422, nil, `{"error":"x","code":"VALIDATION_ERR`, "", "", "", nil, caremux.ErrInvalid},
		{"text", 500, nil, `"oops"`, "", "", "", nil, caremux.ErrServer},
		{"null", 400, nil, `null`, "", "", "", nil, caremux.ErrInvalid},
		{"list", 400, nil, `[{"code":"X"}]`, "", "", "", nil, caremux.ErrInvalid},
		{"code as a number", 404, nil, `{"code":404,"message":"gone","requestId":"req_1"}`, "", "gone", "req_1", nil, caremux.ErrNotFound},
		{"issues as text", 422, nil, `{"issues":"bad","code":"VALIDATION_ERROR","error":"e"}`,
			clinik.CodeValidationError, "e", "", nil, caremux.ErrInvalid},
		{"location as text", 422, nil, `{"issues":[{"location":"phone","code":"a"}],"error":"e"}`, "", "e",
			"", []issue{{Code: "a"}}, caremux.ErrInvalid},
		{"error as an object", 400, nil, `{"error":{"code":"X"},"message":"m"}`, "", "m", "", nil, caremux.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r caremux.Response
			_, err := always(tt.status, tt.body, tt.header...).client(t, caremux.WithRetry(caremux.NoRetry)).
				Patients.Get(t.Context(), "pt_jane", nil, caremux.WithResponse(&r))
			e := wantError(t, err, tt.status)
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("%v does not match %v", err, tt.is)
			}
			if e.Code != tt.code || e.Message != tt.message || e.RequestID != tt.request || string(e.Body()) != tt.body {
				t.Errorf("got code %q, message %q, request %q, body %s", e.Code, e.Message, e.RequestID, e.Body())
			}
			if r.Status != tt.status || string(r.Body) != tt.body {
				t.Errorf("Response = %d %s", r.Status, r.Body)
			}
			var issues *clinik.IssuesError
			if found := errors.As(err, &issues); found != (tt.issues != nil) {
				t.Fatalf("an IssuesError was found: %v", found)
			}
			details, _ := e.Details.([]clinik.Issue)
			if diff := cmp.Diff(tt.issues, details); diff != "" {
				t.Errorf("Details (-want +got):\n%s", diff)
			}
			text := printed(err)
			if issues != nil {
				text += printed(issues)
				if diff := cmp.Diff(tt.issues, issues.Issues); diff != "" {
					t.Errorf("issues (-want +got):\n%s", diff)
				}
			}
			for _, leak := range []string{"Jane", "jane", "Doe", "5550100199", "Required", "Too long", "unknown", "html", "Missing"} {
				if strings.Contains(text, leak) {
					t.Errorf("the text holds %q: %s", leak, text)
				}
			}
			for _, part := range []string{"clinik: Patients.Get: GET /v1/patients/{id}:", fmt.Sprint(tt.status), tt.code, tt.request} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the text does not hold %q: %v", part, err)
				}
			}
		})
	}
}

func TestIssuesErrorNamesTheFields(t *testing.T) {
	for want, e := range map[string]*clinik.IssuesError{
		"1 issue":                       {Issues: []clinik.Issue{{Diagnostics: "S3CRET"}}},
		"1 issue: phone":                {Issues: []clinik.Issue{{Field: "phone", Diagnostics: "S3CRET"}}},
		"3 issues: phone, address.city": {Issues: []clinik.Issue{{Field: "phone"}, {Diagnostics: "S3CRET"}, {Field: "address.city"}}},
	} {
		if got := e.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := fmt.Sprintf("%v|%+v|%#v|%s|%q", e, e, e, e, e); got != want+"|"+want+"|"+want+"|"+want+`|"`+want+`"` {
			t.Errorf("printed %s", got)
		}
	}
}

func FuzzErrorBody(f *testing.F) {
	for _, body := range []string{
		`{"error":"x","message":"m","code":"VALIDATION_ERROR","requestId":"r","issues":[{"severity":"error","code":"c","diagnostics":"a: b","location":["/a/b"]}]}`,
		`{"issue":[{"diagnostics":":"},null,{}],"issues":null}`, `{"code":"MONTHLY_QUOTA_EXCEEDED"}`,
		`{"code":5,"issues":{}}`, `<html>`, ``, `[]`, `null`, `{"issues":[{"location":[""]}]}`,
	} {
		f.Add(429, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 400 || status > 599 {
			status = 400
		}
		nw := always(status, body)
		_, err := nw.client(t, caremux.WithRetry(caremux.NoRetry)).Patients.Get(t.Context(), "1", nil)
		e := wantError(t, err, status)
		if string(e.Body()) != body {
			t.Errorf("Body = %q, want %q", e.Body(), body)
		}
		var issues *clinik.IssuesError
		if details, ok := e.Details.([]clinik.Issue); ok != errors.As(err, &issues) || ok && len(details) != len(issues.Issues) {
			t.Errorf("Details = %v, issues %v", e.Details, issues)
		}
		if text := err.Error(); strings.Contains(text, "\n") || utf8.ValidString(body) && !utf8.ValidString(text) {
			t.Errorf("text %q", text)
		}
		if issues != nil && strings.ContainsAny(issues.Error(), "\n\"<>@") {
			t.Errorf("text %q", issues.Error())
		}
	})
}
