package ekacaretest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caremux/caremux/ekacare"
)

// maxKept is how large a file is kept whole. Of a larger one the storage keeps what [StoredFile] reports without its
// content.
const maxKept = 1 << 20

// form is an upload form, and the file that arrived by it.
type form struct {
	document    *document
	item, file  int // place in the call that requested the form
	key         string
	contentType string
	size        int64
	expires     time.Time
	policy      string
	signature   string
	stored      *StoredFile
}

// kind is the type of a file as a record states it.
func (f *form) kind() ekacare.RecordFileType {
	if f.contentType == "application/pdf" {
		return ekacare.RecordFileTypePDF
	}
	return ekacare.RecordFileTypeImage
}

// StoredFile is a file that has arrived at the storage.
type StoredFile struct {
	DocumentID  string
	Item, File  int // place of its form in the call that requested it
	Name        string
	ContentType string
	Size        int64
	SHA256      [sha256.Size]byte
	Content     []byte // nil for a file beyond 1 MiB
	Arrivals    int    // how often it came; a later arrival replaces an earlier one
}

// StorageFault makes the storage fail for a file.
type StorageFault struct {
	Item, File int // place of the form in the call that requested it, which is that of the file in an upload
	Times      int // number of times, 0 for once, -1 for all

	Status    int  // respond with an error, such as 503 or 403
	Stall     bool // never respond
	Reset     bool // break the connection
	AfterWork bool // the file is stored before
}

// FailStorage queues a fault of the storage.
func (s *Server) FailStorage(f StorageFault) {
	f.Times = cmp.Or(f.Times, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filing.faults = append(s.filing.faults, &f)
}

// ClearStorageFaults takes all faults of the storage back.
func (s *Server) ClearStorageFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filing.faults = nil
}

// SetFormLifetime sets how long the forms of the next calls are valid. The default is an hour.
func (s *Server) SetFormLifetime(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filing.lifetime = d
}

// StoredFiles returns the files that have arrived, in the order of their forms.
func (s *Server) StoredFiles() []StoredFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	var files []StoredFile
	for _, d := range s.filing.documents {
		for _, f := range d.files {
			if f.stored != nil {
				files = append(files, *f.stored)
			}
		}
	}
	return files
}

// createForms makes documents and their forms. A document that cannot be made is reported with its own error.
func (s *Server) createForms(c *call) object {
	items, _ := c.object()["batch_request"].([]any)
	results := []any{}
	for i, item := range items {
		in, _ := item.(object)
		if reason := badFiles(in["files"]); reason != "" {
			results = append(results, object{"document_id": str(in, "document_id"), "forms": []any{},
				"error_details": object{"code": ekacare.CodeInvalidRequest, "message": reason}})
			continue
		}
		var d *document
		if id := str(in, "document_id"); id != "" {
			if d = s.documentOf(c, id); d == nil {
				results = append(results, object{"document_id": id, "forms": []any{},
					"error_details": object{"code": "DOCUMENT_NOT_FOUND", "message": "document not found"}})
				continue
			}
		} else {
			d = &document{id: s.newID("doc"), patient: ownerOf(c), fields: in, uploaded: s.clock(),
				changed: s.clock(), looks: s.filing.looks}
			s.filing.documents = append(s.filing.documents, d)
			s.wrote(c, d.id)
		}
		forms := []any{}
		files, _ := in["files"].([]any)
		for n, file := range files {
			forms = append(forms, s.newForm(d, i, n, file.(object)))
		}
		delete(in, "files")
		results = append(results, object{"document_id": d.id, "forms": forms})
	}
	return object{"error": false, "message": "", "batch_response": results}
}

