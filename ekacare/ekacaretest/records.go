package ekacaretest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caremux/caremux/ekacare"
)

// filing is the health records of all patients, with the storage that takes their files.
type filing struct {
	documents []*document
	cases     []*caseRow
	storage   string // the address
	forms     map[string]*form
	faults    []*StorageFault
	lifetime  time.Duration // of forms
	looks     int           // that a document which is all there stays unreadable
	pageSize  int
	jobs      map[string]*job
	course    []ekacare.ProcessingStatus // of the next jobs
}

// document is a health record. It can be read once its files are there.
type document struct {
	id, patient string
	fields      object // as sent: dt, dd_e, tg, title, cases, metadata, oid
	files       []*form
	uploaded    time.Time
	changed     time.Time
	waiting     int // how many files are still to come
	looks       int // how often it is still said not to be there
}

type caseRow struct {
	id, patient string
	fields      object
	created     time.Time
	changed     time.Time
	deleted     bool
}

// SetRecordLooks makes documents whose files have arrived unreadable for that many calls of
// [ekacare.RecordsService.Get], as the vendor needs some time to file them. The default is 0.
func (s *Server) SetRecordLooks(looks int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filing.looks = looks
}

// SetRecordPageSize sets how many records or cases a page has. The default is 20.
func (s *Server) SetRecordPageSize(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filing.pageSize = max(1, n)
}

// AddRecord puts a record without files into the server, changed at a time, and returns its id.
func (s *Server) AddRecord(patientID string, kind ekacare.DocumentType, changed time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := &document{id: s.newID("doc"), patient: patientID, fields: object{"dt": string(kind)}, uploaded: changed, changed: changed}
	s.filing.documents = append(s.filing.documents, d)
	return d.id
}

// TouchRecord makes a record one that was changed just now.
func (s *Server) TouchRecord(documentID string) {
	s.core.T.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.document(documentID); d != nil {
		d.changed = s.clock()
		return
	}
	s.core.Fatal("there is no record " + documentID)
}

func ownerOf(c *call) string { return c.Header.Get("X-Pt-Id") }

func (s *Server) document(id string) *document {
	for _, d := range s.filing.documents {
		if d.id == id {
			return d
		}
	}
	return nil
}

// documentOf returns a document of the caller's patient, nil if there is none. Without a patient it is anyone's.
func (s *Server) documentOf(c *call, id string) *document {
	if d := s.document(id); d != nil && (ownerOf(c) == "" || d.patient == ownerOf(c)) {
		return d
	}
	return nil
}

// readable reports whether a document is filed, and counts as a look.
func (d *document) readable() bool {
	switch {
	case d.waiting > 0:
		return false
	case d.looks > 0:
		d.looks--
		return false
	}
	return true
}

func (s *Server) handleRecords() {
	s.filing = filing{forms: map[string]*form{}, lifetime: time.Hour, pageSize: 20, jobs: map[string]*job{}}
	s.filing.storage = s.core.Listen(http.HandlerFunc(s.store))

	s.handle("Records_CreateUploadForms", func(c *call) (any, error) { return s.createForms(c), nil })
	s.handle("Records_List", s.listRecords)
	s.handle("Records_Get", s.getRecord)
	s.handle("Records_Update", s.updateRecord)
	s.handle("Records_Delete", s.deleteRecord)
	s.handleCases()
	s.handleParsing()
}

// listRecords returns a page of the records that can be read.
func (s *Server) listRecords(c *call) (any, error) {
	var rows []row
	for _, d := range s.filing.documents {
		if d.patient == ownerOf(c) && d.waiting == 0 && d.looks == 0 {
			rows = append(rows, row{d.id, d.changed, func() object { return object{"record": object{"item": s.listed(d)}} }})
		}
	}
	page, next := s.pageOf(c, rows)
	return object{"items": page, "next_token": next, "source_refreshed_at": nil}, nil
}

// getRecord returns a record with links to its files.
func (s *Server) getRecord(c *call) (any, error) {
	d := s.documentOf(c, c.Path["id"])
	if d == nil || !d.readable() {
		return nil, unknown("Record")
	}
	files := []any{}
	for _, f := range d.files {
		if f.stored != nil {
			files = append(files, object{"asset_url": s.link(s.filing.storage, "/"+f.key), "file_type": f.kind()})
		}
	}
	row := object{
		"source":        "partner",
		"document_type": d.fields["dt"],
		"dt":            d.fields["dt"],
		"tags":          listOf(d.fields["tg"]),
		"files":         files,
	}
	if date, ok := d.fields["dd_e"]; ok {
		row["document_date_epoch"] = date
	}
	return row, nil
}

// updateRecord changes the fields of a record, among them its patient.
func (s *Server) updateRecord(c *call) (any, error) {
	d := s.documentOf(c, c.Path["id"])
	if d == nil {
		return nil, unknown("Record")
	}
	for name, value := range c.object() {
		d.fields[name] = value
	}
	if oid := str(d.fields, "oid"); oid != "" {
		d.patient = oid
	}
	d.changed = s.clock()
	s.wrote(c, d.id)
	return nil, nil
}

