package snapcare

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/transport"
)

// Codes of errors of version 3, in [caremux.Error] Code. The vendor may have others.
const (
	CodeInvalid  = "1000400" // the request is not valid; Message says why
	CodeNotFound = "1000404" // there is no such record, although the status is 400
)

// ErrWrongUser matches a 401 that another login does not help against: the vendor refused the call for a token that it has
// accepted before and that has not expired, or that came straight from a login. Most likely the call is for another kind of
// user, or requests a role that the user lacks. The error matches [caremux.ErrUnauthorized] as well.
var ErrWrongUser = errors.New("wrong kind of user")

// explain reads the body of an error: an object in version 3, a JSON text in some calls of version 2, or an HTML page, which
// leaves the error with its status alone.
func explain(e *caremux.Error, body []byte) error {
	if json.Unmarshal(body, &e.Message) == nil {
		return nil
	}
	var answer ErrorResponse
	var mismatch *json.UnmarshalTypeError
	if err := json.Unmarshal(body, &answer); err != nil && (!errors.As(err, &mismatch) || mismatch.Field == "") {
		return nil // what is not an object at all
	}
	e.Message = answer.Message
	code := answer.ResponseCode
	if result := answer.SPCallResult; result != nil {
		if e.Message == "" {
			e.Message = result.Error
		}
		if code == nil {
			code = result.ErrorCode
		}
	}
	if code != nil && *code != 0 {
		e.Code = strconv.Itoa(*code)
	}
	if e.Code == CodeNotFound {
		e.Kind = caremux.ErrNotFound
	}
	if answer != (ErrorResponse{}) {
		e.Details = &answer
	}
	return nil
}

// vet reports that a call which reads a record has none to return: some calls then respond with null, or with an
// envelope without data.
func vet(op *transport.Operation, _ []string, raw []byte) error {
	if op.Paging != nil || op.Method != http.MethodGet && !op.Idempotent {
		return nil
	}
	if string(bytes.TrimSpace(raw)) == "null" {
		return &transport.ShapeError{Reason: "the response is null: there is no such record", Kind: caremux.ErrNotFound}
	}
	if op.Envelope == "" || len(raw) > maxEmptyEnvelope {
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || len(members) == 0 {
		return nil
	}
	for name := range members {
		if name != "message" && name != "total" && name != "success" {
			return nil // no record has these alone
		}
	}
	return &transport.ShapeError{Reason: "the response has no data: there is no such record", Kind: caremux.ErrNotFound}
}

// maxEmptyEnvelope is how many bytes an envelope without data may have: its message is a sentence.
const maxEmptyEnvelope = 1 << 10
