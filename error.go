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

// Sentinel errors, for [errors.Is]. [Error] has the details.
var (
	// ErrUnauthorized matches status 401, and a login that returned no valid token.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden matches status 403.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound matches status 404 and 410, and vendor codes that mean the same.
	ErrNotFound = errors.New("not found")
	// ErrConflict matches status 409, and 412: the record is no longer in the state that the call requires.
	ErrConflict = errors.New("conflict")
	// ErrInvalid matches status 400 and 422, and an [ArgumentError], which is found before a request is sent.
	ErrInvalid = errors.New("invalid request")
	// ErrRateLimited matches status 429.
	ErrRateLimited = errors.New("rate limited")
	// ErrQuotaExceeded matches vendor codes that say a quota is used up. Waiting does not help, so it is never retried.
	ErrQuotaExceeded = errors.New("quota exceeded")
	// ErrServer matches every status from 500.
	ErrServer = errors.New("server error")
	// ErrNotSent matches every error of a call of which no request was sent, such as an [ArgumentError]. Middleware that
	// refuses to send a request wraps it: MaybeApplied is then false, and a POST may be retried.
	ErrNotSent = errors.New("not sent")
	// ErrUnreadable matches a response that reported success and is not what the operation documents; see the package's
	// guide, Success.
	ErrUnreadable = errors.New("unreadable response")
	// ErrCursorStuck is yielded by an iterator if the vendor announces another page but returns the same cursor.
	ErrCursorStuck = errors.New("the cursor of the next page does not move")
	// ErrNoNextPage is returned by [Page.Next] on the last page.
	ErrNoNextPage = errors.New("there is no next page")
)

// Error is the error of a call that failed after it was built: a response with an error status, a response that could not
// be decoded, or no response at all. Its message is one line without bodies, query values, tokens or ids, and safe to log.
// Message and [Error.Body] are the vendor's own words and may name a person: do not log them unchecked.
type Error struct {
	Vendor    string // "welkin"
	Operation string // "Patients.Get"
	Method    string // "GET"
	Path      string // the path template, "/{tenant}/{instance}/patients/{patientId}"
	Status    int    // HTTP status, 0 without a response
	Code      string // the vendor's own code for the error, "" when it sent none
	Message   string // the vendor's own text; part of Error() only with [WithErrorText]
	RequestID string // the vendor's id of the request, if it sent one
	Attempts  int    // how often the request was sent
	Details   any    // what the vendor package decoded from the body; its documentation names the type

	// RetryAt is when the vendor accepts the next calls, if it named a longer wait than the call may have; see
	// [RetryPolicy]. Zero otherwise.
	RetryAt time.Time
	// BudgetSpent reports that the call was not retried because too many others fail; see [RetryPolicy].
	BudgetSpent bool

	// Kind is an additional sentinel that the error matches, set if the status alone is not enough.
	Kind error

	body    []byte
	cause   error
	reason  string
	applied bool
}

// ErrorParts is what an [Error] has beside its fields: what its methods return, and a reason that is part of its text.
type ErrorParts struct {
	Body         []byte // of the response: [Error.Body]
	Cause        error  // the error that Unwrap returns
	Reason       string // a few words for the text of the error; must be safe to log
	MaybeApplied bool   // whether the server may have applied the call: [Error.MaybeApplied]
}

// NewError completes e, whose parts are replaced by those given. If e is a copy of another error and there is no Reason, it
// keeps the reason of that error. Vendor packages make their errors with it, and tests those that a program is to handle.
func NewError(e Error, parts ErrorParts) *Error {
	e.body, e.cause, e.reason, e.applied = parts.Body, parts.Cause, cmp.Or(parts.Reason, e.reason), parts.MaybeApplied
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

// MarshalText returns [Error.Error], so that an error inside a value that is logged as JSON shows no more either.
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

// Body returns the body of the response as received, at most the first MiB. It may name a person.
func (e *Error) Body() []byte { return e.body }

// MaybeApplied reports whether the server may have applied the call although it failed: the request was sent, and no
// response said that it was refused. Look for the record before retrying such a create.
func (e *Error) MaybeApplied() bool { return e.applied }

// Unwrap returns the cause, such as context.DeadlineExceeded. The message of the cause may contain an address or part
// of a response.
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

// ArgumentError is bad input, found before a request was sent. It matches [ErrInvalid]. It never contains the value.
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
