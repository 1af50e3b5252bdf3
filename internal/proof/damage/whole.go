package damage

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"unicode/utf16"
)

// response is what the server sends.
type response struct {
	name   string
	class  class
	status int // 0 is the documented one
	header http.Header
	body   []byte
	plain  []byte // the body without its disguise
	// cutOff ends the connection before the announced end of the body.
	cutOff bool
	// redirect is the status that leads to the response, 0 for none.
	redirect int
}

// class is what a response says.
type class uint8

const (
	another      class = iota // another document than any operation promises
	failed                    // an object that says that the call failed
	noFields                  // an object without a documented field
	message                   // a message alone
	empty                     // {}
	emptyList                 // []
	null                      // null
	nothing                   // no body
	scalar                    // a string, a number, a boolean
	emptyWrap                 // an envelope without a record
	led                       // behind a redirect that asks by GET
	cut                       // the promised document, but not all of it
	disguised                 // the promised document, written otherwise
	fieldChanged              // the promised document with one value replaced
)

// marker is in what a body says: it must not get into the text of an error.
const marker = "S3CRET"

func page(contentType, body string) response {
	return response{header: http.Header{"Content-Type": {contentType}}, body: []byte(body)}
}

// others are documents in place of the promised one.
func others() []response {
	const plainJSON = "application/json"
	var all []response
	add := func(name string, c class, r response) {
		r.name, r.class = name, c
		all = append(all, r)
	}
	add("HTML", another, page("text/html; charset=utf-8", "<!DOCTYPE html><html><body>"+marker+"</body></html>"))
	add("HTML labelled as JSON", another, page(plainJSON, "<html><head><title>"+marker+"</title></head></html>"))
	add("HTML with spaces before", another, page("text/html", "\r\n\t <HTML><BODY>"+marker+"</BODY></HTML>"))
	add("XML", another, page("application/xml", `<?xml version="1.0"?><Error><Message>`+marker+`</Message></Error>`))
	add("plain text", another, page("text/plain", "upstream connect error: "+marker))
	add("text labelled as JSON", another, page(plainJSON, "no healthy upstream "+marker))
	add("problem", failed, page("application/problem+json", `{"type":"about:blank","title":"`+marker+`","status":500}`))
	for name, body := range map[string]string{
		"error object": `{"error":{"code":"DB_DOWN","message":"` + marker + `"}}`, "error text": `{"error":"` + marker + `"}`,
		"errors": `{"errors":[{"message":"` + marker + `"}]}`, "Errors": `{"Errors":["` + marker + `"]}`,
		"success false": `{"success":false,"message":"` + marker + `"}`, "Success false": `{"Success":"False","Message":"` + marker + `"}`,
		"status error": `{"status":"error","message":"` + marker + `"}`, "status number": `{"status":503,"message":"` + marker + `"}`,
		"statusCode": `{"statusCode":500,"message":"` + marker + `"}`, "gateway": `{"message":"Internal server error"}`,
		"lambda": `{"errorMessage":"` + marker + `","errorType":"Runtime"}`, "fault": `{"fault":{"faultstring":"` + marker + `"}}`,
		"list of errors": `[{"errorCode":"x","error":"` + marker + `"}]`,
	} {
		add(name, failed, page(plainJSON, body))
	}
	add("unknown object", noFields, page(plainJSON, `{"zzUnknown":"`+marker+`"}`))
	add("unknown in an envelope", noFields, page(plainJSON, `{"data":{"zzUnknown":"`+marker+`"}}`))
	add("message alone", message, page(plainJSON, `{"message":"`+marker+`"}`))
	add("empty object", empty, page(plainJSON, `{}`))
	add("empty list", emptyList, page(plainJSON, `[]`))
	add("null", null, page(plainJSON, `null`))
	add("no body", nothing, page(plainJSON, ``))
	add("spaces", nothing, page(plainJSON, " \r\n"))
	add("text", scalar, page(plainJSON, `"`+marker+`"`))
	add("number", scalar, page(plainJSON, `17`))
	add("boolean", scalar, page(plainJSON, `true`))
	add("data null", emptyWrap, page(plainJSON, `{"data":null}`))
	add("data empty", emptyWrap, page(plainJSON, `{"data":{}}`))
	add("data of null", emptyWrap, page(plainJSON, `{"data":[null]}`))
	for _, status := range []int{301, 302, 303} {
		r := page(plainJSON, `{"id":"1","message":"please log in, `+marker+`"}`)
		r.redirect = status
		add("redirect "+http.StatusText(status), led, r)
	}
	return all
}

// disguises are the promised document as other servers write it, and parts of it.
func disguises(contentType string, body []byte) []response {
	plain := body
	var all []response
	add := func(name string, c class, h http.Header, body []byte) {
		if h.Get("Content-Type") == "" {
			h.Set("Content-Type", contentType)
		}
		all = append(all, response{name: name, class: c, header: h, body: body, plain: plain})
	}
	add("as it is", disguised, http.Header{}, body)
	add("byte order mark", disguised, http.Header{}, append([]byte("\xef\xbb\xbf"), body...))
	add("labelled as text", disguised, http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, body)
	add("spaces around", disguised, http.Header{}, append(append([]byte(" \r\n"), body...), " \n"...))
	add("UTF-16", disguised, http.Header{"Content-Type": {contentType + "; charset=utf-16le"}}, littleEndian(body))
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write(body)
	_ = z.Close()
	add("gzip", disguised, http.Header{"Content-Encoding": {"gzip"}}, zipped.Bytes())
	for _, at := range []int{1, len(body) / 3, len(body) / 2, len(body) - 1} {
		if at > 0 && at < len(body) {
			add("cut", cut, http.Header{}, body[:at])
		}
	}
	all = append(all, response{
		name: "connection lost", class: cut, header: http.Header{"Content-Type": {contentType}}, body: body[:len(body)/2], cutOff: true,
	})
	add("something behind", cut, http.Header{}, append(bytes.Clone(body), " <!-- "+marker+" -->"...))
	return all
}

func littleEndian(text []byte) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(string(text))) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return b
}
