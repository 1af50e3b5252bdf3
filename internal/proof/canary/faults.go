package canary

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"

	"github.com/caremux/caremux/internal/proof/faultnet"
)

// fault is a way in which a vendor, or the network, may answer.
type fault struct {
	name     string
	succeeds bool
	answer   func(r *http.Request, body string) (*http.Response, error)
}

// person is a record; errorOf is an error in all the shapes that vendors have.
const person = `{"id":"` + ID + `","name":"` + Name + `","firstName":"` + Name + `","phone":"` + Phone + `","mobile":"` +
	Phone + `","email":"` + Mail + `","birthDate":"1931-01-02","note":"` + Prose + `"}`

const oneError = `{"errorCode":"` + Name + ` 1","code":"` + Prose + `","responseCode":"` + Prose + `","message":"` + Name +
	` of ` + Phone + `","error":{"code":"` + Prose + `","message":"` + Mail + `","details":{"reason":"` + Prose + `"}},
	"Message":"` + Prose + `","requestId":"` + Mail + `","detail":[{"loc":["body","` + Name + `"],"msg":"` + Prose +
	`","type":"` + Prose + `"}],"field":["` + Name + `"],
	"issues":[{"severity":"error","code":"` + Prose + `","location":["` + Name + `"],"diagnostics":"` + Phone + ` x: ` +
	Prose + `"},{"diagnostics":"` + Name + `: no"}],
	"source_error":{"code":"` + Prose + `","message":"` + Name + `"},"spCallResult":{"ErrorCode":"` + Prose +
	`","Error":"` + Name + `"},"txn_id":"` + ID + `","secret":"` + Secret + `"}`

func reply(r *http.Request, status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {Name + " " + Token}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Request: r,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
}

func faults() []fault {
	return slices.Concat(documents(), refusals(), redirects(), cutOff(), network())
}

// fixed is a fault that sends the same response to every request.
func fixed(name string, status int, body string, header ...string) fault {
	return fault{name: name, answer: func(r *http.Request, _ string) (*http.Response, error) {
		return reply(r, status, body, header...), nil
	}}
}

// documents are responses that a call may take for a success, all of them or some.
func documents() []fault {
	successes := []fault{
		fixed("a record", 200, person),
		fixed("a wrapped record", 200, `{"data":`+person+`,"meta":{"requestId":"`+Mail+`"},"profile":`+
			person+`,"content":[`+person+`],"last":true}`),
		fixed("a list", 200, `[`+person+`,`+person+`]`),
		fixed("other types", 200, `{"data":{"id":{"`+ID+`":"`+Phone+`"},"name":["`+Name+`"],"birthDate":{"`+Prose+
			`":1},"metadata":{"`+Name+`":{"`+Name+`":1}},"active":"`+Prose+`"},
		"id":{"`+ID+`":1},"name":["`+Name+`"],"content":[{"id":{"`+Name+`":1}}],"errors":{"`+Name+`":[{"`+Phone+
			`":"`+Phone+`"}]},"status":{"`+Name+`":"x"}}`),
		fixed("null", 200, `null`),
		fixed("FHIR", 200, `{"data":{"resourceType":"`+Name+`","id":"`+ID+`"}}`), // a success to a vendor that does not mind
	}
	for i := range successes {
		successes[i].succeeds = true
	}
	return append(successes,
		fixed("HTML in place of an answer", 200, `<html>`+Prose+`</html>`, "Content-Type", "text/html"),
		fixed("cut-off JSON", 200, person[:len(person)-3]),
		fixed("JSON with a slip", 200, `{"data":{"firstName":`+Prose+`}}`),
	)
}

