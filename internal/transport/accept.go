package transport

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/scan"
)

// A status of success says little: gateways, firewalls and portals respond with 200 in the vendor's place, and vendors with
// 200 and an error object. Everything that a call returns has passed the checks of this file: document looks at the
// response as a whole, and record, element and acknowledgement at what it contains.

// refused is a response that reported success and is none.
func refused(reason string) error { return &ShapeError{Reason: reason, Kind: caremux.ErrUnreadable} }

// saidSo is a response that says itself that the call failed: its code and message are the vendor's.
func saidSo() error { return explained("the response says that the call failed") }

// led reports whether redirects led to a request with another method: that response is to another question.
func (a *attempts) led(resp *http.Response) bool {
	if a.sends != nil && a.sends.turned.Load() {
		return true
	}
	return resp.Request != nil && resp.Request.Method != "" && resp.Request.Method != a.op.Method
}

var errLed = refused("a redirect led to another page, which was requested with another method")

// accept refuses a body that is not the promised document, and returns it in the documented form.
func (a *attempts) accept(body []byte) ([]byte, error) {
	if err := a.document(body); err != nil {
		return nil, err
	}
	if err := checkSize(body); err != nil {
		return nil, err
	}
	var err error
	if rewrite := a.client.settings.Rewrite; rewrite != nil {
		body, a.names, err = rewrite(body)
	}
	return body, err
}

// acknowledged refuses a body of which nothing was promised but success if it is another document, or says that there was none.
func (a *attempts) acknowledged(body []byte) error {
	if isAssent(body) {
		return nil
	}
	if err := a.document(body); err != nil {
		return err
	}
	return a.op.acknowledgement(body, false)
}

// document refuses a body that is another document than the promised one, whatever it contains.
func (a *attempts) document(body []byte) error {
	body = scan.TrimSpace(body)
	contentType := strings.ToLower(a.header.Get("Content-Type"))
	switch {
	case len(body) == 0:
		return nil // whether something was promised is known by whoever decodes it
	case strings.HasPrefix(contentType, "application/problem+json"):
		return saidSo()
	case body[0] == '<':
		return markup(body, contentType)
	case a.op.Accept == "text/plain", startsJSON[body[0]]:
		return nil
	}
	if media, _, _ := mime.ParseMediaType(contentType); safeMedia(media) && !isJSON(media) {
		return refused("the response is " + media + ", not JSON")
	}
	return refused("the response is not JSON")
}

// markup names a document that begins like HTML or XML.
func markup(body []byte, contentType string) error {
	head := strings.ToLower(string(body[:min(len(body), 512)]))
	if strings.Contains(contentType, "html") || strings.Contains(head, "<!doctype html") ||
		strings.Contains(head, "<html") || strings.Contains(head, "<head") {
		return refused("the response is an HTML page")
	}
	return refused("the response is XML or HTML, not JSON")
}

// file refuses a response in place of a download: a page, an error object, another kind of file than the promised one. What names itself a
// file is one, whatever its type.
func (a *attempts) file(resp *http.Response) error {
	if a.led(resp) {
		return errLed
	}
	if _, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return nil
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	accept := cmp.Or(a.op.Accept, "*/*")
	switch {
	case strings.HasSuffix(media, "html") && !strings.HasSuffix(accept, "html"):
		a.body = peek(resp)
		return refused("the response is an HTML page")
	case media == "application/problem+json":
		a.body = peek(resp)
		a.text = a.body
		return saidSo()
	case isJSON(media) && !strings.Contains(accept, "json"):
		head := peek(resp)
		if text := scan.TrimSpace(head); len(text) > 0 && text[0] == '<' {
			a.body = head
			return markup(text, media)
		}
		if s := a.op.look(head, noFields); accept == "*/*" && (!s.whole || !s.failed || s.id) {
			return nil // a file of this type
		}
		a.body, a.text = head, head
		return explained("the response is JSON in place of a file")
	case !fits(media, accept) && safeMedia(media):
		return refused("the response is " + media + ", not " + accept)
	}
	return nil
}

// peek reads the beginning of a body, and leaves the body as it was.
func peek(resp *http.Response) []byte {
	head, err := io.ReadAll(io.LimitReader(resp.Body, maxError))
	rest := resp.Body
	resp.Body = &peeked{io.MultiReader(bytes.NewReader(head), &failing{rest, err}), rest}
	return head
}

type peeked struct {
	io.Reader
	io.Closer
}

// failing repeats the error that ended the first look, and reads on if there was none.
type failing struct {
	io.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return f.Reader.Read(p)
}

// fits reports whether a media type can be what was requested. A type that says nothing can.
func fits(media, accept string) bool {
	kind, _, _ := strings.Cut(accept, "/")
	switch media {
	case "", "application/octet-stream", "binary/octet-stream":
		return true
	}
	return kind == "*" || strings.HasPrefix(media, kind+"/")
}

// startsJSON are the bytes that a JSON value can begin with.
var startsJSON = [256]bool{'{': true, '[': true, '"': true, 't': true, 'f': true, 'n': true, '-': true,
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true}

