package welkintest

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/caremux/caremux/internal/specserver"
)

// storedFile is an uploaded file. Its id is the key in the server's map.
type storedFile struct {
	summaryID   string
	contentType string
	content     []byte
}

func (s *Server) handleDocuments() {
	s.handle("Documents_CreateSummary", func(c *call) (any, error) {
		patient, err := s.patient(c)
		if err != nil {
			return nil, err
		}
		fields := merged(c.object(), object{"files": []any{}})
		return s.documents.add(s.newRecord("DocumentSummaryBody", str(patient, "id"), documentCDT, fields)), nil
	})
	s.handle("Documents_GetSummary", func(c *call) (any, error) { return s.document(c) })
	s.handle("Documents_ReplaceSummary", func(c *call) (any, error) {
		row, err := s.document(c)
		if err != nil {
			return nil, err
		}
		fields := c.object()
		delete(fields, "files") // they change by uploads only
		s.changeRecord(row, fields)
		return row, nil
	})
	s.handle("Documents_DeleteSummary", func(c *call) (any, error) {
		row, err := s.document(c)
		if err != nil {
			return nil, err
		}
		s.documents.remove(object{"id": row["id"]})
		return nil, nil
	})
	s.handle("Documents_ListSummaries", func(c *call) (any, error) {
		if _, err := s.patient(c); err != nil {
			return nil, err
		}
		source := c.param("sourceId")
		return object{"name": documentCDT, "data": pageable(s.documents.where(func(row object) bool {
			return row["patientId"] == c.Path["patientId"] && (source == "" || field(row, "source_id") == source)
		}), c.Query)}, nil
	})
	s.handle("Documents_UploadFiles", s.uploadFiles)
	s.handle("Documents_DownloadFile", func(c *call) (any, error) {
		if _, err := s.document(c); err != nil {
			return nil, err
		}
		file, ok := s.files[c.Path["fileId"]]
		if !ok || file.summaryID != c.Path["documentSummaryId"] {
			return nil, notFound("File")
		}
		return specserver.Reply{Header: http.Header{"Content-Type": {file.contentType}}, Body: file.content}, nil
	})
}

// documentCDT is the custom data type behind document summaries.
const documentCDT = "document-summary"

func (s *Server) document(c *call) (object, error) {
	row := s.documents.find(object{"id": c.Path["documentSummaryId"], "patientId": c.Path["patientId"]})
	if row == nil {
		return nil, notFound("Document summary")
	}
	return row, nil
}

// uploadFiles stores files of the kinds that Welkin takes, all or none.
func (s *Server) uploadFiles(c *call) (any, error) {
	row, err := s.document(c)
	if err != nil {
		return nil, err
	}
	_, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	form := multipart.NewReader(bytes.NewReader(c.Body), params["boundary"])
	var described []any
	stored := map[string]storedFile{}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		name := part.FileName()
		if !slices.Contains([]string{".jpg", ".jpeg", ".png", ".pdf"}, strings.ToLower(path.Ext(name))) {
			return nil, badRequest("DOCUMENT", "FILE_TYPE_NOT_SUPPORTED", "files must be jpg, jpeg, png or pdf")
		}
		id, contentType := s.newID(), part.Header.Get("Content-Type")
		if contentType == "" {
			contentType = http.DetectContentType(content)
		}
		stored[id] = storedFile{str(row, "id"), contentType, content}
		described = append(described, object{"id": id, "originalName": name, "size": len(content), "contentType": contentType,
			"storageKey": s.credentials.Tenant + "/" + s.credentials.Instance + "/" + id})
	}
	for id, file := range stored {
		s.files[id] = file
	}
	files, _ := field(row, "files").([]any)
	s.changeRecord(row, object{"files": append(files, described...)})
	return described, nil
}
