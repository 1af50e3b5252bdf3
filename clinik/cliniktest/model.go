package cliniktest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
)

// model is what all servers of a process share: the document, and what follows from it.
type model struct {
	spec       *specserver.Spec
	namespaces map[string]*namespace // by tag
	byFHIR     map[string]*namespace // by FHIR type
}

// downloadPath is the operation behind the links of exports, which is of this server alone.
const downloadPath = `
paths:
  /downloads/{file}:
    get:
      operationId: Bulk_Download
      tags:
        - Bulk
      security: []
      parameters:
        - {name: file, in: path, required: true, schema: {type: string}}
        - {name: signature, in: query, required: true, schema: {type: string}}
      responses:
        '200':
          description: The records.
          content:
            application/x-ndjson:
              schema:
                type: string
`

var loadModel = sync.OnceValues(func() (*model, error) {
	data, err := openapi.Specs.ReadFile("clinik.yaml")
	if err != nil {
		return nil, err
	}
	before, after, ok := bytes.Cut(data, []byte("\npaths:\n"))
	if !ok {
		return nil, errors.New("cliniktest: the document has no paths")
	}
	spec, err := specserver.Load(slices.Concat(before, []byte(downloadPath), after))
	if err != nil {
		return nil, err
	}
	m := &model{spec: spec, namespaces: namespaces, byFHIR: map[string]*namespace{}}
	for tag, ns := range namespaces {
		ns.tag = tag
		m.byFHIR[ns.fhir] = ns
		if err := ns.learn(spec); err != nil {
			return nil, err
		}
	}
	return m, nil
})

// learn finds out which member of a record each search parameter looks at. Parameters for which no record has a field are
// accepted and have no effect.
func (ns *namespace) learn(spec *specserver.Spec) error {
	search, get := spec.Operation(ns.tag+"_Search"), spec.Operation(ns.tag+"_Get")
	if search == nil || get == nil {
		return fmt.Errorf("cliniktest: the document has no operations on %s", ns.tag)
	}
	answer := get.Op.Responses.Status(http.StatusOK).Value.Content.Get("application/json").Schema
	members := properties(properties(answer)["data"])
	ns.filters, ns.isDay = map[string][]string{}, map[string]bool{}
	for _, p := range search.Parameters {
		name := p.Value.Name
		if slices.Contains([]string{"count", "cursor", "sort", "dateFrom", "dateTo"}, name) {
			continue
		}
		if path := memberOf(members, name); path != nil {
			ns.filters[name] = path
			ns.isDay[name] = p.Value.Schema.Value.Format == "date"
		}
	}
	return nil
}

// memberOf finds the field that a search parameter means: of the same name, the list of that name, or the field of that name of
// the objects in a list. nil if there is none.
func memberOf(members openapi3.Schemas, name string) []string {
	switch {
	case members[name] != nil:
		return []string{name}
	case members[name+"s"] != nil:
		return []string{name + "s"}
	case name == "name" && members["firstName"] != nil:
		return []string{name}
	}
	for _, list := range slices.Sorted(maps.Keys(members)) {
		if items := members[list].Value.Items; items != nil && properties(items)[name] != nil {
			return []string{list, name}
		}
	}
	return nil
}

// properties returns the properties of a schema and of all parts of its allOf.
func properties(ref *openapi3.SchemaRef) openapi3.Schemas {
	if ref == nil || ref.Value == nil {
		return nil
	}
	all := openapi3.Schemas{}
	maps.Copy(all, ref.Value.Properties)
	for _, part := range ref.Value.AllOf {
		maps.Copy(all, properties(part))
	}
	return all
}
