package ekacaretest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/specserver"
)

// failure is an error response.
type failure struct {
	status int
	body   any // sent as JSON
}

func (f *failure) Error() string { return string(f.encoded()) }

func (f *failure) encoded() []byte {
	data, _ := json.Marshal(f.body) // of strings and numbers only
	return data
}

func (f *failure) reply() specserver.Reply { return specserver.Reply{Status: f.status, Body: f.body} }

// failed is the commonest of the vendor's errors.
func failed(status int, code, message string) *failure {
	return &failure{status, object{"error": object{"code": code, "message": message}}}
}

// rejected is the response to a request that does not do.
func rejected(message string) *failure {
	return failed(http.StatusBadRequest, ekacare.CodeInvalidRequestParameters, message)
}

// unknown is the response to a call for something that does not exist.
func unknown(what string) *failure {
	return failed(http.StatusNotFound, ekacare.CodeNotFound, what+" not found")
}

// invalid reports a request that is not as the documents say, in the shape of its area.
func invalid(c *specserver.Call, err error) specserver.Reply {
	if errors.Is(err, specserver.ErrNoOperation) {
		return unknown(c.Method + " " + c.RawPath).reply()
	}
	return shaped(c.RawPath, http.StatusBadRequest, ekacare.CodeInvalidRequest, err.Error()).reply()
}

// shaped returns an error in the shape that the area of a path uses.
func shaped(path string, status int, code, message string) *failure {
	switch area, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/"); {
	case area == "connect-auth", area == "privacy", area == "abdm":
		return &failure{status, object{"code": status, "error": message}}
	case area == "assessment":
		return &failure{
			status, object{"error": object{"error_code": strings.ToLower(code), "display_message": message, "message": message}},
		}
	case area == "cdr":
		return &failure{status, object{"status": "error", "message": message}}
	case status == http.StatusUnauthorized:
		return &failure{status, object{"message": message}}
	}
	return failed(status, code, message)
}
