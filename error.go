package caremux

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Sentinel errors answer the questions a caller asks most. Test with [errors.Is]; the facts are in [Error].
var (
	// ErrUnauthorized matches status 401, and a login that gave no token that works.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden matches status 403.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound matches status 404 and 410, and vendor codes that mean the same.
	ErrNotFound = errors.New("not found")
	// ErrConflict matches status 409, and 412: the record is no longer what the call depends on.
	ErrConflict = errors.New("conflict")
	// ErrInvalid matches status 400 and 422, and an [ArgumentError], which is found before anything is sent.
	ErrInvalid = errors.New("invalid request")
	// ErrRateLimited matches status 429.
	ErrRateLimited = errors.New("rate limited")
	// ErrQuotaExceeded matches vendor codes that say a quota is used up. Waiting does not help, so it is never retried.
	ErrQuotaExceeded = errors.New("quota exceeded")
	// ErrServer matches every status from 500.
	ErrServer = errors.New("server error")
	// ErrNotSent matches every error after which nothing of the call was sent, an [ArgumentError] among them. Middleware
	// that refuses to send a request wraps it: MaybeApplied is then false, and a POST may be retried.
	ErrNotSent = errors.New("not sent")
	// ErrUnreadable matches a response that reported success and is not what the operation promises; see the package's guide, Success.
	ErrUnreadable = errors.New("unreadable response")
	// ErrCursorStuck is yielded by an iterator when the vendor announces more but names the same place again.
	ErrCursorStuck = errors.New("the cursor of the next page does not move")
	// ErrNoNextPage is returned by [Page.Next] on the last page.
	ErrNoNextPage = errors.New("there is no next page")
)

// Error is a call that failed after it was built: an answer with a status that is not a success, an answer that could not
// be read, or no answer at all. Its text is one line without bodies, query values, tokens or ids, safe to log. Message and
// [Error.Body] are the vendor's own words and may name a person: look before logging those.
type Error struct {
	Vendor    string // "welkin"
	Operation string // "Patients.Get"
	Method    string // "GET"
	Path      string // the path template, "/{tenant}/{instance}/patients/{patientId}"
	Status    int    // HTTP status, 0 when there was no answer
	Code      string // the vendor's own code for the error, "" when it sent none
	Message   string // the vendor's own text; part of Error() only with [WithErrorText]
	RequestID string // the vendor's id of the request, if it sent one
	Attempts  int    // how often the request was sent
	Details   any    // what the vendor package decoded from the body; its documentation names the type

	// RetryAt is when the vendor takes calls again, where it named a longer wait than the call may have; see [RetryPolicy]. Zero otherwise.
	RetryAt time.Time
	// BudgetSpent says that the call was not retried because too many others fail; see [RetryPolicy].
	BudgetSpent bool

	// Kind is an additional sentinel that the error matches, set where the status alone does not tell.
	Kind error

	body    []byte
	cause   error
	reason  string
	applied bool
}

// NewError completes e with what only the transport knows: the body of the answer, the cause, a short reason that is safe
// to log, and whether the server may have acted. An e that is a copy of another error keeps the reason of that one if reason
// is empty. Vendor packages and tests use it.
func NewError(e Error, body []byte, cause error, reason string, maybeApplied bool) *Error {
	e.body, e.cause, e.reason, e.applied = body, cause, cmp.Or(reason, e.reason), maybeApplied
	return &e
}

