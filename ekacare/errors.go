package ekacare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// Errors that say more than a status. Test with [errors.Is].
var (
	// ErrSlotTaken matches a booking for which no slot is left: call FindSlots once more.
	ErrSlotTaken = errors.New("the slot is taken")
	// ErrABHASessionExpired matches status 491: the patient's session with the ABDM gateway has ended. The patient opens
	// another with [ABHASessionService].
	ErrABHASessionExpired = errors.New("the ABHA session has expired")
	// ErrAssessmentExpired matches a step of an assessment that the vendor has forgotten: start another.
	ErrAssessmentExpired = errors.New("the assessment has expired")
)

// StatusABHASessionExpired is the status of [ErrABHASessionExpired].
const StatusABHASessionExpired = 491

// Codes of errors, in [caremux.Error] Code. The vendor has more. An error of the ABDM gateway carries the gateway's code.
const (
	CodeInvalidRequest           = "INVALID_REQUEST"
	CodeInvalidRequestParameters = "INVALID_REQUEST_PARAMETERS"
	CodeBadRequest               = "BAD_REQUEST"
	CodeNotAllowed               = "NOT_ALLOWED"
	CodeNotFound                 = "NOT_FOUND"
	CodeUnauthorized             = "UNAUTHORIZED"
	CodeServerError              = "SERVER_ERROR"
	CodeInternalServerError      = "INTERNAL_SERVER_ERROR"
	CodeBookingFailed            = "APPOINTMENT_BOOKING_FAILED" // see ErrorDetails.Reason
	CodeNoAvailableSlots         = "NO_AVAILABLE_SLOTS"         // reason of a booking that failed; see ErrSlotTaken
	CodeAssessmentExpired        = "cache_not_found"            // see ErrAssessmentExpired
	CodeInvalidAuthToken         = "invalid_auth_token"

	CodeABDMTooManyRequests   = "ABDM-1022" // matches caremux.ErrRateLimited, though it comes with status 500
	CodeABDMBlocked           = "ABDM-1027" // blocked for 24 hours; matches caremux.ErrRateLimited
	CodeABDMOTPMismatch       = "ABDM-1035" // wrong one-time password, or an unknown facility
	CodeABDMConsentExpired    = "ABDM-1061"
	CodeABDMConsentNotGranted = "ABDM-1062"
	CodeABDMConsentDates      = "ABDM-1063"
	CodeABDMDuplicateRequest  = "ABDM-1064"
	CodeABDMTooManyOTPs       = "ABDM-1100" // wait 30 minutes; matches caremux.ErrRateLimited
	CodeABDMAddressExists     = "ABDM-1101"
	CodeABDMUserNotFound      = "ABDM-1110"
	CodeWrongOTP              = "MIS-1013"
	CodeAccountClaimed        = "EKA-1001"
	CodeMobileClaimed         = "EKA-1002"
)

// ErrorDetails is the type of [caremux.Error] Details: what some errors say beyond code and message. It may quote the request.
type ErrorDetails struct {
	Reason         string          // why, as a code
	DisplayMessage string          // a message for the user of an application
	SourceCode     string          // code of the ABDM gateway, or of another source behind the vendor
	SourceMessage  string          // its message
	Fields         []FieldError    // invalid fields of the request
	Details        json.RawMessage // what else came as details
}

// FieldError is one thing that is wrong with a request.
type FieldError struct {
	Field   string // the invalid field, such as "appointment_details.start_time"; empty if the vendor does not say
	Type    string // kind of fault, as a code
	Message string // the vendor's text; it may quote the request
}

// FieldErrors lists the fields of a request that the vendor refused; errors.As finds it in the error of the call. Its
// message only names the fields.
type FieldErrors struct {
	Fields []FieldError
}

// Error lists the fields at fault.
func (e *FieldErrors) Error() string {
	var names []string
	for _, f := range e.Fields {
		if f.Field != "" {
			names = append(names, f.Field)
		}
	}
	text := strconv.Itoa(len(e.Fields)) + " fields are at fault"
	if len(e.Fields) == 1 {
		text = "1 field is at fault"
	}
	if len(names) > 0 {
		text += ": " + strings.Join(names, ", ")
	}
	return text
}

// Format prints the message of Error for every verb, so that %#v shows no message either.
func (e *FieldErrors) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText returns the message of Error, so that a log in JSON shows no message either.
func (e *FieldErrors) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// unreadable is a response that reports success and cannot be what was requested. maybeApplied is false for reads.
func unreadable(operation string, raw []byte, reason string, maybeApplied bool) *caremux.Error {
	e := caremux.Error{Vendor: "ekacare", Operation: operation, Status: 200, Attempts: 1, Kind: caremux.ErrUnreadable}
	return caremux.NewError(e, caremux.ErrorParts{Body: raw, Reason: reason, MaybeApplied: maybeApplied})
}

// explain reads the body of an error, which comes in some twenty shapes, or as a string.
func explain(e *caremux.Error, body []byte) error {
	p := probe{status: e.Status}
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
	case json.Valid(body):
		p.value(body, 0)
	case body[0] != '<' && body[0] != '{' && body[0] != '[':
		p.message = string(body[:min(len(body), 1024)])
	}
	e.Code, e.Message = p.code, p.message
	if p.details.SourceCode != "" {
		e.Code = p.details.SourceCode
	}
	if e.Message == "" {
		e.Message = p.details.SourceMessage
	}
	e.Kind = kindOf(e, p.details.Reason)
	if d := p.details; d.Reason != "" || d.DisplayMessage != "" || d.SourceCode != "" || d.SourceMessage != "" ||
		d.Fields != nil || d.Details != nil {
		e.Details = d
	}
	if len(p.details.Fields) > 0 {
		return &FieldErrors{Fields: p.details.Fields}
	}
	return nil
}