// badFiles names which of the vendor's limits the files of a document break, "" if none.
func badFiles(list any) string {
	files, _ := list.([]any)
	for _, file := range files {
		in, _ := file.(object)
		first, _ := files[0].(object)
		size, _ := in["file_size"].(float64)
		most := float64(ekacare.MaxPictureSize)
		switch str(in, "contentType") {
		case "image/jpg", "image/jpeg", "image/png":
		case "application/pdf":
			most = ekacare.MaxPDFSize
		default:
			return "the type of a file is not taken"
		}
		if size <= 0 || size > most || str(in, "contentType") != str(first, "contentType") {
			return "a file is too large or empty, or of another type than the others"
		}
	}
	if len(files) == 0 {
		return "there are no files"
	}
	return ""
}

func (s *Server) newForm(d *document, item, n int, in object) object {
	size, _ := in["file_size"].(float64)
	f := &form{document: d, item: item, file: n, key: d.id + "/" + s.newID("file"), contentType: str(in, "contentType"), size: int64(size),
		expires: s.clock().Add(s.filing.lifetime)}
	policy, _ := json.Marshal(object{"expiration": f.expires.UTC().Format("2006-01-02T15:04:05Z"), "conditions": []any{
		object{"key": f.key}, object{"Content-Type": f.contentType}, []any{"content-length-range", f.size, f.size}}})
	f.policy = base64.StdEncoding.EncodeToString(policy)
	sum := sha256.Sum256([]byte("storage key of ekacaretest" + f.policy))
	f.signature = hex.EncodeToString(sum[:])
	s.filing.forms[f.key] = f
	d.files = append(d.files, f)
	d.waiting++
	return object{"url": s.filing.storage + "/records", "fields": f.fields()}
}

func (f *form) fields() map[string]string {
	return map[string]string{"key": f.key, "Content-Type": f.contentType, "policy": f.policy,
		"x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-signature": f.signature}
}

// storageError is an error as storage services write it.
type storageError struct {
	XMLName xml.Name `xml:"Error"`
	Status  int      `xml:"-"`
	Code    string
	Message string
}

func (e *storageError) Error() string { return e.Code + ": " + e.Message }

func (e *storageError) send(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(e.Status)
	_, _ = io.WriteString(w, xml.Header)
	_ = xml.NewEncoder(w).Encode(e)
}

func badForm(message string) *storageError {
	return &storageError{Status: http.StatusBadRequest, Code: "InvalidArgument", Message: message}
}

func denied(message string) *storageError {
	return &storageError{Status: http.StatusForbidden, Code: "AccessDenied", Message: message}
}

// store is the storage: it accepts forms, and returns small files.
func (s *Server) store(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		if !s.linkServes(r) {
			denied("Request has expired, or is not signed").send(w)
			return
		}
		s.mu.Lock()
		f := s.filing.forms[strings.TrimPrefix(r.URL.Path, "/")]
		s.mu.Unlock()
		if f == nil || f.stored == nil || f.stored.Content == nil {
			(&storageError{
				Status: http.StatusNotFound, Code: "NoSuchKey", Message: "there is no such file, or it is too large to be kept",
			}).send(w)
			return
		}
		w.Header().Set("Content-Type", f.contentType)
		_, _ = w.Write(f.stored.Content)
		return
	}
	err := s.takeForm(r)
	_, _ = io.Copy(io.Discard, r.Body)
	if refusal := new(storageError); errors.As(err, &refusal) {
		refusal.send(w)
		return
	}
	if err != nil { // the client went away in the middle
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(http.StatusNoContent)
}

// takeForm reads a form as it comes. The file is the last part, as what comes after it is not looked at by such
// services.
func (s *Server) takeForm(r *http.Request) error {
	for _, name := range []string{"Authorization", "Auth", "X-Api-Key", "X-Pt-Id", "X-Hip-Id", "Client-Id"} {
		if r.Header.Get(name) != "" {
			s.mu.Lock()
			s.problems = append(s.problems, fmt.Errorf("storage: the header %s was sent to another origin", name))
			s.mu.Unlock()
			return badForm("Only one auth mechanism allowed")
		}
	}
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || err != nil || r.ContentLength < 0 {
		return badForm("POST requires a multipart form of a known length")
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	fields := map[string]string{}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return badForm("POST requires exactly one file upload per request")
		}
		if err != nil {
			return err
		}
		if part.FormName() == "file" {
			return s.takeFile(r, fields, part)
		}
		value, err := io.ReadAll(io.LimitReader(part, 1<<16))
		if err != nil {
			return err
		}
		fields[part.FormName()] = string(value)
	}
}