// refusals are responses with an error.
func refusals() []fault {
	all := []fault{
		fixed("HTML", 502, `<html>`+Prose+` `+Token+`</html>`, "Content-Type", "text/html"),
		{name: "an error that repeats the request", answer: func(r *http.Request, body string) (*http.Response, error) {
			head, _ := httputil.DumpRequest(r, false)
			said, _ := json.Marshal("\n" + string(head) + body)
			return reply(r, 400, `{"code":`+string(said)+`,"errorCode":`+string(said)+`,"message":`+string(said)+
				`,"error":`+string(said)+`,"detail":`+string(said)+`}`), nil
		}},
	}
	for _, status := range []int{400, 401, 403, 404, 409, 410, 422, 429, 491, 500, 502, 503, 504} {
		text := http.StatusText(status)
		all = append(all,
			fixed(text+" with an error", status, oneError, "Retry-After", "1"),
			fixed(text+" with errors", status, `[`+oneError+`]`),
			fixed(text+" with a text", status, `"`+Prose+` `+Mail+`"`),
		)
	}
	return all
}

func redirects() []fault {
	return []fault{
		fixed("redirect elsewhere", 302, oneError, "Location", "https://elsewhere.example/"+ID+"?token="+Token+"&name="+Phone),
		fixed("broken redirect", 307, oneError, "Location", "http://elsewhere.example:x/%zz?"+Token),
		{name: "endless redirect", answer: func(r *http.Request, _ string) (*http.Response, error) {
			return reply(r, 307, oneError, "Location", "/"+ID+"?"+url.Values{"name": {Name}, "token": {Token}}.Encode()), nil
		}},
	}
}

// cutOff are responses that are longer than what arrives of them, or than what is read.
func cutOff() []fault {
	change := func(name, body string, do func(resp *http.Response)) fault {
		return fault{name: name, answer: func(r *http.Request, _ string) (*http.Response, error) {
			resp := reply(r, 200, body)
			do(resp)
			return resp, nil
		}}
	}
	return []fault{
		change("too large", person, func(resp *http.Response) { resp.ContentLength = 1 << 40 }),
		change("cut-off body", person, func(resp *http.Response) { resp.ContentLength += 100 }),
		change("a body that breaks", "", func(resp *http.Response) {
			resp.Body, resp.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader(`{"id":"`+ID), broken{})), -1
		}),
	}
}

// network are failures without a response.
func network() []fault {
	fails := func(name string, failure func(r *http.Request) error) fault {
		return fault{name: name, answer: func(r *http.Request, _ string) (*http.Response, error) { return nil, failure(r) }}
	}
	return []fault{
		fails("reset", func(*http.Request) error {
			return &net.OpError{Op: "read", Net: "tcp", Source: address{}, Addr: address{}, Err: faultnet.ErrReset}
		}),
		fails("refused", func(*http.Request) error {
			return &net.OpError{Op: "dial", Net: "tcp", Addr: address{}, Err: faultnet.ErrRefused}
		}),
		fails("no such host", func(*http.Request) error {
			return &net.DNSError{Err: "no such host", Name: "elsewhere.example", Server: "elsewhere.example", IsNotFound: true}
		}),
		fails("proxy that talks", func(r *http.Request) error {
			return &url.Error{Op: "Post", URL: r.URL.String() + "?token=" + Token,
				Err: errors.New("proxy says " + Secret + " " + r.Header.Get("Authorization"))}
		}),
		fails("end", func(*http.Request) error { return io.ErrUnexpectedEOF }),
		fails("timed out", func(r *http.Request) error {
			return &url.Error{Op: "Get", URL: r.URL.String() + "?name=" + Phone, Err: context.DeadlineExceeded}
		}),
		fails("stall", func(r *http.Request) error {
			<-r.Context().Done()
			return &url.Error{Op: "Get", URL: r.URL.String() + "?name=" + Phone, Err: r.Context().Err()}
		}),
	}
}

// broken is a connection that breaks in the middle of an answer.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("while reading " + Prose + " " + Token) }

type address struct{}

func (address) Network() string { return "tcp" }
func (address) String() string  { return "elsewhere.example:443" }