func kindOf(e *caremux.Error, reason string) error {
	code := e.Code
	switch {
	case e.Status == StatusABHASessionExpired:
		return ErrABHASessionExpired
	case code == CodeNoAvailableSlots, reason == CodeNoAvailableSlots:
		return ErrSlotTaken
	case code == CodeAssessmentExpired:
		return ErrAssessmentExpired
	}
	switch code {
	case CodeABDMTooManyRequests, CodeABDMBlocked, CodeABDMTooManyOTPs, "rate_limit_exceeded":
		return caremux.ErrRateLimited
	case CodeUnauthorized, CodeInvalidAuthToken, "auth_error", "auth_missing":
		return caremux.ErrUnauthorized
	case CodeABDMUserNotFound:
		return caremux.ErrNotFound
	}
	if strings.HasSuffix(strings.ToUpper("_"+code), "_NOT_FOUND") {
		return caremux.ErrNotFound
	}
	return nil
}

// probe collects what an error's body says, wherever it stands. What is found first stays.
type probe struct {
	status  int
	code    string
	message string
	details ErrorDetails
}

// maxDepth of objects in objects that contain the error.
const maxDepth = 4

// value reads an object, the first of a list, or a string.
func (p *probe) value(raw json.RawMessage, depth int) {
	var m map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case depth > maxDepth:
	case json.Unmarshal(raw, &m) == nil && m != nil:
		p.object(m, depth)
	case json.Unmarshal(raw, &list) == nil:
		if len(list) > 0 {
			p.value(list[0], depth+1)
		}
	default:
		fill(&p.message, jsonString(raw))
	}
}

func (p *probe) object(m map[string]json.RawMessage, depth int) {
	for _, name := range [...]string{"code", "error_code"} {
		if code := jsonScalar(m[name]); code != strconv.Itoa(p.status) { // the status again is not a code
			fill(&p.code, code)
		}
	}
	message := jsonString(m["message"])
	fill(&message, jsonString(m["msg"]))
	for _, name := range [...]string{"error", "err"} {
		word := jsonString(m[name])
		switch {
		case word == "":
			p.value(m[name], depth+1)
		case p.code == "" && message != "" && isWord(word):
			p.code = word
		default:
			fill(&p.message, word)
		}
	}
	fill(&p.message, message)
	fill(&p.details.DisplayMessage, jsonString(m["display_message"]))
	fill(&p.message, p.details.DisplayMessage)
	p.source(m["source_error"])
	p.more(m["details"])
	p.fields(m)
	if messages := jsonStrings(m["message"]); p.message == "" && len(messages) > 0 {
		p.message = strings.Join(messages, "; ")
	}
	if detail := m["detail"]; len(detail) > 0 && detail[0] != '[' {
		p.value(detail, depth+1)
	}
}

func (p *probe) source(raw json.RawMessage) {
	var source struct{ Code, Message json.RawMessage }
	if json.Unmarshal(raw, &source) == nil {
		fill(&p.details.SourceCode, jsonScalar(source.Code))
		fill(&p.details.SourceMessage, jsonString(source.Message))
	}
}

// more reads the details, which are a string, an object or a list.
func (p *probe) more(raw json.RawMessage) {
	switch string(raw) {
	case "", "null", "{}", "[]", `""`:
		return
	}
	if p.details.Details == nil {
		p.details.Details = raw
	}
	var reason struct{ Reason json.RawMessage }
	if json.Unmarshal(raw, &reason) == nil {
		fill(&p.details.Reason, jsonString(reason.Reason))
	}
}

// fields reads the fields at fault: field and message as lists side by side, or detail as a list of objects.
func (p *probe) fields(m map[string]json.RawMessage) {
	if p.details.Fields != nil {
		return
	}
	names, messages := jsonStrings(m["field"]), jsonStrings(m["message"])
	for i, name := range names {
		f := FieldError{Field: fieldName(name)}
		if i < len(messages) {
			f.Message = messages[i]
		}
		p.details.Fields = append(p.details.Fields, f)
	}
	var items []struct{ Loc, Msg, Type json.RawMessage }
	if detail := m["detail"]; len(detail) == 0 || json.Unmarshal(detail, &items) != nil {
		for _, message := range jsonStrings(m["detail"]) {
			fill(&p.message, message)
		}
		return
	}
	for _, item := range items {
		field := FieldError{Field: location(item.Loc), Type: jsonString(item.Type), Message: jsonString(item.Msg)}
		p.details.Fields = append(p.details.Fields, field)
		fill(&p.message, jsonString(item.Msg))
	}
}

// location writes ["body", "files", 0, "size"] as files[0].size.
func location(raw json.RawMessage) string {
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil {
		return fieldName(jsonString(raw))
	}
	var path string
	for i, part := range parts {
		name := jsonString(part)
		switch {
		case name == "":
			path += "[" + jsonScalar(part) + "]"
		case i == 0 && len(parts) > 1 && (name == "body" || name == "query" || name == "path" || name == "header"):
		case path == "":
			path = name
		default:
			path += "." + name
		}
	}
	return fieldName(path)
}

// fieldName keeps prose, which may quote the request, out of the place of a name.
func fieldName(s string) string {
	if len(s) > 128 || strings.ContainsFunc(s, func(r rune) bool { return !wordRune(r) && r != '.' && r != '[' && r != ']' && r != '-' }) {
		return ""
	}
	return s
}
