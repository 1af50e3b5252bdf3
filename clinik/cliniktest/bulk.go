package cliniktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/specserver"
)

// job is a bulk export or import. Its work is done when it starts; the looks at it only find it later.
type job struct {
	id, kind  string
	total     int
	polls     int // looks that find it under way
	seen      int // looks so far
	fails     bool
	errors    []string
	file      []byte
	signature string
	done      time.Time // when it was found to be completed; its link works for an hour from then
}

const (
	bulkJobs   = 5 // an hour, for all keys
	bulkWindow = time.Hour
	linkLife   = time.Hour
)

func (s *Server) handleBulk() {
	s.handle("Bulk_Export", s.export)
	s.handle("Bulk_Import", s.doImport)
	s.handle("Bulk_GetJob", func(c *call) (any, error) {
		j := s.jobs[c.Path["jobId"]]
		if j == nil {
			return nil, notFound("Job")
		}
		return s.look(j), nil
	})
	s.handle("Bulk_Download", s.download)
}

// admitBulk refuses more bulk jobs in an hour than the vendor allows.
func (s *Server) admitBulk() error {
	now := s.clock.Now()
	s.bulkStarts = slices.DeleteFunc(s.bulkStarts, func(at time.Time) bool { return now.Sub(at) >= bulkWindow })
	if len(s.bulkStarts) >= bulkJobs {
		wait := bulkWindow - now.Sub(s.bulkStarts[0])
		return tooMany("at most 5 bulk operations an hour", int((wait+time.Second-1)/time.Second), http.Header{})
	}
	s.bulkStarts = append(s.bulkStarts, now)
	return nil
}

// newJob starts a job and says so.
func (s *Server) newJob(j *job) object {
	j.id, j.polls, j.fails = s.newID("job"), s.jobPolls, s.jobsFail
	j.signature = fmt.Sprintf("signed-%d", s.ids["job"])
	s.jobs[j.id] = j
	return object{"jobId": j.id, "status": clinik.BulkJobStatusPending, "message": "the " + j.kind + " was accepted"}
}

// look describes a job and moves it on.
func (s *Server) look(j *job) object {
	answer := object{"id": j.id, "type": j.kind, "totalRecords": j.total, "errors": []string{}}
	j.seen++
	switch {
	case j.seen == 1 && j.polls > 0:
		answer["status"], answer["processedRecords"] = clinik.BulkJobStatusPending, 0
	case j.seen <= j.polls:
		answer["status"], answer["processedRecords"] = clinik.BulkJobStatusProcessing, j.total*(j.seen-1)/j.polls
	case j.fails:
		answer["status"], answer["processedRecords"] = clinik.BulkJobStatusFailed, 0
		answer["errors"] = []string{"the job was set to fail"}
	default:
		answer["status"], answer["processedRecords"] = clinik.BulkJobStatusCompleted, j.total
		if j.done.IsZero() {
			j.done = s.clock.Now()
		}
		if j.errors != nil {
			answer["errors"] = j.errors
		}
		if j.kind == "export" {
			answer["downloadUrl"] = s.URL + "/downloads/" + j.id + ".ndjson?signature=" + j.signature
		}
	}
	return answer
}

// export writes the stored resources of some types.
func (s *Server) export(c *call) (any, error) {
	var request struct {
		ResourceTypes []string
		Since         time.Time
	}
	if err := c.Decode(&request); err != nil {
		return nil, err
	}
	if err := s.admitBulk(); err != nil {
		return nil, err
	}
	j := &job{kind: "export"}
	for _, resourceType := range request.ResourceTypes {
		for _, r := range s.resources(resourceType, false) {
			if r.changed.Before(request.Since) {
				continue
			}
			line, err := json.Marshal(r.body)
			if err != nil {
				return nil, err
			}
			j.file = append(append(j.file, line...), '\n')
			j.total++
		}
	}
	return s.newJob(j), nil
}

// doImport stores the valid lines of an import.
func (s *Server) doImport(c *call) (any, error) {
	var request struct{ ResourceType, Data string }
	if err := c.Decode(&request); err != nil {
		return nil, err
	}
	if err := s.admitBulk(); err != nil {
		return nil, err
	}
	j := &job{kind: "import"}
	number := 0
	for line := range strings.Lines(request.Data) {
		number++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if j.total++; j.total > clinik.MaxImportRecords {
			return nil, &failure{status: http.StatusUnprocessableEntity, code: clinik.CodeValidationError, message: "too many records",
				issues: []issue{{"error", "too-long", fmt.Sprintf("data: at most %d records", clinik.MaxImportRecords), []string{"/data"}}}}
		}
		if s.jobsFail {
			continue
		}
		if err := s.importLine(request.ResourceType, line); err != nil {
			j.errors = append(j.errors, fmt.Sprintf("line %d: %v", number, err))
		}
	}
	s.used += j.total
	return s.newJob(j), nil
}

// importLine stores one line: as a resource if it says so, as a record if it does not.
func (s *Server) importLine(resourceType, line string) error {
	var body object
	if json.Unmarshal([]byte(line), &body) != nil || body == nil {
		return errors.New("is not a JSON object")
	}
	if kind, ok := body["resourceType"]; ok {
		if kind != resourceType {
			return errors.New("resourceType: must be " + resourceType)
		}
		id := str(body, "id")
		if id == "" {
			id = s.newResourceID(resourceType)
		}
		s.putResource(resourceType, id, body)
		return nil
	}
	ns := s.model.byFHIR[resourceType]
	if ns == nil {
		return errors.New("resourceType: Required")
	}
	op := s.model.spec.Operation(ns.tag + "_Create")
	r, err := http.NewRequest(op.Method, "http://clinik"+op.Path, bytes.NewReader([]byte(line)))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if problem := s.model.spec.Check(op, nil, r, []byte(line)); problem != nil {
		f := unfit(&specserver.Call{Operation: op, Body: []byte(line)}, problem)
		return errors.New(f.issues[0].Diagnostics)
	}
	s.create(ns, body)
	return nil
}

// download gives the file of an export to whoever has the link, and refuses those who show a key to it: the link leads to a store
// of files, which must not learn keys.
func (s *Server) download(c *call) (any, error) {
	if c.Header.Get(keyHeader) != "" {
		s.problems = append(s.problems, errors.New("Bulk_Download: the key was sent along"))
		return nil, &failure{status: http.StatusBadRequest, code: clinik.CodeUnauthorized, message: "the link must be used without a key"}
	}
	j := s.jobs[strings.TrimSuffix(c.Path["file"], ".ndjson")]
	switch {
	case j == nil || j.kind != "export" || j.fails:
		return nil, notFound("File")
	case c.param("signature") != j.signature:
		return nil, forbidden("the signature is wrong")
	case j.done.IsZero() || s.clock.Now().Sub(j.done) >= linkLife:
		return nil, forbidden("the link has expired")
	}
	return specserver.Reply{Header: http.Header{"Content-Type": {"application/x-ndjson"}}, Body: j.file}, nil
}

func forbidden(message string) error {
	return &failure{status: http.StatusForbidden, code: clinik.CodeUnauthorized, message: message}
}
