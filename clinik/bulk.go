package clinik

import (
	"context"
	"errors"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/poll"
	"github.com/caremux/caremux/internal/transport"
)

// BulkWait says how to wait for a bulk job. The defaults are a second poll after 1 s, at most 30 s between two polls, and a limit of
// 1 h.
type BulkWait = caremux.Wait[*BulkJob]

// BulkJobError is a bulk job that will not complete: it failed, or ended in a state that this version does not know,
// such as one in which somebody has cancelled it.
type BulkJobError struct {
	Job *BulkJob
}

// Error names the state of the job.
func (e *BulkJobError) Error() string {
	status := string(e.Job.Status)
	unsafe := func(r rune) bool { return !(r >= 'a' && r <= 'z' || r == '-' || r == '_') } // to log
	switch {
	case e.Job.Status == BulkJobStatusFailed:
		return "clinik: bulk job failed"
	case status == "" || len(status) > 32 || strings.ContainsFunc(status, unsafe):
		return "clinik: bulk job is in a state that is not known"
	}
	return "clinik: bulk job is in a state that is not known: " + status
}

// MarshalText returns the message of Error, so that a log in JSON does not contain the job's errors, which may
// quote records.
func (e *BulkJobError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Wait polls a job until it is completed, the limit of the wait is reached or the context ends; wait may be nil. It
// returns the job as last seen also with an error, so that the waiting can go on later. A job that failed, or is in a
// state other than pending and processing, is a [*BulkJobError]; the end of the time matches
// [context.DeadlineExceeded]. A poll that fails in spite of its retries ends the wait with its error.
//
// The errors of an import that this client has started name the lines of what [BulkService.ImportFrom] has read; see
// [BulkService.WaitImport] for others. RawJSON has them as the vendor counts them, without blank lines.
//
// GET /v1/bulk/jobs/{jobId}
func (s *BulkService) Wait(ctx context.Context, jobID string, wait *BulkWait, opts ...caremux.RequestOption) (*BulkJob, error) {
	return s.wait(ctx, "Bulk.Wait", &bulkPoll{service: s, jobID: jobID, opts: opts}, wait)
}

// WaitImport is [BulkService.Wait] for the job of an import that another process has started. file is what was imported, opened
// anew: the job's errors then name its lines. It is read only if the job has errors, and an error of the reader ends the wait.
//
// GET /v1/bulk/jobs/{jobId}
func (s *BulkService) WaitImport(
	ctx context.Context, jobID string, file io.Reader, wait *BulkWait, opts ...caremux.RequestOption,
) (*BulkJob, error) {
	const operation = "Bulk.WaitImport"
	if file == nil {
		return nil, &caremux.ArgumentError{Vendor: "clinik", Operation: operation, Field: "file", Rule: "is required"}
	}
	return s.wait(ctx, operation, &bulkPoll{service: s, jobID: jobID, file: file, opts: opts}, wait)
}

func (s *BulkService) wait(ctx context.Context, operation string, p *bulkPoll, wait *BulkWait) (*BulkJob, error) {
	p.shifts, p.known = s.imports().known(p.jobID)
	var w BulkWait
	if wait != nil {
		w = *wait
	}
	return poll.Wait(ctx, w, poll.Job[*BulkJob]{
		Vendor: "clinik", Operation: operation, Late: "the job was not done in time", Poll: p.once, Over: bulkOver,
		Rhythm: poll.Rhythm{Min: time.Second, Max: 30 * time.Second, Limit: time.Hour},
	})
}

// bulkPoll is a wait for a job under way.
type bulkPoll struct {
	service *BulkService
	jobID   string
	file    io.Reader
	opts    []caremux.RequestOption
	shifts  lineShifts
	known   bool // the shifts are
}

// once polls the job.
func (p *bulkPoll) once(ctx context.Context) (*BulkJob, error) {
	job, err := p.service.GetJob(ctx, p.jobID, p.opts...)
	if err != nil {
		return nil, err
	}
	if !p.known && p.file != nil && len(job.Errors) > 0 {
		if p.shifts, err = linesOf(p.file); err != nil {
			return nil, err
		}
		p.known = true
	}
	p.shifts.renumber(job)
	return job, nil
}

// bulkOver reports whether a job has ended, with an error unless it is completed.
func bulkOver(job *BulkJob) (bool, error) {
	switch job.Status {
	case BulkJobStatusCompleted:
		return true, nil
	case BulkJobStatusPending, BulkJobStatusProcessing:
		return false, nil
	}
	return true, &BulkJobError{Job: job}
}

// Download returns the result of an export as NDJSON, unread; see [ReadNDJSON]. Compression with gzip is undone. The
// signed link works for an hour after the job was completed; the client's key is not sent to it. [BulkRecords] also
// compares the content with the job.
func (s *BulkService) Download(ctx context.Context, job *BulkJob, opts ...caremux.RequestOption) (*caremux.Download, error) {
	download, err := s.file(ctx, job, opts)
	if err != nil {
		return nil, err
	}
	body := download.ReadCloser
	plain, compressed, err := uncompressed(body)
	if err != nil {
		_ = body.Close()
		if errors.As(err, new(*caremux.Error)) { // the download broke off
			return nil, err
		}
		return nil, unreadable(&lineFault{text: "cannot be decompressed", cause: err})
	}
	if compressed {
		download.ContentType, download.Size = "application/x-ndjson", -1
		download.Name = strings.TrimSuffix(download.Name, ".gz")
	}
	download.ReadCloser = struct {
		io.Reader
		io.Closer
	}{plain, body}
	return download, nil
}

// file is the result of an export as the storage has it.
func (s *BulkService) file(ctx context.Context, job *BulkJob, opts []caremux.RequestOption) (*caremux.Download, error) {
	if job == nil || job.DownloadURL == "" || job.Type == BulkJobTypeImport || job.Status == BulkJobStatusFailed {
		return nil, &caremux.ArgumentError{
			Vendor: "clinik", Operation: "Bulk.Download", Field: "job", Rule: "must be an export that is completed",
		}
	}
	return transport.Fetch(ctx, s.core, "Bulk.Download", job.DownloadURL, opts)
}

// unreadable is the error of an export that is not what it should be.
func unreadable(cause error) error {
	e := caremux.Error{Vendor: "clinik", Operation: "Bulk.Download", Kind: caremux.ErrUnreadable, Attempts: 1}
	return caremux.NewError(e, caremux.ErrorParts{Cause: cause, Reason: "the file of the export: " + cause.Error()})
}

// BulkRecords returns an iterator over the records of a completed export, as values of T, such as the types of
// package fhir. It streams the file. The content is checked as by [ReadNDJSON]: to read an export of several types
// use [FHIRResource] as T, or a type of your own with a resourceType.
//
// The file must have as many records as the job says. All errors of the loop name the line and the record: see
// [*NDJSONError]. Those of a download that broke off match its [caremux.Error]; ranging once more begins at the first
// record.
func BulkRecords[T any](ctx context.Context, c *Client, job *BulkJob, opts ...caremux.RequestOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		download, err := c.Bulk.file(ctx, job, opts)
		if err != nil {
			yield(*new(T), err)
			return
		}
		defer download.Close()
		lines := newLineReader(download, maxLine)
		total := job.total()
		for lines.next() {
			var item T
			if total >= 0 && lines.record > total {
				err = lines.fault(&lineFault{text: "is beyond the " + strconv.Itoa(total) + " records of the job"})
			} else {
				item, err = decodeLine[T](lines)
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
		if lines.err == nil && total >= 0 && lines.record < total {
			text := "is the last one, and the job has " + strconv.Itoa(total) + " records"
			lines.err = lines.fault(&lineFault{text: text})
		}
		if lines.err != nil {
			yield(*new(T), lines.err)
		}
	}
}

// total is how many records the job has, -1 if it does not say.
func (j *BulkJob) total() int {
	switch {
	case j.TotalRecords != nil:
		return *j.TotalRecords
	case j.ProcessedRecords != nil:
		return *j.ProcessedRecords
	}
	return -1
}