// Error returns one line: vendor, operation, method, path template, status, vendor code, request id, attempts.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Vendor + ": " + e.Operation + ":")
	if e.Method != "" {
		b.WriteString(strings.TrimRight(" "+e.Method+" "+e.Path, " ") + ":")
	}
	if e.Status != 0 {
		b.WriteString(" " + strconv.Itoa(e.Status))
	}
	if code := safeToken(e.Code); code != "" {
		b.WriteString(" " + code)
	}
	if e.reason != "" {
		b.WriteString(" " + e.reason)
	}
	var notes []string
	if id := safeToken(e.RequestID); id != "" {
		notes = append(notes, "request "+id)
	}
	if e.Attempts > 1 {
		notes = append(notes, strconv.Itoa(e.Attempts)+" attempts")
	}
	if !e.RetryAt.IsZero() {
		notes = append(notes, "retry at "+e.RetryAt.UTC().Format(time.RFC3339))
	}
	if e.BudgetSpent {
		notes = append(notes, "retry budget spent")
	}
	if len(notes) > 0 {
		b.WriteString(" (" + strings.Join(notes, ", ") + ")")
	}
	return b.String()
}

// Format prints [Error.Error] for every verb, so that %+v and %#v show no body either.
func (e *Error) Format(f fmt.State, verb rune) { formatText(f, verb, e.Error()) }

// MarshalText gives [Error.Error], so that an error inside a value that is logged as JSON shows no more either.
func (e *Error) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

func formatText(f fmt.State, verb rune, text string) {
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(f, text)
}

// safeToken keeps what looks like a code or an id and drops everything that could be prose about a person.
func safeToken(s string) string {
	if len(s) > 64 {
		return ""
	}
	for i := range len(s) {
		c := s[i]
		word := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !word && c != '_' && c != '-' && c != '.' && c != ':' && c != '/' {
			return ""
		}
	}
	return s
}

// Body returns the body of the answer as received, at most the first MiB. It may name a person.
func (e *Error) Body() []byte { return e.body }

// MaybeApplied reports whether the server may have acted on the call although it failed: the request left this process, and
// no answer said that it was refused. Look for the record before sending such a create again.
func (e *Error) MaybeApplied() bool { return e.applied }

// Unwrap returns the cause, such as context.DeadlineExceeded. The cause's own text may hold an address or part of an answer.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is the sentinel that fits the error.
func (e *Error) Is(target error) bool {
	if e.Kind != nil && target == e.Kind {
		return true
	}
	switch target {
	case ErrUnauthorized:
		return e.Status == 401
	case ErrForbidden:
		return e.Status == 403
	case ErrNotFound:
		return e.Status == 404 || e.Status == 410
	case ErrConflict:
		return e.Status == 409 || e.Status == 412
	case ErrInvalid:
		return e.Status == 400 || e.Status == 422
	case ErrRateLimited:
		return e.Status == 429
	case ErrServer:
		return e.Status >= 500
	}
	return false
}

// ArgumentError is bad input found before anything was sent. It matches [ErrInvalid]. It never holds the value.
type ArgumentError struct {
	Vendor    string // "welkin"; empty for what all vendors share
	Operation string // "Patients.Create"; empty for a constructor or an option
	Field     string // the parameter, or the path of the body's field as it is sent: "participants[1].participantId"
	GoField   string // the same by the names of the Go fields: "Participants[1].ParticipantID"; empty if it is not known
	Rule      string // what the field must be: "is required"
	Also      string // other required fields that are missing too, as Field, separated by commas
}

// Error returns one line without the value.
func (e *ArgumentError) Error() string {
	var b strings.Builder
	if e.Operation != "" {
		if e.Vendor != "" {
			b.WriteString(e.Vendor + ": ")
		}
		b.WriteString(e.Operation + ": ")
	}
	field := e.Field
	if e.GoField != "" && letters(e.GoField) != letters(e.Field) {
		field = e.GoField + " (" + e.Field + ")"
	}
	b.WriteString(strings.TrimLeft(field+" "+e.Rule, " "))
	if e.Also != "" {
		b.WriteString("; also missing: " + e.Also)
	}
	return b.String()
}

// letters is a name without what Go names have differently.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// Is reports whether target is [ErrInvalid] or [ErrNotSent].
func (e *ArgumentError) Is(target error) bool { return target == ErrInvalid || target == ErrNotSent }
