package ekafhir

import (
	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

// Document returns a health record of a list as FHIR. Its attachment has no URL: Records.Get returns one that works for
// a while.
func (m Mapping) Document(d *ekacare.RecordListItem) (*fhir.DocumentReference, error) {
	return m.documents().Resource(d)
}

// DocumentRecord returns the record that a document was mapped from, with what was edited since.
func (m Mapping) DocumentRecord(d *fhir.DocumentReference) (*ekacare.RecordListItem, error) {
	return m.documents().Record(d)
}

func (m Mapping) documents() mapping.Pair[ekacare.RecordListItem, *fhir.DocumentReference] {
	return mapping.Pair[ekacare.RecordListItem, *fhir.DocumentReference]{
		Kind: "ekacare/Record", FHIR: m.toDocument, Vendor: m.fromDocument,
		Extensions: func(d *fhir.DocumentReference) *[]fhir.Extension { return &d.Extension },
	}
}

func (m Mapping) toDocument(d *ekacare.RecordListItem) (*fhir.DocumentReference, []string, error) {
	s := m.space()
	item := &ekacare.RecordSummary{}
	if d.RecordData != nil && d.RecordData.Item != nil {
		item = d.RecordData.Item
	}
	r := &fhir.DocumentReference{
		ID: s.ID(item.DocumentID), Meta: s.Meta(kindRecord, item.DocumentID, caremux.Time{}),
		Identifier: m.identifiers(kindRecord, item.DocumentID, ""), Status: fhir.DocumentReferenceStatusCurrent,
		Subject: mapping.Subject(m.reference("Patient", kindPatient, string(item.PatientID), "", "")),
		Date:    mapping.Instant(item.UploadDate.Time),
	}
	a := &fhir.Attachment{}
	if item.Metadata != nil {
		a.Title, a.Creation = mapping.Text(item.Metadata.Title), mapping.Instant(item.Metadata.DocumentDate.Time)
	}
	if a.Title == "" && a.Creation == "" {
		a.Extension = mapping.Unknown()
	}
	r.Content = []fhir.DocumentReferenceContent{{Attachment: a}}
	if item.DocumentType == "" {
		return r, nil, nil
	}
	name, ok := codes().FHIR("DocumentType", item.DocumentType)
	r.Type = mapping.Concept(s.System("document-types"), item.DocumentType, name)
	if !ok {
		return r, []string{"record/item/document_type"}, nil
	}
	return r, nil, nil
}

func (m Mapping) fromDocument(r *fhir.DocumentReference) any {
	s := m.space()
	item := &ekacare.RecordSummary{
		DocumentID: s.IdentifierOf(r.Identifier, kindRecord), UploadDate: seconds(r.Date),
		DocumentType: mapping.CodeOf(r.Type, s.System("document-types")),
	}
	patient, _ := m.referred(r.Subject, "Patient", kindPatient)
	item.PatientID = ekacare.LooseID(patient)
	if len(r.Content) > 0 && r.Content[0].Attachment != nil {
		if a := r.Content[0].Attachment; a.Title != "" || a.Creation != "" {
			item.Metadata = &ekacare.RecordMetadata{Title: a.Title, DocumentDate: seconds(a.Creation)}
		}
	}
	return &ekacare.RecordListItem{RecordData: &ekacare.RecordListRecord{Item: item}}
}
