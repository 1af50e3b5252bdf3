package poll

import (
	"context"

	"github.com/caremux/caremux"
)

// Job is what a method waits for.
type Job[T any] struct {
	Vendor    string // of the error of a wait whose time is up
	Operation string
	Late      string // its reason: "the document was not parsed in time"
	Rhythm    Rhythm // the defaults
	Poll      func(ctx context.Context) (T, error)
	// Over reports whether the job has ended, with an error if it failed. States that are not known are an end too: nobody
	// knows whether anything follows.
	Over func(T) (bool, error)
}

// Wait polls a job until it has ended. It returns what the last poll found also with an error, so that the caller can
// go on waiting. The end of the time is a [*caremux.Error]; errors of Poll and Over are returned as they are.
func Wait[T any](ctx context.Context, w caremux.Wait[T], job Job[T]) (found T, err error) {
	err, timeUp := until(ctx, job.Rhythm.with(w.MinWait, w.MaxWait, w.Limit), func(ctx context.Context) (bool, error) {
		polled, err := job.Poll(ctx)
		if err != nil {
			return false, err
		}
		found = polled
		if w.Progress != nil {
			w.Progress(polled)
		}
		over, err := job.Over(polled)
		return over || err != nil, err // a failure of the job stays one, although the time may be up meanwhile
	})
	if timeUp {
		e := caremux.Error{Vendor: job.Vendor, Operation: job.Operation, Attempts: 1}
		err = caremux.NewError(e, caremux.ErrorParts{Cause: err, Reason: job.Late})
	}
	return found, err
}
