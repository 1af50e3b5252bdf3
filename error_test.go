package caremux_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/caremux/caremux"
)

const secretText = "Jane-Doe's S3CRET +1 555 0100"

func newTestError() *caremux.Error {
	return caremux.NewError(caremux.Error{
		Vendor: "welkin", Operation: "Patients.Get", Method: "GET", Path: "/{tenant}/patients/{patientId}", Status: 404,
		Code: "PATIENT_NOT_FOUND", Message: secretText, RequestID: "req-1", Attempts: 3, Details: map[string]string{"name": secretText},
	}, caremux.ErrorParts{
		Body: []byte(secretText), Cause: fmt.Errorf("cause: %s: %w", secretText, io.ErrUnexpectedEOF),
		Reason: "connection closed", MaybeApplied: true,
	})
}

func TestErrorTextIsOneLineOfFacts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  caremux.Error
		why  string
		want string
	}{
		{"all facts", *newTestError(), "connection closed",
			"welkin: Patients.Get: GET /{tenant}/patients/{patientId}: 404 PATIENT_NOT_FOUND connection closed (request req-1, 3 attempts)"},
		{"no response", caremux.Error{Vendor: "v", Operation: "A.B", Method: "GET", Path: "/p", Attempts: 1},
			"timed out", "v: A.B: GET /p: timed out"},
		{"hidden path", caremux.Error{Vendor: "v", Operation: "Do", Method: "GET", Status: 500}, "", "v: Do: GET: 500"},
		{"a login", caremux.Error{Vendor: "v", Operation: "login"}, "not tried", "v: login: not tried"},
		{"vendor codes of all kinds", caremux.Error{Vendor: "v", Operation: "o", Code: "ns:E-1.2/3_x"}, "", "v: o: ns:E-1.2/3_x"},
		{"code that is prose", caremux.Error{
			Vendor: "v", Operation: "o", Code: "Jane Doe is unknown", RequestID: "jane@example.org",
		}, "", "v: o:"},
		{"code with a line break", caremux.Error{Vendor: "v", Operation: "o", Code: "A\nB"}, "", "v: o:"},
		{"code too long for a code", caremux.Error{Vendor: "v", Operation: "o", Code: strings.Repeat("x", 65)}, "", "v: o:"},
		{"code beyond ASCII", caremux.Error{Vendor: "v", Operation: "o", Code: "Müller"}, "", "v: o:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := caremux.NewError(tt.err, caremux.ErrorParts{Reason: tt.why}).Error(); got != tt.want {
				t.Errorf("text = %q\nwant   %q", got, tt.want)
			}
		})
	}
}

func TestErrorPrintsNoBodyWhateverTheVerb(t *testing.T) {
	t.Parallel()
	e := newTestError()
	type holder struct {
		Err  error
		Same *caremux.Error
	}
	values := map[string]any{
		"alone":             e,
		"wrapped":           fmt.Errorf("while seeing to it: %w", e),
		"joined":            errors.Join(e, io.EOF),
		"in a struct":       holder{e, e},
		"behind a pointer":  &holder{e, e},
		"in a list":         []error{e},
		"in a map":          map[string]error{"x": e},
		"joined and nested": []any{fmt.Errorf("%w and %w", e, errors.Join(e))},
	}
	for name, v := range values {
		for _, text := range printed(v) {
			if strings.Contains(text, "S3CRET") || strings.Contains(text, "555 0100") {
				t.Errorf("%s prints as %q", name, text)
			}
		}
	}
	if got := fmt.Sprintf("%q", e); got != fmt.Sprintf("%q", e.Error()) {
		t.Errorf("%%q = %s", got)
	}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Error("failed", "list", []error{e}, "held", holder{e, e}, "map", map[string]any{"e": e}, "err", e,
			slog.Any("wrapped", fmt.Errorf("x: %w", e)), slog.Group("g", "joined", errors.Join(e)))
	}
	if strings.Contains(log.String(), "S3CRET") || !strings.Contains(log.String(), "PATIENT_NOT_FOUND") {
		t.Errorf("logged as %s", log.String())
	}
}

