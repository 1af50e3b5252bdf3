package transport

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/scan"
)

// An object says by the names of its fields, at a glance, whether it is a record or a remark on the call.

// sight is what an object shows at a glance.
type sight struct {
	whole       bool // it does not end in the middle
	fields      int  // it has
	known       int  // of them, those that its Go type names
	id          bool // it has the id of a record
	informative bool // a known field with content that is more than a remark on the call
	failed      bool // a field that its type does not name says that the call failed
	failedKnown bool // one that its type names does
	message     bool // it has text for people
}

// look looks at an object that is to become a value with the fields of table.
func (op *Operation) look(object []byte, table *fields.Struct) (s sight) {
	var p plain
	s.whole = scan.Members(object, func(name, value []byte) bool {
		s.fields++
		_, known := table.Named(name)
		if known {
			s.known++
		}
		switch r, isRemark := remarks[string(p.of(name))]; {
		case op.CreatedID != "" && strings.EqualFold(string(name), op.CreatedID):
			s.id = s.id || hasContent(value)
			s.informative = s.informative || s.id
		case isRemark:
			s.remark(r, value, known, known && op.reads() && !r.ofCall)
		default:
			s.field(value, known, (known || len(table.Fields) == 0) && op.isID(name))
		}
		return !s.id // a record that has its id is one, whatever else it has
	})
	return s
}

// field takes in a field that is no remark. id says that it is where the record's id would be.
func (s *sight) field(value []byte, known, id bool) {
	if (id || known && !s.informative) && hasContent(value) {
		s.informative = s.informative || known
		s.id = s.id || id
	}
}

// remark takes in a remark on the call. state says that it is the state of something instead, which is what was requested.
func (s *sight) remark(r remark, value []byte, known, state bool) {
	switch {
	case state:
		s.informative = s.informative || hasContent(value)
	case !r.failed(value):
		s.message = s.message || r.prose
	case known:
		s.failedKnown = true
	default:
		s.failed = true
	}
}

// saysSo reports whether the object says that the call failed, and is no record in spite of it.
func (s *sight) saysSo() bool { return (s.failed || s.failedKnown && !s.informative) && !s.id }

// isMessage reports whether the object is no more than text for people.
func (s *sight) isMessage() bool { return s.message && s.fields == 1 && !s.informative }

// isID reports whether a field of this name can be the id of the operation's record.
func (op *Operation) isID(name []byte) bool {
	return op.CreatedID == "" && len(name) >= 2 && bytes.EqualFold(name[len(name)-2:], []byte("id"))
}

var noFields = &fields.Struct{}

// hasInformative reports whether a type has fields that are more than remarks on the call.
func hasInformative(table *fields.Struct) bool {
	var p plain
	return slices.ContainsFunc(table.Fields, func(f fields.Field) bool {
		_, isRemark := remarks[string(p.of([]byte(f.Name)))]
		return !isRemark
	})
}

// remark is what a response says of how the call went.
type remark struct {
	failed func(value []byte) bool // whether a value says that it failed
	ofCall bool                    // it is about the call, and not about the state of something
	prose  bool                    // it is text for people
}

// remarks are the names of such fields, without case and separators.
var remarks = map[string]remark{
	"error": {failed: hasContent}, "errors": {failed: hasContent}, "errormessage": {failed: hasContent}, "errorcode": {failed: hasContent},
	"errortype": {failed: hasContent}, "errordescription": {failed: hasContent}, "fault": {failed: hasContent},
	"exception": {failed: hasContent},
	"success":   {failed: saysNo, ofCall: true}, "issuccess": {failed: saysNo, ofCall: true},
	"issuccessful": {failed: saysNo, ofCall: true},
	"successful":   {failed: saysNo, ofCall: true}, "succeeded": {failed: saysNo, ofCall: true}, "ok": {failed: saysNo, ofCall: true},
	"status": {failed: saysFailed}, "statuscode": {failed: saysFailed, ofCall: true}, "httpstatus": {failed: saysFailed, ofCall: true},
	"result": {failed: isFailure}, "outcome": {failed: isFailure},
	"message": {failed: isStatusText, ofCall: true, prose: true}, "msg": {failed: isStatusText, ofCall: true, prose: true},
	"detail": {failed: never, ofCall: true, prose: true}, "details": {failed: never, ofCall: true, prose: true},
	"title": {failed: never, ofCall: true, prose: true}, "code": {failed: never, ofCall: true}, "timestamp": {failed: never, ofCall: true},
	"path": {failed: never, ofCall: true}, "requestid": {failed: never, ofCall: true}, "traceid": {failed: never, ofCall: true},
	"correlationid": {failed: never, ofCall: true},
}

func never([]byte) bool { return false }

// hasContent reports whether a JSON value is more than a way to say that there is none.
func hasContent(value []byte) bool {
	if len(value) > len(`"false"`) {
		return value[0] != '[' && value[0] != '{' || len(scan.TrimSpace(value[1:len(value)-1])) > 0
	}
	if slices.ContainsFunc(noContent, func(none []byte) bool { return bytes.EqualFold(value, none) }) {
		return false
	}
	return value[0] != '[' && value[0] != '{' || len(scan.TrimSpace(value[1:len(value)-1])) > 0
}

var noContent = [][]byte{[]byte(""), []byte("null"), []byte("false"), []byte("0"), []byte(`""`), []byte(`"0"`),
	[]byte(`"none"`), []byte(`"null"`), []byte(`"false"`)}

// saysNo reports whether a value is false, however it is written.
func saysNo(value []byte) bool {
	switch strings.ToLower(unquoted(value)) {
	case "false", "0", "no":
		return true
	}
	return false
}

// saysFailed reports whether a status is one of failure: a word, or the number of an HTTP error.
func saysFailed(value []byte) bool {
	status, err := strconv.Atoi(unquoted(value))
	return err == nil && status >= 400 && status < 600 || isFailure(value)
}

func isFailure(value []byte) bool {
	switch strings.ToLower(unquoted(value)) {
	case "error", "err", "fail", "failed", "failure", "fault":
		return true
	}
	return false
}

// isStatusText reports whether a message is the name of an HTTP error, as gateways write it: "Internal server error".
func isStatusText(value []byte) bool {
	text := unquoted(value)
	for status := 400; status < 600; status++ {
		if name := http.StatusText(status); name != "" && strings.EqualFold(name, text) {
			return true
		}
	}
	return strings.EqualFold(text, "Endpoint request timed out") || strings.EqualFold(text, "Missing Authentication Token")
}

// unquoted is a JSON string without its quotes, and any other value as it is.
func unquoted(value []byte) string {
	var text string
	if len(value) > 0 && value[0] == '"' && json.Unmarshal(value, &text) == nil {
		return strings.TrimSpace(text)
	}
	return string(value)
}

// plain is a name without case and separators, in a buffer of its own so that none is allocated. Long names are no remarks.
type plain struct {
	buffer [20]byte
	n      int
}

func (p *plain) of(name []byte) []byte {
	p.n = 0
	if len(name) > len(p.buffer) {
		return nil
	}
	for _, c := range name {
		switch {
		case c == '_' || c == '-' || c == ' ':
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		p.buffer[p.n] = c
		p.n++
	}
	return p.buffer[:p.n]
}
