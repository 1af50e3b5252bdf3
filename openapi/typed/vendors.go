package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/welkin"
)

// vendor is a client with the document that it is generated from.
type vendor struct {
	name   string
	client reflect.Type
	spec   func() (*specserver.Spec, error)
}

func newVendor(name string, client reflect.Type) *vendor {
	return &vendor{name, client, sync.OnceValues(func() (*specserver.Spec, error) {
		data, err := openapi.Specs.ReadFile(name + ".yaml")
		if err != nil {
			return nil, err
		}
		return specserver.Load(data)
	})}
}

var vendors = map[string]*vendor{
	"clinik":   newVendor("clinik", reflect.TypeFor[clinik.Client]()),
	"ekacare":  newVendor("ekacare", reflect.TypeFor[ekacare.Client]()),
	"snapcare": newVendor("snapcare", reflect.TypeFor[snapcare.Client]()),
	"welkin":   newVendor("welkin", reflect.TypeFor[welkin.Client]()),
}

func vendorNamed(name string) (*vendor, error) {
	v := vendors[name]
	if v == nil {
		return nil, fmt.Errorf("%q is no vendor: there are %s", name, strings.Join(slices.Sorted(maps.Keys(vendors)), ", "))
	}
	return v, nil
}

// record returns the Go type of what an operation returns, or lists. ok is false for an operation that returns none.
func (v *vendor) record(op string) (t reflect.Type, ok bool) {
	service, name, _ := strings.Cut(op, "_")
	field, ok := v.client.FieldByName(service)
	if !ok {
		return nil, false
	}
	method, ok := field.Type.MethodByName(name)
	if !ok || method.Type.NumOut() != 2 {
		return nil, false
	}
	t = method.Type.Out(0)
	if t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct {
		if items, ok := t.Elem().FieldByName("Items"); ok && strings.HasPrefix(t.Elem().Name(), "Page[") {
			t = items.Type
		}
	}
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t, true
}
