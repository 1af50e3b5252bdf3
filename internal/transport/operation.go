package transport

import (
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
	"github.com/caremux/caremux/internal/wire"
)

// Operation describes one operation of a vendor. Generated code contains one for each.
type Operation struct {
	Name   string // "Patients.Get"
	Method string
	Path   string // template with {placeholders}
	// Idempotent marks a POST or PATCH that does no harm when sent twice.
	Idempotent bool
	// Anonymous operations are sent without a token: logins.
	Anonymous bool
	// OptionalBody allows a nil body.
	OptionalBody bool
	// Accept is the media type of the response, JSON if empty.
	Accept string
	// MaxBody is the largest body in bytes that the vendor takes, 0 if it does not say.
	MaxBody int
	// Envelope is the field of the response that the record is in, for vendors that wrap it.
	Envelope string
	// OneOfList says that the envelope contains a single value as a list of one.
	OneOfList bool
	// CreatedID is the field of a created record without which it may not have been created.
	CreatedID string
	// MayBeEmpty says that a response without a record, such as {} or 204, is a success too.
	MayBeEmpty bool
	// NullLists says that null may stand for a list, or for an element to pass over.
	NullLists bool
	// Auth names which of the vendor's ways carries the token, for vendors that have several.
	Auth string
	// Paging is set for lists.
	Paging *Paging
	// literal says that Path is a caller's own, and may hold ids.
	literal bool
}

// shownPath is the path as errors and logs may show it.
func (op *Operation) shownPath() string {
	if op.literal {
		return ""
	}
	return op.Path
}

// limits are what the vendor says of the operation's body.
func (op *Operation) limits() content.Limits {
	return content.Limits{Optional: op.OptionalBody, MaxSize: op.MaxBody}
}

// safe reports whether the operation may be sent again after an attempt whose outcome is unknown.
func (op *Operation) safe() bool {
	switch op.Method {
	case "GET", "HEAD", "PUT", "DELETE", "OPTIONS":
		return true
	}
	return op.Idempotent
}

// reads reports whether the operation changes nothing at the vendor.
func (op *Operation) reads() bool {
	switch op.Method {
	case "GET", "HEAD", "OPTIONS":
		return true
	}
	return op.Idempotent
}

// brokenRule names the rule that a call without a description breaks, "" if none.
func (op *Operation) brokenRule(out any) (field, rule string) {
	switch op.Method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
	default:
		return "method", "must be an HTTP method"
	}
	switch {
	case !strings.HasPrefix(op.Path, "/"):
		return "path", `must begin with "/"`
	case strings.ContainsAny(op.Path, "?#\\ "):
		return "path", "must be escaped and must not contain a query"
	}
	if strings.ContainsAny(op.Path, ".%") {
		for segment := range strings.SplitSeq(op.Path, "/") {
			if plain, err := url.PathUnescape(segment); err == nil && (plain == "." || plain == "..") {
				return "path", `must not contain "." or ".."`
			}
		}
	}
	if out != nil && (reflect.TypeOf(out).Kind() != reflect.Pointer || wire.IsNil(out)) {
		return "out", "must be a pointer"
	}
	return "", ""
}

// Paging says where a list keeps its items and how its next page is requested. Fields of the envelope are dotted
// paths; where several are given, the first that the response holds counts.
type Paging struct {
	Items []string // "$" is the whole body

	// Lists by page number.
	PageParam string
	SizeParam string
	First     int // number of the first page
	// UntilEmpty says that the vendor does not tell the last page: it is the one without items.
	UntilEmpty bool
	Number     []string
	Last       []string // true on the last page
	Total      []string

	// Lists by number of records to skip; PageParam contains the number and SizeParam the page's size.
	Skip        bool
	DefaultSize int

	// Lists by token or cursor.
	TokenParam string
	Next       []string
	More       []string // where the envelope says whether there is more
	End        string   // the token that means there is no more, beside none
	Exclusive  bool     // the token is sent without the other parameters

	// Lists by link: Link finds the address of the next page in what is around the list, "" on the last page. Such a
	// page is shown to Settings.Vet as a whole and not item by item, and a page without a list has no items.
	Link func(frame []byte) string
	// LinkRoot, if not empty, is the path that relative addresses begin at if they begin with a capital letter.
	LinkRoot string
}

// Input is what a caller hands to one call.
type Input struct {
	Path  []string // values of the placeholders that the client does not fill, in order
	Query any      // params: a struct with url and header tags, url.Values or nil
	Body  content.Body
	// HeaderFrom is where the fields with header tags are, if not in Query.
	HeaderFrom any
	// config is what the options say where the door has resolved them: of a list, once for all its pages.
	config *caremux.CallConfig
	// url is a whole address in place of base and path.
	url *url.URL
	// file says that the response is a file, which the vendor may keep elsewhere.
	file bool
	// take takes the response of a success as it comes, and closes it unless it hands it on; nil has it read first, for the receiver.
	take func(a *attempts, resp *http.Response) error
}

// PathText is a typed path argument as text: a code travels as its number.
func PathText[T ~string | ~int | ~int64](v T) string {
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.String {
		return rv.String()
	}
	return strconv.FormatInt(rv.Int(), 10)
}

func cloneValues(v url.Values) url.Values {
	c := make(url.Values, len(v)+1)
	for name, values := range v {
		c[name] = values
	}
	return c
}