func isJSON(media string) bool {
	return media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

// safeMedia reports whether a media type can be part of an error's text.
func safeMedia(media string) bool {
	return len(media) <= 60 && strings.Count(media, "/") == 1 && !strings.ContainsFunc(media, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("/+-.", r)
	})
}

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
		r, isRemark := remarks[string(p.of(name))]
		switch {
		case op.CreatedID != "" && strings.EqualFold(string(name), op.CreatedID):
			s.id = s.id || hasContent(value)
			s.informative = s.informative || s.id
		case !isRemark:
			id := (known || len(table.Fields) == 0) && op.isID(name)
			if full := (id || known && !s.informative) && hasContent(value); full {
				s.informative = s.informative || known
				s.id = s.id || id
			}
		case known && op.reads() && !r.ofCall:
			s.informative = s.informative || hasContent(value) // the state of something, which is what was requested
		case r.failed(value) && known:
			s.failedKnown = true
		case r.failed(value):
			s.failed = true
		default:
			s.message = s.message || r.prose
		}
		return !s.id // a record that has its id is one, whatever else it has
	})
	return s
}

// isID reports whether a field of this name can be the id of the operation's record.
func (op *Operation) isID(name []byte) bool {
	return op.CreatedID == "" && len(name) >= 2 && bytes.EqualFold(name[len(name)-2:], []byte("id"))
}

// record refuses a JSON value that is no record of type t: one without a documented field, one that says that the call failed, a created
// one without its id.
func (op *Operation) record(raw []byte, t reflect.Type) error {
	if len(raw) == 0 || raw[0] != '{' {
		return nil // the decoder knows
	}
	table := fields.Of(t)
	s := op.look(raw, table)
	switch {
	case !s.whole:
		return nil // the decoder says so
	case (s.failed || s.failedKnown && !s.informative) && !s.id:
		return saidSo()
	case len(table.Fields) == 0:
		return nil
	case s.fields == 0 && !op.MayBeEmpty:
		return refused("the response is an empty object")
	case s.fields > 0 && s.known == 0:
		return explained("the response has none of the documented fields")
	case s.message && s.fields == 1 && !s.informative && hasInformative(table):
		return explained("the response has a message in place of the record")
	case op.CreatedID != "" && !s.id:
		return refused("the response has no " + op.CreatedID + ", so that the record may not have been created")
	}
	return nil
}

// explained is refused, with the vendor's code and message if the response has such.
func explained(reason string) error {
	return &ShapeError{Reason: reason, Kind: caremux.ErrUnreadable, Explain: true}
}

// hasInformative reports whether a type has fields that are more than remarks on the call.
func hasInformative(table *fields.Struct) bool {
	var p plain
	return slices.ContainsFunc(table.Fields, func(f fields.Field) bool {
		_, isRemark := remarks[string(p.of([]byte(f.Name)))]
		return !isRemark
	})
}

// element is record for the elements of a list, of which the first known field is enough.
func (op *Operation) element(raw []byte, t reflect.Type) error {
	if t.Kind() != reflect.Struct || len(raw) == 0 {
		return nil
	}
	if raw[0] != '{' {
		return errNotJSON
	}
	table := fields.Of(t)
	if len(table.Fields) == 0 {
		return nil
	}
	if op.CreatedID != "" {
		return op.record(raw, t)
	}
	known := false
	scan.Members(raw, func(name, _ []byte) bool {
		_, known = table.Named(name)
		return !known
	})
	if !known {
		return op.record(raw, t)
	}
	return nil
}

// envelope refuses what is around a record or a list if it says that the call failed.
func (op *Operation) envelope(raw []byte) error {
	if s := op.look(raw, noFields); s.whole && s.failed {
		return saidSo()
	}
	return nil
}

// acknowledgement refuses a response of which nothing but success was promised if it says that there was none. A response that may be a
// record is one if it has an id.
func (op *Operation) acknowledgement(body []byte, record bool) error {
	body = scan.TrimSpace(body)
	if len(body) == 0 {
		return nil
	}
	first := body
	if elements, ok := scan.Elements(body); ok && len(elements) > 0 {
		first = elements[0]
	}
	switch {
	case !json.Valid(body):
		return errNotJSON
	case string(body) == "false":
		return saidSo()
	}
	s := op.look(first, noFields)
	if s.failed && !(record && s.id) || !record && FailedOutcome(first) {
		return saidSo()
	}
	return nil
}

// FailedOutcome reports whether a JSON value is an OperationOutcome, FHIR's report on a call, with an issue that is an error.
func FailedOutcome(raw []byte) bool {
	name, _ := scan.Lookup(raw, "resourceType")
	if unquoted(name) != "OperationOutcome" {
		return false
	}
	_, issues, _, _ := scan.LookupList(raw, "issue")
	return slices.ContainsFunc(issues, func(issue []byte) bool {
		severity, _ := scan.Lookup(issue, "severity")
		return slices.Contains([]string{"error", "fatal"}, strings.ToLower(unquoted(severity)))
	})
}

var noFields = &fields.Struct{}

// isAssent reports whether a body is a word of assent, as some servers write it in place of JSON.
func isAssent(body []byte) bool {
	switch strings.ToLower(strings.Trim(string(scan.TrimSpace(body[:min(len(body), 32)])), `".!`)) {
	case "ok", "okay", "success", "done", "accepted", "queued", "received", "created", "updated", "deleted", "cancelled", "canceled":
		return true
	}
	return false
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
