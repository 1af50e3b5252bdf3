package clinik

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/poll"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/internal/wire"
)

// BulkWait says how to wait for a bulk job. The zero value of a field means its default.
type BulkWait struct {
	MinWait  time.Duration  // before the second look; each later wait is half as long again. Default 1 s.
	MaxWait  time.Duration  // the longest wait. Default 30 s.
	Limit    time.Duration  // for the waiting as a whole. Default: none but the context's.
	Progress func(*BulkJob) // called with what each look finds; may be nil
}

// BulkJobError is a bulk job that failed.
type BulkJobError struct {
	Job *BulkJob
}

// Error names the job.
func (e *BulkJobError) Error() string { return "clinik: bulk job failed" }

// MarshalText gives the text of Error, so that a log in JSON does not hold the job's errors, which may quote records.
func (e *BulkJobError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Wait looks at a job until it is done, the limit of the wait is reached or the context ends; wait may be nil. It returns the job
// as last seen also with an error, so that the waiting can go on later. A job that failed is a [*BulkJobError]; the end of the
// time matches [context.DeadlineExceeded].
//
// GET /v1/bulk/jobs/{jobId}
func (s *BulkService) Wait(ctx context.Context, jobID string, wait *BulkWait, opts ...caremux.RequestOption) (*BulkJob, error) {
	w := BulkWait{}
	if wait != nil {
		w = *wait
	}
	if w.MinWait <= 0 {
		w.MinWait = time.Second
	}
	if w.MaxWait <= 0 {
		w.MaxWait = 30 * time.Second
	}
	var seen *BulkJob
	var lookErr error // as it came, of a look
	err := poll.Until(ctx, poll.Rhythm{Min: w.MinWait, Max: w.MaxWait, Limit: w.Limit}, func(ctx context.Context) (bool, error) {
		var job *BulkJob
		if job, lookErr = s.GetJob(ctx, jobID, opts...); lookErr != nil {
			return false, lookErr
		}
		seen = job
		if w.Progress != nil {
			w.Progress(job)
		}
		if job.Status == BulkJobStatusFailed {
			lookErr = &BulkJobError{Job: job}
		}
		return job.Status == BulkJobStatusCompleted, lookErr
	})
	if err != nil && lookErr == nil {
		err = caremux.NewError(caremux.Error{Vendor: "clinik", Operation: "Bulk.Wait", Attempts: 1}, nil, err, "the job was not done in time", false)
	}
	return seen, err
}

// Download gives the result of an export as NDJSON, unread. The signed link works for an hour; the client's key is not sent to
// it.
func (s *BulkService) Download(ctx context.Context, job *BulkJob, opts ...caremux.RequestOption) (*caremux.Download, error) {
	if job == nil || job.DownloadURL == "" {
		return nil, &caremux.ArgumentError{Operation: "Bulk.Download", Field: "job", Rule: "must be an export that is completed"}
	}
	return transport.Fetch(ctx, s.core, "Bulk.Download", job.DownloadURL, opts)
}

// BulkRecords ranges over the records of an export that is completed, as values of T, such as the types of package
// clinik/fhir. It reads as it goes, so that memory stays flat.
func BulkRecords[T any](ctx context.Context, c *Client, job *BulkJob, opts ...caremux.RequestOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		download, err := c.Bulk.Download(ctx, job, opts...)
		if err != nil {
			yield(*new(T), err)
			return
		}
		defer download.Close()
		for item, err := range ReadNDJSON[T](download) {
			if !yield(item, err) {
				return
			}
		}
	}
}

// ImportFrom starts the import of the records in r, NDJSON of one resource type. Every line must be a JSON object in UTF-8, and
// there are limits: [MaxImportRecords] and [MaxImportSize]; what breaks them is an error that names the line, and nothing is sent. Each
// record counts as a request. See [BulkService.Wait] for the outcome: records that the vendor skips are in the job's Errors.
//
// POST /v1/bulk/import
func (s *BulkService) ImportFrom(ctx context.Context, resourceType string, r io.Reader, opts ...caremux.RequestOption) (*BulkJobStarted, error) {
	if r == nil {
		return nil, &caremux.ArgumentError{Operation: "Bulk.Import", Field: "r", Rule: "is required"}
	}
	data, err := checkedNDJSON(r)
	if err != nil {
		return nil, err
	}
	return s.Import(ctx, &BulkImportRequest{ResourceType: resourceType, Data: data}, opts...)
}

// ImportRecords is [BulkService.ImportFrom] for Go values.
func ImportRecords[T any](ctx context.Context, c *Client, resourceType string, records iter.Seq[T], opts ...caremux.RequestOption) (*BulkJobStarted, error) {
	var data bytes.Buffer
	n := 0
	for record := range records {
		n++
		var argument *caremux.ArgumentError
		if errors.As(wire.Check(record), &argument) { // the encoder would replace text that is not UTF-8
			return nil, &caremux.ArgumentError{Operation: "Bulk.Import", Field: "data line " + strconv.Itoa(n) + " " + argument.Field, Rule: argument.Rule}
		}
		line, err := wire.Marshal(record)
		if err != nil {
			return nil, &caremux.ArgumentError{Operation: "Bulk.Import", Field: "records", Rule: "cannot be encoded as JSON"}
		}
		data.Write(line)
		data.WriteByte('\n')
		if data.Len() > MaxImportSize {
			break // found again, and told, below
		}
	}
	return c.Bulk.ImportFrom(ctx, resourceType, &data, opts...)
}
