package specserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// formats are what the documents mean by a format. They are handed to each validation, since kin-openapi's own table belongs to
// the whole process.
var formats = openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
	"date-time":   layout(time.RFC3339Nano),
	"date":        layout(time.DateOnly),
	"time-of-day": layout(time.TimeOnly),
	// Where a vendor calls an id a UUID, callers may still hold another key for the record.
	"uuid": openapi3.NewCallbackValidator(func(string) error { return nil }),
})

func layout(layout string) openapi3.StringFormatValidator {
	return openapi3.NewCallbackValidator(func(value string) error {
		if _, err := time.Parse(layout, value); err != nil {
			return fmt.Errorf("must look like %s", layout)
		}
		return nil
	})
}

var options = &openapi3filter.Options{
	SkipSettingDefaults:     true, // a check must not change what it checks
	SchemaValidationOptions: []openapi3.SchemaValidationOption{formats, openapi3.DisableSchemaErrorDetails()},
}

// Check reports what is wrong with a request: path, query, headers and body against the document. Beyond what the document
// says, a query parameter or a member of a JSON object that it does not name is an error, and so is a single-valued parameter
// given twice: a vendor would ignore these silently, and the caller would never know. The request's own body is not read.
func (s *Spec) Check(op *Operation, pathParams map[string]string, r *http.Request, body []byte) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return errors.New("the query cannot be read")
	}
	for name, value := range pathParams {
		if value == "" {
			return fmt.Errorf("path parameter %q is empty", name)
		}
	}
	if err := checkNames(op, query); err != nil {
		return err
	}
	// The clone keeps kin-openapi from replacing the body of the caller's request.
	input := &openapi3filter.RequestValidationInput{
		Request:     r.Clone(r.Context()),
		PathParams:  pathParams,
		QueryParams: query,
		Options:     options,
	}
	input.Request.Body = io.NopCloser(bytes.NewReader(body))
	for _, p := range op.Parameters {
		if err := openapi3filter.ValidateParameter(r.Context(), input, p.Value); err != nil {
			return err
		}
	}
	if op.Op.RequestBody == nil {
		if len(body) > 0 {
			return errors.New("a body was sent, but none is documented")
		}
		return nil
	}
	if err := openapi3filter.ValidateRequestBody(r.Context(), input, op.Op.RequestBody.Value); err != nil {
		return err
	}
	return checkMembers(op.Op.RequestBody.Value, r.Header.Get("Content-Type"), body)
}

// queryNames are the names that a query may contain.
type queryNames struct {
	once, often map[string]bool // given once at most, or several times
	prefixes    []string        // of the names of deep objects
}

func namesOf(op *Operation) (names queryNames, err error) {
	names.once, names.often = map[string]bool{}, map[string]bool{}
	for _, ref := range op.Parameters {
		p := ref.Value
		if p.In != openapi3.ParameterInQuery {
			continue
		}
		schema := flatten(p.Schema)
		style, err := p.SerializationMethod()
		switch {
		case err != nil:
			return names, err
		case style.Style == openapi3.SerializationDeepObject:
			names.prefixes = append(names.prefixes, p.Name+"[")
		case schema != nil && isType(schema, openapi3.TypeObject) && style.Explode && p.Content == nil:
			for name := range schema.Properties {
				names.once[name] = true
			}
		case schema != nil && isType(schema, openapi3.TypeArray) && style.Explode:
			names.often[p.Name] = true
		default:
			names.once[p.Name] = true
		}
		if second, ok := p.Extensions["x-also-as"].(string); ok {
			names.often[second], names.once[second] = names.often[p.Name], names.once[p.Name]
		}
	}
	return names, nil
}

// checkNames looks for query parameters that are not documented, or given more often than they may be.
func checkNames(op *Operation, query url.Values) error {
	names, err := namesOf(op)
	if err != nil {
		return err
	}
	for name, values := range query {
		switch {
		case names.often[name]:
		case names.once[name]:
			if len(values) > 1 {
				return fmt.Errorf("query parameter %q is given %d times", name, len(values))
			}
		case !slices.ContainsFunc(names.prefixes, func(p string) bool { return strings.HasPrefix(name, p) }):
			return fmt.Errorf("query parameter %q is not documented", name)
		}
	}
	return nil
}

// checkMembers looks for members of the body that are not documented. Parts of a multipart form are looked at by kin-openapi.
func checkMembers(doc *openapi3.RequestBody, contentType string, body []byte) error {
	media := doc.Content.Get(contentType)
	if len(body) == 0 || media == nil || media.Schema == nil {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(contentType)
	var value any
	switch {
	case isJSON(kind):
		if err := json.Unmarshal(body, &value); err != nil {
			return errors.New("the body is not JSON")
		}
	case kind == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return errors.New("the form cannot be read")
		}
		fields := make(map[string]any, len(form))
		for name := range form {
			fields[name] = nil
		}
		value = fields
	default:
		return nil
	}
	return unknownMember([]*openapi3.Schema{media.Schema.Value}, value, "")
}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}
