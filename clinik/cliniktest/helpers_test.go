package cliniktest_test

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
)

// quick keeps the waits between attempts short.
var quick = caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond})

func setup(t *testing.T, opts ...cliniktest.Option) (*cliniktest.Server, *clinik.Client) {
	t.Helper()
	t.Parallel()
	srv := cliniktest.NewServer(t, opts...)
	return srv, srv.Client(quick)
}

// must fails the test on an error, and on an answer that is not as documented.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		documented(t, v)
		if items := reflect.Indirect(reflect.ValueOf(v)); items.Kind() == reflect.Struct && items.FieldByName("Items").IsValid() {
			for i := range items.FieldByName("Items").Len() {
				documented(t, items.FieldByName("Items").Index(i).Interface())
			}
		}
		return v
	}
}

func documented(t *testing.T, v any) {
	t.Helper()
	r, ok := v.(interface {
		Mismatch() error
		Extra() map[string]json.RawMessage
	})
	if !ok {
		return
	}
	if err := r.Mismatch(); err != nil {
		t.Errorf("%T: %v", v, err)
	}
	if extra := r.Extra(); extra != nil {
		t.Errorf("%T has what is not documented: %s", v, slices.Collect(maps.Keys(extra)))
	}
}

func wantCode(t *testing.T, err, sentinel error, code string) {
	t.Helper()
	var e *caremux.Error
	if !errors.Is(err, sentinel) || !errors.As(err, &e) || e.Code != code {
		t.Errorf("error %v, want %v with code %s", err, sentinel, code)
	}
}

// count counts the requests of an operation.
func count(srv *cliniktest.Server, operation string) int {
	n := 0
	for _, r := range srv.Requests() {
		if r.Operation == operation {
			n++
		}
	}
	return n
}

func newPatient(t *testing.T, c *clinik.Client) *clinik.Patient {
	t.Helper()
	return must[*clinik.Patient](t)(c.Patients.Create(t.Context(), &clinik.PatientCreate{FirstName: "Charlie", LastName: "Taylor"}))
}

func newAssessment(t *testing.T, c *clinik.Client, patientID string) *clinik.Assessment {
	t.Helper()
	return must[*clinik.Assessment](t)(c.Assessments.Create(t.Context(), &clinik.AssessmentCreate{
		PatientID: patientID, Status: clinik.AssessmentStatusCompleted, Summary: "well",
	}))
}
