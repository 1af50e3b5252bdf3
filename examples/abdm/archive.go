package main

import (
	"sync"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/fhir"
)

// archive has the documents of visits; a database in a real program.
type archive struct {
	mu       sync.Mutex
	own      map[string]fhir.Bundle // by care context
	received map[string]fhir.Bundle
}

func newArchive() *archive {
	return &archive{received: map[string]fhir.Bundle{}, own: map[string]fhir.Bundle{
		"visit-1": note("Consultation"),
		"visit-2": note("Prescription"),
	}}
}

// note is a document of one section.
func note(title string) fhir.Bundle {
	return fhir.Bundle{
		Type:  fhir.BundleTypeDocument,
		Entry: []fhir.BundleEntry{{Resource: &fhir.Composition{Title: title}}},
	}
}

// documents returns what there is of the care contexts.
func (a *archive) documents(careContexts []string) (records []ekacare.HealthRecord) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, id := range careContexts {
		if bundle, ok := a.own[id]; ok {
			records = append(records, ekacare.HealthRecord{CareContextID: id, Bundle: bundle})
		}
	}
	return records
}

// save stores a document that was received.
func (a *archive) save(careContext string, document []byte) error {
	var bundle fhir.Bundle
	if err := fhir.Unmarshal(document, &bundle); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.received[careContext] = bundle
	return nil
}

// title is the title of a document that was received, "" if there is none.
func (a *archive) title(careContext string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, entry := range a.received[careContext].Entry {
		if c, ok := entry.Resource.(*fhir.Composition); ok {
			return c.Title
		}
	}
	return ""
}
