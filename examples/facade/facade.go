package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

// facade serves a source.
type facade struct {
	source  *fhir.Source
	base    string // without a slash at the end
	token   [sha256.Size]byte
	zone    *time.Location
	started time.Time
	pages   *pages
}

func newFacade(ctx context.Context, source *fhir.Source, base, token string, zone *time.Location) *facade {
	return &facade{
		source: source, base: strings.TrimSuffix(base, "/"), token: sha256.Sum256([]byte(token)), zone: zone, started: time.Now(),
		pages: newPages(ctx),
	}
}

func (f *facade) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		write(w, http.StatusMethodNotAllowed, outcome("not-supported", "this server only reads"))
	case len(path) == 1 && path[0] == "metadata": // says nothing of anybody, and apps ask for it before they log in
		write(w, http.StatusOK, f.capabilities())
	case !f.allowed(r):
		w.Header().Set("WWW-Authenticate", `Bearer realm="fhir"`)
		write(w, http.StatusUnauthorized, outcome("login", "a bearer token is required"))
	case len(path) == 1 && f.source.Capabilities().Resources[path[0]].Search:
		f.search(w, r, path[0])
	case len(path) == 2 && f.source.Capabilities().Resources[path[0]].Read:
		resource, err := f.source.Read(r.Context(), path[0], path[1])
		f.respond(w, resource, err)
	default:
		write(w, http.StatusNotFound, outcome("not-found", "there is nothing under this address"))
	}
}

// allowed compares digests, so that the time it takes says nothing of the token.
func (f *facade) allowed(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	digest := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(digest[:], f.token[:]) == 1
}

func (f *facade) respond(w http.ResponseWriter, resource fhir.Resource, err error) {
	if err == nil {
		write(w, http.StatusOK, resource)
		return
	}
	status, code := http.StatusBadGateway, "transient"
	var argument *caremux.ArgumentError
	var unsupported *fhir.UnsupportedError
	var partial *fhir.Partial
	switch {
	case errors.As(err, &partial) && !refused(partial): // no system could be read, whatever each of them says
	case errors.Is(err, caremux.ErrNotFound):
		status, code = http.StatusNotFound, "not-found"
	case errors.As(err, &unsupported):
		status, code = http.StatusBadRequest, "not-supported"
	case errors.As(err, &argument):
		status, code = http.StatusBadRequest, "invalid"
	}
	write(w, status, outcome(code, err.Error())) // errors name no person
}

func write(w http.ResponseWriter, status int, resource fhir.Resource) {
	text, err := fhir.Marshal(resource)
	if err != nil {
		status, text = http.StatusInternalServerError,
			[]byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/fhir+json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(text) // who reads no more has gone
}

func outcome(code, text string) *fhir.OperationOutcome {
	return &fhir.OperationOutcome{Issue: []fhir.OperationOutcomeIssue{{
		Severity: fhir.OperationOutcomeIssueSeverityError, Code: fhir.OperationOutcomeIssueCode(code), Diagnostics: text,
	}}}
}

// capabilities says what the source can do.
func (f *facade) capabilities() *fhir.CapabilityStatement {
	rest := fhir.CapabilityStatementRest{
		Mode:     fhir.CapabilityStatementRestModeServer,
		Security: &fhir.CapabilityStatementRestSecurity{Description: "a bearer token in the header Authorization"},
	}
	capabilities := f.source.Capabilities()
	for _, name := range capabilities.Types() {
		can := capabilities.Resources[name]
		resource := fhir.CapabilityStatementRestResource{Type: name}
		if can.Read {
			resource.Interaction = append(resource.Interaction, fhir.CapabilityStatementRestResourceInteraction{Code: "read"})
		}
		if can.Search {
			resource.Interaction = append(resource.Interaction, fhir.CapabilityStatementRestResourceInteraction{Code: "search-type"})
		}
		for _, p := range parameters {
			if _, ok := can.Filters[p.filter]; ok {
				resource.SearchParam = append(resource.SearchParam, fhir.CapabilityStatementRestResourceSearchParam{
					Name: p.name, Type: fhir.SearchParamType(p.kind),
				})
			}
		}
		rest.Resource = append(rest.Resource, resource)
	}
	return &fhir.CapabilityStatement{
		Status: fhir.PublicationStatusActive, Date: fhir.NewDateTime(f.started.Truncate(time.Second)), Kind: "instance",
		FHIRVersion: "4.0.1", Format: []string{"json"}, Rest: []fhir.CapabilityStatementRest{rest},
		Implementation: &fhir.CapabilityStatementImplementation{Description: "caremux: " + f.source.Name(), URL: f.base},
		Software:       &fhir.CapabilityStatementSoftware{Name: "caremux facade", Version: caremux.Version},
	}
}
