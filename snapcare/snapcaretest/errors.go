package snapcaretest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/caremux/caremux/internal/specserver"
)

// The codes of version 3.
const (
	codeInvalid  = 1000400
	codeNotFound = 1000404
)

// failure is an error response: a version 3 body if it has a code, else a bare JSON string.
type failure struct {
	status  int
	code    int
	message string
}

func (f *failure) Error() string { return f.message }

func (f *failure) body() []byte {
	var answer any = f.message
	if f.code != 0 {
		answer = object{"responseCode": f.code, "message": f.message, "spCallResult": object{
			"DbName": "SnapcareTest", "Result": "[]", "Duration": 1.5, "ErrorCode": f.code, "Error": f.message,
			"ExErrorCode": 0, "ExError": "",
		}}
	}
	data, _ := json.Marshal(answer) // of strings and numbers only
	return data
}

func (f *failure) reply() specserver.Reply { return specserver.Reply{Status: f.status, Body: f.body()} }

// rejected is what version 3 says to data that does not do.
func rejected(message string) *failure {
	return &failure{http.StatusBadRequest, codeInvalid, message}
}

// unknown is what version 3 says to something that does not exist.
func unknown(what string) *failure {
	return &failure{http.StatusBadRequest, codeNotFound, what + " not found"}
}

// notFound is what version 2 says to something that does not exist.
func notFound(what string) *failure {
	return &failure{status: http.StatusNotFound, message: what + " not found"}
}

func badRequest(message string) *failure {
	return &failure{status: http.StatusBadRequest, message: message}
}

func unauthorized(message string) *failure {
	return &failure{status: http.StatusUnauthorized, message: message}
}

// invalid reports a request that is not as the documents say.
func invalid(c *specserver.Call, err error) specserver.Reply {
	switch {
	case errors.Is(err, specserver.ErrNoOperation):
		return notFound(c.Method + " " + c.RawPath).reply()
	case strings.HasPrefix(c.RawPath, "/v3"):
		return rejected(err.Error()).reply()
	}
	return badRequest(err.Error()).reply()
}
