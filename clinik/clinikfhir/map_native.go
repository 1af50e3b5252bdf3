package clinikfhir

import (
	"context"
	"iter"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
)

// What ClinikAPI has as FHIR is not mapped from its records, but read as FHIR. Ids and references become those of the
// source.

// nativeTypes are the types that are read as FHIR.
var nativeTypes = map[string]nativeType{
	"AllergyIntolerance":  nativeOf[*fhir.AllergyIntolerance](),
	"CarePlan":            nativeOf[*fhir.CarePlan](),
	"Condition":           nativeOf[*fhir.Condition](),
	"DocumentReference":   nativeOf[*fhir.DocumentReference](),
	"Encounter":           nativeOf[*fhir.Encounter](),
	"MedicationRequest":   nativeOf[*fhir.MedicationRequest](),
	"MedicationStatement": nativeOf[*fhir.MedicationStatement](),
	"Observation":         nativeOf[*fhir.Observation](),
}

type nativeType struct {
	search func(ctx context.Context, s *source, q fhir.Query) iter.Seq2[fhir.Resource, error]
	read   func(ctx context.Context, c *clinik.Client, id string, opts ...caremux.RequestOption) (fhir.Resource, error)
}

func nativeOf[T fhir.Resource]() nativeType { return nativeType{natives[T], native[T]} }

// natives ranges over the resources of a type that match a query by the vendor's search.
func natives[T fhir.Resource](ctx context.Context, s *source, q fhir.Query) iter.Seq2[fhir.Resource, error] {
	search := url.Values{"_count": {"100"}}
	if len(q.Patients) > 0 {
		own := s.space.Own(q.Patients)
		if own == nil {
			return mapping.None
		}
		search.Set("patient", "Patient/"+strings.Join(own, ",Patient/"))
	}
	if !q.ChangedSince.IsZero() {
		search.Set("_lastUpdated", "ge"+q.ChangedSince.UTC().Format(time.RFC3339Nano))
	}
	return func(yield func(fhir.Resource, error) bool) {
		for r, err := range Resources[T](s.c).SearchAll(ctx, search) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(s.own(r), nil) {
				return
			}
		}
	}
}

func native[T fhir.Resource](ctx context.Context, c *clinik.Client, id string, opts ...caremux.RequestOption) (fhir.Resource, error) {
	return Resources[T](c).Get(ctx, id, opts...)
}

// own gives a resource the ids of the source, with the vendor's id as an identifier.
func (s *source) own(r fhir.Resource) fhir.Resource {
	v := reflect.ValueOf(r).Elem()
	s.refer(v)
	id := v.FieldByName("ID").String()
	kind := "fhir/" + r.ResourceType()
	v.FieldByName("ID").SetString(s.space.ID(id))
	identifiers := v.FieldByName("Identifier").Addr().Interface().(*[]fhir.Identifier)
	*identifiers = append(*identifiers, s.space.Identifier(kind, id))
	meta := v.FieldByName("Meta").Addr().Interface().(**fhir.Meta)
	if *meta == nil {
		*meta = &fhir.Meta{}
	}
	(*meta).Source = s.space.System(kind) + "/" + url.PathEscape(id)
	return r
}

var referenceType = reflect.TypeFor[fhir.Reference]()

// refer turns each reference to another resource of the vendor into one to the source's.
func (s *source) refer(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			s.refer(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			s.refer(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == referenceType {
			s.redirect(v.Addr().Interface().(*fhir.Reference))
			return
		}
		for field, f := range v.Fields() {
			if field.IsExported() && f.CanSet() {
				s.refer(f)
			}
		}
	}
}

func (s *source) redirect(r *fhir.Reference) {
	resourceType, id, ok := strings.Cut(r.Reference, "/")
	if ok && resourceType != "" && id != "" && !strings.Contains(id, "/") && !strings.ContainsAny(resourceType, ":#") {
		r.Reference = resourceType + "/" + s.space.ID(id)
	}
}
