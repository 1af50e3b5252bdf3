package clinik

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// Codes of errors, in [caremux.Error] Code. The vendor may add others.
const (
	CodeUnauthorized           = "UNAUTHORIZED"             // no key was sent
	CodeInvalidKeyFormat       = "INVALID_KEY_FORMAT"       // the key has the wrong format
	CodeInvalidKey             = "INVALID_KEY"              // the key is unknown
	CodeKeyRevoked             = "KEY_REVOKED"              // the key was revoked; it may have worked for a minute longer
	CodeKeyExpired             = "KEY_EXPIRED"              // the key has expired
	CodeValidationError        = "VALIDATION_ERROR"         // the record does not follow its schema; see IssuesError
	CodeInvalidJSON            = "INVALID_JSON"             // the body is not JSON
	CodeMethodOverrideRejected = "METHOD_OVERRIDE_REJECTED" // a method override header was sent
	CodeSandboxQuotaExceeded   = "SANDBOX_QUOTA_EXCEEDED"   // the sandbox plan's month is used up
	CodeMonthlyQuotaExceeded   = "MONTHLY_QUOTA_EXCEEDED"   // the plan's month is used up
	CodeRateLimited            = "RATE_LIMITED"             // too many requests in a minute; the client waits and retries
	CodeNotFound               = "NOT_FOUND"                // missing, or of another tenant
	CodeInternalError          = "INTERNAL_ERROR"           // the vendor's own failure
)

// ErrFHIRShape matches the error of a call whose response is a FHIR resource instead of a flat record. The resource is in
// [caremux.Error.Body], its type in Details as a string; package fhir has types to decode it into.
var ErrFHIRShape = errors.New("the response is a FHIR resource instead of a record")

// Issue is a problem with a request.
type Issue struct {
	Field       string // the invalid field, such as "firstName"; empty if the vendor does not say
	Severity    string // fatal, error, warning or information
	Code        string // kind of issue, such as invalid or required
	Diagnostics string // the vendor's text; it may quote the request
}

// IssuesError describes a request that the vendor refused with issues; errors.As finds it. Its message only names the
// fields.
type IssuesError struct {
	Issues []Issue
}

// Error lists the invalid fields.
func (e *IssuesError) Error() string {
	var fields []string
	for _, i := range e.Issues {
		if i.Field != "" {
			fields = append(fields, i.Field)
		}
	}
	text := strconv.Itoa(len(e.Issues)) + " issues"
	if len(e.Issues) == 1 {
		text = "1 issue"
	}
	if len(fields) > 0 {
		text += ": " + strings.Join(fields, ", ")
	}
	return text
}

// Format prints the message of Error for every verb, so that %#v shows no diagnostics either.
func (e *IssuesError) Format(f fmt.State, verb rune) { wire.FormatText(f, verb, e.Error()) }

// MarshalText returns the message of Error, so that a log in JSON shows no diagnostics either.
func (e *IssuesError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// explain reads the body of an error. Documents show issues, the vendor's SDK reads issue: both are taken.
func explain(e *caremux.Error, body []byte) error {
	var answer ErrorResponse
	_ = json.Unmarshal(body, &answer) // a field of another type than documented does not cost the others
	e.Code = answer.Code
	if e.Message = answer.Message; e.Message == "" {
		e.Message = answer.Error
	}
	if e.RequestID == "" {
		e.RequestID = answer.RequestID
	}
	switch answer.Code {
	case CodeMonthlyQuotaExceeded, CodeSandboxQuotaExceeded:
		e.Kind = caremux.ErrQuotaExceeded
	case CodeNotFound:
		e.Kind = caremux.ErrNotFound
	}
	var issues []Issue
	for _, i := range append(answer.Issues, answer.Issue...) {
		issue := Issue{Field: fieldOf(i), Severity: string(i.Severity), Code: i.Code, Diagnostics: i.Diagnostics}
		if !slices.Contains(issues, issue) { // a response may name them under both names
			issues = append(issues, issue)
		}
	}
	if len(issues) == 0 {
		return nil
	}
	e.Details = issues
	return &IssuesError{Issues: issues}
}

// fieldOf names the field at fault: the location, or what stands before the colon in "firstName: Required".
func fieldOf(i ErrorIssue) string {
	if len(i.Location) > 0 {
		field := i.Location[0]
		if pointer, ok := strings.CutPrefix(field, "/"); ok {
			field = strings.ReplaceAll(pointer, "/", ".")
		}
		if isField(field) {
			return field
		}
	}
	field, _, ok := strings.Cut(i.Diagnostics, ":")
	if ok && isField(field) && field[0] >= 'a' {
		return field
	}
	return ""
}

// isField keeps prose, which may quote a record, out of the place of a name.
func isField(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '[' || r == ']')
	})
}