// deleteRecord deletes a record, and the job that parses it.
func (s *Server) deleteRecord(c *call) (any, error) {
	d := s.documentOf(c, c.Path["id"])
	if d == nil {
		return nil, unknown("Record")
	}
	s.filing.documents = slices.DeleteFunc(s.filing.documents, func(other *document) bool { return other == d })
	if j := s.filing.jobs[d.id]; j != nil {
		j.course = []ekacare.ProcessingStatus{ekacare.ProcessingStatusDeleted}
	}
	s.wrote(c, d.id)
	return nil, nil
}

func listOf(v any) []any {
	list, _ := v.([]any)
	return append([]any{}, list...)
}

func (s *Server) listed(d *document) object {
	metadata := object{"tags": listOf(d.fields["tg"]), "auto_tags": []any{}, "title": str(d.fields, "title"), "abha": nil, "thumbnail": ""}
	if date, ok := d.fields["dd_e"]; ok {
		metadata["document_date"] = date
	}
	return object{"cases": listOf(d.fields["cases"]), "document_id": d.id, "upload_date": d.uploaded.Unix(),
		"document_type": d.fields["dt"], "metadata": metadata, "patient_id": d.patient}
}

// row is one of a list that is ordered by when it was changed. shown is called for those of the page.
type row struct {
	id      string
	changed time.Time
	shown   func() object
}

// pageOf returns the page of rows that a call requests, the least recently changed first. The token says after which row the next
// page begins, so that a row that changes meanwhile moves to the end.
func (s *Server) pageOf(c *call, rows []row) (page []any, next any) {
	order := func(a, b row) int { return cmp.Or(a.changed.Compare(b.changed), strings.Compare(a.id, b.id)) }
	var last row
	nanos, id, ok := strings.Cut(c.Query.Get("offset"), "~")
	if ok {
		n, _ := strconv.ParseInt(nanos, 10, 64)
		last = row{id: id, changed: time.Unix(0, n)}
	}
	since := int64(c.number("u_at__gt", -1))
	rows = slices.DeleteFunc(rows, func(r row) bool { return r.changed.Unix() <= since || ok && order(r, last) <= 0 })
	slices.SortStableFunc(rows, order)
	page = []any{}
	for i, r := range rows {
		if i == s.filing.pageSize {
			last := rows[i-1]
			return page, fmt.Sprintf("%d~%s", last.changed.UnixNano(), last.id)
		}
		page = append(page, r.shown())
	}
	return page, nil
}

// namedCase finds the case of the path, which must be one of the caller's patient.
func (s *Server) namedCase(c *call) (*caseRow, error) {
	r := find(s.filing.cases, func(r *caseRow) bool { return r.id == c.Path["id"] && r.patient == ownerOf(c) && !r.deleted })
	if r == nil {
		return nil, &failure{http.StatusNotFound, object{"error": "case not found", "code": "CASE_NOT_FOUND"}}
	}
	return r, nil
}

func (s *Server) handleCases() {
	s.handle("Cases_List", s.listCases)
	s.handle("Cases_Create", s.createCase)
	s.handle("Cases_Update", s.updateCase)
	s.handle("Cases_Delete", s.deleteCase)
}

// listCases returns a page of the cases.
func (s *Server) listCases(c *call) (any, error) {
	var rows []row
	for _, r := range s.filing.cases {
		if r.patient == ownerOf(c) {
			rows = append(rows, row{r.id, r.changed, r.listed})
		}
	}
	page, next := s.pageOf(c, rows)
	return object{"cases": page, "next_token": next}, nil
}

// listed returns a case as the list has it, a deleted one without its fields.
func (r *caseRow) listed() object {
	shown := object{"id": r.id, "status": "A", "updated_at": r.changed.Unix()}
	if r.deleted {
		shown["status"] = "D"
		return shown
	}
	item := object{"created_at": r.created.Unix()}
	for name, value := range r.fields {
		if name != "id" {
			item[name] = value
		}
	}
	shown["item"] = item
	return shown
}

// createCase adds a case.
func (s *Server) createCase(c *call) (any, error) {
	in := c.object()
	now := s.clock()
	s.filing.cases = append(s.filing.cases, &caseRow{id: str(in, "id"), patient: ownerOf(c), fields: in, created: now, changed: now})
	s.wrote(c, str(in, "id"))
	return object{"id": str(in, "id")}, nil
}

// updateCase changes the fields of a case.
func (s *Server) updateCase(c *call) (any, error) {
	r, err := s.namedCase(c)
	if err != nil {
		return nil, err
	}
	for name, value := range c.object() {
		r.fields[name] = value
	}
	r.changed = s.clock()
	s.wrote(c, r.id)
	return nil, nil
}

// deleteCase marks a case as deleted.
func (s *Server) deleteCase(c *call) (any, error) {
	r, err := s.namedCase(c)
	if err != nil {
		return nil, err
	}
	r.deleted, r.changed = true, s.clock()
	s.wrote(c, r.id)
	return nil, nil
}
