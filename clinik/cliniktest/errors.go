package cliniktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/specserver"
)

// failure is an error response.
type failure struct {
	status  int
	code    string
	message string
	issues  []issue
	header  http.Header
	outcome bool // as a FHIR OperationOutcome
}

// issue is one thing that is wrong with a request, and what FHIR calls it.
type issue struct {
	Severity    string   `json:"severity"`
	Code        string   `json:"code"`
	Diagnostics string   `json:"diagnostics"`
	Location    []string `json:"location,omitempty"`
}

func (f *failure) Error() string { return f.message }

// body is the bare object that ClinikAPI sends, without an envelope.
func (f *failure) body(requestID string) []byte {
	var answer any
	if f.outcome {
		answer = outcome(f.issues...)
	} else {
		fields := object{"error": http.StatusText(f.status), "message": f.message, "code": f.code, "requestId": requestID}
		if len(f.issues) > 0 {
			fields["issues"] = f.issues
		}
		answer = fields
	}
	data, _ := json.Marshal(answer) // of strings only
	return data
}

func outcome(issues ...issue) object {
	return object{"resourceType": "OperationOutcome", "issue": issues}
}

func notFound(what string) *failure {
	return &failure{status: http.StatusNotFound, code: clinik.CodeNotFound, message: what + " not found"}
}

// fhirFailure is an error of the raw FHIR routes.
func fhirFailure(status int, code, diagnostics string) *failure {
	return &failure{status: status, message: diagnostics, outcome: true, issues: []issue{{"error", code, diagnostics, nil}}}
}

// unfit reports a request that is not as the documents say.
func unfit(c *specserver.Call, problem error) *failure {
	switch {
	case errors.Is(problem, specserver.ErrNoOperation):
		return &failure{status: http.StatusNotFound, code: clinik.CodeNotFound, message: "no such route"}
	case errors.Is(problem, specserver.ErrTooLarge):
		return &failure{status: http.StatusRequestEntityTooLarge, code: clinik.CodeValidationError, message: "the body is too large"}
	}
	var value any
	if c.Operation.Op.RequestBody != nil && len(c.Body) > 0 && c.Decode(&value) != nil {
		return &failure{status: http.StatusBadRequest, code: clinik.CodeInvalidJSON, message: "the body is not JSON"}
	}
	f := &failure{status: http.StatusBadRequest, code: clinik.CodeValidationError, message: "the request is not valid",
		outcome: isRaw(c.Operation)}
	if f.issues = bodyIssues(c.Operation, value, problem); len(f.issues) > 0 {
		f.status, f.message = http.StatusUnprocessableEntity, "the record is not valid"
	} else {
		f.issues = []issue{{"error", "invalid", problem.Error(), nil}}
	}
	return f
}

// bodyIssues lists everything that is wrong with a body, none if the problem is elsewhere.
func bodyIssues(op *specserver.Operation, value any, problem error) []issue {
	if op.Op.RequestBody == nil {
		return nil
	}
	var issues []issue
	for _, media := range op.Op.RequestBody.Value.Content {
		err := media.Schema.Value.VisitJSON(value, openapi3.MultiErrors(), openapi3.DisableSchemaErrorDetails())
		issues = append(issues, schemaIssues(err)...)
	}
	if len(issues) == 0 {
		issues = schemaIssues(problem) // formats are the check's own
	}
	if len(issues) == 0 {
		if _, rest, ok := strings.Cut(problem.Error(), `field "`); ok {
			member, _, _ := strings.Cut(rest, `"`)
			issues = []issue{{"error", "structure", member + ": Unrecognized", nil}}
		}
	}
	slices.SortStableFunc(issues, func(a, b issue) int { return strings.Compare(a.Diagnostics, b.Diagnostics) })
	return slices.CompactFunc(issues, func(a, b issue) bool { return a.Diagnostics == b.Diagnostics })
}

// schemaIssues finds the innermost errors of a validation; each knows the whole way to its value.
func schemaIssues(err error) []issue {
	switch err := err.(type) {
	case nil:
		return nil
	case openapi3.MultiError:
		var issues []issue
		for _, one := range err {
			issues = append(issues, schemaIssues(one)...)
		}
		return issues
	case *openapi3.SchemaError:
		if inner := schemaIssues(err.Origin); len(inner) > 0 {
			return inner
		}
		at := err.JSONPointer()
		i := issue{"error", "invalid", fieldName(at) + ": " + err.Reason, []string{"/" + strings.Join(at, "/")}}
		if err.SchemaField == "required" {
			i.Code, i.Diagnostics = "required", fieldName(at)+": Required"
		}
		return []issue{i}
	}
	return schemaIssues(errors.Unwrap(err))
}

// fieldName writes the way to a value as "contact[0].phone".
func fieldName(at []string) string {
	var b strings.Builder
	for _, part := range at {
		if _, err := strconv.Atoi(part); err == nil {
			fmt.Fprintf(&b, "[%s]", part)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(part)
	}
	if b.Len() == 0 {
		return "body"
	}
	return b.String()
}
