package fhir

import (
	"errors"
	"iter"
	"reflect"
	"strings"

	"github.com/caremux/caremux"
)

// Entries yields the entries of the bundle whose resource has the Go type T, with the resource. With T [Resource] it
// yields every entry that has one.
//
//	for entry, observation := range fhir.Entries[*fhir.Observation](bundle) {
//
// In the bundle of a search, resources of the type searched for may have been included by another; entry.Search.Mode
// distinguishes matches. For a type of your own use [As] on each resource.
func Entries[T Resource](b *Bundle) iter.Seq2[*BundleEntry, T] {
	return func(yield func(*BundleEntry, T) bool) {
		if b == nil {
			return
		}
		for i := range b.Entry {
			if r, ok := b.Entry[i].Resource.(T); ok && !yield(&b.Entry[i], r) {
				return
			}
		}
	}
}

// ErrAmbiguous is the error of [Bundle.Resolve] if several resources have what a reference names.
var ErrAmbiguous = errors.New("fhir: several resources match the reference")

// resolveError is a reference that leads nowhere. It does not name the reference, which contains the id of a person.
type resolveError string

func (e resolveError) Error() string { return "fhir: " + string(e) }

func (e resolveError) Is(target error) bool { return target == caremux.ErrNotFound }

// Resolve returns the resource that ref refers to, by FHIR's rules for bundles: one contained in the resource that has
// the reference, or the resource of an entry. from is the resource that has the reference, either of an entry or
// contained in one; relative references are relative to its entry's fullUrl. A reference to a version resolves to that
// version.
//
// A nil bundle resolves references to contained resources of from. The error matches [caremux.ErrNotFound] if the
// bundle does not contain the resource, and is [ErrAmbiguous] if it contains several.
func (b *Bundle) Resolve(from Resource, ref *Reference) (Resource, error) {
	if ref == nil || ref.Reference == "" {
		return nil, resolveError("the reference names no resource")
	}
	holder, base := b.holder(from)
	if id, isContained := strings.CutPrefix(ref.Reference, "#"); isContained {
		return contained(holder, id)
	}
	if b == nil {
		return nil, resolveError("the reference does not lead to a contained resource")
	}
	target, version, _ := strings.Cut(ref.Reference, "/_history/")
	return b.find(target, version, base)
}

// holder returns the resource of the entry that from is or is contained in, and the address that its references are
// relative to: empty if the entry names none.
func (b *Bundle) holder(from Resource) (holder Resource, base string) {
	if b == nil || from == nil {
		return from, ""
	}
	for i := range b.Entry {
		e := &b.Entry[i]
		if e.Resource == nil || !same(e.Resource, from) && !contains(e.Resource, from) {
			continue
		}
		if rest := restful(e.FullURL); rest != "" {
			return e.Resource, strings.TrimSuffix(e.FullURL, rest)
		}
		return e.Resource, ""
	}
	return from, ""
}

// same reports whether a and b are the same pointer.
func same(a, b Resource) bool {
	return reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.TypeOf(a).Comparable() && a == b
}

func contains(holder, r Resource) bool {
	for _, c := range outlineOf(holder).Contained {
		if c != nil && same(c, r) {
			return true
		}
	}
	return false
}

func contained(holder Resource, id string) (Resource, error) {
	if holder == nil {
		return nil, resolveError("the resource that has the reference must be named")
	}
	if id == "" {
		return holder, nil
	}
	var found []Resource
	for _, c := range outlineOf(holder).Contained {
		if c != nil && outlineOf(c).ID == id {
			found = append(found, c)
		}
	}
	return only(found)
}

func only(found []Resource) (Resource, error) {
	switch len(found) {
	case 0:
		return nil, resolveError("the reference leads to no resource here")
	case 1:
		return found[0], nil
	}
	return nil, ErrAmbiguous
}

// find returns the resource of an entry.
func (b *Bundle) find(target, version, base string) (Resource, error) {
	absolute := strings.Contains(target, ":")
	var exact, near []Resource
	for i := range b.Entry {
		e := &b.Entry[i]
		if e.Resource == nil {
			continue
		}
		o := outlineOf(e.Resource)
		if version != "" && (o.Meta == nil || o.Meta.VersionID != version) {
			continue
		}
		switch {
		case absolute:
			if e.FullURL == target {
				exact = append(exact, e.Resource)
			}
		case base != "" && e.FullURL == base+target:
			exact = append(exact, e.Resource)
		case target == e.Resource.ResourceType()+"/"+o.ID && (base == "" || restful(e.FullURL) == ""):
			// The type and the id must do where addresses cannot be compared. Two entries with different addresses
			// never match.
			near = append(near, e.Resource)
		}
	}
	if len(exact) > 0 {
		return only(exact)
	}
	return only(near)
}

// restful returns the type and id that the address of a resource on a server ends with, such as Patient/1; empty for
// other addresses.
func restful(address string) string {
	if !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
		return ""
	}
	rest, id := cutLast(address)
	_, resourceType := cutLast(rest)
	if id == "" || resourceType == "" || resourceType[0] < 'A' || resourceType[0] > 'Z' {
		return ""
	}
	return resourceType + "/" + id
}

func cutLast(path string) (before, last string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// outline is what a resource of any type has.
type outline struct {
	Unnamed

	ID        string     `json:"id,omitzero"`
	Meta      *Meta      `json:"meta,omitzero"`
	Contained []Resource `json:"contained,omitzero"`
}

// outlineOf reads the fields of a resource that [outline] names.
func outlineOf(r Resource) outline {
	var o outline
	if u, ok := r.(*Unknown); ok {
		if u != nil && Unmarshal(u.JSON, &o) != nil {
			return outline{}
		}
		return o
	}
	v := reflect.ValueOf(r)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return o
	}
	t := tableOf(v.Type().Elem()).ready()
	out := reflect.ValueOf(&o).Elem()
	for i, name := range []string{"id", "meta", "contained"} {
		if f := t.byName[name]; f != nil && f.t == out.Field(i+1).Type() {
			if fv, ok := f.of(v.Elem()); ok {
				out.Field(i + 1).Set(fv)
			}
		}
	}
	return o
}
