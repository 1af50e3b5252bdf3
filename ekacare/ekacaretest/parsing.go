package ekacaretest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/caremux/caremux/ekacare"
)

// job is the parsing of a document. Each look brings it one state further.
type job struct {
	tasks  []string                   // of ekacare.ParsingTask
	course []ekacare.ProcessingStatus // the last state stays
}

// formFrame is how much a form may have around its file.
const formFrame = 4 << 10

// usualCourse is how parsing goes if nothing else is said.
var usualCourse = []ekacare.ProcessingStatus{
	ekacare.ProcessingStatusQueued,
	ekacare.ProcessingStatusInProgress,
	ekacare.ProcessingStatusCompleted,
}

// SetParsing sets the states through which the documents that are uploaded from now on go, one with each look at the result; the
// last one stays. Without states it is the usual course: queued, inprogress, completed.
func (s *Server) SetParsing(states ...ekacare.ProcessingStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filing.course = slices.Clone(states)
}

func (s *Server) handleParsing() {
	s.handle("Records_RetrieveFHIR", s.retrieveFHIR)
	s.handle("Records_RetrieveFHIRV1", s.retrieveFHIR)
	s.handle("Records_Upload", func(c *call) (any, error) {
		course := s.filing.course
		if len(course) == 0 {
			course = usualCourse
		}
		if len(c.Body) > ekacare.MaxParsingSize+formFrame {
			return nil, failed(http.StatusRequestEntityTooLarge, ekacare.CodeBadRequest, "a document has at most 10 MB")
		}
		id := s.newID("doc")
		s.filing.jobs[id] = &job{tasks: c.Query["task"], course: course}
		now := s.clock()
		s.filing.documents = append(
			s.filing.documents,
			&document{id: id, patient: ownerOf(c), fields: object{"dt": c.Query.Get("dt")}, uploaded: now, changed: now},
		)
		s.wrote(c, id)
		return object{"document_id": id}, nil
	})
	s.handle("Records_GetParsingResult", func(c *call) (any, error) {
		j := s.filing.jobs[c.Path["document_id"]]
		if d := s.document(c.Path["document_id"]); j == nil || ownerOf(c) != "" && d != nil && d.patient != ownerOf(c) {
			return nil, failed(http.StatusBadRequest, ekacare.CodeBadRequest, "the document is not one that was to be parsed")
		}
		status := j.course[0]
		if len(j.course) > 1 {
			j.course = j.course[1:]
		}
		answer := object{"status": status}
		switch status {
		case ekacare.ProcessingStatusCompleted:
			answer["data"] = j.data()
		case ekacare.ProcessingStatusError:
			answer["error"] = []any{object{"code": 1001, "message": "the document could not be read"}}
		}
		return answer, nil
	})
}

// retrieveFHIR is the bundle of a document that was parsed; its id stands for that of a care context.
func (s *Server) retrieveFHIR(c *call) (any, error) {
	id := c.Query.Get("identifier")
	j, d := s.filing.jobs[id], s.document(id)
	if j == nil || ownerOf(c) != "" && d != nil && d.patient != ownerOf(c) || !j.reads() ||
		j.course[0] != ekacare.ProcessingStatusCompleted {
		return nil, &failure{http.StatusNotFound, object{"resourceType": "Bundle", "type": "collection"}}
	}
	return parsedBundle, nil
}

// parsedBundle is what was read: the same of every document.
var parsedBundle = object{"resourceType": "Bundle", "type": "document", "id": "ekacaretest-bundle", "entry": []any{
	object{"resource": object{"resourceType": "Observation", "id": "haemoglobin", "status": "final", "code": object{"text": "Haemoglobin"},
		"valueQuantity": object{"value": 13.5, "unit": "g/dL"}}}}}

// reads reports whether the values of the document are read, and not personal data alone.
func (j *job) reads() bool {
	return !slices.Equal(j.tasks, []string{string(ekacare.ParsingTaskPII)})
}

// data is what a result contains.
func (j *job) data() object {
	output := object{}
	if slices.Contains(j.tasks, string(ekacare.ParsingTaskPII)) {
		output["pii"] = object{"1": []any{}}
	}
	if !j.reads() {
		return object{"output": output}
	}
	output["data"] = []any{}
	bundle, _ := json.Marshal(parsedBundle)
	return object{"fhir": base64.StdEncoding.EncodeToString(bundle), "output": output}
}
