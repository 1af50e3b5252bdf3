package clinikfhir

import (
	"net/http"

	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// The operations are those of package clinik's raw routes under the same names. Here they are read by package fhir's
// own codec, and lists follow their links.

const (
	fhirJSON = "application/fhir+json"
	// maxBody is the largest body that the vendor takes, in bytes.
	maxBody = 1 << 20

	onServer   = "/v1/fhir"
	onType     = "/v1/fhir/{resourceType}"
	onResource = "/v1/fhir/{resourceType}/{id}"
)

var (
	opGet               = reading("FHIR.Get", onResource)
	opGetVersion        = reading("FHIR.GetVersion", onResource+"/_history/{versionId}")
	opCreate            = writing("FHIR.Create", http.MethodPost, onType)
	opPut               = writing("FHIR.Replace", http.MethodPut, onResource)
	opPatch             = writing("FHIR.Patch", http.MethodPatch, onResource)
	opDelete            = transport.Operation{Name: "FHIR.Delete", Method: http.MethodDelete, Path: onResource}
	opTypeOperation     = writing("FHIR.TypeOperation", http.MethodPost, onResource)
	opInstanceOperation = writing("FHIR.InstanceOperation", http.MethodPost, onResource+"/{operation}")
	opTransaction       = writing("FHIR.Transaction", http.MethodPost, onServer)

	opSearch      = listing("FHIR.Search", onType)
	opEverything  = listing("FHIR.InstanceOperationGet", onResource+"/{operation}")
	opHistory     = listing("FHIR.History", onResource+"/_history")
	opTypeHistory = listing("FHIR.TypeHistory", onType+"/_history")

	// opChart is a read of a patient that the vendor answers by a search, in its envelope.
	opChart = transport.Operation{
		Name: "PatientChart", Method: http.MethodGet, Path: "/v1/patients/{id}", Envelope: "data",
		Paging: &transport.Paging{Items: []string{"data.entry", "entry"}, Link: nextLink},
	}
)

func reading(name, path string) transport.Operation {
	return transport.Operation{Name: name, Method: http.MethodGet, Path: path, Accept: fhirJSON}
}

func writing(name, method, path string) transport.Operation {
	return transport.Operation{Name: name, Method: method, Path: path, Accept: fhirJSON, MaxBody: maxBody}
}

// listing is an operation whose response is a Bundle, page by page.
func listing(name, path string) transport.Operation {
	op := reading(name, path)
	op.Paging = &transport.Paging{
		Items: []string{"entry"}, Total: []string{"total"}, Link: nextLink, LinkRoot: onServer + "/",
	}
	return op
}

// nextLink finds the address of the next page in a bundle without its entries.
func nextLink(frame []byte) string {
	for _, path := range []string{"link", "data.link"} {
		_, links, _, _ := scan.LookupList(frame, path)
		for _, link := range links {
			if textAt(link, "relation") != "next" {
				continue
			}
			if to := textAt(link, "url"); to != "" {
				return to
			}
			if value, ok := scan.Lookup(link, "url"); ok && value[0] != '"' && string(value) != "null" {
				return nowhere
			}
		}
	}
	return ""
}

// nowhere stands for a next link whose address is not a string: there is more, and nobody knows where.
const nowhere = ":"
