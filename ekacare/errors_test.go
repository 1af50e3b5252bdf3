package ekacare_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

func TestErrorShapes(t *testing.T) {
	for name, tc := range map[string]struct {
		status        int
		body          string
		code, message string
		is            []error
		fields        string // as FieldErrors names them
		details       func(ekacare.ErrorDetails) bool
	}{
		"ErrorResponse": {400, `{"error":{"code":"INVALID_REQUEST","message":"m"}}`, "INVALID_REQUEST",
			"m", []error{caremux.ErrInvalid}, "", nil},
		"DataErrorResponse": {404, `{"data":{},"error":{"code":"NOT_FOUND","message":"m"}}`, "NOT_FOUND",
			"m", []error{caremux.ErrNotFound}, "", nil},
		"StatusErrorResponse": {500, `{"status_code":500,"success":false,"error":{"code":"SERVER_ERROR","message":"m"}}`,
			"SERVER_ERROR", "m", []error{caremux.ErrServer}, "", nil},
		"StatusErrorDataResponse": {400,
			`{"status_code":400,"success":"false","error":{"code":"PATIENTS_NOT_FOUND","message":"m"},"data":{}}`,
			"PATIENTS_NOT_FOUND", "m", []error{caremux.ErrNotFound, caremux.ErrInvalid}, "", nil},
		"StatusDataErrorResponse": {
			400, `{"status":400,"data":null,"error":{"code":"BAD_REQUEST","message":"m"}}`, "BAD_REQUEST", "m", nil, "", nil,
		},
		"DataErrResponse": {400, `{"data":{},"err":{"code":"CASE_NOT_FOUND","message":"m"}}`, "CASE_NOT_FOUND",
			"m", []error{caremux.ErrNotFound}, "", nil},
		"StatusMessageResponse": {400, `{"status":"error","message":"m"}`, "", "m", nil, "", nil},
		"FieldErrorsResponse": {400, `{"field":["mobile","name"],"message":["is bad","is missing"]}`, "", "is bad; is missing",
			nil, "mobile name", func(d ekacare.ErrorDetails) bool { return d.Fields[1].Message == "is missing" }},
		"FieldErrorsResponse of one": {400, `{"field":"mobile","message":"is bad"}`, "", "is bad", nil, "mobile", nil},
		"MessageResponse":            {401, `{"message":"Unauthorized"}`, "", "Unauthorized", []error{caremux.ErrUnauthorized}, "", nil},
		"CodeMessageErrorResponse": {400, `{"code":"profile_not_found","message":"m"}`, "profile_not_found",
			"m", []error{caremux.ErrNotFound}, "", nil},
		"CodeErrorResponse":           {403, `{"code":403,"error":"not yours"}`, "", "not yours", []error{caremux.ErrForbidden}, "", nil},
		"CodeErrorResponse, own code": {403, `{"code":1207,"error":"not yours"}`, "1207", "not yours", nil, "", nil},
		"AbdmError": {400, `{"code":400,"error":"m","source_error":{"code":"ABDM-1035","message":"otp"}}`, "ABDM-1035", "m", nil, "",
			func(d ekacare.ErrorDetails) bool { return d.SourceCode == "ABDM-1035" && d.SourceMessage == "otp" }},
		"AbdmError without text": {400, `{"source_error":{"code":"MIS-1013","message":"otp"}}`, "MIS-1013", "otp", nil, "", nil},
		"DisplayErrorResponse": {400, `{"error":{"error_code":"missing_field","display_message":"shown","message":"m"}}`,
			"missing_field", "m", nil, "",
			func(d ekacare.ErrorDetails) bool { return d.DisplayMessage == "shown" }},
		"DisplayErrorResponse as list": {400, `{"error":[{"error_code":"auth_missing","display_message":"shown"}]}`,
			"auth_missing", "shown", []error{caremux.ErrUnauthorized}, "", nil},
		"CodeMsgErrorResponse": {400, `{"error":{"code":"audio_not_enabled","msg":"m"}}`, "audio_not_enabled", "m", nil, "", nil},
		"ScribeErrorResponse": {400, `{"error":{"code":"invalid_audio_format","message":"m","details":{"file":"x"}}}`,
			"invalid_audio_format", "m", nil, "",
			func(d ekacare.ErrorDetails) bool { return string(d.Details) == `{"file":"x"}` }},
		"StringCodeErrorResponse": {
			404, `{"error":"no such case","code":"CASE_NOT_FOUND"}`, "CASE_NOT_FOUND", "no such case", nil, "", nil,
		},
		"ErrorMessageResponse":        {400, `{"error":"invalid_request","message":"m"}`, "invalid_request", "m", nil, "", nil},
		"ErrorMessageResponse, prose": {400, `{"error":"Bad Request","message":"m"}`, "", "Bad Request", nil, "", nil},
		"ErrorStringResponse":         {400, `{"error":"it is wrong"}`, "", "it is wrong", nil, "", nil},
		"ErrorFlagResponse":           {400, `{"error":true,"msg":"m"}`, "", "m", nil, "", nil},
		"NotificationErrorResponse":   {400, `{"message":"m","error_code":42}`, "42", "m", nil, "", nil},
		"ValidationErrorResponse": {422,
			`{"detail":[{"loc":["body","files",0,"size"],"msg":"field required","type":"value_error.missing"},{"loc":["query","q"],"msg":"n","type":"t"}]}`,
			"", "field required", []error{caremux.ErrInvalid}, "files[0].size q",
			func(d ekacare.ErrorDetails) bool { return d.Fields[0].Type == "value_error.missing" }},
		"detail text": {404, `{"detail":"Not Found"}`, "", "Not Found", nil, "", nil},
		"no slot left": {400, `{"error":{"code":"APPOINTMENT_BOOKING_FAILED","message":"m","details":{"reason":"NO_AVAILABLE_SLOTS"}}}`,
			"APPOINTMENT_BOOKING_FAILED", "m",
			[]error{ekacare.ErrSlotTaken, caremux.ErrInvalid}, "", func(d ekacare.ErrorDetails) bool {
				return d.Reason == "NO_AVAILABLE_SLOTS"
			}},
		"no slot left, outside": {409, `{"code":"APPOINTMENT_BOOKING_FAILED","details":{"reason":"NO_AVAILABLE_SLOTS"}}`,
			"APPOINTMENT_BOOKING_FAILED", "", []error{ekacare.ErrSlotTaken, caremux.ErrConflict}, "", nil},
		"assessment forgotten": {400, `{"error":{"error_code":"cache_not_found","message":"m"}}`, "cache_not_found",
			"m", []error{ekacare.ErrAssessmentExpired}, "", nil},
		"ABHA session":          {491, `{"code":491,"error":"expired"}`, "", "expired", []error{ekacare.ErrABHASessionExpired}, "", nil},
		"ABHA session, no body": {491, ``, "", "", []error{ekacare.ErrABHASessionExpired}, "", nil},
		"ABDM rate": {500, `{"code":500,"error":"m","source_error":{"code":"ABDM-1022","message":"x"}}`,
			"ABDM-1022", "m", []error{caremux.ErrRateLimited, caremux.ErrServer}, "", nil},
		"ABDM blocked": {400, `{"code":400,"error":"m","source_error":{"code":"ABDM-1027"}}`, "ABDM-1027",
			"m", []error{caremux.ErrRateLimited}, "", nil},
		"ABDM passwords": {400, `{"code":400,"error":"m","source_error":{"code":"ABDM-1100"}}`, "ABDM-1100",
			"m", []error{caremux.ErrRateLimited}, "", nil},
		"ABDM user": {400, `{"source_error":{"code":"ABDM-1110"}}`, "ABDM-1110", "", []error{caremux.ErrNotFound}, "", nil},
		"text":      {400, `file is too large`, "", "file is too large", []error{caremux.ErrInvalid}, "", nil},
		"JSON text": {400, `"file is too large"`, "", "file is too large", nil, "", nil},
		"HTML":      {502, `<html><body>Bad Gateway</body></html>`, "", "", []error{caremux.ErrServer}, "", nil},
		"nothing":   {404, ``, "", "", []error{caremux.ErrNotFound}, "", nil},
		"cut off":   {400, `{"error":{"code":"INV`, "", "", nil, "", nil},
		"other types": {
			400, `{"error":{"code":{},"message":[1]},"message":7,"field":{},"detail":5,"source_error":[]}`, "", "", nil, "", nil,
		},
		"prose in place of a name": {400, `{"field":["her name is Ann"],"message":["m"]}`, "", "m", nil, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			nw := always(tc.status, tc.body)
			_, err := nw.client(t, caremux.WithRetry(caremux.NoRetry)).Doctors.Get(t.Context(), "1")
			e := wantError(t, err, tc.status)
			if e.Code != tc.code || e.Message != tc.message || string(e.Body()) != tc.body {
				t.Errorf("code %q, message %q, body %q", e.Code, e.Message, e.Body())
			}
			for _, target := range tc.is {
				if !errors.Is(err, target) {
					t.Errorf("%v does not match %v", err, target)
				}
			}
			var fields *ekacare.FieldErrors
			var named []string
			if errors.As(err, &fields) {
				for _, f := range fields.Fields {
					if f.Field != "" {
						named = append(named, f.Field)
					}
				}
			}
			if strings.Join(named, " ") != tc.fields {
				t.Errorf("fields %q, want %q", named, tc.fields)
			}
			if details, _ := e.Details.(ekacare.ErrorDetails); tc.details != nil && !tc.details(details) {
				t.Errorf("details %+v", details)
			}
		})
	}
}

