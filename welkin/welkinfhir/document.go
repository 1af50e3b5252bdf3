package welkinfhir

import (
	"encoding/json"
	"net/url"

	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
	"github.com/caremux/caremux/welkin"
)

// fileKind keeps what FHIR has no place for with each file, so that it moves with it.
const fileKind mapping.Kind = "welkin/DocumentFile"

// Document returns a document summary as FHIR, with an attachment for each file. The URL of an attachment is that of
// the call Documents.DownloadFile, which needs the login of the client.
func (m Mapping) Document(d *welkin.DocumentSummary) (*fhir.DocumentReference, error) {
	return m.documents().Resource(d)
}

// DocumentRecord returns the record that a document was mapped from, with what was edited since.
func (m Mapping) DocumentRecord(d *fhir.DocumentReference) (*welkin.DocumentSummary, error) {
	return m.documents().Record(d)
}

func (m Mapping) documents() mapping.Pair[welkin.DocumentSummary, *fhir.DocumentReference] {
	return mapping.Pair[welkin.DocumentSummary, *fhir.DocumentReference]{
		Kind: "welkin/DocumentSummary", FHIR: m.toDocument, Vendor: m.fromDocument,
		Extensions: func(d *fhir.DocumentReference) *[]fhir.Extension { return &d.Extension },
	}
}

func (m Mapping) toDocument(d *welkin.DocumentSummary) (*fhir.DocumentReference, []string, error) {
	s := m.space()
	body := d.JSONBody
	if body == nil {
		body = &welkin.DocumentSummaryBody{}
	}
	r := &fhir.DocumentReference{
		ID: s.ID(d.ID), Meta: s.Meta(kindDocument, d.ID, body.UpdatedAt), Status: fhir.DocumentReferenceStatusCurrent,
		Identifier: identifiers(s, kindDocument, d.ID, body.ExternalID),
		Subject:    mapping.Subject(s.Reference("Patient", kindPatient, mapping.Text(d.PatientID), "")),
		Type:       mapping.Concept(s.System("document-types"), body.Type, ""), Date: mapping.Instant(body.CreatedAt),
	}
	for i := range body.Files {
		f := &body.Files[i]
		a := &fhir.Attachment{Title: mapping.Text(f.OriginalName), ContentType: mapping.Code(f.ContentType)}
		if mapping.IsID(f.ID) {
			a.ID = f.ID
			a.URL = s.System(kindPatient) + "/" + url.PathEscape(d.PatientID) +
				"/" + kindDocument + "/" + url.PathEscape(d.ID) + "/files/" + url.PathEscape(f.ID)
		}
		raw, err := mapping.Sent(f)
		if err != nil {
			return nil, nil, err
		}
		if a.Extension, err = fileKind.Keep(raw, shownFile(a)); err != nil {
			return nil, nil, err
		}
		r.Content = append(r.Content, fhir.DocumentReferenceContent{Attachment: a})
	}
	if r.Content == nil { // FHIR requires one
		r.Content = []fhir.DocumentReferenceContent{{Attachment: &fhir.Attachment{Extension: mapping.Unknown()}}}
	}
	return r, nil, nil
}

func shownFile(a *fhir.Attachment) *welkin.DocumentFile {
	return &welkin.DocumentFile{ID: a.ID, OriginalName: a.Title, ContentType: a.ContentType}
}

// shownDocument is a document summary whose files are JSON, with all that is kept of them.
type shownDocument struct {
	welkin.DocumentSummary
	JSONBody *shownDocumentBody `json:"jsonBody,omitzero"`
}

type shownDocumentBody struct {
	welkin.DocumentSummaryBody
	Files []json.RawMessage `json:"files,omitzero"`
}

func (m Mapping) fromDocument(r *fhir.DocumentReference) any {
	s := m.space()
	d := &shownDocument{
		DocumentSummary: welkin.DocumentSummary{ID: s.IdentifierOf(r.Identifier, kindDocument)},
		JSONBody: &shownDocumentBody{DocumentSummaryBody: welkin.DocumentSummaryBody{
			UpdatedAt: mapping.Changed(r.Meta), CreatedAt: mapping.AsSent(r.Date),
			ExternalID: s.IdentifierOf(r.Identifier, kindDocument+"/externalId"),
			Type:       mapping.CodeOf(r.Type, s.System("document-types")),
		}},
	}
	d.PatientID, _ = s.Referred(r.Subject, "Patient", kindPatient)
	for i := range r.Content {
		a := r.Content[i].Attachment
		if a == nil {
			continue
		}
		if kept, err := fileKind.RestoreJSON(shownFile(a), a.Extension); err == nil && string(kept) != "{}" {
			d.JSONBody.Files = append(d.JSONBody.Files, kept)
		}
	}
	return d
}
