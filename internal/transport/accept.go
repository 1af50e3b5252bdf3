package transport

import (
	"encoding/json"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/scan"
)

// A status of success says little: gateways, firewalls and portals respond with 200 in the vendor's place, and vendors with
// 200 and an error object. Everything that a call returns has passed the checks of this file: document looks at the
// response as a whole, and record, element and acknowledgement at what it contains, by what remarks.go sees in it. A file has
// passed those of stream.go.

// refused is a response that reported success and is none.
func refused(reason string) error { return &ShapeError{Reason: reason, Kind: caremux.ErrUnreadable} }

// saidSo is a response that says itself that the call failed: its code and message are the vendor's.
func saidSo() error { return explained("the response says that the call failed") }

// explained is refused, with the vendor's code and message if the response has such.
func explained(reason string) error {
	return &ShapeError{Reason: reason, Kind: caremux.ErrUnreadable, Explain: true}
}

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

// startsJSON are the bytes that a JSON value can begin with.
var startsJSON = [256]bool{'{': true, '[': true, '"': true, 't': true, 'f': true, 'n': true, '-': true,
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true}

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
	case s.saysSo():
		return saidSo()
	case len(table.Fields) == 0:
		return nil
	case s.fields == 0 && !op.MayBeEmpty:
		return refused("the response is an empty object")
	case s.fields > 0 && s.known == 0:
		return explained("the response has none of the documented fields")
	case s.isMessage() && hasInformative(table):
		return explained("the response has a message in place of the record")
	case op.CreatedID != "" && !s.id:
		return refused("the response has no " + op.CreatedID + ", so that the record may not have been created")
	}
	return nil
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

// isAssent reports whether a body is a word of assent, as some servers write it in place of JSON.
func isAssent(body []byte) bool {
	switch strings.ToLower(strings.Trim(string(scan.TrimSpace(body[:min(len(body), 32)])), `".!`)) {
	case "ok", "okay", "success", "done", "accepted", "queued", "received", "created", "updated", "deleted", "cancelled", "canceled":
		return true
	}
	return false
}

func isJSON(media string) bool {
	return media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

// safeMedia reports whether a media type can be part of an error's text.
func safeMedia(media string) bool {
	return len(media) <= 60 && strings.Count(media, "/") == 1 && !strings.ContainsFunc(media, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("/+-.", r)
	})
}