func TestFieldErrorsPrintTheFieldsAlone(t *testing.T) {
	e := &ekacare.FieldErrors{Fields: []ekacare.FieldError{{Field: "mobile", Message: "Quixworth is none"}, {Message: "Quixworth"}}}
	if e.Error() != "2 fields are at fault: mobile" ||
		(&ekacare.FieldErrors{Fields: e.Fields[:1]}).Error() != "1 field is at fault: mobile" {
		t.Errorf("text %q", e)
	}
	if text := printed(e); strings.Contains(text, "Quixworth") {
		t.Errorf("printed %s", text)
	}
}

func FuzzErrorBody(f *testing.F) {
	for _, body := range []string{
		`{"error":{"code":"A","message":"m","details":{"reason":"r"}},"err":[],"code":7,"message":["a"],"field":["f"]}`,
		`{"detail":[{"loc":["body",0],"msg":"m"}]}`, `{"source_error":{"code":"ABDM-1022"}}`,
		`[[[[[[{"error":{}}]]]]]]`, `<html>`, ``, `null`, `"x"`, `{"error":true}`,
		`{"detail":{"detail":{"detail":{"error":"e"}}}}`,
	} {
		f.Add(500, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 400 || status > 599 {
			status = 400
		}
		_, err := always(status, body).client(t, caremux.WithRetry(caremux.NoRetry)).Doctors.Get(t.Context(), "1")
		e := wantError(t, err, status)
		if string(e.Body()) != body {
			t.Errorf("Body = %q, want %q", e.Body(), body)
		}
		var fields *ekacare.FieldErrors
		details, _ := e.Details.(ekacare.ErrorDetails)
		if errors.As(err, &fields) != (len(details.Fields) > 0) || fields != nil && !reflect.DeepEqual(fields.Fields, details.Fields) {
			t.Errorf("Details = %v, fields %v", details, fields)
		}
		if e.Is(ekacare.ErrABHASessionExpired) != (status == 491) {
			t.Errorf("%v at status %d", e, status)
		}
	})
}