func (s *Server) takeFile(r *http.Request, fields map[string]string, part *multipart.Part) error {
	s.mu.Lock()
	f := s.filing.forms[fields["key"]]
	refusal := s.vet(f, fields)
	var fault *StorageFault
	if f != nil {
		fault = s.storageFault(f)
	}
	s.mu.Unlock()
	if fault != nil && !fault.AfterWork {
		_, _ = io.Copy(io.Discard, r.Body)
		return s.strikeStorage(r, fault)
	}
	if refusal != nil {
		return refusal
	}
	sum := sha256.New()
	var kept bytes.Buffer
	into := io.Writer(sum)
	if f.size <= maxKept {
		into = io.MultiWriter(sum, &kept)
	}
	size, err := io.Copy(into, io.LimitReader(part, f.size+1))
	switch {
	case err != nil:
		return err
	case size > f.size:
		return &storageError{
			Status: http.StatusBadRequest, Code: "EntityTooLarge", Message: "Your proposed upload exceeds the maximum allowed size",
		}
	case size < f.size:
		return &storageError{Status: http.StatusBadRequest, Code: "EntityTooSmall",
			Message: "Your proposed upload is smaller than the minimum allowed size"}
	}
	s.mu.Lock()
	s.arrived(f, &StoredFile{Name: part.FileName(), Size: size, SHA256: [sha256.Size]byte(sum.Sum(nil)), Content: kept.Bytes()})
	s.mu.Unlock()
	if fault != nil {
		return s.strikeStorage(r, fault)
	}
	return nil
}

// vet checks a form as its policy says.
func (s *Server) vet(f *form, fields map[string]string) error {
	switch {
	case f == nil:
		return denied("Invalid according to Policy: the key is not one that was signed")
	case fields["x-amz-signature"] != f.signature || fields["policy"] != f.policy:
		return &storageError{Status: http.StatusForbidden, Code: "SignatureDoesNotMatch", Message: "The signature does not match the form"}
	case !s.clock().Before(f.expires):
		return denied("Invalid according to Policy: Policy expired.")
	}
	for name, value := range f.fields() {
		if fields[name] != value {
			return denied("Invalid according to Policy: Policy Condition failed: " + name)
		}
	}
	if len(fields) != len(f.fields()) {
		return denied("Invalid according to Policy: Extra input fields")
	}
	return nil
}

// arrived files a file. The document is changed by that, and can be read when it was the last one.
func (s *Server) arrived(f *form, stored *StoredFile) {
	stored.DocumentID, stored.Item, stored.File, stored.ContentType, stored.Arrivals = f.document.id, f.item, f.file, f.contentType, 1
	if f.stored != nil {
		stored.Arrivals += f.stored.Arrivals
	} else {
		f.document.waiting--
	}
	f.stored = stored
	f.document.changed = s.clock()
}

// storageFault takes the fault that a file runs into out of the queue.
func (s *Server) storageFault(f *form) *StorageFault {
	for i, fault := range s.filing.faults {
		if fault.Item != f.item || fault.File != f.file {
			continue
		}
		if fault.Times > 0 {
			if fault.Times--; fault.Times == 0 {
				s.filing.faults = slices.Delete(s.filing.faults, i, i+1)
			}
		}
		return fault
	}
	return nil
}

func (s *Server) strikeStorage(r *http.Request, f *StorageFault) error {
	switch {
	case f.Stall:
		<-r.Context().Done() // ends with the client, or with the server's connections
		return r.Context().Err()
	case f.Reset:
		return io.ErrClosedPipe
	}
	return &storageError{Status: cmp.Or(f.Status, http.StatusServiceUnavailable), Code: "SlowDown", Message: "this fault was requested"}
}
