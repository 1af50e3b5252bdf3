package clinik

import (
	"bytes"
	"context"
	"io"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/internal/wire"
)

// BulkWait says how to wait for a bulk job. The zero value of a field means its default.
type BulkWait struct {
	MinWait  time.Duration  // before the first look; each later wait is half as long again. Default 1 s.
	MaxWait  time.Duration  // the longest wait. Default 30 s.
	Progress func(*BulkJob) // called with what each look finds; may be nil
}

// BulkJobError is a bulk job that failed.
type BulkJobError struct {
	Job *BulkJob
}

// Error names the job.
func (e *BulkJobError) Error() string { return "clinik: bulk job failed" }

// Wait looks at a job until it is done or the context ends; wait may be nil. It returns the job as last seen also with an error,
// so that the waiting can go on later. A job that failed is a [*BulkJobError].
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
	for pause := w.MinWait; ; pause = min(pause*3/2, w.MaxWait) {
		job, err := s.GetJob(ctx, jobID, opts...)
		if err != nil {
			return seen, err
		}
		seen = job
		if w.Progress != nil {
			w.Progress(job)
		}
		switch job.Status {
		case BulkJobStatusCompleted:
			return job, nil
		case BulkJobStatusFailed:
			return job, &BulkJobError{Job: job}
		}
		// Jitter keeps many waiters apart.
		timer := time.NewTimer(pause*4/5 + rand.N(pause*2/5+1))
		select {
		case <-ctx.Done():
			timer.Stop()
			return job, caremux.NewError(caremux.Error{Vendor: "clinik", Operation: "Bulk.Wait", Attempts: 1},
				nil, context.Cause(ctx), "the job was not done in time", false)
		case <-timer.C:
		}
	}
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

// ImportFrom starts the import of the records in r, NDJSON of one resource type. Every line must be a JSON object, and there are
// limits: [MaxImportRecords] and [MaxImportBytes]; what breaks them is an error that names the line, and nothing is sent. Each
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
	for record := range records {
		line, err := wire.Marshal(record)
		if err != nil {
			return nil, &caremux.ArgumentError{Operation: "Bulk.Import", Field: "records", Rule: "cannot be encoded as JSON"}
		}
		data.Write(line)
		data.WriteByte('\n')
		if data.Len() > MaxImportBytes {
			break // found again, and told, below
		}
	}
	return c.Bulk.ImportFrom(ctx, resourceType, &data, opts...)
}