func TestErrorGivesTheRestThroughMethods(t *testing.T) {
	t.Parallel()
	e := newTestError()
	if string(e.Body()) != secretText || e.Message != secretText {
		t.Errorf("Body = %q, Message = %q", e.Body(), e.Message)
	}
	if !e.MaybeApplied() || caremux.NewError(caremux.Error{}, caremux.ErrorParts{}).MaybeApplied() {
		t.Error("MaybeApplied is not what NewError was told")
	}
	if !errors.Is(e, io.ErrUnexpectedEOF) {
		t.Error("the cause cannot be reached")
	}
	var as *caremux.Error
	if !errors.As(fmt.Errorf("wrapped: %w", e), &as) || as != e {
		t.Error("errors.As does not find the error")
	}
}

func TestErrorMatchesTheSentinelOfItsStatus(t *testing.T) {
	t.Parallel()
	sentinels := []error{caremux.ErrUnauthorized, caremux.ErrForbidden, caremux.ErrNotFound, caremux.ErrConflict, caremux.ErrInvalid,
		caremux.ErrRateLimited, caremux.ErrQuotaExceeded, caremux.ErrServer, caremux.ErrUnreadable,
		caremux.ErrCursorStuck, caremux.ErrNoNextPage}
	want := map[int]error{400: caremux.ErrInvalid, 401: caremux.ErrUnauthorized, 403: caremux.ErrForbidden, 404: caremux.ErrNotFound,
		409: caremux.ErrConflict, 412: caremux.ErrConflict, 410: caremux.ErrNotFound, 422: caremux.ErrInvalid, 429: caremux.ErrRateLimited}
	for status := range 600 {
		if status >= 500 {
			want[status] = caremux.ErrServer
		}
		e := caremux.NewError(caremux.Error{Status: status}, caremux.ErrorParts{})
		for _, sentinel := range sentinels {
			if got := errors.Is(e, sentinel); got != (sentinel == want[status]) {
				t.Errorf("status %d matches %q: %v", status, sentinel, got)
			}
		}
	}
	for _, kind := range sentinels {
		e := caremux.NewError(caremux.Error{Status: 429, Kind: kind}, caremux.ErrorParts{Cause: context.Canceled})
		if !errors.Is(e, kind) || !errors.Is(e, caremux.ErrRateLimited) || !errors.Is(e, context.Canceled) {
			t.Errorf("an error of kind %q does not match its kind, its status and its cause", kind)
		}
	}
}

func TestArgumentErrorNamesTheFieldAlone(t *testing.T) {
	t.Parallel()
	e := &caremux.ArgumentError{Operation: "Patients.Create", Field: "participants[1].id", Rule: "is required"}
	if got, want := e.Error(), "Patients.Create: participants[1].id is required"; got != want {
		t.Errorf("text = %q, want %q", got, want)
	}
	if got, want := (&caremux.ArgumentError{Field: "dir", Rule: "is required"}).Error(), "dir is required"; got != want {
		t.Errorf("text = %q, want %q", got, want)
	}
	if !errors.Is(e, caremux.ErrInvalid) || errors.Is(e, caremux.ErrNotFound) {
		t.Error("an ArgumentError matches ErrInvalid and nothing else")
	}
}

func TestErrorPrintsAloneWithVerbsThatDoNotFit(t *testing.T) {
	t.Parallel()
	e := newTestError()
	for _, verb := range []string{"%d", "%t", "%x", "%X", "%b", "%p", "%c", "%U"} {
		if text := fmt.Sprintf(verb, e); strings.Contains(text, "S3CRET") || strings.Contains(text, "[74 97") {
			t.Errorf("%s prints %q", verb, text)
		}
	}
}
